//! What may be asked of the index, and what it answers.

use std::collections::BTreeMap;

pub use super::marks::Marker;
use crate::model::{
    id::{GroupId, ProjectId, UserId},
    policy::Visibility,
    time::Timestamp,
    user::UserState,
};

/// A field that a search can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Name,
    Email,
    Company,
    Groups,
}

/// A column to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Best match first, by name among equals.
    Relevance,
    Name,
    Email,
    Company,
    Groups,
    Created,
    LastSeen,
}

/// Whether the list shows disabled users; a state asked for overrides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Disabled {
    #[default]
    Exclude,
    Include,
    Only,
}

/// One page of the list of users.
#[derive(Debug, Clone)]
pub struct Query {
    /// In the search language (see [`super::language`]).
    pub text: String,
    /// Where plain words are looked for; everywhere by default.
    pub field: Option<Field>,
    /// Whether those one typo away are meant where nobody matches.
    pub typos: bool,
    /// The column and whether it descends. By default relevance when text is searched for, else name.
    pub sort: Option<(Sort, bool)>,
    pub disabled: Disabled,
    pub state: Option<UserState>,
    pub group: Option<GroupId>,
    pub project: Option<ProjectId>,
    pub visibility: Visibility,
    /// The projects that may be asked for; `None`: all. Any other is as if it were not there.
    pub projects: Option<Vec<ProjectId>>,
    pub offset: u64,
    pub limit: u32,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            text: String::new(),
            field: None,
            typos: true,
            sort: None,
            disabled: Disabled::Exclude,
            state: None,
            group: None,
            project: None,
            visibility: Visibility::All,
            projects: None,
            offset: 0,
            limit: 50,
        }
    }
}

impl Query {
    /// Whether a project may be asked for.
    pub fn reaches(&self, project: ProjectId) -> bool {
        self.projects.as_ref().is_none_or(|some| some.contains(&project))
    }
}

/// How the users of a page matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matched {
    Exact,
    /// Nothing matched; these are one typo away.
    Typo,
}

/// A page, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub ids: Vec<UserId>,
    pub total: u64,
    pub matched_by: Matched,
    /// Tells what was found of each user.
    pub marker: Marker,
}

/// From one place in a text to another, in UTF-16 code units, as browsers count.
pub type Span = (u32, u32);

/// What a search found of one user, from the first place on, none over another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    pub name: Vec<Span>,
    pub email: Vec<Span>,
    pub company: Vec<Span>,
    /// The groups that were found by their names.
    pub groups: Vec<GroupId>,
}

/// How many users there are whom somebody may see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    pub by_state: BTreeMap<UserState, u64>,
    pub by_group: BTreeMap<(GroupId, UserState), u64>,
    /// By the start of the day on which they were made, those in the bin left out.
    pub created: Vec<(Timestamp, u64)>,
}

/// How many of those found are in each state and in each group: what the list could be narrowed
/// to next. The filter of the same kind does not count, for its other choices are wanted too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// With the search and the group filter, whatever the state filter is.
    pub by_state: BTreeMap<UserState, u64>,
    /// With the search and the state filter, whatever the group filter is.
    pub by_group: BTreeMap<GroupId, u64>,
    /// With everything: how many the list has.
    pub total: u64,
}
