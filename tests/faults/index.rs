//! 5. The search index damaged in every way: it is derived, so it comes back by itself.

use std::{fs, path::Path, process::Command, time::Duration};

use serde_json::json;

use super::{
    Plan,
    portal::harness::Person,
    process::{Site, files},
    report::{Report, now, pause},
};

pub async fn run(plan: Plan, report: Report) {
    let users = plan.either(2_000, 100_000);
    let site = Site::new(users);
    let index = site.data.join("index");
    report.says("users", users);
    let portal = site.start();
    let ada = portal.ada().await;
    ada.post("/users", json!({"name": "Needle Haystack", "email": "needle@people.test"})).await.ok(201);
    // Saved once, to be put in the place of a newer one later.
    assert_eq!(portal.terminate().0, Some(0));
    let older = site.home.path().join("older");
    copy(&index, &older);
    let damages: [(&str, fn(&Path, &Path)); 5] = [
        ("truncated", |index, _| every_file(index, |bytes| bytes.truncate(bytes.len() / 2))),
        ("random bytes", |index, _| every_file(index, scramble)),
        ("emptied files", |index, _| every_file(index, Vec::clear)),
        ("deleted", |index, _| fs::remove_dir_all(index).expect("the index")),
        ("older than the store", |index, older| {
            fs::remove_dir_all(index).expect("the index");
            copy(older, index);
        }),
    ];
    for (n, (what, damage)) in damages.into_iter().enumerate() {
        let portal = site.start();
        let ada = portal.ada().await;
        let name = format!("Straw{n}");
        ada.post("/users", json!({"name": name, "email": format!("straw{n}@people.test")})).await.ok(201);
        assert_eq!(portal.terminate().0, Some(0));
        damage(&index, &older);
        comes_back(&report, &site, what, &["Needle", &name]).await;
    }
    while_running(&report, &site).await;
    killed_while_building(&report, &site, users).await;
    site.command(&["check"]);
    report.is("panics in the log", 0, site.log().matches("panicked").count());
}

fn every_file(folder: &Path, change: impl Fn(&mut Vec<u8>)) {
    for path in files(folder) {
        let mut bytes = fs::read(&path).expect("a file");
        change(&mut bytes);
        fs::write(&path, bytes).expect("a file");
    }
}

fn scramble(bytes: &mut Vec<u8>) {
    let mut state = 0x5eed_u64;
    for byte in bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = (state >> 33) as u8;
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").args([from, to]).status().expect("cp").success());
}

/// Searches until everybody is found; how long that took.
async fn finds(ada: &Person, names: &[&str]) -> Duration {
    let began = now();
    for name in names {
        loop {
            let answer = ada.get(&format!("/users?q={name}")).await;
            assert!([200, 503].contains(&answer.status), "{answer}");
            if answer.status == 200 && answer.json()["total"] == 1 {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(120), "{name} is not found: {answer}");
            pause(50).await;
        }
    }
    began.elapsed()
}

async fn comes_back(report: &Report, site: &Site, what: &str, names: &[&str]) {
    let portal = site.start();
    report.within(&format!("{what}: start"), Duration::from_secs(2), portal.started_in);
    let ada = portal.ada().await;
    report.within(
        &format!("{what}: everybody is found after"),
        Duration::from_secs(30),
        finds(&ada, names).await,
    );
    assert_eq!(portal.terminate().0, Some(0));
    let said = site.command(&["check"]);
    report.holds(&format!("{what}: `check`"), said.contains("sound and agree"), said.trim());
}

/// Files that are gone under a running portal: it answers from memory, and writes them anew.
async fn while_running(report: &Report, site: &Site) {
    let mut portal = site.start();
    let ada = portal.ada().await;
    fs::remove_dir_all(site.data.join("index")).expect("the index");
    finds(&ada, &["Needle"]).await;
    let created = ada.post("/users", json!({"name": "Pin Cushion", "email": "pin@people.test"})).await;
    report.is("deleted while running: a write", 201, created.status);
    report.within(
        "deleted while running: it is found",
        Duration::from_secs(1),
        finds(&ada, &["Cushion"]).await,
    );
    report.holds("deleted while running: it runs on", !portal.ended(), "yes");
    report.is("deleted while running: exit code", 0, portal.terminate().0.unwrap_or(-1));
    let portal = site.start();
    let ada = portal.ada().await;
    finds(&ada, &["Needle", "Cushion"]).await;
    assert_eq!(portal.terminate().0, Some(0));
}

/// Killed while it builds the index: the next start does the same work, no more.
async fn killed_while_building(report: &Report, site: &Site, users: u64) {
    fs::remove_dir_all(site.data.join("index")).expect("the index");
    let waits = [60, 120, 240, 480, 960];
    for wait in waits {
        site.kill_after(wait).await;
    }
    let kills = waits.len();
    let portal = site.start();
    let ada = portal.ada().await;
    let took = finds(&ada, &["Needle"]).await + portal.started_in;
    report.within(
        &format!("{users} users after {kills} kills in the rebuild"),
        Duration::from_secs(30),
        took,
    );
    report.is("exit code", 0, portal.terminate().0.unwrap_or(-1));
}
