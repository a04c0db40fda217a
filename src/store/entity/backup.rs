//! Backups made by the clock, and what became of them.

use super::{Entity, Facts, Noted};
use crate::{
    model::{
        activity::Subject,
        backup::Backup,
        id::{BackupId, Id},
    },
    store::{error::Error, kv::Reader, tables::Table},
};

impl Entity for Backup {
    const TABLE: Table = Table::Backups;
    type Id = BackupId;
    fn id(&self) -> BackupId {
        self.id
    }
    fn key_of(id: BackupId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(None)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(Facts::new())
    }
}
/// That one was made is recorded; the file's fate is noted.
impl Noted for Backup {}
