//! Ids: a newtype per thing over UUIDv7 (RFC 9562), so that a project's id where a user's
//! is wanted does not compile. They sort by the time they were made.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::time::Timestamp;

/// What all ids have in common: sixteen bytes.
pub trait Id: Copy + Eq + Ord + fmt::Display + Send + Sync + 'static {
    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;

    fn bytes(self) -> [u8; 16] {
        self.uuid().into_bytes()
    }

    /// When it was made, to the millisecond (RFC 9562, 5.7); `None` for one that is not of ours.
    fn made_at(self) -> Option<Timestamp> {
        let [a, b, c, d, e, f, ..] = self.bytes();
        let milliseconds = i64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        let ours = self.uuid().get_version_num() == 7;
        ours.then(|| Timestamp::from_microseconds(milliseconds.saturating_mul(1000)))
    }

    fn from_slice(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self::from_uuid)
    }
}

/// A text that is not an id of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl Id for $name {
            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            /// Only the usual spelling with hyphens is an id: one thing has one address.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                if text.len() != 36 {
                    return Err(NotAnId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    )*};
}

ids! {
    /// A user. Never given to anyone else, not even after a purge.
    UserId,
    GroupId,
    ProjectId,
    SessionId,
    TokenId,
    LinkId,
    MailId,
    ActivityId,
    /// A saved view of the list of users.
    ViewId,
    /// A second factor.
    FactorId,
    /// An import of users, kept for a day.
    ImportId,
    /// A bulk action or an import; what the API calls an undo or import id.
    BatchId,
    /// A backup made by the clock.
    BackupId,
    /// A sign-up whose address is not proven yet: not a user.
    SignUpId,
}
