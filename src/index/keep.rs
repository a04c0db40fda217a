//! The index as the rest of the program sees it.

use std::{
    collections::{BTreeMap, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use arc_swap::ArcSwap;

use super::{
    addresses::with_address,
    build::Folder,
    census::census,
    check,
    directory::Directory,
    disk::Disk,
    document::{Source, Touched},
    error::Error,
    facets::facets,
    overlay::{Entry, Listed, Overlay},
    query::{Census, Facets, Found, Query},
    saved,
    search::search,
    snapshot::Snapshot,
    worker::Signal,
};
use crate::model::{
    id::{GroupId, UserId},
    policy::Visibility,
    time::Timestamp,
};

/// Changes after which the users are saved anew, at least.
const SAVE_AFTER: usize = 500;
/// One in so many users may have changed before all are saved anew.
const UNSAVED_SHARE: usize = 10;
/// Changes that are caught up with one by one, beside as many as may be unsaved; after more,
/// such as thousands made while no index was open, everything is built anew.
const MOST_WAITING: usize = 20_000;

/// The index of one store. Shared; searching never waits for writing.
#[derive(Clone)]
pub struct Index(Arc<Inner>);

struct Inner {
    source: Arc<dyn Source>,
    current: ArcSwap<Snapshot>,
    /// Held for as long as it takes to make one snapshot from another.
    swap: Mutex<()>,
    /// Held by whoever writes to the folder.
    work: Mutex<Work>,
    /// A change could not be read when it was published.
    behind: AtomicBool,
    signal: Signal,
}

struct Work {
    folder: Folder,
    /// Taken away by an error until it can be opened again.
    disk: Option<Disk>,
    /// Users changed since the last save.
    unsaved: usize,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is replaced whole: a panic leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Index {
    /// Opens the index in a folder, made when missing; builds it anew when it is missing, damaged,
    /// of another version or ahead of the store. Then catches up with the store.
    pub fn open(dir: &Path, source: Arc<dyn Source>) -> Result<Self, Error> {
        std::fs::create_dir_all(dir).map_err(Error::file(dir))?;
        let folder = Folder(dir.to_owned());
        let directory = Arc::new(Directory::new(source.names().map_err(Error::Source)?));
        let (disk, base) = match folder.open(&*source, &directory) {
            Ok(found) => found,
            Err(reason) => {
                tracing::info!(%reason, "building the search index anew");
                folder.build(&*source, &directory, &|_| {})?
            }
        };
        let overlay = Overlay::new(base.sequence);
        let terms = Arc::new(disk.terms(None)?);
        let snapshot = Snapshot { terms, base: Arc::new(base), overlay, directory };
        let index = Self(Arc::new(Inner {
            source,
            current: ArcSwap::from_pointee(snapshot),
            swap: Mutex::new(()),
            work: Mutex::new(Work { folder, disk: Some(disk), unsaved: 0 }),
            // What is committed before the store calls the publisher is caught up with once more.
            behind: AtomicBool::new(true),
            signal: Signal::default(),
        }));
        index.catch_up(&mut locked(&index.0.work))?;
        Ok(index)
    }

    /// Waits, for a while at most, until no more changes are in memory than searches can do with:
    /// for whoever makes thousands.
    pub fn wait_for_room(&self) {
        self.0.signal.room();
    }

    /// Whether changes could not be taken in or brought to disk, or everything is being built anew.
    pub fn is_behind(&self) -> bool {
        self.0.signal.is_behind()
    }

    /// How many changes are in memory alone.
    pub fn waiting(&self) -> usize {
        self.0.signal.waiting()
    }

    /// One page of the list.
    pub fn search(&self, query: &Query) -> Result<Found, Error> {
        search(&self.0.current.load_full(), query)
    }

    /// The counts beside the list.
    pub fn facets(&self, query: &Query) -> Result<Facets, Error> {
        facets(&self.0.current.load_full(), query)
    }

    /// How many users there are, by what, of those who may be seen.
    pub fn census(&self, visibility: &Visibility, since: Timestamp) -> Result<Census, Error> {
        census(&self.0.current.load_full(), visibility, since)
    }

    /// Those of them whose e-mail address will do; so many at most.
    pub fn with_address(
        &self,
        visibility: &Visibility,
        most: usize,
        will_do: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<UserId>, Error> {
        with_address(&self.0.current.load_full(), visibility, most, will_do)
    }

    /// How many users who are not in the bin each group has, of those who may be seen.
    pub fn count_by_group(&self, visibility: &Visibility) -> BTreeMap<GroupId, u64> {
        self.0.current.load().count_by_group(visibility)
    }

    /// Puts changes into the list. Called in order, right after the commit that made them and
    /// before anyone is told of it, so that whoever is told finds them in the list.
    pub fn publish(&self, touched: &[(u64, Touched)]) {
        if touched.is_empty() {
            return;
        }
        // The store's writer calls this: a panic must not end it.
        let taken =
            catch_unwind(AssertUnwindSafe(|| self.take_in(touched).map_err(|error| error.to_string())));
        if let Err(reason) = taken.unwrap_or_else(|_| Err("taking it in panicked".to_owned())) {
            // The change is safe in the store and its queue; the worker tries again.
            tracing::error!(%reason, "a change is not in the list of users yet");
            self.0.behind.store(true, SeqCst);
            self.0.signal.failing(true);
        }
        self.0.signal.changed(self.0.current.load().overlay.len());
    }

    /// [`Self::publish`] for the store to call, for as long as the index is there: the store does
    /// not keep the index alive, nor through it itself.
    pub fn publisher(&self) -> impl Fn(&[(u64, Touched)]) + Send + Sync + 'static {
        let index = Arc::downgrade(&self.0);
        move |touched| {
            if let Some(index) = index.upgrade() {
                Self(index).publish(touched);
            }
        }
    }

    fn take_in(&self, touched: &[(u64, Touched)]) -> Result<(), Error> {
        let Some(last) = touched.iter().map(|(sequence, _)| *sequence).max() else { return Ok(()) };
        let mut users = HashMap::<UserId, u64>::new();
        for (sequence, touched) in touched {
            if let Touched::User(id) = touched {
                let latest = users.entry(*id).or_default();
                *latest = (*latest).max(*sequence);
            }
        }
        let ids: Vec<UserId> = users.keys().copied().collect();
        let source = &self.0.source;
        let docs = if ids.is_empty() { Vec::new() } else { source.load(&ids).map_err(Error::Source)? };
        let named = touched.iter().any(|(_, touched)| *touched == Touched::Names);
        let names = if named { Some(source.names().map_err(Error::Source)?) } else { None };

        let _swap = locked(&self.0.swap);
        let mut next = Snapshot::clone(&self.0.current.load());
        if let Some(names) = names {
            next = next.renamed(Directory::new(names));
        }
        for (id, doc) in ids.into_iter().zip(docs) {
            // A base built meanwhile may have it already.
            if users[&id] > next.base.sequence {
                next.overlay.put(Entry::new(users[&id], id, doc, &next.base, &next.directory));
            }
        }
        next.overlay.sequence = next.overlay.sequence.max(last);
        self.0.current.store(Arc::new(next));
        Ok(())
    }

    fn catch_up(&self, work: &mut Work) -> Result<(), Error> {
        let base = self.0.current.load().base.clone();
        let changes = self.0.source.changes_after(base.sequence).map_err(Error::Source)?;
        if changes.len() > MOST_WAITING + base.users() / UNSAVED_SHARE {
            tracing::info!(changes = changes.len(), "building the search index anew, which is quicker");
            return self.build(work, &|_| {});
        }
        self.take_in(&changes)
    }

    /// Writes the changed users to disk and sorts them in; answers how many there were. Searches
    /// and changes go on meanwhile. After an error nothing is lost, and it may be called again.
    pub fn work_once(&self) -> Result<usize, Error> {
        let mut work = locked(&self.0.work);
        let mut now = self.0.current.load_full();
        // Looked at after the snapshot was taken: a change that it misses has been noted by then.
        while self.0.behind.swap(false, SeqCst) {
            self.catch_up(&mut work).inspect_err(|_| self.0.behind.store(true, SeqCst))?;
            now = self.0.current.load_full();
        }
        let entries: Vec<Arc<Entry>> = now.overlay.iter().cloned().collect();
        if entries.is_empty() {
            return Ok(0);
        }
        let mut disk = match work.disk.take() {
            Some(disk) => disk,
            None => match reopen(&work.folder, now.base.sequence) {
                Ok(disk) => disk,
                Err(reason) => {
                    tracing::warn!(%reason, "building the search index anew");
                    self.build(&mut work, &|_| {})?;
                    return Ok(entries.len());
                }
            },
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
                disk.add(&user.doc, slot)?;
            }
        }
        disk.commit(base.sequence)?;
        let terms = disk.terms(Some(&now.terms))?;
        work.disk = Some(disk);
        {
            let _swap = locked(&self.0.swap);
            let next = self.0.current.load().advanced(terms, base, &now.directory);
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
    /// is told how many users have been read.
    pub fn rebuild(&self, progress: &dyn Fn(u64)) -> Result<(), Error> {
        self.build(&mut locked(&self.0.work), progress)
    }

    fn build(&self, work: &mut Work, progress: &dyn Fn(u64)) -> Result<(), Error> {
        self.0.signal.building(true);
        let built = self.build_anew(work, progress);
        self.0.signal.building(false);
        built
    }

    fn build_anew(&self, work: &mut Work, progress: &dyn Fn(u64)) -> Result<(), Error> {
        if let Some(disk) = work.disk.take() {
            // Merges that are under way would write into the new folder. If they fail, it is the
            // old terms that do.
            disk.close().unwrap_or_else(|reason| tracing::warn!(%reason, "the old search terms"));
        }
        let directory = self.0.current.load().directory.clone();
        let (disk, base) = work.folder.build(&*self.0.source, &directory, progress)?;
        let terms = disk.terms(None)?;
        let sequence = base.sequence;
        {
            let _swap = locked(&self.0.swap);
            let next = self.0.current.load().advanced(terms, base, &directory);
            self.0.current.store(Arc::new(next));
        }
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

    /// Writes everything to disk, so that the next start is quick.
    pub fn close(&self) -> Result<(), Error> {
        // Commands of one process write without anyone following the store.
        self.0.behind.store(true, SeqCst);
        while self.work_once()? > 0 {}
        let mut work = locked(&self.0.work);
        if work.unsaved > 0 {
            self.save(&mut work)?;
        }
        Ok(())
    }

    /// Brings in what waits, then says where index and store disagree, in words; empty when all
    /// is well.
    pub fn check(&self) -> Result<Vec<String>, Error> {
        self.work_once()?;
        let _work = locked(&self.0.work);
        check::check(self, &self.0.current.load_full(), &*self.0.source)
    }

    pub(super) fn signal(&self) -> &Signal {
        &self.0.signal
    }
}

fn reopen(folder: &Folder, base: u64) -> Result<Disk, Error> {
    let disk = Disk::open(&folder.terms())?;
    match disk.sequence()? >= base {
        true => Ok(disk),
        false => Err(Error::Unfit("it is older than the list")),
    }
}
