//! How fast an answer has to be read. What is sent to us has deadlines where it is read (headers
//! by hyper, bodies by `body.rs` and the import); what we work on has none.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Duration, Instant};

use crate::config::Deadlines;

/// So many bytes of a stream have to be read in each `deadlines.stream`.
const STEP: usize = 64 << 10;

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
    /// Sends an answer since then.
    Sending {
        since: Instant,
        whole: bool,
    },
    Streaming {
        reader: Reader,
        whole: bool,
    },
}

/// How somebody gets on with reading a stream. Only what waits to be read counts: how long it takes
/// to make is our affair.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
struct Reader {
    /// Since when something has waited to be read, if anything does.
    since: Option<Instant>,
    /// For how long something had waited before that, since the last step.
    waited: Duration,
    /// Bytes that have gone since the last step.
    gone: usize,
}

impl Reader {
    /// There is something to read.
    fn offered(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    fn took(&mut self, bytes: usize, now: Instant) {
        self.gone += bytes;
        if self.gone >= STEP {
            *self = Self { since: self.since.map(|_| now), ..Self::default() };
        }
    }

    /// There is nothing left to read, for now.
    fn emptied(&mut self, now: Instant) {
        self.waited = self.waits(now);
        self.since = None;
    }

    /// For how long something has waited since the last step.
    fn waits(&self, now: Instant) -> Duration {
        self.waited + self.since.map_or(Duration::ZERO, |since| now - since)
    }
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
        *self.state() = match stream {
            true => State::Streaming { reader: Reader::default(), whole: false },
            false => State::Sending { since: now(), whole: false },
        };
    }

    /// The next part of a stream is to be sent.
    fn offered(&self) {
        if let State::Streaming { reader, .. } = &mut *self.state() {
            reader.offered(now());
        }
    }

    /// So many bytes have gone to the peer.
    pub fn wrote(&self, bytes: usize) {
        if let State::Streaming { reader, .. } = &mut *self.state() {
            reader.took(bytes, now());
        }
    }

    /// All of the answer has been taken, if not by the peer.
    fn ended(&self) {
        match &mut *self.state() {
            State::Sending { whole, .. } => *whole = true,
            State::Streaming { reader, whole } => {
                // Its end waits to be read too.
                reader.offered(now());
                *whole = true;
            }
            State::Idle | State::Working => {}
        }
    }

    /// Whatever was taken has gone to the peer.
    pub fn flushed(&self) {
        let mut state = self.state();
        match &mut *state {
            State::Sending { whole: true, .. } | State::Streaming { whole: true, .. } => *state = State::Idle,
            State::Streaming { reader, .. } => reader.emptied(now()),
            _ => {}
        }
    }

    /// Whether the peer takes too long to read.
    pub fn is_late(&self, deadlines: &Deadlines) -> bool {
        match *self.state() {
            State::Idle | State::Working => false,
            State::Sending { since, .. } => now() - since >= deadlines.answer(),
            State::Streaming { reader, .. } => reader.waits(now()) >= deadlines.stream(),
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
            self.pace.offered();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What waits after so many seconds of steps, each of so many bytes that go one second after they
    /// were offered.
    fn waits(bytes: usize, seconds: u32, emptied: bool) -> u64 {
        let (mut reader, mut at) = (Reader::default(), now());
        for _ in 0..seconds {
            reader.offered(at);
            at += Duration::from_secs(1);
            reader.took(bytes, at);
            if emptied {
                reader.emptied(at);
            }
        }
        reader.waits(at).as_secs()
    }

    #[test]
    fn a_reader_gets_on_by_steps_and_not_by_bytes() {
        for emptied in [false, true] {
            assert_eq!(waits(STEP, 100, emptied), 0);
            assert_eq!(waits(STEP / 8, 100, emptied), 4, "eight seconds make a step");
            assert_eq!(waits(1, 100, emptied), 100);
        }
    }

    #[test]
    fn what_is_still_made_keeps_nobody_late() {
        let (mut reader, start) = (Reader::default(), now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(reader.waits(at(100)), Duration::ZERO, "nothing was there");
        reader.offered(at(100));
        reader.took(10, at(101));
        reader.emptied(at(101));
        assert_eq!(reader.waits(at(200)), Duration::from_secs(1));
        reader.offered(at(200));
        assert_eq!(reader.waits(at(230)), Duration::from_secs(31));
    }
}
