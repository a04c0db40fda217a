//! One action on many users: each through the very functions that the action on one user goes
//! through, a transaction for some at a time.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Approval, Matching,
    change::update_now,
    checked_groups,
    list::everybody,
    mails::send_password_now,
    proven_over, proven_to_give,
    state::{approve_now, check_approval, decline_now, delete_now, disable_now, enable_now, restore_now},
    target, target_secrets, visible,
};
use crate::{
    index::language::Parsed,
    model::{
        batch::{BatchKind, BulkAction, Spared},
        error::Code,
        group::Group,
        id::{BatchId, GroupId, UserId},
        permission::Permission,
        policy::{Actor, Need},
        text::Message,
        user::{User, UserPatch, UserState},
    },
    ops::{
        Draft, Error, Handle, Portal, Result, WriteHandle,
        batches::{self, Beyond, Pace, Plan, Progress, TOLD},
        members, projects,
    },
    store::read::Read,
};

/// What to do, and to whom.
#[derive(Debug, Clone)]
pub struct Bulk {
    pub action: BulkAction,
    pub chosen: Chosen,
    /// With what those who are approved come in.
    pub approval: Approval,
    /// To those who are declined.
    pub message: Option<Message>,
}

/// What is done to each.
#[derive(Debug, Clone)]
struct Deed {
    action: BulkAction,
    approval: Approval,
    message: Option<Message>,
}

