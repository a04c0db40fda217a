//! What is to be done for a row, as it is kept between the preview and the applying.

use serde::{Deserialize, Serialize};

use crate::model::{
    id::{GroupId, ProjectId},
    text::{Company, EmailAddress, FullName, Notes, Phone},
    user::{User, UserPatch},
};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    Create(Box<Creation>),
    Update(Box<Change>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Creation {
    pub name: FullName,
    pub email: EmailAddress,
    pub company: Option<Company>,
    pub phone: Option<Phone>,
    pub notes: Option<Notes>,
    pub groups: References<GroupId>,
    pub projects: References<ProjectId>,
    pub disabled: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    /// As the user was when the row was looked at.
    pub before: User,
    /// As the user will be, but for groups that are yet to be made.
    pub after: User,
    pub new_groups: Vec<String>,
    pub disable: bool,
    pub join: References<ProjectId>,
    pub leave: Vec<ProjectId>,
}

/// Things by their id, or by the folded name of one that is yet to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct References<I> {
    pub ids: Vec<I>,
    pub new: Vec<String>,
}

impl<I> Default for References<I> {
    fn default() -> Self {
        Self { ids: Vec::new(), new: Vec::new() }
    }
}

impl<I> References<I> {
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.new.is_empty()
    }
}

impl Change {
    /// The difference, as somebody would make it by hand.
    pub fn patch(&self) -> UserPatch {
        fn other<T: PartialEq + Clone>(before: &T, after: &T) -> Option<T> {
            (before != after).then(|| after.clone())
        }
        let (before, after) = (&self.before, &self.after);
        UserPatch {
            name: other(&before.name, &after.name),
            email: other(&before.email, &after.email),
            company: other(&before.company, &after.company),
            phone: other(&before.phone, &after.phone),
            notes: other(&before.notes, &after.notes),
            groups: other(&before.groups, &after.groups).map(|groups| groups.into_iter().collect()),
        }
    }
}
