//! The portal itself: what everybody may know of it, and setting it up.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Draft, Error, Portal, ReadHandle, Result,
    error::together,
    password::{Typed, context},
    sessions,
};
use crate::{
    model::{
        activity::Action,
        credential::{Credential, Password, Secret},
        group::BuiltIn,
        policy::{Actor, Need},
        settings::Settings,
        text::{EmailAddress, FullName, PortalName},
        time::Span,
        user::{Standing, User},
    },
    password,
    store::read::Read,
};

#[derive(Debug, Clone)]
pub struct About {
    pub settings: Settings,
    pub setup_required: bool,
    pub sends_mail: bool,
    /// How long one may act as another user.
    pub impersonation: Span,
}

/// What setting up asks for.
#[derive(Clone)]
pub struct Setup {
    pub token: Option<Secret>,
    pub portal_name: Option<PortalName>,
    pub name: FullName,
    pub email: EmailAddress,
    pub password: Password,
}

pub fn about(portal: &Portal, actor: &Actor) -> Result<About> {
    portal.read(actor, Need::NOTHING, |tx| {
        let (settings, setup_required) = (tx.settings()?, !tx.has_users()?);
        let (config, sends_mail) = (&portal.config, portal.config.smtp.host.is_some());
        Ok(About { settings, setup_required, sends_mail, impersonation: config.session.impersonation.0 })
    })
}

/// That this is the token with which the portal is set up, and that nobody has done so yet.
pub fn inspect_set_up(portal: &Portal, actor: &Actor, token: Draft<Secret>) -> Result<()> {
    portal.read(actor, Need::NOTHING, |tx| {
        let token = token?;
        can_be_set_up(portal, tx, Some(&token))
    })
}

fn can_be_set_up(portal: &Portal, tx: &ReadHandle, token: Option<&Secret>) -> Result<()> {
    if tx.has_users()? {
        return Err(Error::NotFound);
    }
    if token == Some(portal.setup_token()) { Ok(()) } else { Err(Error::LinkExpired) }
}

/// Names the portal and makes the first admin, once, for whoever has the address from the terminal.
///
/// `typed` is the password in the draft, if there is one, whatever else is wrong with it.
pub fn set_up(
    portal: &Arc<Portal>,
    actor: &Actor,
    device: &sessions::Device,
    typed: Option<Typed>,
    draft: Draft<Setup>,
) -> Result<sessions::Begun> {
    let setup = portal.read(actor, Need::NOTHING, |tx| {
        if tx.has_users()? {
            return Err(Error::NotFound);
        }
        let settings = tx.settings()?;
        let setup =
            together(draft, || typed.map_or(Ok(()), |typed| typed.check(&settings, &[], "password")))?;
        can_be_set_up(portal, tx, setup.token.as_ref())?;
        let name = setup.portal_name.as_ref().map_or(settings.portal_name.as_str(), PortalName::as_str);
        let words = [name, setup.name.as_str(), setup.email.as_str()];
        password::check(&setup.password, settings.password_min_length, &words)
            .map_err(|refused| refused.at("password"))?;
        Ok(setup)
    })?;
    let phc = portal.passwords.hash(&setup.password)?;
    let (own, device) = (Arc::clone(portal), device.clone());
    portal.write(actor, Need::NOTHING, move |tx| {
        if tx.has_users()? {
            return Err(Error::NotFound);
        }
        let now = tx.now();
        let user = first_admin(tx.new_id()?, setup.name.clone(), setup.email.clone(), now, Standing::Active);
        tx.author_if_nobody(&user);
        if let Some(name) = &setup.portal_name {
            let settings = Settings { portal_name: name.to_string(), ..tx.settings()? };
            tx.save(settings, Action::PortalSetUp)?;
        }
        let user = tx.save(user, Action::UserCreated)?;
        tx.save(Credential { user: user.id, phc: phc.clone(), changed_at: now }, Action::PasswordChosen)?;
        sessions::begin(&own, tx, &user, &device)
    })
}

/// An admin as the set-up page and the command line make one.
pub(super) fn first_admin(
    id: crate::model::id::UserId,
    name: FullName,
    email: EmailAddress,
    now: crate::model::time::Timestamp,
    standing: Standing,
) -> User {
    User {
        id,
        version: 0,
        name,
        email,
        company: None,
        phone: None,
        notes: None,
        groups: BTreeSet::from([BuiltIn::Admin.id()]),
        standing,
        disabled: false,
        deleted_at: None,
        created_at: now,
    }
}

/// Whether a password would do for a user; for those made outside the browser.
pub(super) fn check_password(settings: &Settings, user: &User, password: &Password) -> Result<()> {
    password::check(password, settings.password_min_length, &context(&settings.portal_name, user))
        .map_err(|refused| refused.at("password").into())
}

/// The one-time address of an empty portal; none once somebody is here.
pub fn set_up_address(portal: &Portal) -> Result<Option<String>> {
    use base64::Engine;
    let empty = portal.read(&Actor::system(), Need::NOTHING, |tx| Ok(!tx.has_users()?))?;
    let token = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(portal.setup_token().expose());
    Ok(empty.then(|| portal.address(&format!("/setup#{token}"))))
}
