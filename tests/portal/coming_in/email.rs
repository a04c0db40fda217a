//! One's own profile and address.

use serde_json::json;

use rollcall::model::time::Span;

use super::seen;
use crate::harness::{Person, Portal, id};

const NEW: &str = "new@people.test";

#[tokio::test]
async fn a_new_address_is_proven_and_the_old_one_told() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let body = json!({"email": NEW, "password": ann.password});
    assert_eq!(ann.post("/me/email", body).await.ok(202), json!({}));
    assert_eq!(ann.get("/me").await.ok(200)["email"], ann.email, "not before it is proven");
    assert_eq!(portal.kinds_to(NEW).await, ["email-change"]);
    // It may be a stranger's address: nothing that one chose goes there.
    let mail = portal.newest_mail(NEW).await;
    let mail = portal.admin.get(&format!("/mail/{}", id(&mail))).await;
    assert!(
        !mail.ok(200)["html"].as_str().unwrap().contains("Ann") && mail.json()["to_name"].is_null(),
        "{mail}"
    );
    let token = portal.newest_token(NEW).await;
    let inspected = ann.post("/links/inspect", json!({"token": token})).await.ok(200);
    assert_eq!((&inspected["purpose"], &inspected["email"]), (&json!("email-change"), &json!(NEW)));
    assert_eq!(inspected["name"], NEW);
    let redeemed = portal.anonymous().post("/links/redeem", json!({"token": token})).await;
    assert_eq!(redeemed.ok(200), json!({"purpose": "email-change", "session": null}));
    assert_eq!(redeemed.header("set-cookie"), None);
    assert_eq!(ann.get("/me").await.ok(200)["email"], NEW);
    assert_eq!(portal.kinds_to(&ann.email).await, ["email-changed"]);
    let told = portal.newest_mail(&ann.email).await;
    assert!(told["text"].as_str().unwrap().contains(NEW), "{told}");
    let old = json!({"email": ann.email, "password": ann.password});
    portal.anonymous().post("/session", old).await.problem(401, "invalid-credentials");
    let new = json!({"email": NEW, "password": ann.password});
    portal.anonymous().post("/session", new).await.ok(200);
    let activity = portal.admin.get("/activity?action=email").await.ok(200);
    assert_eq!(activity["items"][0]["changes"]["email"], json!([ann.email, NEW]));
    assert_eq!(activity["items"][0]["actor"]["id"], ann.id);
}

#[tokio::test]
async fn a_taken_address_gets_the_same_answer_and_no_link() {
    let portal = Portal::start().await;
    let (ann, bob) = (portal.customer("Ann").await, portal.customer("Bob").await);
    let ask =
        async |email: &str| ann.post("/me/email", json!({"email": email, "password": ann.password})).await;
    let free = ask(NEW).await;
    let own = async || {
        let list = ann.get("/me/activity?per_page=200").await.ok(200);
        let items = list["items"].as_array().unwrap().iter();
        items.map(|one| (one["action"].clone(), one["subject"]["name"].clone())).collect::<Vec<_>>()
    };
    ask("second@people.test").await.ok(202);
    let (before, mails) = (own().await, portal.traces().count("mails"));
    let taken = ask(&bob.email.to_uppercase()).await;
    assert_eq!(seen(&taken), seen(&free));
    assert_eq!(portal.traces().count("mails"), mails, "nothing is mailed");
    let after = own().await;
    let added = after.len() - before.len();
    assert_eq!(after[..added], before[..added], "what one's own activity says is the same too");
    portal
        .assert_nothing_happened(async || {
            ask("no address").await.invalid(&[("email", "invalid")]);
            let body = json!({"email": "other@people.test", "password": "wrong-wrong-wrong"});
            ann.post("/me/email", body).await.invalid(&[("password", "invalid")]);
            let body = json!({"email": "other@people.test"});
            ann.post("/me/email", body).await.invalid(&[("password", "required")]);
            let body = json!({"email": "no address", "password": "wrong-wrong-wrong"});
            ann.post("/me/email", body).await.invalid(&[("email", "invalid"), ("password", "invalid")]);
        })
        .await;
}

