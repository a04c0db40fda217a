//! Undoing a batch: every user is put back who is still as the batch left them.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use super::{
    super::{Draft, Error, Handle, Portal, Result, WriteHandle, groups, users},
    AtWork, Beyond, Pace, TOLD,
    list::may_know,
    spared,
};
use crate::{
    model::{
        activity::Action,
        batch::{
            Batch, BatchItem, BatchKind, BatchState, MembershipChange, RecordChange, Spared, UNDOABLE_FOR,
        },
        group::Group,
        id::{BatchId, Id, UserId},
        permission::{Permission, Permissions},
        policy::{Actor, Need},
        project::{Project, Via},
    },
    store::{read::Read, tables::Table},
};

/// What came of undoing.
#[derive(Debug, Clone, Default)]
pub struct Undone {
    pub undone: u64,
    /// Who was left as they are and why, up to [`TOLD`] of them.
    pub kept: Vec<(UserId, Spared)>,
    /// How many were left as they are in all.
    pub kept_count: u64,
}

impl Undone {
    /// With those who were left out of it.
    fn beside(mut self, unseen: &[UserId]) -> Self {
        let room = TOLD.saturating_sub(self.kept.len());
        self.kept.extend(unseen.iter().take(room).map(|user| (*user, Spared::NotFound)));
        self.kept_count += unseen.len() as u64;
        self
    }
}

/// So many in one write.
const LEFT_OUT: usize = 1000;
const CUT_OFF: &str = "It was cut off half-way.";

/// Undoes a batch whole. Needs what doing it needed.
pub fn undo(portal: &Arc<Portal>, actor: &Actor, id: BatchId, nothing: Draft<()>) -> Result<Undone> {
    let kind = portal.read(actor, Need::SIGNED_IN, |tx| match tx.entity::<Batch>(id)? {
        Some(batch) => Ok(batch.kind),
        // An id says when it was made: this one may have been forgotten since.
        None if id.made_at().is_some_and(|at| tx.now() >= at.plus(UNDOABLE_FOR)) => Err(Error::UndoExpired),
        None => Err(Error::NotFound),
    })?;
    let need = Need::permission(kind.permission());
    portal.write(actor, need, move |tx| {
        nothing.clone()?;
        undoable(tx, id).map(drop)
    })?;
    let unseen = portal.read(actor, need, |tx| {
        let (mut beyond, mut unseen) = (Beyond::default(), Vec::new());
        for item in tx.below::<BatchItem>(&id.bytes())? {
            let item = item?;
            match users::may_put_back(tx, kind, &item) {
                Err(Error::Forbidden(_)) => beyond.add(item.user),
                // One who is out of sight by now is left as they are.
                Err(Error::NotFound) => unseen.push(item.user),
                other => other.and_then(|()| users::proven_to_put_back(tx, &item))?,
            }
        }
        beyond.none()?;
        Ok(unseen)
    })?;
    let at_work = portal.live.enter(id).ok_or_else(under_way)?;
    leave_out(portal, actor, need, id, &unseen)?;
    portal.write(actor, need, move |tx| {
        let batch = undoable(tx, id)?;
        Ok(tx.note(&Batch { state: BatchState::Undoing, ..batch })?)
    })?;
    let undone = put_all_back(portal, actor, need, id, None).map(|undone| undone.beside(&unseen));
    drop(at_work);
    if undone.is_err()
        && !portal.live.stopping.load(SeqCst)
        && let Err(error) = settle(portal)
    {
        tracing::error!("undoing was cut off, and will go on as soon as it can: {error}");
    }
    undone
}

/// Takes those out of a batch whom whoever undoes it does not see. Before it begins: should they go away
/// in the midst of it, the portal itself brings the rest to its end, and sees everybody.
fn leave_out(portal: &Arc<Portal>, actor: &Actor, need: Need, id: BatchId, unseen: &[UserId]) -> Result<()> {
    for some in unseen.chunks(LEFT_OUT) {
        let some = some.to_vec();
        portal.write(actor, need, move |tx| {
            let batch = undoable(tx, id)?;
            let kept = batch.kept + some.len() as u64;
            tx.note(&Batch { kept, ..batch })?;
            some.iter().try_for_each(|user| Ok(tx.forget::<BatchItem>((id, *user))?))
        })?;
    }
    Ok(())
}

fn under_way() -> Error {
    Error::Conflict("This is still under way. Try again when it is done.".to_owned())
}

/// A batch that can be undone now.
fn undoable<H: Handle>(tx: &H, id: BatchId) -> Result<Batch> {
    let batch: Option<Batch> = tx.entity(id)?;
    let batch = batch.filter(|batch| may_know(tx, batch)).ok_or(Error::NotFound)?;
    match batch.state {
        BatchState::Running | BatchState::Undoing => return Err(under_way()),
        BatchState::Undone => return Err(Error::Conflict("This was undone already.".to_owned())),
        BatchState::Done | BatchState::CutOff => {}
    }
    if tx.now() >= batch.expires_at() {
        return Err(Error::UndoExpired);
    }
    if !batch.kind.undoable() {
        return Err(Error::Conflict(
            "This can't be undone: mails were sent, or people turned away.".to_owned(),
        ));
    }
    Ok(batch)
}

