//! Once a day while somebody waits, those who may approve are told.

use rollcall::model::{group::BuiltIn, time::Span};
use serde_json::{Value, json};

use super::{signed_up, with_approval};
use crate::harness::{Portal, built_in};

/// How many reminders went to an address.
async fn reminders(portal: &Portal, to: &str) -> usize {
    portal.admin.sign_in().await;
    let list = portal.admin.get("/mail?per_page=200").await.ok(200);
    let kind = |mail: &&Value| mail["to"] == to && mail["kind"] == "sign-up-reminder";
    list["items"].as_array().unwrap().iter().filter(kind).count()
}

async fn hours(portal: &Portal, hours: usize) {
    for _ in 0..hours {
        portal.advance(Span::hours(1));
        portal.tidy();
    }
}

#[tokio::test]
async fn each_who_may_approve_hears_once_a_day_over_restarts() {
    let portal = Portal::start().await;
    let (max, ann) = (portal.manager("Max").await, portal.customer("Ann").await);
    let dora = portal.another_admin("Dora").await;
    portal.admin.post(&format!("/users/{}/disable", dora.id), json!({})).await.ok(200);
    with_approval(&portal).await;
    portal.assert_nothing_happened(async || portal.tidy()).await;
    for name in ["Pia", "Pam"] {
        signed_up(&portal, name, &format!("{name}@people.test"), "").await;
    }
    portal.tidy();
    let mail = portal.newest_mail(&max.email).await;
    assert_eq!(mail["subject"], "2 people wait for approval at Rollcall");
    let link = format!("http://localhost:{}/users?state=pending", portal.address.port());
    assert!(mail["text"].as_str().unwrap().contains(&link), "{mail}");
    let recorded = portal.admin.get("/activity?action=sign-up.reminded").await.ok(200);
    assert_eq!(
        (&recorded["total"], &recorded["items"][0]["reason"]),
        (&json!(1), &json!("2 waiting, 2 told"))
    );
    portal.assert_nothing_happened(async || portal.tidy()).await;
    hours(&portal, 23).await;
    assert_eq!(reminders(&portal, &max.email).await, 1);
    let portal = portal.restart().await;
    portal.tidy();
    assert_eq!(reminders(&portal, &max.email).await, 1);
    hours(&portal, 1).await;
    assert_eq!(reminders(&portal, &max.email).await, 2);
    let portal = portal.restart().await;
    hours(&portal, 72).await;
    for (person, told) in [(&max, 5), (&portal.admin, 5), (&ann, 0), (&dora, 0)] {
        assert_eq!(reminders(&portal, &person.email).await, told, "{}", person.name);
    }
}

#[tokio::test]
async fn when_nobody_waits_or_the_settings_say_so_nobody_is_told() {
    let portal = Portal::start().await;
    with_approval(&portal).await;
    let pia = signed_up(&portal, "Pia", "pia@people.test", "").await;
    portal.admin.patch("/settings", json!({"sign_up_reminder": false})).await.ok(200);
    hours(&portal, 30).await;
    assert_eq!(reminders(&portal, "ada@portal.test").await, 0);
    portal.admin.patch("/settings", json!({"sign_up_reminder": true})).await.ok(200);
    portal.tidy();
    let mail = portal.newest_mail("ada@portal.test").await;
    assert_eq!(mail["subject"], "1 person waits for approval at Rollcall");
    let vendor = json!({"groups": [built_in(BuiltIn::Vendor)]});
    portal.admin.post(&format!("/users/{pia}/approve"), vendor).await.ok(200);
    hours(&portal, 50).await;
    assert_eq!(reminders(&portal, "ada@portal.test").await, 1);
    signed_up(&portal, "Pam", "pam@people.test", "").await;
    portal.tidy();
    assert_eq!(reminders(&portal, "ada@portal.test").await, 2);
}

/// More than one write has room for, and one of them is cut off by nothing.
#[tokio::test]
async fn everybody_of_a_large_team_hears_once() {
    let portal = Portal::start().await;
    with_approval(&portal).await;
    signed_up(&portal, "Pia", "pia@people.test", "").await;
    let group = portal.group("Desk", &["users.read", "users.write"]).await;
    let mut file = "name,email,groups\n".to_owned();
    (0..130).for_each(|n| file.push_str(&format!("Max {n},max{n}@people.test,Desk\n")));
    let import = portal.admin.ask("POST", "/users/import?mode=apply").body("text/csv", file).send().await;
    assert_eq!(import.ok(200)["counts"]["create"], 130);
    assert_eq!(portal.admin.get(&format!("/groups/{group}")).await.ok(200)["users"], 130);
    portal.tidy();
    // Those who were never there are not written to.
    assert_eq!(portal.admin.get("/mail?per_page=200").await.ok(200)["total"], 2);
    let recorded = portal.admin.get("/activity?action=sign-up.reminded").await.ok(200);
    assert_eq!(recorded["items"][0]["reason"], "1 waiting, 1 told");
    portal.assert_nothing_happened(async || portal.tidy()).await;
}
