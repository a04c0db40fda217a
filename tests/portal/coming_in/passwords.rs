//! Forgotten, changed, refused.

use serde_json::json;

use rollcall::model::time::Span;

use super::{in_bin, invited, pending, seen};
use crate::harness::{Person, Portal};

const NEW: &str = "brisk-heron-77-maple";

async fn forgot(portal: &Portal, email: &str) -> crate::harness::Answer {
    portal.anonymous().post("/password/forgot", json!({"email": email})).await
}

#[tokio::test]
async fn a_forgotten_password_is_answered_alike_and_mailed_to_the_known() {
    let portal = Portal::start().await;
    let (ann, ivo) = (portal.customer("Ann").await, invited(&portal, "Ivo").await);
    let shut_out =
        [portal.disabled("Dora").await, in_bin(&portal, "Bea").await, pending(&portal, "Pia").await];
    let unknown = portal.assert_nothing_happened(async || forgot(&portal, "nobody@people.test").await).await;
    assert_eq!(unknown.ok(202), json!({}));
    portal
        .assert_nothing_happened(async || {
            for person in &shut_out {
                assert_eq!(seen(&forgot(&portal, &person.email).await), seen(&unknown), "{}", person.name);
            }
        })
        .await;
    assert_eq!(seen(&forgot(&portal, "ANN@people.test").await), seen(&unknown));
    assert_eq!(seen(&forgot(&portal, &ivo.email).await), seen(&unknown));
    assert_eq!(portal.kinds_to(&ann.email).await, ["password-reset"]);
    assert_eq!(portal.kinds_to(&ivo.email).await, ["welcome"]);
    let mail = portal.newest_mail(&ann.email).await;
    assert!(mail["text"].as_str().unwrap().contains("1 hour"), "{mail}");
    ann.get("/session").await.ok(200);
}

#[tokio::test]
async fn a_link_leads_to_the_portal_whatever_the_request_says_of_its_host() {
    let smtp = crate::smtp::Server::start().await;
    let portal = Portal::with_smtp(&smtp).await;
    let ann = portal.customer("Ann").await;
    let request = portal.anonymous();
    let request = request.ask("POST", "/password/forgot").header("host", "evil.test");
    let request = request.header("x-forwarded-host", "evil.test").header("forwarded", "host=evil.test");
    request.json(&json!({"email": ann.email})).send().await.ok(202);
    let mail = smtp.next_mail().await;
    assert!(mail.link().starts_with(&format!("http://localhost:{}/link#", portal.address.port())));
    assert!(!mail.text.contains("evil.test") && !mail.html.contains("evil.test"), "{}", mail.text);
}

#[tokio::test]
async fn a_malformed_address_is_told() {
    let portal = Portal::start().await;
    portal
        .assert_nothing_happened(async || {
            forgot(&portal, "no address").await.invalid(&[("email", "invalid")]);
            forgot(&portal, "").await.invalid(&[("email", "required")]);
        })
        .await;
}

#[tokio::test]
async fn nobody_is_flooded_with_mail() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    for _ in 0..5 {
        forgot(&portal, &ann.email).await.ok(202);
    }
    let link = portal.newest_token(&ann.email).await;
    portal
        .assert_nothing_happened(async || {
            assert_eq!(forgot(&portal, &ann.email).await.ok(202), json!({}));
            let body = json!({"name": "Eve", "email": ann.email});
            portal.anonymous().post("/sign-up", body).await.ok(202);
        })
        .await;
    let inspect = portal.anonymous().post("/links/inspect", json!({"token": link})).await;
    assert_eq!(inspect.ok(200)["purpose"], "password-reset");
    portal.admin.post(&format!("/users/{}/send-password", ann.id), json!({})).await.ok(200);
    assert_eq!(portal.kinds_to(&ann.email).await.len(), 6, "an admin is no stranger");
    portal.advance(Span::hours(1));
    forgot(&portal, &ann.email).await.ok(202);
    portal.admin.sign_in().await;
    assert_eq!(portal.kinds_to(&ann.email).await.len(), 7);
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let elsewhere = ann.elsewhere();
    elsewhere.sign_in().await;
    ann.post("/me/password", json!({"current": ann.password, "new": NEW})).await.ok(200);
    ann.get("/session").await.ok(200);
    elsewhere.get("/session").await.problem(401, "unauthenticated");
    let old = json!({"email": ann.email, "password": ann.password});
    elsewhere.post("/session", old).await.problem(401, "invalid-credentials");
    let new = json!({"email": ann.email, "password": NEW});
    elsewhere.post("/session", new).await.ok(200);
    assert_eq!(portal.kinds_to(&ann.email).await, ["password-changed"]);
    let changed = portal.admin.get("/activity?action=password.changed").await.ok(200);
    assert_eq!((&changed["total"], &changed["items"][0]["changes"]), (&json!(1), &json!({})));
}

