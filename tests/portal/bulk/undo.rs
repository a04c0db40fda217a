//! Undoing a batch: everybody is as before, but for those whom somebody changed since.

use rollcall::model::{group::BuiltIn, time::Span};
use serde_json::{Value, json};

use super::{bulk, recorded, states, user, vendors, waiting};
use crate::harness::{Answer, Person, Portal, built_in, id};

async fn undo(person: &Person, done: &Value) -> Answer {
    person.post(&format!("/undo/{}", done["undo_id"].as_str().unwrap()), json!({})).await
}

/// What came of undoing: how many are as before, and who is not and why.
async fn undone(person: &Person, done: &Value) -> (u64, Value) {
    let answer = undo(person, done).await.ok(200);
    assert_eq!(answer["kept_count"], answer["kept"].as_array().unwrap().len());
    (answer["undone"].as_u64().unwrap(), answer["kept"].clone())
}

/// All that the API tells of users, but for their versions, which only grow.
async fn pictures(portal: &Portal, ids: &[String]) -> Vec<Value> {
    let mut all = Vec::new();
    for id in ids {
        let mut user = user(portal, id).await;
        user["version"] = Value::Null;
        let projects = portal.admin.get(&format!("/users/{id}/projects")).await.ok(200);
        all.push(json!({"user": user, "projects": projects}));
    }
    all
}

#[tokio::test]
async fn everybody_is_as_before() {
    let portal = Portal::start().await;
    let (dock, mole) = (portal.project("Dock").await, portal.project("Mole").await);
    let (crew, vendor) = (portal.group("Crew", &[]).await, built_in(BuiltIn::Vendor));
    let (mut ids, ann) = (vendors(&portal, 3).await, portal.vendor("Ann").await);
    ids.push(ann.id.clone());
    ids.push(waiting(&portal, "pia").await);
    portal.admin.put(&format!("/users/{}/projects/{dock}", ann.id)).await.ok(204);
    portal.admin.patch(&format!("/users/{}", ann.id), json!({"groups": [crew, vendor]})).await.ok(200);
    portal.admin.post(&format!("/users/{}/disable", ids[0]), json!({})).await.ok(200);
    portal.admin.delete(&format!("/users/{}", ids[1])).await.ok(204);
    let before = pictures(&portal, &ids).await;
    for (action, target, done) in [
        ("disable", None, 4),
        ("enable", None, 4),
        ("delete", None, 5),
        ("restore", None, 5),
        ("approve", None, 2),
        ("add-group", Some(&crew), 4),
        ("remove-group", Some(&vendor), 4),
        ("add-project", Some(&mole), 4),
        ("remove-project", Some(&dock), 5),
    ] {
        portal.advance(Span::minutes(5));
        let body = json!({"action": action, "target": target, "ids": ids});
        let answer = bulk(&portal.admin, body).await.ok(200);
        assert_eq!(answer["done"], done, "{action}: {answer}");
        assert_ne!(pictures(&portal, &ids).await, before, "{action}");
        let undone = undo(&portal.admin, &answer).await.ok(200);
        assert_eq!(undone["kept"], json!([]), "{action}");
        assert_eq!(pictures(&portal, &ids).await, before, "{action}");
        let batch = portal.admin.get(&format!("/undo/{}", answer["undo_id"].as_str().unwrap())).await;
        let batch = batch.ok(200);
        assert_eq!((&batch["state"], &batch["undone"]), (&json!("undone"), &undone["undone"]));
    }
    assert_eq!(recorded(&portal, "users.bulk").await, 9);
    assert_eq!(recorded(&portal, "users.bulk-undone").await, 9);
    ann.sign_in().await;
}

#[tokio::test]
async fn once_and_not_again() {
    let portal = Portal::start().await;
    let ids = vendors(&portal, 2).await;
    let done = bulk(&portal.admin, json!({"action": "disable", "ids": ids})).await.ok(200);
    assert_eq!(undone(&portal.admin, &done).await, (2, json!([])));
    let again = async || undo(&portal.admin, &done).await;
    portal.assert_nothing_happened(again).await.problem(409, "conflict");
    for nothing in ["01935000-0000-7000-8000-000000000000", "01ffffff-0000-7000-8000-000000000000", "x"] {
        let answer = portal.admin.post(&format!("/undo/{nothing}"), json!({})).await;
        match nothing {
            // Made two years before these tests: it may have been one.
            "01935000-0000-7000-8000-000000000000" => answer.problem(410, "link-expired"),
            _ => answer.problem(404, "not-found"),
        };
    }
}

#[tokio::test]
async fn who_was_changed_since_is_left_alone() {
    let portal = Portal::start().await;
    let ids = vendors(&portal, 4).await;
    let done = bulk(&portal.admin, json!({"action": "disable", "ids": ids})).await.ok(200);
    portal.admin.patch(&format!("/users/{}", ids[1]), json!({"company": "Other"})).await.ok(200);
    portal.admin.delete(&format!("/users/{}?purge=true", ids[2])).await.ok(204);
    let kept = json!([{"id": ids[1], "code": "changed"}, {"id": ids[2], "code": "not-found"}]);
    assert_eq!(undone(&portal.admin, &done).await, (2, kept));
    let left = [ids[0].clone(), ids[1].clone(), ids[3].clone()];
    assert_eq!(states(&portal, &left).await, ["invited", "disabled", "invited"]);
}

