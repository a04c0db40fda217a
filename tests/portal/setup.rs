//! The first start: somebody opens the address from the terminal and is the first admin.

use serde_json::json;

use super::{
    harness::{Portal, id},
    smtp::Server,
};

#[tokio::test]
async fn the_first_admin_names_the_portal_and_is_in() {
    let portal = Portal::empty(|_| {}).await;
    let somebody = portal.anonymous();
    assert_eq!(somebody.get("/portal").await.ok(200)["setup_required"], true);
    let url = portal.set_up_url.clone().unwrap();
    let (page, token) = url.split_once('#').unwrap();
    assert_eq!(page, format!("http://localhost:{}/setup", portal.address.port()));
    let body = json!({"token": token, "portal_name": "Harbour", "name": "Ada", "email": "ada@portal.test",
        "password": somebody.password});
    let session = somebody.post("/setup", body).await.ok(201);
    assert_eq!(session["user"]["groups"][0]["name"], "Admin");
    assert_eq!(session["permissions"].as_array().unwrap().len(), 12);
    let about = somebody.get("/portal").await.ok(200);
    assert_eq!((&about["name"], &about["setup_required"]), (&json!("Harbour"), &json!(false)));
    assert_eq!(somebody.get("/session").await.ok(200)["user"]["id"], session["user"]["id"]);
}

#[tokio::test]
async fn a_wrong_token_sets_nothing_up() {
    let portal = Portal::empty(|_| {}).await;
    let somebody = portal.anonymous();
    let body = |token: &str| json!({"token": token, "name": "Eve", "email": "eve@portal.test", "password": somebody.password});
    portal
        .assert_nothing_happened(async || {
            somebody.post("/setup", body("guess")).await.problem(410, "link-expired");
            somebody.post("/setup", body(&"A".repeat(43))).await.problem(410, "link-expired");
        })
        .await;
}

#[tokio::test]
async fn a_set_up_address_says_before_the_form_whether_it_is_the_right_one() {
    let portal = Portal::empty(|_| {}).await;
    let token = portal.set_up_url.clone().unwrap().split_once('#').unwrap().1.to_owned();
    let (somebody, inspect) = (portal.anonymous(), "/setup/inspect");
    portal
        .assert_nothing_happened(async || {
            somebody.post(inspect, json!({"token": token})).await.ok(204);
            somebody.post(inspect, json!({"token": "guess"})).await.problem(410, "link-expired");
            somebody.post(inspect, json!({"token": "A".repeat(43)})).await.problem(410, "link-expired");
            somebody.post(inspect, json!({})).await.invalid(&[("token", "required")]);
        })
        .await;
    let body =
        json!({"token": token, "name": "Ada", "email": "ada@portal.test", "password": somebody.password});
    somebody.post("/setup", body).await.ok(201);
    somebody.post(inspect, json!({"token": token})).await.problem(404, "not-found");
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let portal = Portal::empty(|_| {}).await;
    let token = portal.set_up_url.clone().unwrap().split_once('#').unwrap().1.to_owned();
    let somebody = portal.anonymous();
    portal
        .assert_nothing_happened(async || {
            let body =
                json!({"token": token, "name": " ", "email": "nowhere", "password": "short", "colour": 1});
            let expected = [
                ("name", "required"),
                ("email", "invalid"),
                ("password", "too-short"),
                ("colour", "unknown"),
            ];
            somebody.post("/setup", body).await.invalid(&expected);
            let body = json!({"token": token, "name": "Ada Quartermaine", "password": "Quartermaine1"});
            let expected = [("email", "required"), ("password", "too-similar")];
            somebody.post("/setup", body).await.invalid(&expected);
            let body =
                json!({"token": token, "name": "Ada", "email": "ada@portal.test", "password": "short"});
            somebody.post("/setup", body).await.invalid(&[("password", "too-short")]);
            let body = json!({"password": "short"});
            let expected = [("token", "required"), ("password", "too-short")];
            somebody.post("/links/redeem", body).await.invalid(&expected);
        })
        .await;
}

#[tokio::test]
async fn a_portal_is_set_up_once() {
    let portal = Portal::start().await;
    let token = portal.set_up_url.clone().unwrap().split_once('#').unwrap().1.to_owned();
    let eve = portal.anonymous();
    let body = json!({"token": token, "name": "Eve", "email": "eve@portal.test", "password": eve.password});
    portal.assert_nothing_happened(async || eve.post("/setup", body).await.problem(404, "not-found")).await;
}

#[tokio::test]
async fn a_user_is_mailed_and_comes_in() {
    let smtp = Server::start().await;
    let portal = Portal::with_smtp(&smtp).await;
    portal.create(json!({"name": "Zoë", "email": "zoe@people.test", "welcome": {"send": true}})).await;
    let mail = smtp.next_mail().await;
    assert_eq!(mail.to, "zoe@people.test");
    let zoe = portal.anonymous();
    let body = json!({"token": mail.token(), "password": zoe.password});
    let redeemed = zoe.post("/links/redeem", body).await.ok(200);
    assert_eq!(redeemed["session"]["user"]["email"], "zoe@people.test");
    zoe.get("/session").await.ok(200);
}

#[tokio::test]
async fn stopped_and_started_nothing_is_lost() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let (before, all) = (portal.traces(), portal.admin.get("/users").await.ok(200));
    let portal = portal.restart().await;
    assert_eq!(portal.traces(), before);
    assert_eq!(portal.admin.get("/users").await.ok(200), all);
    assert_eq!(id(&ann.get("/session").await.ok(200)["user"]), ann.id);
    assert_eq!(portal.set_up_url, None);
}
