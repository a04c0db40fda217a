//! One-time links: once, in time, for what they were made for.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use rollcall::model::time::Span;

use super::{invited, pending};
use crate::harness::{Answer, Person, Portal, token};

async fn inspect(portal: &Portal, token: &str) -> Answer {
    portal.anonymous().post("/links/inspect", json!({"token": token})).await
}

async fn redeem(person: &Person, token: &str) -> Answer {
    person.post("/links/redeem", json!({"token": token, "password": person.password})).await
}

/// The link is dead, for looking and for using, and trying it leaves nothing.
async fn dead(portal: &Portal, token: &str) {
    let somebody = portal.anonymous();
    portal
        .assert_nothing_happened(async || {
            inspect(portal, token).await.problem(410, "link-expired");
            redeem(&somebody, token).await.problem(410, "link-expired");
        })
        .await;
    assert_eq!(somebody.cookie(), None);
}

/// A link to choose a password, as an admin hands it over.
async fn handed_over(portal: &Portal, person: &Person) -> String {
    let path = format!("/users/{}/password-link", person.id);
    token(&portal.admin.post(&path, json!({})).await.ok(200)["url"])
}

#[tokio::test]
async fn a_welcome_brings_in_once() {
    let portal = Portal::start().await;
    let ivo = invited(&portal, "Ivo").await;
    let answer = portal.admin.post(&format!("/users/{}/password-link", ivo.id), json!({})).await.ok(200);
    assert_eq!(answer["expires_at"], "2026-12-01T09:00:00.000Z");
    let link = token(&answer["url"]);
    let about = portal.assert_nothing_happened(async || inspect(&portal, &link).await.ok(200)).await;
    let expected = json!({"purpose": "welcome", "name": "Ivo", "email": ivo.email,
        "expires_at": "2026-12-01T09:00:00.000Z"});
    assert_eq!(about, expected);
    let answer = redeem(&ivo, &link).await;
    let redeemed = answer.ok(200);
    assert_eq!(
        (&redeemed["purpose"], &redeemed["session"]["user"]["state"]),
        (&json!("welcome"), &json!("active"))
    );
    assert!(answer.header("set-cookie").unwrap().contains("HttpOnly"));
    ivo.get("/session").await.ok(200);
    dead(&portal, &link).await;
    let activity = portal.admin.get(&format!("/users/{}/activity", ivo.id)).await.ok(200);
    let actions: Vec<_> = activity["items"].as_array().unwrap().iter().map(|one| &one["action"]).collect();
    for action in ["user.joined", "password.chosen", "session.started", "link.ended", "link.shown"] {
        assert!(actions.contains(&&json!(action)), "{action} in {actions:?}");
    }
}

#[tokio::test]
async fn a_reset_ends_all_sessions_and_does_not_sign_in() {
    let portal = Portal::start().await;
    let mut ann = portal.customer("Ann").await;
    ann.post("/password/forgot", json!({"email": ann.email})).await.ok(202);
    let link = portal.newest_token(&ann.email).await;
    assert_eq!(inspect(&portal, &link).await.ok(200)["expires_at"], "2026-11-24T10:00:00.000Z");
    let (stranger, old) = (ann.elsewhere(), ann.password.clone());
    ann.password = "brisk-heron-77-maple".to_owned();
    let body = json!({"token": link, "password": ann.password});
    let answer = stranger.post("/links/redeem", body).await;
    assert_eq!(answer.ok(200), json!({"purpose": "password-reset", "session": null}));
    assert_eq!(answer.header("set-cookie"), None);
    ann.get("/session").await.problem(401, "unauthenticated");
    let with_old = json!({"email": ann.email, "password": old});
    stranger.post("/session", with_old).await.problem(401, "invalid-credentials");
    ann.sign_in().await;
    assert_eq!(portal.kinds_to(&ann.email).await, ["password-changed", "password-reset"]);
    let changed = portal.newest_mail(&ann.email).await;
    assert_eq!(changed["has_link"], false, "nothing in it signs anyone in");
    dead(&portal, &link).await;
}

