//! By oneself: an address is proven first, and no answer tells whether it was known.

use serde_json::{Value, json};

use rollcall::model::time::Span;

use super::{in_bin, invited, pending, seen};
use crate::harness::{Answer, Person, Portal};

async fn sign_up(portal: &Portal, email: &str) -> Answer {
    let body = json!({"name": "Sue Newcomer", "email": email, "company": "Northwind"});
    portal.anonymous().post("/sign-up", body).await
}

async fn confirm(portal: &Portal, email: &str) -> (Person, Answer) {
    let sue = Person::new(portal.address, "Sue Newcomer", email);
    let body = json!({"token": portal.newest_token(email).await, "password": sue.password});
    let answer = sue.post("/links/redeem", body).await;
    (sue, answer)
}

const SUE: &str = "sue@people.test";

#[tokio::test]
async fn a_stranger_proves_the_address_and_is_a_customer() {
    let portal = Portal::start().await;
    let project = portal.project("Harbour").await;
    assert_eq!(sign_up(&portal, SUE).await.ok(202), json!({}));
    let before = portal.admin.get("/users?disabled=include").await.ok(200);
    assert_eq!(before["total"], 1, "no user yet: {before}");
    assert_eq!(portal.admin.get("/users?q=sue").await.ok(200)["total"], 0);
    let mail = portal.newest_mail(SUE).await;
    assert_eq!((&mail["kind"], &mail["user_id"]), (&json!("sign-up"), &Value::Null));
    let (sue, answer) = confirm(&portal, SUE).await;
    let redeemed = answer.ok(200);
    let user = &redeemed["session"]["user"];
    assert_eq!((&redeemed["purpose"], &user["state"]), (&json!("sign-up"), &json!("active")));
    assert_eq!((&user["name"], &user["company"]), (&json!("Sue Newcomer"), &json!("Northwind")));
    assert_eq!((&user["groups"][0]["name"], &user["projects"]), (&json!("Customer"), &json!(0)));
    assert_eq!(sue.get("/session").await.ok(200), redeemed["session"]);
    assert_eq!(sue.get("/me/projects").await.ok(200)["total"], 0);
    sue.get(&format!("/projects/{project}")).await.problem(404, "not-found");
    let activity = portal.admin.get("/activity?action=user.signed-up").await.ok(200);
    assert_eq!(activity["items"][0]["actor"]["name"], "Sue Newcomer", "her own doing");
    let found = portal.admin.get("/users?q=northwind").await.ok(200);
    assert_eq!(found["items"][0]["email"], SUE);
}

#[tokio::test]
async fn every_address_gets_the_same_answer_and_its_own_mail() {
    let portal = Portal::start().await;
    portal.admin.patch("/settings", json!({"support": {"email": "help@portal.test"}})).await.ok(200);
    let (ann, dora) = (portal.customer("Ann").await, portal.disabled("Dora").await);
    let (ivo, bea) = (invited(&portal, "Ivo").await, in_bin(&portal, "Bea").await);
    let pia = pending(&portal, "Pia").await;
    portal
        .admin
        .patch("/settings", json!({"sign_up": "open", "refused_domains": ["refused.test"]}))
        .await
        .ok(200);
    let unknown = sign_up(&portal, SUE).await;
    assert_eq!(unknown.ok(202), json!({}));
    let before = portal.traces();
    for (person, kind) in
        [(&ann, "account-exists"), (&pia, "account-exists"), (&ivo, "welcome"), (&bea, "in-bin")]
    {
        let answer = sign_up(&portal, &person.email.to_uppercase()).await;
        assert_eq!(seen(&answer), seen(&unknown), "{}", person.name);
        assert_eq!(portal.kinds_to(&person.email).await[0], kind, "{}", person.name);
        let mail = portal.newest_mail(&person.email).await;
        assert_eq!(mail["has_link"], kind == "welcome", "{mail}");
    }
    assert_eq!(seen(&sign_up(&portal, &dora.email).await), seen(&unknown));
    assert_eq!(portal.kinds_to(&dora.email).await, [""; 0], "no link, no mail to the disabled");
    let told = portal.newest_mail("help@portal.test").await;
    assert_eq!((&told["kind"], &told["has_link"]), (&json!("account-disabled"), &json!(false)));
    assert!(told["text"].as_str().unwrap().contains(&format!("/users/{}", dora.id)), "{told}");
    portal
        .assert_nothing_happened(async || {
            assert_eq!(seen(&sign_up(&portal, "eve@refused.test").await), seen(&unknown));
            assert_eq!(seen(&sign_up(&portal, "eve@sub.refused.test").await), seen(&unknown));
        })
        .await;
    assert_eq!(portal.traces().users, before.users, "nobody was changed");
}

