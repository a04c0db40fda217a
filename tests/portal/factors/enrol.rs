//! Offered, confirmed, named, removed.

use rollcall::model::time::Span;
use serde_json::{Value, json};

use super::{newest, show, with_app};
use crate::harness::{Authenticator, Portal, code_at, id};

#[tokio::test]
async fn an_app_is_offered_as_text_as_address_and_as_picture_and_counts_once_confirmed() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let before = portal.traces();
    let answer = ann.post("/me/factors", json!({"kind": "totp", "name": " Phone "})).await;
    let offer = answer.ok(201);
    assert_eq!(answer.header("location"), Some(format!("/api/v1/me/factors/{}", id(&offer)).as_str()));
    assert_eq!((&offer["kind"], &offer["name"]), (&json!("totp"), &json!("Phone")));
    assert_eq!((&offer["passkey"], &offer["codes"]), (&Value::Null, &Value::Null));
    let secret = offer["secret"].as_str().unwrap();
    assert_eq!(secret.len(), 32, "160 bits in base32");
    let url = offer["url"].as_str().unwrap();
    assert_eq!(url, format!("otpauth://totp/Rollcall:ann%40people.test?secret={secret}&issuer=Rollcall"));
    assert!(offer["qr"]["path"].as_str().unwrap().starts_with("M4 4h7v1h-7z"), "{offer}");
    assert!(offer["qr"]["size"].as_u64().unwrap() >= 29 + 8);
    assert_eq!(portal.traces(), before, "nothing counts yet");
    assert_eq!(ann.get("/me/factors").await.ok(200)["total"], 0);
    ann.elsewhere().sign_in().await;
    assert_eq!(ann.get("/session").await.ok(200)["second_factor"], false);

    let path = format!("/me/factors/{}/confirm", id(&offer));
    let confirmed = ann.post(&path, json!({"code": code_at(&portal, secret, 0)})).await.ok(200);
    assert_eq!((&confirmed["id"], &confirmed["name"]), (&offer["id"], &json!("Phone")));
    assert_eq!(confirmed["created_at"], "2026-11-24T09:00:00.000Z");
    assert_eq!((&confirmed["last_used_at"], &confirmed["left"]), (&Value::Null, &Value::Null));
    let codes = confirmed["codes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    let list = ann.get("/me/factors").await.ok(200);
    let kinds: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect();
    assert_eq!(
        (kinds, &list["items"][1]["left"]),
        (vec![&json!("totp"), &json!("recovery-codes")], &json!(10))
    );
    assert_eq!(ann.get("/session").await.ok(200)["second_factor"], true);
    ann.post(&path, json!({"code": code_at(&portal, secret, 30)})).await.problem(404, "not-found");

    let mail = portal.newest_mail("ann@people.test").await;
    assert_eq!(mail["kind"], "factor-changed");
    assert!(
        mail["text"].as_str().unwrap().contains("Authenticator app “Phone”: this second factor was added")
    );
    let added = newest(&portal, "factor.added").await;
    assert_eq!((&added["subject"]["id"], &added["actor"]["id"]), (&json!(ann.id), &json!(ann.id)));
    // Not a letter of any secret in what admins read.
    let told = portal.admin.get("/activity?per_page=200").await.text()
        + &portal.admin.get("/mail?per_page=200").await.text();
    assert!(!told.contains(secret));
    assert!(codes.iter().all(|code| !told.contains(code.as_str().unwrap())));
}

#[tokio::test]
async fn what_is_not_confirmed_in_time_is_forgotten() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let app = Authenticator::offered(&ann).await.unwrap();
    let path = format!("/me/factors/{}/confirm", app.id);
    portal.advance(Span::minutes(10));
    portal
        .assert_nothing_happened(async || {
            ann.post(&path, json!({"code": app.code(&portal)})).await.problem(404, "not-found");
        })
        .await;
}

