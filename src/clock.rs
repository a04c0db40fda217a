//! The only source of time. Tests hold it still and move it by hand.

use std::time::Duration;

use tokio::sync::watch;

use crate::model::time::{Span, Timestamp};

#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Manual(watch::Sender<Timestamp>),
}

impl Clock {
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved; clones move together.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(watch::Sender::new(start)))
    }

    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[allow(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
            Source::System => Timestamp::from_microseconds(jiff::Timestamp::now().as_microsecond()),
            Source::Manual(at) => *at.borrow(),
        }
    }

    /// Moves a manual clock; the system's clock is not ours to move.
    pub fn advance(&self, span: Span) {
        if let Source::Manual(at) = &self.0 {
            at.send_modify(|at| *at = at.plus(span));
        }
    }

    /// Waits until this moment has come.
    pub async fn until(&self, moment: Timestamp) {
        match &self.0 {
            #[allow(clippy::disallowed_methods, reason = "this is the one place that waits for a moment")]
            Source::System => {
                while self.now() < moment {
                    let left = moment.since(self.now()).as_seconds().saturating_add(1);
                    let left = Duration::from_secs(u64::try_from(left).unwrap_or(0));
                    tokio::time::sleep(left.min(LONGEST)).await;
                }
            }
            Source::Manual(at) => {
                // An error would say that the clock is gone; it is here.
                let _ = at.subscribe().wait_for(|now| *now >= moment).await;
            }
        }
    }
}

/// The system's clock may be set while somebody waits, so it is looked at this often.
const LONGEST: Duration = Duration::from_secs(30);
