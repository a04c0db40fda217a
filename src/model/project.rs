//! Projects and their members.

use serde::{Deserialize, Serialize};

use super::{
    id::{ProjectId, UserId},
    text::{Description, ProjectName},
    time::Timestamp,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    pub id: ProjectId,
    /// Grows by one with every change; the ETag.
    pub version: u64,
    pub name: ProjectName,
    pub description: Option<Description>,
    pub state: ProjectState,
    /// `None`: the command line made it.
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProjectState {
    Active,
    Archived,
}

impl ProjectState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Archived].into_iter().find(|state| state.as_str() == text)
    }
}

#[derive(Debug, Clone)]
pub struct NewProject {
    pub name: ProjectName,
    pub description: Option<Description>,
    pub state: Option<ProjectState>,
}

#[derive(Debug, Clone, Default)]
pub struct ProjectPatch {
    pub name: Option<ProjectName>,
    pub description: Option<Option<Description>>,
    pub state: Option<ProjectState>,
}

/// That a user is a member of a project, why and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub project: ProjectId,
    pub user: UserId,
    pub via: Via,
    /// Who added them; `None`: the command line.
    pub by: Option<UserId>,
    pub since: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// Created the project.
    Creator,
    /// Was in Admin when it was created.
    Admin,
    /// Somebody added them.
    Added,
}

impl Via {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creator => "creator",
            Self::Admin => "admin",
            Self::Added => "added",
        }
    }
}
