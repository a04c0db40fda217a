//! Passkeys: made, shown beside a password, and alone.

use serde_json::{Value, json};

use super::newest;
use crate::harness::{Answer, Passkey, Person, Portal, id};

/// A customer with a passkey.
async fn with_passkey(portal: &Portal, name: &str) -> (Person, Passkey) {
    let person = portal.customer(name).await;
    let mut passkey = Passkey::new(portal, name.as_bytes());
    person.add_passkey(&mut passkey).await;
    (person, passkey)
}

/// A challenge for signing in by a passkey alone.
async fn challenge(person: &Person) -> Value {
    person.post("/session/passkey/begin", json!({})).await.ok(200)["passkey"].clone()
}

async fn alone(person: &Person, answer: Value) -> Answer {
    person.post("/session/passkey", json!({"passkey": answer})).await
}

async fn beside(person: &Person, answer: Value) -> Answer {
    person.post("/session/second-factor", json!({"passkey": answer})).await
}

#[tokio::test]
async fn a_passkey_is_offered_for_this_portal_and_user_and_counts_once_confirmed() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let offer = ann.post("/me/factors", json!({"kind": "passkey"})).await.ok(201);
    let options = &offer["passkey"];
    assert_eq!(options["rp"], json!({"id": "localhost", "name": "Rollcall"}));
    assert_eq!(
        (&options["user"]["name"], &options["user"]["displayName"]),
        (&json!(ann.email), &json!("Ann"))
    );
    assert_eq!(options["attestation"], "none");
    let wanted = &options["authenticatorSelection"];
    assert_eq!(
        (&wanted["residentKey"], &wanted["userVerification"]),
        (&json!("required"), &json!("required"))
    );
    assert_eq!((&offer["secret"], &offer["qr"], &offer["codes"]), (&Value::Null, &Value::Null, &Value::Null));
    let mut passkey = Passkey::new(&portal, b"one");
    let path = format!("/me/factors/{}/confirm", id(&offer));
    let made = passkey.make(options);
    let confirmed = ann.post(&path, json!({"passkey": made})).await.ok(200);
    assert_eq!((&confirmed["kind"], &confirmed["name"]), (&json!("passkey"), &json!("Passkey")));
    assert_eq!(confirmed["codes"].as_array().unwrap().len(), 10);
    ann.post(&path, json!({"passkey": made})).await.problem(404, "not-found");
    // The browser is told which ones are there already.
    let offer = ann.post("/me/factors", json!({"kind": "passkey"})).await.ok(201);
    assert_eq!(offer["passkey"]["excludeCredentials"][0]["id"], "b25l");
    // The same one can't be two people's.
    let bob = portal.customer("Bob").await;
    let offer = bob.post("/me/factors", json!({"kind": "passkey"})).await.ok(201);
    let made = passkey.make(&offer["passkey"]);
    portal
        .assert_nothing_happened(async || {
            let path = format!("/me/factors/{}/confirm", id(&offer));
            bob.post(&path, json!({"passkey": made})).await.problem(409, "conflict");
        })
        .await;
}

