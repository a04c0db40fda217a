//! What others do while thousands are changed: they do not wait for the end, what they change is
//! theirs, and a right they take away ends it.

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{bulk, recorded, skipped, vendors};
use crate::harness::{Answer, Person, Portal};

/// Begins a bulk on all made-up users, and waits until some are done.
async fn begun(portal: &Portal, person: &Person, body: Value) -> JoinHandle<Answer> {
    let same = person.as_now();
    let all = tokio::spawn(async move { bulk(&same, body).await });
    loop {
        let batches = portal.admin.get("/undo").await.ok(200);
        if batches["items"][0]["done"].as_u64() > Some(0) {
            assert_eq!(batches["items"][0]["state"], "running");
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_save_and_what_they_changed_is_left_alone() {
    let portal = Portal::start().await;
    portal.fill(3000).await;
    let (crew, ids) = (portal.group("Crew", &[]).await, vendors(&portal, 2).await);
    let body = json!({"action": "add-group", "target": crew, "matching": {"disabled": "include"}});
    let all = begun(&portal, &portal.admin, body).await;
    // The oldest come first, so these two are still to come.
    for n in 0..5 {
        let body = json!({"company": format!("Company {n}")});
        portal.admin.patch(&format!("/users/{}", ids[0]), body).await.ok(200);
        assert!(!all.is_finished(), "the others had to wait");
    }
    portal.admin.delete(&format!("/users/{}?purge=true", ids[1])).await.ok(204);
    let done = all.await.unwrap().ok(200);
    let left = [(ids[0].clone(), "changed".to_owned()), (ids[1].clone(), "not-found".to_owned())];
    assert_eq!((&done["done"], skipped(&done)), (&json!(3001), left.to_vec()));
    let list = portal.admin.get(&format!("/users?group={crew}&disabled=include")).await.ok(200);
    assert_eq!(list["total"], 3001);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_loses_the_right_half_way_has_done_nothing() {
    let portal = Portal::start().await;
    portal.fill(1500).await;
    let bea = portal.another_admin("Bea").await;
    let listed = async || portal.admin.get("/users?disabled=only").await.ok(200)["total"].clone();
    let before = listed().await;
    let all = begun(&portal, &bea, json!({"action": "disable", "matching": {}})).await;
    portal.admin.post(&format!("/users/{}/disable", bea.id), json!({})).await.ok(200);
    all.await.unwrap().problem(401, "unauthenticated");
    portal.admin.post(&format!("/users/{}/enable", bea.id), json!({})).await.ok(200);
    assert_eq!(listed().await, before);
    assert_eq!((recorded(&portal, "users.bulk").await, recorded(&portal, "users.bulk-undone").await), (0, 1));
    let batch = &portal.admin.get("/undo").await.ok(200)["items"][0];
    assert_eq!((&batch["state"], &batch["by"]["name"]), (&json!("undone"), &json!("Bea")));
    assert_eq!((&batch["kept"], &batch["undoable"]), (&json!(0), &json!(false)));
}

/// A mail can't be called back: what was sent by then stays, and it is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_that_were_written_by_then_stay() {
    let portal = Portal::start().await;
    portal.fill(1000).await;
    let bea = portal.another_admin("Bea").await;
    let all = begun(&portal, &bea, json!({"action": "send-password", "matching": {}})).await;
    portal.admin.post(&format!("/users/{}/disable", bea.id), json!({})).await.ok(200);
    all.await.unwrap().problem(401, "unauthenticated");
    let batch = &portal.admin.get("/undo").await.ok(200)["items"][0];
    assert_eq!((&batch["state"], &batch["undoable"]), (&json!("cut-off"), &json!(false)));
    assert_eq!(portal.admin.get("/mail").await.ok(200)["total"], batch["done"]);
    assert_eq!(recorded(&portal, "users.bulk-cut-off").await, 1);
}
