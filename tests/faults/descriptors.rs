//! 9. No file descriptors left: it waits, does not spin, and is back at once.

use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;

use super::{
    Plan,
    process::Site,
    report::{Report, now, pause},
};

pub async fn run(_: Plan, report: Report) {
    let site = Site::new(200);
    let mut portal = site.start_with(&["prlimit", "--nofile=200:200"], &[]);
    let ada = portal.ada().await;
    let mut held = Vec::new();
    for _ in 0..400 {
        // The system keeps some waiting that the portal does not take.
        match tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(portal.address)).await {
            Ok(Ok(stream)) => held.push(stream),
            _ => break,
        }
    }
    pause(300).await;
    let before = portal.busy();
    pause(2000).await;
    let busy = portal.busy() - before;
    report.says("limit · connections held", format!("200 · {}", held.len()));
    report.at_most("processor meanwhile", 10, busy / 2, "%");
    report.holds("it runs on", !portal.ended(), "yes");
    drop(held);
    let began = now();
    loop {
        let answer = ada.ask("GET", "/users").try_send().await;
        if answer.is_some_and(|answer| answer.status == 200) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "it does not come back");
        pause(20).await;
    }
    report.within("answers again after", Duration::from_secs(2), began.elapsed());
    let made = ada.post("/users", json!({"name": "Zoë", "email": "zoe@people.test"})).await;
    report.is("store, index and mail had theirs: a write", 201, made.status);
    report.is("exit code", 0, portal.terminate().0.unwrap_or(-1));
    report.is("panics in the log", 0, site.log().matches("panicked").count());
}
