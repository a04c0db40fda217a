//! Signing in: a password, and a second factor where there is one; or a passkey alone.

use std::sync::Arc;

use serde_json::Value;

use super::{Begun, Device, begin};
use crate::{
    entropy,
    model::{
        activity::Action,
        credential::{Credential, Password, Secret},
        error::Code,
        factor::{Factor, Kind},
        id::UserId,
        policy::{Actor, Need},
        text::EmailAddress,
        user::{User, UserState},
    },
    ops::{
        Draft, Error, Portal, Result, WriteHandle,
        devices::{self, Guesses},
        factors::{self, ANSWERED_WITHIN, Proof},
        limits::origin_key,
        password,
    },
    store::{self, read::Read},
};

/// Who somebody says they are.
#[derive(Clone)]
pub struct SignIn {
    pub email: String,
    pub password: Password,
}

pub enum SignedIn {
    Begun(Box<Begun>),
    /// The password is right; a second factor is still to be shown.
    Half(Half),
}

/// Half of a sign-in, and the secret that goes into a cookie until it is whole.
pub struct Half {
    pub token: Secret,
    pub ways: Vec<Kind>,
    /// The challenge for a passkey, if there is one.
    pub challenge: Option<Value>,
}

/// A challenge for whatever passkey there is, and the secret that goes into a cookie.
pub struct Challenged {
    pub token: Secret,
    pub challenge: Value,
}

/// What a right password leads to.
enum Next {
    Begun(Box<Begun>),
    Half { user: Box<User>, credential: Credential, known: Vec<Factor> },
}

/// Signs in. An address that nobody has costs the same, and is answered the same, as a wrong password.
pub fn sign_in(
    portal: &Arc<Portal>,
    actor: &Actor,
    device: &Device,
    draft: Draft<SignIn>,
) -> Result<SignedIn> {
    let SignIn { email, password } = portal.read(actor, Need::NOTHING, |_| draft)?;
    let now = portal.now();
    let found = portal.read(actor, Need::NOTHING, |tx| {
        let Ok(email) = EmailAddress::parse(&email) else { return Ok(None) };
        let Some(user) = tx.user_by_email(&email)? else { return Ok(None) };
        let credential: Option<Credential> = tx.entity(user.id)?;
        Ok(Some((user, credential)))
    })?;
    let account = account(&email, found.as_ref().map(|(user, _)| user.id));
    let guesses = devices::guesses(portal, actor, account, found.as_ref().map(|(user, _)| user.id));
    portal.limits.origins.admits(&guesses.origin, now)?;
    let phc = found.as_ref().and_then(|(_, credential)| credential.as_ref()).map(|c| c.phc.as_str());
    let right = password::proves(portal, &guesses, &password, phc)?;
    portal.limits.origins.admits(&guesses.origin, now)?;
    let Some((user, Some(credential))) = found.filter(|_| right) else {
        portal.limits.origins.count(&guesses.origin, now);
        tracing::info!(origin = %device.origin, "a sign-in failed");
        return Err(Error::InvalidCredentials);
    };
    let rehashed = match portal.passwords.outdated(&credential.phc) {
        true => Some(portal.passwords.hash(&password)?),
        false => None,
    };
    let (device, own) = (device.clone(), Arc::clone(portal));
    let next = portal.write(actor, Need::NOTHING, move |tx| {
        let user: User = tx.entity(user.id)?.ok_or(Error::InvalidCredentials)?;
        // The password may have been changed while it was being verified.
        if tx.entity::<Credential>(user.id)?.as_ref() != Some(&credential) {
            return Err(Error::InvalidCredentials);
        }
        may_come_in(&user)?;
        let mut credential = credential.clone();
        if let Some(phc) = rehashed.clone() {
            credential = tx.save(Credential { phc, ..credential }, Action::PasswordRehashed)?;
        }
        let known = factors::of_user(tx, user.id)?;
        if known.iter().any(Factor::counts) {
            return Ok(Next::Half { user: Box::new(user), credential, known });
        }
        Ok(Next::Begun(Box::new(begin(&own, tx, &user, &device)?)))
    })?;
    match next {
        Next::Begun(begun) => {
            portal.limits.accounts.forgive(&guesses.account);
            Ok(SignedIn::Begun(begun))
        }
        // A right password forgives nothing as long as the second factor may be guessed at.
        Next::Half { user, credential, known } => half(portal, &user, credential, &known).map(SignedIn::Half),
    }
}

