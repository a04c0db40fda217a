//! An import under way: on a thread of its own, watched by whoever waits for it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use super::{Options, names::Missing, verdicts::Verdicts};
use crate::{
    model::{
        held::Held,
        id::{BatchId, ImportId, TokenId, UserId},
        import::{Counts, ImportState, Recognised},
        policy::{Actor, Grants, Visibility},
        time::Timestamp,
    },
    ops::{Error, Portal, Result},
};

/// Nobody waits longer for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whose an import is, and whom they saw when they began it: a preview shows what stood in the store,
/// and whoever sees others by then looks anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    real: Option<UserId>,
    effective: Option<UserId>,
    token: Option<TokenId>,
    visibility: Visibility,
}

impl Owner {
    pub fn of(grants: &Grants) -> Self {
        let Grants { real, effective, token, visibility, .. } = grants.clone();
        Self { real, effective, token, visibility }
    }

    /// A key for the person, whatever they show and see.
    pub(super) fn person(&self) -> String {
        format!("{:?} as {:?}", self.real, self.effective)
    }
}

pub struct Import {
    pub id: ImportId,
    pub owner: Owner,
    /// What they held then: whoever holds less now may not read what it shows.
    pub held: Held,
    pub at: Timestamp,
    pub options: Options,
    now: Mutex<Now>,
    changed: Condvar,
    cancelled: AtomicBool,
}

/// An import at one moment.
#[derive(Clone)]
pub struct Now {
    pub state: ImportState,
    /// From 0 to 1: of the file that is read, or of the rows that are applied.
    pub progress: f64,
    pub counts: Counts,
    pub file: Option<Recognised>,
    pub(super) verdicts: Option<Arc<Verdicts>>,
    /// Groups and projects that are made on applying.
    pub(super) missing: Missing,
    pub(super) welcome: bool,
    /// It is about to be applied, and looks whether all is still as it was shown.
    pub(super) checking: bool,
    pub undo_id: Option<BatchId>,
    /// Why it failed.
    pub error: Option<Error>,
}

impl Now {
    /// The names of the groups, and of the projects, that are made on applying.
    pub fn makes(&self) -> (Vec<String>, Vec<String>) {
        let groups = self.missing.groups.values().map(ToString::to_string).collect();
        (groups, self.missing.projects.values().map(ToString::to_string).collect())
    }

    pub fn under_way(&self) -> bool {
        matches!(self.state, ImportState::Reading | ImportState::Applying | ImportState::Undoing)
    }
}

impl Import {
    pub fn new(id: ImportId, (owner, held): (Owner, Held), options: Options, at: Timestamp) -> Self {
        let now = Now {
            state: ImportState::Reading,
            progress: 0.0,
            counts: Counts::default(),
            file: None,
            verdicts: None,
            missing: Missing::default(),
            welcome: options.welcome,
            checking: false,
            undo_id: None,
            error: None,
        };
        let (changed, cancelled) = (Condvar::new(), AtomicBool::new(false));
        Self { id, owner, held, at, options, now: Mutex::new(now), changed, cancelled }
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> Now {
        self.lock().clone()
    }

    pub(super) fn change(&self, f: impl FnOnce(&mut Now)) {
        f(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until something is so, but not for ever: another import may have its turn first.
    pub(super) fn wait(&self, so: impl Fn(&Now) -> bool) {
        let waited = self.changed.wait_timeout_while(self.lock(), PATIENCE, |now| !so(now));
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Tells of every change until it is done with what it does.
    pub fn watch(&self, told: impl Fn(&Now)) {
        let mut now = self.lock();
        while now.under_way() {
            told(&now);
            now = self.changed.wait(now).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// One at a time may apply a preview.
    pub(super) fn take_up(&self, welcome: Option<bool>) -> Result<()> {
        let mut now = self.lock();
        let conflict = |text: &str| Err(Error::Conflict(text.to_owned()));
        match now.state {
            ImportState::Previewed => {}
            ImportState::Applying | ImportState::Undoing => return conflict("This import is under way."),
            ImportState::Applied => return conflict("This import is applied already."),
            _ => return conflict("This import can't be applied: it was not read to its end."),
        }
        now.state = ImportState::Applying;
        now.checking = true;
        now.error = None;
        now.progress = 0.0;
        now.welcome = welcome.unwrap_or(now.welcome);
        Ok(())
    }

    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// What an import's thread works with.
pub struct Work {
    pub portal: Arc<Portal>,
    pub import: Arc<Import>,
    pub actor: Actor,
}

impl Work {
    /// Ends it when somebody asked for that, or the portal stops.
    pub fn go_on(&self) -> Result<()> {
        if self.portal.imports.is_stopping() {
            return Err(Error::Unavailable("the portal is stopping".to_owned()));
        }
        if self.import.is_cancelled() {
            return Err(Error::Conflict("This import was cancelled.".to_owned()));
        }
        Ok(())
    }
}

/// Runs an import's work on a thread of its own: when it is its turn, for one at a time is enough.
pub fn start(
    portal: &Arc<Portal>,
    import: &Arc<Import>,
    actor: &Actor,
    run: impl FnOnce(&Work) -> Result<()> + Send + 'static,
) -> Result<()> {
    let work = Work { portal: Arc::clone(portal), import: Arc::clone(import), actor: actor.clone() };
    let thread = thread::Builder::new().name("import".to_owned()).spawn(move || {
        let turn = work.portal.imports.turn();
        let done = catch_unwind(AssertUnwindSafe(|| work.go_on().and_then(|()| run(&work))));
        drop(turn);
        let done = done.unwrap_or_else(|_| Err(Error::Internal("an import panicked".to_owned())));
        let cancelled = work.import.is_cancelled();
        work.import.change(|now| {
            now.checking = false;
            match (&done, cancelled) {
                (Ok(()), _) => {}
                // It was not begun, and may be tried again.
                (Err(_), _) if now.state == ImportState::Previewed => {}
                (Err(_), true) => now.state = ImportState::Cancelled,
                (Err(_), false) => now.state = ImportState::Failed,
            }
            now.error = done.err();
        });
    });
    match thread {
        Ok(thread) => {
            portal.imports.keep_thread(thread);
            Ok(())
        }
        Err(error) => {
            portal.imports.forget(import.id);
            Err(Error::Unavailable(format!("an import could not begin: {error}")))
        }
    }
}
