//! What happens to portals, done to one: the real program as a process of its own is killed,
//! starved, cut off and lied to, and what it answered before is compared with what is there after.
//! Run by `tests/faults/run`; the numbers are those of the table it prints.

mod backups;
mod bodies;
mod clock;
mod descriptors;
mod disk;
mod folder;
mod index;
mod kill;
mod mail;
mod migration;
mod panics;
mod power;
mod process;
mod report;
mod slow;
mod stop;
mod writers;

/// The portal and the mail server of the other tests, and people who talk to them.
#[path = "../portal"]
#[allow(dead_code, unused_imports, reason = "each of the two test programs needs a part of it")]
mod portal {
    pub mod binary;
    pub mod harness;
    pub mod smtp;
}

use std::{future::Future, pin::Pin, process::ExitCode};

use report::Report;

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// By hand: hours of a portal's life; otherwise a few minutes.
    pub long: bool,
    /// A debug program on a machine with other work may take so many times the figure.
    pub slack: u32,
}

impl Plan {
    pub fn either<T>(&self, short: T, long: T) -> T {
        if self.long { long } else { short }
    }
}

type Done = Pin<Box<dyn Future<Output = ()> + Send>>;
type Fault = (u8, &'static str, fn(Plan, Report) -> Done);

macro_rules! faults {
    ($($n:literal $module:ident $about:literal;)*) => {
        const FAULTS: &[Fault] =
            &[$(($n, $about, |plan, report| Box::pin($module::run(plan, report)))),*];
    };
}

faults! {
    1 kill "kill -9 under eight writers";
    2 power "Power cut";
    3 disk "Disk full";
    4 folder "Folder that can't be used";
    5 index "Search index damaged";
    6 clock "Clock forward and backward";
    7 slow "Slow connections";
    8 bodies "Huge and malformed requests";
    9 descriptors "File descriptors exhausted";
    10 stop "SIGTERM in full flight";
    11 mail "Mail server that fails";
    12 backups "Backups under the writers";
    13 migration "Migration, killed half-way";
    14 panics "Panic in a handler";
}

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<u8> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let release = std::env::var("ROLLCALL_BIN").is_ok_and(|path| path.contains("release"));
    let plan = Plan { long: arguments.iter().any(|a| a == "--long"), slack: if release { 1 } else { 5 } };
    let report = Report::begin(plan);
    for (number, about, fault) in FAULTS {
        if !wanted.is_empty() && !wanted.contains(number) {
            continue;
        }
        let part = report.part(*number, about);
        // A panic is a finding like any other; the rest goes on.
        if let Err(error) = tokio::spawn(fault(plan, part.clone())).await {
            part.broken(&error.to_string());
        }
    }
    if report.print() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
