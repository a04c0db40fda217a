//! Mails to one user, on an admin's word.

use std::sync::Arc;

use super::{create::copy_to, must_be_present, target_secrets};
use crate::{
    mail::letter::{self, Letter},
    model::{
        id::{MailId, UserId},
        link::{Bearer, Purpose},
        permission::Permission,
        policy::{Actor, Need},
        text::{EmailAddress, FullName},
        user::{Standing, User, Welcome},
    },
    ops::{Draft, Error, Portal, Result, WriteHandle, letters::Recipient, links},
    store::{Reader, read::Read},
};

const NEED: Need = Need::permission(Permission::UsersWrite);

/// Mails a link to choose a password: to the invited a welcome.
pub fn send_password(portal: &Arc<Portal>, actor: &Actor, id: UserId, nothing: Draft<()>) -> Result<MailId> {
    let own = Arc::clone(portal);
    portal.write(actor, NEED, move |tx| {
        let user = target_secrets(tx, id)?;
        nothing.clone()?;
        send_password_now(&own, tx, &user)
    })
}

pub(super) fn send_password_now(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    user: &User,
) -> Result<MailId> {
    must_be_present(user)?;
    links::post_password(portal, tx, user)
}

/// Mails the welcome once more, with a fresh link.
pub fn send_welcome(portal: &Arc<Portal>, actor: &Actor, id: UserId, nothing: Draft<()>) -> Result<MailId> {
    let own = Arc::clone(portal);
    portal.write(actor, NEED, move |tx| {
        let user = target_secrets(tx, id)?;
        nothing.clone()?;
        must_be_present(&user)?;
        if user.standing != Standing::Invited {
            return Err(Error::Conflict(
                "This user has a password already. Send a password instead.".to_owned(),
            ));
        }
        post_welcome(&own, tx, &user, &Welcome::default())
    })
}

/// Puts a welcome with a fresh link into the outbox, and the creator's copy if they want one.
pub(crate) fn post_welcome(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    user: &User,
    welcome: &Welcome,
) -> Result<MailId> {
    let link = links::make(portal, tx, Bearer::User(user.id), Purpose::Welcome, &user.email)?;
    let letter = welcome_letter(portal, &*tx, &user.name, &user.email, welcome)?;
    let id = portal.post(tx, Recipient::from(user), &Letter::Welcome(letter.clone()), Some(&link))?;
    if welcome.bcc_me
        && let Some(me) = copy_to(&*tx)?
    {
        // It is about the user: with them it goes.
        portal.post(tx, Recipient { user: Some(user.id), ..me }, &Letter::WelcomeCopy(letter), None)?;
    }
    Ok(id)
}

pub(super) fn welcome_letter(
    portal: &Portal,
    tx: &impl Reader,
    name: &FullName,
    email: &EmailAddress,
    welcome: &Welcome,
) -> Result<letter::Welcome> {
    let settings = tx.settings()?;
    Ok(letter::Welcome {
        name: name.to_string(),
        email: email.to_string(),
        subject: welcome.subject.as_ref().map_or_else(|| settings.welcome_subject(), ToString::to_string),
        intro: settings.welcome_text(),
        message: welcome.message.as_ref().map(ToString::to_string),
        sign_in_url: portal.address("/"),
        expires: portal.config().link.welcome.to_string(),
    })
}
