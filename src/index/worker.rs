//! The thread that brings changes from memory to disk, soon but not with every change.

use std::{
    io,
    sync::{Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

use super::Index;

/// Changes wait at most so long in memory.
const SOON: Duration = Duration::from_secs(1);
/// After an error; the list answers from memory meanwhile.
const LATER: Duration = Duration::from_secs(10);
/// So many changes do not wait.
const MANY: usize = 1000;

/// What the worker waits for.
#[derive(Debug, Default)]
pub struct Signal {
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    changed: usize,
    stopping: bool,
}

impl Signal {
    pub fn changed(&self, users: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wake = state.changed == 0 || users > MANY;
        state.changed = users.max(1);
        if wake {
            self.woken.notify_all();
        }
    }

    fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopping = true;
        self.woken.notify_all();
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
        // What was changed before the start waits as well.
        index.signal().changed(0);
        Ok(Self { index, thread })
    }

    /// Ends the worker after its last work, and saves what there is.
    pub fn stop(self) {
        self.index.signal().stop();
        if self.thread.join().is_err() {
            tracing::error!("the index worker has panicked; the list comes back with the next start");
        }
        if let Err(reason) = self.index.close() {
            tracing::error!(%reason, "the search index could not be saved; the next start catches up");
        }
    }
}

fn run(index: &Index) {
    let mut pause = SOON;
    while index.signal().wait(pause) {
        pause = match index.work_once() {
            Ok(_) => SOON,
            Err(reason) => {
                tracing::error!(%reason, "the search index could not be written; the list goes on from memory");
                index.signal().changed(1);
                LATER
            }
        };
    }
}