#[tokio::test]
async fn an_account_asks_only_so_many_addresses() {
    let portal = Portal::start().await;
    let (ann, bob) = (portal.customer("Ann").await, portal.customer("Bob").await);
    let ask = async |who: &Person, email: &str| {
        who.post("/me/email", json!({"email": email, "password": who.password})).await
    };
    // Taken ones count alike: else the limit would tell which are.
    ask(&ann, &bob.email).await.ok(202);
    for n in 1..5 {
        ask(&ann, &format!("n{n}@elsewhere.test")).await.ok(202);
    }
    portal.advance(Span::minutes(10));
    ann.step_up().await;
    bob.step_up().await;
    for email in ["n5@elsewhere.test", &bob.email] {
        let refused = portal.assert_nothing_happened(async || ask(&ann, email).await).await;
        refused.problem(429, "too-many-requests");
        assert_eq!(refused.header("retry-after"), Some("3001"), "fifty minutes are left of the hour");
    }
    ask(&bob, "b1@elsewhere.test").await.ok(202);
    portal.advance(Span::seconds(3001));
    portal.admin.sign_in().await;
    ann.step_up().await;
    ask(&ann, "n5@elsewhere.test").await.ok(202);
    assert_eq!(portal.kinds_to("n5@elsewhere.test").await, ["email-change"]);
}

#[tokio::test]
async fn an_address_taken_meanwhile_stays_with_whoever_has_it() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    ann.post("/me/email", json!({"email": NEW, "password": ann.password})).await.ok(202);
    let token = portal.newest_token(NEW).await;
    portal.create(json!({"name": "Nia", "email": NEW})).await;
    portal
        .assert_nothing_happened(async || {
            let redeemed = ann.post("/links/redeem", json!({"token": token})).await;
            redeemed.problem(410, "link-expired");
        })
        .await;
    assert_eq!(ann.get("/me").await.ok(200)["email"], ann.email);
}

#[tokio::test]
async fn the_newest_request_counts() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let ask =
        async |email: &str| ann.post("/me/email", json!({"email": email, "password": ann.password})).await;
    ask("first@people.test").await.ok(202);
    let first = portal.newest_token("first@people.test").await;
    ask(NEW).await.ok(202);
    ann.post("/links/redeem", json!({"token": first})).await.problem(410, "link-expired");
    let second = portal.newest_token(NEW).await;
    ann.post("/links/redeem", json!({"token": second})).await.ok(200);
    ann.post("/links/redeem", json!({"token": second})).await.problem(410, "link-expired");
    assert_eq!(ann.get("/me").await.ok(200)["email"], NEW);
}

#[tokio::test]
async fn ones_own_details_are_ones_own_to_change() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let me = ann.get("/me").await;
    let version = me.header("etag").unwrap().to_owned();
    assert_eq!(me.ok(200)["notes"], json!(null));
    let changed =
        ann.patch("/me", json!({"name": " Anna  B. ", "company": "Acme", "phone": "+49 30 1"})).await;
    let user = changed.ok(200);
    assert_eq!(
        (&user["name"], &user["company"], &user["phone"]),
        (&json!("Anna  B."), &json!("Acme"), &json!("+49 30 1"))
    );
    assert_ne!(changed.header("etag"), Some(version.as_str()));
    portal
        .assert_nothing_happened(async || {
            let late = ann.ask("PATCH", "/me").header("if-match", &version).json(&json!({"name": "Late"}));
            late.send().await.problem(412, "stale");
            for field in ["email", "notes", "groups", "state", "id", "version", "password"] {
                ann.patch("/me", json!({ field: "x" })).await.invalid(&[(field, "unknown")]);
            }
            ann.patch("/me", json!({"name": ""})).await.invalid(&[("name", "required")]);
            ann.patch("/me", json!({"name": "a\u{2028}b"})).await.invalid(&[("name", "invalid")]);
            ann.patch("/me", json!({"name": null})).await.invalid(&[("name", "required")]);
            ann.patch("/me", json!({"company": 7})).await.invalid(&[("company", "type")]);
            ann.patch("/me", json!({})).await.ok(200);
            ann.patch("/me", json!({"company": "Acme"})).await.ok(200);
        })
        .await;
    assert_eq!(ann.patch("/me", json!({"company": "", "phone": null})).await.ok(200)["company"], json!(null));
    let activity = ann.get("/me/activity").await.ok(200);
    assert_eq!(activity["items"][0]["changes"]["company"], json!(["Acme", null]));
}
