//! What the index reads: users, the names of groups and projects, and what has changed.

use std::collections::BTreeMap;

use crate::model::{
    id::{GroupId, ProjectId, UserId},
    time::Timestamp,
    user::UserState,
};

pub use crate::store::Touched;

/// As much of a user as the list searches and sorts by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDocument {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub company: Option<String>,
    pub groups: Vec<GroupId>,
    pub projects: Vec<ProjectId>,
    pub state: UserState,
    pub created_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
}

/// The names of groups and projects: few, kept in memory, so that renaming one is no re-indexing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    pub groups: BTreeMap<GroupId, String>,
    pub projects: BTreeMap<ProjectId, String>,
}

/// What the index reads of the store. Every answer is as of a durable commit; errors are words
/// for the log.
pub trait Source: Send + Sync + 'static {
    /// The sequence of the last change.
    fn sequence(&self) -> Result<u64, String>;

    fn names(&self) -> Result<Names, String>;

    /// The users as they are now, in the order asked for; `None` for one that is gone.
    fn load(&self, ids: &[UserId]) -> Result<Vec<Option<UserDocument>>, String>;

    /// How many users there are.
    fn count(&self) -> Result<u64, String>;

    /// Every user once, from one read transaction, with the sequence it belongs to, until one is
    /// answered with `false`; answers that sequence.
    fn scan(&self, each: &mut dyn FnMut(u64, UserDocument) -> bool) -> Result<u64, String>;

    /// The members of a project.
    fn members(&self, project: ProjectId) -> Result<Vec<UserId>, String>;

    /// Who has an e-mail address, however it is spelled.
    fn by_email(&self, address: &str) -> Result<Option<UserId>, String>;

    /// Changes after a sequence, in order.
    fn changes_after(&self, sequence: u64) -> Result<Vec<(u64, Touched)>, String>;

    /// Forgets the changes up to a sequence: the index holds them on disk.
    fn trim(&self, up_to: u64) -> Result<(), String>;
}
