//! The one writer thread. Closures that wait at the same time share one durable commit, each
//! over what the earlier ones wrote; each caller is answered after it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender, SyncSender},
    },
    thread::{self, JoinHandle},
};

use super::{
    Commit, Shared,
    entity::Touched,
    error::Error,
    kv::{Batch, Layered, Snapshot},
    read::Read,
    write::WriteTx,
};

/// So many closures share a commit at most: the first does not wait for ever.
const TOGETHER: usize = 128;

pub struct Writer {
    jobs: Mutex<Option<Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
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
        let thread =
            thread::Builder::new().name("writer".to_owned()).spawn(move || work(&shared, &receiver))?;
        Ok(Self { jobs: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) })
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
        jobs.as_ref()?.send(job).ok()?;
        Some(answer)
    }
}

impl Drop for Writer {
    /// Finishes what was asked for, then lets go of the file.
    fn drop(&mut self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

fn work(shared: &Shared, jobs: &Receiver<Box<dyn Job>>) {
    let mut broken = false;
    while let Ok(first) = jobs.recv() {
        let mut together = vec![first];
        together.extend(jobs.try_iter().take(TOGETHER - 1));
        if broken {
            match shared.kv.reopen() {
                Ok(()) => {
                    tracing::info!("the store can be written again");
                    broken = false;
                }
                Err(error) => {
                    answer_all(together, Err(error.to_string()));
                    continue;
                }
            }
        }
        let outcome = run_together(shared, &mut together);
        if let Err(error) = &outcome {
            tracing::error!("the store refused a write, nothing of it was kept: {error}");
            broken = true;
        }
        answer_all(together, outcome.map_err(|error| error.to_string()));
    }
}

fn run_together(shared: &Shared, jobs: &mut [Box<dyn Job>]) -> Result<(), Error> {
    let snapshot = shared.kv.read()?;
    let sequence = snapshot.sequence()?;
    let commit = Commit { touched: Vec::<(u64, Touched)>::new(), mail: false };
    let mut group = Group { shared, snapshot, batch: Batch::default(), sequence, commit };
    for job in jobs {
        job.run(&mut group);
    }
    let Group { batch, commit, snapshot, .. } = group;
    drop(snapshot);
    if !batch.is_empty() {
        shared.kv.commit(&batch)?;
        follow(shared, &commit);
    }
    Ok(())
}

/// Tells whoever follows the store. What is committed is committed: a follower that panics does
/// not take the writer with it, nor what was written. (The search index notes by itself what it
/// could not take in, and catches up from its queue.)
fn follow(shared: &Shared, commit: &Commit) {
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
