//! Step-up: proving who one is once more, for what gives power or takes data away.

use std::sync::Arc;

use serde_json::Value;

use super::{Begun, present, renewed};
use crate::{
    model::{
        activity::Action,
        credential::{Credential, Password, SecretHash},
        factor::{Factor, Kind},
        id::SessionId,
        policy::{Actor, Need},
        session::Session,
        user::User,
    },
    ops::{
        Draft, Error, Handle, Portal, ReadHandle, Result, WriteHandle, devices,
        factors::{self, ANSWERED_WITHIN, Proof, Shown},
        password, users,
    },
    store::read::Read,
};

const NEED: Need = Need { oneself: true, in_person: true, ..Need::ENROLLING };

/// In which ways somebody may prove who they are.
pub struct Ways {
    pub password: bool,
    pub factors: Vec<Kind>,
    /// The challenge for a passkey, if there is one.
    pub challenge: Option<Value>,
}

/// What a proof is held against.
struct Known {
    session: SessionId,
    /// By which the session is known until it is proven.
    token: SecretHash,
    user: User,
    credential: Option<Credential>,
    factors: Vec<Factor>,
}

fn known(tx: &ReadHandle) -> Result<Known> {
    let Session { id: session, token, .. } = super::own(tx)?;
    let user = users::oneself(tx)?;
    let (credential, factors) = (tx.entity(user.id)?, factors::of_user(tx, user.id)?);
    Ok(Known { session, token, user, credential, factors })
}

pub fn ways(portal: &Portal, actor: &Actor, draft: Draft<()>) -> Result<Ways> {
    let (found, ()) = portal.read(actor, NEED, |tx| Ok((known(tx)?, draft?)))?;
    let Known { session, user, credential, factors, .. } = found;
    let (now, ways) = (portal.now(), factors::ways(&factors));
    let passkey = ways.contains(&Kind::Passkey) && portal.passkeys.possible();
    let challenge = if passkey { Some(portal.passkeys.challenge(&factors)?) } else { None };
    let challenge = challenge.map(|made| {
        let (owner, until) = (factors::owner(user.id), now.plus(ANSWERED_WITHIN));
        portal.ceremonies.step_ups.put(&owner, session, made.state, until, now);
        made.options
    });
    Ok(Ways { password: credential.is_some(), factors: ways, challenge })
}

/// What was proven, before it is written down.
#[derive(Clone)]
enum Proven {
    /// The password, if it is still this one.
    Password(Credential),
    Factor(Shown),
}

/// Proves who one is; the session gets a new token, and is fresh for a while.
pub fn step_up(portal: &Arc<Portal>, actor: &Actor, draft: Draft<Proof>) -> Result<Begun> {
    let (known, proof) = portal.read(actor, NEED, |tx| Ok((known(tx)?, draft?)))?;
    let begun = match &proof {
        Proof::Password(password) => match by_password(portal, actor, &known, password)? {
            Some(credential) => renew(portal, actor, &known, Proven::Password(credential))?,
            None => None,
        },
        _ => {
            let guesses = devices::guesses_at(portal, actor, known.user.id);
            let challenge = || portal.ceremonies.step_ups.take(&known.session, portal.now());
            factors::guess(portal, &guesses, || {
                match factors::shown(portal, &proof, challenge, &known.factors)? {
                    Some(shown) => renew(portal, actor, &known, Proven::Factor(shown)),
                    None => Ok(None),
                }
            })?
        }
    };
    begun.ok_or_else(|| proof.wrong())
}

/// The password that this is, counted like any other guess at it.
fn by_password(
    portal: &Portal,
    actor: &Actor,
    known: &Known,
    password: &Password,
) -> Result<Option<Credential>> {
    let (now, guesses) = (portal.now(), devices::guesses_at(portal, actor, known.user.id));
    portal.limits.origins.admits(&guesses.origin, now)?;
    let phc = known.credential.as_ref().map(|credential| credential.phc.as_str());
    if password::proves(portal, &guesses, password, phc)? {
        return Ok(known.credential.clone());
    }
    portal.limits.origins.count(&guesses.origin, now);
    Ok(None)
}

/// Writes it down; `None` when what was proven does not hold any more.
fn renew(portal: &Arc<Portal>, actor: &Actor, known: &Known, proven: Proven) -> Result<Option<Begun>> {
    let (own, user, token) = (Arc::clone(portal), known.user.id, known.token);
    portal.write(actor, NEED, move |tx| {
        // Of several at once one has the new token; the others would hold one that is none any more.
        if super::own(tx)?.token != token {
            return Err(Error::Unauthenticated);
        }
        let holds = match &proven {
            Proven::Password(credential) => tx.entity::<Credential>(user)?.as_ref() == Some(credential),
            Proven::Factor(shown) => factors::spend(&own, tx, user, shown)?,
        };
        if !holds {
            return Ok(None);
        }
        note_proven(&own, tx).map(Some)
    })
}

/// Notes that who one is was proven now. The session has a new token: whoever copied the old one is out.
pub(in crate::ops) fn note_proven(portal: &Portal, tx: &mut WriteHandle<'_, '_>) -> Result<Begun> {
    let (mut session, token) = renewed(tx)?;
    session.proven_at = Some(tx.now());
    let session = tx.save(session, Action::SessionProven)?;
    Ok(Begun { token, session: present(portal, tx, &session)?, mark: None })
}
