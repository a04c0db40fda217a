//! The overview's counts.

use rollcall::model::{group::BuiltIn, time::Span};
use serde_json::{Value, json};

use super::harness::{Portal, built_in};

async fn stats(portal: &Portal) -> Value {
    portal.admin.get("/stats").await.ok(200)
}

/// The days on which there was somebody.
fn days(list: &Value) -> Vec<(String, u64)> {
    let all = list.as_array().expect("a list of days");
    assert_eq!(all.len(), 90);
    let told =
        all.iter().map(|one| (one["day"].as_str().unwrap().to_owned(), one["users"].as_u64().unwrap()));
    told.filter(|(_, users)| *users > 0).collect()
}

fn day(day: &str, users: u64) -> (String, u64) {
    (format!("2026-{day}"), users)
}

fn state(list: &Value, name: &str) -> u64 {
    let found = list.as_array().unwrap().iter().find(|one| one["state"] == name);
    found.unwrap_or_else(|| panic!("{name} in {list}"))["users"].as_u64().unwrap()
}

#[tokio::test]
async fn a_new_portal_has_one_admin_and_little_to_tell() {
    let portal = Portal::start().await;
    let stats = portal.assert_nothing_happened(async || stats(&portal).await).await;
    assert_eq!(
        (&stats["users"], &stats["pending"], &stats["failed_mail"]),
        (&json!(1), &json!(0), &json!(0))
    );
    assert_eq!(stats["backup"], Value::Null);
    assert_eq!(days(&stats["sign_ups"]), []);
    assert_eq!(days(&stats["created"]), [day("11-24", 1)]);
    assert_eq!(days(&stats["active"]), [day("11-24", 1)]);
    assert_eq!(stats["created"][0]["day"], "2026-08-27");
    let groups: Vec<_> = stats["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
    assert_eq!(groups, ["Admin", "Customer", "Employee", "Vendor"]);
}

#[tokio::test]
async fn users_are_counted_by_group_and_state() {
    let portal = Portal::start().await;
    let crew = portal.group("Crew", &[]).await;
    let (customer, vendor) = (built_in(BuiltIn::Customer), built_in(BuiltIn::Vendor));
    portal.person("Ann", &[customer.clone(), crew.clone()]).await;
    portal.create(json!({"name": "Ivo", "email": "ivo@people.test", "groups": [crew]})).await;
    let dora = portal.disabled("Dora").await;
    let bea = portal.vendor("Bea").await;
    portal.admin.delete(&format!("/users/{}", bea.id)).await.ok(204);
    let all = stats(&portal).await;
    assert_eq!(all["users"], 4);
    for (name, users) in [("active", 2), ("invited", 1), ("disabled", 1), ("deleted", 1), ("pending", 0)] {
        assert_eq!(state(&all["states"], name), users, "{name}");
    }
    let group = |id: &str| {
        let all = all["groups"].as_array().unwrap().iter();
        all.clone().find(|group| group["id"] == id).unwrap().clone()
    };
    assert_eq!((&group(&customer)["users"], state(&group(&customer)["states"], "disabled")), (&json!(2), 1));
    assert_eq!((&group(&crew)["users"], state(&group(&crew)["states"], "invited")), (&json!(2), 1));
    assert_eq!(group(&vendor)["users"], 0, "the bin is left out");
    // Once the index has taken them in from the overlay, it is the same.
    let portal = portal.restart().await;
    assert_eq!(stats(&portal).await, all);
    portal.admin.post(&format!("/users/{}/enable", dora.id), json!({})).await.ok(200);
    let after = stats(&portal).await;
    assert_eq!((state(&after["states"], "active"), state(&after["states"], "disabled")), (3, 0));
    assert_eq!(after["users"], 4);
}

#[tokio::test]
async fn each_day_tells_who_came_and_who_was_there() {
    let portal = Portal::configured(|config| config.session.admin_idle.0 = Span::days(30)).await;
    let ann = portal.customer("Ann").await;
    portal.admin.patch("/settings", json!({"sign_up": "approval"})).await.ok(200);
    portal.advance(Span::days(1));
    let stranger = portal.anonymous();
    stranger.post("/sign-up", json!({"name": "Pia", "email": "pia@people.test"})).await.ok(202);
    portal.admin.sign_in().await;
    let body = json!({"token": portal.newest_token("pia@people.test").await, "password": stranger.password});
    stranger.post("/links/redeem", body).await.ok(200);
    // Twice on one day is once.
    ann.get("/session").await.ok(200);
    portal.advance(Span::hours(2));
    ann.get("/session").await.ok(200);
    portal.advance(Span::days(1));
    ann.get("/session").await.ok(200);
    portal.admin.sign_in().await;
    let all = stats(&portal).await;
    assert_eq!(all["pending"], 1);
    assert_eq!(days(&all["sign_ups"]), [day("11-25", 1)]);
    assert_eq!(days(&all["created"]), [day("11-24", 2), day("11-25", 1)]);
    assert_eq!(days(&all["active"]), [day("11-24", 2), day("11-25", 2), day("11-26", 2)]);
    // What nobody is told of any more is forgotten, and today is told still.
    portal.advance(Span::days(120));
    portal.tidy();
    portal.admin.sign_in().await;
    let all = stats(&portal).await;
    assert_eq!((days(&all["created"]), days(&all["active"])), (vec![], vec![("2027-03-26".to_owned(), 1)]));
}

#[tokio::test]
async fn failed_mail_is_told_to_those_who_may_read_mail() {
    let portal = Portal::start().await;
    let max = portal.manager("Max").await;
    assert_eq!(max.get("/stats").await.ok(200)["failed_mail"], Value::Null);
    assert_eq!(stats(&portal).await["failed_mail"], 0);
}

#[tokio::test]
async fn the_counts_agree_with_the_list() {
    let portal = Portal::start().await;
    portal.fill(400).await;
    let all = stats(&portal).await;
    for state_name in ["active", "invited", "disabled"] {
        let list = portal.admin.get(&format!("/users?state={state_name}")).await.ok(200);
        assert_eq!(list["total"], state(&all["states"], state_name), "{state_name}");
    }
    let groups = portal.admin.get("/groups").await.ok(200);
    for group in groups["items"].as_array().unwrap() {
        let told = all["groups"].as_array().unwrap().iter().find(|one| one["id"] == group["id"]).unwrap();
        assert_eq!(told["users"], group["users"], "{group}");
    }
    assert!(days(&all["active"]).iter().map(|(_, users)| users).sum::<u64>() > 10, "made-up visits");
}
