//! The things that are stored: where each lies, how else it is found, what the activity says of it.

mod backup;
mod factor;
mod own;
mod run_out;
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
    link::{Bearer, Link, SignUp},
    mail::{Mail, MailKind, MailState},
    project::{Membership, Project},
    session::{Session, SessionSeen},
    settings::Settings,
    text::fold_name,
    time::Timestamp,
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

impl Entity for Session {
    const TABLE: Table = Table::Sessions;
    const KEPT: bool = true;
    type Id = SessionId;
    fn id(&self) -> SessionId {
        self.id
    }
    fn key_of(id: SessionId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        let id = self.id.bytes();
        let mut all = vec![
            unique(Table::SessionsByToken, *self.token.bytes()),
            index(Table::SessionsByUser, &[&self.user.bytes(), &id]),
        ];
        let other = self.impersonation.as_ref().map(|acting| acting.user);
        all.extend(other.map(|user| index(Table::SessionsByUser, &[&user.bytes(), &id])));
        all
    }
    /// Under impersonation the subject is whom it is about.
    fn subject(&self, tx: &dyn Reader) -> Result<Option<Subject>, Error> {
        user_subject(tx, self.impersonation.as_ref().map_or(self.user, |acting| acting.user))
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        let acting = self.impersonation.as_ref();
        Ok(vec![
            ("device", json!(self.device)),
            ("write", json!(acting.map(|acting| acting.write))),
            ("until", json!(acting.map(|acting| acting.until.to_string()))),
        ])
    }
}

impl Entity for SessionSeen {
    const TABLE: Table = Table::SessionsSeen;
    const KEPT: bool = true;
    type Id = SessionId;
    fn id(&self) -> SessionId {
        self.session
    }
    fn key_of(id: SessionId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(None)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(Vec::new())
    }
}
impl Noted for SessionSeen {}

impl Entity for Link {
    const TABLE: Table = Table::Links;
    type Id = LinkId;
    fn id(&self) -> LinkId {
        self.id
    }
    fn key_of(id: LinkId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        let bearer = match self.bearer {
            Bearer::User(id) => id.bytes(),
            Bearer::SignUp(id) => id.bytes(),
        };
        vec![
            unique(Table::LinksByToken, *self.token.bytes()),
            index(Table::LinksByBearer, &[&bearer, &self.id.bytes()]),
        ]
    }
    fn subject(&self, tx: &dyn Reader) -> Result<Option<Subject>, Error> {
        match self.bearer {
            Bearer::User(id) => user_subject(tx, id),
            Bearer::SignUp(id) => {
                let name = tx.entity::<SignUp>(id)?.map(|sign_up| sign_up.name.to_string());
                Ok(Some(subject("sign-up", id, &name.unwrap_or_default())))
            }
        }
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![
            ("purpose", json!(self.purpose.as_str())),
            ("email", json!(self.email)),
            ("expires_at", json!(self.expires_at.to_string())),
        ])
    }
    fn person(&self) -> Option<Person> {
        Some(Person::Address(self.email.clone()))
    }
}

impl Entity for SignUp {
    const TABLE: Table = Table::SignUps;
    type Id = SignUpId;
    fn id(&self) -> SignUpId {
        self.id
    }
    fn key_of(id: SignUpId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        vec![unique(Table::SignUpsByEmail, self.email.folded())]
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(Some(subject("sign-up", self.id, self.name.as_str())))
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![("name", json!(self.name)), ("email", json!(self.email)), ("company", json!(self.company))])
    }
    fn person(&self) -> Option<Person> {
        Some(Person::Address(self.email.clone()))
    }
}

impl Entity for Mail {
    const TABLE: Table = Table::Mails;
    type Id = MailId;
    fn id(&self) -> MailId {
        self.id
    }
    fn key_of(id: MailId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        let id = self.id.bytes();
        // Those that are not to be tried come last: a server may be configured one day.
        let due = self.next_attempt_at.map_or([0xff; 8], Timestamp::sort_key);
        let queued = self.state == MailState::Queued;
        let mut all: Vec<Index> = queued.then(|| index(Table::MailsDue, &[&due, &id])).into_iter().collect();
        all.extend((self.state == MailState::Failed).then(|| index(Table::MailsFailed, &[&id])));
        // Of an undone create it is kept that they were written to; other mails go with whoever
        // has the address, also those from before they were a user.
        let known = self.user.is_some()
            || matches!(self.kind, MailKind::SignUp | MailKind::InBin | MailKind::Declined);
        let whom = known.then(|| self.person()).flatten().map(|person| super::activity::key_of(&person));
        all.extend(whom.map(|whom| {
            index(Table::MailsByUser, &[whom.bytes(), self.kind.as_str().as_bytes(), &[0], &id])
        }));
        all
    }
    /// A new state of the welcome mail shows in the list of users only when it is read anew.
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(Some(subject("mail", self.id, &self.subject)))
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![
            ("to", json!(self.to)),
            ("kind", json!(self.kind.as_str())),
            ("state", json!(self.state.as_str())),
        ])
    }
    fn person(&self) -> Option<Person> {
        Some(self.user.map_or_else(|| Person::Address(self.to.clone()), Person::User))
    }
}
impl Noted for Mail {}

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
