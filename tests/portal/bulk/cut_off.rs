//! kill -9 in the middle of a bulk: at the next start it is undone whole, and says so.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::bulk;
use crate::{
    binary::{Rollcall, Running},
    harness::Person,
};

/// Every user as the list tells of them, the versions left out: they only grow.
async fn everybody(ada: &Person) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1.. {
        let path = format!("/users?per_page=200&sort=created&disabled=include&page={page}");
        let list = ada.get(&path).await.ok(200);
        all.extend(list["items"].as_array().unwrap().iter().cloned().map(|mut user| {
            user["version"] = Value::Null;
            user["last_seen_at"] = Value::Null;
            user
        }));
        if list["items"].as_array().unwrap().is_empty() {
            return all;
        }
    }
    all
}

/// The newest batch, once it is as it should be.
async fn newest(ada: &Person, fits: impl Fn(&Value) -> bool) -> Value {
    loop {
        let list = ada.get("/undo?per_page=1").await.ok(200);
        if fits(&list["items"][0]) {
            return list["items"][0].clone();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_off_is_undone_at_the_next_start() {
    let folder = TempDir::new().unwrap();
    let create = ["admin", "create", "--name", "Ada", "--email", "ada@portal.test", "--password-stdin"];
    Rollcall::on(folder.path(), &create).told("mellow-otter-42-quartz").ok();
    Rollcall::on(folder.path(), &["demo", "2000"]).run().ok();
    let portal = Running::start(folder.path());
    let ada = Person::new(portal.address, "Ada", "ada@portal.test");
    ada.sign_in().await;
    let before = everybody(&ada).await;
    assert_eq!(before.len(), 2001);
    let other = ada.as_now();
    let body = json!({"action": "disable", "matching": {}});
    let doing = tokio::spawn(async move { other.ask("POST", "/users/bulk").json(&body).try_send().await });
    let running = newest(&ada, |batch| batch["done"].as_u64() > Some(0)).await;
    assert_eq!(running["state"], "running");
    portal.kill();
    assert!(doing.await.unwrap().is_none(), "nobody was told that it was done");

    let portal = Running::start(folder.path());
    let ada = ada.at(portal.address);
    let undone = newest(&ada, |batch| batch["state"] == "undone").await;
    assert_eq!(undone["undo_id"], running["undo_id"]);
    assert!(undone["undone"].as_u64() >= running["done"].as_u64(), "{undone}");
    assert_eq!((&undone["kept"], &undone["undoable"]), (&json!(0), &json!(false)));
    assert_eq!(everybody(&ada).await, before);
    let said = ada.get("/activity?action=users.bulk-undone").await.ok(200);
    assert_eq!((&said["total"], &said["items"][0]["actor"]), (&json!(1), &Value::Null));
    assert!(said["items"][0]["reason"].as_str().unwrap().contains("cut off"), "{said}");
    assert_eq!(ada.get("/activity?action=users.bulk").await.ok(200)["total"], 0);

    // And now it can be done; undoing it is cut off too, and brought to its end.
    let done = bulk(&ada, json!({"action": "disable", "matching": {}})).await.ok(200);
    assert_eq!(done["skipped"][0]["code"], "self");
    let (other, path) = (ada.as_now(), format!("/undo/{}", done["undo_id"].as_str().unwrap()));
    let undoing = tokio::spawn(async move { other.ask("POST", &path).json(&json!({})).try_send().await });
    newest(&ada, |batch| batch["undone"].as_u64() > Some(0)).await;
    portal.kill();
    undoing.await.unwrap();
    let portal = Running::start(folder.path());
    let ada = ada.at(portal.address);
    let undone = newest(&ada, |batch| batch["state"] == "undone").await;
    assert_eq!((&undone["undone"], &undone["kept"]), (&done["done"], &json!(0)));
    assert_eq!(everybody(&ada).await, before);
    assert_eq!(portal.terminate(), Some(0));
    Rollcall::on(folder.path(), &["check"]).run().ok();
}
