//! A store that can't be written: a limit on the size of files does to it what a full disk does.

use std::fs::{self, File};

use rustix::process::Resource;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    binary::{Rollcall, Running},
    harness::Person,
};

const PASSWORD: &str = "mellow-otter-42-quartz";
/// Tries until it is found that the store can be written again; the pause between two is short.
const TRIES: usize = 600;

async fn ready(person: &Person) -> (u16, String) {
    let answer = person.ask_for("GET", "/health/ready").send().await;
    (answer.status, answer.text())
}

async fn pause() {
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
}

#[tokio::test]
async fn a_full_disk_refuses_changes_and_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let create = ["admin", "create", "--name", "Ada", "--email", "ada@portal.test", "--password-stdin"];
    Rollcall::on(folder.path(), &create).told(PASSWORD).ok();
    let log = folder.path().join("log");
    let portal = Running::telling(folder.path(), File::create(&log).unwrap().into());
    let ada = Person::new(portal.address, "Ada", "ada@portal.test");
    ada.sign_in().await;
    let user = |n: usize| json!({"name": format!("User {n}"), "email": format!("user{n}@people.test"), "welcome": {"send": true}});
    for n in 0..5 {
        ada.post("/users", user(n)).await.ok(201);
    }
    let mails = ada.get("/mail").await.ok(200);
    let activities = ada.get("/activity").await.ok(200)["total"].clone();

    for round in 0..2 {
        portal.limit(Resource::Fsize, Some(4096));
        for n in 10..20 {
            let refused = ada.post("/users", user(n)).await;
            refused.problem(503, "unavailable");
            assert_eq!(refused.header("retry-after"), Some("5"));
        }
        let elsewhere = ada.elsewhere();
        elsewhere
            .post("/session", json!({"email": ada.email, "password": ada.password}))
            .await
            .problem(503, "unavailable");
        // What changes nothing goes on, and is refused as ever.
        assert_eq!(ada.get("/session").await.ok(200)["user"]["name"], "Ada");
        assert_eq!(ada.get("/users?q=user").await.ok(200)["total"], 5 + round);
        assert_eq!(ada.get("/users.csv").await.status, 503, "an export is recorded before it begins");
        ada.post("/users", json!({})).await.invalid(&[("name", "required"), ("email", "required")]);
        elsewhere.post("/users", user(30)).await.problem(401, "unauthenticated");
        assert_eq!(ready(&ada).await, (503, "not ready: store\n".to_owned()));
        assert_eq!(ada.ask_for("GET", "/health/live").send().await.status, 200);

        portal.limit(Resource::Fsize, None);
        for tried in 0.. {
            assert!(tried < TRIES, "it heals: {}", fs::read_to_string(&log).unwrap());
            if ada.post("/users", user(100 + round)).await.status == 201 {
                break;
            }
            pause().await;
        }
    }
    assert_eq!(ready(&ada).await, (200, "ready\n".to_owned()));
    assert_eq!(ada.get("/users").await.ok(200)["total"], 8, "Ada, five, and one more each time");
    assert_eq!(ada.get("/users?q=user1").await.ok(200)["total"], 3, "none of those that were refused");
    let after = ada.get("/mail").await.ok(200);
    assert_eq!(after["total"].as_u64(), mails["total"].as_u64().map(|total| total + 2));
    let now = ada.get("/activity").await.ok(200)["total"].clone();
    assert!(now.as_u64() > activities.as_u64());
    ada.elsewhere().sign_in().await;

    let told = fs::read_to_string(&log).unwrap();
    let lines = |words: &str| told.lines().filter(|line| line.contains(words)).count();
    assert_eq!(lines("changes are refused until there is room again"), 2, "once each time: {told}");
    assert_eq!(lines("the store can be written again"), 2, "{told}");
    assert!(!told.contains("panicked"), "{told}");
    assert_eq!(portal.terminate(), Some(0));
    Rollcall::on(folder.path(), &["check"]).run().ok();
}