fn half(portal: &Portal, user: &User, credential: Credential, known: &[Factor]) -> Result<Half> {
    let (now, token) = (portal.now(), new_token(portal)?);
    let ways = factors::ways(known);
    let passkey = ways.contains(&Kind::Passkey) && portal.passkeys.possible();
    let challenge = if passkey { Some(portal.passkeys.challenge(known)?) } else { None };
    let (options, state) = challenge.map(|made| (made.options, made.state)).unzip();
    let (user, version) = (user.id, user.version);
    let waiting = factors::SignIn { user, credential, version, challenge: state };
    let (key, until) = (factors::key(&entropy::hash(&token)), now.plus(ANSWERED_WITHIN));
    portal.ceremonies.sign_ins.put(&factors::owner(user), key, waiting, until, now);
    Ok(Half { token, ways, challenge: options })
}

fn new_token(portal: &Portal) -> Result<Secret> {
    Ok(portal.store().entropy().secret().map_err(store::Error::from)?)
}

/// That a user's state lets them in, told to whoever has shown who they are.
fn may_come_in(user: &User) -> Result<()> {
    match user.state() {
        UserState::Active => Ok(()),
        UserState::Pending => Err(Error::AccountPending),
        UserState::Disabled => Err(Error::AccountDisabled),
        UserState::Invited | UserState::Deleted => Err(Error::InvalidCredentials),
    }
}

/// The second half of a sign-in.
pub fn second_factor(
    portal: &Arc<Portal>,
    actor: &Actor,
    device: &Device,
    token: Option<Secret>,
    draft: Draft<Proof>,
) -> Result<Begun> {
    let now = portal.now();
    let key = token.map(|token| factors::key(&entropy::hash(&token))).ok_or(Error::SignInOver)?;
    let half = portal.ceremonies.sign_ins.get(&key, now).ok_or(Error::SignInOver)?;
    let (proof, known) =
        portal.read(actor, Need::NOTHING, |tx| Ok((draft?, factors::of_user(tx, half.user)?)))?;
    let guesses = devices::guesses_at(portal, actor, half.user);
    let done = factors::guess(portal, &guesses, || {
        let challenge =
            || portal.ceremonies.sign_ins.change(&key, now, |half| half.challenge.take()).flatten();
        let Some(shown) = factors::shown(portal, &proof, challenge, &known)? else { return Ok(None) };
        let (own, device, taken) = (Arc::clone(portal), device.clone(), key);
        portal.write(actor, Need::NOTHING, move |tx| {
            let user: User = tx.entity(half.user)?.ok_or(Error::SignInOver)?;
            if tx.entity::<Credential>(user.id)?.as_ref() != Some(&half.credential) {
                return Err(Error::SignInOver);
            }
            may_come_in(&user)?;
            if user.version != half.version {
                return Err(Error::SignInOver);
            }
            if !spend(&own, tx, &user, &shown)? {
                return Ok(None);
            }
            // Of several right ones at once, one is the second half.
            own.ceremonies.sign_ins.take(&taken, now).ok_or(Error::SignInOver)?;
            begin(&own, tx, &user, &device).map(Some)
        })
    })?;
    let begun = done.ok_or(Error::WrongFactor)?;
    portal.limits.accounts.forgive(&guesses.account);
    Ok(begun)
}

