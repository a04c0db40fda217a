//! One action on many users: what it does, whom it leaves alone, and what refuses it whole.

mod cut_off;
mod meanwhile;
mod undo;

use rollcall::model::{group::BuiltIn, permission::Permission};
use serde_json::{Value, json};

use super::harness::{Answer, Person, Portal, built_in, id};

async fn bulk(person: &Person, body: Value) -> Answer {
    person.post("/users/bulk", body).await
}

/// So many users in the group Vendor; their ids.
async fn vendors(portal: &Portal, n: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for i in 0..n {
        let body = json!({"name": format!("Vera {i:02}"), "email": format!("vera{i}@people.test"),
            "company": "Harbour", "groups": [built_in(BuiltIn::Vendor)]});
        ids.push(id(&portal.create(body).await));
    }
    ids
}

async fn user(portal: &Portal, id: &str) -> Value {
    portal.admin.get(&format!("/users/{id}")).await.ok(200)
}

async fn states(portal: &Portal, ids: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for id in ids {
        all.push(user(portal, id).await["state"].as_str().unwrap().to_owned());
    }
    all
}

/// How many activities there are of an action.
async fn recorded(portal: &Portal, action: &str) -> u64 {
    portal.admin.get(&format!("/activity?action={action}")).await.ok(200)["total"].as_u64().unwrap()
}

fn skipped(answer: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let list = answer["skipped"].as_array().unwrap();
    assert_eq!(answer["skipped_count"], list.len());
    list.iter().map(|one| (text(one, "id"), text(one, "code"))).collect()
}

#[tokio::test]
async fn the_disabled_are_out_and_each_is_recorded_beside_the_whole() {
    let portal = Portal::start().await;
    let (ids, ann) = (vendors(&portal, 3).await, portal.vendor("Ann").await);
    let all = [ids.clone(), vec![ann.id.clone()]].concat();
    let done = bulk(&portal.admin, json!({"action": "disable", "ids": all})).await.ok(200);
    assert_eq!((done["done"].as_u64(), skipped(&done)), (Some(4), vec![]));
    assert_eq!(states(&portal, &all).await, ["disabled"; 4]);
    ann.get("/session").await.problem(401, "unauthenticated");
    assert_eq!(recorded(&portal, "user.disabled").await, 4);
    let activity = portal.admin.get("/activity?action=users.bulk").await.ok(200);
    let whole = &activity["items"][0];
    assert_eq!(activity["total"], 1);
    assert_eq!(whole["actor"]["name"], "Ada Admin");
    assert_eq!(whole["subject"], json!({"kind": "batch", "id": done["undo_id"], "name": "disable"}));
    assert_eq!(whole["changes"]["action"], json!([null, "disable"]));
    assert_eq!(whole["changes"]["users"], json!([null, 4]));

    let enabled = bulk(&portal.admin, json!({"action": "enable", "ids": all})).await.ok(200);
    assert_eq!(enabled["done"], 4);
    assert_eq!(states(&portal, &ids).await, ["invited"; 3]);
}

