//! Ordered byte keys and values in transactions: the one file that names redb. Another
//! ordered key-value engine could stand behind it, so nothing above may know redb.

mod layered;
#[cfg(test)]
mod power_cut;

use std::{
    ops::Bound,
    panic::catch_unwind,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use redb::{Database, ReadOnlyTable, ReadableDatabase, TableDefinition};

pub use self::layered::{Batch, Layered};
use super::{
    error::Error,
    memo::Memo,
    space,
    tables::{Table, meta},
};

type Bytes = &'static [u8];
type Definition = TableDefinition<'static, Bytes, Bytes>;
type OpenTable = ReadOnlyTable<Bytes, Bytes>;
type Guards<'a> = (redb::AccessGuard<'a, Bytes>, redb::AccessGuard<'a, Bytes>);
pub type Pair = (Vec<u8>, Vec<u8>);
pub type Pairs<'a> = Box<dyn Iterator<Item = Result<Pair, Error>> + 'a>;

/// What redb may keep in memory, in bytes (its own default is 1 GiB). The system keeps the file's
/// pages too: what misses here costs a copy, not the disk; and an export that reads everything
/// once fills no more than this.
const CACHE: usize = 16 << 20;

/// Room on the disk that a commit wants: so much, and so many times what it writes (pages are
/// copied before they are changed). Refused beforehand, it does not cost redb its trust in the file.
const ROOM: u64 = 1 << 20;
const COPIES: u64 = 4;

/// Before the file is verified, whoever still reads may finish: so many moments.
const READERS_LEAVE: u32 = 600;
const A_MOMENT: std::time::Duration = std::time::Duration::from_millis(50);

/// Which way a range is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
}

/// A range of keys: from the first, up to but not including the second (`None`: to the end).
#[derive(Debug, Clone)]
pub struct Keys {
    pub from: Vec<u8>,
    pub to: Option<Vec<u8>>,
}

impl Keys {
    pub fn all() -> Self {
        Self { from: Vec::new(), to: None }
    }

    /// All keys that begin with this.
    pub fn prefix(prefix: &[u8]) -> Self {
        let mut to = prefix.to_vec();
        while let Some(last) = to.pop() {
            if last < 0xff {
                to.push(last + 1);
                return Self { from: prefix.to_vec(), to: Some(to) };
            }
        }
        Self { from: prefix.to_vec(), to: None }
    }

    fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        let to = self.to.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        (Bound::Included(&self.from), to)
    }

    fn is_empty(&self) -> bool {
        self.to.as_ref().is_some_and(|to| *to <= self.from)
    }
}

/// What can be read: one moment of the store, or that with a transaction's own writes over it.
pub trait Reader {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;
    fn range(&self, table: Table, keys: Keys, way: Way) -> Result<Pairs<'_>, Error>;
    /// How many keys a table has, without reading them.
    fn len(&self, table: Table) -> Result<u64, Error>;
    /// What has been read of the same moment before; none within a transaction.
    fn memo(&self) -> Option<&Memo> {
        None
    }
}

pub struct Kv {
    path: PathBuf,
    /// `None` only while a store that refused a write is being reopened.
    db: RwLock<Option<Database>>,
    /// What was read last, for as long as nothing has been committed since: opening tables anew
    /// costs more than most readers do with them.
    latest: ArcSwapOption<Snapshot>,
    /// Held while the latest is made or done away with.
    making: Mutex<()>,
    /// redb has met an error, and refuses everything but what it has in memory.
    given_up: AtomicBool,
}

/// Why redb would not open a file, as far as it matters to people.
pub enum OpenFailure {
    Locked,
    Io(std::io::Error),
    Foreign(String),
}

fn open_database(path: &Path) -> Result<Database, OpenFailure> {
    use redb::{DatabaseError, StorageError};
    // A damaged file can make redb panic.
    let opened = catch_unwind(|| Database::builder().set_cache_size(CACHE).create(path));
    let opened = opened.map_err(|_| OpenFailure::Foreign("it can't be made sense of".to_owned()))?;
    opened.map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => OpenFailure::Locked,
        // A file that is no redb database says so with this kind; all others are the system's.
        DatabaseError::Storage(StorageError::Io(io)) if io.kind() != std::io::ErrorKind::InvalidData => {
            OpenFailure::Io(io)
        }
        other => OpenFailure::Foreign(other.to_string()),
    })
}

