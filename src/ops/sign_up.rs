//! Self sign-up: an address is proven by mail before anything of it becomes a user.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Draft, Error, Portal, Result, WriteHandle,
    letters::Recipient,
    limits::origin_key,
    links,
    sessions::{self, Begun, Device},
};
use crate::{
    mail::letter::Letter,
    model::{
        activity::Action,
        credential::Credential,
        group::BuiltIn,
        id::SignUpId,
        link::{Bearer, Purpose, SignUp},
        policy::{Actor, Need},
        puzzle::Solution,
        settings::{Settings, SignUpPolicy},
        text::{Company, EmailAddress, FullName},
        user::{Standing, User, UserState},
    },
    store::{Reader, read::Read, tables::Table},
};

#[derive(Debug, Clone)]
pub struct NewSignUp {
    pub name: FullName,
    pub email: EmailAddress,
    pub company: Option<Company>,
    /// The answer to a puzzle, from somebody who was asked for one.
    pub puzzle: Option<Solution>,
}

/// Begins a sign-up. Known, unknown and refused addresses are answered alike.
pub fn sign_up(portal: &Arc<Portal>, actor: &Actor, draft: Draft<NewSignUp>) -> Result<()> {
    let new = portal.read(actor, Need::NOTHING, |tx| open(tx).and(draft))?;
    guard(portal, actor, &new)?;
    let own = Arc::clone(portal);
    portal.write(actor, Need::NOTHING, move |tx| {
        let settings = open(tx)?;
        if !settings.lets_in(&new.email) || !own.limits.may_mail(&new.email, tx.now()) {
            // It costs what the others cost.
            return Ok(tx.write_anyway()?);
        }
        match tx.user_by_email(&new.email)? {
            Some(user) => tell_known(&own, tx, &user, &settings),
            None => begin(&own, tx, &new),
        }
    })
}

/// The settings, where people may sign up at all.
fn open(tx: &impl Reader) -> Result<Settings> {
    let settings = tx.settings()?;
    // Before the first admin there is nobody to sign up with.
    if settings.sign_up == SignUpPolicy::Closed || !tx.has_users()? {
        return Err(Error::SignUpClosed);
    }
    Ok(settings)
}

/// So many come in from one place; more have to work for it, the more of them the harder. Judged
/// before anything is known of the address, so it tells nothing of that either.
fn guard(portal: &Portal, actor: &Actor, new: &NewSignUp) -> Result<()> {
    let origin = origin_key(actor.origin.as_deref().unwrap_or_default());
    let (limit, now, email) = (&portal.limits.sign_ups, portal.now(), new.email.folded());
    if let Err(error) = limit.admits(&origin, now) {
        let whom = [origin.as_str(), email.as_str()];
        let times = limit.times_over(&origin, now);
        let solved = new.puzzle.as_ref().is_some_and(|one| portal.puzzles.solved(one, &whom, times, now));
        if !solved {
            let Error::TooMany { retry_after } = error else { return Err(error) };
            let posed = portal.puzzles.pose(&whom, times, now)?;
            return Err(match posed {
                Some(puzzle) => Error::Puzzle { retry_after, puzzle: Box::new(puzzle) },
                None => error,
            });
        }
    }
    limit.count(&origin, now);
    Ok(())
}

/// The address is somebody's: they hear of it, the stranger doesn't.
fn tell_known(portal: &Portal, tx: &mut WriteHandle<'_, '_>, user: &User, settings: &Settings) -> Result<()> {
    let (name, email) = (user.name.to_string(), user.email.to_string());
    match user.state() {
        UserState::Active | UserState::Pending => {
            let (sign_in_url, forgot_url) = (portal.address("/"), portal.address("/forgot"));
            let letter = Letter::AccountExists { name, email, sign_in_url, forgot_url };
            portal.post(tx, Recipient::from(user), &letter, None)?;
        }
        UserState::Invited => {
            links::post_password(portal, tx, user)?;
        }
        UserState::Deleted => {
            portal.post(tx, Recipient::address(&user.email), &Letter::InBin { email }, None)?;
        }
        UserState::Disabled => {
            let Some(support) = &settings.support_email else { return Ok(tx.write_anyway()?) };
            let user_url = portal.address(&format!("/users/{}", user.id));
            let letter = Letter::AccountDisabledContact { name, email, user_url };
            // It is about the user: with them it goes.
            let to = Recipient { user: Some(user.id), ..Recipient::address(support) };
            portal.post(tx, to, &letter, None)?;
        }
    }
    Ok(())
}

