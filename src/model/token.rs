//! An API token: what a program shows to act in its owner's name.

use serde::{Deserialize, Serialize};

use super::{
    credential::SecretHash,
    id::{TokenId, UserId},
    permission::Permissions,
    text::TokenName,
    time::{Span, Timestamp},
};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub id: TokenId,
    pub user: UserId,
    pub name: TokenName,
    pub hash: SecretHash,
    /// These at most, and never more than its owner holds at the moment.
    pub permissions: Permissions,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Token {
    /// As many as one user may have.
    pub const MOST: usize = 100;
    /// How long one lives of which nothing is said, and how long at most: a year, a leap one too.
    pub const USUAL: Span = Span::days(90);
    pub const LONGEST: Span = Span::days(366);
}

/// When a token was last used; apart from it, for it moves without anyone's doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUsed {
    pub token: TokenId,
    pub at: Timestamp,
}

#[derive(Debug, Clone)]
pub struct NewToken {
    pub name: TokenName,
    pub permissions: Permissions,
    pub expires_at: Option<Timestamp>,
}
