//! The imports of the last day, and the folder that their files lie in.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder},
    io::{ErrorKind, Read, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use super::{
    LIMIT,
    job::{Import, Owner},
    refusal::failed,
    verdicts::private,
};
use crate::{
    model::{
        id::ImportId,
        time::{Span, Timestamp},
    },
    ops::{
        Error, Result,
        error::Unreadable,
        shares::{Share, Shares},
    },
    store,
};

/// So many are kept at most; of one person, once they are done; and for so long.
const KEPT: usize = 8;
const KEPT_OF_ONE: usize = 4;
const KEPT_FOR: Span = Span::days(1);
/// So many large files come in at a time, and of one person so many of them.
const COMING: usize = 8;
const COMING_OF_ONE: usize = 4;
/// After so many bytes it is looked whether there is room for more; and a file of more is a large one.
const LOOKED_EVERY: u64 = 1 << 20;
/// Bytes that are taken in at a time.
const CHUNK: usize = 64 << 10;

/// The imports of this portal.
pub struct Imports {
    folder: PathBuf,
    all: Mutex<BTreeMap<ImportId, Arc<Import>>>,
    /// Whose large files are coming in.
    large: Shares,
    /// Bytes of the disk that no file takes.
    floor: u64,
    turn: Mutex<()>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    stopping: AtomicBool,
}

/// A file that comes in, as far as it has come.
pub struct Spooling {
    pub(super) id: ImportId,
    file: Spooled,
    out: fs::File,
    floor: u64,
    whose: String,
    large: Shares,
    share: Option<Share>,
}

/// Whether it is time to look whether there is room for more.
pub(super) fn passes(before: u64, after: u64) -> bool {
    before / LOOKED_EVERY != after / LOOKED_EVERY
}

fn too_many() -> Error {
    Error::Conflict("Too many files are on their way. Wait until one is here.".to_owned())
}

/// That there is room on the disk beside what the store needs.
pub(super) fn room(path: &Path, floor: u64) -> Result<()> {
    match store::free_space(path) {
        Ok(free) if free < floor => {
            let text = format!("an import's file: {free} bytes are free on the disk (limits.free_space)");
            Err(Error::Unavailable(text))
        }
        _ => Ok(()),
    }
}

impl Spooling {
    /// Takes the next part of it, as far as a file may be long.
    pub fn take(&mut self, bytes: &[u8]) -> Result<()> {
        let before = self.file.length;
        self.file.length += bytes.len() as u64;
        if passes(before, self.file.length) {
            room(&self.file.path, self.floor)?;
            if self.share.is_none() {
                self.share = Some(self.large.take(&self.whose).ok_or_else(too_many)?);
            }
        }
        if self.file.length > LIMIT as u64 {
            return Err(Error::Unreadable(Unreadable::TooLarge(LIMIT)));
        }
        self.out.write_all(bytes).map_err(failed)
    }

    /// The whole of something that is at hand.
    pub fn take_all(&mut self, mut from: impl Read) -> Result<()> {
        let mut chunk = vec![0; CHUNK];
        loop {
            match from.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(n) => self.take(&chunk[..n])?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(cut_short(&error)),
            }
        }
    }

    pub(super) fn whole(self) -> Spooled {
        self.file
    }
}

/// A file that did not come to its end.
pub fn cut_short(error: &std::io::Error) -> Error {
    Error::Unreadable(Unreadable::Malformed(format!("the file did not come whole: {error}")))
}

/// A file that was sent. It goes when this does.
pub struct Spooled {
    pub path: PathBuf,
    pub length: u64,
}

impl Drop for Spooled {
    fn drop(&mut self) {
        // What can't be taken away now is taken away at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Imports {
    /// In this data folder. What an earlier process left behind is taken away.
    pub fn begin(data: &Path, floor: u64) -> Self {
        let folder = data.join("imports");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!("{} can't be emptied: {error}", folder.display());
            }
            _ => {}
        }
        Self {
            folder,
            all: Mutex::default(),
            large: Shares::new(COMING, COMING_OF_ONE),
            floor,
            turn: Mutex::default(),
            threads: Mutex::default(),
            stopping: AtomicBool::new(false),
        }
    }

    fn place(&self, id: ImportId, ending: &str) -> Result<PathBuf> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(failed)?;
        Ok(self.folder.join(format!("{id}.{ending}")))
    }

    pub(super) fn verdicts_of(&self, id: ImportId) -> Result<PathBuf> {
        self.place(id, "rows")
    }

    /// Opens a place for a file that comes in.
    pub(super) fn spool(&self, id: ImportId, owner: &Owner) -> Result<Spooling> {
        let file = Spooled { path: self.place(id, "csv")?, length: 0 };
        room(&self.folder, self.floor)?;
        let out = private(&file.path).map_err(failed)?;
        let (whose, large) = (owner.person(), self.large.clone());
        Ok(Spooling { id, file, out, floor: self.floor, whose, large, share: None })
    }

    pub(super) fn floor(&self) -> u64 {
        self.floor
    }

    /// Keeps an import. The oldest that is done makes room: one's own, where one has many.
    pub(super) fn enter(&self, import: Import) -> Result<Arc<Import>> {
        let mut all = locked(&self.all);
        let own = |other: &&Arc<Import>| other.owner.person() == import.owner.person();
        let (many, full) = (all.values().filter(own).count() >= KEPT_OF_ONE, all.len() >= KEPT);
        let done = || all.values().filter(|other| !other.now().under_way());
        let oldest = done().find(|other| many && own(other)).or_else(|| done().find(|_| full));
        match oldest.map(|other| other.id) {
            Some(oldest) => drop(all.remove(&oldest)),
            None if full => {
                let text = "Too many imports are under way. Wait until one is done.";
                return Err(Error::Conflict(text.to_owned()));
            }
            None => {}
        }
        let import = Arc::new(import);
        all.insert(import.id, Arc::clone(&import));
        Ok(import)
    }

    pub(super) fn get(&self, id: ImportId) -> Option<Arc<Import>> {
        locked(&self.all).get(&id).cloned()
    }

    pub(super) fn forget(&self, id: ImportId) {
        locked(&self.all).remove(&id);
    }

    /// Forgets what is older than a day, unless it is under way.
    pub(in crate::ops) fn forget_old(&self, now: Timestamp) {
        locked(&self.all).retain(|_, import| import.now().under_way() || now.since(import.at) < KEPT_FOR);
    }

    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        locked(&self.turn)
    }

    pub(super) fn keep_thread(&self, thread: JoinHandle<()>) {
        let mut threads = locked(&self.threads);
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
    }

    pub(in crate::ops) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Lets all imports end where they are: the next start takes back what is half done.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        for thread in std::mem::take(&mut *locked(&self.threads)) {
            // One that panicked has said so.
            let _ = thread.join();
        }
    }
}
