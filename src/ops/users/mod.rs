//! Users: found, created, changed, welcomed, disabled, deleted, exported.

mod back;
mod bulk;
mod change;
mod create;
mod duplicates;
mod export;
pub mod import;
mod list;
mod mails;
mod state;

pub(super) use self::{
    back::{may_put_back, put_back},
    change::moved,
    mails::post_welcome,
    state::purge_now,
};
pub use self::{
    bulk::{Bulk, BulkDone, Chosen, bulk},
    change::{get, update},
    create::{Preview, create, preview_welcome},
    duplicates::{Duplicate, duplicates},
    export::{Exported, export},
    list::{Facets, Found, ListQuery, Matching, facets, list},
    mails::{send_password, send_welcome},
    state::{Approval, approve, decline, delete, disable, enable, restore},
};

use std::collections::{BTreeMap, BTreeSet, HashSet, btree_map::Entry};

use super::{
    Draft, Error, Handle, Result,
    error::{gather, together},
    links, permissions_of,
};
use crate::{
    model::{
        error::{Code, FieldError},
        group::{BuiltIn, Group},
        id::{GroupId, Id, UserId},
        mail::{Mail, MailKind, MailState},
        permission::{Permission, Permissions},
        policy::{Acting, Denied, Visibility},
        settings::SignUpPolicy,
        text::EmailAddress,
        time::Timestamp,
        user::{LastSeen, User},
    },
    store::{Reader, Way, read::Read, tables::Table},
};

/// A user with what lies beside them.
#[derive(Debug, Clone)]
pub struct UserDetails {
    pub user: User,
    /// By name.
    pub groups: Vec<(GroupId, String)>,
    /// How many they are a member of.
    pub projects: u64,
    pub last_seen_at: Option<Timestamp>,
    /// What became of the newest welcome mail.
    pub welcome: Option<(MailState, Timestamp)>,
    /// Whether whoever asks may read the notes.
    pub notes_shown: bool,
}

/// The names of groups, each read once however many users of a page are in it.
#[derive(Default)]
pub(super) struct GroupNames(BTreeMap<GroupId, Option<String>>);

impl GroupNames {
    fn name(&mut self, tx: &impl Reader, id: GroupId) -> Result<Option<&String>> {
        if let Entry::Vacant(new) = self.0.entry(id) {
            new.insert(tx.entity::<Group>(id)?.map(|group| group.name.to_string()));
        }
        Ok(self.0.get(&id).and_then(Option::as_ref))
    }
}

pub(super) fn details(tx: &impl Reader, user: User, notes_shown: bool) -> Result<UserDetails> {
    details_among(tx, user, notes_shown, &mut GroupNames::default())
}

fn details_among(
    tx: &impl Reader,
    user: User,
    notes_shown: bool,
    names: &mut GroupNames,
) -> Result<UserDetails> {
    let mut groups = Vec::with_capacity(user.groups.len());
    for id in &user.groups {
        groups.extend(names.name(tx, *id)?.map(|name| (*id, name.clone())));
    }
    groups.sort_by(|a, b| a.1.cmp(&b.1));
    let Beside { projects, welcome } = Beside::of(tx, user.id)?;
    let last_seen_at = tx.entity::<LastSeen>(user.id)?.map(|seen| seen.at);
    Ok(UserDetails { groups, projects, last_seen_at, welcome, notes_shown, user })
}

/// What takes longer to find out than a user's own record; kept until the next commit.
#[derive(Clone, Copy)]
struct Beside {
    projects: u64,
    welcome: Option<(MailState, Timestamp)>,
}

impl Beside {
    fn of(tx: &impl Reader, id: UserId) -> Result<Self> {
        match tx.memo() {
            Some(memo) => memo.kept(&id.bytes(), || Self::read(tx, id)),
            None => Self::read(tx, id),
        }
    }

    fn read(tx: &impl Reader, id: UserId) -> Result<Self> {
        let newest = tx.newest_mail(id, MailKind::Welcome)?;
        let welcome = newest.map(|id| tx.entity::<Mail>(id)).transpose()?.flatten();
        Ok(Self {
            projects: tx.count(Table::MembersByUser, &id.bytes())?,
            welcome: welcome.map(|mail| (mail.state, mail.done_at.unwrap_or(mail.created_at))),
        })
    }
}

/// The details, for whoever holds this handle.
pub(super) fn shown<H: Handle>(tx: &H, user: User) -> Result<UserDetails> {
    let notes = tx.grants().holds(Permission::UsersWrite);
    details(tx, user, notes)
}

/// The same for one of a page.
fn shown_among<H: Handle>(tx: &H, user: User, names: &mut GroupNames) -> Result<UserDetails> {
    let notes = tx.grants().holds(Permission::UsersWrite);
    details_among(tx, user, notes, names)
}

/// A user that the actor may see; any other is not there.
pub(super) fn visible<H: Handle>(tx: &H, id: UserId) -> Result<User> {
    let user: User = tx.entity(id)?.ok_or(Error::NotFound)?;
    let seen = match &tx.grants().visibility {
        Visibility::All => true,
        Visibility::Nobody => false,
        Visibility::Only(only) => *only == id,
        Visibility::Groups(groups) => groups.iter().any(|group| user.groups.contains(group)),
    };
    if seen { Ok(user) } else { Err(Error::NotFound) }
}

