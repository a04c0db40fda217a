//! What the portal does by itself once an hour: what has run out goes, and the activity says so.

use rollcall::model::time::Span;
use serde_json::json;

use super::harness::{Portal, id, token};

#[tokio::test]
async fn old_mail_goes_with_old_activity() {
    let portal = Portal::start().await;
    portal.admin.patch("/settings", json!({"activity_days": 30})).await.ok(200);
    for name in ["waits", "cancelled"] {
        let email = format!("{name}@people.test");
        portal.create(json!({"name": name, "email": email, "welcome": {"send": true}})).await;
    }
    let cancelled = id(&portal.newest_mail("cancelled@people.test").await);
    portal.admin.post(&format!("/mail/{cancelled}/cancel"), json!({})).await.ok(200);
    portal.advance(Span::days(20));
    portal.admin.sign_in().await;
    portal.create(json!({"name": "new", "email": "new@people.test", "welcome": {"send": true}})).await;
    let new = id(&portal.newest_mail("new@people.test").await);
    portal.admin.post(&format!("/mail/{new}/cancel"), json!({})).await.ok(200);
    let left = async || {
        let list = portal.admin.get("/mail").await.ok(200);
        let to = list["items"].as_array().unwrap().iter().map(|mail| mail["to"].as_str().unwrap().to_owned());
        to.collect::<Vec<_>>()
    };
    portal.tidy();
    assert_eq!(left().await.len(), 3, "none is old enough");
    portal.advance(Span::days(11));
    portal.admin.sign_in().await;
    portal.tidy();
    assert_eq!(left().await, ["new@people.test", "waits@people.test"], "what is still to go stays");
    portal.admin.get(&format!("/mail/{cancelled}")).await.problem(404, "not-found");
    let removed = portal.admin.get("/activity?action=mail.removed").await.ok(200);
    assert_eq!(
        (&removed["total"], &removed["items"][0]["reason"]),
        (&json!(1), &json!("1 older than 30 days"))
    );
    portal.assert_nothing_happened(async || portal.tidy()).await;
}

#[tokio::test]
async fn mail_stays_where_activity_is_kept_for_ever() {
    let portal = Portal::start().await;
    portal.create(json!({"name": "Zoë", "email": "zoe@people.test", "welcome": {"send": true}})).await;
    let mail = id(&portal.newest_mail("zoe@people.test").await);
    portal.admin.post(&format!("/mail/{mail}/cancel"), json!({})).await.ok(200);
    portal.advance(Span::days(4000));
    portal.tidy();
    portal.admin.sign_in().await;
    portal.admin.get(&format!("/mail/{mail}")).await.ok(200);
}

/// More than one write takes away.
#[tokio::test]
async fn many_things_that_run_out_at_once_all_go() {
    let lifted = |config: &mut rollcall::config::Config| {
        config.limits.sign_up_per_origin = 0;
        config.session.per_user = 1000;
    };
    let portal = Portal::configured(lifted).await;
    let stranger = portal.anonymous();
    for n in 0..130 {
        let body = json!({"name": "Sam", "email": format!("sam{n}@people.test")});
        stranger.post("/sign-up", body).await.ok(202);
    }
    for _ in 0..3 {
        portal.admin.elsewhere().sign_in().await;
    }
    portal.tidy();
    let count = async |action: &str| {
        portal.admin.get(&format!("/activity?action={action}")).await.ok(200)["total"].clone()
    };
    assert_eq!(count("sign-up.ended").await, 0);
    portal.advance(Span::hours(25));
    portal.tidy();
    portal.admin.sign_in().await;
    assert_eq!(count("sign-up.ended").await, 130);
    // The admin's four: the set-up's and three more.
    assert_eq!(count("session.ended").await, 4);
    portal.assert_nothing_happened(async || portal.tidy()).await;
}

/// By whoever shows it first, or by the hourly round.
#[tokio::test]
async fn what_was_found_to_have_run_out_is_not_revived_by_a_clock_set_back() {
    let portal = Portal::start().await;
    for shown in [true, false] {
        portal.admin.sign_in().await;
        let email = format!("{shown}@people.test");
        let user = id(&portal.create(json!({"name": "Vera", "email": email})).await);
        let made = json!({"name": format!("{shown}"), "expires_at": "2026-11-30T10:00:00Z"});
        let made = portal.admin.post("/me/tokens", made).await.ok(201);
        let program = portal.admin.with_token(made["secret"].as_str().unwrap());
        let link = portal.admin.post(&format!("/users/{user}/password-link"), json!({})).await.ok(200);
        let link = json!({"token": token(&link["url"])});
        let states = async || {
            let inspected = portal.admin.post("/links/inspect", link.clone()).await.status;
            (program.get("/me").await.status, inspected)
        };
        assert_eq!(states().await, (200, 200));
        portal.advance(Span::days(8));
        if shown {
            assert_eq!(states().await, (401, 410));
        } else {
            portal.tidy();
        }
        portal.admin.sign_in().await;
        portal.advance(Span::days(-8));
        assert_eq!(states().await, (401, 410), "shown meanwhile: {shown}");
        let set = json!({"token": link["token"], "password": "a good long walk home"});
        portal.admin.post("/links/redeem", set).await.problem(410, "link-expired");
    }
}
