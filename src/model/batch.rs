//! A batch: many users changed by one action, tied together so that it can be undone whole.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    id::{BatchId, GroupId, Id, MailId, ProjectId, UserId},
    permission::Permission,
    project::Membership,
    time::{Span, Timestamp},
    user::User,
};

/// A batch can be undone for so long; then it is forgotten.
pub const UNDOABLE_FOR: Span = Span::days(30);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub id: BatchId,
    pub kind: BatchKind,
    /// In whose name; `None`: the command line.
    pub by: Option<UserId>,
    pub at: Timestamp,
    pub state: BatchState,
    /// How many users it is about.
    pub total: u64,
    /// How many of them are done with, those included that were so already.
    pub done: u64,
    /// How many were left alone.
    pub skipped: u64,
    /// After undoing: how many were put back, and how many were left as they are.
    pub undone: u64,
    pub kept: u64,
    /// What was made on the way: it goes with the batch, if nobody uses it by then.
    #[serde(default)]
    pub groups: Vec<GroupId>,
    #[serde(default)]
    pub projects: Vec<ProjectId>,
}

/// What was done to the users of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchKind {
    Bulk(BulkAction),
    Import,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchState {
    /// Under way; or cut off, and to be undone as soon as that is noticed.
    Running,
    Done,
    /// Cut off, and of a kind that can't be undone: what was done by then stays.
    CutOff,
    Undoing,
    Undone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BulkAction {
    Disable,
    Enable,
    Delete,
    Restore,
    SendPassword,
    Approve,
    Decline,
    AddGroup(GroupId),
    RemoveGroup(GroupId),
    AddProject(ProjectId),
    RemoveProject(ProjectId),
}

impl BulkAction {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::SendPassword => "send-password",
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::AddGroup(_) => "add-group",
            Self::RemoveGroup(_) => "remove-group",
            Self::AddProject(_) => "add-project",
            Self::RemoveProject(_) => "remove-project",
        }
    }

    /// An action by its name, on a group or project where it takes one.
    pub fn parse(name: &str, target: Uuid) -> Option<Self> {
        Some(match name {
            "disable" => Self::Disable,
            "enable" => Self::Enable,
            "delete" => Self::Delete,
            "restore" => Self::Restore,
            "send-password" => Self::SendPassword,
            "approve" => Self::Approve,
            "decline" => Self::Decline,
            "add-group" => Self::AddGroup(GroupId::from_uuid(target)),
            "remove-group" => Self::RemoveGroup(GroupId::from_uuid(target)),
            "add-project" => Self::AddProject(ProjectId::from_uuid(target)),
            "remove-project" => Self::RemoveProject(ProjectId::from_uuid(target)),
            _ => return None,
        })
    }

    /// The group or the project that it is about.
    pub fn target(self) -> Option<Uuid> {
        match self {
            Self::AddGroup(id) | Self::RemoveGroup(id) => Some(id.uuid()),
            Self::AddProject(id) | Self::RemoveProject(id) => Some(id.uuid()),
            _ => None,
        }
    }

    /// What doing it needs, and undoing it.
    pub const fn permission(self) -> Permission {
        match self {
            Self::Delete | Self::Restore => Permission::UsersDelete,
            Self::AddProject(_) | Self::RemoveProject(_) => Permission::ProjectsManage,
            _ => Permission::UsersWrite,
        }
    }

    /// A mail can't be called back, and whoever was declined is gone.
    pub const fn undoable(self) -> bool {
        !matches!(self, Self::SendPassword | Self::Decline)
    }
}

impl BatchKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bulk(action) => action.as_str(),
            Self::Import => "import",
        }
    }
    pub const fn permission(self) -> Permission {
        match self {
            Self::Bulk(action) => action.permission(),
            Self::Import => Permission::UsersImport,
        }
    }
    pub const fn undoable(self) -> bool {
        match self {
            Self::Bulk(action) => action.undoable(),
            Self::Import => true,
        }
    }
}

impl BatchState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::CutOff => "cut-off",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }
}

impl Batch {
    pub fn expires_at(&self) -> Timestamp {
        self.at.plus(UNDOABLE_FOR)
    }
}

/// What a batch changed of one user, with what is needed to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchItem {
    pub batch: BatchId,
    pub user: UserId,
    pub record: RecordChange,
    pub memberships: Vec<MembershipChange>,
    /// Put into the outbox on the way.
    pub mails: Vec<MailId>,
}

/// `after` is the version that the batch left: another one says that the user was changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordChange {
    Untouched,
    Created { after: u64 },
    Changed { before: Box<User>, after: u64 },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipChange {
    pub project: ProjectId,
    pub before: Option<Membership>,
    pub after: Option<Membership>,
}

macro_rules! spared {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Why a batch, or its undoing, left one user alone.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Spared { $($(#[$doc])* $name),* }

        impl Spared {
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

spared! {
    Oneself = "self";
    LastAdmin = "last-admin";
    /// By somebody else, since the batch began (or, when undoing, since it was done).
    Changed = "changed";
    NotFound = "not-found";
    InBin = "in-bin";
    Disabled = "disabled";
    Pending = "pending";
    NotPending = "not-pending";
    /// Undoing: somebody else has the e-mail now.
    Taken = "taken";
    /// Undoing: a group or project that they were in is no more.
    Gone = "gone";
}
