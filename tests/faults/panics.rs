//! 14. A panic: nothing that is sent makes one, so it is made in the program's own tests, of a
//! handler (`src/http/layers.rs`) and of a write (`src/store/mod.rs`), which `run` has run before.

use super::{Plan, report::Report};

pub async fn run(_: Plan, report: Report) {
    let passed = std::env::var("FAULTS_PANICS").unwrap_or_default();
    report.holds("tests passed: the request 500, all others live, the store whole", passed == "3", passed);
}
