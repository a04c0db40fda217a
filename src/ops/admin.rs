//! What the command line does for those who are locked out: it acts as the system, recorded like anyone.

use std::sync::Arc;

use super::{Error, Portal, Result, factors, links, portal::check_password, portal::first_admin};
use crate::{
    model::{
        activity::Action,
        credential::{Credential, Password},
        group::BuiltIn,
        id::{Id, UserId},
        link::{Bearer, Purpose},
        policy::{Actor, Need},
        text::{EmailAddress, FullName},
        user::{Standing, User, UserState},
    },
    ops::links::Shown,
    store::{Way, read::Read, tables::Table},
};

/// Makes an admin; without a password there is a link to choose one.
pub fn create(
    portal: &Arc<Portal>,
    name: FullName,
    email: EmailAddress,
    password: Option<Password>,
) -> Result<Option<Shown>> {
    let phc = match &password {
        None => None,
        Some(password) => {
            let system = Actor::system();
            let settings = portal.read(&system, Need::NOTHING, |tx| Ok(tx.settings()?))?;
            let id = UserId::from_uuid(uuid::Uuid::nil());
            let user = first_admin(id, name.clone(), email.clone(), portal.now(), Standing::Active);
            check_password(&settings, &user, password)?;
            Some(portal.passwords.hash(password)?)
        }
    };
    let own = Arc::clone(portal);
    portal.write(&Actor::system(), Need::NOTHING, move |tx| {
        if let Some(other) = tx.user_by_email(&email)? {
            return Err(Error::taken(&other, true));
        }
        let now = tx.now();
        let standing = if phc.is_some() { Standing::Active } else { Standing::Invited };
        let user = first_admin(tx.new_id()?, name.clone(), email.clone(), now, standing);
        let user = tx.save(user, Action::UserCreated)?;
        match phc.clone() {
            Some(phc) => {
                tx.save(Credential { user: user.id, phc, changed_at: now }, Action::PasswordChosen)?;
                Ok(None)
            }
            None => {
                let link = links::make(&own, tx, Bearer::User(user.id), Purpose::Welcome, &user.email)?;
                Ok(Some(Shown { url: own.link_address(link.id), expires_at: link.expires_at }))
            }
        }
    })
}

/// A link to choose a new password, for anyone who is neither disabled nor in the bin.
pub fn reset_password(portal: &Arc<Portal>, email: EmailAddress) -> Result<Shown> {
    let system = Actor::system();
    let user = portal.read(&system, Need::NOTHING, |tx| tx.user_by_email(&email)?.ok_or(Error::NotFound))?;
    links::show_password(portal, &system, user.id, Ok(()))
}

/// Takes the second factors away from somebody who has lost them, and tells them.
pub fn remove_factors(portal: &Arc<Portal>, email: EmailAddress) -> Result<()> {
    let system = Actor::system();
    let user = portal.read(&system, Need::NOTHING, |tx| tx.user_by_email(&email)?.ok_or(Error::NotFound))?;
    factors::remove_all(portal, &system, user.id)
}

/// All admins, with their states.
pub fn list(portal: &Portal) -> Result<Vec<(String, String, UserState)>> {
    portal.read(&Actor::system(), Need::NOTHING, |tx| {
        let mut admins = Vec::new();
        for id in tx.ids::<UserId>(Table::UsersByGroup, &BuiltIn::Admin.id().bytes(), Way::Up)? {
            let user: Option<User> = tx.entity(id?)?;
            admins.extend(user.map(|user| (user.name.to_string(), user.email.to_string(), user.state())));
        }
        Ok(admins)
    })
}
