//! One-time links: made, shown, redeemed once.

use std::sync::Arc;

use super::{
    Draft, Error, Handle, Portal, Result, WriteHandle,
    error::together,
    grants::{held_by, held_in_hand},
    letters::Recipient,
    password::Typed,
    run_out,
    sessions::{self, Begun, Device},
    sign_up, tokens, users,
};
use crate::{
    entropy,
    mail::letter::Letter,
    model::{
        activity::{Action, Change},
        credential::{Credential, Password, Secret},
        id::{Id, LinkId, UserId},
        link::{Bearer, Link, Purpose, Seer, SignUp},
        permission::Permission,
        policy::{Actor, Need},
        text::EmailAddress,
        time::Timestamp,
        user::{Standing, User, UserState},
    },
    password,
    store::{Entity, Reader, Way, read::Read, tables::Table},
};

/// What a link says of itself before it is used.
#[derive(Debug, Clone)]
pub struct Inspected {
    pub purpose: Purpose,
    pub name: String,
    pub email: String,
    pub expires_at: Timestamp,
}

/// A link to hand over by another way than mail.
#[derive(Debug, Clone)]
pub struct Shown {
    pub url: String,
    pub expires_at: Timestamp,
}

#[derive(Clone)]
pub struct Redeem {
    pub token: Secret,
    pub password: Option<Password>,
}

pub struct Redeemed {
    pub purpose: Purpose,
    pub session: Option<Begun>,
}

/// Makes a link; older ones of the same purpose die.
pub(super) fn make(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    bearer: Bearer,
    purpose: Purpose,
    email: &EmailAddress,
) -> Result<Link> {
    end(tx, bearer, Some(purpose))?;
    let id: LinkId = tx.new_id()?;
    let token = entropy::hash(&tx.link_token(id));
    let (now, config) = (tx.now(), &portal.config.link);
    let length = match purpose {
        Purpose::Welcome => config.welcome,
        Purpose::SignUp => config.sign_up,
        Purpose::PasswordReset => config.password_reset,
        Purpose::EmailChange => config.email_change,
    };
    let expires_at = now.plus(length.0);
    let (email, shown_to) = (email.clone(), Vec::new());
    let link = Link { id, token, bearer, purpose, email, created_at: now, expires_at, shown_to };
    Ok(tx.save(link, Action::LinkMade)?)
}

/// Ends a bearer's links: those of one purpose, or all.
pub(super) fn end(tx: &mut WriteHandle<'_, '_>, bearer: Bearer, purpose: Option<Purpose>) -> Result<()> {
    let prefix = match bearer {
        Bearer::User(id) => id.bytes(),
        Bearer::SignUp(id) => id.bytes(),
    };
    let ids: Vec<LinkId> =
        tx.ids(Table::LinksByBearer, &prefix, Way::Up)?.collect::<std::result::Result<_, _>>()?;
    for id in ids {
        let link: Option<Link> = tx.entity(id)?;
        if link.is_some_and(|link| purpose.is_none_or(|purpose| link.purpose == purpose)) {
            tx.remove::<Link>(id, Action::LinkEnded)?;
        }
    }
    Ok(())
}

/// One made under another key of the portal is none: with a new key all that were open end.
fn find(portal: &Portal, tx: &impl Reader, token: &Secret) -> Result<Link> {
    let hash = entropy::hash(token);
    let link = tx.by_index::<Link>(Table::LinksByToken, hash.bytes())?;
    let ours = |link: &Link| entropy::hash(&portal.store().entropy().link_token(link.id)) == hash;
    link.filter(ours).ok_or(Error::LinkExpired)
}

/// The link, if it can be used now.
fn usable<H: Handle>(portal: &Portal, tx: &H, token: &Secret) -> Result<Link> {
    let link = find(portal, tx, token)?;
    let over = run_out::find(portal, tx, &link, tx.now())? || is_void(tx, &link)?;
    if over { Err(Error::LinkExpired) } else { Ok(link) }
}