#[tokio::test]
async fn of_twenty_at_once_one_succeeds() {
    let portal = Portal::start().await;
    let ivo = invited(&portal, "Ivo").await;
    let link = handed_over(&portal, &ivo).await;
    let mut redeeming = JoinSet::new();
    for _ in 0..20 {
        let (ivo, link) = (ivo.elsewhere(), link.clone());
        redeeming.spawn(async move { redeem(&ivo, &link).await.status });
    }
    let mut answered = redeeming.join_all().await;
    answered.sort_unstable();
    assert_eq!(answered, [vec![200], vec![410; 19]].concat());
    let joined = portal.admin.get("/activity?action=user.joined").await.ok(200);
    assert_eq!(joined["total"], 1);
    let sessions = portal.admin.get(&format!("/users/{}/sessions", ivo.id)).await.ok(200);
    assert_eq!(sessions["total"], 1);
}

#[tokio::test]
async fn links_run_out() {
    let portal = Portal::start().await;
    let (ann, ivo) = (portal.customer("Ann").await, invited(&portal, "Ivo").await);
    let (reset, welcome) = (handed_over(&portal, &ann).await, handed_over(&portal, &ivo).await);
    portal.advance(Span::seconds(3599));
    inspect(&portal, &reset).await.ok(200);
    portal.advance(Span::seconds(1));
    dead(&portal, &reset).await;
    portal.advance(Span::seconds(6 * 86_400 + 23 * 3600 - 1));
    inspect(&portal, &welcome).await.ok(200);
    portal.advance(Span::seconds(1));
    dead(&portal, &welcome).await;
}

#[tokio::test]
async fn a_newer_link_ends_the_older_one() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let older = handed_over(&portal, &ann).await;
    ann.post("/password/forgot", json!({"email": ann.email})).await.ok(202);
    dead(&portal, &older).await;
    let newer = portal.newest_token(&ann.email).await;
    assert_ne!(newer, older);
    inspect(&portal, &newer).await.ok(200);
}

#[tokio::test]
async fn all_links_end_with_password_address_and_account() {
    let portal = Portal::start().await;
    for change in ["password", "email", "disable", "delete"] {
        let ann = portal.customer(&format!("Ann {change}")).await;
        let body = json!({"email": format!("new-{change}@people.test"), "password": ann.password});
        ann.post("/me/email", body).await.ok(202);
        let to_new = portal.newest_token(&format!("new-{change}@people.test")).await;
        let reset = handed_over(&portal, &ann).await;
        let path = format!("/users/{}", ann.id);
        match change {
            "password" => {
                let body = json!({"current": ann.password, "new": "brisk-heron-77-maple"});
                ann.post("/me/password", body).await.ok(200);
            }
            "email" => {
                let body = json!({"email": "moved@people.test"});
                portal.admin.patch(&path, body).await.ok(200);
            }
            "disable" => {
                portal.admin.post(&format!("{path}/disable"), json!({})).await.ok(200);
                dead(&portal, &reset).await;
                portal.admin.post(&format!("{path}/enable"), json!({})).await.ok(200);
            }
            _ => {
                portal.admin.delete(&path).await.ok(204);
                dead(&portal, &reset).await;
                portal.admin.post(&format!("{path}/restore"), json!({})).await.ok(200);
            }
        }
        dead(&portal, &reset).await;
        dead(&portal, &to_new).await;
    }
}

#[tokio::test]
async fn what_is_no_link_of_ours_is_told_alike() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let cookie = ann.cookie().unwrap();
    let set_up = portal.set_up_url.clone().unwrap();
    let long = "A".repeat(5000);
    let of_another_purpose = [cookie.split_once('=').unwrap().1, set_up.split_once('#').unwrap().1];
    for token in of_another_purpose.into_iter().chain(["guess", "A", &"A".repeat(43), "….…", &long]) {
        dead(&portal, token).await;
    }
    let nobody = portal.anonymous();
    portal
        .assert_nothing_happened(async || {
            nobody.post("/links/inspect", json!({})).await.invalid(&[("token", "required")]);
            nobody.post("/links/inspect", json!({"token": 7})).await.invalid(&[("token", "type")]);
            let body = json!({"token": "guess", "user": "x"});
            nobody.post("/links/redeem", body).await.invalid(&[("user", "unknown")]);
        })
        .await;
}

#[tokio::test]
async fn a_refused_password_leaves_the_link_unspent() {
    let portal = Portal::start().await;
    let ivo = invited(&portal, "Ivo").await;
    let link = handed_over(&portal, &ivo).await;
    portal
        .assert_nothing_happened(async || {
            for (password, code) in [
                (json!("short"), "too-short"),
                (json!("x".repeat(257)), "too-long"),
                (json!("ivo@people.test"), "too-similar"),
                (json!("aaaaaaaaaaaaaaaa"), "too-common"),
                (json!(""), "required"),
                (Value::Null, "required"),
            ] {
                let body = json!({"token": link, "password": password});
                ivo.post("/links/redeem", body).await.invalid(&[("password", code)]);
            }
            ivo.post("/links/redeem", json!({"token": link})).await.invalid(&[("password", "required")]);
        })
        .await;
    redeem(&ivo, &link).await.ok(200);
}

