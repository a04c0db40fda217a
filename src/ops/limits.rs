//! Limits on guessing and on mail that strangers ask for. Counted in memory: a restart forgives.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{Error, Result};
use crate::{
    config,
    model::time::{Span, Timestamp},
};

/// More keys than this and the idle ones are dropped.
const PRUNE: usize = 10_000;

pub struct Limits {
    pub accounts: Limit,
    pub origins: Limit,
    pub sign_ups: Limit,
    pub mails: Limit,
}

impl Limits {
    pub fn new(config: &config::Limits) -> Self {
        let minute = Span::minutes(1);
        Self {
            accounts: Limit::new(config.sign_in_per_account, minute),
            origins: Limit::new(config.sign_in_per_origin, minute),
            sign_ups: Limit::new(config.sign_up_per_origin, Span::hours(1)),
            mails: Limit::new(config.mail_per_address, Span::hours(1)),
        }
    }
}

/// So many in a time for each key; past it, one waits: 30 seconds, then twice as long each
/// time, an hour at most.
pub struct Limit {
    most: u32,
    within: Span,
    counts: Mutex<HashMap<String, Count>>,
}

struct Count {
    since: Timestamp,
    n: u32,
    /// How many times it ran over.
    over: u32,
    until: Option<Timestamp>,
}

impl Limit {
    fn new(most: u32, within: Span) -> Self {
        Self { most, within, counts: Mutex::new(HashMap::new()) }
    }

    /// Whether one may try now, without counting.
    pub fn admits(&self, key: &str, now: Timestamp) -> Result<()> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get(key).and_then(|count| count.until) {
            Some(until) if now < until => {
                let seconds = until.since(now).as_seconds() + 1;
                Err(Error::TooMany { retry_after: u64::try_from(seconds).unwrap_or(1) })
            }
            _ => Ok(()),
        }
    }

    /// Counts one; true when it was within the limit.
    pub fn count(&self, key: &str, now: Timestamp) -> bool {
        if self.most == 0 {
            return true;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() > PRUNE {
            let idle = Span::hours(2);
            counts.retain(|_, count| now.since(count.until.unwrap_or(count.since)) < idle);
        }
        let count = counts.entry(key.to_owned()).or_insert(Count { since: now, n: 0, over: 0, until: None });
        if now.since(count.since) >= self.within {
            (count.since, count.n) = (now, 0);
        }
        count.n += 1;
        if count.n < self.most {
            return true;
        }
        let within = count.n == self.most;
        let seconds = 30_i64.saturating_mul(1 << count.over.min(7)).min(3600);
        count.over += 1;
        count.until = Some(now.plus(Span::seconds(seconds)));
        within
    }

    /// Forgives a key, after it has shown that it is no guesser.
    pub fn forgive(&self, key: &str) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
