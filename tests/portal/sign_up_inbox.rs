//! Whoever signs up and waits: let in or turned away, likely duplicates, the daily reminder, and
//! the domains that are let in or not.

mod domains;
mod duplicates;
mod puzzle;
mod reminder;

use rollcall::model::group::BuiltIn;
use serde_json::{Value, json};

use super::harness::{Person, Portal, built_in, id};

/// Somebody who signed up; waits for approval where the settings ask for it.
async fn signed_up(portal: &Portal, name: &str, email: &str, company: &str) -> String {
    let stranger = Person::new(portal.address, name, email);
    let body = json!({"name": name, "email": email, "company": company});
    stranger.post("/sign-up", body).await.ok(202);
    let body = json!({"token": portal.newest_token(email).await, "password": stranger.password});
    stranger.post("/links/redeem", body).await.ok(200);
    id(&portal.admin.get(&format!("/users?q={email}")).await.ok(200)["items"][0])
}

async fn with_approval(portal: &Portal) {
    portal.admin.patch("/settings", json!({"sign_up": "approval"})).await.ok(200);
}

async fn bulk(portal: &Portal, body: Value) -> super::harness::Answer {
    portal.admin.post("/users/bulk", body).await
}

#[tokio::test]
async fn many_come_in_with_groups_and_projects_and_can_be_put_back() {
    let portal = Portal::start().await;
    with_approval(&portal).await;
    let (dock, vendor) = (portal.project("Dock").await, built_in(BuiltIn::Vendor));
    let pia = signed_up(&portal, "Pia", "pia@people.test", "").await;
    let pam = signed_up(&portal, "Pam", "pam@people.test", "").await;
    let body = json!({"action": "approve", "ids": [pia, pam], "groups": [vendor], "projects": [dock]});
    let done = bulk(&portal, body).await.ok(200);
    assert_eq!(done["done"], 2);
    for user in [&pia, &pam] {
        let user = portal.admin.get(&format!("/users/{user}")).await.ok(200);
        assert_eq!((&user["state"], &user["groups"][0]["name"]), (&json!("active"), &json!("Vendor")));
        assert_eq!(user["projects"], 1);
    }
    let path = format!("/undo/{}", done["undo_id"].as_str().unwrap());
    assert_eq!(portal.admin.post(&path, json!({})).await.ok(200)["undone"], 2);
    let user = portal.admin.get(&format!("/users/{pia}")).await.ok(200);
    assert_eq!((&user["state"], &user["projects"]), (&json!("pending"), &json!(0)));
    assert_eq!(user["groups"][0]["name"], "Customer");
}

#[tokio::test]
async fn many_are_turned_away_with_the_same_words() {
    let portal = Portal::start().await;
    with_approval(&portal).await;
    for name in ["pia", "pam"] {
        signed_up(&portal, name, &format!("{name}@people.test"), "").await;
    }
    let body =
        json!({"action": "decline", "matching": {"state": "pending"}, "message": "We serve shops alone."});
    assert_eq!(bulk(&portal, body).await.ok(200)["done"], 2);
    for name in ["pia", "pam"] {
        let mail = portal.newest_mail(&format!("{name}@people.test")).await;
        assert_eq!(mail["kind"], "declined");
        assert!(mail["text"].as_str().unwrap().contains("We serve shops alone."), "{mail}");
    }
    assert_eq!(portal.admin.get("/users?state=pending").await.ok(200)["total"], 0);
}

#[tokio::test]
async fn what_goes_with_an_approval_goes_with_nothing_else() {
    let portal = Portal::start().await;
    with_approval(&portal).await;
    let pia = signed_up(&portal, "Pia", "pia@people.test", "").await;
    let nobody = "01935000-0000-7000-8000-000000000000";
    portal
        .assert_nothing_happened(async || {
            let body = json!({"action": "disable", "ids": [pia], "groups": [], "projects": [nobody], "message": "x"});
            let errors = [("groups", "invalid"), ("projects", "invalid"), ("message", "invalid")];
            bulk(&portal, body).await.invalid(&errors);
            let body = json!({"action": "approve", "ids": [pia], "groups": [nobody]});
            bulk(&portal, body).await.invalid(&[("groups", "not-found")]);
            let body = json!({"action": "approve", "ids": [pia], "projects": [nobody]});
            bulk(&portal, body).await.invalid(&[("projects", "not-found")]);
        })
        .await;
}

#[tokio::test]
async fn nobody_approves_into_more_than_they_hold() {
    let portal = Portal::start().await;
    with_approval(&portal).await;
    let pia = signed_up(&portal, "Pia", "pia@people.test", "").await;
    let vendor = json!({"groups": [built_in(BuiltIn::Vendor)]});
    portal.admin.patch(&format!("/users/{pia}"), vendor).await.ok(200);
    let (max, dock) = (portal.manager("Max").await, portal.project("Dock").await);
    portal
        .assert_nothing_happened(async || {
            for more in [json!({"groups": [built_in(BuiltIn::Admin)]}), json!({"projects": [dock]})] {
                let mut body = json!({"action": "approve", "ids": [pia]});
                body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                max.post("/users/bulk", body).await.problem(403, "forbidden");
                max.post(&format!("/users/{pia}/approve"), more).await.problem(403, "forbidden");
            }
        })
        .await;
    let body = json!({"action": "approve", "ids": [pia], "groups": [built_in(BuiltIn::Vendor)]});
    assert_eq!(max.post("/users/bulk", body).await.ok(200)["done"], 1);
}
