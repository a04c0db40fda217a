//! The batches of the last 30 days: what was done, how far one is, which can be undone.

use super::super::{Draft, Error, Handle, Portal, Result, projects};
use crate::{
    model::{
        batch::{Batch, BatchKind, BatchState, BulkAction},
        group::Group,
        id::{BatchId, Id, UserId},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need, Visibility},
        user::User,
    },
    store::{Keys, Reader, Way, read::Read, tables::Table},
};

const READ: Need = Need::permission(Permission::UsersRead);

/// A batch with what lies beside it.
#[derive(Debug, Clone)]
pub struct BatchDetails {
    pub batch: Batch,
    /// `None`: the command line, or somebody who is gone.
    pub by: Option<(UserId, String)>,
    pub target: Option<Target>,
    /// It is done, and not too long ago.
    pub undoable: bool,
}

/// The group or the project that users were put into or taken out of.
#[derive(Debug, Clone)]
pub struct Target {
    pub id: uuid::Uuid,
    pub name: String,
}

fn details<H: Handle>(portal: &Portal, tx: &H, batch: Batch) -> Result<BatchDetails> {
    let group = |id| -> Result<Option<Target>> {
        let group: Option<Group> = tx.entity(id)?;
        Ok(group.map(|group| Target { id: group.id.uuid(), name: group.name.to_string() }))
    };
    let project = |id| match projects::visible(tx, id) {
        Ok(project) => Ok(Some(Target { id: project.id.uuid(), name: project.name.to_string() })),
        // To whoever does not see it, it is not there.
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    };
    let target = match batch.kind {
        BatchKind::Bulk(BulkAction::AddGroup(id) | BulkAction::RemoveGroup(id)) => group(id)?,
        BatchKind::Bulk(BulkAction::AddProject(id) | BulkAction::RemoveProject(id)) => project(id)?,
        _ => None,
    };
    let by: Option<User> = batch.by.map(|id| tx.entity(id)).transpose()?.flatten();
    let undoable =
        batch.state == BatchState::Done && batch.kind.undoable() && portal.now() < batch.expires_at();
    Ok(BatchDetails { by: by.map(|user| (user.id, user.name.to_string())), target, undoable, batch })
}

/// Whether whoever asks may know of a batch: those who see some users alone know of their own.
pub(super) fn may_know<H: Handle>(tx: &H, batch: &Batch) -> bool {
    let grants = tx.grants();
    grants.visibility == Visibility::All || (batch.by.is_some() && batch.by == grants.effective)
}

/// Newest first.
pub fn list(portal: &Portal, actor: &Actor, paging: Draft<Paging>) -> Result<Page<BatchDetails>> {
    portal.read(actor, READ, |tx| {
        let paging = paging?;
        if tx.grants().visibility != Visibility::All {
            let mut own = tx.all::<Batch>()?.collect::<std::result::Result<Vec<_>, _>>()?;
            own.retain(|batch| may_know(tx, batch));
            own.reverse();
            let page = paging.of(own);
            let items = page.items.into_iter().map(|batch| details(portal, tx, batch));
            return Ok(Page { items: items.collect::<Result<_>>()?, total: page.total, paging });
        }
        let offset = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
        let ids = tx.ids_in::<BatchId>(Table::Batches, Keys::all(), Way::Down)?;
        let mut items = Vec::new();
        for id in ids.skip(offset).take(paging.per_page as usize) {
            if let Some(batch) = tx.entity(id?)? {
                items.push(details(portal, tx, batch)?);
            }
        }
        Ok(Page { items, total: tx.len(Table::Batches)?, paging })
    })
}

pub fn get(portal: &Portal, actor: &Actor, id: BatchId) -> Result<BatchDetails> {
    portal.read(actor, READ, |tx| {
        let batch: Option<Batch> = tx.entity(id)?;
        let batch = batch.filter(|batch| may_know(tx, batch)).ok_or(Error::NotFound)?;
        details(portal, tx, batch)
    })
}
