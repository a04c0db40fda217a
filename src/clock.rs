//! The only source of time. Tests hold it still and move it by hand.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::model::time::{Span, Timestamp};

#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved; clones move together.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.microseconds()))))
    }

    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[allow(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
            Source::System => Timestamp::from_microseconds(jiff::Timestamp::now().as_microsecond()),
            Source::Manual(at) => Timestamp::from_microseconds(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock; the system's clock is not ours to move.
    pub fn advance(&self, span: Span) {
        if let Source::Manual(at) = &self.0 {
            let next = Timestamp::from_microseconds(at.load(Ordering::SeqCst)).plus(span);
            at.store(next.microseconds(), Ordering::SeqCst);
        }
    }
}
