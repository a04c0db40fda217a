//! "Log in as": seeing the portal as another user does, for a while, with both names recorded.

use std::sync::Arc;

use super::{
    Draft, Error, Handle, Portal, Result,
    letters::Recipient,
    sessions::{Begun, leave, present, renewed},
    users,
};
use crate::{
    mail::letter::Letter,
    model::{
        activity::Action,
        id::UserId,
        permission::Permission,
        policy::{Actor, Need},
        session::Impersonation,
        text::Reason,
    },
    store::read::Read,
};

const NEED: Need = Need::permission(Permission::UsersImpersonate).and_oneself().and_fresh().and_in_person();

#[derive(Debug, Clone)]
pub struct Start {
    pub reason: Reason,
    /// May also act as that user; otherwise only look.
    pub write: bool,
}

/// Never onto somebody with a permission that the admin lacks, never nested, never onto oneself.
pub fn start(portal: &Arc<Portal>, actor: &Actor, id: UserId, draft: Draft<Start>) -> Result<Begun> {
    let own = Arc::clone(portal);
    portal.write(actor, NEED, move |tx| {
        let user = users::target(tx, id)?;
        let Start { reason, write } = draft.clone()?;
        if tx.grants().real == Some(user.id) {
            return Err(Error::Oneself("You are yourself already.".to_owned()));
        }
        users::must_be_present(&user)?;
        let (mut session, token) = renewed(tx)?;
        let until = tx.now().plus(own.config.session.impersonation.0).min(session.expires_at);
        let cut_short = false;
        session.impersonation =
            Some(Impersonation { user: user.id, reason: reason.clone(), write, until, cut_short });
        let session = tx.save(session, Action::ImpersonationStarted.because(Some(reason.as_str())))?;
        if tx.settings()?.impersonation_notice {
            let by = users::oneself(tx)?.name.to_string();
            let (name, reason) = (user.name.to_string(), reason.to_string());
            let letter = Letter::Impersonated { name, by, reason, at: tx.now() };
            own.post(tx, Recipient::from(&user), &letter, None)?;
        }
        Ok(Begun { token, session: present(&own, tx, &session)?, mark: None })
    })
}

/// Back to one's own account, with a new token.
pub fn stop(portal: &Arc<Portal>, actor: &Actor) -> Result<Begun> {
    let own = Arc::clone(portal);
    portal.write(actor, Need::LEAVING, move |tx| {
        let (session, token) = renewed(tx)?;
        if session.impersonation.is_none() {
            return Err(Error::Conflict("You are not acting as somebody else.".to_owned()));
        }
        let session = leave(tx, session)?;
        Ok(Begun { token, session: present(&own, tx, &session)?, mark: None })
    })
}