/// What can't be read is damaged; unless redb has given the file up after a write that failed, or
/// has opened it anew since this moment of it was taken.
fn damaged(error: impl Into<redb::Error>) -> Error {
    match error.into() {
        redb::Error::PreviousIo | redb::Error::DatabaseClosed => {
            Error::Unavailable("it is being opened anew".to_owned())
        }
        other => Error::Damaged(other.to_string()),
    }
}

fn unavailable(error: impl Into<redb::Error>) -> Error {
    Error::Unavailable(error.into().to_string())
}

fn write(db: &Database, batch: &Batch) -> Result<(), Error> {
    let mut transaction = db.begin_write().map_err(unavailable)?;
    // Half a millisecond less at each commit is not worth seconds of repair after a kill.
    transaction.set_quick_repair(true);
    let mut changes = batch.iter().peekable();
    while let Some(((table, _), _)) = changes.peek() {
        let table = *table;
        let definition: Definition = TableDefinition::new(table.name());
        let mut open = transaction.open_table(definition).map_err(unavailable)?;
        while let Some(((_, key), value)) = changes.next_if(|((t, _), _)| *t == table) {
            match value {
                Some(value) => open.insert(key.as_slice(), value.as_slice()).map_err(unavailable)?,
                None => open.remove(key.as_slice()).map_err(unavailable)?,
            };
        }
    }
    transaction.commit().map_err(unavailable)
}

impl Kv {
    pub fn open(path: &Path) -> Result<Self, OpenFailure> {
        Ok(Self::over(open_database(path)?, path))
    }

    fn over(db: Database, path: &Path) -> Self {
        let (db, path) = (RwLock::new(Some(db)), path.to_owned());
        let (latest, making) = (ArcSwapOption::empty(), Mutex::new(()));
        Self { path, db, latest, making, given_up: AtomicBool::new(false) }
    }

    /// On a disk that is only pretended.
    #[cfg(test)]
    fn on(disk: impl redb::StorageBackend) -> Result<Self, OpenFailure> {
        let opened = Database::builder().set_cache_size(CACHE).create_with_backend(disk);
        opened
            .map(|db| Self::over(db, Path::new("")))
            .map_err(|error| OpenFailure::Foreign(error.to_string()))
    }

    /// The store as of the last commit.
    pub fn read(&self) -> Result<Arc<Snapshot>, Error> {
        if let Some(latest) = self.latest.load_full() {
            return Ok(latest);
        }
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = self.latest.load_full() {
            return Ok(latest);
        }
        let made = Arc::new(self.begin_read()?);
        self.latest.store(Some(Arc::clone(&made)));
        Ok(made)
    }

    /// From now on, whoever reads sees what has been committed.
    fn outdate(&self) {
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        self.latest.store(None);
    }

    fn begin_read(&self) -> Result<Snapshot, Error> {
        let db = self.db.read().unwrap_or_else(PoisonError::into_inner);
        let db = db.as_ref().ok_or_else(|| Error::Unavailable("it is being opened anew".to_owned()))?;
        let transaction = db.begin_read().map_err(damaged)?;
        let tables = [const { OnceLock::new() }; Table::ALL.len()];
        Ok(Snapshot { transaction, tables, memo: Memo::default() })
    }

    /// All of it durably, or nothing.
    pub fn commit(&self, batch: &Batch) -> Result<(), Error> {
        let (free, wanted) = (space::free(&self.path), ROOM + COPIES * batch.size());
        if let Ok(free) = free
            && free < wanted
        {
            return Err(Error::Unavailable(format!("the disk is full ({free} bytes are free)")));
        }
        let guard = self.db.read().unwrap_or_else(PoisonError::into_inner);
        let db = guard.as_ref().ok_or_else(|| Error::Unavailable("it is being opened anew".to_owned()))?;
        let committed = write(db, batch).inspect_err(|_| self.given_up.store(true, Ordering::SeqCst));
        self.outdate();
        committed
    }

