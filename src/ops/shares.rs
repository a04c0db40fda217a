//! Shares: so many of something at a time, and of one person or place so many of them, so that nobody
//! has them all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

#[derive(Clone)]
pub struct Shares {
    all: usize,
    each: usize,
    held: Held,
}

type Held = Arc<Mutex<Taken>>;

#[derive(Default)]
struct Taken {
    by: HashMap<String, usize>,
    all: usize,
}

/// One of them, until it is dropped.
pub struct Share {
    whose: String,
    held: Held,
}

impl Shares {
    pub fn new(all: usize, each: usize) -> Self {
        Self { all, each, held: Held::default() }
    }

    /// `None` for whoever has their share, and when all are taken.
    pub fn take(&self, whose: &str) -> Option<Share> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.by.get(whose).copied().unwrap_or_default();
        if own >= self.each || held.all >= self.all {
            return None;
        }
        held.by.insert(whose.to_owned(), own + 1);
        held.all += 1;
        Some(Share { whose: whose.to_owned(), held: Arc::clone(&self.held) })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all -= 1;
        match held.by.get_mut(&self.whose) {
            Some(n) if *n > 1 => *n -= 1,
            _ => drop(held.by.remove(&self.whose)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_more_than_their_share_and_what_is_dropped_is_free() {
        let shares = Shares::new(3, 2);
        let (a, b) = (shares.take("a"), shares.take("a"));
        assert!(a.is_some() && b.is_some() && shares.take("a").is_none(), "a share");
        let c = shares.take("c");
        assert!(c.is_some() && shares.take("d").is_none(), "all");
        drop((a, c));
        assert!(shares.take("a").is_some() && shares.take("d").is_some());
        drop(b);
        let held = shares.held.lock().unwrap();
        assert!(held.by.is_empty() && held.all == 0);
    }
}
