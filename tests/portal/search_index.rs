//! The search index is not there, or no good: the portal answers all the same.

use std::fs;

use super::harness::{Portal, id};
use serde_json::json;

/// More than are indexed before the first answer.
const USERS: u64 = 1100;

#[tokio::test]
async fn a_portal_without_its_index_answers_at_once_and_says_that_it_builds_it() {
    let portal = Portal::start().await;
    portal.fill(USERS).await;
    let ann = portal.create(json!({"name": "Ann Able", "email": "ann@able.test"})).await;
    let portal = portal.restart_after(|folder| fs::remove_dir_all(folder.join("index")).unwrap()).await;

    // By id and by address she is found, whether it is built already or not.
    let by_id = portal.admin.get(&format!("/users?q={}", id(&ann))).await.ok(200);
    let by_email = portal.admin.get("/users?q=ann%40able.test").await.ok(200);
    assert_eq!((&by_id["items"][0]["id"], &by_email["items"][0]["id"]), (&ann["id"], &ann["id"]));
    portal.admin.get(&format!("/users/{}", id(&ann))).await.ok(200);
    let bob = portal.create(json!({"name": "Bob Baker", "email": "bob@baker.test"})).await;
    let list = portal.admin.get("/users?q=baker.test").await.ok(200);
    assert_eq!((&list["items"][0]["id"], list["total"].as_u64()), (&bob["id"], Some(1)));

    loop {
        let list = portal.admin.get("/users?disabled=include&per_page=1").await.ok(200);
        let total = list["total"].as_u64().unwrap();
        match list["building"].as_object() {
            Some(building) => {
                let (done, of) = (building["done"].as_u64().unwrap(), building["of"].as_u64().unwrap());
                assert!(done <= of && of >= USERS && total <= USERS + 3, "{list}");
            }
            None => {
                // The admin, Ann and Bob beside those made up.
                assert_eq!(total, USERS + 3);
                break;
            }
        }
    }
    let list = portal.admin.get("/users?q=able").await.ok(200);
    assert_eq!((list["items"][0]["name"].as_str(), &list["building"]), (Some("Ann Able"), &json!(null)));
}

#[tokio::test]
async fn what_is_done_to_all_who_match_reaches_all_while_the_index_is_built() {
    let portal = Portal::start().await;
    portal.fill(USERS).await;
    let group = portal.group("Everybody", &[]).await;
    let portal = portal.restart_after(|folder| fs::remove_dir_all(folder.join("index")).unwrap()).await;
    let body = json!({"action": "add-group", "target": group, "matching": {"q": "", "disabled": "include"}});
    let done = portal.admin.post("/users/bulk", body).await.ok(200);
    assert_eq!(done["done"].as_u64(), Some(USERS + 1));
}
