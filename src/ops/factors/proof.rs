//! Showing a factor: judged, counted in the limits on guessing, and spent.

use serde_json::Value;
use webauthn_rs::prelude::DiscoverableAuthentication;

use super::{
    of_user,
    passkeys::{self, Judged},
    totp,
};
use crate::{
    entropy,
    model::{
        activity::Action,
        credential::Password,
        error::Code as Fault,
        factor::{Code, Factor, Means},
        id::{Id, UserId},
    },
    ops::{Error, Portal, Result, WriteHandle, devices::Guesses},
    store::read::Read,
};

/// What somebody gives to prove who they are.
#[derive(Clone)]
pub enum Proof {
    Password(Password),
    Code(Code),
    /// A passkey's answer, as the browser wrote it.
    Passkey(Value),
}

impl Proof {
    /// The field that it stands in.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Password(_) => "password",
            Self::Code(_) => "code",
            Self::Passkey(_) => "passkey",
        }
    }

    /// That it is wrong, told to whoever is signed in.
    pub fn wrong(&self) -> Error {
        let text = match self {
            Self::Password(_) => "This is not your password.",
            Self::Code(_) => "This code is wrong, or was used before.",
            Self::Passkey(_) => "This passkey was not accepted. Try again, or use another way.",
        };
        Error::field(self.field(), Fault::Invalid, text)
    }
}

/// A factor as it was shown, before it is spent.
#[derive(Clone)]
pub enum Shown {
    Code(Code),
    /// Judged already: that takes its time.
    Passkey(Box<Judged>),
}

/// Looks at what was given. `None`: a passkey whose answer is wrong; whether a code is wrong shows
/// when it is spent. The challenge is gone either way.
pub fn shown(
    portal: &Portal,
    proof: &Proof,
    challenge: impl FnOnce() -> Option<DiscoverableAuthentication>,
    known: &[Factor],
) -> Result<Option<Shown>> {
    match proof {
        Proof::Password(_) => Ok(None),
        Proof::Code(code) => Ok(Some(Shown::Code(code.clone()))),
        Proof::Passkey(answer) => {
            let answer: passkeys::Answer = passkeys::read(answer)?;
            let Some(challenge) = challenge() else { return Ok(None) };
            let judged = portal.passkeys.judge(&answer, challenge, known)?;
            Ok(judged.map(|judged| Shown::Passkey(Box::new(judged))))
        }
    }
}

/// Makes a guess: counted before it is made, for the account and for the place that it comes
/// from, and taken back unless it turned out wrong.
pub fn guess<T>(
    portal: &Portal,
    guesses: &Guesses,
    f: impl FnOnce() -> Result<Option<T>>,
) -> Result<Option<T>> {
    let (now, Guesses { account, origin, .. }) = (portal.now(), guesses);
    let (accounts, origins, factors) =
        (&portal.limits.accounts, &portal.limits.origins, &portal.limits.factors);
    portal.limits.proofs.admits(guesses.whose(), now)?;
    factors.admits(account, now)?;
    accounts.attempt(account, now)?;
    origins.attempt(origin, now).inspect_err(|_| accounts.take_back(account))?;
    let done = f();
    if matches!(done, Ok(None)) {
        guesses.wrong(portal, now);
        factors.count(account, now);
        tracing::info!(%origin, "a second factor was wrong");
    } else {
        accounts.take_back(account);
        origins.take_back(origin);
    }
    if matches!(done, Ok(Some(_))) {
        portal.limits.proofs.count(guesses.whose(), now);
        factors.forgive(account);
    }
    done
}

/// Spends what was shown, in the transaction of what it is shown for: of thirty who show the
/// same at once, one has it. False when it is wrong.
pub fn spend(portal: &Portal, tx: &mut WriteHandle<'_, '_>, user: UserId, shown: &Shown) -> Result<bool> {
    let now = tx.now();
    let spent = match shown {
        Shown::Passkey(judged) => passkey(tx, judged)?,
        Shown::Code(code) => match code.digits() {
            Some(digits) => totp_code(portal, tx, user, digits)?,
            None => recovery_code(tx, user, code)?,
        },
    };
    match spent {
        Some(factor) => {
            tx.save(Factor { last_used_at: Some(now), ..factor }, Action::FactorUsed)?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// The key must be the one that was judged: its counter may have gone on since.
fn passkey(tx: &WriteHandle<'_, '_>, judged: &Judged) -> Result<Option<Factor>> {
    let (before, key) = (&judged.before, judged.key.clone());
    if tx.entity::<Factor>((before.user, before.id))?.as_ref() != Some(before) {
        return Ok(None);
    }
    let Means::Passkey { credential, .. } = &before.means else { return Ok(None) };
    let means = Means::Passkey { credential: credential.clone(), key };
    Ok(Some(Factor { means, ..before.clone() }))
}

fn totp_code(
    portal: &Portal,
    tx: &WriteHandle<'_, '_>,
    user: UserId,
    digits: &str,
) -> Result<Option<Factor>> {
    for factor in of_user(tx, user)? {
        let Means::Totp { sealed, last_step } = &factor.means else { continue };
        let Some(secret) = portal.store().entropy().open(&user.bytes(), sealed) else {
            tracing::error!(%user, "the key beside the store does not open an authenticator app's secret");
            continue;
        };
        let step = totp::step_of(&secret, digits, tx.now()).filter(|step| step > last_step);
        if let Some(last_step) = step {
            let means = Means::Totp { sealed: sealed.clone(), last_step };
            return Ok(Some(Factor { means, ..factor }));
        }
    }
    Ok(None)
}

fn recovery_code(tx: &WriteHandle<'_, '_>, user: UserId, code: &Code) -> Result<Option<Factor>> {
    let hash = entropy::hash_text(code.recovery().plain());
    for mut factor in of_user(tx, user)? {
        let Means::RecoveryCodes { left } = &mut factor.means else { continue };
        if let Some(place) = left.iter().position(|one| *one == hash) {
            left.remove(place);
            return Ok(Some(factor));
        }
    }
    Ok(None)
}
