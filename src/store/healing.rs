//! What becomes of a store that refused a write: it is read, not written, until it is found that
//! it can be written again. One line in the log at the beginning, one at the end.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{Commit, Shared, error::Error, queued, space};

/// How long the store is left alone before it is tried again; twice as long after each failure.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);
/// After so many commits a trouble counts as over: the next one begins with the first pause.
const WELL: u64 = 64;

/// Whether the store can be written, as its writer last found it.
#[derive(Default)]
pub struct Condition {
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Default)]
struct State {
    /// Why it can't be written.
    trouble: Option<String>,
    /// The last change that is known to all who follow the store.
    sequence: u64,
    /// Since it could last not be written.
    commits: u64,
    stopping: bool,
}

impl Condition {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the store can't be written, if it can't.
    pub fn trouble(&self) -> Option<String> {
        self.state().trouble.clone()
    }

    pub fn committed(&self) {
        self.state().commits += 1;
    }

    /// The store refused a write that would have come after this change.
    pub fn refused(&self, cause: String, sequence: u64) {
        tracing::error!(
            "the store can't be written: {cause}. It is still read; changes are refused until there is \
             room again, which is looked for every few seconds"
        );
        let mut state = self.state();
        (state.trouble, state.sequence) = (Some(cause), sequence);
        self.woken.notify_all();
    }

    fn stop(&self) {
        self.state().stopping = true;
        self.woken.notify_all();
    }
}

/// The thread that looks whether the store can be written again.
pub struct Healer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Healer {
    pub fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let of_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("healer".to_owned()).spawn(move || work(&of_thread))?;
        Ok(Self { shared, thread: Some(thread) })
    }
}

impl Drop for Healer {
    fn drop(&mut self) {
        self.shared.condition.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(shared: &Shared) {
    let condition = &shared.condition;
    let mut pause = FIRST;
    loop {
        let well = |state: &mut State| state.trouble.is_none() && !state.stopping;
        let state = condition.woken.wait_while(condition.state(), well);
        let state = state.unwrap_or_else(PoisonError::into_inner);
        if state.commits >= WELL {
            pause = FIRST;
        }
        let waited = condition.woken.wait_timeout_while(state, pause, |state| !state.stopping);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.stopping {
            return;
        }
        let sequence = state.sequence;
        drop(state);
        pause = (pause * 2).min(LONGEST);
        match heal(shared, sequence) {
            Ok(()) => {
                let mut state = condition.state();
                (state.trouble, state.commits) = (None, 0);
                tracing::info!("the store can be written again");
            }
            Err(error) => tracing::debug!("the store still can't be written: {error}"),
        }
    }
}

/// Nobody else writes meanwhile: the writer leaves the store alone while there is trouble.
fn heal(shared: &Shared, sequence: u64) -> Result<(), Error> {
    shared.kv.reopen()?;
    space::probe(&shared.folder).map_err(|error| Error::Unavailable(error.to_string()))?;
    shared.kv.try_out()?;
    // A commit may have been whole on the disk although it failed: those who follow must know of
    // what was never answered with success.
    let touched = queued(&*shared.kv.read()?, sequence)?;
    super::writer::follow(shared, &Commit { touched, mail: true });
    Ok(())
}

impl Shared {
    /// After a write that failed: what has to be done at once, so that reading goes on.
    pub(super) fn refused(&self, error: &Error, sequence: u64) {
        let cause = match error {
            Error::Unavailable(cause) => cause.clone(),
            other => other.to_string(),
        };
        self.condition.refused(cause, sequence);
        if let Err(error) = self.kv.reopen() {
            tracing::error!("the store can't be read either: {error}");
        }
    }
}
