//! `/health/ready` tells the truth, in a word.

use rollcall::config::{Hidden, Size};

use crate::harness::Portal;

async fn ready(portal: &Portal) -> (u16, String) {
    let answer = portal.anonymous().ask_for("GET", "/health/ready").send().await;
    (answer.status, answer.text())
}

#[tokio::test]
async fn a_portal_that_is_well_is_ready() {
    let portal = Portal::start().await;
    assert_eq!(ready(&portal).await, (200, "ready\n".to_owned()));
    let asked = portal.assert_nothing_happened(async || ready(&portal).await).await;
    assert_eq!(asked.0, 200);
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_is_told_before_it_is_full() {
    let portal = Portal::configured(|config| {
        config.limits.free_space = Size(u64::MAX);
        config.metrics.token = Some(Hidden::from("sesame".to_owned()));
    })
    .await;
    assert_eq!(ready(&portal).await, (503, "not ready: space\n".to_owned()));
    let live = portal.anonymous().ask_for("GET", "/health/live").send().await;
    assert_eq!((live.status, live.text().as_str()), (200, "live\n"));
    // It goes on as long as it can.
    portal.project("Dock").await;
    let scraper = portal.anonymous();
    let metrics = scraper.ask_for("GET", "/metrics").header("authorization", "Bearer sesame");
    let metrics = metrics.send().await.text();
    for line in ["rollcall_store_writable 1", "rollcall_index_behind 0"] {
        assert!(metrics.lines().any(|known| known == line), "{line} in {metrics}");
    }
    assert!(
        metrics.contains("\nrollcall_free_bytes ") && metrics.contains("\nrollcall_index_waiting "),
        "{metrics}"
    );
}
