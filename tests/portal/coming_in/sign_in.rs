//! With e-mail and password, out again, and what guessers and other sites get.

use serde_json::{Value, json};

use rollcall::model::time::Span;

use super::{in_bin, invited, pending, seen};
use crate::harness::{Person, Portal, id};

/// The name of the cookie and its attributes, without the value.
fn attributes(person: &crate::harness::Answer) -> (String, Vec<String>) {
    let cookie = person.header("set-cookie").expect("a cookie").to_owned();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let name = pair.split_once('=').unwrap().0.to_owned();
    (name, attributes.split("; ").map(str::to_owned).collect())
}

async fn try_in(person: &Person, email: &str, password: &str) -> crate::harness::Answer {
    person.post("/session", json!({"email": email, "password": password})).await
}

#[tokio::test]
async fn the_right_password_signs_in() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await.elsewhere();
    let answer = try_in(&ann, " ANN@people.TEST ", &ann.password).await;
    let session = answer.ok(200);
    assert_eq!((&session["user"]["id"], &session["user"]["state"]), (&json!(ann.id), &json!("active")));
    assert_eq!(session["permissions"], json!(["projects.create"]));
    assert_eq!((&session["impersonator"], &session["read_only"]), (&Value::Null, &json!(false)));
    assert_eq!(session["expires_at"], "2026-12-24T09:00:00.000Z");
    let (name, attributes) = attributes(&answer);
    assert_eq!(name, "rollcall_session");
    assert_eq!(attributes, ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=2592000"]);
    assert_eq!(ann.get("/session").await.ok(200), session);
}

#[tokio::test]
async fn over_https_the_cookie_is_for_this_host_and_https_alone() {
    let portal = Portal::configured(|config| config.public_url = Some("https://portal.test".into())).await;
    let answer = try_in(&portal.admin, &portal.admin.email, &portal.admin.password).await;
    let (name, attributes) = attributes(&answer);
    assert_eq!(name, "__Host-rollcall_session");
    for wanted in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(attributes.iter().any(|attribute| attribute == wanted), "{wanted} in {attributes:?}");
    }
    assert!(!attributes.iter().any(|attribute| attribute.starts_with("Domain")));
    let cookie = portal.admin.cookie().unwrap();
    let plain = cookie.replace("__Host-", "");
    let ask =
        async |cookie: &str| portal.anonymous().ask("GET", "/session").header("cookie", cookie).send().await;
    ask(&cookie).await.ok(200);
    ask(&plain).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn every_sign_in_has_a_token_of_its_own_and_ends_the_one_before() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let before = ann.as_now();
    ann.sign_in().await;
    assert_ne!(ann.cookie(), before.cookie());
    before.get("/session").await.problem(401, "unauthenticated");
    let sessions = ann.get("/me/sessions").await.ok(200);
    assert_eq!(sessions["total"], 1);
}

#[tokio::test]
async fn whoever_signs_in_at_anothers_browser_does_it_in_their_own_name() {
    let portal = Portal::start().await;
    let (ann, bob) = (portal.customer("Ann").await, portal.customer("Bob").await);
    try_in(&ann, &bob.email, &bob.password).await.ok(200);
    let started = portal.admin.get("/activity?action=session.started").await.ok(200);
    assert_eq!(started["items"][0]["subject"]["name"], "Bob");
    assert_eq!(started["items"][0]["actor"]["name"], "Bob");
    let ended = portal.admin.get("/activity?action=session.ended").await.ok(200);
    assert_eq!(ended["items"][0]["subject"]["name"], "Ann", "the browser has one session");
}

#[tokio::test]
async fn signed_out_is_out() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let before = ann.as_now();
    let answer = ann.delete("/session").await;
    answer.ok(204);
    assert!(answer.header("set-cookie").unwrap().starts_with("rollcall_session=; Path=/; HttpOnly"));
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    before.get("/session").await.problem(401, "unauthenticated");
    portal
        .assert_nothing_happened(async || before.delete("/session").await.problem(401, "unauthenticated"))
        .await;
    let ended = portal.admin.get("/activity?action=session.ended").await.ok(200);
    assert_eq!((&ended["total"], &ended["items"][0]["actor"]["id"]), (&json!(1), &json!(ann.id)));
}

