//! Passwords: forgotten, changed, and how good one would be.

use std::sync::Arc;

use super::{
    Draft, Error, Handle, Portal, Result, WriteHandle,
    devices::{self, Guesses},
    error::{gather, together},
    letters::Recipient,
    limits::origin_key,
    links,
    sessions::{self, Begun},
    users,
};
use crate::{
    mail::letter::Letter,
    model::{
        activity::Action,
        credential::{Credential, Password},
        error::Code,
        link::Bearer,
        policy::{Actor, Need},
        settings::Settings,
        text::EmailAddress,
        user::{Standing, User},
    },
    password,
    store::read::Read,
};

#[derive(Clone)]
pub struct Change {
    pub current: Password,
    pub new: Password,
}

/// A password as it was typed, with the words beside it that it must not be made of.
#[derive(Clone)]
pub struct Typed {
    pub password: Password,
    pub words: Vec<String>,
}

impl Typed {
    /// Whether it may be chosen, told of the field it stands in.
    pub(super) fn check(&self, settings: &Settings, more: &[&str], field: &str) -> Result<()> {
        let own = self.words.iter().map(String::as_str);
        let words: Vec<&str> =
            [settings.portal_name.as_str()].into_iter().chain(own).chain(more.iter().copied()).collect();
        password::check(&self.password, settings.password_min_length, &words)
            .map_err(|refused| refused.at(field).into())
    }
}

