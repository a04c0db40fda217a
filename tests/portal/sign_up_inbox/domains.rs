//! Domains that are always let in, and domains that are refused.

use serde_json::{Value, json};

use crate::harness::{Person, Portal};

/// What a sign-up with this address comes to: `none`, `pending` or `active`.
async fn comes_to(portal: &Portal, email: &str) -> String {
    let person = Person::new(portal.address, "Sue", email);
    let before = portal.traces();
    assert_eq!(person.post("/sign-up", json!({"name": "Sue", "email": email})).await.ok(202), json!({}));
    if portal.traces() == before {
        return "none".to_owned();
    }
    let mails = portal.admin.get("/mail?per_page=1").await.ok(200);
    let to = mails["items"][0]["to"].as_str().unwrap().to_owned();
    let body = json!({"token": portal.newest_token(&to).await, "password": person.password});
    let redeemed = person.post("/links/redeem", body).await.ok(200);
    let state = &redeemed["session"]["user"]["state"];
    if *state == Value::Null { "pending".to_owned() } else { state.as_str().unwrap().to_owned() }
}

#[tokio::test]
async fn each_domain_is_let_in_or_refused_as_the_settings_say() {
    let portal = Portal::start().await;
    let settings = json!({
        "sign_up": "approval",
        "allowed_domains": ["friends.test", "@Bücher.test", "good.evil.test", "both.test"],
        "refused_domains": ["evil.test", "straße.test", "both.test"],
    });
    portal.admin.patch("/settings", settings).await.ok(200);
    for (email, expected) in [
        ("a@people.test", "pending"),
        ("a@friends.test", "active"),
        ("b@FRIENDS.test", "active"),
        // A domain below may be anybody's.
        ("a@mail.friends.test", "pending"),
        ("a@notfriends.test", "pending"),
        ("a@friends.test.evil.example", "pending"),
        ("a@evil.test", "none"),
        ("a@EVIL.test", "none"),
        ("a@mail.evil.test", "none"),
        ("a@deep.mail.evil.test", "none"),
        ("a@notevil.test", "pending"),
        // The one that is named among the allowed, and no other below the refused one.
        ("a@good.evil.test", "active"),
        ("a@mail.good.evil.test", "none"),
        // Named in both: refused.
        ("a@both.test", "none"),
        // The same domain in other letters (RFC 5890).
        ("a@bücher.test", "active"),
        ("b@xn--bcher-kva.test", "active"),
        ("c@BÜCHER.test", "active"),
        ("a@straße.test", "none"),
        ("a@mail.xn--strae-oqa.test", "none"),
    ] {
        assert_eq!(comes_to(&portal, email).await, expected, "{email}");
    }
}

#[tokio::test]
async fn a_domain_that_is_refused_meanwhile_ends_what_was_begun() {
    let portal = Portal::start().await;
    let sue = Person::new(portal.address, "Sue", "sue@people.test");
    sue.post("/sign-up", json!({"name": "Sue", "email": sue.email})).await.ok(202);
    let body = json!({"token": portal.newest_token(&sue.email).await, "password": sue.password});
    portal.admin.patch("/settings", json!({"refused_domains": ["people.test"]})).await.ok(200);
    let redeem = async || sue.post("/links/redeem", body.clone()).await;
    portal.assert_nothing_happened(redeem).await.problem(410, "link-expired");
    portal.admin.patch("/settings", json!({"refused_domains": []})).await.ok(200);
    redeem().await.ok(200);
}

#[tokio::test]
async fn an_admin_creates_whom_sign_up_refuses() {
    let portal = Portal::start().await;
    portal.admin.patch("/settings", json!({"refused_domains": ["evil.test"]})).await.ok(200);
    portal.create(json!({"name": "Eve", "email": "eve@evil.test"})).await;
}
