//! Browsers that have signed in before. Guesses at an account's secrets are counted on the account,
//! and past the limit nobody gets in; but whoever would lock somebody out that way finds that the
//! browsers they use are counted apart ("device cookies", OWASP). A browser's mark is no proof of
//! who one is: it has the same limits as an account, for itself.

use super::{Error, Portal, Result, factors, limits::origin_key};
use crate::{
    entropy,
    model::{
        credential::Credential,
        device::Mark,
        id::{Id, UserId},
        policy::Actor,
        time::{Span, Timestamp},
    },
    store::{Reader, read::Read},
};

/// How long a browser counts as known after it last signed in.
pub const KNOWN_FOR: Span = Span::days(365);

/// Where somebody's guesses are counted.
pub(super) struct Guesses {
    pub account: String,
    pub origin: String,
    /// Those of a known browser are counted here too: the account's limit holds for all others.
    shared: Option<(String, String)>,
}

impl Guesses {
    /// By the account and the place that they come from.
    pub fn of(account: String, origin: &str) -> Self {
        Self { account, origin: origin_key(origin), shared: None }
    }

    /// Where what is right is counted: for the account, and apart from it for all browsers that know it.
    pub fn whose(&self) -> &str {
        if self.shared.is_some() { &self.origin } else { &self.account }
    }

    /// Counts a wrong one where it does not hold up whoever made it.
    pub fn wrong(&self, portal: &Portal, now: Timestamp) {
        if let Some((account, origin)) = &self.shared {
            portal.limits.accounts.count(account, now);
            portal.limits.origins.count(origin, now);
        }
    }
}

/// Where an actor's guesses at an account are counted: on the account and on the place that they
/// come from. What holds up a browser that has signed in to it is what that browser guessed.
pub(super) fn guesses(portal: &Portal, actor: &Actor, account: String, user: Option<UserId>) -> Guesses {
    let own = |mark: &Mark| Some(mark.user) == user && genuine(portal, mark);
    let plain = Guesses::of(account, actor.origin.as_deref().unwrap_or_default());
    match actor.marks.read().find(own) {
        Some(mark) => {
            let account = format!("device:{}:{}", mark.user, mark.made_at.microseconds());
            // All that know the account share what a place has: whoever kept many marks gains little.
            let origin = format!("devices:{}", mark.user);
            Guesses { account, origin, shared: Some((plain.account, plain.origin)) }
        }
        None => plain,
    }
}

/// The same for an account that is known.
pub(super) fn guesses_at(portal: &Portal, actor: &Actor, user: UserId) -> Guesses {
    guesses(portal, actor, user.to_string(), Some(user))
}

/// What a browser keeps once it has signed in.
pub(super) fn mark(portal: &Portal, tx: &impl Reader, user: UserId, now: Timestamp) -> Result<Mark> {
    let seal = portal.store().entropy().device_seal(user, now, &secured(tx, user)?);
    Ok(Mark { user, made_at: now, seal })
}

/// How an account is secured: with another password, or another second factor, the marks of before
/// are worth nothing.
fn secured(tx: &impl Reader, user: UserId) -> Result<Vec<u8>> {
    let credential: Option<Credential> = tx.entity(user)?;
    let changed_at = credential.map_or(0, |credential| credential.changed_at.microseconds());
    let mut all = changed_at.to_be_bytes().to_vec();
    for id in factors::counting(tx, user)? {
        all.extend(id.bytes());
    }
    Ok(all)
}

fn genuine(portal: &Portal, mark: &Mark) -> bool {
    // What can't be read now is not known.
    let secured = portal.store().read().map_err(Error::from).and_then(|tx| secured(&*tx, mark.user));
    let Ok(secured) = secured else { return false };
    let (now, seal) = (portal.now(), portal.store().entropy().device_seal(mark.user, mark.made_at, &secured));
    // Hashes are compared: how much of a forged seal is right does not show in time.
    now < mark.made_at.plus(KNOWN_FOR) && entropy::hash(&seal) == entropy::hash(&mark.seal)
}