    /// Writes what is there already, to see whether anything can be written.
    pub fn try_out(&self) -> Result<(), Error> {
        let mut batch = Batch::default();
        batch.set(Table::Meta, meta::INSTANCE.to_vec(), self.read()?.get(Table::Meta, meta::INSTANCE)?);
        self.commit(&batch)
    }

    /// After a failed write redb refuses all further ones until it is opened anew, and reads only
    /// what it has in memory. Whoever still reads an earlier moment of the store then has to ask
    /// again: redb takes the file away from them before it lets go of its lock, so that nobody
    /// reads a page that is written anew.
    pub fn reopen(&self) -> Result<(), Error> {
        if !self.given_up.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.outdate();
        let mut guard = self.db.write().unwrap_or_else(PoisonError::into_inner);
        // A reader may have come in between.
        self.outdate();
        *guard = None;
        let db = open_database(&self.path).map_err(|failure| {
            Error::Unavailable(match failure {
                OpenFailure::Locked => "it is still being read".to_owned(),
                OpenFailure::Io(error) => error.to_string(),
                OpenFailure::Foreign(text) => text,
            })
        })?;
        *guard = Some(db);
        self.given_up.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// Verifies every page's checksum; repairs nothing that was committed.
    pub fn check_integrity(&self) -> Result<bool, Error> {
        self.outdate();
        let mut guard = self.db.write().unwrap_or_else(PoisonError::into_inner);
        let db = guard.as_mut().ok_or_else(|| Error::Unavailable("it is being opened anew".to_owned()))?;
        // The search index may still be reading at the start; nobody begins to read meanwhile.
        for _ in 0..READERS_LEAVE {
            match db.check_integrity() {
                Err(redb::DatabaseError::TransactionInProgress) => std::thread::park_timeout(A_MOMENT),
                done => return done.map_err(damaged),
            }
        }
        db.check_integrity().map_err(damaged)
    }
}

/// The store at one moment.
pub struct Snapshot {
    transaction: redb::ReadTransaction,
    /// Opened when first asked for; `None` inside: the table does not exist yet.
    tables: [OnceLock<Option<OpenTable>>; Table::ALL.len()],
    memo: Memo,
}

impl Snapshot {
    fn table(&self, table: Table) -> Result<Option<&OpenTable>, Error> {
        let cell = &self.tables[table as usize];
        if cell.get().is_none() {
            let definition: Definition = TableDefinition::new(table.name());
            let opened = match self.transaction.open_table(definition) {
                Ok(opened) => Some(opened),
                Err(redb::TableError::TableDoesNotExist(_)) => None,
                Err(error) => return Err(damaged(error)),
            };
            let _ = cell.set(opened);
        }
        Ok(cell.get().and_then(Option::as_ref))
    }
}

impl Snapshot {
    /// Whether the file has no tables at all.
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.transaction.list_tables().map_err(damaged)?.next().is_none())
    }
}

impl Reader for Snapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let Some(table) = self.table(table)? else { return Ok(None) };
        Ok(table.get(key).map_err(damaged)?.map(|value| value.value().to_vec()))
    }

    fn range(&self, table: Table, keys: Keys, way: Way) -> Result<Pairs<'_>, Error> {
        let Some(table) = self.table(table)? else { return Ok(Box::new(std::iter::empty())) };
        if keys.is_empty() {
            return Ok(Box::new(std::iter::empty()));
        }
        let range = table.range::<&[u8]>(keys.bounds()).map_err(damaged)?;
        let pair = |item: Result<Guards<'_>, redb::StorageError>| {
            item.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())).map_err(damaged)
        };
        Ok(match way {
            Way::Up => Box::new(range.map(pair)),
            Way::Down => Box::new(range.rev().map(pair)),
        })
    }

    fn len(&self, table: Table) -> Result<u64, Error> {
        let Some(table) = self.table(table)? else { return Ok(0) };
        redb::ReadableTableMetadata::len(table).map_err(damaged)
    }

    fn memo(&self) -> Option<&Memo> {
        Some(&self.memo)
    }
}
