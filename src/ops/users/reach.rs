//! Whom an actor reaches: which users they see, whom they may change, and which groups they may put
//! somebody into. Nobody reaches beyond what they hold.

use std::collections::BTreeSet;

use super::super::{Error, Handle, Result, error::gather, held_by};
use crate::{
    model::{
        error::Code,
        group::{BuiltIn, Group},
        held::Held,
        id::{GroupId, UserId},
        permission::Permission,
        policy::{Acting, Denied},
        settings::SignUpPolicy,
        user::User,
    },
    store::read::Read,
};

/// A user that the actor may see; any other is not there. What the operation needs must be held
/// over this very user.
pub(in crate::ops) fn visible<H: Handle>(tx: &H, id: UserId) -> Result<User> {
    let user: User = tx.entity(id)?.ok_or(Error::NotFound)?;
    if !tx.grants().sees(&user) {
        return Err(Error::NotFound);
    }
    tx.grants().asked.map_or(Ok(()), |permission| must_hold_over(tx, &user, permission))?;
    Ok(user)
}

/// That the actor holds a permission over a user, beside the one that the operation needs.
pub(in crate::ops) fn must_hold_over<H: Handle>(tx: &H, user: &User, permission: Permission) -> Result<()> {
    if tx.grants().over(user).holds(permission) { Ok(()) } else { Err(Error::lacks(permission)) }
}

/// A user whom the actor may change: one who holds nothing that the actor doesn't.
pub(in crate::ops) fn target<H: Handle>(tx: &H, id: UserId) -> Result<User> {
    let user = visible(tx, id)?;
    let theirs = held_by(tx, &user)?;
    if tx.grants().held.covers(&theirs) { Ok(user) } else { Err(beyond(&tx.grants().held, &theirs)) }
}

/// A user whose e-mail, password, links or sessions the actor may touch: while acting as somebody,
/// not that somebody's own; and a program not its owner's.
pub(in crate::ops) fn target_secrets<H: Handle>(tx: &H, id: UserId) -> Result<User> {
    let user = target(tx, id)?;
    let theirs_alone = tx.grants().effective == Some(id) && tx.grants().acting != Acting::Oneself;
    if theirs_alone { Err(Denied::Impersonating.into()) } else { not_by_program(tx, user) }
}

/// A user whose sessions and tokens the actor may end. Their own ask who they are, as on their own page.
pub(in crate::ops) fn target_access<H: Handle>(tx: &H, id: UserId) -> Result<User> {
    let user = target_secrets(tx, id)?;
    if tx.grants().real == Some(user.id) {
        tx.grants().proven()?;
    }
    Ok(user)
}

/// A user whose sessions and factors the actor may see: a program not its owner's.
pub(in crate::ops) fn visible_secrets<H: Handle>(tx: &H, id: UserId) -> Result<User> {
    not_by_program(tx, visible(tx, id)?)
}

fn not_by_program<H: Handle>(tx: &H, user: User) -> Result<User> {
    let grants = tx.grants();
    let own = grants.token.is_some() && grants.effective == Some(user.id);
    if own { Err(Denied::NotInPerson.into()) } else { Ok(user) }
}

/// That the actor proved lately who they are, where this gives somebody power: whoever finds a
/// browser open makes nobody an admin, and takes no admin's account.
fn proven_for<H: Handle>(tx: &H, held: &Held) -> Result<()> {
    if held.anywhere().is_power() { Ok(tx.grants().proven()?) } else { Ok(()) }
}

/// The same for all that a user holds, who is brought back or whose account is opened.
pub(in crate::ops) fn proven_over<H: Handle>(tx: &H, user: &User) -> Result<()> {
    proven_for(tx, &held_by(tx, user)?)
}

