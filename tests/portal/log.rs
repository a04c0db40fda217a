//! What the log tells of those who try what they may not.

use std::{
    fs::{self, File},
    path::PathBuf,
};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    binary::{Rollcall, Running},
    harness::{Person, id, token},
};

/// An empty portal that runs, and its log.
fn running(folder: &TempDir) -> (Running, PathBuf) {
    let log = folder.path().join("log");
    (Running::telling(folder.path(), File::create(&log).unwrap().into()), log)
}

#[tokio::test]
async fn whoever_tries_doors_all_day_fills_no_disk_and_is_counted() {
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
    let (portal, log) = running(&folder);
    let eve = Person::new(portal.address, "Eve", "eve@people.test");
    let origin = "\"".repeat(50_000);
    for _ in 0..75 {
        let elsewhere = eve.ask("POST", "/session").header("origin", &origin).json(&json!({}));
        elsewhere.send().await.problem(403, "cross-site-request");
    }
    assert_eq!(portal.terminate(), Some(0));
    let log = fs::read_to_string(&log).unwrap();
    let written = log.lines().filter(|line| line.contains("another site")).count();
    let told = log.lines().filter_map(|line| line.split_once("left_out=")?.1.split(' ').next());
    let left_out: usize = told.map(|n| n.parse::<usize>().unwrap()).sum();
    // Where a minute ends among them, the next one begins anew.
    assert!((60..75).contains(&written) && written + left_out == 75, "{log}");
    assert!(log.contains("like=\"src/http/layers.rs:"), "{log}");
    assert!(log.lines().all(|line| line.len() < 600), "{log}");
}

#[tokio::test]
async fn whoever_tries_doors_is_in_the_log() {
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
    let ada = Person::new(([127, 0, 0, 1], 0).into(), "Ada", "ada@portal.test");
    let create = ["admin", "create", "--name", "Ada", "--email", "ada@portal.test", "--password-stdin"];
    Rollcall::on(folder.path(), &create).told(&ada.password).ok();
    let log = folder.path().join("log");
    let portal = Running::telling(folder.path(), File::create(&log).unwrap().into());
    let ada = ada.at(portal.address);
    ada.sign_in().await;
    let user = ada.post("/users", json!({"name": "Carl", "email": "carl@people.test"})).await.ok(201);
    let link = ada.post(&format!("/users/{}/password-link", id(&user)), json!({})).await.ok(200);
    let carl = Person::new(portal.address, "Carl", "carl@people.test");
    let redeem = json!({"token": token(&link["url"]), "password": carl.password});
    carl.post("/links/redeem", redeem).await.ok(200);

    carl.get("/users").await.problem(403, "forbidden");
    let elsewhere =
        carl.ask("PATCH", "/me").header("origin", "https://evil.test").json(&json!({"name": "Eve"}));
    elsewhere.send().await.problem(403, "cross-site-request");
    let stranger = Person::new(portal.address, "Eve", "eve@people.test");
    for _ in 0..10 {
        let guess = json!({"email": "carl@people.test", "password": "wrong-horse-battery"});
        stranger.post("/session", guess).await.problem(401, "invalid-credentials");
    }
    assert_eq!(portal.terminate(), Some(0));

    let log = fs::read_to_string(&log).unwrap();
    let count =
        |words: &[&str]| log.lines().filter(|line| words.iter().all(|word| line.contains(word))).count();
    let carl = id(&user);
    assert_eq!(count(&["refused", &carl, "127.0.0.1", "UsersRead"]), 1, "{log}");
    assert_eq!(count(&["another site", "https://evil.test"]), 1, "{log}");
    assert_eq!(count(&["a sign-in failed", "127.0.0.1"]), 10, "{log}");
    assert_eq!(count(&["a limit is reached", &carl]), 1, "{log}");
    assert!(!log.contains("wrong-horse-battery"), "{log}");
}