#[tokio::test]
async fn a_wrong_password_says_nothing_of_the_account() {
    let portal = Portal::configured(|config| config.limits.sign_in_per_origin = 0).await;
    let (ann, disabled) = (portal.customer("Ann").await, portal.disabled("Dora").await);
    let (invited, in_bin) = (invited(&portal, "Ivo").await, in_bin(&portal, "Bea").await);
    let pending = pending(&portal, "Pia").await;
    let stranger = portal.anonymous();
    portal
        .assert_nothing_happened(async || {
            let unknown = try_in(&stranger, "nobody@people.test", "wrong-wrong-wrong").await;
            unknown.problem(401, "invalid-credentials");
            for known in [&ann, &disabled, &invited, &in_bin, &pending] {
                let answer = try_in(&stranger, &known.email, "wrong-wrong-wrong").await;
                assert_eq!(seen(&answer), seen(&unknown), "{}", known.name);
            }
            let long = "x".repeat(5000);
            for email in ["", " ", "no address", &long] {
                let answer = try_in(&stranger, email, "wrong-wrong-wrong").await;
                assert!(answer.status == 422 || seen(&answer) == seen(&unknown), "{email}: {answer}");
            }
            let answer = try_in(&stranger, &ann.email, &long).await;
            assert_eq!(seen(&answer), seen(&unknown));
            // The right one tells who has it why they can't come in; of the bin it tells nobody.
            try_in(&stranger, &disabled.email, &disabled.password).await.problem(403, "account-disabled");
            try_in(&stranger, &pending.email, &pending.password).await.problem(403, "account-pending");
            assert_eq!(seen(&try_in(&stranger, &in_bin.email, &in_bin.password).await), seen(&unknown));
            assert_eq!(stranger.cookie(), None);
        })
        .await;
}

#[tokio::test]
async fn guessing_is_slowed_down_whoever_is_guessed_at() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    for email in ["ann@people.test", "nobody@people.test"] {
        let eve = portal.anonymous();
        let nothing = portal.traces();
        for n in 0..10 {
            let email = if n % 2 == 0 { email.to_owned() } else { email.to_uppercase() };
            try_in(&eve, &email, "wrong-wrong-wrong").await.problem(401, "invalid-credentials");
        }
        let refused = try_in(&eve, email, &ann.password).await;
        refused.problem(429, "too-many-requests");
        let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((30..=31).contains(&wait), "{wait} s");
        portal.advance(Span::seconds(wait));
        try_in(&eve, email, "wrong-wrong-wrong").await.problem(401, "invalid-credentials");
        let refused = try_in(&eve, email, "wrong-wrong-wrong").await;
        refused.problem(429, "too-many-requests");
        let longer: i64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((60..=61).contains(&longer), "it grows: {longer} s");
        assert_eq!(portal.traces(), nothing);
        portal.advance(Span::seconds(longer));
    }
    ann.elsewhere().sign_in().await;
    try_in(&ann.elsewhere(), &ann.email, "wrong-wrong-wrong").await.problem(401, "invalid-credentials");
}

#[tokio::test]
async fn a_few_wrong_ones_now_and_then_are_no_guessing() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    for _ in 0..3 {
        for _ in 0..9 {
            try_in(&ann.elsewhere(), &ann.email, "wrong-wrong-wrong")
                .await
                .problem(401, "invalid-credentials");
        }
        portal.advance(Span::minutes(1));
    }
    ann.elsewhere().sign_in().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_all_at_once_is_guessing() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let nothing = portal.traces();
    let mut guesses = tokio::task::JoinSet::new();
    for n in 0..40 {
        let eve = ann.elsewhere();
        guesses.spawn(async move { try_in(&eve, &eve.email, &format!("wrong-wrong-{n}")).await.status });
    }
    let answered = guesses.join_all().await;
    let told = answered.iter().filter(|status| **status == 401).count();
    // As many hashes as there are cores may be under way when the limit is reached.
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    assert!((10..10 + cores).contains(&told), "{answered:?}");
    assert_eq!(answered.iter().filter(|status| **status == 429).count(), 40 - told);
    assert_eq!(portal.traces(), nothing);
}

#[tokio::test]
async fn one_place_can_guess_at_so_many_accounts() {
    let portal = Portal::configured(|config| config.limits.sign_in_per_origin = 6).await;
    let ann = portal.customer("Ann").await;
    for n in 0..6 {
        let answer = try_in(&portal.anonymous(), &format!("n{n}@people.test"), "wrong-wrong-wrong").await;
        answer.problem(401, "invalid-credentials");
    }
    let refused = try_in(&ann.elsewhere(), &ann.email, &ann.password).await;
    refused.problem(429, "too-many-requests");
    let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    portal.advance(Span::seconds(wait));
    ann.elsewhere().sign_in().await;
}