/// What a password is to be measured against.
#[derive(Clone)]
pub struct Candidate {
    pub password: Password,
    pub name: Option<String>,
    pub email: Option<String>,
    pub company: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Verdict {
    /// 0 (guessed at once) to 4 (very hard to guess).
    pub score: u8,
    pub accepted: bool,
    /// What would help.
    pub message: Option<String>,
}

/// Mails a link to whoever has this address; the answer never says whether anyone does.
pub fn forgot(portal: &Arc<Portal>, actor: &Actor, draft: Draft<EmailAddress>) -> Result<()> {
    let email = portal.read(actor, Need::NOTHING, |_| draft)?;
    let (origin, now) = (origin_key(actor.origin.as_deref().unwrap_or_default()), portal.now());
    // Beyond the limits no mail and no new link: the old one lives.
    if !portal.limits.forgotten.count(&origin, now) {
        return Ok(());
    }
    let own = Arc::clone(portal);
    portal.write(actor, Need::NOTHING, move |tx| match tx.user_by_email(&email)? {
        // Only what is mailed counts: else a stranger's questions would use up somebody's mails.
        Some(user) if links::reachable(&user) && own.limits.may_mail(&email, tx.now()) => {
            links::post_password(&own, tx, &user).map(|_| ())
        }
        _ => Ok(tx.write_anyway()?),
    })
}

/// Changes one's own password; all other sessions and all links end, and this one goes on under a new
/// token.
///
/// `new` is the new password in the draft, if there is one, whatever else is wrong with it.
pub fn change(
    portal: &Arc<Portal>,
    actor: &Actor,
    new: Option<Typed>,
    draft: Draft<Change>,
) -> Result<(users::UserDetails, Begun)> {
    let (user, credential, change, fault) = portal.read(actor, Need::ONESELF, |tx| {
        let user = users::oneself(tx)?;
        let credential: Option<Credential> = tx.entity(user.id)?;
        let settings = tx.settings()?;
        let words = context(&settings.portal_name, &user);
        let change = together(draft, || new.map_or(Ok(()), |new| new.check(&settings, &words, "new")))?;
        let fault = password::check(&change.new, settings.password_min_length, &words);
        Ok((user, credential, change, fault.map_err(|refused| refused.at("new").into())))
    })?;
    let phc = credential.as_ref().map(|credential| credential.phc.as_str());
    let guesses = devices::guesses_at(portal, actor, user.id);
    let right = proves(portal, &guesses, &change.current, phc)?;
    let own = if right { Ok(()) } else { Err(not_yours("current")) };
    gather([own, fault])?;
    let phc = portal.passwords.hash(&change.new)?;
    let own = Arc::clone(portal);
    portal.write(actor, Need::ONESELF, move |tx| {
        let user = users::oneself(tx)?;
        if tx.entity::<Credential>(user.id)? != credential {
            return Err(Error::Conflict("Your password was changed meanwhile.".to_owned()));
        }
        let (now, session) = (tx.now(), tx.grants().session);
        let begun = sessions::note_proven(&own, tx)?;
        tx.save(Credential { user: user.id, phc: phc.clone(), changed_at: now }, Action::PasswordChanged)?;
        sessions::end_all(tx, user.id, session)?;
        links::end(tx, Bearer::User(user.id), None)?;
        tell_changed(&own, tx, &user)?;
        let mark = Some(devices::mark(&own, tx, user.id, now)?);
        Ok((users::shown(tx, user)?, Begun { mark, ..begun }))
    })
}

pub(super) fn not_yours(field: &str) -> Error {
    Error::field(field, Code::Invalid, "This is not your password.")
}

/// Whether this is the account's password. Wrong ones are counted; of many at once, those that
/// are under way when the limit is reached learn nothing.
pub(super) fn proves(
    portal: &Portal,
    guesses: &Guesses,
    password: &Password,
    phc: Option<&str>,
) -> Result<bool> {
    let now = portal.now();
    portal.limits.accounts.admits(&guesses.account, now)?;
    portal.limits.proofs.admits(guesses.whose(), now)?;
    let right = portal.passwords.verify(password, phc);
    portal.limits.accounts.admits(&guesses.account, now)?;
    if right {
        portal.limits.proofs.count(guesses.whose(), now);
    } else {
        portal.limits.accounts.count(&guesses.account, now);
        guesses.wrong(portal, now);
    }
    Ok(right)
}

/// Tells a user that their password is another now.
pub(super) fn tell_changed(portal: &Portal, tx: &mut WriteHandle<'_, '_>, user: &User) -> Result<()> {
    let letter = Letter::PasswordChanged {
        name: user.name.to_string(),
        email: user.email.to_string(),
        at: tx.now(),
        forgot_url: portal.address("/forgot"),
    };
    portal.post(tx, Recipient::from(user), &letter, None).map(|_| ())
}

/// The words that a user's password must not be made of.
pub(super) fn context<'a>(portal_name: &'a str, user: &'a User) -> [&'a str; 4] {
    let company = user.company.as_ref().map_or("", |company| company.as_str());
    [portal_name, user.name.as_str(), company, user.email.as_str()]
}

/// How good a password would be. Nothing is kept.
pub fn judge(portal: &Portal, actor: &Actor, draft: Draft<Candidate>) -> Result<Verdict> {
    let (candidate, settings, user) = portal.read(actor, Need::NOTHING, |tx| {
        let user = if tx.grants().effective.is_some() { Some(users::oneself(tx)?) } else { None };
        Ok((draft?, tx.settings()?, user))
    })?;
    let (origin, now) = (origin_key(actor.origin.as_deref().unwrap_or_default()), portal.now());
    portal.limits.judged.admits(&origin, now)?;
    portal.limits.judged.count(&origin, now);
    let mut words = vec![settings.portal_name.as_str()];
    words.extend(
        [&candidate.name, &candidate.email, &candidate.company].into_iter().flatten().map(String::as_str),
    );
    words.extend(user.iter().flat_map(|user| context("", user)));
    let refused = password::check(&candidate.password, settings.password_min_length, &words).err();
    let (score, advice) = portal.passwords.strength(&candidate.password, &words);
    let accepted = refused.is_none();
    Ok(Verdict { score, accepted, message: refused.map(|refused| refused.message).or(advice) })
}

/// Whether a user can sign in with a password: what the last admin must keep.
pub(super) fn can_sign_in(user: &User) -> bool {
    user.standing == Standing::Active && !user.disabled && user.deleted_at.is_none()
}
