//! Turns: so many at a time, and of one person or place so many of them; whoever has their share left
//! waits a while for the next.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use crate::ops::shares::{Share, Shares};

#[derive(Clone)]
pub struct Turns {
    free: Arc<Semaphore>,
    /// Of those who have a turn, and of those who wait for one.
    shares: Shares,
}

/// How often whoever waits for their own share looks.
const LOOK: Duration = Duration::from_millis(25);

/// One turn, until it is dropped.
pub struct Turn {
    _share: Share,
    _turn: OwnedSemaphorePermit,
}

impl Turns {
    pub fn new(all: usize, each: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(all)), shares: Shares::new(usize::MAX, each) }
    }

    /// Waits for a turn, but not longer than this; `None` at once for whoever has their share.
    pub async fn take(&self, whose: &str, wait: Duration) -> Option<Turn> {
        let share = self.shares.take(whose)?;
        timeout(wait, self.next(share)).await.ok()?
    }

    /// The same, but waits for one's own share too: for those who may well have asked for several.
    pub async fn wait(&self, whose: &str, wait: Duration) -> Option<Turn> {
        let taken = async {
            loop {
                match self.shares.take(whose) {
                    Some(share) => break self.next(share).await,
                    None => sleep(LOOK).await,
                }
            }
        };
        timeout(wait, taken).await.ok()?
    }

    /// The next turn that is free.
    async fn next(&self, share: Share) -> Option<Turn> {
        let turn = Arc::clone(&self.free).acquire_owned().await.ok()?;
        Some(Turn { _share: share, _turn: turn })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_has_more_than_their_share_and_what_is_dropped_is_free() {
        let (turns, now) = (Turns::new(3, 2), Duration::ZERO);
        let take = async |whose: &str| turns.take(whose, now).await;
        let (a, b) = (take("a").await, take("a").await);
        assert!(a.is_some() && b.is_some() && take("a").await.is_none(), "a share");
        let c = take("c").await;
        assert!(c.is_some() && take("d").await.is_none(), "all");
        drop((a, c));
        assert!(take("a").await.is_some() && take("d").await.is_some());
        drop(b);
        assert_eq!(turns.free.available_permits(), 3);
    }
}