#[tokio::test]
async fn one_that_was_made_elsewhere_or_unseen_is_refused() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal
        .assert_nothing_happened(async || {
            for wrong in ["origin", "unverified", "another challenge"] {
                let offer = ann.post("/me/factors", json!({"kind": "passkey"})).await.ok(201);
                let mut passkey = Passkey::new(&portal, b"one");
                let mut options = offer["passkey"].clone();
                match wrong {
                    "origin" => passkey.origin = "https://evil.test".into(),
                    "unverified" => passkey.verifies = false,
                    _ => options["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                }
                let body = json!({"passkey": passkey.make(&options)});
                let path = format!("/me/factors/{}/confirm", id(&offer));
                ann.post(&path, body.clone()).await.invalid(&[("passkey", "invalid")]);
                // One challenge, one answer.
                ann.post(&path, body).await.problem(404, "not-found");
            }
        })
        .await;
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_and_each_answer_is_for_once() {
    let portal = Portal::start().await;
    let (ann, mut passkey) = with_passkey(&portal, "Ann").await;
    let other = ann.elsewhere();
    let problem = other.half_sign_in().await;
    assert_eq!(problem["methods"], json!(["passkey", "recovery-code"]));
    let options = &problem["passkey"];
    assert_eq!((&options["rpId"], &options["userVerification"]), (&json!("localhost"), &json!("required")));
    assert_eq!(options["allowCredentials"], json!([{"type": "public-key", "id": "QW5u"}]));
    let answer = passkey.answer(options);
    let session = beside(&other, answer.clone()).await.ok(200);
    assert_eq!(session["user"]["id"], ann.id);
    assert_eq!(newest(&portal, "factor.used").await["changes"], json!({}));
    let used = ann.get("/me/factors").await.ok(200);
    assert_eq!(used["items"][0]["last_used_at"], "2026-11-24T09:00:00.000Z");
    // Played again: to the same sign-in, which is over, and to another, which asked something else.
    portal
        .assert_nothing_happened(async || {
            beside(&other, answer.clone()).await.problem(401, "unauthenticated");
            other.half_sign_in().await;
            beside(&other, answer.clone()).await.problem(401, "invalid-credentials");
        })
        .await;
    // A wrong answer spends the challenge; a code may still be shown.
    let problem = other.half_sign_in().await;
    passkey.origin = "https://evil.test".into();
    let wrong = passkey.answer(&problem["passkey"]);
    beside(&other, wrong).await.problem(401, "invalid-credentials");
    passkey.origin = format!("http://localhost:{}", portal.address.port());
    let late = passkey.answer(&problem["passkey"]);
    beside(&other, late).await.problem(401, "invalid-credentials");
}

#[tokio::test]
async fn a_counter_that_goes_back_is_a_copy() {
    let portal = Portal::start().await;
    let (ann, mut passkey) = with_passkey(&portal, "Ann").await;
    for (counter, right) in [(4, true), (4, false), (2, false), (5, true)] {
        let other = ann.elsewhere();
        let problem = other.half_sign_in().await;
        passkey.counter = counter;
        let answer = beside(&other, passkey.answer(&problem["passkey"])).await;
        assert_eq!(answer.status, if right { 200 } else { 401 }, "{counter}: {answer}");
    }
}

#[tokio::test]
async fn a_passkey_alone_signs_in() {
    let portal = Portal::start().await;
    let (ann, mut passkey) = with_passkey(&portal, "Ann").await;
    let other = ann.elsewhere();
    let options = challenge(&other).await;
    assert_eq!((&options["allowCredentials"], &options["rpId"]), (&json!([]), &json!("localhost")));
    let answer = passkey.answer(&options);
    let session = alone(&other, answer.clone()).await.ok(200);
    assert_eq!((&session["user"]["id"], &session["second_factor"]), (&json!(ann.id), &json!(true)));
    assert_eq!(session["fresh_until"], "2026-11-24T09:05:00.000Z");
    assert_eq!(newest(&portal, "session.started").await["actor"]["id"], ann.id);
    portal
        .assert_nothing_happened(async || {
            alone(&other, answer.clone()).await.problem(401, "unauthenticated");
            challenge(&other).await;
            alone(&other, answer.clone()).await.problem(401, "invalid-credentials");
            alone(&portal.anonymous(), answer).await.problem(401, "unauthenticated");
            challenge(&other).await;
            alone(&other, json!({})).await.invalid(&[("passkey", "invalid")]);
            other.post("/session/passkey", json!({})).await.invalid(&[("passkey", "required")]);
            // Nobody knows whose it is; or it is said to be another's, or not seen, or from elsewhere.
            let another = uuid::Uuid::parse_str(&portal.admin.id).unwrap().into_bytes();
            for wrong in ["no user", "another's", "unverified", "origin"] {
                let user = passkey.user.clone();
                match wrong {
                    "no user" => passkey.user = None,
                    "another's" => passkey.user = Some(another.to_vec()),
                    "unverified" => passkey.verifies = false,
                    _ => passkey.origin = "https://localhost".into(),
                }
                let answer = passkey.answer(&challenge(&other).await);
                (passkey.user, passkey.verifies) = (user, true);
                alone(&other, answer).await.problem(401, "invalid-credentials");
            }
        })
        .await;
}

#[tokio::test]
async fn a_passkey_brings_nobody_in_who_may_not_and_is_worth_nothing_once_removed() {
    let portal = Portal::start().await;
    let (ann, mut passkey) = with_passkey(&portal, "Ann").await;
    let other = ann.elsewhere();
    portal.admin.post(&format!("/users/{}/disable", ann.id), json!({})).await.ok(200);
    let answer = passkey.answer(&challenge(&other).await);
    alone(&other, answer).await.problem(403, "account-disabled");
    portal.admin.post(&format!("/users/{}/enable", ann.id), json!({})).await.ok(200);
    let before = passkey.answer(&challenge(&other).await);
    portal.admin.delete(&format!("/users/{}/factors", ann.id)).await.ok(204);
    alone(&other, before).await.problem(401, "invalid-credentials");
    other.sign_in().await;
}

#[tokio::test]
async fn wrong_passkeys_are_guesses_at_their_account() {
    let portal = Portal::start().await;
    let (ann, mut passkey) = with_passkey(&portal, "Ann").await;
    let nothing = portal.traces();
    let other = ann.elsewhere();
    passkey.origin = "https://evil.test".into();
    for _ in 0..10 {
        let answer = passkey.answer(&challenge(&other).await);
        alone(&other, answer).await.problem(401, "invalid-credentials");
    }
    let body = json!({"email": ann.email, "password": ann.password});
    other.post("/session", body).await.problem(429, "too-many-requests");
    assert_eq!(portal.traces(), nothing);
}

#[tokio::test]
async fn a_passkey_steps_up() {
    let portal = Portal::start().await;
    let (ann, mut passkey) = with_passkey(&portal, "Ann").await;
    let (begin, path) = ("/session/step-up/begin", "/session/step-up");
    let asked = ann.post(begin, json!({})).await.ok(200);
    assert_eq!(asked["methods"], json!(["password", "passkey", "recovery-code"]));
    let answer = passkey.answer(&asked["passkey"]);
    let before = ann.as_now();
    ann.post(path, json!({"passkey": answer})).await.ok(200);
    before.get("/session").await.problem(401, "unauthenticated");
    portal
        .assert_nothing_happened(async || {
            ann.post(path, json!({"passkey": answer})).await.invalid(&[("passkey", "invalid")]);
            ann.post(begin, json!({})).await.ok(200);
            ann.post(path, json!({"passkey": answer})).await.invalid(&[("passkey", "invalid")]);
        })
        .await;
}

#[tokio::test]
async fn a_portal_without_a_name_has_no_passkeys_and_says_so() {
    let portal = Portal::configured(|config| config.public_url = Some("https://192.0.2.7".into())).await;
    portal
        .assert_nothing_happened(async || {
            let answer = portal.admin.post("/me/factors", json!({"kind": "passkey"})).await;
            let problem = answer.problem(409, "conflict");
            assert!(problem["detail"].as_str().unwrap().contains("public_url"), "{problem}");
            portal.anonymous().post("/session/passkey/begin", json!({})).await.problem(409, "conflict");
        })
        .await;
}