/// A user whom the actor may change: one who holds nothing that the actor doesn't.
pub(super) fn target<H: Handle>(tx: &H, id: UserId) -> Result<User> {
    let user = visible(tx, id)?;
    let theirs = permissions_of(tx, &user)?;
    if tx.grants().permissions.covers(theirs) {
        Ok(user)
    } else {
        Err(beyond(tx.grants().permissions, theirs))
    }
}

/// A user whose e-mail, password, links or sessions the actor may touch: while acting as
/// somebody, not that somebody's own.
pub(super) fn target_secrets<H: Handle>(tx: &H, id: UserId) -> Result<User> {
    let user = target(tx, id)?;
    if tx.grants().acting != Acting::Oneself && tx.grants().effective == Some(id) {
        return Err(Denied::Impersonating.into());
    }
    Ok(user)
}

/// Refuses what would reach beyond what the actor holds, naming it.
pub(super) fn beyond(own: Permissions, theirs: Permissions) -> Error {
    let lacking: Vec<&str> = theirs.iter().filter(|p| !own.holds(*p)).map(Permission::as_str).collect();
    Error::Forbidden(format!("This needs permissions that you don't have: {}.", lacking.join(", ")))
}

/// The user in whose name the actor acts.
pub(super) fn oneself<H: Handle>(tx: &H) -> Result<User> {
    let id = tx.grants().effective.ok_or(Error::Unauthenticated)?;
    tx.entity(id)?.ok_or(Error::Unauthenticated)
}

/// Groups by id, none of them beyond what the actor holds; none at all means Customer.
fn checked_groups<H: Handle>(
    tx: &H,
    ids: &[GroupId],
    before: &BTreeSet<GroupId>,
) -> Result<BTreeSet<GroupId>> {
    let own = tx.grants().permissions;
    let none = [BuiltIn::Customer.id()];
    let (mut groups, mut unknown) = (BTreeSet::new(), Vec::new());
    for id in if ids.is_empty() { &none } else { ids } {
        let Some(group) = tx.entity::<Group>(*id)? else {
            unknown.push(FieldError::new("groups", Code::NotFound, format!("There is no group {id}.")));
            continue;
        };
        // Where anybody can sign up as a Customer, making somebody one gives nothing.
        let anybodys = || -> Result<bool> {
            Ok(*id == BuiltIn::Customer.id() && tx.settings()?.sign_up == SignUpPolicy::Open)
        };
        if !before.contains(id) && !own.covers(group.permissions()) && !anybodys()? {
            return Err(beyond(own, group.permissions()));
        }
        groups.insert(*id);
    }
    if !unknown.is_empty() {
        return Err(Error::Invalid { fields: unknown, user: None });
    }
    Ok(groups)
}

/// That the actor holds all that a built-in group gives.
pub(super) fn must_hold<H: Handle>(tx: &H, group: BuiltIn) -> Result<()> {
    let own = tx.grants().permissions;
    let group: Option<Group> = tx.entity(group.id())?;
    let theirs = group.map_or(Permissions::NONE, |group| group.permissions());
    if own.covers(theirs) { Ok(()) } else { Err(beyond(own, theirs)) }
}

/// Nobody but a user who is neither disabled nor in the bin can be sent to or logged in as.
pub(super) fn must_be_present(user: &User) -> Result<()> {
    if links::reachable(user) {
        return Ok(());
    }
    let state = user.state().as_str();
    Err(Error::Conflict(format!("This can't be done while the user is {state}.")))
}

/// That somebody is left who can look after the portal once this user can't.
fn keep_an_admin(tx: &impl Reader, user: &User) -> Result<()> {
    keep_an_admin_beside(tx, user, &HashSet::new())
}

/// The same where others are about to go too.
fn keep_an_admin_beside(tx: &impl Reader, user: &User, leaving: &HashSet<UserId>) -> Result<()> {
    let admin = BuiltIn::Admin.id();
    if !user.groups.contains(&admin) || !super::password::can_sign_in(user) {
        return Ok(());
    }
    for id in tx.ids::<UserId>(Table::UsersByGroup, &admin.bytes(), Way::Up)? {
        let other: Option<User> = tx.entity(id?)?;
        let stays = |other: &User| other.id != user.id && !leaving.contains(&other.id);
        if other.is_some_and(|other| stays(&other) && super::password::can_sign_in(&other)) {
            return Ok(());
        }
    }
    let text = "This is the last admin who can sign in. Make somebody else an admin first.";
    Err(Error::LastAdmin(text.to_owned()))
}

fn not_oneself(tx: &impl Handle, user: &User, verb: &str) -> Result<()> {
    let grants = tx.grants();
    if grants.real == Some(user.id) || grants.effective == Some(user.id) {
        return Err(Error::Oneself(format!("You can't {verb} yourself. Ask another admin.")));
    }
    Ok(())
}

/// An e-mail that another user has; said with who it is to those who may see users.
fn email_free<H: Handle>(tx: &H, email: &EmailAddress, own: Option<UserId>) -> Result<()> {
    match tx.user_by_email(email)? {
        Some(other) if Some(other.id) != own => {
            let known = tx.grants().holds(Permission::UsersRead);
            Err(Error::taken(&other, known))
        }
        _ => Ok(()),
    }
}

/// A draft, or all that is wrong with it: an e-mail that is taken too, beside what could not be read.
fn readable<H: Handle, T: Clone>(
    tx: &H,
    draft: &Draft<T>,
    email: Option<&EmailAddress>,
    own: Option<UserId>,
) -> Result<T> {
    together(draft.clone(), || email.map_or(Ok(()), |email| email_free(tx, email, own)))
}
