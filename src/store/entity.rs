//! The things that are stored: where each lies, how else it is found, what the activity says of it.

mod backup;
mod factor;
mod link;
mod mail;
mod own;
mod run_out;
mod session;
mod token;
mod view;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    error::Error,
    kv::Reader,
    read::Read,
    tables::{Table, key, meta},
};
use crate::model::{
    activity::{Person, Subject},
    credential::Credential,
    group::Group,
    id::*,
    project::{Membership, Project},
    settings::Settings,
    text::fold_name,
    user::{LastSeen, User},
};

/// Fields by name, as the activity shows them. Never a secret.
pub type Facts = Vec<(&'static str, Value)>;

/// What the search index must look at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    User(UserId),
    /// A group or a project was made, renamed or removed.
    Names,
}

/// A row in an index.
pub struct Index {
    pub table: Table,
    pub key: Vec<u8>,
    /// Another entity may not have the same key.
    pub unique: bool,
}

fn unique(table: Table, key: impl Into<Vec<u8>>) -> Index {
    Index { table, key: key.into(), unique: true }
}

fn index(table: Table, parts: &[&[u8]]) -> Index {
    Index { table, key: key(parts), unique: false }
}

pub trait Entity: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    const TABLE: Table;
    /// Whether what was read is kept until the next commit: for what many requests begin with.
    const KEPT: bool = false;
    type Id: Copy;

    fn id(&self) -> Self::Id;
    fn key_of(id: Self::Id) -> Vec<u8>;
    fn indexes(&self) -> Vec<Index> {
        Vec::new()
    }
    /// What counts where nothing was saved yet.
    fn unsaved() -> Option<Self> {
        None
    }
    /// Counts the version up, where there is one.
    fn bump(&mut self) {}
    /// What the search index must look at after a change, given the entity before it, if there was one.
    fn touched(&self, _before: Option<&Self>) -> Option<Touched> {
        None
    }
    fn subject(&self, tx: &dyn Reader) -> Result<Option<Subject>, Error>;
    fn facts(&self, tx: &dyn Reader) -> Result<Facts, Error>;
    /// Whose values the facts are, where the subject is no user; `None`: whoever changes it.
    fn person(&self) -> Option<Person> {
        None
    }
}

/// What changes without anybody's doing, and so may be written without activity.
pub trait Noted: Entity {}

/// Also of a user who is gone, so that what is recorded is never nobody's.
fn user_subject(tx: &dyn Reader, id: UserId) -> Result<Option<Subject>, Error> {
    let name = tx.entity::<User>(id)?.map(|user| user.name.to_string());
    Ok(Some(subject("user", id, &name.unwrap_or_default())))
}

/// The names of groups that are there, sorted.
fn group_names<'a>(
    tx: &dyn Reader,
    ids: impl IntoIterator<Item = &'a GroupId>,
) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for id in ids {
        names.extend(tx.entity::<Group>(*id)?.map(|group| group.name.to_string()));
    }
    names.sort();
    Ok(names)
}

pub fn subject(kind: &str, id: impl Id, name: &str) -> Subject {
    Subject { kind: kind.to_owned(), id: id.uuid(), name: name.to_owned() }
}

impl Entity for User {
    const TABLE: Table = Table::Users;
    const KEPT: bool = true;
    type Id = UserId;
    fn id(&self) -> UserId {
        self.id
    }
    fn key_of(id: UserId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        let id = self.id.bytes();
        let mut all = vec![unique(Table::UsersByEmail, self.email.folded())];
        all.extend(self.groups.iter().map(|group| index(Table::UsersByGroup, &[&group.bytes(), &id])));
        all.extend(self.deleted_at.map(|at| index(Table::UsersInBin, &[&at.sort_key(), &id])));
        all
    }
    fn bump(&mut self) {
        self.version += 1;
    }
    fn touched(&self, _: Option<&Self>) -> Option<Touched> {
        Some(Touched::User(self.id))
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(Some(subject("user", self.id, self.name.as_str())))
    }
    fn facts(&self, tx: &dyn Reader) -> Result<Facts, Error> {
        let groups = group_names(tx, &self.groups)?;
        Ok(vec![
            ("name", json!(self.name)),
            ("email", json!(self.email)),
            ("company", json!(self.company)),
            ("phone", json!(self.phone)),
            ("notes", json!(self.notes)),
            ("groups", json!(groups)),
            ("state", json!(self.state().as_str())),
        ])
    }
}

