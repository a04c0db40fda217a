//! A new factor: offered, and confirmed by showing it once.

use std::sync::Arc;

use serde_json::Value;

use super::{
    OWN, Proof,
    ceremonies::{CONFIRMED_WITHIN, Unconfirmed, owner},
    described, guess, has, of_user, tell, totp,
};
use crate::{
    entropy,
    mail::letter::FactorChange,
    model::{
        activity::Action,
        device::Mark,
        error::Code,
        factor::{Factor, Kind, Means, RecoveryCode},
        id::{FactorId, Id},
        policy::Actor,
        text::FactorName,
        user::User,
    },
    ops::{Draft, Error, Handle, Portal, Result, WriteHandle, devices, sessions, users},
    store::{self, read::Read},
};

#[derive(Debug, Clone)]
pub struct NewFactor {
    pub kind: Kind,
    pub name: Option<FactorName>,
}

/// A factor that waits to be confirmed, or recovery codes.
pub struct Added {
    pub id: FactorId,
    pub kind: Kind,
    pub name: FactorName,
    pub offer: Offer,
}

/// What is shown once.
pub enum Offer {
    Totp(totp::Offer),
    /// What a browser needs to make a passkey.
    Passkey(Value),
    RecoveryCodes(Vec<RecoveryCode>),
}

/// A factor that counts from now on, and recovery codes if it is the first.
pub struct Confirmed {
    pub factor: Factor,
    pub codes: Option<Vec<RecoveryCode>>,
    /// By which the browser is known from now on: the marks of before are worth nothing.
    pub mark: Mark,
}

/// Offers a new factor, which counts once it is confirmed; new recovery codes count at once, and
/// the older ones no more.
pub fn add(portal: &Arc<Portal>, actor: &Actor, draft: Draft<NewFactor>) -> Result<Added> {
    let (user, new, known, portal_name) = portal.read(actor, OWN.and_fresh(), |tx| {
        let user = users::oneself(tx)?;
        let new = draft?;
        let known = of_user(tx, user.id)?;
        Ok((user, new, known, tx.settings()?.portal_name))
    })?;
    let kind = new.kind;
    let name = named(new.name, kind)?;
    if kind == Kind::RecoveryCodes {
        return new_codes(portal, actor, name);
    }
    not_too_many(&known)?;
    let (now, entropy) = (portal.now(), portal.store().entropy());
    let id: FactorId = entropy.id(now).map_err(store::Error::from)?;
    let (offer, unconfirmed) = if kind == Kind::Totp {
        let random = entropy::random().map_err(store::Error::from)?;
        let secret = &random[..totp::SECRET];
        let offer = totp::offer(secret, user.email.as_str(), &portal_name)
            .ok_or_else(|| Error::Internal("a secret does not fit into a picture".to_owned()))?;
        let sealed = entropy.seal(&user.id.bytes(), secret).map_err(store::Error::from)?;
        (Offer::Totp(offer), Unconfirmed::Totp { name: name.clone(), sealed })
    } else {
        let (options, state) = portal.passkeys.offer(&user, &portal_name, &known)?;
        let state = Box::new(state);
        (Offer::Passkey(options), Unconfirmed::Passkey { name: name.clone(), state })
    };
    let until = now.plus(CONFIRMED_WITHIN);
    portal.ceremonies.factors.put(&owner(user.id), (user.id, id), unconfirmed, until, now);
    Ok(Added { id, kind, name, offer })
}

/// A name, or the kind's own words.
fn named(name: Option<FactorName>, kind: Kind) -> Result<FactorName> {
    name.map_or_else(|| FactorName::parse(kind.words()), Ok).map_err(|refused| refused.at("name").into())
}

fn not_too_many(known: &[Factor]) -> Result<()> {
    let most = Factor::MOST;
    if known.iter().filter(|factor| factor.counts()).count() < most {
        return Ok(());
    }
    Err(Error::Conflict(format!("You have {most} factors, and more are too many. Remove one first.")))
}

fn new_codes(portal: &Arc<Portal>, actor: &Actor, name: FactorName) -> Result<Added> {
    let own = Arc::clone(portal);
    portal.write(actor, OWN.and_fresh(), move |tx| {
        let user = users::oneself(tx)?;
        if !has(tx, user.id)? {
            let text =
                "Recovery codes stand in for a second factor. Add an authenticator app or a passkey first.";
            return Err(Error::Conflict(text.to_owned()));
        }
        let (factor, codes) = make_codes(tx, &user, name.clone())?;
        tell(&own, tx, &user, FactorChange::NewCodes)?;
        let Factor { id, name, .. } = factor;
        Ok(Added { id, kind: Kind::RecoveryCodes, name, offer: Offer::RecoveryCodes(codes) })
    })
}

