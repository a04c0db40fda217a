//! The one crossing from the async server to the synchronous portal.

use std::{sync::Arc, time::Duration};

use poem::{FromRequest, Request};
use tokio::sync::Semaphore;

use super::{
    auth::{Caller, Shows},
    problem::Problem,
    turns::{Turn, Turns},
};
use crate::{
    model::policy::{Actor, Who},
    ops::{Error, Portal, limits::origin_key, sessions, shares::Shares, tokens},
};

/// Operations at a time: most take microseconds.
const AT_ONCE: usize = 256;
/// Those that hash a password, of them: they wait for one another, and the others must not.
const HASHING: usize = 32;
/// So many wait for that or do it, and from one place so many of them; whoever comes then is told to
/// come back, and when.
const HASHING_OR_WAITING: usize = 4096;
const HASHING_FROM_A_PLACE: usize = 1024;
const HASHING_AGAIN: u64 = 30;
/// Bodies that are larger than most, at a time: of those who hold power over others, and of all the rest,
/// none of whom has much to send; and so many of one person, or from one place.
const LARGE_BODIES: usize = 16;
const STRANGERS_LARGE_BODIES: usize = 8;
const LARGE_BODIES_EACH: usize = 4;
/// Answers that are written while they are read, and so many of one person: each keeps a thread, and
/// the moment of the store that it tells of, until its reader is done.
const STREAMS: usize = 16;
const STREAMS_EACH: usize = 4;
/// How long one more waits for its turn, before its caller is told to come back, and when.
const STREAM_WAITS: Duration = Duration::from_secs(2);
const STREAM_AGAIN: u64 = 30;
/// Answers of more than most at a time, from the moment they are made until they have been read, and so
/// many from one place: each is held in memory.
const LARGE_ANSWERS: usize = 64;
const LARGE_ANSWERS_EACH: usize = 8;
const LARGE_ANSWER_AGAIN: u64 = 5;

/// What all handlers share.
#[derive(Clone)]
pub struct Shared {
    pub portal: Arc<Portal>,
    threads: Arc<Semaphore>,
    hashing: Arc<Semaphore>,
    hashing_or_waiting: Shares,
    large_bodies: Turns,
    strangers_large_bodies: Turns,
    streams: Turns,
    large_answers: Turns,
}

impl Shared {
    pub fn new(portal: Arc<Portal>) -> Self {
        let of = |turns| Arc::new(Semaphore::new(turns));
        Self {
            portal,
            threads: of(AT_ONCE),
            hashing: of(HASHING),
            hashing_or_waiting: Shares::new(HASHING_OR_WAITING, HASHING_FROM_A_PLACE),
            large_bodies: Turns::new(LARGE_BODIES, LARGE_BODIES_EACH),
            strangers_large_bodies: Turns::new(STRANGERS_LARGE_BODIES, LARGE_BODIES_EACH),
            streams: Turns::new(STREAMS, STREAMS_EACH),
            large_answers: Turns::new(LARGE_ANSWERS, LARGE_ANSWERS_EACH),
        }
    }

    /// The turn of somebody who sends more than most do.
    pub async fn large_body(&self, request: &Request) -> Result<Turn, Error> {
        let caller = Caller::of(request, self.portal.config());
        let (turns, whose) = match self.powerful(&caller) {
            Some(user) => (&self.large_bodies, user),
            None => (&self.strangers_large_bodies, origin_key(&caller.device.origin)),
        };
        turns.take(&whose, STREAM_WAITS).await.ok_or(Error::TooMany { retry_after: STREAM_AGAIN })
    }

    /// The turn of an answer that is larger than most; nobody waits for one with the answer in memory.
    pub async fn large_answer(&self, origin: &str) -> Result<Turn, Problem> {
        let turn = self.large_answers.take(&origin_key(origin), Duration::ZERO).await;
        turn.ok_or(Problem::from(Error::TooMany { retry_after: LARGE_ANSWER_AGAIN }))
    }