#[derive(Debug, Clone)]
pub enum Chosen {
    Ids(Vec<UserId>),
    /// All that the list would show.
    Matching(Matching),
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct BulkDone {
    pub done: u64,
    /// Who was left alone and why, up to [`TOLD`] of them.
    pub skipped: Vec<(UserId, Spared)>,
    /// How many were left alone in all.
    pub skipped_count: u64,
    /// `None`: nothing was changed, or nothing that can be undone.
    pub undo_id: Option<BatchId>,
}

impl BulkDone {
    fn skip(&mut self, user: UserId, why: Spared) {
        self.skipped_count += 1;
        if self.skipped.len() < TOLD {
            self.skipped.push((user, why));
        }
    }
}

/// Does something to many users, or to none: one who may not be touched refuses it for all.
/// `action` is the one in the draft, if there is one, whatever else is wrong with it.
pub fn bulk(
    portal: &Arc<Portal>,
    actor: &Actor,
    action: Option<BulkAction>,
    draft: Draft<Bulk>,
) -> Result<BulkDone> {
    let need = Need::permission(action.map_or(Permission::UsersRead, BulkAction::permission));
    let (deed, chosen) = portal.write(actor, need, move |tx| {
        let Bulk { action, chosen, approval, message } = draft.clone()?;
        let deed = Deed { action, approval, message };
        check_target(tx, &deed)?;
        Ok((deed, chosen))
    })?;
    let action = deed.action;
    let mut all = BulkDone::default();
    let targets = portal.read(actor, need, |tx| targets(portal, tx, action, chosen, &mut all))?;
    if targets.is_empty() {
        return Ok(all);
    }
    batches::run(portal, BatchKind::Bulk(action), targets.len() as u64 + all.skipped_count, |plan| {
        let (mut pace, mut rest) = (Pace::new(), &targets[..]);
        while !rest.is_empty() {
            pace.turn(portal, |most| {
                let (some, later) = rest.split_at(most.min(rest.len()));
                let (own, some, last) = (Arc::clone(portal), some.to_vec(), later.is_empty());
                let deed = deed.clone();
                let before = Progress { done: all.done, skipped: all.skipped_count };
                let (done, skipped, undo_id) = portal.write(actor, need, move |tx| {
                    let (done, skipped) = act_on_some(&own, tx, plan, &deed, &some)?;
                    let progress =
                        Progress { done: before.done + done, skipped: before.skipped + skipped.len() as u64 };
                    let undo_id = if last {
                        batches::finish(tx, plan, progress)?
                    } else {
                        batches::advance(tx, plan, progress)?;
                        None
                    };
                    Ok((done, skipped, undo_id))
                })?;
                all.done += done;
                all.undo_id = undo_id;
                skipped.into_iter().for_each(|(user, why)| all.skip(user, why));
                rest = later;
                Ok(())
            })?;
        }
        Ok(all)
    })
}

/// That there is a group or project to put them into, and that the actor may give it.
fn check_target(tx: &WriteHandle<'_, '_>, deed: &Deed) -> Result<()> {
    let action = deed.action;
    let missing = |what: &str| Error::field("target", Code::NotFound, format!("There is no such {what}."));
    match action {
        BulkAction::AddGroup(id) | BulkAction::RemoveGroup(id) => {
            tx.entity::<Group>(id)?.ok_or_else(|| missing("group"))?;
        }
        BulkAction::AddProject(id) | BulkAction::RemoveProject(id) => {
            projects::visible(tx, id).map_err(|_| missing("project"))?;
        }
        _ => {}
    }
    match action {
        BulkAction::AddGroup(id) => {
            checked_groups(tx, &[id], &BTreeSet::new())?;
            proven_to_give(tx, Some(&[id]), &BTreeSet::new())
        }
        BulkAction::Approve => check_approval(tx, &deed.approval),
        _ => Ok(()),
    }
}

/// Whom it is about, with the version of each; whoever does it comes last, for they may lose the
/// right to go on.
fn targets<H: Handle>(
    portal: &Portal,
    tx: &H,
    action: BulkAction,
    chosen: Chosen,
    all: &mut BulkDone,
) -> Result<Vec<(UserId, u64)>> {
    let ids = match chosen {
        Chosen::Ids(ids) => {
            let mut seen = BTreeSet::new();
            ids.into_iter().filter(|id| seen.insert(*id)).collect()
        }
        Chosen::Matching(matching) => {
            // What is left out of a list is not missed; here it would be done to somebody.
            if !Parsed::reads_whole(&matching.text) {
                let text = "This search is too long to act on: shorten it.";
                return Err(Error::field("matching.q", Code::TooLong, text));
            }
            everybody(portal, tx, matching)?
        }
    };
    let (mut targets, mut own) = (Vec::with_capacity(ids.len()), Vec::new());
    let mut beyond = Beyond::default();
    for id in ids {
        match allowed(tx, action, id) {
            Ok(user) if [tx.grants().real, tx.grants().effective].contains(&Some(id)) => {
                own.push((id, user.version));
            }
            Ok(user) => targets.push((id, user.version)),
            Err(Error::NotFound) => all.skip(id, Spared::NotFound),
            Err(Error::Forbidden(_)) => beyond.add(id),
            Err(other) => return Err(other),
        }
    }
    targets.append(&mut own);
    beyond.none()?;
    Ok(targets)
}

/// A user to whom the actor may do this.
fn allowed<H: Handle>(tx: &H, action: BulkAction, id: UserId) -> Result<User> {
    match action {
        BulkAction::AddProject(_) | BulkAction::RemoveProject(_) => visible(tx, id),
        BulkAction::SendPassword => target_secrets(tx, id),
        BulkAction::RemoveGroup(group) => {
            let user = target(tx, id)?;
            if user.groups.contains(&group) {
                checked_groups(tx, &without(&user, group), &user.groups)?;
            }
            Ok(user)
        }
        BulkAction::Enable | BulkAction::Restore | BulkAction::Approve => {
            let user = target(tx, id)?;
            proven_over(tx, &user)?;
            Ok(user)
        }
        _ => target(tx, id),
    }
}

fn without(user: &User, group: GroupId) -> Vec<GroupId> {
    user.groups.iter().copied().filter(|id| *id != group).collect()
}

/// One transaction's share: how many are done, and who is left alone.
fn act_on_some(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    plan: Plan,
    deed: &Deed,
    some: &[(UserId, u64)],
) -> Result<(u64, Vec<(UserId, Spared)>)> {
    // A group or project that is gone meanwhile ends it for all.
    check_target(tx, deed)?;
    let (mut done, mut skipped) = (0, Vec::new());
    for (id, version) in some {
        let Some(user) = tx.entity::<User>(*id)? else {
            skipped.push((*id, Spared::NotFound));
            continue;
        };
        if user.version != *version {
            skipped.push((*id, Spared::Changed));
            continue;
        }
        match batches::step(tx, plan, |tx| act(portal, tx, deed, *id)) {
            Ok(()) => done += 1,
            Err(error) => skipped.push((*id, batches::spared(error, unfit(deed.action, &user))?)),
        }
    }
    Ok((done, skipped))
}

fn act(portal: &Portal, tx: &mut WriteHandle<'_, '_>, deed: &Deed, id: UserId) -> Result<()> {
    let action = deed.action;
    let user = allowed(tx, action, id)?;
    let regroup = |tx: &mut WriteHandle<'_, '_>, user: User, groups| {
        let patch = UserPatch { groups: Some(groups), ..UserPatch::default() };
        update_now(portal, tx, user, &patch, None).map(drop)
    };
    match action {
        BulkAction::Disable => disable_now(tx, user, None).map(drop),
        BulkAction::Enable => enable_now(tx, user).map(drop),
        BulkAction::Delete => delete_now(tx, user),
        BulkAction::Restore => restore_now(tx, user).map(drop),
        BulkAction::SendPassword => send_password_now(portal, tx, &user).map(drop),
        BulkAction::Approve => approve_now(portal, tx, user, &deed.approval).map(drop),
        BulkAction::Decline => decline_now(portal, tx, &user, deed.message.as_ref()),
        BulkAction::AddGroup(group) => {
            let groups = user.groups.iter().copied().chain([group]).collect();
            regroup(tx, user, groups)
        }
        BulkAction::RemoveGroup(group) if !user.groups.contains(&group) => Ok(()),
        BulkAction::RemoveGroup(group) => {
            let groups = without(&user, group);
            regroup(tx, user, groups)
        }
        BulkAction::AddProject(project) => members::add_now(tx, project, &user),
        BulkAction::RemoveProject(project) => members::remove_now(tx, project, &user),
    }
}

/// Why an action does not fit a user in their state.
fn unfit(action: BulkAction, user: &User) -> Spared {
    match (action, user.state()) {
        (BulkAction::Approve | BulkAction::Decline, _) => Spared::NotPending,
        (_, UserState::Deleted) => Spared::InBin,
        (_, UserState::Disabled) => Spared::Disabled,
        (_, UserState::Pending) => Spared::Pending,
        (_, UserState::Active | UserState::Invited) => Spared::Changed,
    }
}