impl Entity for LastSeen {
    const TABLE: Table = Table::LastSeen;
    const KEPT: bool = true;
    type Id = UserId;
    fn id(&self) -> UserId {
        self.user
    }
    fn key_of(id: UserId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn touched(&self, _: Option<&Self>) -> Option<Touched> {
        Some(Touched::User(self.user))
    }
    fn subject(&self, tx: &dyn Reader) -> Result<Option<Subject>, Error> {
        user_subject(tx, self.user)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(Vec::new())
    }
}
impl Noted for LastSeen {}

impl Entity for Credential {
    const TABLE: Table = Table::Credentials;
    type Id = UserId;
    fn id(&self) -> UserId {
        self.user
    }
    fn key_of(id: UserId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn subject(&self, tx: &dyn Reader) -> Result<Option<Subject>, Error> {
        user_subject(tx, self.user)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(Vec::new())
    }
}

impl Entity for Group {
    const TABLE: Table = Table::Groups;
    const KEPT: bool = true;
    type Id = GroupId;
    fn id(&self) -> GroupId {
        self.id
    }
    fn key_of(id: GroupId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        vec![unique(Table::GroupsByName, fold_name(self.name.as_str()))]
    }
    fn touched(&self, before: Option<&Self>) -> Option<Touched> {
        before.is_none_or(|before| before.name != self.name).then_some(Touched::Names)
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(Some(subject("group", self.id, self.name.as_str())))
    }
    fn facts(&self, tx: &dyn Reader) -> Result<Facts, Error> {
        let mut limit = self.limited_to.as_ref().map(|_| Vec::new());
        for id in self.limited_to.iter().flatten() {
            let name = tx.entity::<Group>(*id)?.map(|group| group.name.to_string());
            limit.iter_mut().for_each(|names| names.extend(name.clone()));
        }
        Ok(vec![
            ("name", json!(self.name)),
            ("description", json!(self.description)),
            ("permissions", json!(self.permissions)),
            ("limited_to", json!(limit)),
        ])
    }
}

impl Entity for Project {
    const TABLE: Table = Table::Projects;
    type Id = ProjectId;
    fn id(&self) -> ProjectId {
        self.id
    }
    fn key_of(id: ProjectId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        vec![unique(Table::ProjectsByName, fold_name(self.name.as_str()))]
    }
    fn bump(&mut self) {
        self.version += 1;
    }
    fn touched(&self, before: Option<&Self>) -> Option<Touched> {
        before.is_none_or(|before| before.name != self.name).then_some(Touched::Names)
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(Some(subject("project", self.id, self.name.as_str())))
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![
            ("name", json!(self.name)),
            ("description", json!(self.description)),
            ("state", json!(self.state)),
        ])
    }
}

/// Its subject is the user: "who put me into this project?" is asked of a user's page.
impl Entity for Membership {
    const TABLE: Table = Table::Members;
    type Id = (ProjectId, UserId);
    fn id(&self) -> Self::Id {
        (self.project, self.user)
    }
    fn key_of((project, user): Self::Id) -> Vec<u8> {
        key(&[&project.bytes(), &user.bytes()])
    }
    fn indexes(&self) -> Vec<Index> {
        vec![index(Table::MembersByUser, &[&self.user.bytes(), &self.project.bytes()])]
    }
    fn touched(&self, _: Option<&Self>) -> Option<Touched> {
        Some(Touched::User(self.user))
    }
    fn subject(&self, tx: &dyn Reader) -> Result<Option<Subject>, Error> {
        user_subject(tx, self.user)
    }
    fn facts(&self, tx: &dyn Reader) -> Result<Facts, Error> {
        let project = tx.entity::<Project>(self.project)?.map(|project| project.name);
        Ok(vec![("project", json!(project)), ("via", json!(self.via))])
    }
}

impl Entity for Settings {
    const TABLE: Table = Table::Meta;
    type Id = ();
    fn id(&self) {}
    fn key_of((): ()) -> Vec<u8> {
        meta::SETTINGS.to_vec()
    }
    fn unsaved() -> Option<Self> {
        Some(Self::default())
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        let id = uuid::Uuid::nil();
        Ok(Some(Subject { kind: "settings".to_owned(), id, name: "Settings".to_owned() }))
    }
    fn facts(&self, tx: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![
            ("portal_name", json!(self.portal_name)),
            ("accent_color", json!(self.accent_color)),
            ("support.email", json!(self.support_email)),
            ("support.url", json!(self.support_url)),
            ("sign_up", json!(self.sign_up)),
            ("allowed_domains", json!(self.allowed_domains)),
            ("refused_domains", json!(self.refused_domains)),
            ("sign_up_reminder", json!(self.sign_up_reminder)),
            ("welcome.subject", json!(self.welcome_subject)),
            ("welcome.text", json!(self.welcome_text)),
            ("password_min_length", json!(self.password_min_length)),
            ("require_factor_groups", json!(group_names(tx, &self.require_factor_groups)?)),
            ("bin_days", json!(self.bin_days)),
            ("activity_days", json!(self.activity_days)),
            ("impersonation_notice", json!(self.impersonation_notice)),
        ])
    }
}
