//! Groups and their permissions. Nobody gives, or touches, what they do not hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Draft, Error, Handle, Portal, Result, WriteHandle, error::gather, held_by, users};
use crate::{
    model::{
        activity::Action,
        error::Code,
        group::{BuiltIn, Group, GroupPatch, NewGroup},
        id::{GroupId, Id, UserId},
        page::{Page, Paging},
        permission::{Permission, Permissions},
        policy::{Actor, Need, Visibility},
        text::fold_name,
        user::User,
    },
    store::{Reader, Way, read::Read, tables::Table},
};

const READ: Need = Need::permission(Permission::UsersRead);
const WRITE: Need = Need::permission(Permission::GroupsWrite);

/// A group with how many users are in it, those in the bin left out.
#[derive(Debug, Clone)]
pub struct GroupDetails {
    pub group: Group,
    pub users: u64,
    /// The groups to whose users it is limited, by name; `None`: it reaches everybody.
    pub limited_to: Option<Vec<(GroupId, String)>>,
}

fn details<H: Handle>(portal: &Portal, tx: &H, group: Group) -> Result<GroupDetails> {
    let counts = portal.index.count_by_group(&tx.grants().visibility);
    counted(tx, &counts, group)
}

fn counted(tx: &impl Reader, counts: &BTreeMap<GroupId, u64>, group: Group) -> Result<GroupDetails> {
    let mut limited_to = group.limited_to.as_ref().map(|_| Vec::new());
    if let (Some(ids), Some(named)) = (&group.limited_to, &mut limited_to) {
        for id in ids {
            named.extend(tx.entity::<Group>(*id)?.map(|other| (*id, other.name.to_string())));
        }
        named.sort_by_cached_key(|(_, name)| fold_name(name));
    }
    Ok(GroupDetails { users: counts.get(&group.id).copied().unwrap_or(0), limited_to, group })
}

/// All groups: the built-in ones first, then the others by name.
pub fn list(portal: &Portal, actor: &Actor, paging: Draft<Paging>) -> Result<Page<GroupDetails>> {
    portal.read(actor, READ, |tx| {
        let paging = paging?;
        let mut all: Vec<Group> = tx.all::<Group>()?.collect::<std::result::Result<_, _>>()?;
        all.sort_by_cached_key(|group| {
            let place = group.built_in.map_or(u8::MAX, |built_in| built_in as u8);
            (place, fold_name(group.name.as_str()))
        });
        let counts = portal.index.count_by_group(&tx.grants().visibility);
        let page = paging.of(all);
        let items = page.items.into_iter().map(|group| counted(tx, &counts, group));
        Ok(Page { items: items.collect::<Result<_>>()?, total: page.total, paging })
    })
}

pub fn get(portal: &Portal, actor: &Actor, id: GroupId) -> Result<GroupDetails> {
    portal.read(actor, READ, |tx| {
        let group: Group = tx.entity(id)?.ok_or(Error::NotFound)?;
        details(portal, tx, group)
    })
}

pub fn create(portal: &Arc<Portal>, actor: &Actor, draft: Draft<NewGroup>) -> Result<GroupDetails> {
    let own = Arc::clone(portal);
    portal.write(actor, WRITE, move |tx| {
        let new = draft.clone()?;
        if new.permissions != Permissions::NONE {
            tx.grants().proven()?;
        }
        let group = create_now(tx, new)?;
        details(&own, tx, group)
    })
}

pub(super) fn create_now(tx: &mut WriteHandle<'_, '_>, new: NewGroup) -> Result<Group> {
    let NewGroup { name, description, permissions, limited_to } = new;
    let group = Group { id: tx.new_id()?, name, description, permissions, limited_to, built_in: None };
    may_give(tx, &group)?;
    check_limit(tx, &group)?;
    Ok(tx.save(group, Action::GroupCreated)?)
}

/// That a group gives nothing that the actor doesn't hold.
fn may_give<H: Handle>(tx: &H, group: &Group) -> Result<()> {
    let (own, given) = (&tx.grants().held, group.held());
    if own.covers(&given) { Ok(()) } else { Err(users::beyond(own, &given)) }
}

/// That a limit is one: to groups that there are, and of permissions that are about users.
fn check_limit<H: Handle>(tx: &H, group: &Group) -> Result<()> {
    let Some(groups) = &group.limited_to else { return Ok(()) };
    let mut checks = Vec::new();
    let mut refuse = |field: &str, code, text: String| checks.push(Err(Error::field(field, code, text)));
    if groups.is_empty() {
        let text = "Choose the groups that it is limited to, or lift the limit.";
        refuse("limited_to", Code::Required, text.to_owned());
    }
    for id in groups {
        if *id != group.id && tx.entity::<Group>(*id)?.is_none() {
            refuse("limited_to", Code::NotFound, format!("There is no group {id}."));
        }
    }
    let about_users = Permissions::over_users();
    let wider: Vec<&str> =
        group.permissions.iter().filter(|p| !about_users.holds(*p)).map(Permission::as_str).collect();
    if !wider.is_empty() {
        let wider = wider.join(", ");
        let text = format!(
            "A group that is limited to some users can't hold {wider}: that is about more than users."
        );
        refuse("permissions", Code::Invalid, text);
    }
    gather(checks)
}

/// A group that the actor may change: one that gives nothing they don't hold.
fn changeable<H: Handle>(tx: &H, id: GroupId) -> Result<Group> {
    let group: Group = tx.entity(id)?.ok_or(Error::NotFound)?;
    may_give(tx, &group)?;
    Ok(group)
}

