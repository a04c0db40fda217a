//! One's own profile and e-mail.

use std::sync::Arc;

use super::{
    Draft, Error, Portal, Result, WriteHandle, devices,
    error::together,
    letters::Recipient,
    links,
    password::{self, Typed},
    users::{self, UserDetails},
};
use crate::{
    mail::letter::Letter,
    model::{
        activity::Action,
        credential::{Credential, Password},
        link::{Bearer, Purpose},
        policy::{Actor, Need},
        text::{Company, EmailAddress, FullName, Phone},
        user::User,
    },
    store::read::Read,
};

const EMAIL: Need = Need::ONESELF.and_fresh();

#[derive(Debug, Clone, Default)]
pub struct ProfilePatch {
    pub name: Option<FullName>,
    pub company: Option<Option<Company>>,
    pub phone: Option<Option<Phone>>,
}

#[derive(Clone)]
pub struct NewEmail {
    pub email: EmailAddress,
    pub password: Password,
}

pub fn get(portal: &Portal, actor: &Actor) -> Result<UserDetails> {
    portal.read(actor, Need::ENROLLING, |tx| users::shown(tx, users::oneself(tx)?))
}

pub fn update(
    portal: &Arc<Portal>,
    actor: &Actor,
    versions: Option<Vec<u64>>,
    draft: Draft<ProfilePatch>,
) -> Result<UserDetails> {
    portal.write(actor, Need::SIGNED_IN, move |tx| {
        let mut user = users::oneself(tx)?;
        let patch = draft.clone()?;
        if versions.as_ref().is_some_and(|any| !any.contains(&user.version)) {
            return Err(Error::Stale);
        }
        user.name = patch.name.unwrap_or(user.name);
        user.company = patch.company.unwrap_or(user.company);
        user.phone = patch.phone.unwrap_or(user.phone);
        let user = tx.save(user, Action::UserUpdated)?;
        users::shown(tx, user)
    })
}

/// Asks the new address to confirm. The answer does not tell whether it is somebody else's, and
/// each account may ask so many addresses an hour: else it could mail the whole world.
///
/// `typed` is the password in the draft, if there is one, whatever else is wrong with it.
pub fn ask_email(
    portal: &Arc<Portal>,
    actor: &Actor,
    typed: Option<Typed>,
    draft: Draft<NewEmail>,
) -> Result<()> {
    let (user, credential) = portal.read(actor, EMAIL, |tx| {
        let user = users::oneself(tx)?;
        let credential: Option<Credential> = tx.entity(user.id)?;
        Ok((user, credential))
    })?;
    let phc = credential.as_ref().map(|credential| credential.phc.as_str());
    let account = user.id.to_string();
    let guesses = devices::guesses_at(portal, actor, user.id);
    let own = |password: &Password| match password::proves(portal, &guesses, password, phc)? {
        true => Ok(()),
        false => Err(password::not_yours("password")),
    };
    let new = together(draft, || typed.map_or(Ok(()), |typed| own(&typed.password)))?;
    own(&new.password)?;
    portal.limits.mails.spend(&account, portal.now())?;
    let own = Arc::clone(portal);
    portal.write(actor, EMAIL, move |tx| {
        let user = users::oneself(tx)?;
        let taken = tx.user_by_email(&new.email)?.is_some_and(|other| other.id != user.id);
        if taken || !own.limits.may_mail(&new.email, tx.now()) {
            // A link that nobody gets: whether the address is somebody's shows neither in what is
            // recorded nor in how long it takes.
            return links::make(&own, tx, Bearer::User(user.id), Purpose::EmailChange, &new.email)
                .map(|_| ());
        }
        post_link(&own, tx, &user, &new.email)
    })
}

/// Mails the link that proves a new address to that address.
pub(super) fn post_link(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    user: &User,
    email: &EmailAddress,
) -> Result<()> {
    let link = links::make(portal, tx, Bearer::User(user.id), Purpose::EmailChange, email)?;
    let expires = portal.config.link.email_change.to_string();
    let letter = Letter::EmailChange { new_email: email.to_string(), expires };
    // The address is not proven: nothing goes there that a stranger chose.
    let to = Recipient { user: Some(user.id), ..Recipient::address(email) };
    portal.post(tx, to, &letter, Some(&link)).map(|_| ())
}

/// The new address is proven: it is the user's now, and the old one is told.
pub(super) fn confirm_email(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    before: User,
    email: &EmailAddress,
) -> Result<()> {
    if tx.user_by_email(email)?.is_some_and(|other| other.id != before.id) {
        return Err(Error::LinkExpired);
    }
    let user = tx.save(User { email: email.clone(), ..before.clone() }, Action::EmailChanged)?;
    users::moved(portal, tx, &before, &user)
}
