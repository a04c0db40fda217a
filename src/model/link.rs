//! One-time links, mailed or handed over.

use serde::{Deserialize, Serialize};

use super::{
    credential::SecretHash,
    id::{LinkId, SignUpId, TokenId, UserId},
    text::{Company, EmailAddress, FullName},
    time::Timestamp,
};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub id: LinkId,
    pub token: SecretHash,
    pub bearer: Bearer,
    pub purpose: Purpose,
    /// The address it was sent to: for a change of e-mail, the new one.
    pub email: EmailAddress,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Those to whom it was shown, to be handed over. It is good as long as all of them may do that.
    #[serde(default)]
    pub shown_to: Vec<Seer>,
}

/// Somebody who has seen a link, and the API token by which they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seer {
    pub user: UserId,
    pub token: Option<TokenId>,
}

/// Whom a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bearer {
    User(UserId),
    SignUp(SignUpId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    Welcome,
    SignUp,
    PasswordReset,
    EmailChange,
}

impl Purpose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::SignUp => "sign-up",
            Self::PasswordReset => "password-reset",
            Self::EmailChange => "email-change",
        }
    }
}

/// A sign-up whose address is not proven yet: no user, in no list, gone after a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUp {
    pub id: SignUpId,
    pub name: FullName,
    pub email: EmailAddress,
    pub company: Option<Company>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}
