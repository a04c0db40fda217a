//! Times taken, and the table that they end in.

use std::time::Duration;

#[derive(Default, Clone)]
pub struct Samples(Vec<Duration>);

impl Samples {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// In milliseconds; the 50th and 99th of a hundred, say.
    pub fn at(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
        sorted[(last * percent).div_ceil(100)].as_secs_f64() * 1000.0
    }

    /// `p50 / p99`, in milliseconds.
    pub fn shown(&self) -> String {
        if self.0.is_empty() {
            return "none".to_owned();
        }
        format!("{} / {} ms", number(self.at(50)), number(self.at(99)))
    }
}

pub fn number(n: f64) -> String {
    match n.abs() {
        n if n < 10.0 => format!("{n:.2}"),
        n if n < 100.0 => format!("{n:.1}"),
        _ => format!("{n:.0}"),
    }
}

/// One line of the table.
pub struct Line {
    pub what: String,
    pub figure: &'static str,
    pub measured: String,
    /// `None`: there is no figure to reach.
    pub reached: Option<bool>,
    pub beside: String,
}

#[derive(Default)]
pub struct Table(Vec<Line>);

impl Table {
    /// Adds a line and says it, so that whoever waits sees how far it is.
    pub fn add(
        &mut self,
        what: impl Into<String>,
        figure: &'static str,
        measured: impl Into<String>,
        reached: impl Into<Option<bool>>,
        beside: impl Into<String>,
    ) {
        let line = Line {
            what: what.into(),
            figure,
            measured: measured.into(),
            reached: reached.into(),
            beside: beside.into(),
        };
        eprintln!("{}: {} {}", line.what, line.measured, line.beside);
        self.0.push(line);
    }

    pub fn print(&self) {
        println!("| what | figure | measured (p50 / p99) | reached | beside |\n|---|---|---|---|---|");
        for Line { what, figure, measured, reached, beside } in &self.0 {
            let reached = reached.map_or("", |reached| if reached { "yes" } else { "**no**" });
            println!("| {what} | {figure} | {measured} | {reached} | {beside} |");
        }
    }
}
