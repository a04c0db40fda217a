//! A session: somebody signed in on one device.

use serde::{Deserialize, Serialize};

use super::{
    credential::SecretHash,
    id::{SessionId, UserId},
    text::Reason,
    time::Timestamp,
};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: SessionId,
    pub token: SecretHash,
    /// Who signed in: the real user.
    pub user: UserId,
    /// Whom they act as, if anyone: the effective user.
    pub impersonation: Option<Impersonation>,
    pub created_at: Timestamp,
    /// The end, however busy the session is.
    pub expires_at: Timestamp,
    /// Address of origin at sign-in.
    pub origin: String,
    /// The browser's own name for itself, shortened.
    pub device: String,
}

/// When a session was last used; apart from it, for it moves without anyone's doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSeen {
    pub session: SessionId,
    pub at: Timestamp,
}

/// "Log in as", kept in the admin's own session: it ends with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impersonation {
    pub user: UserId,
    pub reason: Reason,
    /// May change things as that user; otherwise only look.
    pub write: bool,
    pub until: Timestamp,
    /// It ended before its time, by what became of the user; that was recorded then.
    #[serde(default)]
    pub cut_short: bool,
}
