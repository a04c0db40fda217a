//! The log, on stderr. What strangers can cause again and again is written at a pace, so that nobody
//! fills a disk with it, nor hides what they do behind it: what is left out is counted, and told.

use std::{
    collections::HashMap,
    io::IsTerminal,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{Event, Level, Metadata, Subscriber, callsite::Identifier};
use tracing_subscriber::{
    EnvFilter, Layer, fmt,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

use crate::{
    clock::Clock,
    config::{Config, LogFormat, LogLevel},
    model::time::{Span, Timestamp},
};

/// So many lines of one place in the code, in so much time.
const LINES: u64 = 60;
const WITHIN: Span = Span::minutes(1);

/// Tells what was left out and not told yet when it is dropped: at the end.
pub struct Log(Arc<Pace>);

pub fn begin(config: &Config) -> Log {
    let level = match config.log.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    // The libraries' own chatter is for those who ask for it.
    let filter =
        EnvFilter::new(format!("{},rollcall={level}", if level == "trace" { "debug" } else { "warn" }));
    let pace = Arc::new(Pace { clock: Clock::system(), counts: Mutex::default() });
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let log = tracing_subscriber::registry().with(filter).with(Paced(Arc::clone(&pace)));
    match config.log.format {
        LogFormat::Text => log.with(lines).init(),
        LogFormat::Json => log.with(lines.json()).init(),
    }
    Log(pace)
}

impl Drop for Log {
    fn drop(&mut self) {
        self.0.left_out(|_| true).into_iter().for_each(tell);
    }
}

struct Paced(Arc<Pace>);

impl<S: Subscriber> Layer<S> for Paced {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let place = event.metadata();
        // Errors are faults of ours, and what is below is written for whoever asked for it.
        let paced = matches!(*place.level(), Level::INFO | Level::WARN);
        // What is told here would be counted again.
        if !paced || !place.target().starts_with("rollcall") || place.target() == module_path!() {
            return true;
        }
        let now = self.0.clock.now();
        self.0.left_out(|count| count.is_over(now)).into_iter().for_each(tell);
        self.0.admits(place, now)
    }
}

struct Pace {
    clock: Clock,
    counts: Mutex<HashMap<Identifier, Count>>,
}

struct Count {
    place: &'static Metadata<'static>,
    since: Timestamp,
    n: u64,
}

impl Count {
    fn is_over(&self, now: Timestamp) -> bool {
        // A clock that was set back must not keep anything out for as long.
        now.since(self.since) >= WITHIN || now < self.since
    }
}

/// Lines of one place that were not written.
struct LeftOut {
    place: &'static Metadata<'static>,
    n: u64,
}

impl Pace {
    /// Counts a line; whether it is written.
    fn admits(&self, place: &'static Metadata<'static>, now: Timestamp) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(place.callsite()).or_insert(Count { place, since: now, n: 0 });
        count.n += 1;
        count.n <= LINES
    }

    /// Ends these counts; what they left out.
    fn left_out(&self, over: impl Fn(&Count) -> bool) -> Vec<LeftOut> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = counts.extract_if(|_, count| over(count)).map(|(_, count)| count);
        let left_out = ended.map(|count| LeftOut { place: count.place, n: count.n.saturating_sub(LINES) });
        left_out.filter(|left_out| left_out.n > 0).collect()
    }
}

fn tell(left_out: LeftOut) {
    let (file, line) = (left_out.place.file().unwrap_or_default(), left_out.place.line().unwrap_or_default());
    tracing::warn!(
        left_out = left_out.n,
        like = format!("{file}:{line}"),
        "there were more lines than are written in a minute"
    );
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts what is written.
    #[derive(Default, Clone)]
    struct Written(Arc<AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Written {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn each_place_has_its_lines_a_minute_and_what_is_left_out_is_counted() {
        let clock = Clock::manual(Timestamp::parse("2026-11-24T09:00:00.000Z").unwrap());
        let pace = Arc::new(Pace { clock: clock.clone(), counts: Mutex::default() });
        let written = Written::default();
        let log = tracing_subscriber::registry().with(Paced(Arc::clone(&pace))).with(written.clone());
        let written = || written.0.swap(0, Ordering::Relaxed);
        let left_out = |now| pace.left_out(|count| count.is_over(now)).iter().map(|one| one.n).sum::<u64>();
        tracing::subscriber::with_default(log, || {
            let tried = |n: usize| (0..n).for_each(|_| tracing::info!("somebody tries a door"));
            tried(100);
            assert_eq!(written(), 60);
            (0..100).for_each(|_| tracing::warn!("another place"));
            assert_eq!(written(), 60);
            (0..100).for_each(|_| tracing::error!("a fault of ours"));
            assert_eq!(written(), 100);
            assert_eq!(left_out(clock.now()), 0, "the minute is not over");
            clock.advance(WITHIN);
            assert_eq!(left_out(clock.now()), 80);
            tried(10);
            assert_eq!((written(), left_out(clock.now())), (10, 0));
            tried(55);
            assert_eq!(written(), 50);
        });
        assert_eq!(pace.left_out(|_| true).iter().map(|one| one.n).sum::<u64>(), 5, "told at the end");
    }
}
