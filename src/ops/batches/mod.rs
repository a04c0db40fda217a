//! Batches: many users changed by one action, in transactions short enough that nobody waits for
//! them, tied together so that the whole can be undone; and undone it is when it ends half-way.

mod list;
mod pace;
mod undo;

pub(super) use self::pace::Pace;
pub use self::{
    list::{BatchDetails, Target, get, list},
    undo::{Undone, settle, undo},
};

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use super::{Error, Handle, Portal, Result, WriteHandle};
use crate::{
    model::{
        activity::Action,
        batch::{Batch, BatchItem, BatchKind, BatchState, MembershipChange, RecordChange, Spared},
        id::{BatchId, GroupId, Id, ProjectId, UserId},
        time::Timestamp,
    },
    store::{self, Reader, Way, Written, read::Read, tables::Table},
};

/// Users who were left alone are told one by one, up to so many.
pub const TOLD: usize = 10_000;

/// The batches that somebody is at work on. One that is not done and not here was cut off.
#[derive(Default)]
pub(super) struct Live {
    ids: Mutex<BTreeSet<BatchId>>,
    stopping: AtomicBool,
}

impl Live {
    fn enter(&self, id: BatchId) -> Option<AtWork<'_>> {
        let entered = self.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        entered.then_some(AtWork { live: self, id })
    }
}

/// For as long as this is there, nobody else takes the batch up.
struct AtWork<'a> {
    live: &'a Live,
    id: BatchId,
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.live.ids.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// A batch that has begun. Nothing of it is in the store before it has changed something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub id: BatchId,
    kind: BatchKind,
    at: Timestamp,
    total: u64,
}

/// Takes what a user was out of the batches, for they go for good: nothing is left to put back.
pub(super) fn forget_user(tx: &mut WriteHandle<'_, '_>, id: UserId) -> Result<()> {
    let batches = tx.ids::<BatchId>(Table::Batches, &[], Way::Up)?;
    let batches: Vec<BatchId> = batches.collect::<std::result::Result<_, _>>()?;
    for batch in batches {
        let Some(item) = tx.entity::<BatchItem>((batch, id))? else { continue };
        if let RecordChange::Changed { .. } = item.record {
            tx.note(&BatchItem { record: RecordChange::Untouched, ..item })?;
        }
    }
    Ok(())
}

/// The users whom the actor may not touch: one of them refuses it for all.
#[derive(Default)]
pub(super) struct Beyond {
    users: u64,
    ids: Vec<UserId>,
}

impl Beyond {
    pub fn add(&mut self, id: UserId) {
        self.users += 1;
        if self.ids.len() < TOLD {
            self.ids.push(id);
        }
    }

    pub fn none(self) -> Result<()> {
        let Self { users, ids } = self;
        if users == 0 { Ok(()) } else { Err(Error::ForbiddenUsers { users, ids }) }
    }
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    pub done: u64,
    pub skipped: u64,
}

/// Ends what is under way, however long it would take: the next start undoes it.
pub fn stop(portal: &Portal) {
    portal.live.stopping.store(true, SeqCst);
}

/// Runs a batch. When it fails half-way, what it did by then is undone before the error is told.
pub(super) fn run<T>(
    portal: &Arc<Portal>,
    kind: BatchKind,
    total: u64,
    f: impl FnOnce(Plan) -> Result<T>,
) -> Result<T> {
    let at = portal.now();
    let id = portal.store().entropy().id(at).map_err(store::Error::from)?;
    let plan = Plan { id, kind, at, total };
    let at_work = portal.live.enter(id);
    let done = f(plan);
    drop(at_work);
    // A portal that stops undoes it at its next start.
    if done.is_err()
        && !portal.live.stopping.load(SeqCst)
        && let Err(error) = settle(portal)
    {
        tracing::error!(
            "a batch that failed could not be undone, and will be as soon as that can be: {error}"
        );
    }
    done
}

/// Does one user's part of a batch, and notes how to undo it. Err leaves no trace of the part.
pub(super) fn step<T>(
    tx: &mut WriteHandle<'_, '_>,
    plan: Plan,
    f: impl FnOnce(&mut WriteHandle<'_, '_>) -> Result<T>,
) -> Result<T> {
    let (done, written) = tx.part(f)?;
    if written.users.is_empty() && written.memberships.is_empty() && written.mails.is_empty() {
        return Ok(done);
    }
    if tx.get(Table::Batches, &Id::bytes(plan.id))?.is_none() {
        let batch = new(tx, plan);
        tx.note(&batch)?;
    }
    if plan.kind.undoable() {
        note_items(tx, plan.id, written)?;
    }
    Ok(done)
}

