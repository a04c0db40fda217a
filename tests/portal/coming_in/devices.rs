//! Nobody is locked out by a stranger's guesses, at a browser that they have signed in with before.

use rollcall::model::time::Span;
use serde_json::json;

use crate::harness::{Answer, Person, Portal};

async fn try_in(person: &Person, password: &str) -> Answer {
    person.post("/session", json!({"email": person.email, "password": password})).await
}

/// Wrong passwords, until guessing is over for a while.
async fn guess(person: &Person) {
    for _ in 0..10 {
        try_in(person, "wrong-horse-battery").await.problem(401, "invalid-credentials");
    }
    try_in(person, &person.password).await.problem(429, "too-many-requests");
}

/// Signs in with the right password, at a browser that has this cookie and no other.
async fn with(portal: &Portal, person: &Person, cookie: &str) -> Answer {
    let body = json!({"email": person.email, "password": person.password});
    portal.anonymous().ask("POST", "/session").header("cookie", cookie).json(&body).send().await
}

#[tokio::test]
async fn a_stranger_who_guesses_locks_nobody_out() {
    let portal = Portal::start().await;
    let carl = portal.customer("Carl").await;
    carl.delete("/session").await.ok(204);
    guess(&carl.elsewhere()).await;
    // At another browser Carl must wait too; at his own he comes in, and the stranger is none the wiser.
    try_in(&carl.elsewhere(), &carl.password).await.problem(429, "too-many-requests");
    carl.sign_in().await;
    try_in(&carl.elsewhere(), &carl.password).await.problem(429, "too-many-requests");
    // Wherever a secret is asked for, his browser is his own.
    carl.step_up().await;
    let change = json!({"current": carl.password, "new": "quiet-walrus-77-marble"});
    carl.post("/me/password", change).await.ok(200);
}

#[tokio::test]
async fn nor_does_one_who_guesses_from_the_same_place() {
    let portal = Portal::configured(|config| config.limits.sign_in_per_origin = 5).await;
    let carl = portal.customer("Carl").await;
    carl.delete("/session").await.ok(204);
    let stranger = portal.anonymous();
    for n in 0..5 {
        let body = json!({"email": format!("nobody{n}@people.test"), "password": "wrong-horse-battery"});
        stranger.post("/session", body).await.problem(401, "invalid-credentials");
    }
    try_in(&carl.elsewhere(), &carl.password).await.problem(429, "too-many-requests");
    carl.sign_in().await;
}

#[tokio::test]
async fn a_known_browser_has_the_same_limit_for_itself() {
    let portal = Portal::start().await;
    let carl = portal.customer("Carl").await;
    portal.advance(Span::seconds(1));
    let other = carl.elsewhere();
    other.sign_in().await;
    carl.delete("/session").await.ok(204);
    guess(&carl).await;
    // What he guessed there is counted for strangers too, and not for his other browser.
    try_in(&carl.elsewhere(), &carl.password).await.problem(429, "too-many-requests");
    other.sign_in().await;
}

#[tokio::test]
async fn a_mark_is_its_own_accounts_and_this_portals_and_opens_nothing() {
    let portal = Portal::start().await;
    let (carl, vera) = (portal.customer("Carl").await, portal.vendor("Vera").await);
    let device = |person: &Person| {
        let cookies = person.cookie().expect("cookies");
        let mark = cookies.split("; ").find(|pair| pair.starts_with("rollcall_device=")).expect("a mark");
        mark.to_owned()
    };
    guess(&carl.elsewhere()).await;
    // Vera's mark, half a mark and a forged one are a stranger's.
    let own = device(&carl);
    let mut forged = own.clone();
    let last = forged.pop();
    forged.push(if last == Some('A') { 'E' } else { 'A' });
    for mark in [device(&vera), own[..own.len() - 8].to_owned(), forged, "rollcall_device=.".to_owned()] {
        with(&portal, &carl, &mark).await.problem(429, "too-many-requests");
    }
    // Carl's own is no session.
    let stranger = portal.anonymous();
    stranger.ask("GET", "/session").header("cookie", &own).send().await.problem(401, "unauthenticated");
    with(&portal, &carl, &own).await.ok(200);
    // Beside another account's it is still there.
    let both = format!("{}.{}", device(&vera), own.trim_start_matches("rollcall_device="));
    with(&portal, &carl, &both).await.ok(200);
    portal.advance(Span::days(366));
    guess(&carl.elsewhere()).await;
    with(&portal, &carl, &own).await.problem(429, "too-many-requests");
}

#[tokio::test]
async fn marks_are_void_once_the_account_is_secured_anew() {
    let portal = Portal::start().await;
    let carl = portal.customer("Carl").await;
    let known = [carl.elsewhere(), carl.elsewhere()];
    for browser in &known {
        portal.advance(Span::seconds(1));
        browser.sign_in().await;
    }
    let change = json!({"current": carl.password, "new": "quiet-walrus-77-marble"});
    carl.post("/me/password", change).await.ok(200);
    let mut now = carl.elsewhere();
    now.password = "quiet-walrus-77-marble".to_owned();
    guess(&now).await;
    for browser in &known {
        try_in(browser, &now.password).await.problem(429, "too-many-requests");
    }
}

#[tokio::test]
async fn many_marks_have_together_what_a_place_has() {
    let portal = Portal::configured(|config| config.limits.sign_in_per_origin = 25).await;
    let carl = portal.customer("Carl").await;
    let mut known = Vec::new();
    for _ in 0..5 {
        portal.advance(Span::milliseconds(1));
        let browser = carl.elsewhere();
        browser.sign_in().await;
        known.push(browser);
    }
    let mut refused = 0;
    for browser in &known {
        for _ in 0..9 {
            refused += usize::from(try_in(browser, "wrong-horse-battery").await.status == 429);
        }
    }
    assert_eq!(refused, 45 - 25);
}

#[tokio::test]
async fn a_reset_by_mail_ends_what_a_stranger_did() {
    let portal = Portal::start().await;
    let carl = portal.customer("Carl").await;
    guess(&carl.elsewhere()).await;
    portal.anonymous().post("/password/forgot", json!({"email": carl.email})).await.ok(202);
    let token = portal.newest_token(&carl.email).await;
    let body = json!({"token": token, "password": "quiet-walrus-77-marble"});
    portal.anonymous().post("/links/redeem", body).await.ok(200);
    let mut now = carl.elsewhere();
    now.password = "quiet-walrus-77-marble".to_owned();
    now.sign_in().await;
}
