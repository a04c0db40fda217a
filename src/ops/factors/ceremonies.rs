//! What was begun and waits for its second half: a sign-in for its second factor, a factor for
//! its first code, a challenge for its answer. In memory, for a few minutes: after a restart one
//! begins anew.

use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyRegistration};

use crate::model::{
    credential::{Credential, SecretHash},
    id::{FactorId, Id, SessionId, UserId},
    text::FactorName,
    time::{Span, Timestamp},
};

/// Of one owner; the oldest makes room.
const MOST_EACH: usize = 20;
/// The same of one place: many people may come from there, and the page asks for a challenge
/// before anybody has decided how to sign in.
const MOST_FROM_A_PLACE: usize = 300;
/// Of all owners; the oldest of whoever has most makes room: many of one owner crowd out nobody else.
const MOST: usize = 10_000;

/// So long a sign-in waits for its second factor, and a challenge for its answer.
pub const ANSWERED_WITHIN: Span = Span::minutes(5);
/// So long a new factor waits for its first code.
pub const CONFIRMED_WITHIN: Span = Span::minutes(10);

/// A right password; the second factor is still to come.
#[derive(Clone)]
pub struct SignIn {
    pub user: UserId,
    /// What the password was held against: with another one since, it is worth nothing.
    pub credential: Credential,
    /// Of the user: whoever was changed since, such as disabled and enabled again, begins anew.
    pub version: u64,
    pub challenge: Option<DiscoverableAuthentication>,
}

/// A factor that nobody has shown yet to have.
#[derive(Clone)]
pub enum Unconfirmed {
    /// Sealed already: it is kept as it is.
    Totp {
        name: FactorName,
        sealed: Vec<u8>,
    },
    Passkey {
        name: FactorName,
        state: Box<PasskeyRegistration>,
    },
}

pub struct Ceremonies {
    /// By the token in the browser's cookie.
    pub sign_ins: Kept<[u8; 32], SignIn>,
    /// The same, for signing in by a passkey alone.
    pub challenges: Kept<[u8; 32], DiscoverableAuthentication>,
    pub step_ups: Kept<SessionId, DiscoverableAuthentication>,
    pub factors: Kept<(UserId, FactorId), Unconfirmed>,
}

/// What a browser's cookie leads to.
pub fn key(token: &SecretHash) -> [u8; 32] {
    *token.bytes()
}

/// Things that are each kept for a while.
pub struct Kept<K, T>(Mutex<Things<K, T>>);

struct Things<K, T> {
    /// Of one owner at most.
    most_each: usize,
    all: HashMap<K, Thing<T>>,
    /// Counts up, for the clock may stand still.
    next: u64,
}

struct Thing<T> {
    owner: String,
    number: u64,
    until: Timestamp,
    value: T,
}

impl Default for Ceremonies {
    fn default() -> Self {
        Self {
            sign_ins: Kept::of(MOST_EACH),
            challenges: Kept::of(MOST_FROM_A_PLACE),
            step_ups: Kept::of(MOST_EACH),
            factors: Kept::of(MOST_EACH),
        }
    }
}

impl<K, T> Kept<K, T> {
    /// So many of one owner at most.
    fn of(most_each: usize) -> Self {
        Self(Mutex::new(Things { most_each, all: HashMap::new(), next: 0 }))
    }
}

impl<K: Copy + Eq + std::hash::Hash, T: Clone> Kept<K, T> {
    pub fn put(&self, owner: &str, key: K, value: T, until: Timestamp, now: Timestamp) {
        let mut things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        things.all.remove(&key);
        if things.all.len() >= MOST {
            things.all.retain(|_, thing| now < thing.until);
        }
        if things.all.len() >= MOST
            && let Some((busiest, held)) = things.busiest()
        {
            things.make_room(held, |thing| thing.owner == busiest);
        }
        let most = things.most_each;
        things.make_room(most, |thing| thing.owner == owner);
        things.next += 1;
        let number = things.next;
        things.all.insert(key, Thing { owner: owner.to_owned(), number, until, value });
    }

    pub fn get(&self, key: &K, now: Timestamp) -> Option<T> {
        let things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        things.all.get(key).filter(|thing| now < thing.until).map(|thing| thing.value.clone())
    }

    /// Takes it out: of many who ask at once, one gets it.
    pub fn take(&self, key: &K, now: Timestamp) -> Option<T> {
        let mut things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        things.all.remove(key).filter(|thing| now < thing.until).map(|thing| thing.value)
    }

    /// Changes it where it lies, if it is there.
    pub fn change<R>(&self, key: &K, now: Timestamp, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        things.all.get_mut(key).filter(|thing| now < thing.until).map(|thing| f(&mut thing.value))
    }
}

impl<K: Copy + Eq + std::hash::Hash, T> Things<K, T> {
    /// Who has most, and how many; of those who have as many, whose oldest is the oldest.
    fn busiest(&self) -> Option<(String, usize)> {
        let mut owners: HashMap<&str, (usize, u64)> = HashMap::new();
        for thing in self.all.values() {
            let (held, oldest) = owners.entry(&thing.owner).or_insert((0, u64::MAX));
            (*held, *oldest) = (*held + 1, thing.number.min(*oldest));
        }
        let most = owners.into_iter().max_by_key(|(_, (held, oldest))| (*held, Reverse(*oldest)))?;
        Some((most.0.to_owned(), most.1.0))
    }

    /// So that with one more there are no more than `most` such things.
    fn make_room(&mut self, most: usize, such: impl Fn(&Thing<T>) -> bool) {
        let mut old: Vec<(u64, K)> = self
            .all
            .iter()
            .filter(|(_, thing)| such(thing))
            .map(|(key, thing)| (thing.number, *key))
            .collect();
        if old.len() < most {
            return;
        }
        old.sort_unstable_by_key(|(number, _)| *number);
        for (_, key) in old.iter().take(old.len() + 1 - most) {
            self.all.remove(key);
        }
    }
}

/// The owner of what a user began.
pub fn owner(user: UserId) -> String {
    user.uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_of_an_owner_makes_room_and_nothing_lives_past_its_time() {
        let (kept, now) = (Kept::<usize, usize>::of(MOST_EACH), Timestamp::from_microseconds(0));
        let until = now.plus(Span::minutes(5));
        kept.put("ann", 1000, 7, until, now);
        for n in 0..=MOST_EACH {
            kept.put("bob", n, n, until, now);
        }
        assert_eq!((kept.get(&0, now), kept.get(&1, now), kept.get(&1000, now)), (None, Some(1), Some(7)));
        assert_eq!(kept.get(&1, until), None);
        assert_eq!((kept.take(&1, now), kept.take(&1, now)), (Some(1), None));
        for n in 0..MOST + 5 {
            kept.put(&n.to_string(), 2000 + n, n, until, now);
        }
        assert_eq!(kept.0.lock().unwrap().all.len(), MOST);
        assert_eq!(kept.get(&1000, now), None, "the oldest of all");
    }

    #[test]
    fn many_of_one_owner_crowd_out_nobody_else() {
        let (kept, now) = (Kept::<usize, usize>::of(MOST), Timestamp::from_microseconds(0));
        let until = now.plus(Span::minutes(5));
        kept.put("ann", 0, 0, until, now);
        for n in 1..MOST + 50 {
            kept.put(if n % 2 == 0 { "bob" } else { "eve" }, n, n, until, now);
        }
        assert_eq!(kept.0.lock().unwrap().all.len(), MOST);
        assert_eq!((kept.get(&0, now), kept.get(&1, now)), (Some(0), None));
    }
}