#[tokio::test]
async fn what_is_refused_as_a_password_says_why() {
    let portal = Portal::start().await;
    let body =
        json!({"name": "Anneliese Berg", "email": "anneliese@people.test", "company": "Northwind Traders"});
    let user = portal.create(body).await;
    let mut ann = Person::new(portal.address, "Anneliese Berg", "anneliese@people.test");
    let path = format!("/users/{}/password-link", crate::harness::id(&user));
    let link = crate::harness::token(&portal.admin.post(&path, json!({})).await.ok(200)["url"]);
    let body = json!({"token": link, "password": ann.password});
    ann.post("/links/redeem", body).await.ok(200);
    let change = async |current: &str, new: &str| {
        ann.post("/me/password", json!({"current": current, "new": new})).await
    };
    portal
        .assert_nothing_happened(async || {
            for (new, code) in [
                ("abcdefghijk", "too-short"),
                ("ééééééééééé", "too-short"),
                (&"q7".repeat(129), "too-long"),
                ("aaaaaaaaaaaaaaaa", "too-common"),
                ("AnnelieseBerg1", "too-similar"),
                ("anneliese@people.test", "too-similar"),
                ("NorthwindTraders!", "too-similar"),
                ("RollcallRollcall", "too-similar"),
            ] {
                change(&ann.password, new).await.invalid(&[("new", code)]);
            }
            change("wrong-wrong-wrong", NEW).await.invalid(&[("current", "invalid")]);
            ann.post("/me/password", json!({"new": NEW})).await.invalid(&[("current", "required")]);
            let both = [("current", "required"), ("new", "too-similar")];
            ann.post("/me/password", json!({"new": "AnnelieseBerg1"})).await.invalid(&both);
            let both = [("current", "invalid"), ("new", "too-short")];
            change("wrong-wrong-wrong", "short").await.invalid(&both);
        })
        .await;
    // Any characters, spaces at the ends too, 256 of them; composed or not is the same.
    let long = format!(" {} ", "pässwörter sind ".repeat(16)).chars().take(256).collect::<String>();
    change(&ann.password, &long).await.ok(200);
    let decomposed = long.replace('ä', "a\u{308}").replace('ö', "o\u{308}");
    ann.password = decomposed;
    ann.elsewhere().sign_in().await;
    ann.password = long.trim().to_owned();
    let body = json!({"email": "anneliese@people.test", "password": ann.password});
    portal.anonymous().post("/session", body).await.problem(401, "invalid-credentials");
}

#[tokio::test]
async fn the_settings_say_how_long_a_password_is() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal.admin.patch("/settings", json!({"password_min_length": 16})).await.ok(200);
    assert_eq!(ann.get("/portal").await.ok(200)["password_min_length"], 16);
    let change =
        async |new: &str| ann.post("/me/password", json!({"current": ann.password, "new": new})).await;
    change("quartz-otter-42").await.invalid(&[("new", "too-short")]);
    portal.admin.patch("/settings", json!({"password_min_length": 8})).await.ok(200);
    for common in ["password1", "qwertyuiop", "PASSWORD"] {
        change(common).await.invalid(&[("new", "too-common")]);
    }
    change("zqxjkvbp").await.ok(200);
    portal
        .assert_nothing_happened(async || {
            for length in [7, 65, 0] {
                let body = json!({"password_min_length": length});
                portal.admin.patch("/settings", body).await.invalid(&[("password_min_length", "invalid")]);
            }
        })
        .await;
}

#[tokio::test]
async fn how_good_a_password_would_be_is_told_and_kept_nowhere() {
    let portal = Portal::start().await;
    let somebody = portal.anonymous();
    portal
        .assert_nothing_happened(async || {
            let judge = async |body| somebody.post("/password/check", body).await.ok(200);
            let good = judge(json!({"password": "mellow-otter-42-quartz"})).await;
            assert_eq!((&good["score"], &good["accepted"]), (&json!(4), &json!(true)));
            let bad = judge(json!({"password": "AnneBergBerg", "name": "Anne Berg"})).await;
            assert_eq!(bad["accepted"], false);
            assert!(bad["message"].as_str().unwrap().contains("your name"), "{bad}");
            judge(json!({"password": "x".repeat(100_000)})).await;
        })
        .await;
}
