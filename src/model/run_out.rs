//! What has run out stays so, though the clock be set back.

use serde::{Deserialize, Serialize};

use super::{
    id::{Id, LinkId, TokenId},
    link::Link,
    time::Timestamp,
    token::Token,
};

/// The id of something that was found to have run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOut(pub [u8; 16]);

/// What is good until a time.
pub trait Runs {
    type Id: Id;
    fn id(&self) -> Self::Id;
    fn ends(&self) -> Timestamp;
}

impl Runs for Link {
    type Id = LinkId;
    fn id(&self) -> LinkId {
        self.id
    }
    fn ends(&self) -> Timestamp {
        self.expires_at
    }
}

impl Runs for Token {
    type Id = TokenId;
    fn id(&self) -> TokenId {
        self.id
    }
    fn ends(&self) -> Timestamp {
        self.expires_at
    }
}