fn begin(portal: &Portal, tx: &mut WriteHandle<'_, '_>, new: &NewSignUp) -> Result<()> {
    forget(tx, &new.email)?;
    let now = tx.now();
    let sign_up = SignUp {
        id: tx.new_id()?,
        name: new.name.clone(),
        email: new.email.clone(),
        company: new.company.clone(),
        created_at: now,
        expires_at: now.plus(portal.config.link.sign_up.0),
    };
    let sign_up = tx.save(sign_up, Action::SignUpStarted)?;
    post_link(portal, tx, &sign_up)
}

/// A sign-up whose link ran out, begun once more: it lives as long as its fresh link.
pub(super) fn begin_again(portal: &Portal, tx: &mut WriteHandle<'_, '_>, old: SignUp) -> Result<()> {
    let expires_at = tx.now().plus(portal.config.link.sign_up.0);
    let sign_up = tx.save(SignUp { expires_at, ..old }, Action::SignUpStarted)?;
    post_link(portal, tx, &sign_up)
}

/// Takes away whatever somebody left who claimed this address without proving it.
pub(super) fn forget(tx: &mut WriteHandle<'_, '_>, email: &EmailAddress) -> Result<()> {
    let key = email.folded();
    let Some(old) = tx.by_index::<SignUp>(Table::SignUpsByEmail, key.as_bytes())? else { return Ok(()) };
    remove(tx, old.id)
}

pub(super) fn remove(tx: &mut WriteHandle<'_, '_>, id: SignUpId) -> Result<()> {
    links::end(tx, Bearer::SignUp(id), None)?;
    tx.remove::<SignUp>(id, Action::SignUpEnded)?;
    Ok(())
}

fn post_link(portal: &Portal, tx: &mut WriteHandle<'_, '_>, sign_up: &SignUp) -> Result<()> {
    let link = links::make(portal, tx, Bearer::SignUp(sign_up.id), Purpose::SignUp, &sign_up.email)?;
    let letter =
        Letter::SignUp { email: sign_up.email.to_string(), expires: portal.config.link.sign_up.to_string() };
    portal.post(tx, Recipient::address(&sign_up.email), &letter, Some(&link)).map(|_| ())
}

/// The address is proven and a password chosen: a user, signed in unless an admin must approve first.
pub(super) fn confirm(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    id: SignUpId,
    phc: String,
    device: &Device,
) -> Result<Option<Begun>> {
    let sign_up: SignUp = tx.entity(id)?.ok_or(Error::LinkExpired)?;
    let settings = tx.settings()?;
    let still_open = settings.sign_up != SignUpPolicy::Closed && settings.lets_in(&sign_up.email);
    if !still_open || !tx.has_users()? || tx.user_by_email(&sign_up.email)?.is_some() {
        return Err(Error::LinkExpired);
    }
    remove(tx, id)?;
    let approved = settings.sign_up == SignUpPolicy::Open || settings.always_lets_in(&sign_up.email);
    let now = tx.now();
    let user = User {
        id: tx.new_id()?,
        version: 0,
        name: sign_up.name,
        email: sign_up.email,
        company: sign_up.company,
        phone: None,
        notes: None,
        groups: BTreeSet::from([BuiltIn::Customer.id()]),
        standing: if approved { Standing::Active } else { Standing::Pending },
        disabled: false,
        deleted_at: None,
        created_at: now,
    };
    tx.author_if_nobody(&user);
    let user = tx.save(user, Action::UserSignedUp)?;
    tx.save(Credential { user: user.id, phc, changed_at: now }, Action::PasswordChosen)?;
    if approved { sessions::begin(portal, tx, &user, device).map(Some) } else { Ok(None) }
}