pub fn update(
    portal: &Arc<Portal>,
    actor: &Actor,
    id: GroupId,
    draft: Draft<GroupPatch>,
) -> Result<GroupDetails> {
    let own = Arc::clone(portal);
    portal.write(actor, WRITE, move |tx| {
        let before = changeable(tx, id)?;
        let (patch, mut group) = (draft.clone()?, before.clone());
        group.permissions = patch.permissions.unwrap_or(group.permissions);
        group.limited_to = patch.limited_to.unwrap_or(group.limited_to);
        may_give(tx, &group)?;
        if (&group.permissions, &group.limited_to) != (&before.permissions, &before.limited_to) {
            tx.grants().proven()?;
        }
        group.name = patch.name.unwrap_or(group.name);
        group.description = patch.description.unwrap_or(group.description);
        if before.built_in == Some(BuiltIn::Admin) && group != before {
            return Err(Error::Conflict(
                "The group Admin is fixed: it can do everything, always.".to_owned(),
            ));
        }
        if (&group.permissions, &group.limited_to) != (&before.permissions, &before.limited_to) {
            check_limit(tx, &group)?;
        }
        let group = tx.save(group, Action::GroupUpdated)?;
        details(&own, tx, group)
    })
}

/// Deletes a group; its users go to another, if it has any. Those in the bin go along.
pub fn delete(
    portal: &Arc<Portal>,
    actor: &Actor,
    id: GroupId,
    move_to: Draft<Option<GroupId>>,
) -> Result<()> {
    portal.write(actor, WRITE.and_fresh(), move |tx| {
        let group = changeable(tx, id)?;
        let move_to = match move_to.clone()? {
            Some(other) if other == id => {
                return Err(Error::field("move_to", Code::Invalid, "Choose another group than this one."));
            }
            Some(other) => Some(
                tx.entity::<Group>(other)?
                    .ok_or_else(|| Error::field("move_to", Code::NotFound, "There is no such group."))?,
            ),
            None => None,
        };
        let held = tx.grants().held.clone();
        move_to.iter().try_for_each(|other| may_give(tx, other))?;
        if group.built_in.is_some() {
            return Err(Error::Conflict(format!("{} is built in and can't be deleted.", group.name)));
        }
        let ids: Vec<UserId> =
            tx.ids(Table::UsersByGroup, &id.bytes(), Way::Up)?.collect::<std::result::Result<_, _>>()?;
        let mut members = Vec::with_capacity(ids.len());
        for user in ids {
            members.extend(tx.entity::<User>(user)?);
        }
        // Nobody thinks of those in the bin: they are not asked about, but go along.
        let listed = members.iter().filter(|user| user.deleted_at.is_none()).count();
        if let (1.., None) = (listed, &move_to) {
            let users = match listed {
                // How many is known to those who see them.
                _ if tx.grants().visibility != Visibility::All => "users".to_owned(),
                1 => "1 user".to_owned(),
                _ => format!("{listed} users"),
            };
            let text = format!("{} has {users}. Say where they go.", group.name);
            return Err(Error::field("move_to", Code::Required, text));
        }
        for mut user in members {
            let theirs = held_by(tx, &user)?;
            if !held.covers(&theirs) {
                return Err(users::beyond(&held, &theirs));
            }
            // Else whoever looks after some groups alone would bring others into them.
            if held.is_limited() && !tx.grants().sees(&user) {
                let text = format!("{} has users whom you don't look after.", group.name);
                return Err(Error::Forbidden(text));
            }
            let before = held.over(&user.groups);
            user.groups.remove(&id);
            user.groups.extend(move_to.as_ref().map(|group| group.id));
            if user.groups.is_empty() {
                // Whoever is left with no group is a Customer.
                users::must_hold(tx, BuiltIn::Customer)?;
                user.groups.insert(BuiltIn::Customer.id());
            }
            if !before.covers(held.over(&user.groups)) {
                let text = format!("{} has users whom you don't look after as you would then.", group.name);
                return Err(Error::Forbidden(text));
            }
            tx.save(user, Action::UserUpdated)?;
        }
        unlimit(tx, id)?;
        let mut settings = tx.settings()?;
        settings.require_factor_groups.retain(|group| *group != id);
        tx.save(settings, Action::SettingsUpdated)?;
        tx.remove::<Group>(id, Action::GroupDeleted)?;
        Ok(())
    })
}

/// The groups that a rule names: another group's limit, or who needs a second factor.
pub(super) fn named<H: Handle>(tx: &H) -> Result<BTreeSet<GroupId>> {
    let mut named = BTreeSet::from_iter(tx.settings()?.require_factor_groups);
    for group in tx.all::<Group>()? {
        named.extend(group?.limited_to.unwrap_or_default());
    }
    Ok(named)
}

/// Takes a group that goes out of the limits of others. A limit to no group at all reaches nobody.
fn unlimit(tx: &mut WriteHandle<'_, '_>, gone: GroupId) -> Result<()> {
    let all: Vec<Group> = tx.all::<Group>()?.collect::<std::result::Result<_, _>>()?;
    for mut group in all {
        if group.id == gone || !group.limited_to.as_ref().is_some_and(|groups| groups.contains(&gone)) {
            continue;
        }
        may_give(tx, &group)?;
        if let Some(groups) = &mut group.limited_to {
            groups.remove(&gone);
            tx.save(group, Action::GroupUpdated)?;
        }
    }
    Ok(())
}
