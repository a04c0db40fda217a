//! The activity as evidence: what is tampered with is found, what must go goes, and the rest can
//! still be verified, by this program and by others.

mod export;
mod migration;
mod purge;
mod secrets;
mod tampered;

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use rollcall::store::{chain::Row, codec};

const ACTIVITIES: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("activities");
const META: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("meta");

/// A store file opened as anybody could who may write to its folder.
struct File(Database);

impl File {
    fn open(folder: &Path) -> Self {
        Self::at(&folder.join("rollcall.redb"))
    }

    fn at(path: &Path) -> Self {
        Self(Database::open(path).expect("nobody else has it open"))
    }

    /// What is in a table, in order.
    fn all(&self, table: TableDefinition<'static, &[u8], &[u8]>) -> Vec<(Vec<u8>, Vec<u8>)> {
        let read = self.0.begin_read().unwrap();
        let table = read.open_table(table).unwrap();
        let mut all = Vec::new();
        for pair in table.iter().unwrap() {
            let (key, value) = pair.unwrap();
            all.push((key.value().to_vec(), value.value().to_vec()));
        }
        all
    }

    fn rows(&self) -> Vec<Row> {
        self.all(ACTIVITIES).iter().map(|(_, value)| codec::decode(value).unwrap()).collect()
    }

    fn meta(&self, key: &str) -> Option<Vec<u8>> {
        self.all(META).into_iter().find(|(known, _)| known == key.as_bytes()).map(|(_, value)| value)
    }

    /// Writes values, or with `None` takes them away.
    fn write(&self, table: TableDefinition<'static, &[u8], &[u8]>, changes: &[(Vec<u8>, Option<Vec<u8>>)]) {
        let write = self.0.begin_write().unwrap();
        {
            let mut table = write.open_table(table).unwrap();
            for (key, value) in changes {
                match value {
                    Some(value) => drop(table.insert(key.as_slice(), value.as_slice()).unwrap()),
                    None => drop(table.remove(key.as_slice()).unwrap()),
                }
            }
        }
        write.commit().unwrap();
    }
}