#[tokio::test]
async fn groups_are_given_and_taken_and_nobody_is_left_in_none() {
    let portal = Portal::start().await;
    let ids = vendors(&portal, 2).await;
    let crew = portal.group("Crew", &[]).await;
    let vendor = built_in(BuiltIn::Vendor);
    bulk(&portal.admin, json!({"action": "add-group", "target": crew, "ids": ids})).await.ok(200);
    let names = async |id: &str| {
        let user = user(&portal, id).await;
        let groups = user["groups"].as_array().unwrap().iter();
        groups.map(|group| group["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&ids[0]).await, ["Crew", "Vendor"]);
    for target in [&vendor, &crew] {
        bulk(&portal.admin, json!({"action": "remove-group", "target": target, "ids": ids})).await.ok(200);
    }
    assert_eq!(names(&ids[1]).await, ["Customer"]);
}

#[tokio::test]
async fn projects_are_joined_and_left() {
    let portal = Portal::start().await;
    let (ids, dock) = (vendors(&portal, 2).await, portal.project("Dock").await);
    let members = async || {
        let list = portal.admin.get(&format!("/projects/{dock}/members")).await.ok(200);
        list["total"].as_u64().unwrap()
    };
    bulk(&portal.admin, json!({"action": "add-project", "target": dock, "ids": ids})).await.ok(200);
    assert_eq!(members().await, 3);
    let list = portal.admin.get(&format!("/users/{}/projects", ids[0])).await.ok(200);
    assert_eq!(list["items"][0]["via"], "added");
    assert_eq!(list["items"][0]["by"]["name"], "Ada Admin");
    bulk(&portal.admin, json!({"action": "remove-project", "target": dock, "ids": ids})).await.ok(200);
    assert_eq!(members().await, 1);
}

#[tokio::test]
async fn the_deleted_are_in_the_bin_and_come_back_whole() {
    let portal = Portal::start().await;
    let ids = vendors(&portal, 2).await;
    let before = user(&portal, &ids[0]).await;
    bulk(&portal.admin, json!({"action": "delete", "ids": ids})).await.ok(200);
    assert_eq!(states(&portal, &ids).await, ["deleted"; 2]);
    let refused = bulk(&portal.admin, json!({"action": "disable", "ids": ids})).await.ok(200);
    let in_bin: Vec<_> = ids.iter().map(|id| (id.clone(), "in-bin".to_owned())).collect();
    assert_eq!((refused["done"].as_u64(), skipped(&refused)), (Some(0), in_bin));
    assert_eq!(refused["undo_id"], Value::Null);
    bulk(&portal.admin, json!({"action": "restore", "matching": {"state": "deleted"}})).await.ok(200);
    let mut after = user(&portal, &ids[0]).await;
    after["version"] = before["version"].clone();
    assert_eq!(after, before);
}

#[tokio::test]
async fn mails_go_through_the_outbox_and_not_to_the_disabled() {
    let portal = Portal::start().await;
    let (ids, ann) = (vendors(&portal, 2).await, portal.vendor("Ann").await);
    portal.admin.post(&format!("/users/{}/disable", ids[1]), json!({})).await.ok(200);
    let body = json!({"action": "send-password", "ids": [ids[0], ids[1], ann.id]});
    let done = bulk(&portal.admin, body).await.ok(200);
    assert_eq!((done["done"].as_u64(), &done["undo_id"]), (Some(2), &Value::Null));
    assert_eq!(skipped(&done), [(ids[1].clone(), "disabled".to_owned())]);
    assert_eq!(portal.newest_mail("vera0@people.test").await["kind"], "welcome");
    assert_eq!(portal.newest_mail(&ann.email).await["kind"], "password-reset");
    assert_eq!(portal.admin.get("/mail").await.ok(200)["total"], 2);
    assert_eq!(recorded(&portal, "users.bulk").await, 1);
}

/// Signs somebody up who then waits for approval; their id.
async fn waiting(portal: &Portal, name: &str) -> String {
    let (stranger, email) = (portal.anonymous(), format!("{name}@people.test"));
    portal.admin.patch("/settings", json!({"sign_up": "approval"})).await.ok(200);
    stranger.post("/sign-up", json!({"name": name, "email": email})).await.ok(202);
    let body = json!({"token": portal.newest_token(&email).await, "password": stranger.password});
    stranger.post("/links/redeem", body).await.ok(200);
    id(&portal.admin.get(&format!("/users?q={email}")).await.ok(200)["items"][0])
}

#[tokio::test]
async fn those_who_wait_are_let_in_or_turned_away() {
    let portal = Portal::start().await;
    let (pia, pam) = (waiting(&portal, "pia").await, waiting(&portal, "pam").await);
    let ids = vendors(&portal, 1).await;
    let body = json!({"action": "approve", "ids": [pia, ids[0]]});
    let done = bulk(&portal.admin, body).await.ok(200);
    assert_eq!(skipped(&done), [(ids[0].clone(), "not-pending".to_owned())]);
    assert_eq!(states(&portal, &[pia]).await, ["active"]);
    let done = bulk(&portal.admin, json!({"action": "decline", "ids": [pam]})).await.ok(200);
    assert_eq!((&done["done"], &done["undo_id"]), (&json!(1), &Value::Null));
    portal.admin.get(&format!("/users/{pam}")).await.problem(404, "not-found");
    assert_eq!(portal.newest_mail("pam@people.test").await["kind"], "declined");
}

#[tokio::test]
async fn one_who_may_not_be_touched_refuses_it_for_all() {
    let portal = Portal::start().await;
    let (max, emil) = (portal.manager("Max").await, portal.employee("Emil").await);
    let ids = vendors(&portal, 2).await;
    let all = json!([ids[0], emil.id, ids[1], portal.admin.id]);
    for action in ["disable", "enable", "send-password"] {
        let body = json!({"action": action, "ids": all});
        let answer = portal.assert_nothing_happened(async || bulk(&max, body).await).await;
        assert_eq!(answer.problem(403, "forbidden")["ids"], json!([emil.id, portal.admin.id]));
    }
    // What they lack for any user, and what they can't give.
    let (crew, dock) = (portal.group("Crew", &["users.delete"]).await, portal.project("Dock").await);
    for body in [
        json!({"action": "delete", "ids": ids}),
        json!({"action": "add-project", "target": dock, "ids": ids}),
        json!({"action": "add-group", "target": crew, "ids": ids}),
        json!({"action": "add-group", "target": built_in(BuiltIn::Admin), "matching": {}}),
    ] {
        let answer = portal.assert_nothing_happened(async || bulk(&max, body).await).await;
        assert_eq!(answer.problem(403, "forbidden")["ids"], Value::Null);
    }
    bulk(&max, json!({"action": "disable", "ids": ids})).await.ok(200);
}

#[tokio::test]
async fn nobody_does_it_to_themselves_and_an_admin_is_left() {
    let portal = Portal::start().await;
    let bea = portal.another_admin("Bea").await;
    let all: Vec<_> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
    let group = portal.group("All but Admin", &all).await;
    let max = portal.person("Max", &[group]).await;
    let admins = json!({"group": built_in(BuiltIn::Admin)});
    for action in ["disable", "delete"] {
        let done = bulk(&bea, json!({"action": action, "ids": [bea.id]})).await.ok(200);
        assert_eq!(skipped(&done), [(bea.id.clone(), "self".to_owned())]);
    }
    let done = bulk(&max, json!({"action": "disable", "matching": admins})).await.ok(200);
    let [(left, code)] = &skipped(&done)[..] else { panic!("{done}") };
    assert_eq!((done["done"].as_u64(), code.as_str()), (Some(1), "last-admin"));
    assert_eq!(max.get(&format!("/users/{left}")).await.ok(200)["state"], "active");
    let body = json!({"action": "remove-group", "target": built_in(BuiltIn::Admin), "ids": [left, max.id]});
    let done = bulk(&max, body).await.ok(200);
    assert_eq!(skipped(&done), [(left.clone(), "last-admin".to_owned())]);
}

#[tokio::test]
async fn what_is_so_already_counts_as_done_and_leaves_no_trace() {
    let portal = Portal::start().await;
    let (ids, dock) = (vendors(&portal, 2).await, portal.project("Dock").await);
    for body in [
        json!({"action": "enable", "ids": ids}),
        json!({"action": "restore", "ids": ids}),
        json!({"action": "add-group", "target": built_in(BuiltIn::Vendor), "ids": ids}),
        json!({"action": "remove-group", "target": built_in(BuiltIn::Employee), "ids": ids}),
        json!({"action": "remove-project", "target": dock, "ids": [ids[0], ids[1], ids[0]]}),
    ] {
        let done = portal.assert_nothing_happened(async || bulk(&portal.admin, body).await.ok(200)).await;
        assert_eq!((&done["done"], &done["undo_id"]), (&json!(2), &Value::Null));
    }
}

#[tokio::test]
async fn all_that_match_are_those_that_the_list_shows() {
    let portal = Portal::start().await;
    let ids = vendors(&portal, 4).await;
    let crew = portal.group("Crew", &[]).await;
    let dock = portal.project("Dock").await;
    let of = async |action: &str, target: Option<&str>, matching: Value| {
        let body = json!({"action": action, "target": target, "matching": matching});
        bulk(&portal.admin, body).await.ok(200)["done"].clone()
    };
    assert_eq!(of("add-group", Some(&crew), json!({"q": "vera 0 -02", "field": "name"})).await, 3);
    assert_eq!(of("disable", None, json!({"q": "name:\"vera 03\""})).await, 1);
    // The disabled one is not on the list.
    assert_eq!(of("add-project", Some(&dock), json!({"group": crew})).await, 2);
    assert_eq!(of("remove-group", Some(&crew), json!({"group": crew, "disabled": "only"})).await, 1);
    assert_eq!(of("enable", None, json!({"state": "disabled"})).await, 1);
    assert_eq!(of("delete", None, json!({"project": dock, "q": "vera"})).await, 2);
    assert_eq!(states(&portal, &ids).await, ["deleted", "deleted", "invited", "invited"]);
    let nobody = async || of("delete", None, json!({"q": "zebra zebra"})).await;
    assert_eq!(portal.assert_nothing_happened(nobody).await, 0);
}

#[tokio::test]
async fn what_makes_no_sense_is_told_by_field_and_done_to_nobody() {
    let portal = Portal::start().await;
    let ids = vendors(&portal, 1).await;
    let nothing = "01935000-0000-7000-8000-000000000000";
    let cases = [
        (json!({}), vec![("action", "required"), ("ids", "required")]),
        (json!({"action": "promote", "ids": ids}), vec![("action", "invalid")]),
        (json!({"action": 7, "ids": "all"}), vec![("action", "type"), ("ids", "type"), ("ids", "required")]),
        (json!({"action": "disable", "ids": ids, "matching": {}}), vec![("matching", "invalid")]),
        (json!({"action": "disable", "ids": ids, "target": nothing}), vec![("target", "invalid")]),
        (json!({"action": "add-group", "ids": ids}), vec![("target", "required")]),
        (json!({"action": "add-group", "ids": ids, "target": nothing}), vec![("target", "not-found")]),
        (json!({"action": "add-project", "ids": ids, "target": nothing}), vec![("target", "not-found")]),
        (json!({"action": "disable", "ids": ["x"]}), vec![("ids", "not-found")]),
        (
            json!({"action": "disable", "matching": {"state": "sleepy", "page": 2}}),
            vec![("matching.state", "invalid"), ("matching.page", "unknown")],
        ),
    ];
    for (body, errors) in cases {
        let answer = portal.assert_nothing_happened(async || bulk(&portal.admin, body.clone()).await).await;
        answer.invalid(&errors);
    }
    let answer = bulk(&portal.admin, json!({"action": "disable", "ids": [nothing, ids[0]]})).await.ok(200);
    assert_eq!(skipped(&answer), [(nothing.to_owned(), "not-found".to_owned())]);
    assert_eq!(answer["done"], 1);
    let many: Vec<_> = (0..10_001).map(|_| nothing).collect();
    let answer = bulk(&portal.admin, json!({"action": "disable", "ids": many})).await;
    answer.invalid(&[("ids", "type"), ("ids", "required")]);
}

#[tokio::test]
async fn acting_as_somebody_one_may_what_one_may_for_one_user() {
    let portal = Portal::start().await;
    let (bea, ids) = (portal.another_admin("Bea").await, vendors(&portal, 1).await);
    let look = portal.acting_as(&bea, false).await;
    let body = json!({"action": "disable", "ids": ids});
    let refused = portal.assert_nothing_happened(async || bulk(&look, body.clone()).await).await;
    refused.problem(403, "impersonating");
    let act = portal.acting_as(&bea, true).await;
    let secrets = json!({"action": "send-password", "ids": [ids[0], bea.id]});
    let refused = portal.assert_nothing_happened(async || bulk(&act, secrets).await).await;
    refused.problem(403, "impersonating");
    let both = json!({"action": "disable", "ids": [portal.admin.id, bea.id, ids[0]]});
    let done = bulk(&act, both).await.ok(200);
    let mut own = skipped(&done);
    own.sort();
    let mut expected = [&portal.admin.id, &bea.id].map(|id| (id.clone(), "self".to_owned()));
    expected.sort();
    assert_eq!(own, expected);
    let newest = portal.admin.get("/activity?action=users.bulk").await.ok(200)["items"][0].clone();
    assert_eq!(
        (&newest["actor"]["name"], &newest["acting_as"]["name"]),
        (&json!("Ada Admin"), &json!("Bea"))
    );
}
