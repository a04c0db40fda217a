//! API tokens: made by their owner in person, shown once, never more than the owner, dead with them.

use std::sync::Arc;

use super::{
    Draft, Error, Handle, Portal, ReadHandle, Result, WriteHandle, error::gather, letters::Recipient,
    run_out, users,
};
use crate::{
    entropy,
    mail::letter::Letter,
    model::{
        activity::Action,
        credential::Secret,
        error::Code,
        id::{Id, TokenId, UserId},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need, Who},
        time::{Span, Timestamp},
        token::{NewToken, Token, TokenUsed},
        user::User,
    },
    store::{Reader, Way, read::Read, tables::Table},
};

const READ: Need = Need::SIGNED_IN.and_in_person();
const WRITE: Need = Need::ONESELF.and_fresh();
/// To see what programs may do in somebody else's name, and to end it.
const LOOK_AFTER: Need = Need::permission(Permission::UsersWrite);

/// A token's use is noted at most this often.
const NOTED_EVERY: Span = Span::minutes(1);
/// One that has run out is listed for so long, so that its owner sees why a program stopped.
const KEPT: Span = Span::days(30);

/// A token as its owner sees it.
#[derive(Clone)]
pub struct Listed {
    pub token: Token,
    pub last_used_at: Option<Timestamp>,
}

/// A token just made, and the secret that is shown this once.
pub struct Made {
    pub token: Token,
    pub secret: Secret,
}

/// Whose token this is. Notes that it was used.
pub fn identify(portal: &Arc<Portal>, secret: &Secret) -> Result<Who> {
    let snapshot = portal.store().read()?;
    let hash = entropy::hash(secret);
    let token = snapshot.by_index::<Token>(Table::TokensByHash, hash.bytes())?;
    let now = portal.now();
    let token = token.ok_or(Error::Unauthenticated)?;
    if run_out::find(portal, &*snapshot, &token, now)? {
        return Err(Error::Unauthenticated);
    }
    let used: Option<TokenUsed> = snapshot.entity(token.id)?;
    if used.is_none_or(|used| now.since(used.at) >= NOTED_EVERY) {
        note(portal, token.id, now);
    }
    Ok(Who::Token(token.id))
}

/// Notes a token's use, without keeping anyone waiting for the disk.
fn note(portal: &Arc<Portal>, id: TokenId, now: Timestamp) {
    portal.store().note(move |tx| match tx.entity::<Token>(id)? {
        Some(_) => tx.note(&TokenUsed { token: id, at: now }),
        None => Ok(()),
    });
}

/// The tokens of a user, oldest first.
fn of_user(tx: &impl Reader, user: UserId) -> Result<Vec<Token>> {
    let mut all = Vec::new();
    for id in tx.ids::<TokenId>(Table::TokensByUser, &user.bytes(), Way::Up)? {
        all.extend(tx.entity::<Token>(id?)?);
    }
    Ok(all)
}

/// One's own tokens, the newest first; those that have run out stay a while.
pub fn list(portal: &Portal, actor: &Actor, paging: Draft<Paging>) -> Result<Page<Listed>> {
    portal.read(actor, READ, |tx| {
        let user = users::oneself(tx)?;
        page(tx, user.id, paging?)
    })
}

/// The same of a user whom one looks after.
pub fn list_of(portal: &Portal, actor: &Actor, user: UserId, paging: Draft<Paging>) -> Result<Page<Listed>> {
    portal.read(actor, LOOK_AFTER, |tx| {
        let user = users::visible_secrets(tx, user)?;
        page(tx, user.id, paging?)
    })
}

fn page(tx: &ReadHandle, user: UserId, paging: Paging) -> Result<Page<Listed>> {
    let mut all = of_user(tx, user)?;
    all.reverse();
    let page = paging.of(all);
    let items = page.items.into_iter().map(|token| {
        let used: Option<TokenUsed> = tx.entity(token.id)?;
        Ok(Listed { token, last_used_at: used.map(|used| used.at) })
    });
    Ok(Page { items: items.collect::<Result<_>>()?, total: page.total, paging: page.paging })
}

