//! A user: somebody with an account.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    id::{GroupId, ProjectId, UserId},
    text::{Company, EmailAddress, FullName, Message, Notes, Phone, Subject},
    time::Timestamp,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    /// Grows by one with every change; the ETag.
    pub version: u64,
    pub name: FullName,
    pub email: EmailAddress,
    pub company: Option<Company>,
    pub phone: Option<Phone>,
    pub notes: Option<Notes>,
    /// Never empty: a user in no group is a Customer.
    pub groups: BTreeSet<GroupId>,
    pub standing: Standing,
    pub disabled: bool,
    /// When the user was moved to the bin.
    pub deleted_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// How far a user has come, whatever an admin has switched off since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Has chosen a password.
    Active,
    /// Made by an admin, without a password yet.
    Invited,
    /// Signed up, waits for an admin's approval.
    Pending,
}

/// What the API calls `state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserState {
    Active,
    Invited,
    Pending,
    Disabled,
    Deleted,
}

impl UserState {
    pub const ALL: &[UserState] =
        &[Self::Active, Self::Invited, Self::Pending, Self::Disabled, Self::Deleted];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
            Self::Pending => "pending",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == text)
    }
}

impl User {
    pub fn state(&self) -> UserState {
        match (self.deleted_at, self.disabled, self.standing) {
            (Some(_), _, _) => UserState::Deleted,
            (None, true, _) => UserState::Disabled,
            (None, false, Standing::Active) => UserState::Active,
            (None, false, Standing::Invited) => UserState::Invited,
            (None, false, Standing::Pending) => UserState::Pending,
        }
    }
}

/// When a user was last there; apart from the user, for it moves without anyone's doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSeen {
    pub user: UserId,
    pub at: Timestamp,
}

/// What an admin asks for in New User.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub name: FullName,
    pub email: EmailAddress,
    pub company: Option<Company>,
    pub phone: Option<Phone>,
    pub notes: Option<Notes>,
    pub groups: Vec<GroupId>,
    pub projects: Vec<ProjectId>,
    pub welcome: Welcome,
}

/// The welcome e-mail of a new user.
#[derive(Debug, Clone, Default)]
pub struct Welcome {
    pub send: bool,
    /// `None`: the one in the settings.
    pub subject: Option<Subject>,
    pub message: Option<Message>,
    /// A copy, without the one-time link, to whoever creates the user.
    pub bcc_me: bool,
}

/// A change of some of a user's fields; the outer `None` leaves a field alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserPatch {
    pub name: Option<FullName>,
    pub email: Option<EmailAddress>,
    pub company: Option<Option<Company>>,
    pub phone: Option<Option<Phone>>,
    pub notes: Option<Option<Notes>>,
    pub groups: Option<Vec<GroupId>>,
}
