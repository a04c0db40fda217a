//! Being asked again, for what gives power or takes data away.

use rollcall::model::time::Span;
use serde_json::{Value, json};

use super::{newest, with_app};
use crate::harness::{Portal, code_at};

#[tokio::test]
async fn what_gives_power_or_takes_data_away_asks_again_after_five_minutes() {
    let portal = Portal::start().await;
    let (ann, admin) = (portal.customer("Ann").await, &portal.admin);
    let group = portal.group("Managers", &["users.read"]).await;
    let user = format!("/users/{}", ann.id);
    let reason = json!({"reason": "They asked for help."});
    let asked: Vec<(&str, String, Value)> = vec![
        ("GET", "/users.csv".into(), Value::Null),
        ("GET", "/activity.csv".into(), Value::Null),
        ("GET", "/backup".into(), Value::Null),
        ("POST", "/groups".into(), json!({"name": "More", "permissions": ["users.read"]})),
        ("PATCH", format!("/groups/{group}"), json!({"permissions": ["users.read", "users.write"]})),
        ("DELETE", format!("/groups/{group}"), Value::Null),
        ("PATCH", user.clone(), json!({"email": "other@people.test"})),
        ("DELETE", format!("{user}/factors"), Value::Null),
        ("POST", "/me/email".into(), json!({"email": "new@portal.test", "password": admin.password})),
        ("POST", "/me/factors".into(), json!({"kind": "totp"})),
        ("DELETE", format!("/me/factors/{}", ann.id), Value::Null),
        ("DELETE", format!("{user}?purge=true"), Value::Null),
        ("POST", format!("{user}/impersonate"), reason),
    ];
    portal.advance(Span::seconds(299));
    assert_eq!(admin.get("/users.csv").await.status, 200);
    portal.advance(Span::seconds(1));
    portal
        .assert_nothing_happened(async || {
            for (method, path, body) in &asked {
                let request = admin.ask(method, path);
                let request = if body.is_null() { request } else { request.json(body) };
                request.send().await.problem(403, "step-up-required");
            }
        })
        .await;
    let file = "name,email\nIda,ida@people.test\n";
    let import = async |mode: &str| {
        admin.ask("POST", &format!("/users/import?mode={mode}")).body("text/csv", file).send().await
    };
    portal
        .assert_nothing_happened(async || {
            import("apply").await.problem(403, "step-up-required");
            let seen = import("preview").await.ok(200);
            let path = format!("/users/import/{}/apply", seen["import_id"].as_str().unwrap());
            admin.post(&path, json!({})).await.problem(403, "step-up-required");
        })
        .await;
    // The rest does not.
    admin.patch(&user, json!({"company": "Acme", "email": ann.email})).await.ok(200);
    admin.post("/groups", json!({"name": "Plain"})).await.ok(201);
    admin.patch(&format!("/groups/{group}"), json!({"description": "Some"})).await.ok(200);
    assert_eq!(admin.get("/session").await.ok(200)["fresh_until"], Value::Null);
    admin.step_up().await;
    for (method, path, body) in &asked {
        let request = admin.ask(method, path);
        let answer = if body.is_null() { request } else { request.json(body) }.send().await;
        let gone = path.starts_with("/me/factors/") || path.ends_with("/impersonate");
        assert!(answer.status < 300 || (gone && answer.status == 404), "{}: {answer}", answer.asked);
    }
}

#[tokio::test]
async fn a_proof_renews_the_session_and_is_recorded() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let begun = ann.get("/session").await.ok(200);
    assert_eq!((&begun["second_factor"], &begun["factor_required"]), (&json!(false), &json!(false)));
    assert_eq!(begun["fresh_until"], "2026-11-24T09:05:00.000Z");
    let ways = ann.post("/session/step-up/begin", json!({})).await.ok(200);
    assert_eq!(ways, json!({"methods": ["password"], "passkey": null}));
    portal.advance(Span::minutes(7));
    let before = ann.as_now();
    let session = ann.step_up().await;
    assert_eq!(session["fresh_until"], "2026-11-24T09:12:00.000Z");
    assert_eq!(session["expires_at"], begun["expires_at"], "it lives no longer for it");
    before.get("/session").await.problem(401, "unauthenticated");
    assert_eq!(ann.get("/session").await.ok(200), session);
    assert_eq!(ann.get("/me/sessions").await.ok(200)["total"], 1);
    let proven = newest(&portal, "session.proven").await;
    assert_eq!((&proven["actor"]["id"], &proven["subject"]["id"]), (&json!(ann.id), &json!(ann.id)));
}