/// Whether somebody who has seen it may no longer do what it lets them: a link in hand is no way
/// round a right that was lost, nor to a power that its bearer got since.
fn is_void<H: Handle>(tx: &H, link: &Link) -> Result<bool> {
    if link.shown_to.is_empty() {
        return Ok(false);
    }
    let bearer = match link.bearer {
        Bearer::User(id) => tx.entity::<User>(id)?,
        Bearer::SignUp(_) => None,
    };
    let bearer = bearer.map(|user| Ok::<_, Error>((held_by(tx, &user)?, user.groups))).transpose()?;
    for seer in &link.shown_to {
        let held = held_in_hand(tx, seer.user, seer.token, tx.now())?;
        let may = match &bearer {
            Some((theirs, groups)) => held.covers(theirs) && held.over(groups).holds(Permission::UsersWrite),
            None => held.everywhere().holds(Permission::UsersWrite),
        };
        if !may {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Shows a link to whoever hands it over, and records that: as about whom it lets in, for "who saw my
/// link?" is asked of a user's page.
pub(super) fn show(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    mut link: Link,
    changes: Vec<Change>,
) -> Result<Shown> {
    if tx.has_run_out(&link, tx.now())? || is_void(tx, &link)? {
        return Err(Error::LinkExpired);
    }
    let seer = tx.grants().real.map(|user| Seer { user, token: tx.grants().token });
    if let Some(seer) = seer.filter(|seer| !link.shown_to.contains(seer)) {
        link.shown_to.push(seer);
        tx.note(&link)?;
    }
    let subject = link.subject(&**tx)?;
    tx.record_of(Action::LinkShown, subject, changes, link.person())?;
    Ok(Shown { url: portal.link_address(link.id), expires_at: link.expires_at })
}

/// Looks at a link without spending it.
pub fn inspect(portal: &Portal, actor: &Actor, token: Draft<Secret>) -> Result<Inspected> {
    portal.read(actor, Need::NOTHING, |tx| {
        let link = usable(portal, tx, &token?)?;
        let name = match link.bearer {
            // Whose address this may be is a stranger to them as yet.
            Bearer::User(_) if link.purpose == Purpose::EmailChange => link.email.to_string(),
            Bearer::User(id) => {
                let user: User = tx.entity(id)?.ok_or(Error::LinkExpired)?;
                user.name.to_string()
            }
            Bearer::SignUp(id) => {
                let sign_up: SignUp = tx.entity(id)?.ok_or(Error::LinkExpired)?;
                sign_up.name.to_string()
            }
        };
        let (purpose, expires_at) = (link.purpose, link.expires_at);
        Ok(Inspected { purpose, name, email: link.email.to_string(), expires_at })
    })
}

/// Mails a fresh link in place of one that ran out, to the address that one went to.
pub fn resend(portal: &Arc<Portal>, actor: &Actor, token: Draft<Secret>) -> Result<()> {
    let own = Arc::clone(portal);
    portal.write(actor, Need::NOTHING, move |tx| {
        // Whatever the token is, the answer is the same: it says nothing of who has an account.
        let Ok(link) = find(&own, &**tx, token.as_ref().map_err(Clone::clone)?) else { return Ok(()) };
        let over = tx.has_run_out(&link, tx.now())? || is_void(tx, &link)?;
        if !over || !own.limits.may_mail(&link.email, tx.now()) {
            return Ok(());
        }
        match link.bearer {
            Bearer::SignUp(id) => match tx.entity::<SignUp>(id)? {
                Some(sign_up) => sign_up::begin_again(&own, tx, sign_up),
                None => Ok(()),
            },
            Bearer::User(id) => match super::present(tx, id)? {
                Some(user) if link.purpose == Purpose::EmailChange => {
                    super::me::post_link(&own, tx, &user, &link.email)
                }
                Some(user) => post_password(&own, tx, &user).map(|_| ()),
                None => Ok(()),
            },
        }
    })
}

/// Mails a link to choose a password: a welcome to the invited, a reset to the others.
pub(super) fn post_password(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    user: &User,
) -> Result<crate::model::id::MailId> {
    if user.standing == Standing::Invited {
        return users::post_welcome(portal, tx, user, &crate::model::user::Welcome::default());
    }
    let link = make(portal, tx, Bearer::User(user.id), Purpose::PasswordReset, &user.email)?;
    let letter = Letter::PasswordReset {
        name: user.name.to_string(),
        email: user.email.to_string(),
        expires: portal.config.link.password_reset.to_string(),
    };
    portal.post(tx, Recipient::from(user), &letter, Some(&link))
}

/// Makes a link to choose a password and shows it to whoever hands it over.
pub fn show_password(portal: &Arc<Portal>, actor: &Actor, user: UserId, nothing: Draft<()>) -> Result<Shown> {
    let own = Arc::clone(portal);
    portal.write(actor, Need::permission(Permission::UsersWrite), move |tx| {
        let user = users::target_secrets(tx, user)?;
        nothing.clone()?;
        users::must_be_present(&user)?;
        users::proven_over(tx, &user)?;
        let purpose =
            if user.standing == Standing::Invited { Purpose::Welcome } else { Purpose::PasswordReset };
        let link = make(&own, tx, Bearer::User(user.id), purpose, &user.email)?;
        show(&own, tx, link, Vec::new())
    })
}

/// Uses a link. A password that is refused leaves it unspent; of twenty at once, one succeeds.
///
/// `typed` is the password in the draft, if there is one, whatever else is wrong with it.
pub fn redeem(
    portal: &Arc<Portal>,
    actor: &Actor,
    device: &Device,
    typed: Option<Typed>,
    draft: Draft<Redeem>,
) -> Result<Redeemed> {
    let Redeem { token, password } = portal.read(actor, Need::NOTHING, |tx| {
        let settings = tx.settings()?;
        // Whose it will be is not known without the link.
        together(draft, || typed.map_or(Ok(()), |typed| typed.check(&settings, &[], "password")))
    })?;
    let purpose = portal.read(actor, Need::NOTHING, |tx| {
        let link = usable(portal, tx, &token)?;
        if link.purpose != Purpose::EmailChange {
            check_password(tx, &link, password.as_ref())?;
        }
        Ok(link.purpose)
    })?;
    // Outside the transaction: hashing takes its time.
    let phc = match (&password, purpose) {
        (_, Purpose::EmailChange) | (None, _) => None,
        (Some(password), _) => Some(portal.passwords.hash(password)?),
    };
    let (own, device) = (Arc::clone(portal), device.clone());
    portal.write(actor, Need::NOTHING, move |tx| {
        let link = usable(&own, tx, &token)?;
        let session = match (link.purpose, link.bearer, phc.clone()) {
            (Purpose::SignUp, Bearer::SignUp(id), Some(phc)) => sign_up::confirm(&own, tx, id, phc, &device)?,
            (Purpose::Welcome, Bearer::User(id), Some(phc)) => {
                let user = redeemed_user(tx, id)?;
                let user = set_password(tx, user, phc, Action::PasswordChosen)?;
                // A link never stands in for a second factor.
                match super::factors::has(tx, user.id)? {
                    true => None,
                    false => Some(sessions::begin(&own, tx, &user, &device)?),
                }
            }
            (Purpose::PasswordReset, Bearer::User(id), Some(phc)) => {
                let user = redeemed_user(tx, id)?;
                let user = set_password(tx, user, phc, Action::PasswordReset)?;
                // Whoever had to prove anew who they are may have left a token in other hands.
                tokens::end_all(tx, user.id)?;
                // Whoever has the mailbox is no guesser: a stranger's tries keep them out no longer.
                own.limits.accounts.forgive(&user.id.to_string());
                own.limits.proofs.forgive(&user.id.to_string());
                super::password::tell_changed(&own, tx, &user)?;
                None
            }
            (Purpose::EmailChange, Bearer::User(id), _) => {
                let user = redeemed_user(tx, id)?;
                super::me::confirm_email(&own, tx, user, &link.email)?;
                None
            }
            _ => return Err(Error::LinkExpired),
        };
        Ok(Redeemed { purpose: link.purpose, session })
    })
}

fn redeemed_user(tx: &mut WriteHandle<'_, '_>, id: UserId) -> Result<User> {
    let user = super::present(tx, id)?.ok_or(Error::LinkExpired)?;
    tx.author_if_nobody(&user);
    Ok(user)
}

/// A new password: all sessions and all links end.
pub(super) fn set_password(
    tx: &mut WriteHandle<'_, '_>,
    mut user: User,
    phc: String,
    action: Action,
) -> Result<User> {
    let now = tx.now();
    tx.save(Credential { user: user.id, phc, changed_at: now }, action)?;
    sessions::end_all(tx, user.id, None)?;
    end(tx, Bearer::User(user.id), None)?;
    if user.standing == Standing::Invited {
        user.standing = Standing::Active;
        user = tx.save(user, Action::UserJoined)?;
    }
    Ok(user)
}

fn check_password<H: Handle>(tx: &H, link: &Link, given: Option<&Password>) -> Result<()> {
    let settings = tx.settings()?;
    let (name, company) = match link.bearer {
        Bearer::User(id) => {
            let user: User = super::present(tx, id)?.ok_or(Error::LinkExpired)?;
            (user.name.to_string(), user.company.map(|company| company.to_string()))
        }
        Bearer::SignUp(id) => {
            let sign_up: SignUp = tx.entity(id)?.ok_or(Error::LinkExpired)?;
            (sign_up.name.to_string(), sign_up.company.map(|company| company.to_string()))
        }
    };
    let empty = Password::new("");
    let context =
        [settings.portal_name.as_str(), &name, company.as_deref().unwrap_or(""), link.email.as_str()];
    password::check(given.unwrap_or(&empty), settings.password_min_length, &context)
        .map_err(|refused| refused.at("password").into())
}

/// Whether a user's state lets them be reached by a link at all.
pub(super) fn reachable(user: &User) -> bool {
    matches!(user.state(), UserState::Active | UserState::Invited)
}