#[tokio::test]
async fn a_link_that_ran_out_gets_a_fresh_one() {
    let portal = Portal::start().await;
    let (ann, ivo) = (portal.customer("Ann").await, invited(&portal, "Ivo").await);
    let stranger = Person::new(portal.address, "Sue", "sue@people.test");
    stranger.post("/sign-up", json!({"name": "Sue", "email": stranger.email})).await.ok(202);
    let sign_up = portal.newest_token(&stranger.email).await;
    let (reset, welcome) = (handed_over(&portal, &ann).await, handed_over(&portal, &ivo).await);
    let resend = async |token: &str| portal.anonymous().post("/links/resend", json!({"token": token})).await;
    // One that can still be used, and one that is none: the same answer, and nothing comes of it.
    portal
        .assert_nothing_happened(async || {
            for token in [&reset, &welcome, &sign_up, &"A".repeat(43)] {
                assert_eq!(resend(token).await.ok(202), json!({}));
            }
        })
        .await;
    portal.advance(Span::hours(24));
    portal.admin.sign_in().await;
    for (old, person, kind) in [(&sign_up, &stranger, "sign-up"), (&reset, &ann, "password-reset")] {
        assert_eq!(resend(old).await.ok(202), json!({}));
        assert_eq!(portal.kinds_to(&person.email).await[0], kind);
        let fresh = portal.newest_token(&person.email).await;
        dead(&portal, old).await;
        portal.tidy();
        inspect(&portal, &fresh).await.ok(200);
        redeem(person, &fresh).await.ok(200);
        portal.assert_nothing_happened(async || resend(old).await.ok(202)).await;
    }
    portal.advance(Span::days(6));
    resend(&welcome).await.ok(202);
    portal.admin.sign_in().await;
    assert_eq!(portal.kinds_to(&ivo.email).await, ["welcome"]);
    redeem(&ivo, &portal.newest_token(&ivo.email).await).await.ok(200);
}

#[tokio::test]
async fn a_link_is_not_sent_again_to_somebody_who_was_shut_out() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let reset = handed_over(&portal, &ann).await;
    portal.advance(Span::hours(2));
    portal.admin.sign_in().await;
    portal.admin.post(&format!("/users/{}/disable", ann.id), json!({})).await.ok(200);
    portal
        .assert_nothing_happened(async || {
            ann.post("/links/resend", json!({"token": reset})).await.ok(202);
        })
        .await;
}

#[tokio::test]
async fn nobody_who_may_not_come_in_gets_a_link_made_for_them() {
    let portal = Portal::start().await;
    let (dora, pia) = (portal.disabled("Dora").await, pending(&portal, "Pia").await);
    portal
        .assert_nothing_happened(async || {
            for person in [&dora, &pia] {
                for action in ["password-link", "send-password", "send-welcome"] {
                    let path = format!("/users/{}/{action}", person.id);
                    portal.admin.post(&path, json!({})).await.problem(409, "conflict");
                }
            }
        })
        .await;
}

#[tokio::test]
async fn with_another_key_links_and_apps_of_before_are_worth_nothing_and_new_ones_work() {
    let portal = Portal::start().await;
    let ivo = invited(&portal, "Ivo").await;
    let link = handed_over(&portal, &ivo).await;
    inspect(&portal, &link).await.ok(200);
    let ann = portal.customer("Ann").await;
    let app = ann.add_app(&portal).await;
    portal.advance(Span::minutes(1));
    let portal = portal.restart_after(|folder| std::fs::remove_file(folder.join("key")).unwrap()).await;
    dead(&portal, &link).await;
    redeem(&ivo, &handed_over(&portal, &ivo).await).await.ok(200);
    let other = ann.elsewhere();
    other.half_sign_in().await;
    let code = json!({"code": app.code(&portal)});
    other.post("/session/second-factor", code).await.problem(401, "invalid-credentials");
    // A recovery code is hashed, not sealed.
    let code = json!({"code": app.recovery_codes[0]});
    other.post("/session/second-factor", code).await.ok(200);
}
