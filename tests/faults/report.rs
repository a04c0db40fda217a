//! What was found: a line for each figure, with what was wanted beside it.

use std::{
    fmt::Display,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::Plan;

struct Row {
    number: u8,
    what: String,
    wanted: String,
    found: String,
    held: bool,
}

#[derive(Clone)]
pub struct Report {
    plan: Plan,
    number: u8,
    rows: Arc<Mutex<Vec<Row>>>,
    began: Instant,
}

#[allow(clippy::disallowed_methods, reason = "how long a process takes is real time")]
pub fn now() -> Instant {
    Instant::now()
}

/// Lets real time pass: a process of its own has no clock that a test could move.
pub async fn pause(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// The time that so many in a hundred took at most.
pub fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

impl Report {
    pub fn begin(plan: Plan) -> Self {
        Self { plan, number: 0, rows: Arc::default(), began: now() }
    }

    pub fn part(&self, number: u8, about: &str) -> Self {
        eprintln!("{:>6} {number:>2}. {about}", format!("{} s", self.began.elapsed().as_secs()));
        Self { number, ..self.clone() }
    }

    fn row(&self, what: &str, wanted: String, found: String, held: bool) {
        let (mark, bound) =
            if held { ("·", String::new()) } else { ("✗", format!(" (wanted: {wanted})")) };
        eprintln!("{:>6} {mark} {what}: {found}{bound}", format!("{} s", self.began.elapsed().as_secs()));
        let (number, what) = (self.number, what.to_owned());
        self.rows.lock().unwrap().push(Row { number, what, wanted, found, held });
    }

    /// How much was done, or a figure without a bound.
    pub fn says(&self, what: &str, found: impl Display) {
        self.row(what, String::new(), found.to_string(), true);
    }

    /// What must be just so.
    pub fn is<T: PartialEq + Display>(&self, what: &str, wanted: T, found: T) {
        let held = wanted == found;
        self.row(what, wanted.to_string(), found.to_string(), held);
    }

    /// What must hold.
    pub fn holds(&self, what: &str, held: bool, found: impl Display) {
        self.row(what, "yes".to_owned(), found.to_string(), held);
    }

    /// A time that must not be passed; a debug program may take longer by the plan's slack.
    pub fn within(&self, what: &str, wanted: Duration, found: Duration) {
        let most = wanted * self.plan.slack;
        let bound = format!("≤ {}", seconds(wanted));
        let bound =
            if self.plan.slack == 1 { bound } else { format!("{bound} (debug: × {})", self.plan.slack) };
        self.row(what, bound, seconds(found), found <= most);
    }

    /// A time of the system's clock, whatever the program is built with.
    pub fn strictly_within(&self, what: &str, wanted: Duration, found: Duration) {
        self.row(what, format!("≤ {}", seconds(wanted)), seconds(found), found <= wanted);
    }

    /// A number that must not be passed.
    pub fn at_most(&self, what: &str, wanted: u64, found: u64, unit: &str) {
        self.row(what, format!("≤ {wanted} {unit}"), format!("{found} {unit}"), found <= wanted);
    }

    /// It did not come to its end.
    pub fn broken(&self, why: &str) {
        self.row("came to its end", "yes".to_owned(), why.replace('\n', " "), false);
    }

    /// The table; whether everything held.
    pub fn print(&self) -> bool {
        let rows = self.rows.lock().unwrap();
        println!("| fault | what | wanted | found | |");
        println!("|---|---|---|---|---|");
        let mut last = 0;
        for row in rows.iter() {
            let about = super::FAULTS.iter().find(|fault| fault.0 == row.number).map_or("", |fault| fault.1);
            let name = if row.number == last { String::new() } else { format!("{}. {about}", row.number) };
            last = row.number;
            let held = if row.held { "" } else { "**no**" };
            println!("| {name} | {} | {} | {} | {held} |", row.what, row.wanted, row.found);
        }
        let broken = rows.iter().filter(|row| !row.held).count();
        println!("\n{} figures, {broken} not held; {} s.", rows.len(), self.began.elapsed().as_secs());
        broken == 0
    }
}
