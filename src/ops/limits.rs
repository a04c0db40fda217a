//! Limits on guessing and on mail that strangers ask for. Counted in memory: a restart forgives.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use super::{Error, Result};
use crate::{
    config,
    model::{
        alike::Mailbox,
        text::EmailAddress,
        time::{Span, Timestamp},
    },
};

/// So many keys are remembered at most; past it, the idle ones are dropped, then those that hold up
/// nobody now, and if there are none, all: forgetting is better than running out of memory.
const REMEMBERED: usize = 100_000;

/// The key of an address of origin: for IPv6 its /64, which is one subscriber's.
pub fn origin_key(origin: &str) -> String {
    match origin.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => origin.to_owned(),
    }
}

/// How long somebody waits, at most.
const LONGEST: Span = Span::hours(1);

fn prune(counts: &mut HashMap<String, Count>, now: Timestamp) {
    if counts.len() < REMEMBERED {
        return;
    }
    let idle = Span::hours(1);
    counts.retain(|_, count| now.since(count.until.unwrap_or(count.since)) < idle);
    if counts.len() > REMEMBERED / 2 {
        counts.retain(|_, count| count.until.is_some_and(|until| now < until));
    }
    if counts.len() > REMEMBERED / 2 {
        counts.clear();
    }
}

fn admitted(counts: &HashMap<String, Count>, key: &str, now: Timestamp) -> Result<()> {
    match counts.get(key).and_then(|count| count.until) {
        // Nobody waits longer than an hour: one who would has been counted by a clock that was ahead.
        Some(until) if now < until && until <= now.plus(LONGEST) => {
            let seconds = until.since(now).as_seconds() + 1;
            Err(Error::TooMany { retry_after: u64::try_from(seconds).unwrap_or(1) })
        }
        _ => Ok(()),
    }
}

pub struct Limits {
    pub accounts: Limit,
    /// Wrong second factors in a day, by account: six digits are found in weeks by whoever has the
    /// password and keeps within the limit of a minute.
    pub factors: Limit,
    pub origins: Limit,
    pub sign_ups: Limit,
    pub mails: Limit,
    /// Forgotten passwords, by origin.
    pub forgotten: Limit,
    /// Challenges for passkeys, by origin.
    pub challenges: Limit,
    /// Passwords judged while they are typed, by origin.
    pub judged: Limit,
    /// Changes by those who look after nobody, by user.
    pub changes: Limit,
    /// Right passwords and factors, by user: each costs a hash, and a row that stays.
    pub proofs: Limit,
}

impl Limits {
    pub fn new(config: &config::Limits) -> Self {
        let minute = Span::minutes(1);
        Self {
            accounts: Limit::new(config.sign_in_per_account, minute),
            factors: Limit::new(config.sign_in_per_account.saturating_mul(10), Span::days(1)),
            origins: Limit::new(config.sign_in_per_origin, minute),
            sign_ups: Limit::new(config.sign_up_per_origin, Span::hours(1)),
            mails: Limit::new(config.mail_per_address, Span::hours(1)),
            forgotten: Limit::new(config.sign_up_per_origin, Span::hours(1)),
            challenges: Limit::new(config.sign_in_per_origin.saturating_mul(3), minute),
            // As many as anybody types; lifted together with the limit on guessing.
            judged: Limit::new(config.sign_in_per_origin.saturating_mul(3), minute),
            changes: Limit::new(config.changes_per_user, Span::hours(1)),
            // Ten a minute all day are more than anybody needs; lifted together with the limit on guessing.
            proofs: Limit::new(config.sign_in_per_account.saturating_mul(60), Span::hours(1)),
        }
    }

    /// Counts a mail to an address, together with all that lead to the same mailbox; false past the limit.
    pub fn may_mail(&self, email: &EmailAddress, now: Timestamp) -> bool {
        self.mails.count(&Mailbox::of(email).key(), now)
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

    /// Counts one before it is made, unless there were too many: so of many at once no more than
    /// the limit are made. One that turns out right is taken back, or forgives all.
    pub fn attempt(&self, key: &str, now: Timestamp) -> Result<()> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        admitted(&counts, key, now)?;
        self.counted(&mut counts, key, now);
        Ok(())
    }

    /// Takes one back that was counted and was right.
    pub fn take_back(&self, key: &str) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = counts.get_mut(key) else { return };
        if count.n == self.most {
            (count.over, count.until) = (count.over.saturating_sub(1), None);
        }
        count.n = count.n.saturating_sub(1);
    }

    /// Whether one may try now, without counting.
    pub fn admits(&self, key: &str, now: Timestamp) -> Result<()> {
        admitted(&self.counts.lock().unwrap_or_else(PoisonError::into_inner), key, now)
    }

    /// Counts one; true when it was within the limit.
    pub fn count(&self, key: &str, now: Timestamp) -> bool {
        self.counted(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner), key, now)
    }

    fn counted(&self, counts: &mut HashMap<String, Count>, key: &str, now: Timestamp) -> bool {
        if self.most == 0 {
            return true;
        }
        prune(counts, now);
        let count = counts.entry(key.to_owned()).or_insert(Count { since: now, n: 0, over: 0, until: None });
        if now.since(count.since) >= self.within || count.since > now {
            (count.since, count.n) = (now, 0);
        }
        count.n += 1;
        if count.n < self.most {
            return true;
        }
        let within = count.n == self.most;
        tracing::info!(?key, "a limit is reached");
        let seconds = 30_i64.saturating_mul(1 << count.over.min(7)).min(3600);
        count.over += 1;
        count.until = Some(now.plus(Span::seconds(seconds)));
        within
    }

    /// Counts one, and refuses what is past the limit until its time is over: for those who are
    /// known and may hear of it.
    pub fn spend(&self, key: &str, now: Timestamp) -> Result<()> {
        if self.count(key, now) {
            return Ok(());
        }
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let since = counts.get(key).map_or(now, |count| count.since);
        let left = since.plus(self.within).since(now).as_seconds() + 1;
        Err(Error::TooMany { retry_after: u64::try_from(left).unwrap_or(1) })
    }

    /// How many times over its limit a key is, at least once.
    pub fn times_over(&self, key: &str, now: Timestamp) -> u32 {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(key).filter(|count| now.since(count.since) < self.within);
        count.map_or(1, |count| (count.n / self.most.max(1)).max(1))
    }

    /// Forgives a key, after it has shown that it is no guesser.
    pub fn forgive(&self, key: &str) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
