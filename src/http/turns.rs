//! Turns: so many at a time, and of one place or person so many of them, so that nobody has them all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

type Held = Arc<Mutex<HashMap<String, usize>>>;

#[derive(Clone)]
pub struct Turns {
    free: Arc<Semaphore>,
    each: usize,
    held: Held,
}

/// One turn, until it is dropped.
pub struct Turn {
    _place: Place,
    _turn: OwnedSemaphorePermit,
}

/// Part of what somebody may hold.
struct Place {
    whose: String,
    held: Held,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = held.get_mut(&self.whose) {
            *n -= 1;
            if *n == 0 {
                held.remove(&self.whose);
            }
        }
    }
}

impl Turns {
    pub fn new(all: usize, each: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(all)), each, held: Held::default() }
    }

    /// Waits for a turn, but not longer than this; `None` at once for whoever has their share.
    pub async fn take(&self, whose: String, wait: Duration) -> Option<Turn> {
        let place = self.place(whose)?;
        let turn = timeout(wait, Arc::clone(&self.free).acquire_owned()).await.ok()?.ok()?;
        Some(Turn { _place: place, _turn: turn })
    }

    fn place(&self, whose: String) -> Option<Place> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let n = held.entry(whose.clone()).or_insert(0);
        if *n >= self.each {
            return None;
        }
        *n += 1;
        Some(Place { whose, held: Arc::clone(&self.held) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_has_more_than_their_share_and_what_is_dropped_is_free() {
        let (turns, now) = (Turns::new(3, 2), Duration::ZERO);
        let take = async |whose: &str| turns.take(whose.to_owned(), now).await;
        let (a, b) = (take("a").await, take("a").await);
        assert!(a.is_some() && b.is_some() && take("a").await.is_none(), "a share");
        let c = take("c").await;
        assert!(c.is_some() && take("d").await.is_none(), "all");
        drop((a, c));
        assert!(take("a").await.is_some() && take("d").await.is_some());
        drop(b);
        assert!(turns.held.lock().unwrap().is_empty());
    }
}