    /// Whoever calls, if they hold power over others. Whoever may not do what they ask for is told that
    /// later.
    fn powerful(&self, caller: &Caller) -> Option<String> {
        let user = actor(&self.portal, caller).and_then(|actor| sessions::powerful(&self.portal, &actor));
        user.ok().flatten().map(|user| user.to_string())
    }

    /// Works out who calls, and runs an operation in their name on a thread that may block.
    pub async fn call<T: Send + 'static>(
        &self,
        caller: &Caller,
        operation: impl FnOnce(&Arc<Portal>, &Actor) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let caller = caller.clone();
        let done = self.blocking(move |portal| operation(portal, &actor(portal, &caller)?));
        done.await.map_err(Problem::from)
    }

    /// The same for an operation that reads a few rows by their keys: it takes less time than
    /// handing it to another thread would.
    pub async fn look_up<T>(
        &self,
        caller: &Caller,
        operation: impl FnOnce(&Arc<Portal>, &Actor) -> Result<T, Error>,
    ) -> Result<T, Problem> {
        let done = actor(&self.portal, caller).and_then(|actor| operation(&self.portal, &actor));
        done.map_err(Problem::from)
    }

    /// The same for an operation that hashes a password.
    pub async fn call_hashing<T: Send + 'static>(
        &self,
        caller: &Caller,
        operation: impl FnOnce(&Arc<Portal>, &Actor) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let place = origin_key(&caller.device.origin);
        let _share = self
            .hashing_or_waiting
            .take(&place)
            .ok_or(Problem::from(Error::TooMany { retry_after: HASHING_AGAIN }))?;
        let stopping = |_| Problem::from(Error::Unavailable("the portal is stopping".to_owned()));
        let _turn = self.hashing.acquire().await.map_err(stopping)?;
        self.call(caller, operation).await
    }

    /// The same for an operation whose answer is written while it is read (see `stream`).
    pub async fn call_streaming<T: Send + 'static>(
        &self,
        caller: &Caller,
        operation: impl FnOnce(&Arc<Portal>, &Actor) -> Result<T, Error> + Send + 'static,
    ) -> Result<(T, Turn), Problem> {
        // By person, for an office may have one address.
        let whose = self.powerful(caller).unwrap_or_else(|| origin_key(&caller.device.origin));
        let turn = self.streams.wait(&whose, STREAM_WAITS).await;
        let turn = turn.ok_or(Problem::from(Error::TooMany { retry_after: STREAM_AGAIN }))?;
        Ok((self.call(caller, operation).await?, turn))
    }

    /// Runs what may block, a bounded number at a time.
    pub async fn blocking<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Arc<Portal>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let portal = Arc::clone(&self.portal);
        let stopping = |_| Error::Unavailable("the portal is stopping".to_owned());
        let permit = Arc::clone(&self.threads).acquire_owned().await.map_err(stopping)?;
        let run = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            f(&portal)
        });
        run.await.unwrap_or_else(|panic| Err(Error::Internal(format!("an operation panicked: {panic}"))))
    }
}

fn actor(portal: &Arc<Portal>, caller: &Caller) -> Result<Actor, Error> {
    let who = match &caller.shows {
        Shows::Nothing => Who::Anonymous,
        Shows::Session(token) => sessions::identify(portal, token)?,
        Shows::Token(secret) => tokens::identify(portal, secret)?,
        Shows::Nonsense => return Err(Error::Unauthenticated),
    };
    Ok(Actor { who, origin: Some(caller.device.origin.clone()), marks: caller.marks.clone() })
}

/// What all handlers share, as the server put it into the request.
pub fn shared(request: &Request) -> poem::Result<&Shared> {
    let unavailable = || poem::Error::from_status(poem::http::StatusCode::SERVICE_UNAVAILABLE);
    request.extensions().get::<Shared>().ok_or_else(unavailable)
}

impl<'a> FromRequest<'a> for Shared {
    async fn from_request(request: &'a Request, _: &mut poem::RequestBody) -> poem::Result<Self> {
        shared(request).cloned()
    }
}