#[tokio::test]
async fn an_app_or_a_recovery_code_proves_it_too_and_wrong_ones_are_guesses() {
    let portal = Portal::start().await;
    let (ann, app) = with_app(&portal, "Ann").await;
    let ways = ann.post("/session/step-up/begin", json!({})).await.ok(200);
    assert_eq!(ways["methods"], json!(["password", "totp", "recovery-code"]));
    let prove = async |body: Value| ann.post("/session/step-up", body).await;
    prove(json!({"code": app.code(&portal)})).await.ok(200);
    prove(json!({"code": app.recovery_codes[0]})).await.ok(200);
    let nothing = portal.traces();
    prove(json!({})).await.invalid(&[("password", "required")]);
    prove(json!({"code": app.code(&portal), "password": "x"})).await.invalid(&[("code", "invalid")]);
    for n in 0..10 {
        match n % 3 {
            0 => prove(json!({"code": app.code(&portal)})).await.invalid(&[("code", "invalid")]),
            1 => prove(json!({"code": app.recovery_codes[0]})).await.invalid(&[("code", "invalid")]),
            _ => prove(json!({"password": "wrong-wrong-wrong"})).await.invalid(&[("password", "invalid")]),
        };
    }
    prove(json!({"password": ann.password})).await.problem(429, "too-many-requests");
    prove(json!({"code": code_at(&portal, &app.secret, 30)})).await.problem(429, "too-many-requests");
    let body = json!({"current": ann.password, "new": "brisk-heron-77-maple"});
    ann.post("/me/password", body).await.problem(429, "too-many-requests");
    assert_eq!(portal.traces(), nothing);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_proofs_by_the_same_code_one_counts() {
    let portal = Portal::configured(|config| {
        (config.limits.sign_in_per_account, config.limits.sign_in_per_origin) = (0, 0);
    })
    .await;
    let (ann, app) = with_app(&portal, "Ann").await;
    let code = app.code(&portal);
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let (one, code) = (ann.as_now(), code.clone());
        tries.spawn(async move { one.post("/session/step-up", json!({"code": code})).await.status });
    }
    let answered = tries.join_all().await;
    assert_eq!(answered.iter().filter(|status| **status == 200).count(), 1, "{answered:?}");
    // The token is another one after the first; whoever was known already is too late by the code.
    assert!(answered.iter().all(|status| [200, 401, 422].contains(status)), "{answered:?}");
}

#[tokio::test]
async fn a_step_up_by_password_forgives_no_guesses_at_the_factor() {
    let portal = Portal::start().await;
    let (ann, app) = with_app(&portal, "Ann").await;
    let eve = ann.elsewhere();
    for n in 0..10 {
        eve.half_sign_in().await;
        let body = json!({"code": "000000"});
        eve.post("/session/second-factor", body).await.problem(401, "invalid-credentials");
        if n == 5 {
            ann.step_up().await;
        }
    }
    let body = json!({"code": app.code(&portal)});
    eve.post("/session/second-factor", body).await.problem(429, "too-many-requests");
}

#[tokio::test]
async fn whoever_acts_as_another_proves_nothing_meanwhile() {
    let portal = Portal::start().await;
    let other = portal.another_admin("Alma").await;
    let admin = portal.acting_as(&other, true).await;
    admin.post("/groups", json!({"name": "One", "permissions": ["users.read"]})).await.ok(201);
    portal.advance(Span::minutes(5));
    portal
        .assert_nothing_happened(async || {
            let body = json!({"name": "Two", "permissions": ["users.read"]});
            admin.post("/groups", body).await.problem(403, "impersonating");
            let body = json!({"password": admin.password});
            admin.post("/session/step-up", body).await.problem(403, "impersonating");
            admin.post("/session/step-up/begin", json!({})).await.problem(403, "impersonating");
        })
        .await;
}
