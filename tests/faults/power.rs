//! 2. Power cut: the store's own test (`src/store/kv/power_cut.rs`), which `run` has run before.

use super::{Plan, report::Report};

pub async fn run(_: Plan, report: Report) {
    let tried = std::env::var("FAULTS_POWER_CUTS").unwrap_or_default();
    report.holds("cuts tried; each opened at a committed state", tried.parse::<u32>().is_ok(), tried);
}