/// Makes a token that may do what is asked for, as far as its owner may: not more than now, and
/// not more than later.
pub fn create(portal: &Arc<Portal>, actor: &Actor, draft: Draft<NewToken>) -> Result<Made> {
    let own_portal = Arc::clone(portal);
    portal.write(actor, WRITE, move |tx| {
        let user = users::oneself(tx)?;
        let NewToken { name, permissions, expires_at } = draft.clone()?;
        let own = tx.grants().held.anywhere();
        if !own.covers(permissions) {
            return Err(users::lacking(permissions.iter().filter(|p| !own.holds(*p))));
        }
        let now = tx.now();
        let expires_at = expires_at.unwrap_or(now.plus(Token::USUAL));
        gather([ends_in_time(now, expires_at), is_room(of_user(&**tx, user.id)?.len())])?;
        let (id, secret) = (tx.new_id()?, tx.new_secret()?);
        let hash = entropy::hash(&secret);
        let token = Token { id, user: user.id, name, hash, permissions, created_at: now, expires_at };
        let token = tx.save(token, Action::TokenCreated)?;
        tell_created(&own_portal, tx, &user, &token)?;
        Ok(Made { token, secret })
    })
}

/// Whoever has a token acts in its owner's name: they hear of it.
fn tell_created(portal: &Portal, tx: &mut WriteHandle<'_, '_>, user: &User, token: &Token) -> Result<()> {
    let letter = Letter::TokenCreated {
        name: user.name.to_string(),
        email: user.email.to_string(),
        token: token.name.to_string(),
        at: token.created_at,
        forgot_url: portal.address("/forgot"),
    };
    portal.post(tx, Recipient::from(user), &letter, None).map(|_| ())
}

fn ends_in_time(now: Timestamp, at: Timestamp) -> Result<()> {
    let wrong = |text: &str| Err(Error::field("expires_at", Code::Invalid, text));
    if at <= now {
        return wrong("A token must end in the future.");
    }
    if at > now.plus(Token::LONGEST) {
        return wrong("A token can live for a year at most.");
    }
    Ok(())
}

fn is_room(held: usize) -> Result<()> {
    if held < Token::MOST {
        return Ok(());
    }
    let text = format!("You have {} tokens, and more are too many. Revoke one first.", Token::MOST);
    Err(Error::field("name", Code::Invalid, text))
}

/// Ends one of one's own tokens.
pub fn revoke(portal: &Arc<Portal>, actor: &Actor, id: TokenId) -> Result<()> {
    portal.write(actor, WRITE, move |tx| {
        let user = users::oneself(tx)?;
        revoke_one(tx, user.id, id)
    })
}

/// Ends a token of a user whom one looks after.
pub fn revoke_of(portal: &Arc<Portal>, actor: &Actor, user: UserId, id: TokenId) -> Result<()> {
    portal.write(actor, LOOK_AFTER, move |tx| {
        let user = users::target_access(tx, user)?;
        revoke_one(tx, user.id, id)
    })
}

/// Anybody else's token is as if it were not there.
fn revoke_one(tx: &mut WriteHandle<'_, '_>, user: UserId, id: TokenId) -> Result<()> {
    let token: Option<Token> = tx.entity(id)?;
    token.filter(|token| token.user == user).ok_or(Error::NotFound)?;
    end(tx, id, Action::TokenRevoked)
}

fn end(tx: &mut WriteHandle<'_, '_>, id: TokenId, action: Action) -> Result<()> {
    tx.remove::<Token>(id, action)?;
    Ok(tx.forget::<TokenUsed>(id)?)
}

/// Ends all tokens of a user: they can't outlive what they act for.
pub(super) fn end_all(tx: &mut WriteHandle<'_, '_>, user: UserId) -> Result<()> {
    for token in of_user(&**tx, user)? {
        end(tx, token.id, Action::TokenEnded)?;
    }
    Ok(())
}

/// Whether a token ran out so long ago that nobody asks for it any more.
pub(super) fn forgotten(token: &Token, now: Timestamp) -> bool {
    now >= token.expires_at.plus(KEPT)
}

/// Takes away one that is forgotten.
pub(super) fn remove(tx: &mut WriteHandle<'_, '_>, id: TokenId) -> Result<()> {
    end(tx, id, Action::TokenEnded)
}
