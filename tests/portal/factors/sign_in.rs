//! The second step of a sign-in.

use rollcall::model::time::Span;
use serde_json::{Value, json};

use super::{newest, show, with_app};
use crate::harness::{Portal, code_at, token};

#[tokio::test]
async fn a_right_password_is_half_of_a_sign_in() {
    let portal = Portal::start().await;
    let (ann, app) = with_app(&portal, "Ann").await;
    let other = ann.elsewhere();
    let before = portal.traces();
    let answer = other.post("/session", json!({"email": ann.email, "password": ann.password})).await;
    let problem = answer.problem(401, "second-factor-required");
    assert_eq!(problem["methods"], json!(["totp", "recovery-code"]));
    assert_eq!(problem["passkey"], Value::Null);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("rollcall_sign_in="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=300"), "{cookie}");
    other.get("/session").await.problem(401, "unauthenticated");
    assert_eq!(portal.traces(), before, "nothing is begun");

    let session = show(&other, &app.code(&portal)).await.ok(200);
    assert_eq!((&session["user"]["id"], &session["second_factor"]), (&json!(ann.id), &json!(true)));
    assert_eq!(session["fresh_until"], "2026-11-24T09:05:30.000Z");
    assert_eq!(other.get("/session").await.ok(200), session);
    let used = newest(&portal, "factor.used").await;
    assert_eq!((&used["actor"]["id"], &used["subject"]["id"]), (&json!(ann.id), &json!(ann.id)));
    let factors = ann.get("/me/factors").await.ok(200);
    assert_eq!(factors["items"][0]["last_used_at"], "2026-11-24T09:00:30.000Z");
    // The half is spent with the whole.
    show(&other, &code_at(&portal, &app.secret, 30)).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn half_a_sign_in_waits_for_five_minutes_in_its_own_browser() {
    let portal = Portal::start().await;
    let (ann, app) = with_app(&portal, "Ann").await;
    let (one, other) = (ann.elsewhere(), ann.elsewhere());
    one.half_sign_in().await;
    portal
        .assert_nothing_happened(async || {
            show(&other, &app.code(&portal)).await.problem(401, "unauthenticated");
            portal.advance(Span::minutes(5));
            show(&one, &app.code(&portal)).await.problem(401, "unauthenticated");
        })
        .await;
    one.half_sign_in().await;
    let portal = portal.restart().await;
    show(&one, &app.code(&portal)).await.problem(401, "unauthenticated");
    one.half_sign_in().await;
    show(&one, &app.code(&portal)).await.ok(200);
}

#[tokio::test]
async fn the_codes_of_one_step_before_and_after_count_and_none_counts_twice() {
    let portal = Portal::start().await;
    let (ann, app) = with_app(&portal, "Ann").await;
    portal.advance(Span::minutes(2));
    let at = |seconds| code_at(&portal, &app.secret, seconds);
    let sign_in = async |code: &str| {
        let one = ann.elsewhere();
        one.half_sign_in().await;
        show(&one, code).await
    };
    for far in [-60, 60] {
        sign_in(&at(far)).await.problem(401, "invalid-credentials");
    }
    sign_in(&at(-30)).await.ok(200);
    sign_in(&at(-30)).await.problem(401, "invalid-credentials");
    sign_in(&at(30)).await.ok(200);
    // What came before the newest that was taken is spent too.
    sign_in(&at(0)).await.problem(401, "invalid-credentials");
    sign_in(&at(30)).await.problem(401, "invalid-credentials");
}

#[tokio::test]
async fn a_recovery_code_is_for_once() {
    let portal = Portal::start().await;
    let (ann, app) = with_app(&portal, "Ann").await;
    let code = app.recovery_codes[3].to_uppercase().replace('-', " ");
    let other = ann.elsewhere();
    other.half_sign_in().await;
    show(&other, &code).await.ok(200);
    let factors = ann.get("/me/factors").await.ok(200);
    assert_eq!(factors["items"][1]["left"], 9);
    let used = newest(&portal, "factor.used").await;
    assert_eq!(used["changes"]["left"], json!([10, 9]));
    let other = ann.elsewhere();
    other.half_sign_in().await;
    show(&other, &code).await.problem(401, "invalid-credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_who_show_the_same_code_at_once_one_comes_in() {
    for recovery in [false, true] {
        // Guessing would be stopped sooner: here only the spending is looked at.
        let portal = Portal::configured(|config| {
            (config.limits.sign_in_per_account, config.limits.sign_in_per_origin) = (0, 0);
        })
        .await;
        let (ann, app) = with_app(&portal, "Ann").await;
        let code = if recovery { app.recovery_codes[0].clone() } else { app.code(&portal) };
        let sessions = portal.traces();
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..30 {
            let other = ann.elsewhere();
            other.half_sign_in().await;
            let code = code.clone();
            tries.spawn(async move { show(&other, &code).await.status });
        }
        let answered = tries.join_all().await;
        assert_eq!(answered.iter().filter(|status| **status == 200).count(), 1, "{answered:?}");
        assert_eq!(answered.iter().filter(|status| **status == 401).count(), 29, "{answered:?}");
        assert_ne!(portal.traces(), sessions);
        assert_eq!(ann.get("/me/sessions").await.ok(200)["total"], 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_codes_is_guessing_and_a_right_password_forgives_nothing() {
    let portal = Portal::start().await;
    let (ann, app) = with_app(&portal, "Ann").await;
    let eve = ann.elsewhere();
    let nothing = portal.traces();
    for n in 0..10 {
        eve.half_sign_in().await;
        let wrong = if n % 2 == 0 { "000000".to_owned() } else { "zzzz-zzzz-zzzz-zzzz".to_owned() };
        show(&eve, &wrong).await.problem(401, "invalid-credentials");
    }
    show(&eve, &app.code(&portal)).await.problem(429, "too-many-requests");
    let body = json!({"email": ann.email, "password": ann.password});
    eve.post("/session", body).await.problem(429, "too-many-requests");
    assert_eq!(portal.traces(), nothing);
    portal.advance(Span::seconds(31));
    // All at once: no more than the limit are looked at.
    let mut guesses = tokio::task::JoinSet::new();
    let half = ann.elsewhere();
    half.half_sign_in().await;
    for n in 0..40 {
        let eve = half.as_now();
        guesses.spawn(async move { show(&eve, &format!("{n:06}")).await.status });
    }
    let answered = guesses.join_all().await;
    assert!(answered.iter().filter(|status| **status == 401).count() <= 10, "{answered:?}");
    assert_eq!(portal.traces(), nothing);
    portal.advance(Span::hours(2));
    // The whole sign-in forgives.
    ann.elsewhere().sign_in_with(&portal, &app).await;
    for _ in 0..9 {
        half.half_sign_in().await;
        show(&half, "000000").await.problem(401, "invalid-credentials");
    }
    portal.advance(Span::seconds(30));
    ann.elsewhere().sign_in_with(&portal, &app).await;
}

#[tokio::test]
async fn a_link_never_stands_in_for_a_factor() {
    let portal = Portal::start().await;
    let (ann, app) = with_app(&portal, "Ann").await;
    let path = format!("/users/{}/password-link", ann.id);
    let link = portal.admin.post(&path, json!({})).await.ok(200);
    let other = ann.elsewhere();
    let body = json!({"token": token(&link["url"]), "password": "brisk-heron-77-maple"});
    assert_eq!(other.post("/links/redeem", body).await.ok(200)["session"], Value::Null);
    other.get("/session").await.problem(401, "unauthenticated");
    let body = json!({"email": ann.email, "password": "brisk-heron-77-maple"});
    other.post("/session", body.clone()).await.problem(401, "second-factor-required");
    // Half a sign-in does not outlive its password.
    let link = portal.admin.post(&path, json!({})).await.ok(200);
    let again = json!({"token": token(&link["url"]), "password": "velvet-heron-91-basalt"});
    ann.elsewhere().post("/links/redeem", again).await.ok(200);
    show(&other, &app.code(&portal)).await.problem(401, "unauthenticated");
    // Nor the account.
    let body = json!({"email": ann.email, "password": "velvet-heron-91-basalt"});
    other.post("/session", body.clone()).await.problem(401, "second-factor-required");
    portal.admin.post(&format!("/users/{}/disable", ann.id), json!({})).await.ok(200);
    show(&other, &app.code(&portal)).await.problem(403, "account-disabled");
    portal.admin.post(&format!("/users/{}/enable", ann.id), json!({})).await.ok(200);
    show(&other, &app.code(&portal)).await.problem(401, "unauthenticated");
    other.post("/session", body).await.problem(401, "second-factor-required");
    show(&other, &app.code(&portal)).await.ok(200);
}

#[tokio::test]
async fn the_store_alone_makes_no_code() {
    let portal = Portal::start().await;
    let (_, app) = with_app(&portal, "Ann").await;
    let file = portal.store_file();
    let holds = |what: &[u8]| file.windows(what.len()).any(|part| part == what);
    assert!(holds(b"ann@people.test"), "the file is read as it is written");
    let secret = totp_rs::Secret::try_from_base32(&app.secret).unwrap();
    assert!(!holds(secret.as_bytes()) && !holds(app.secret.as_bytes()));
    // As a list of numbers, which is how records hold bytes.
    let numbers: Vec<u8> = secret
        .as_bytes()
        .iter()
        .flat_map(|byte| if *byte < 128 { vec![*byte] } else { vec![0xcc, *byte] })
        .collect();
    assert!(!holds(&numbers));
    for code in &app.recovery_codes {
        assert!(!holds(code.as_bytes()) && !holds(code.replace('-', "").as_bytes()));
    }
}

#[tokio::test]
async fn whoever_comes_with_the_address_of_one_who_was_purged_has_none() {
    let portal = Portal::start().await;
    let (ann, _) = with_app(&portal, "Ann").await;
    portal.admin.delete(&format!("/users/{}", ann.id)).await.ok(204);
    portal.admin.post(&format!("/users/{}/restore", ann.id), json!({})).await.ok(200);
    ann.elsewhere().half_sign_in().await;
    portal.admin.delete(&format!("/users/{}?purge=true", ann.id)).await.ok(204);
    assert_eq!(portal.traces().count("factors"), 0);
    let again = portal.customer("Ann").await;
    assert_eq!(again.get("/session").await.ok(200)["second_factor"], false);
    again.elsewhere().sign_in().await;
}
