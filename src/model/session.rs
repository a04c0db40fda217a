//! A session: somebody signed in on one device.

use serde::{Deserialize, Serialize};

use super::{
    credential::SecretHash,
    id::{SessionId, UserId},
    text::Reason,
    time::{Span, Timestamp},
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
    /// When its user last proved who they are: at sign-in, or asked again since.
    #[serde(default)]
    pub proven_at: Option<Timestamp>,
}

/// So long a proof of who one is holds for what is worth being asked again for.
pub const FRESH_FOR: Span = Span::minutes(5);

impl Session {
    /// Until when its user need not prove again who they are.
    pub fn fresh_until(&self) -> Option<Timestamp> {
        self.proven_at.map(|at| at.plus(FRESH_FOR))
    }

    /// A clock that was set back makes no proof last longer.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.proven_at.is_some_and(|at| at <= now && now < at.plus(FRESH_FOR))
    }
}

impl Impersonation {
    /// Over before its time, whatever the clock says from now on.
    pub fn cut_short(&mut self, now: Timestamp) {
        (self.until, self.cut_short) = (now, true);
    }
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
    /// It ended before its time, by what became of either of them; that was recorded then.
    #[serde(default)]
    pub cut_short: bool,
}
