//! How fast an answer has to be read. What is sent to us has deadlines where it is read (headers
//! by hyper, bodies by `body.rs` and the import); what we work on has none.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use crate::config::Deadlines;

/// What a connection is doing about answers.
#[derive(Default)]
pub struct Pace(Mutex<State>);

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waits for a request.
    #[default]
    Idle,
    /// Works on one.
    Working,
    /// Sends an answer since then; of a stream, since it last got on.
    Sending { stream: bool, since: Instant, whole: bool },
}

impl Pace {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request is there.
    pub fn begun(&self) {
        *self.state() = State::Working;
    }

    /// Whether nobody is being answered: what is written now is no answer of ours.
    pub fn is_idle(&self) -> bool {
        *self.state() == State::Idle
    }

    fn sending(&self, stream: bool) {
        *self.state() = State::Sending { stream, since: now(), whole: false };
    }

    /// The next part of a stream was taken.
    fn got_on(&self) {
        if let State::Sending { stream: true, since, .. } = &mut *self.state() {
            *since = now();
        }
    }

    /// All of the answer has been taken, if not by the peer.
    fn ended(&self) {
        if let State::Sending { whole, .. } = &mut *self.state() {
            *whole = true;
        }
    }

    /// Whatever was taken has gone to the peer.
    pub fn flushed(&self) {
        let mut state = self.state();
        if matches!(*state, State::Sending { whole: true, .. }) {
            *state = State::Idle;
        }
    }

    /// Whether the peer takes too long to read.
    pub fn is_late(&self, deadlines: &Deadlines) -> bool {
        match *self.state() {
            State::Idle | State::Working => false,
            State::Sending { stream: true, since, .. } => now() - since >= deadlines.stream(),
            State::Sending { stream: false, since, .. } => now() - since >= deadlines.answer(),
        }
    }
}

/// Not a moment that is kept anywhere: how long a peer has been silent.
fn now() -> Instant {
    Instant::now()
}

/// A body that tells how it gets on.
pub struct Paced<B> {
    body: Pin<Box<B>>,
    pace: Arc<Pace>,
}

impl<B: Body> Paced<B> {
    /// One whose length is not known beforehand is a stream.
    pub fn new(body: B, pace: Arc<Pace>) -> Self {
        pace.sending(body.size_hint().exact().is_none());
        Self { body: Box::pin(body), pace }
    }
}

impl<B: Body> Body for Paced<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = self.body.as_mut().poll_frame(context);
        if matches!(frame, Poll::Ready(Some(_))) {
            self.pace.got_on();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Paced<B> {
    fn drop(&mut self) {
        self.pace.ended();
    }
}