/// Spends a factor in its user's own name: nobody is signed in yet.
fn spend(portal: &Portal, tx: &mut WriteHandle<'_, '_>, user: &User, shown: &factors::Shown) -> Result<bool> {
    tx.author_is(user);
    factors::spend(portal, tx, user.id, shown)
}

/// A challenge for signing in by a passkey alone. A sign-in that waits for its second factor in
/// the same browser goes on waiting.
pub fn challenge(
    portal: &Portal,
    actor: &Actor,
    token: Option<Secret>,
    draft: Draft<()>,
) -> Result<Challenged> {
    portal.read(actor, Need::NOTHING, |_| draft)?;
    let now = portal.now();
    let origin = origin_key(actor.origin.as_deref().unwrap_or_default());
    portal.limits.challenges.spend(&origin, now)?;
    let made = portal.passkeys.challenge(&[])?;
    let waiting =
        |token: &Secret| portal.ceremonies.sign_ins.get(&factors::key(&entropy::hash(token)), now).is_some();
    let token = token.filter(waiting).map_or_else(|| new_token(portal), Ok)?;
    let (key, until) = (factors::key(&entropy::hash(&token)), now.plus(ANSWERED_WITHIN));
    portal.ceremonies.challenges.put(&origin, key, made.state, until, now);
    Ok(Challenged { token, challenge: made.options })
}

/// Signs in by a passkey alone: it is what somebody has, and asks for what they are or know.
pub fn by_passkey(
    portal: &Arc<Portal>,
    actor: &Actor,
    device: &Device,
    token: Option<Secret>,
    draft: Draft<Proof>,
) -> Result<Begun> {
    let now = portal.now();
    let key = token.map(|token| factors::key(&entropy::hash(&token))).ok_or(Error::SignInOver)?;
    portal.ceremonies.challenges.get(&key, now).ok_or(Error::SignInOver)?;
    let proof = portal.read(actor, Need::NOTHING, |_| draft)?;
    let Proof::Passkey(answer) = &proof else {
        return Err(Error::field("passkey", Code::Required, "The passkey's answer is missing."));
    };
    let user = factors::user_of(&factors::read_answer(answer)?);
    let known = portal.read(actor, Need::NOTHING, |tx| match user {
        Some(user) if tx.entity::<User>(user)?.is_some() => Ok(Some((user, factors::of_user(tx, user)?))),
        _ => Ok(None),
    })?;
    // Passkeys that nobody has are one account: nobody's.
    let nobody = || Guesses::of("passkey:nobody".to_owned(), &device.origin);
    let guesses = known.as_ref().map_or_else(nobody, |(user, _)| devices::guesses_at(portal, actor, *user));
    let done = factors::guess(portal, &guesses, || {
        let challenge = || portal.ceremonies.challenges.take(&key, now);
        let Some((user, known)) = known.clone() else {
            challenge();
            return Ok(None);
        };
        let Some(shown) = factors::shown(portal, &proof, challenge, &known)? else { return Ok(None) };
        let (own, device) = (Arc::clone(portal), device.clone());
        portal.write(actor, Need::NOTHING, move |tx| {
            let user: User = tx.entity(user)?.ok_or(Error::InvalidCredentials)?;
            may_come_in(&user)?;
            if !spend(&own, tx, &user, &shown)? {
                return Ok(None);
            }
            begin(&own, tx, &user, &device).map(Some)
        })
    })?;
    let begun = done.ok_or(Error::WrongFactor)?;
    portal.limits.accounts.forgive(&guesses.account);
    Ok(begun)
}

/// Whose guesses these are: one key for one account, however its address is spelled, and no
/// key that somebody can type for another's.
fn account(email: &str, user: Option<UserId>) -> String {
    match (user, EmailAddress::parse(email)) {
        (Some(user), _) => user.to_string(),
        (None, Ok(address)) => format!("email:{}", address.folded()),
        (None, Err(_)) => format!("text:{}", email.trim().to_lowercase()),
    }
}