/// The same for whoever gets these groups beside those they are in: none at all are the usual one.
pub(in crate::ops) fn proven_to_give<H: Handle>(
    tx: &H,
    groups: Option<&[GroupId]>,
    before: &BTreeSet<GroupId>,
) -> Result<()> {
    let groups = match groups {
        None => return Ok(()),
        Some([]) => vec![usual_group(tx)?],
        Some(groups) => groups.to_vec(),
    };
    for id in groups.into_iter().filter(|id| !before.contains(id)) {
        tx.entity::<Group>(id)?.map_or(Ok(()), |group| proven_for(tx, &group.held()))?;
    }
    Ok(())
}

/// Refuses what would reach beyond what the actor holds, naming it.
pub(in crate::ops) fn beyond(own: &Held, theirs: &Held) -> Error {
    lacking(own.lacking(theirs).iter())
}

pub(in crate::ops) fn lacking(permissions: impl Iterator<Item = Permission>) -> Error {
    let names: Vec<&str> = permissions.map(Permission::as_str).collect();
    Error::Forbidden(format!("This needs permissions that you don't have: {}.", names.join(", ")))
}

/// That the actor holds all that a built-in group gives.
pub(in crate::ops) fn must_hold<H: Handle>(tx: &H, group: BuiltIn) -> Result<()> {
    let own = &tx.grants().held;
    let group: Option<Group> = tx.entity(group.id())?;
    let theirs = group.map_or(Held::default(), |group| group.held());
    if own.covers(&theirs) { Ok(()) } else { Err(beyond(own, &theirs)) }
}

/// Groups by id, none of them beyond what the actor holds and none that they do not look after;
/// none at all means the usual one.
pub(super) fn checked_groups<H: Handle>(
    tx: &H,
    ids: &[GroupId],
    before: &BTreeSet<GroupId>,
) -> Result<BTreeSet<GroupId>> {
    let own = &tx.grants().held;
    let groups: BTreeSet<GroupId> =
        if ids.is_empty() { [usual_group(tx)?].into() } else { ids.iter().copied().collect() };
    let mut unknown = Vec::new();
    for id in groups.difference(before) {
        let Some(group) = tx.entity::<Group>(*id)? else {
            let text = format!("There is no group {id}.");
            unknown.push(Err(Error::field("groups", Code::NotFound, text)));
            continue;
        };
        // Where anybody can sign up as a Customer, making somebody one gives nothing.
        let anybodys = || -> Result<bool> {
            Ok(*id == BuiltIn::Customer.id() && tx.settings()?.sign_up == SignUpPolicy::Open)
        };
        if !own.covers(&group.held()) && !anybodys()? {
            return Err(beyond(own, &group.held()));
        }
    }
    gather(unknown)?;
    may_move(tx, before, &groups)?;
    Ok(groups)
}

/// The group of those of whom nothing is said: Customer; for whoever looks after another group
/// alone, that one.
fn usual_group<H: Handle>(tx: &H) -> Result<GroupId> {
    let (own, customer) = (&tx.grants().held, BuiltIn::Customer.id());
    if own.over_group(customer).holds(Permission::UsersWrite) {
        return Ok(customer);
    }
    match own.groups_with(Permission::UsersWrite)[..] {
        [only] => Ok(only),
        _ => {
            let text = "You look after the users of some groups alone. Choose one or more of these groups.";
            Err(Error::field("groups", Code::Required, text))
        }
    }
}

/// That the actor may take a user from some groups to others: they put them into, and take them out
/// of, only those that they look after, and leave them in one of these.
pub(super) fn may_move<H: Handle>(tx: &H, from: &BTreeSet<GroupId>, to: &BTreeSet<GroupId>) -> Result<()> {
    let reached = |group: &GroupId| tx.grants().held.over_group(*group).holds(Permission::UsersWrite);
    if from == to {
        return Ok(());
    }
    if !from.symmetric_difference(to).all(reached) {
        let text = "You look after the users of some groups alone: you can put nobody into another group, \
                    or take them out of one.";
        return Err(Error::Forbidden(text.to_owned()));
    }
    if !to.iter().any(reached) {
        let text = "Leave them in one of the groups that you look after.";
        return Err(Error::Forbidden(text.to_owned()));
    }
    Ok(())
}