/// Makes recovery codes; older ones die.
fn make_codes(
    tx: &mut WriteHandle<'_, '_>,
    user: &User,
    name: FactorName,
) -> Result<(Factor, Vec<RecoveryCode>)> {
    for old in of_user(tx, user.id)?.iter().filter(|factor| !factor.counts()) {
        tx.remove::<Factor>((user.id, old.id), Action::FactorRemoved)?;
    }
    let mut codes = Vec::with_capacity(RecoveryCode::COUNT);
    for _ in 0..RecoveryCode::COUNT {
        let random = entropy::random().map_err(store::Error::from)?;
        let (bytes, _) = random.split_first_chunk().expect("32 bytes are more than a code has");
        codes.push(RecoveryCode::new(*bytes));
    }
    let left = codes.iter().map(|code| entropy::hash_text(code.plain())).collect();
    let means = Means::RecoveryCodes { left };
    let (id, created_at) = (tx.new_id()?, tx.now());
    let factor = Factor { id, user: user.id, name, means, created_at, last_used_at: None };
    Ok((tx.save(factor, Action::FactorAdded)?, codes))
}

/// Shows a new factor for the first time: from now on it counts.
pub fn confirm(portal: &Arc<Portal>, actor: &Actor, id: FactorId, draft: Draft<Proof>) -> Result<Confirmed> {
    let now = portal.now();
    let (user, key, unconfirmed, proof) = portal.read(actor, OWN, |tx| {
        let user = users::oneself(tx)?;
        let key = (user.id, id);
        let unconfirmed = portal.ceremonies.factors.get(&key, now).ok_or(Error::NotFound)?;
        Ok((user, key, unconfirmed, draft?))
    })?;
    let guesses = devices::guesses_at(portal, actor, user.id);
    let guessed = guess(portal, &guesses, || match (&unconfirmed, &proof) {
        (Unconfirmed::Totp { name, sealed }, Proof::Code(code)) => {
            let secret = portal.store().entropy().open(&user.id.bytes(), sealed);
            let step = secret.zip(code.digits()).and_then(|(s, digits)| totp::step_of(&s, digits, now));
            let means = |last_step| Means::Totp { sealed: sealed.clone(), last_step };
            Ok(step.map(|step| (name.clone(), means(step))))
        }
        (Unconfirmed::Passkey { name, .. }, Proof::Passkey(answer)) => {
            // One challenge, one answer.
            let taken = portal.ceremonies.factors.take(&key, now);
            let Some(Unconfirmed::Passkey { state, .. }) = taken else { return Err(Error::NotFound) };
            Ok(portal.passkeys.made(answer, &state)?.map(|means| (name.clone(), means)))
        }
        (Unconfirmed::Totp { .. }, _) => Err(missing("code", "Type the code that the app shows.")),
        (Unconfirmed::Passkey { .. }, _) => Err(missing("passkey", "The passkey's answer is missing.")),
    })?;
    let (name, means) = guessed.ok_or_else(|| proof.wrong())?;
    let own = Arc::clone(portal);
    let confirmed = portal.write(actor, OWN, move |tx| {
        let user = users::oneself(tx)?;
        let known = of_user(tx, user.id)?;
        not_too_many(&known)?;
        // Of many who confirm it at once, one does.
        if known.iter().any(|factor| factor.id == id) {
            return Err(Error::NotFound);
        }
        let (means, name, created_at) = (means.clone(), name.clone(), tx.now());
        let factor = Factor { id, user: user.id, name, means, created_at, last_used_at: None };
        let factor = tx.save(factor, Action::FactorAdded)?;
        let codes = if known.iter().any(Factor::counts) {
            None
        } else {
            // They began with a password alone, by whomever.
            sessions::end_all(tx, user.id, tx.grants().session)?;
            Some(make_codes(tx, &user, named(None, Kind::RecoveryCodes)?)?.1)
        };
        tell(&own, tx, &user, FactorChange::Added(described(&factor)))?;
        let mark = devices::mark(&own, tx, user.id, tx.now())?;
        Ok(Confirmed { factor, codes, mark })
    })?;
    portal.ceremonies.factors.take(&key, now);
    Ok(confirmed)
}

fn missing(field: &str, text: &str) -> Error {
    Error::field(field, Code::Required, text)
}
