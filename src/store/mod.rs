//! The store: one file, one writer thread, transactions that are wholly there or not at all.
//! Nobody but `ops` (the gate) and the workers of `index` and `mail` comes here.

mod activity;
pub mod backup;
mod batch;
mod bytes;
pub mod chain;
pub mod codec;
pub mod entity;
pub mod error;
mod folder;
mod healing;
mod kv;
mod memo;
pub mod kv_types {
    //! The types that reading answers with.
    pub use super::kv::{Pair, Pairs};
}
mod migrate;
mod part;
pub mod read;
mod space;
pub mod tables;
pub mod verify;
pub mod write;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

pub use self::{
    activity::{Anchor, Head},
    bytes::Hash,
    entity::{Entity, Touched},
    error::{Error, OpenError},
    folder::{GROWING, Missing},
    kv::{Keys, Reader, Snapshot, Way},
    memo::Memo,
    part::{Changed, Written},
    read::Read,
    space::free as free_space,
    write::{Author, WriteTx},
};
use crate::{
    clock::Clock,
    entropy::Entropy,
    model::{
        activity::Activity,
        id::{ActivityId, Id},
    },
};

/// What a durable commit brought, for those who follow the store.
#[derive(Debug, Clone)]
pub struct Commit {
    pub touched: Vec<(u64, Touched)>,
    /// The outbox may have something to send.
    pub mail: bool,
}

type Follower = Box<dyn Fn(&Commit) + Send + Sync>;

pub struct Store {
    shared: Arc<Shared>,
    writer: writer::Writer,
}

struct Shared {
    kv: kv::Kv,
    clock: Clock,
    entropy: Entropy,
    follower: OnceLock<Follower>,
    folder: PathBuf,
    condition: healing::Condition,
}

impl Store {
    /// Opens the store in a folder; `missing` says whether one may be begun there.
    pub fn open(folder: &Path, missing: Missing, clock: Clock) -> Result<Self, OpenError> {
        let (kv, key) = folder::open(folder, missing, clock.now())?;
        let entropy = Entropy::new(key);
        let folder = folder.to_owned();
        let (follower, condition) = (OnceLock::new(), healing::Condition::default());
        let shared = Arc::new(Shared { kv, clock, entropy, follower, folder, condition });
        let writer = writer::Writer::start(Arc::clone(&shared))
            .map_err(|error| OpenError::Other(shared.folder.clone(), error.to_string()))?;
        Ok(Self { shared, writer })
    }

    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub fn entropy(&self) -> &Entropy {
        &self.shared.entropy
    }

    /// Why the store can't be written now; `None` when it can.
    pub fn trouble(&self) -> Option<String> {
        self.shared.condition.trouble()
    }

    /// Bytes that are free where the folder is.
    pub fn free_space(&self) -> std::io::Result<u64> {
        space::free(&self.shared.folder)
    }

    /// Sets who is told of every commit, before the writers are answered. Once.
    pub fn follow(&self, follower: impl Fn(&Commit) + Send + Sync + 'static) {
        let _ = self.shared.follower.set(Box::new(follower));
    }

    /// The store at this moment.
    pub fn read(&self) -> Result<Arc<Snapshot>, Error> {
        self.shared.kv.read()
    }

    /// Runs a closure on the one writer thread; when this returns Ok, what it wrote is durable.
    /// The closure may be run again after a conflict, so it changes nothing but the transaction.
    pub fn write<T, E>(&self, f: impl Fn(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.writer.write(f)
    }

    /// Notes what nobody did, without waiting for the disk: it shares a later commit.
    pub fn note(&self, f: impl Fn(&mut WriteTx<'_>) -> Result<(), Error> + Send + 'static) {
        self.writer.note(f);
    }

    /// For whoever reads all that there is, a part at a time: waits for the commit that somebody
    /// else is waiting for, if anybody is.
    pub fn give_way(&self) {
        self.writer.give_way();
    }

    /// Verifies every page of the file.
    pub fn check_integrity(&self) -> Result<bool, Error> {
        self.shared.kv.check_integrity()
    }
}

/// What the search index has not dealt with yet, in order.
pub fn queued(tx: &impl Reader, after: u64) -> Result<Vec<(u64, Touched)>, Error> {
    let keys = Keys { from: (after + 1).to_be_bytes().to_vec(), to: None };
    tx.range(tables::Table::IndexQueue, keys, Way::Up)?
        .map(|pair| {
            let (key, value) = pair?;
            let touched = Id::from_slice(&value).map_or(Touched::Names, Touched::User);
            Ok((read::number(&key), touched))
        })
        .collect()
}

/// An activity by its id.
pub fn activity(tx: &impl Reader, id: ActivityId) -> Result<Option<Activity>, Error> {
    tx.stored::<chain::Row>(tables::Table::Activities, &id.bytes())?.map(|row| row.activity()).transpose()
}

/// Activities by their ids.
pub fn activities<'a>(
    tx: &'a impl Reader,
    ids: impl Iterator<Item = Result<ActivityId, Error>> + 'a,
) -> impl Iterator<Item = Result<Activity, Error>> + 'a {
    ids.filter_map(|id| id.and_then(|id| activity(tx, id)).transpose())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::model::{activity::Action, settings::Settings, time::Timestamp};

    #[test]
    fn a_follower_that_panics_ends_neither_the_write_nor_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp::parse("2026-11-24T09:00:00Z").unwrap());
        let store = Store::open(folder.path(), Missing::Begin, clock).unwrap();
        let told = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&told);
        store.follow(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            panic!("a follower's own fault");
        });
        for days in [7, 8] {
            let save = move |tx: &mut WriteTx<'_>| {
                let settings = Settings { bin_days: days, ..tx.settings()? };
                tx.save(settings, Action::SettingsUpdated)
            };
            store.write::<_, Error>(save).unwrap();
            assert_eq!(store.read().unwrap().settings().unwrap().bin_days, days);
        }
        assert_eq!(told.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_write_that_panics_is_its_own_affair() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp::parse("2026-11-24T09:00:00Z").unwrap());
        let store = Store::open(folder.path(), Missing::Begin, clock).unwrap();
        let save = |days: u16| {
            move |tx: &mut WriteTx<'_>| {
                let settings = Settings { bin_days: days, ..tx.settings()? };
                tx.save(settings, Action::SettingsUpdated)?;
                if days == 8 {
                    panic!("a fault of its own");
                }
                Ok(())
            }
        };
        store.write::<_, Error>(save(7)).unwrap();
        let panicked = store.write::<_, Error>(save(8)).unwrap_err();
        assert!(matches!(&panicked, Error::Panicked(text) if text == "a fault of its own"), "{panicked}");
        assert_eq!(store.read().unwrap().settings().unwrap().bin_days, 7, "nothing of it is there");
        store.write::<_, Error>(save(9)).unwrap();
        let tx = store.read().unwrap();
        assert_eq!((tx.settings().unwrap().bin_days, tx.len(tables::Table::Activities).unwrap()), (9, 2));
        // Looking at every page needs the store to itself.
        drop(tx);
        assert!(store.check_integrity().unwrap());
    }
}