#[tokio::test]
async fn a_password_is_guessed_at_wherever_it_is_asked_for() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let nothing = portal.traces();
    for n in 0..10 {
        if n % 2 == 0 {
            let body = json!({"current": "wrong-wrong-wrong", "new": "brisk-heron-77-maple"});
            ann.post("/me/password", body).await.invalid(&[("current", "invalid")]);
        } else {
            let body = json!({"email": "new@people.test", "password": "wrong-wrong-wrong"});
            ann.post("/me/email", body).await.invalid(&[("password", "invalid")]);
        }
    }
    let body = json!({"current": ann.password, "new": "brisk-heron-77-maple"});
    ann.post("/me/password", body).await.problem(429, "too-many-requests");
    let body = json!({"email": "new@people.test", "password": ann.password});
    ann.post("/me/email", body).await.problem(429, "too-many-requests");
    try_in(&ann.elsewhere(), &ann.email, &ann.password).await.problem(429, "too-many-requests");
    assert_eq!(portal.traces(), nothing);
}

#[tokio::test]
async fn what_another_site_asks_for_is_refused() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let port = portal.address.port();
    let body = json!({"name": "Mallory"});
    let ask =
        async |name: &str, value: &str| ann.ask("PATCH", "/me").header(name, value).json(&body).send().await;
    let elsewhere = [
        ("sec-fetch-site", "cross-site".to_owned()),
        ("sec-fetch-site", "same-site".to_owned()),
        ("origin", "https://evil.test".to_owned()),
        ("origin", "null".to_owned()),
        ("origin", format!("http://localhost.evil.test:{port}")),
        ("origin", format!("https://localhost:{port}")),
        ("origin", "http://localhost:1".to_owned()),
    ];
    portal
        .assert_nothing_happened(async || {
            for (name, value) in &elsewhere {
                let problem = ask(name, value).await.problem(403, "cross-site-request");
                let url = format!("http://localhost:{port}");
                assert!(problem["detail"].as_str().unwrap().contains(&url), "{problem}");
            }
        })
        .await;
    for (name, value) in [
        ("sec-fetch-site", "same-origin".to_owned()),
        ("sec-fetch-site", "none".to_owned()),
        ("origin", format!("http://localhost:{port}")),
        ("origin", format!("http://127.0.0.1:{port}")),
        ("origin", format!("http://[::1]:{port}")),
    ] {
        ask(name, &value).await.ok(200);
    }
    let reading = ann.ask("GET", "/me").header("sec-fetch-site", "cross-site").send().await;
    reading.ok(200);
}

#[tokio::test]
async fn ones_devices_are_listed_and_signed_out() {
    let portal = Portal::start().await;
    let (ann, bob) = (portal.customer("Ann").await, portal.customer("Bob").await);
    let laptop = ann.elsewhere();
    let body = json!({"email": ann.email, "password": ann.password});
    laptop.ask("POST", "/session").header("user-agent", "Laptop/1.0").json(&body).send().await.ok(200);
    let list = ann.get("/me/sessions").await.ok(200);
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let other = items.iter().find(|item| item["current"] == false).unwrap();
    assert_eq!(
        (&other["origin"], &other["last_seen_at"]),
        (&json!("127.0.0.1"), &json!("2026-11-24T09:00:00.000Z"))
    );
    assert!(other["device"].as_str().unwrap().starts_with("Laptop/1.0"), "{other}");
    let theirs = id(&bob.get("/me/sessions").await.ok(200)["items"][0]);
    portal
        .assert_nothing_happened(async || {
            for id in [&theirs, "nonsense", "0192c4a0-0000-7000-8000-000000000000"] {
                ann.delete(&format!("/me/sessions/{id}")).await.problem(404, "not-found");
            }
        })
        .await;
    ann.delete(&format!("/me/sessions/{}", id(other))).await.ok(204);
    laptop.get("/session").await.problem(401, "unauthenticated");
    laptop.sign_in().await;
    ann.delete("/me/sessions").await.ok(204);
    laptop.get("/session").await.problem(401, "unauthenticated");
    assert_eq!(ann.get("/me/sessions").await.ok(200)["total"], 1, "but not here");
    bob.get("/session").await.ok(200);
}