fn new(tx: &impl Handle, plan: Plan) -> Batch {
    let Plan { id, kind, at, total } = plan;
    Batch {
        id,
        kind,
        by: tx.grants().effective,
        at,
        state: BatchState::Running,
        total,
        done: 0,
        skipped: 0,
        undone: 0,
        kept: 0,
        groups: Vec::new(),
        projects: Vec::new(),
    }
}

/// Notes what a batch makes beside the users, so that it goes with it.
pub(super) fn note_made(
    tx: &mut WriteHandle<'_, '_>,
    plan: Plan,
    groups: Vec<GroupId>,
    projects: Vec<ProjectId>,
) -> Result<()> {
    let batch = tx.entity::<Batch>(plan.id)?.unwrap_or_else(|| new(tx, plan));
    Ok(tx.note(&Batch { groups, projects, ..batch })?)
}

/// What each user was before; of one whom the batch changes twice, before the first time.
fn note_items(tx: &mut WriteHandle<'_, '_>, batch: BatchId, written: Written) -> Result<()> {
    let mut items = BTreeMap::<UserId, BatchItem>::new();
    let item = |items: &mut BTreeMap<UserId, BatchItem>, user| -> Result<BatchItem> {
        let (record, memberships, mails) = (RecordChange::Untouched, Vec::new(), Vec::new());
        Ok(match items.remove(&user) {
            Some(item) => item,
            None => {
                tx.entity((batch, user))?.unwrap_or(BatchItem { batch, user, record, memberships, mails })
            }
        })
    };
    for change in written.users {
        let Some(user) = change.after else { continue };
        let mut item = item(&mut items, user.id)?;
        let after = user.version;
        item.record = match (item.record, change.before) {
            (RecordChange::Untouched, Some(before)) => {
                RecordChange::Changed { before: Box::new(before), after }
            }
            (RecordChange::Untouched, None) | (RecordChange::Created { .. }, _) => {
                RecordChange::Created { after }
            }
            (RecordChange::Changed { before, .. }, _) => RecordChange::Changed { before, after },
        };
        items.insert(user.id, item);
    }
    for change in written.memberships {
        let Some((project, user)) =
            change.after.as_ref().or(change.before.as_ref()).map(|m| (m.project, m.user))
        else {
            continue;
        };
        let mut item = item(&mut items, user)?;
        match item.memberships.iter_mut().find(|known| known.project == project) {
            Some(known) => known.after = change.after,
            None => item.memberships.push(MembershipChange {
                project,
                before: change.before,
                after: change.after,
            }),
        }
        items.insert(user, item);
    }
    for mail in written.mails.into_iter().filter(|mail| mail.before.is_none()).filter_map(|mail| mail.after) {
        // The copy of a welcome is about its user too, and is called off with it.
        if let Some(item) = mail.user.and_then(|user| items.get_mut(&user)) {
            item.mails.push(mail.id);
        }
    }
    items.values().try_for_each(|item| Ok(tx.note(item)?))
}

/// Notes how far a batch is, for those who watch it.
pub(super) fn advance(tx: &mut WriteHandle<'_, '_>, plan: Plan, progress: Progress) -> Result<()> {
    if let Some(batch) = tx.entity::<Batch>(plan.id)? {
        let Progress { done, skipped } = progress;
        tx.note(&Batch { done, skipped, ..batch })?;
    }
    Ok(())
}

/// Ends a batch, and records it. What it can be undone by, if it changed anything that can be.
pub(super) fn finish(
    tx: &mut WriteHandle<'_, '_>,
    plan: Plan,
    progress: Progress,
) -> Result<Option<BatchId>> {
    let Some(batch) = tx.entity::<Batch>(plan.id)? else { return Ok(None) };
    let Progress { done, skipped } = progress;
    let action = match plan.kind {
        BatchKind::Bulk(_) => Action::UsersBulk,
        BatchKind::Import => Action::UsersImported,
    };
    tx.save(Batch { state: BatchState::Done, done, skipped, ..batch }, action)?;
    Ok(plan.kind.undoable().then_some(plan.id))
}

/// Why one user is left alone; what is wrong with more than that user ends the batch.
pub(super) fn spared(error: Error, conflict: Spared) -> Result<Spared> {
    match error {
        Error::NotFound => Ok(Spared::NotFound),
        // All were allowed when it began: they or their groups have changed meanwhile.
        Error::Stale | Error::Forbidden(_) => Ok(Spared::Changed),
        Error::Oneself(_) => Ok(Spared::Oneself),
        Error::LastAdmin(_) => Ok(Spared::LastAdmin),
        Error::Conflict(_) => Ok(conflict),
        Error::Invalid { .. } => Ok(Spared::Taken),
        other => Err(other),
    }
}