/// Goes through what is left of a batch, a transaction for some users at a time.
fn put_all_back(
    portal: &Arc<Portal>,
    actor: &Actor,
    need: Need,
    id: BatchId,
    because: Option<&'static str>,
) -> Result<Undone> {
    let (mut all, mut pace) = (Undone::default(), Pace::new());
    loop {
        let (some, ended) = pace.turn(portal, |most| {
            let own = Arc::clone(portal);
            portal.write(actor, need, move |tx| put_some_back(&own, tx, id, most, because))
        })?;
        all.undone += some.undone;
        all.kept_count += some.kept_count;
        let room = TOLD.saturating_sub(all.kept.len());
        all.kept.extend(some.kept.into_iter().take(room));
        if ended {
            return Ok(all);
        }
    }
}

/// One transaction's share, and whether it was the last.
fn put_some_back(
    portal: &Portal,
    tx: &mut WriteHandle<'_, '_>,
    id: BatchId,
    most: usize,
    because: Option<&'static str>,
) -> Result<(Undone, bool)> {
    let batch: Batch = tx.entity(id)?.ok_or(Error::NotFound)?;
    let items = tx.below::<BatchItem>(&id.bytes())?.take(most);
    let items: Vec<BatchItem> = items.collect::<std::result::Result<_, _>>()?;
    let mut some = Undone::default();
    for item in &items {
        match tx.part(|tx| users::put_back(portal, tx, batch.kind, item)) {
            Ok(_) => some.undone += u64::from(!came_along(item)),
            Err(error) => some.kept.push((item.user, spared(error, Spared::Gone)?)),
        }
        tx.forget::<BatchItem>((id, item.user))?;
    }
    some.kept_count = some.kept.len() as u64;
    let ended = items.len() < most;
    let state = if ended { BatchState::Undone } else { BatchState::Undoing };
    let (undone, kept) = (batch.undone + some.undone, batch.kept + some.kept_count);
    let batch = Batch { state, undone, kept, ..batch };
    if ended {
        unmake(tx, &batch)?;
        let action = match batch.kind {
            BatchKind::Bulk(_) => Action::UsersBulkUndone,
            BatchKind::Import => Action::UsersImportUndone,
        };
        tx.save(batch, action.because(because))?;
    } else {
        tx.note(&batch)?;
    }
    Ok((some, ended))
}

/// Whether somebody is in a batch only for the projects that it made, as whoever made them or as an
/// admin: they were not counted when it was done.
fn came_along(item: &BatchItem) -> bool {
    let by_itself = |change: &MembershipChange| change.after.as_ref().is_some_and(|m| m.via != Via::Added);
    matches!(item.record, RecordChange::Untouched)
        && !item.memberships.is_empty()
        && item.memberships.iter().all(by_itself)
}

/// Takes away the groups and projects that a batch made, where nobody is in them, has changed them
/// since, or counts on them elsewhere.
fn unmake(tx: &mut WriteHandle<'_, '_>, batch: &Batch) -> Result<()> {
    if tx.grants().holds(Permission::GroupsWrite) {
        let named = groups::named(tx)?;
        for id in &batch.groups {
            let group: Option<Group> = tx.entity(*id)?;
            let plain = group.is_some_and(|g| g.permissions == Permissions::NONE && g.description.is_none());
            let unused = tx.count(Table::UsersByGroup, &id.bytes())? == 0 && !named.contains(id);
            if plain && unused {
                tx.remove::<Group>(*id, Action::GroupDeleted)?;
            }
        }
    }
    if tx.grants().holds(Permission::ProjectsManage) {
        for id in &batch.projects {
            let plain = tx.entity::<Project>(*id)?.is_some_and(|project| project.version == 1);
            if plain && tx.count(Table::Members, &id.bytes())? == 0 {
                tx.remove::<Project>(*id, Action::ProjectDeleted)?;
            }
        }
    }
    Ok(())
}

/// Undoes what was cut off half-way, by a kill or by a disk that was full, and brings to its end
/// what was being undone. As the portal itself: whoever began it may be gone.
pub fn settle(portal: &Arc<Portal>) -> Result<()> {
    let system = Actor::system();
    let open = |batch: &Batch| matches!(batch.state, BatchState::Running | BatchState::Undoing);
    let cut_off: Vec<Batch> = portal.read(&system, Need::NOTHING, |tx| {
        let all: Vec<Batch> = tx.all::<Batch>()?.collect::<std::result::Result<_, _>>()?;
        Ok(all.into_iter().filter(open).collect())
    })?;
    for Batch { id, .. } in cut_off {
        // Whoever is at work on it brings it to an end.
        let Some(at_work) = portal.live.enter(id) else { continue };
        settle_one(portal, &system, &at_work)?;
    }
    Ok(())
}

fn settle_one(portal: &Arc<Portal>, system: &Actor, at_work: &AtWork<'_>) -> Result<()> {
    let id = at_work.id;
    let undo = portal.write(system, Need::NOTHING, move |tx| {
        let Some(batch) = tx.entity::<Batch>(id)? else { return Ok(false) };
        Ok(match batch.state {
            BatchState::Running if batch.kind.undoable() => {
                tx.note(&Batch { state: BatchState::Undoing, ..batch })?;
                true
            }
            BatchState::Running => {
                let ended = Batch { state: BatchState::CutOff, ..batch };
                tx.save(ended, Action::UsersBulkCutOff.because(Some(CUT_OFF)))?;
                false
            }
            BatchState::Undoing => true,
            // It came to its end meanwhile.
            BatchState::Done | BatchState::CutOff | BatchState::Undone => false,
        })
    })?;
    if undo {
        let Undone { undone, kept_count, .. } =
            put_all_back(portal, system, Need::NOTHING, id, Some(CUT_OFF))?;
        tracing::warn!(%id, undone, kept = kept_count, "a batch was cut off half-way and is undone");
    }
    Ok(())
}