#[tokio::test]
async fn what_is_no_good_is_told() {
    let portal = Portal::start().await;
    let (ann, bob) = (portal.customer("Ann").await, portal.customer("Bob").await);
    let app = Authenticator::offered(&ann).await.unwrap();
    let path = format!("/me/factors/{}/confirm", app.id);
    portal
        .assert_nothing_happened(async || {
            ann.post("/me/factors", json!({})).await.invalid(&[("kind", "required")]);
            let body = json!({"kind": "sms", "name": 7, "forever": true});
            let expected = [("kind", "invalid"), ("name", "type"), ("forever", "unknown")];
            ann.post("/me/factors", body).await.invalid(&expected);
            ann.post("/me/factors", json!({"kind": "recovery-codes"})).await.problem(409, "conflict");
            for (body, field, code) in [
                (json!({}), "code", "required"),
                (json!({"code": 123456}), "code", "type"),
                (json!({"code": "000000", "passkey": {}}), "passkey", "invalid"),
                (json!({"passkey": "x"}), "passkey", "type"),
                (json!({"passkey": {}}), "code", "required"),
                (json!({"code": code_at(&portal, &app.secret, 300)}), "code", "invalid"),
                (json!({"code": "zw0z-y07z-01zg-3zr1"}), "code", "invalid"),
            ] {
                ann.post(&path, body).await.invalid(&[(field, code)]);
            }
            // Somebody else's is as if it were not there.
            bob.post(&path, json!({"code": app.code(&portal)})).await.problem(404, "not-found");
            bob.post("/me/factors/nonsense/confirm", json!({})).await.problem(404, "not-found");
        })
        .await;
    app.confirm(&portal, &ann).await;
    portal
        .assert_nothing_happened(async || {
            let path = format!("/me/factors/{}", app.id);
            ann.patch(&path, json!({"name": " "})).await.invalid(&[("name", "required")]);
            bob.patch(&path, json!({"name": "Mine"})).await.problem(404, "not-found");
            bob.delete(&path).await.problem(404, "not-found");
        })
        .await;
    let path = format!("/me/factors/{}", app.id);
    assert_eq!(ann.patch(&path, json!({"name": "Old phone"})).await.ok(200)["name"], "Old phone");
}

#[tokio::test]
async fn the_last_factor_takes_the_recovery_codes_along() {
    let portal = Portal::start().await;
    let (ann, app) = with_app(&portal, "Ann").await;
    let second = ann.add_app(&portal).await;
    assert!(second.recovery_codes.is_empty(), "the ones of the first still count");
    ann.delete(&format!("/me/factors/{}", app.id)).await.ok(204);
    assert_eq!(ann.get("/me/factors").await.ok(200)["total"], 2);
    ann.elsewhere().half_sign_in().await;
    ann.delete(&format!("/me/factors/{}", second.id)).await.ok(204);
    assert_eq!(ann.get("/me/factors").await.ok(200)["total"], 0);
    let mail = portal.newest_mail(&ann.email).await;
    assert!(mail["text"].as_str().unwrap().contains("Authenticator app: this second factor was removed"));
    ann.elsewhere().sign_in().await;
}

#[tokio::test]
async fn new_recovery_codes_end_the_old_ones() {
    let portal = Portal::start().await;
    let (ann, app) = with_app(&portal, "Ann").await;
    let made = ann.post("/me/factors", json!({"kind": "recovery-codes"})).await.ok(201);
    let codes = made["codes"].as_array().unwrap();
    assert_eq!((codes.len(), &made["secret"], &made["qr"]), (10, &Value::Null, &Value::Null));
    assert_eq!(ann.get("/me/factors").await.ok(200)["total"], 2);
    let mail = portal.newest_mail(&ann.email).await;
    assert!(mail["text"].as_str().unwrap().contains("New recovery codes were made"));
    let other = ann.elsewhere();
    other.half_sign_in().await;
    show(&other, &app.recovery_codes[0]).await.problem(401, "invalid-credentials");
    show(&other, codes[0].as_str().unwrap()).await.ok(200);
}
