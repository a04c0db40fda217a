//! The work that brings changes from memory to disk, and builds everything anew.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use super::{
    Index,
    base::Base,
    build::{Folder, Watch},
    disk::Disk,
    error::Error,
    keep::locked,
    overlay::{Entry, Listed},
    saved,
    snapshot::Snapshot,
};

/// Changes after which the users are saved anew, at least.
const SAVE_AFTER: usize = 500;
/// One in so many users may have changed before all are saved anew.
const UNSAVED_SHARE: usize = 10;
/// Changes that are caught up with one by one, beside as many as may be unsaved; after more,
/// such as thousands made while no index was open, everything is built anew.
const MOST_WAITING: usize = 20_000;

pub struct Work {
    pub folder: Folder,
    /// Taken away by an error until it can be opened again.
    pub disk: Option<Disk>,
    /// Users changed since the last save.
    pub unsaved: usize,
}

/// What building tells, and asks.
struct Told<'a> {
    index: &'a Index,
    directory: Arc<super::directory::Directory>,
    progress: &'a dyn Fn(u64),
    /// Whether it ends with the worker.
    with_worker: bool,
}

impl Watch for Told<'_> {
    fn goes_on(&self, done: u64, of: u64) -> bool {
        // Reading and writing are half of it each.
        self.index.0.progress.at(done / 2, of);
        (self.progress)(done / 2);
        !(self.with_worker && self.index.signal().stopping())
    }

    fn partly(&self, base: Base) {
        let now = self.index.0.current.load();
        // Those who are all there stay; so do names that are newer than these.
        if !now.whole && Arc::ptr_eq(&now.directory, &self.directory) {
            self.show(|now| Snapshot {
                whole: false,
                ..now.advanced(None, Arc::new(base.clone()), &self.directory)
            });
        }
    }

    fn whole(&self, base: &Arc<Base>) {
        if !self.index.0.current.load().whole {
            self.show(|now| now.advanced(None, Arc::clone(base), &self.directory));
        }
    }
}

impl Told<'_> {
    fn show(&self, next: impl Fn(&Snapshot) -> Snapshot) {
        let _swap = locked(&self.index.0.swap);
        let next = next(&self.index.0.current.load());
        self.index.signal().lightened(next.overlay.len());
        self.index.0.current.store(Arc::new(next));
    }
}

impl Index {
    pub(super) fn catch_up(&self, work: &mut Work) -> Result<(), Error> {
        let base = self.0.current.load().base.clone();
        let changes = self.0.source.changes_after(base.sequence).map_err(Error::Source)?;
        if changes.len() > MOST_WAITING + base.users() / UNSAVED_SHARE {
            tracing::info!(changes = changes.len(), "building the search index anew, which is quicker");
            return self.build(work, &|_| {}, false);
        }
        self.take_in(&changes)
    }

    /// Writes the changed users to disk and sorts them in; answers how many there were. Searches
    /// and changes go on meanwhile. After an error nothing is lost, and it may be called again.
    pub fn work_once(&self) -> Result<usize, Error> {
        let mut work = locked(&self.0.work);
        let mut now = self.0.current.load_full();
        if now.terms.is_none() {
            self.build(&mut work, &|_| {}, true)?;
            now = self.0.current.load_full();
        }
        // Looked at after the snapshot was taken: a change that it misses has been noted by then.
        while self.0.behind.swap(false, SeqCst) {
            self.catch_up(&mut work).inspect_err(|_| self.0.behind.store(true, SeqCst))?;
            now = self.0.current.load_full();
        }
        let entries: Vec<Arc<Entry>> = now.overlay.iter().cloned().collect();
        if entries.is_empty() {
            return Ok(0);
        }
        let whole = now.terms.as_ref().map_or(Ok(()), |terms| terms.whole());
        let disk = whole.and_then(|()| match work.disk.take() {
            Some(disk) => Ok(disk),
            None => reopen(&work.folder, now.base.sequence),
        });
        let mut disk = match disk {
            Ok(disk) => disk,
            Err(reason) => {
                tracing::warn!(%reason, "building the search index anew");
                self.build(&mut work, &|_| {}, true)?;
                return Ok(entries.len());
            }
        };
        // After a kill the terms on disk may be ahead of the saved users, in other slots.
        let exact = disk.sequence()? == now.base.sequence;
        let same = |entry: &Entry, user: &Listed| {
            exact && entry.slot.is_some_and(|slot| now.base.same_terms(slot, &user.doc))
        };
        let (base, slots) = now.base.changed(&entries, now.overlay.sequence, &now.directory);
        for (entry, slot) in entries.iter().zip(slots) {
            // Most changes are of when somebody was last seen: not a matter of terms.
            if entry.user.as_deref().is_some_and(|user| same(entry, user)) {
                continue;
            }
            disk.delete(entry.id);
            if let (Some(user), Some(slot)) = (&entry.user, slot) {
                disk.add(entry.id, slot, super::base::stored(&user.doc).texts, &user.doc.projects)?;
            }
        }
        disk.commit(base.sequence)?;
        let terms = disk.terms(now.terms.as_deref())?;
        work.disk = Some(disk);
        {
            let _swap = locked(&self.0.swap);
            let next = self.0.current.load().advanced(Some(terms), Arc::new(base), &now.directory);
            self.0.signal.lightened(next.overlay.len());
            self.0.current.store(Arc::new(next));
        }
        work.unsaved += entries.len();
        if work.unsaved >= SAVE_AFTER.max(now.base.users() / UNSAVED_SHARE) {
            self.save(&mut work)?;
        }
        Ok(entries.len())
    }

