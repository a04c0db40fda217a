//! Whatever is sent, no secret and no control character gets into the store, the activity or the
//! log, however much of it is logged.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::{
    binary::{Rollcall, Running},
    harness::{Person, id, token},
};

const OLD: &str = "marked-otter-42-quartz";
const NEW: &str = "marked-heron-77-maple";
const WRONG: &str = "marked-wrong-19-basalt";

/// Everything that a person or a program could send by mistake where it does not belong.
const MARKS: [&str; 9] = [
    OLD,
    NEW,
    WRONG,
    "marked-malformed-body",
    "marked-unknown-field",
    "marked-bearer",
    "marked-query",
    "marked-path",
    "marked-cookie",
];

#[tokio::test]
async fn no_secret_and_no_control_character_is_kept_or_told() {
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
    let create = ["admin", "create", "--name", "Ada", "--email", "ada@portal.test", "--password-stdin"];
    Rollcall::on(folder.path(), &create).told(OLD).ok();
    let log = folder.path().join("log");
    let portal = Running::logging(folder.path(), &log);
    let mut ada = Person::new(portal.address, "Ada", "ada@portal.test");
    ada.password = WRONG.to_owned();
    ada.post("/session", json!({"email": ada.email, "password": WRONG}))
        .await
        .problem(401, "invalid-credentials");
    ada.password = OLD.to_owned();
    ada.sign_in().await;
    let mut secrets: Vec<String> = MARKS.iter().map(|mark| (*mark).to_owned()).collect();
    let cookie = |person: &Person| person.cookie().unwrap().split_once('=').unwrap().1.to_owned();
    secrets.push(cookie(&ada));

    // Links, by every way that hands one over, and what is chosen with them.
    let body = json!({"name": "Zoë", "email": "zoe@people.test", "welcome": {"send": true}});
    let user = id(&ada.post("/users", body).await.ok(201));
    let handed = ada.post(&format!("/users/{user}/password-link"), json!({})).await.ok(200);
    secrets.push(token(&handed["url"]));
    let stranger = Person::new(portal.address, "Sue", "sue@people.test");
    stranger.post("/sign-up", json!({"name": "Sue", "email": "sue@people.test"})).await.ok(202);
    stranger.post("/password/forgot", json!({"email": "ada@portal.test"})).await.ok(202);
    for mail in ada.get("/mail?per_page=200").await.ok(200)["items"].as_array().unwrap() {
        let link = ada.post(&format!("/mail/{}/link", id(mail)), json!({})).await;
        if link.status == 200 {
            secrets.push(token(&link.json()["url"]));
        }
    }
    assert!(secrets.len() >= MARKS.len() + 4, "{secrets:?}");
    let redeem = json!({"token": secrets[MARKS.len() + 1], "password": NEW});
    let zoe = Person::new(portal.address, "Zoë", "zoe@people.test");
    zoe.post("/links/redeem", redeem).await.ok(200);
    secrets.push(cookie(&zoe));
    zoe.post("/me/password", json!({"current": NEW, "new": OLD})).await.ok(200);
    secrets.push(cookie(&zoe));

    // Where none belongs.
    let malformed = "{\"email\": \"ada@portal.test\", \"password\": \"marked-malformed-body";
    ada.ask("POST", "/session")
        .body("application/json", malformed)
        .send()
        .await
        .problem(400, "malformed-request");
    let unknown =
        json!({"email": "a@b.test", "password": OLD, "marked-unknown-field": "marked-unknown-field"});
    ada.post("/session", unknown).await.problem(422, "validation-failed");
    let bearer = ada.ask("GET", "/users").header("authorization", "Bearer rc_marked-bearer").send().await;
    bearer.problem(401, "unauthenticated");
    stranger
        .ask("GET", "/me")
        .header("cookie", "rollcall_session=marked-cookie")
        .send()
        .await
        .problem(401, "unauthenticated");
    ada.get("/users?token=marked-query").await;
    ada.ask_for("GET", "/link/marked-path?marked-query").send().await;

    // Control characters: refused in what is kept, gone or escaped in what is told.
    for bad in ["\u{1b}[31mEve", "E\u{0}ve", "Eve\nEvil", "E\u{85}ve", "E\u{2028}ve"] {
        let body = json!({"name": bad, "email": "eve@people.test"});
        ada.post("/users", body).await.invalid(&[("name", "invalid")]);
        let reason = json!({"reason": bad});
        ada.post(&format!("/users/{user}/disable"), reason).await.invalid(&[("reason", "invalid")]);
        ada.post("/projects", json!({"name": bad})).await.invalid(&[("name", "invalid")]);
    }
    for agent in ["Evil\u{1b}[2JAgent", "Evil\u{7f}Agent", "Evil\tAgent"] {
        let body = json!({"email": "ada@portal.test", "password": OLD});
        let _refused = stranger
            .elsewhere()
            .ask("POST", "/session")
            .header("user-agent", agent)
            .json(&body)
            .try_send()
            .await;
        let _refused = ada.as_now().ask("GET", "/users").header("x-forwarded-for", agent).try_send().await;
    }
    for path in ["/api/v1/users/%1b%5B2J", "/%0a%0dforged:%20line", "/api/v1/%00", "/api/v1/users?q=%1b%0a"] {
        ada.ask_for("GET", path).send().await;
    }

    ada.step_up().await;
    let told = [
        ada.get("/activity?per_page=200").await.text(),
        ada.get("/activity.jsonl").await.text(),
        ada.get("/activity.csv").await.text().replace("\r\n", "\n"),
        fs::read_to_string(&log).expect("a log in UTF-8"),
    ];
    assert_eq!(portal.terminate(), Some(0));
    assert!(told[3].contains("a sign-in failed"), "something was logged: {}", told[3]);
    let store = fs::read(folder.path().join("rollcall.redb")).unwrap();
    for secret in &secrets {
        for text in &told {
            assert!(!text.contains(secret.as_str()), "{secret} in {text}");
        }
        let in_store = store.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!in_store, "{secret} in the store's file");
    }
    for text in &told {
        let bad =
            text.chars().find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{2028}' | '\u{2029}'));
        assert_eq!(bad, None, "in {text}");
    }
}
