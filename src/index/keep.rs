//! The index as the rest of the program sees it.

use std::{
    collections::{BTreeMap, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
};

use arc_swap::ArcSwap;

use super::{
    addresses::with_address,
    base::Base,
    build::Folder,
    census::census,
    check,
    directory::Directory,
    document::{Source, Touched},
    error::Error,
    facets::facets,
    overlay::{Entry, Overlay},
    query::{Census, Facets, Found, Query, Sort},
    search::search,
    snapshot::Snapshot,
    work::Work,
    worker::Signal,
};
use crate::model::{
    id::{GroupId, UserId},
    policy::Visibility,
    time::Timestamp,
};

/// An index of so few users is built before anybody asks; more are listed as they come.
const FEW: u64 = 1000;
/// Ids and addresses in a query that are looked up in the store while not all users are listed.
const LOOKED_UP: usize = 8;

/// The index of one store. Shared; searching never waits for writing.
#[derive(Clone)]
pub struct Index(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub source: Arc<dyn Source>,
    pub current: ArcSwap<Snapshot>,
    /// Held for as long as it takes to make one snapshot from another.
    pub swap: Mutex<()>,
    /// Held by whoever writes to the folder.
    pub work: Mutex<Work>,
    /// A change could not be read when it was published.
    pub behind: AtomicBool,
    pub progress: Progress,
    pub signal: Signal,
}

/// How far the building is, while there is one.
#[derive(Default)]
pub(super) struct Progress {
    under_way: AtomicBool,
    done: AtomicU64,
    of: AtomicU64,
}

impl Progress {
    pub fn begin(&self, of: u64) {
        self.at(0, of);
        self.under_way.store(true, SeqCst);
    }
    pub fn at(&self, done: u64, of: u64) {
        self.of.store(of, SeqCst);
        self.done.store(done.min(of), SeqCst);
    }
    pub fn end(&self) {
        self.under_way.store(false, SeqCst);
    }
}

/// The index is being built from the store: how many users are done, of how many. Until all are
/// read, the list has those that have been; until it is over, searching takes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Building {
    pub done: u64,
    pub of: u64,
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is replaced whole: a panic leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Index {
    /// Opens the index in a folder, made when missing, and catches up with the store. One that is
    /// missing, damaged, of another version or ahead of the store is built anew: by the worker,
    /// while searches are answered; at once if that takes no time.
    pub fn open(dir: &Path, source: Arc<dyn Source>) -> Result<Self, Error> {
        std::fs::create_dir_all(dir).map_err(Error::file(dir))?;
        let folder = Folder(dir.to_owned());
        let is_new = folder.is_new();
        let directory = Arc::new(Directory::new(source.names().map_err(Error::Source)?));
        let (disk, terms, base, whole) = match folder.open(&*source, &directory) {
            Ok((disk, terms, base)) => (Some(disk), Some(Arc::new(terms)), base, true),
            Err(reason) => {
                if !is_new {
                    tracing::info!(%reason, "building the search index anew");
                }
                (None, None, Base::default().assembled(None), false)
            }
        };
        let overlay = Overlay::new(base.sequence);
        let of_index = Arc::clone(&source);
        let snapshot = Snapshot { terms, base: Arc::new(base), whole, overlay, directory, source: of_index };
        let index = Self(Arc::new(Inner {
            current: ArcSwap::from_pointee(snapshot),
            swap: Mutex::new(()),
            work: Mutex::new(Work { folder, disk, unsaved: 0 }),
            // What is committed before the store calls the publisher is caught up with once more.
            behind: AtomicBool::new(true),
            progress: Progress::default(),
            signal: Signal::default(),
            source,
        }));
        if whole {
            index.catch_up(&mut locked(&index.0.work))?;
            return Ok(index);
        }
        let users = index.0.source.count().map_err(Error::Source)?;
        if users <= FEW {
            index.rebuild(&|_| {})?;
        } else {
            index.0.progress.begin(users);
        }
        Ok(index)
    }

    /// How far the building is, while there is one.
    pub fn building(&self) -> Option<Building> {
        let Progress { under_way, done, of } = &self.0.progress;
        under_way.load(SeqCst).then(|| Building { done: done.load(SeqCst), of: of.load(SeqCst) })
    }

    /// Waits, for a while at most, until no more changes are in memory than searches can do with:
    /// for whoever makes thousands.
    pub fn wait_for_room(&self) {
        self.0.signal.room();
    }

    /// Whether changes could not be taken in or brought to disk, or everything is being built anew.
    pub fn is_behind(&self) -> bool {
        self.0.signal.is_failing() || self.building().is_some()
    }

    /// How many changes are in memory alone.
    pub fn waiting(&self) -> usize {
        self.0.signal.waiting()
    }

    /// One page of the list.
    pub fn search(&self, query: &Query) -> Result<Found, Error> {
        self.answered(|snapshot| {
            if snapshot.whole {
                search(snapshot, query)
            } else {
                search(&self.looked_up(snapshot, query)?, query)
            }
        })
    }

    /// Everybody on the list, in the order in which they were created. Waits until all are there:
    /// for what is done with all who match.
    pub fn everybody(&self, query: Query) -> Result<Vec<UserId>, Error> {
        if !self.0.current.load().whole {
            self.build_unless_whole()?;
        }
        let query = Query { sort: Some((Sort::Created, false)), offset: 0, limit: u32::MAX, ..query };
        Ok(self.search(&query)?.ids)
    }

    /// The counts beside the list.
    pub fn facets(&self, query: &Query) -> Result<Facets, Error> {
        self.answered(|snapshot| facets(snapshot, query))
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

    /// What a snapshot answers. Terms that can't be read (a file was cut or overwritten) are done
    /// without from then on, and built anew.
    fn answered<T>(&self, ask: impl Fn(&Snapshot) -> Result<T, Error>) -> Result<T, Error> {
        let now = self.0.current.load_full();
        let whole = || now.terms.as_ref().map_or(Ok(()), |terms| terms.whole());
        let unread = match catch_unwind(AssertUnwindSafe(|| whole().and_then(|()| ask(&now)))) {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error @ Error::Source(_))) => return Err(error),
            Ok(Err(error)) => error,
            Err(_) => Error::Unreadable("reading it panicked".to_owned()),
        };
        let Some(terms) = &now.terms else { return Err(unread) };
        tracing::error!(reason = %unread, "the search index is damaged, building it anew");
        {
            let _swap = locked(&self.0.swap);
            let current = self.0.current.load_full();
            if current.terms.as_ref().is_some_and(|current| Arc::ptr_eq(current, terms)) {
                self.0.progress.begin(current.base.users() as u64);
                self.0.current.store(Arc::new(Snapshot { terms: None, ..Snapshot::clone(&current) }));
            }
        }
        self.0.signal.urgent();
        ask(&self.0.current.load_full())
    }

    /// A snapshot with those whom a query names by id or address, though they are not listed yet.
    fn looked_up(&self, snapshot: &Snapshot, query: &Query) -> Result<Snapshot, Error> {
        let mut with = snapshot.clone();
        for word in query.text.split_whitespace().take(LOOKED_UP) {
            let word = word.trim_start_matches("email:").trim_matches('"');
            let named = match word.parse() {
                Ok(id) => Some(id),
                Err(_) if word.contains('@') => self.0.source.by_email(word).map_err(Error::Source)?,
                Err(_) => None,
            };
            let Some(id) = named.filter(|id| with.base.slot(*id).is_none()) else { continue };
            let doc = self.0.source.load(&[id]).map_err(Error::Source)?.pop().flatten();
            let sequence = with.overlay.sequence;
            with.overlay.put(Entry::new(sequence, id, doc, &with.base, &with.directory));
        }
        Ok(with)
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

    pub(super) fn take_in(&self, touched: &[(u64, Touched)]) -> Result<(), Error> {
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