    /// Builds everything anew from the store; the list answers as before meanwhile. `progress`
    /// is told how many users are done.
    pub fn rebuild(&self, progress: &dyn Fn(u64)) -> Result<(), Error> {
        let under_way = self.building().is_some();
        let mut work = locked(&self.0.work);
        // Somebody else has just come to the end of it.
        if under_way && self.building().is_none() {
            return Ok(());
        }
        self.build(&mut work, progress, false)
    }

    /// Sees to it that all users are listed.
    pub(super) fn build_unless_whole(&self) -> Result<(), Error> {
        let mut work = locked(&self.0.work);
        if self.0.current.load().whole { Ok(()) } else { self.build(&mut work, &|_| {}, false) }
    }

    fn build(&self, work: &mut Work, progress: &dyn Fn(u64), with_worker: bool) -> Result<(), Error> {
        if let Some(disk) = work.disk.take() {
            // Merges that are under way would write into the new folder. If they fail, it is the
            // old terms that do.
            disk.close().unwrap_or_else(|reason| tracing::warn!(%reason, "the old search terms"));
        }
        let directory = self.0.current.load().directory.clone();
        let told = Told { index: self, directory: Arc::clone(&directory), progress, with_worker };
        self.0.progress.begin(self.0.source.count().map_err(Error::Source)?);
        let (disk, base) = work.folder.build(&*self.0.source, &directory, &told)?;
        let terms = disk.terms(None)?;
        let sequence = base.sequence;
        {
            let _swap = locked(&self.0.swap);
            let next = self.0.current.load().advanced(Some(terms), base, &directory);
            self.0.signal.lightened(next.overlay.len());
            self.0.current.store(Arc::new(next));
        }
        self.0.progress.end();
        tracing::info!("the search index is built");
        work.disk = Some(disk);
        work.unsaved = 0;
        self.0.source.trim(sequence).map_err(Error::Source)
    }

    /// The queue is trimmed only up to what is saved: from there a start catches up.
    fn save(&self, work: &mut Work) -> Result<(), Error> {
        let base = self.0.current.load().base.clone();
        saved::save(&base, &work.folder.users())?;
        work.unsaved = 0;
        self.0.source.trim(base.sequence).map_err(Error::Source)
    }

    /// Writes everything to disk, so that the next start is quick. One that is not built to the
    /// end is left to that start.
    pub fn close(&self) -> Result<(), Error> {
        if self.building().is_some() {
            return Ok(());
        }
        // Commands of one process write without anyone following the store.
        self.0.behind.store(true, SeqCst);
        while self.work_once()? > 0 {}
        let mut work = locked(&self.0.work);
        if work.unsaved > 0 {
            self.save(&mut work)?;
        }
        Ok(())
    }
}

fn reopen(folder: &Folder, base: u64) -> Result<Disk, Error> {
    let disk = Disk::open(&folder.terms())?;
    match disk.sequence()? >= base {
        true => Ok(disk),
        false => Err(Error::Unfit("it is older than the list")),
    }
}