#[tokio::test]
async fn a_closed_portal_says_so_to_everyone() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal.admin.patch("/settings", json!({"sign_up": "closed"})).await.ok(200);
    assert_eq!(ann.get("/portal").await.ok(200)["sign_up"], "closed");
    portal
        .assert_nothing_happened(async || {
            let unknown = sign_up(&portal, SUE).await;
            unknown.problem(403, "sign-up-closed");
            assert_eq!(seen(&sign_up(&portal, &ann.email).await), seen(&unknown));
        })
        .await;
}

#[tokio::test]
async fn with_approval_one_waits() {
    let portal = Portal::start().await;
    portal
        .admin
        .patch("/settings", json!({"sign_up": "approval", "allowed_domains": ["@Friends.test"]}))
        .await
        .ok(200);
    sign_up(&portal, SUE).await.ok(202);
    let (sue, answer) = confirm(&portal, SUE).await;
    assert_eq!(answer.ok(200), json!({"purpose": "sign-up", "session": null}));
    assert_eq!((answer.header("set-cookie"), sue.cookie()), (None, None));
    let body = json!({"email": sue.email, "password": sue.password});
    sue.post("/session", body).await.problem(403, "account-pending");
    let waiting = portal.admin.get("/users?state=pending").await.ok(200);
    assert_eq!(waiting["items"][0]["email"], SUE);
    let path = format!("/users/{}/approve", crate::harness::id(&waiting["items"][0]));
    portal.admin.post(&path, json!({})).await.ok(200);
    sue.sign_in().await;
    sign_up(&portal, "fred@friends.test").await.ok(202);
    let (_, answer) = confirm(&portal, "fred@friends.test").await;
    assert_eq!(answer.ok(200)["session"]["user"]["state"], "active", "always let in");
}

#[tokio::test]
async fn what_is_missing_is_told_and_nothing_begun() {
    let portal = Portal::start().await;
    let stranger = portal.anonymous();
    let long = "x".repeat(10_000);
    portal
        .assert_nothing_happened(async || {
            let expected = [("name", "required"), ("email", "required")];
            stranger.post("/sign-up", json!({})).await.invalid(&expected);
            let body = json!({"name": long, "email": "sue@", "company": long, "groups": []});
            let expected =
                [("name", "too-long"), ("email", "invalid"), ("company", "too-long"), ("groups", "unknown")];
            stranger.post("/sign-up", body).await.invalid(&expected);
        })
        .await;
}

#[tokio::test]
async fn signing_up_again_ends_the_first_link() {
    let portal = Portal::start().await;
    sign_up(&portal, SUE).await.ok(202);
    let first = portal.newest_token(SUE).await;
    sign_up(&portal, "SUE@people.test").await.ok(202);
    let body = json!({"token": first, "password": "mellow-otter-42-quartz"});
    portal
        .assert_nothing_happened(async || {
            portal.anonymous().post("/links/redeem", body).await.problem(410, "link-expired");
        })
        .await;
    let mails = portal.admin.get("/mail").await.ok(200);
    assert_eq!(mails["total"], 2);
}

#[tokio::test]
async fn unconfirmed_it_is_gone_after_a_day() {
    let portal = Portal::start().await;
    sign_up(&portal, SUE).await.ok(202);
    portal.advance(Span::hours(24));
    portal.tidy();
    portal.admin.sign_in().await;
    let ended = portal.admin.get("/activity?action=sign-up.ended").await.ok(200);
    assert_eq!(ended["items"][0]["subject"]["name"], "Sue Newcomer");
    sign_up(&portal, SUE).await.ok(202);
    confirm(&portal, SUE).await.1.ok(200);
}

#[tokio::test]
async fn who_is_invited_meanwhile_is_not_made_twice() {
    let portal = Portal::start().await;
    sign_up(&portal, SUE).await.ok(202);
    let token = portal.newest_token(SUE).await;
    portal.create(json!({"name": "Sue by an admin", "email": SUE})).await;
    let body = json!({"token": token, "password": "mellow-otter-42-quartz"});
    portal
        .assert_nothing_happened(async || {
            portal.anonymous().post("/links/redeem", body).await.problem(410, "link-expired");
        })
        .await;
    assert_eq!(portal.admin.get("/users?q=sue").await.ok(200)["total"], 1);
}

#[tokio::test]
async fn one_place_signs_up_so_many() {
    let portal = Portal::configured(|config| config.limits.sign_up_per_origin = 3).await;
    for n in 0..3 {
        sign_up(&portal, &format!("n{n}@people.test")).await.ok(202);
    }
    let refused = portal.assert_nothing_happened(async || sign_up(&portal, SUE).await).await;
    refused.problem(429, "too-many-requests");
    let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    portal.advance(Span::seconds(wait));
    sign_up(&portal, SUE).await.ok(202);
}