#[tokio::test]
async fn a_place_in_a_project_counts_apart_from_the_rest_of_a_user() {
    let portal = Portal::start().await;
    let (ids, dock) = (vendors(&portal, 3).await, portal.project("Dock").await);
    let body = json!({"action": "add-project", "target": dock, "ids": ids});
    let done = bulk(&portal.admin, body).await.ok(200);
    portal.admin.patch(&format!("/users/{}", ids[0]), json!({"company": "Other"})).await.ok(200);
    portal.advance(Span::minutes(1));
    let place = format!("/users/{}/projects/{dock}", ids[1]);
    portal.admin.delete(&place).await.ok(204);
    portal.admin.put(&place).await.ok(204);
    let kept = json!([{"id": ids[1], "code": "changed"}]);
    assert_eq!(undone(&portal.admin, &done).await, (2, kept));
    let members = portal.admin.get(&format!("/projects/{dock}/members")).await.ok(200);
    let names: Vec<_> =
        members["items"].as_array().unwrap().iter().map(|m| m["user"]["name"].clone()).collect();
    assert_eq!(names, ["Ada Admin", "Vera 01"]);
}

#[tokio::test]
async fn what_they_were_in_may_be_gone() {
    let portal = Portal::start().await;
    let (ids, crew, dock) =
        (vendors(&portal, 1).await, portal.group("Crew", &[]).await, portal.project("Dock").await);
    let body = |action: &str, target: &str| json!({"action": action, "target": target, "ids": ids});
    bulk(&portal.admin, body("add-group", &crew)).await.ok(200);
    bulk(&portal.admin, body("add-project", &dock)).await.ok(200);
    let left_group = bulk(&portal.admin, body("remove-group", &crew)).await.ok(200);
    let left_project = bulk(&portal.admin, body("remove-project", &dock)).await.ok(200);
    portal.admin.delete(&format!("/groups/{crew}")).await.ok(204);
    portal.admin.delete(&format!("/projects/{dock}")).await.ok(204);
    for done in [left_group, left_project] {
        let kept = json!([{"id": ids[0], "code": "gone"}]);
        assert_eq!(undone(&portal.admin, &done).await, (0, kept));
    }
}

#[tokio::test]
async fn it_needs_what_doing_it_needed() {
    let portal = Portal::start().await;
    let (max, emil) = (portal.manager("Max").await, portal.employee("Emil").await);
    let ids = vendors(&portal, 2).await;
    let deleted = bulk(&portal.admin, json!({"action": "delete", "ids": ids})).await.ok(200);
    let refused = async || undo(&max, &deleted).await;
    portal.assert_nothing_happened(refused).await.problem(403, "forbidden");
    undo(&portal.admin, &deleted).await.ok(200);
    let all = json!([ids[0], emil.id, ids[1]]);
    let disabled = bulk(&portal.admin, json!({"action": "disable", "ids": all})).await.ok(200);
    let refused = async || undo(&max, &disabled).await;
    let problem = portal.assert_nothing_happened(refused).await.problem(403, "forbidden");
    assert_eq!(problem["ids"], json!([emil.id]));
    let by = &portal.admin.get("/undo").await.ok(200)["items"][0];
    assert_eq!((&by["by"]["name"], &by["undoable"]), (&json!("Ada Admin"), &json!(true)));
    let own = bulk(&max, json!({"action": "enable", "ids": ids})).await.ok(200);
    undo(&max, &own).await.ok(200);
}

/// Undoing an Enable disables; nobody does that to themselves, nor to the last admin.
#[tokio::test]
async fn undoing_never_locks_everybody_out() {
    let portal = Portal::start().await;
    let bea = portal.another_admin("Bea").await;
    portal.admin.post(&format!("/users/{}/disable", bea.id), json!({})).await.ok(200);
    let body = json!({"action": "enable", "ids": [bea.id]});
    let enabled = bulk(&portal.admin, body).await.ok(200);
    bea.sign_in().await;
    let kept = json!([{"id": bea.id, "code": "self"}]);
    assert_eq!(undone(&bea, &enabled).await, (0, kept));
    bea.get("/session").await.ok(200);
}

#[tokio::test]
async fn for_thirty_days() {
    let portal = Portal::start().await;
    let ids = vendors(&portal, 2).await;
    let first = bulk(&portal.admin, json!({"action": "disable", "ids": ids})).await.ok(200);
    portal.advance(Span::days(29));
    portal.admin.sign_in().await;
    let second = bulk(&portal.admin, json!({"action": "enable", "ids": ids})).await.ok(200);
    portal.advance(Span::days(1));
    portal.admin.sign_in().await;
    for tidied in [false, true] {
        if tidied {
            portal.tidy();
        }
        let late = async || undo(&portal.admin, &first).await;
        portal.assert_nothing_happened(late).await.problem(410, "link-expired");
    }
    let batches = portal.admin.get("/undo").await.ok(200);
    assert_eq!((&batches["total"], &batches["items"][0]["undo_id"]), (&json!(1), &second["undo_id"]));
    assert_eq!(undo(&portal.admin, &second).await.ok(200)["undone"], 2);
    assert_eq!(states(&portal, &ids).await, ["disabled"; 2]);
}

/// An approval that is taken back is not told, if the mail has not gone yet.
#[tokio::test]
async fn a_mail_that_waits_is_called_off() {
    let portal = Portal::start().await;
    let pia = waiting(&portal, "pia").await;
    let approved = bulk(&portal.admin, json!({"action": "approve", "ids": [pia]})).await.ok(200);
    assert_eq!(portal.newest_mail("pia@people.test").await["state"], "queued");
    undo(&portal.admin, &approved).await.ok(200);
    assert_eq!(portal.newest_mail("pia@people.test").await["state"], "cancelled");
    assert_eq!(id(&user(&portal, &pia).await), pia);
}
