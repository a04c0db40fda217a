//! Groups and their permissions. Nobody gives, or touches, what they do not hold.

use std::{collections::BTreeMap, sync::Arc};

use super::{Draft, Error, Handle, Portal, Result, WriteHandle, permissions_of, users};
use crate::{
    model::{
        activity::Action,
        error::Code,
        group::{BuiltIn, Group, GroupPatch, NewGroup},
        id::{GroupId, Id, UserId},
        page::{Page, Paging},
        permission::{Permission, Permissions},
        policy::{Actor, Need},
        text::fold_name,
        user::User,
    },
    store::{Way, read::Read, tables::Table},
};

const READ: Need = Need::permission(Permission::UsersRead);
const WRITE: Need = Need::permission(Permission::GroupsWrite);

/// A group with how many users are in it, those in the bin left out.
#[derive(Debug, Clone)]
pub struct GroupDetails {
    pub group: Group,
    pub users: u64,
}

fn details<H: Handle>(portal: &Portal, tx: &H, group: Group) -> GroupDetails {
    let counts = portal.index.count_by_group(&tx.grants().visibility);
    counted(&counts, group)
}

fn counted(counts: &BTreeMap<GroupId, u64>, group: Group) -> GroupDetails {
    GroupDetails { users: counts.get(&group.id).copied().unwrap_or(0), group }
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
        Ok(paging.of(all).map(|group| counted(&counts, group)))
    })
}

pub fn get(portal: &Portal, actor: &Actor, id: GroupId) -> Result<GroupDetails> {
    portal.read(actor, READ, |tx| {
        let group: Group = tx.entity(id)?.ok_or(Error::NotFound)?;
        Ok(details(portal, tx, group))
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
        Ok(details(&own, tx, group))
    })
}

pub(super) fn create_now(tx: &mut WriteHandle<'_, '_>, new: NewGroup) -> Result<Group> {
    if !tx.grants().permissions.covers(new.permissions) {
        return Err(users::beyond(tx.grants().permissions, new.permissions));
    }
    let id = tx.new_id()?;
    let NewGroup { name, description, permissions } = new;
    Ok(tx.save(Group { id, name, description, permissions, built_in: None }, Action::GroupCreated)?)
}

/// A group that the actor may change: one that gives nothing they don't hold.
fn changeable<H: Handle>(tx: &H, id: GroupId) -> Result<Group> {
    let group: Group = tx.entity(id)?.ok_or(Error::NotFound)?;
    let own = tx.grants().permissions;
    if own.covers(group.permissions()) { Ok(group) } else { Err(users::beyond(own, group.permissions())) }
}

pub fn update(
    portal: &Arc<Portal>,
    actor: &Actor,
    id: GroupId,
    draft: Draft<GroupPatch>,
) -> Result<GroupDetails> {
    let own = Arc::clone(portal);
    portal.write(actor, WRITE, move |tx| {
        let mut group = changeable(tx, id)?;
        let patch = draft.clone()?;
        let held = tx.grants().permissions;
        if let Some(permissions) = patch.permissions {
            if !held.covers(permissions) {
                return Err(users::beyond(held, permissions));
            }
            if permissions != group.permissions {
                tx.grants().proven()?;
            }
            group.permissions = permissions;
        }
        group.name = patch.name.unwrap_or(group.name);
        group.description = patch.description.unwrap_or(group.description);
        let before: Group = tx.entity(id)?.ok_or(Error::NotFound)?;
        if before.built_in == Some(BuiltIn::Admin) && group != before {
            return Err(Error::Conflict(
                "The group Admin is fixed: it can do everything, always.".to_owned(),
            ));
        }
        let group = tx.save(group, Action::GroupUpdated)?;
        Ok(details(&own, tx, group))
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
        let held = tx.grants().permissions;
        if let Some(other) = &move_to
            && !held.covers(other.permissions())
        {
            return Err(users::beyond(held, other.permissions()));
        }
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
            let users = if listed == 1 { "1 user".to_owned() } else { format!("{listed} users") };
            let text = format!("{} has {users}. Say where they go.", group.name);
            return Err(Error::field("move_to", Code::Required, text));
        }
        for mut user in members {
            let theirs = permissions_of(tx, &user)?;
            if !held.covers(theirs) {
                return Err(users::beyond(held, theirs));
            }
            user.groups.remove(&id);
            user.groups.extend(move_to.as_ref().map(|group| group.id));
            if user.groups.is_empty() {
                // Whoever is left with no group is a Customer.
                users::must_hold(tx, BuiltIn::Customer)?;
                user.groups.insert(BuiltIn::Customer.id());
            }
            tx.save(user, Action::UserUpdated)?;
        }
        let mut settings = tx.settings()?;
        settings.require_factor_groups.retain(|group| *group != id);
        tx.save(settings, Action::SettingsUpdated)?;
        tx.remove::<Group>(id, Action::GroupDeleted)?;
        Ok(())
    })
}
