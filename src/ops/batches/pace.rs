//! How much of a batch goes into one transaction: so much that others wait no longer than for a
//! few saves, on whatever machine and disk.

use std::sync::atomic::Ordering::SeqCst;

use super::super::{Error, Portal, Result};
use crate::model::time::Span;

const FIRST: usize = 100;
const LEAST: usize = 50;
const MOST: usize = 1000;
/// A transaction that takes longer is followed by a smaller one, one that is quicker by a larger.
const LONG: Span = Span::milliseconds(80);
const SHORT: Span = Span::milliseconds(30);

pub struct Pace {
    users: usize,
}

impl Pace {
    pub fn new() -> Self {
        Self { users: FIRST }
    }

    /// One transaction of a batch, for at most so many users; none when the portal is stopping.
    pub fn turn<T>(&mut self, portal: &Portal, f: impl FnOnce(usize) -> Result<T>) -> Result<T> {
        if portal.live.stopping.load(SeqCst) {
            return Err(Error::Unavailable("the portal is stopping".to_owned()));
        }
        portal.index.wait_for_room();
        let began = portal.now();
        let done = f(self.users)?;
        // A clock that stands still says nothing.
        match portal.now().since(began) {
            took if took > LONG => self.users = (self.users / 2).max(LEAST),
            took if took > Span::seconds(0) && took < SHORT => self.users = (self.users * 2).min(MOST),
            _ => {}
        }
        Ok(done)
    }
}
