//! What has run out stays so, though the clock be set back.

use serde::{Deserialize, Serialize};

use super::{id::Id, link::Link, time::Timestamp, token::Token};

/// The id of something that was found to have run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOut(pub [u8; 16]);

/// What is good until a time.
pub trait Runs {
    fn ends(&self) -> Timestamp;
    /// What is noted once it is over.
    fn mark(&self) -> RunOut;
}

impl Runs for Link {
    fn ends(&self) -> Timestamp {
        self.expires_at
    }
    fn mark(&self) -> RunOut {
        RunOut(self.id.bytes())
    }
}

impl Runs for Token {
    fn ends(&self) -> Timestamp {
        self.expires_at
    }
    fn mark(&self) -> RunOut {
        RunOut(self.id.bytes())
    }
}
