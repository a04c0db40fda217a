//! The one writer thread. Closures that wait at the same time share one durable commit, each
//! over what the earlier ones wrote; each caller is answered after it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, Sender, SyncSender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{
    Commit, Shared,
    entity::Touched,
    error::Error,
    healing::Healer,
    kv::{Batch, Layered, Snapshot},
    read::Read,
    write::WriteTx,
};

/// So many closures share a commit at most: the first does not wait for ever.
const TOGETHER: usize = 128;

/// Whoever gives way goes on after this at the latest: a disk that hangs is no reason to hang too.
const POLITE: Duration = Duration::from_millis(50);

pub struct Writer {
    jobs: Mutex<Option<Sender<Box<dyn Job>>>>,
    traffic: Arc<Traffic>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Ends after the thread that it stands in for.
    _healer: Healer,
}

/// Who waits for the writer, for those who would rather not be in the way.
#[derive(Default)]
struct Traffic {
    now: Mutex<Now>,
    moved: Condvar,
}

#[derive(Default, Clone, Copy)]
struct Now {
    waiting: usize,
    commits: u64,
}

impl Traffic {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn came(&self) {
        self.now().waiting += 1;
    }

    fn answered(&self, together: usize) {
        let mut now = self.now();
        now.waiting = now.waiting.saturating_sub(together);
        now.commits += 1;
        self.moved.notify_all();
    }

    fn give_way(&self) {
        let now = self.now();
        let before = now.commits;
        let in_the_way = |now: &mut Now| now.waiting > 0 && now.commits == before;
        let _ = self.moved.wait_timeout_while(now, POLITE, in_the_way);
    }
}

/// What several closures have written together, before it is committed.
struct Group<'a> {
    shared: &'a Shared,
    snapshot: Arc<Snapshot>,
    batch: Batch,
    sequence: u64,
    commit: Commit,
}

trait Job: Send {
    fn run(&mut self, group: &mut Group<'_>);
    fn answer(self: Box<Self>, committed: Result<(), String>);
}

struct Call<F, T, E> {
    f: F,
    result: Option<Result<T, E>>,
    reply: SyncSender<Result<T, E>>,
}

impl<F, T, E> Job for Call<F, T, E>
where
    F: Fn(&mut WriteTx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, group: &mut Group<'_>) {
        let layered = Layered { base: &*group.snapshot, over: &group.batch };
        let now = group.shared.clock.now();
        let mut tx = WriteTx::new(&layered, group.sequence, now, &group.shared.entropy);
        // A panic is this closure's own: the thread and the others' writes live on.
        let result = catch_unwind(AssertUnwindSafe(|| (self.f)(&mut tx))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            Err(Error::Panicked(text.unwrap_or_default()).into())
        });
        if result.is_ok() {
            let (own, sequence, touched, mail) = (tx.own, tx.sequence, tx.touched, tx.mail);
            group.batch.absorb(own);
            group.sequence = sequence;
            group.commit.touched.extend(touched);
            group.commit.mail |= mail;
        }
        self.result = Some(result);
    }

    fn answer(self: Box<Self>, committed: Result<(), String>) {
        let failed = |text: String| Err(Error::Unavailable(text).into());
        let answer = match (self.result, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(text)) => failed(text),
            (None, Ok(())) => failed("it was not run".to_owned()),
        };
        // Whoever asked may have gone; what was written stays.
        let _ = self.reply.send(answer);
    }
}

impl Writer {
    pub fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel();
        let healer = Healer::start(Arc::clone(&shared))?;
        let traffic = Arc::<Traffic>::default();
        let seen = Arc::clone(&traffic);
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || work(&shared, &receiver, &seen))?;
        let (jobs, thread) = (Mutex::new(Some(sender)), Mutex::new(Some(thread)));
        Ok(Self { jobs, traffic, thread, _healer: healer })
    }

    /// Waits while somebody waits for a write, until those who are waiting together have it.
    pub fn give_way(&self) {
        self.traffic.give_way();
    }

    pub fn write<T, E>(&self, f: impl Fn(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let closing = || Error::Unavailable("the portal is stopping".to_owned());
        let answer = self.send(f).ok_or_else(closing)?;
        answer.recv().map_err(|_| closing())?
    }

    /// The same without waiting; what goes wrong is in the log.
    pub fn note(&self, f: impl Fn(&mut WriteTx<'_>) -> Result<(), Error> + Send + 'static) {
        self.send(f);
    }

    /// `None` when the portal is stopping.
    fn send<T, E>(
        &self,
        f: impl Fn(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Option<Receiver<Result<T, E>>>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = mpsc::sync_channel(1);
        let job: Box<dyn Job> = Box::new(Call { f, result: None, reply });
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = jobs.as_ref()?;
        self.traffic.came();
        if jobs.send(job).is_err() {
            self.traffic.answered(1);
            return None;
        }
        Some(answer)
    }
}

impl Drop for Writer {
    /// Finishes what was asked for, then lets go of the file.
    fn drop(&mut self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The last one to hold the store may be a job that the thread itself has just done: then it
        // ends by itself, and can't wait for itself.
        if let Some(thread) = thread.filter(|writer| writer.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

fn work(shared: &Shared, jobs: &Receiver<Box<dyn Job>>, traffic: &Traffic) {
    while let Ok(first) = jobs.recv() {
        let trouble = shared.condition.trouble();
        let mut together = vec![first];
        if trouble.is_none() {
            together.extend(jobs.try_iter().take(TOGETHER - 1));
        }
        let outcome = run_together(shared, &mut together, trouble);
        traffic.answered(together.len());
        answer_all(together, outcome.map_err(|error| error.to_string()));
    }
}

/// While there is trouble with the store, what would write is refused; what turns out to write
/// nothing, a refusal of the caller's say, is answered as ever.
fn run_together(shared: &Shared, jobs: &mut [Box<dyn Job>], trouble: Option<String>) -> Result<(), Error> {
    let snapshot = shared.kv.read()?;
    let sequence = snapshot.sequence()?;
    let commit = Commit { touched: Vec::<(u64, Touched)>::new(), mail: false };
    let mut group = Group { shared, snapshot, batch: Batch::default(), sequence, commit };
    for job in jobs {
        job.run(&mut group);
    }
    let Group { batch, commit, snapshot, .. } = group;
    drop(snapshot);
    if batch.is_empty() {
        return Ok(());
    }
    if let Some(trouble) = trouble {
        return Err(Error::Unavailable(trouble));
    }
    shared.kv.commit(&batch).inspect_err(|error| shared.refused(error, sequence))?;
    shared.condition.committed();
    follow(shared, &commit);
    Ok(())
}

/// Tells whoever follows the store. What is committed is committed: a follower that panics does
/// not take the writer with it, nor what was written. (The search index notes by itself what it
/// could not take in, and catches up from its queue.)
pub(super) fn follow(shared: &Shared, commit: &Commit) {
    let Some(follower) = shared.follower.get() else { return };
    if catch_unwind(AssertUnwindSafe(|| follower(commit))).is_err() {
        tracing::error!("a follower of the store panicked; the write it was told of is safe");
    }
}

fn answer_all(jobs: Vec<Box<dyn Job>>, outcome: Result<(), String>) {
    for job in jobs {
        job.answer(outcome.clone());
    }
}
