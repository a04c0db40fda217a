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
mod reach;
mod state;

pub(super) use self::{
    back::{may_put_back, proven_to_put_back, put_back},
    change::moved,
    mails::post_welcome,
    reach::{
        beyond, lacking, must_hold, must_hold_over, proven_over, target, target_access, target_secrets,
        visible, visible_secrets,
    },
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

use std::collections::{BTreeMap, HashSet, btree_map::Entry};

use self::reach::{checked_groups, may_move, proven_to_give};
use super::{
    Draft, Error, Handle, Result,
    error::{gather, together},
    held_by, links,
};
use crate::{
    model::{
        group::{BuiltIn, Group},
        id::{GroupId, Id, UserId},
        mail::{Mail, MailKind, MailState},
        permission::{Permission, Permissions},
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
    /// Of one user, not of those on a page.
    pub rights: Option<Rights>,
}

/// What whoever asks may do with a user.
#[derive(Debug, Clone)]
pub struct Rights {
    /// Held over this user.
    pub permissions: Permissions,
    /// What the user holds and they don't: whoever lacks one may look, and no more.
    pub lacking: Permissions,
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
    Ok(UserDetails { groups, projects, last_seen_at, welcome, notes_shown, user, rights: None })
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
    let (permissions, lacking) = (tx.grants().over(&user), tx.grants().held.lacking(&held_by(tx, &user)?));
    let details = details(tx, user, permissions.holds(Permission::UsersWrite))?;
    Ok(UserDetails { rights: Some(Rights { permissions, lacking }), ..details })
}

/// The same for one of a page.
fn shown_among<H: Handle>(tx: &H, user: User, names: &mut GroupNames) -> Result<UserDetails> {
    let notes = tx.grants().over(&user).holds(Permission::UsersWrite);
    details_among(tx, user, notes, names)
}

/// The user in whose name the actor acts.
pub(super) fn oneself<H: Handle>(tx: &H) -> Result<User> {
    let id = tx.grants().effective.ok_or(Error::Unauthenticated)?;
    tx.entity(id)?.ok_or(Error::Unauthenticated)
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

/// An e-mail that another user has; said with who it is to those who may see them.
fn email_free<H: Handle>(tx: &H, email: &EmailAddress, own: Option<UserId>) -> Result<()> {
    match tx.user_by_email(email)? {
        Some(other) if Some(other.id) != own => Err(Error::taken(&other, tx.grants().sees(&other))),
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
