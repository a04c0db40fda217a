//! The thread that brings changes from memory to disk, soon but not with every change.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

use super::Index;

/// Changes wait at most so long in memory.
const SOON: Duration = Duration::from_secs(1);
/// After an error, twice as long after each; the list answers from memory meanwhile.
const LATER: Duration = Duration::from_secs(10);
const LATEST: Duration = Duration::from_secs(80);
/// So many changes do not wait.
const MANY: usize = 1000;
/// From so many changes in memory on, every search pays for them: whoever makes many more waits.
const FULL: usize = 20_000;
/// But not for ever: an index that can't be written keeps nobody from their work.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the worker waits for.
#[derive(Debug, Default)]
pub struct Signal {
    state: Mutex<State>,
    woken: Condvar,
    /// When changes have gone from memory to disk.
    lighter: Condvar,
}

#[derive(Debug, Default)]
struct State {
    changed: usize,
    /// How many are in memory.
    waiting: usize,
    /// Not all changes could be taken in, or brought to disk.
    failing: bool,
    stopping: bool,
}

impl Signal {
    pub fn changed(&self, users: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wake = state.changed == 0 || users > MANY;
        state.waiting = users;
        state.changed = users.max(1);
        if wake {
            self.woken.notify_all();
        }
    }

    /// So many are left in memory.
    pub fn lightened(&self, users: usize) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).waiting = users;
        self.lighter.notify_all();
    }

    /// Waits until there is room for more.
    pub fn room(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |state: &mut State| !state.stopping && state.waiting >= FULL;
        let waited = self.lighter.wait_timeout_while(state, PATIENCE, full);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether the last work failed; true when that is news.
    pub fn failing(&self, failing: bool) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut state.failing, failing) != failing
    }

    pub fn is_failing(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failing
    }

    /// How many changes are in memory alone.
    pub fn waiting(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).waiting
    }

    /// There is something to do at once.
    pub fn urgent(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).changed = usize::MAX;
        self.woken.notify_all();
    }

    pub fn stopping(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopping
    }

    fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopping = true;
        self.woken.notify_all();
        self.lighter.notify_all();
    }

    /// Waits until there is something to do, and a little longer for more of it; false when the
    /// worker is to stop.
    fn wait(&self, at_least: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |state: &mut State| !state.stopping && state.changed == 0;
        let state = self.woken.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
        let few = |state: &mut State| !state.stopping && (state.changed <= MANY || at_least > SOON);
        let waited = self.woken.wait_timeout_while(state, at_least, few);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.changed = 0;
        !state.stopping
    }
}

/// The running worker.
pub struct Worker {
    index: Index,
    thread: thread::JoinHandle<()>,
}

impl Worker {
    pub fn start(index: Index) -> io::Result<Self> {
        let of_thread = index.clone();
        let thread = thread::Builder::new().name("index".to_owned()).spawn(move || run(&of_thread))?;
        // What was changed before the start waits as well; what has to be built does not wait.
        match index.building() {
            Some(_) => index.signal().urgent(),
            None => index.signal().changed(0),
        }
        Ok(Self { index, thread })
    }

    /// Ends the worker after its last work, and saves what there is.
    pub fn stop(self) {
        self.index.signal().stop();
        // It catches its own panics; should it be gone all the same, closing does its work.
        let _ = self.thread.join();
        if let Err(reason) = self.index.close() {
            tracing::error!(%reason, "the search index could not be saved; the next start catches up");
        }
    }
}

fn run(index: &Index) {
    let mut pause = SOON;
    while index.signal().wait(pause) {
        // A panic has put nothing half done in the list's place: it is an error like any other.
        let worked = catch_unwind(AssertUnwindSafe(|| index.work_once().map_err(|error| error.to_string())));
        pause = match worked.unwrap_or_else(|_| Err("it panicked".to_owned())) {
            Ok(_) => {
                if index.signal().failing(false) {
                    tracing::info!("the search index is written again");
                }
                SOON
            }
            Err(reason) => {
                if index.signal().failing(true) {
                    tracing::error!(%reason, "the search index could not be written; the list goes on from memory");
                }
                index.signal().changed(1);
                (pause * 2).clamp(LATER, LATEST)
            }
        };
    }
}
