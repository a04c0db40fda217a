//! More rows than one waits for: answered at once, watched, cancelled, cut off.

use std::fmt::Write;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    super::{
        binary::{Rollcall, Running},
        harness::{Person, Portal, id},
    },
    counts, send,
};

const MANY: usize = 10_500;

fn many() -> String {
    let mut csv = "name,email,company\n".to_owned();
    for n in 0..MANY {
        writeln!(csv, "Person {n},person{n}@people.test,Company {}", n % 50).unwrap();
    }
    csv
}

fn path(import: &Value) -> String {
    format!("/users/import/{}", import["import_id"].as_str().unwrap())
}

/// Watches an import until it is so.
async fn until(person: &Person, path: &str, so: impl Fn(&Value) -> bool) -> Value {
    loop {
        let now = person.get(path).await.ok(200);
        if so(&now) {
            return now;
        }
        assert_ne!(now["state"], "failed", "{now}");
    }
}

fn is(state: &str) -> impl Fn(&Value) -> bool {
    move |now| now["state"] == state
}

/// Begins to apply many rows, and waits until some of them are done.
async fn half_way(person: &Person) -> String {
    let begun = send(person, "", many()).await.ok(202);
    let path = path(&begun);
    until(person, &path, is("previewed")).await;
    person.post(&format!("{path}/apply"), json!({})).await.ok(202);
    until(person, &path, |now| now["state"] == "applying" && now["progress"].as_f64().unwrap() > 0.0).await;
    path
}

/// Waits until the activity says that an import was undone.
async fn undone(person: &Person) -> Value {
    loop {
        let activity = person.get("/activity?action=users&per_page=1").await.ok(200);
        if activity["items"][0]["action"] == "users.import-undone" {
            return activity["items"][0].clone();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_rows_are_answered_at_once_and_watched() {
    let portal = Portal::start().await;
    let ann = portal.create(json!({"name": "Ann", "email": "ann@people.test"})).await;
    let path = half_way(&portal.admin).await;
    let body = json!({"company": "Acme"});
    let changed = portal.admin.patch(&format!("/users/{}", id(&ann)), body).await.ok(200);
    assert_eq!(changed["company"], "Acme", "others go on meanwhile");
    portal.admin.post(&format!("{path}/apply"), json!({})).await.problem(409, "conflict");
    let done = until(&portal.admin, &path, is("applied")).await;
    assert_eq!(counts(&done), [MANY as u64, 0, 0, 0]);
    assert_eq!((&done["total"], &done["progress"]), (&json!(MANY), &json!(1.0)));
    assert_eq!(portal.admin.get("/users?per_page=1").await.ok(200)["total"], MANY + 2);

    let again = send(&portal.admin, "?mode=apply", many()).await.ok(202);
    let again = until(&portal.admin, &self::path(&again), is("applied")).await;
    assert_eq!((counts(&again), &again["undo_id"]), ([0, 0, MANY as u64, 0], &Value::Null));

    let undo = format!("/undo/{}", done["undo_id"].as_str().unwrap());
    assert_eq!(portal.admin.post(&undo, json!({})).await.ok(200)["undone"], MANY);
    assert_eq!(portal.admin.get("/users?per_page=1").await.ok(200)["total"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_cancelled_is_taken_back() {
    let portal = Portal::start().await;
    let before = portal.traces().users;
    let path = half_way(&portal.admin).await;
    portal.admin.delete(&path).await.ok(204);
    let ended = until(&portal.admin, &path, is("cancelled")).await;
    assert_eq!(ended["undo_id"], Value::Null);
    assert_eq!(portal.traces().users, before);
    let activity = portal.admin.get("/activity?action=users&per_page=5").await.ok(200);
    assert_eq!(activity["items"][0]["action"], "users.import-undone");
    portal.admin.delete(&path).await.ok(204);
    portal.admin.get(&path).await.problem(404, "not-found");
    assert_eq!(portal.import_files(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_loses_its_right_half_way_is_taken_back() {
    let portal = Portal::start().await;
    let olga = portal.another_admin("Olga").await;
    let before = portal.traces().users.len();
    half_way(&olga).await;
    portal.admin.post(&format!("/users/{}/disable", olga.id), json!({})).await.ok(200);
    undone(&portal.admin).await;
    assert_eq!(portal.traces().users.len(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_a_stop_cuts_off_is_undone_at_the_next_start() {
    let portal = Portal::start().await;
    let before = portal.traces().users;
    let path = half_way(&portal.admin).await;
    let portal = portal.restart().await;
    let newest = undone(&portal.admin).await;
    assert_eq!(portal.traces().users, before);
    portal.admin.get(&path).await.problem(404, "not-found");
    assert_eq!(newest["actor"], Value::Null, "nobody asked for it");
    assert_eq!(newest["reason"], "It was cut off half-way.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_a_kill_cuts_off_is_undone_at_the_next_start() {
    let folder = TempDir::new().unwrap();
    let create = ["admin", "create", "--name", "Ada", "--email", "ada@portal.test", "--password-stdin"];
    Rollcall::on(folder.path(), &create).told("mellow-otter-42-quartz").ok();
    let portal = Running::start(folder.path());
    let mut ada = Person::new(portal.address, "Ada", "ada@portal.test");
    ada.sign_in().await;
    half_way(&ada).await;
    portal.kill();
    let portal = Running::start(folder.path());
    ada = ada.at(portal.address);
    undone(&ada).await;
    assert_eq!(ada.get("/users?per_page=1").await.ok(200)["total"], 1);
    assert_eq!(portal.terminate(), Some(0));
    Rollcall::on(folder.path(), &["check"]).run().ok();
    assert!(!folder.path().join("imports").exists(), "what lay there is gone");
}
