//! Batches, and what each changed of every user.

use serde_json::json;

use super::{
    entity::{Entity, Facts, Noted, subject},
    error::Error,
    kv::Reader,
    read::Read,
    tables::{Table, key},
};
use crate::model::{
    activity::Subject,
    batch::{Batch, BatchItem, BatchKind, BatchState, BulkAction},
    group::Group,
    id::*,
    project::Project,
};

impl Entity for Batch {
    const TABLE: Table = Table::Batches;
    type Id = BatchId;
    fn id(&self) -> BatchId {
        self.id
    }
    fn key_of(id: BatchId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(Some(subject("batch", self.id, self.kind.as_str())))
    }
    /// What it did, or after undoing, what became of that. Under way it says nothing yet.
    fn facts(&self, tx: &dyn Reader) -> Result<Facts, Error> {
        let target = match self.kind {
            BatchKind::Bulk(BulkAction::AddGroup(id) | BulkAction::RemoveGroup(id)) => {
                tx.entity::<Group>(id)?.map(|group| group.name.to_string())
            }
            BatchKind::Bulk(BulkAction::AddProject(id) | BulkAction::RemoveProject(id)) => {
                tx.entity::<Project>(id)?.map(|project| project.name.to_string())
            }
            _ => None,
        };
        Ok(match self.state {
            BatchState::Running => Facts::new(),
            BatchState::Done | BatchState::CutOff | BatchState::Undoing => vec![
                ("action", json!(self.kind.as_str())),
                ("target", json!(target)),
                ("users", json!(self.done)),
                ("skipped", json!(self.skipped)),
            ],
            BatchState::Undone => vec![
                ("action", json!(self.kind.as_str())),
                ("target", json!(target)),
                ("undone", json!(self.undone)),
                ("kept", json!(self.kept)),
            ],
        })
    }
}
/// How far it is; what it does to each user is recorded with that user.
impl Noted for Batch {}

impl Entity for BatchItem {
    const TABLE: Table = Table::BatchItems;
    type Id = (BatchId, UserId);
    fn id(&self) -> Self::Id {
        (self.batch, self.user)
    }
    fn key_of((batch, user): Self::Id) -> Vec<u8> {
        key(&[&batch.bytes(), &user.bytes()])
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(None)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(Facts::new())
    }
}
/// The way back from a change that is recorded itself.
impl Noted for BatchItem {}
