//! The settings: what they hold, what is refused, and where they show.

use rollcall::model::time::Span;
use serde_json::{Value, json};

use super::harness::{Answer, Portal, id};

async fn patch(portal: &Portal, body: Value) -> Answer {
    portal.admin.patch("/settings", body).await
}

#[tokio::test]
async fn a_new_portal_has_settings_that_work() {
    let portal = Portal::start().await;
    let expected = json!({
        "portal_name": "Rollcall", "accent_color": "#3556d4", "support": {"email": null, "url": null},
        "sign_up": "open", "allowed_domains": [], "refused_domains": [],
        "welcome": {"subject": "Your account at Rollcall", "text": "You have an account at Rollcall now."},
        "password_min_length": 12, "require_factor_groups": [], "bin_days": 30, "activity_days": 0,
        "impersonation_notice": false,
    });
    assert_eq!(portal.admin.get("/settings").await.ok(200), expected);
}

#[tokio::test]
async fn what_is_changed_is_kept_recorded_and_shown() {
    let portal = Portal::start().await;
    let body = json!({
        "portal_name": " Harbour ", "accent_color": "#00AAFF",
        "support": {"email": "help@portal.test", "url": "mailto:help@portal.test"},
        "sign_up": "approval", "allowed_domains": ["@Friends.TEST"], "refused_domains": ["evil.test", "bücher.test"],
        "welcome": {"subject": "Come in", "text": "First.\nSecond."},
        "password_min_length": 15, "bin_days": 7, "activity_days": 90, "impersonation_notice": true,
    });
    let changed = patch(&portal, body).await.ok(200);
    assert_eq!((&changed["portal_name"], &changed["accent_color"]), (&json!("Harbour"), &json!("#00aaff")));
    assert_eq!(changed["allowed_domains"], json!(["friends.test"]));
    assert_eq!(changed["refused_domains"], json!(["evil.test", "xn--bcher-kva.test"]));
    assert_eq!(changed["welcome"], json!({"subject": "Come in", "text": "First.\nSecond."}));
    let portal = portal.restart().await;
    assert_eq!(portal.admin.get("/settings").await.ok(200), changed);
    let about = portal.anonymous().get("/portal").await.ok(200);
    assert_eq!(
        about,
        json!({"name": "Harbour", "accent_color": "#00aaff", "sign_up": "approval",
        "setup_required": false, "bin_days": 7, "impersonation_minutes": 30, "mail": "outbox", "password_min_length": 15,
        "support": {"email": "help@portal.test", "url": "mailto:help@portal.test"}})
    );
    let activity = portal.admin.get("/activity?action=settings").await.ok(200);
    let (one, changes) = (&activity["items"][0], &activity["items"][0]["changes"]);
    assert_eq!((&one["action"], &one["actor"]["id"]), (&json!("settings.updated"), &json!(portal.admin.id)));
    assert_eq!(changes["portal_name"], json!(["Rollcall", "Harbour"]));
    assert_eq!(changes["welcome.subject"], json!([null, "Come in"]));
    assert_eq!(changes["bin_days"], json!([30, 7]));
}

#[tokio::test]
async fn what_is_left_out_stays_and_null_goes_back() {
    let portal = Portal::start().await;
    portal.assert_nothing_happened(async || patch(&portal, json!({"bin_days": 30})).await.ok(200)).await;
    let body =
        json!({"support": {"email": "help@portal.test"}, "welcome": {"subject": "Come in"}, "bin_days": 9});
    patch(&portal, body).await.ok(200);
    let after = patch(&portal, json!({"support": {"url": "https://help.test"}, "portal_name": "Harbour"}))
        .await
        .ok(200);
    assert_eq!(after["support"], json!({"email": "help@portal.test", "url": "https://help.test"}));
    assert_eq!((&after["welcome"]["subject"], &after["bin_days"]), (&json!("Come in"), &json!(9)));
    let body = json!({"support": {"email": null, "url": ""}, "welcome": {"subject": null}});
    let after = patch(&portal, body).await.ok(200);
    assert_eq!(after["support"], json!({"email": null, "url": null}));
    assert_eq!(after["welcome"]["subject"], "Your account at Harbour");
    portal
        .assert_nothing_happened(async || {
            assert_eq!(patch(&portal, json!({})).await.ok(200), after);
            assert_eq!(patch(&portal, json!({"portal_name": "Harbour", "bin_days": 9})).await.ok(200), after);
        })
        .await;
}

#[tokio::test]
async fn what_is_wrong_is_told_and_nothing_of_it_kept() {
    let portal = Portal::start().await;
    let before = portal.admin.get("/settings").await.ok(200);
    let bad = [
        (json!({"portal_name": ""}), "portal_name", "required"),
        (json!({"portal_name": null}), "portal_name", "required"),
        (json!({"portal_name": "x".repeat(201)}), "portal_name", "too-long"),
        (json!({"accent_color": "red"}), "accent_color", "invalid"),
        (json!({"accent_color": "#12345g"}), "accent_color", "invalid"),
        (json!({"support": {"url": "javascript:alert(1)"}}), "support.url", "invalid"),
        (json!({"support": {"email": "no address"}}), "support.email", "invalid"),
        (json!({"support": {"fax": "1"}}), "support.fax", "unknown"),
        (json!({"support": "help"}), "support", "type"),
        (json!({"sign_up": "maybe"}), "sign_up", "invalid"),
        (json!({"allowed_domains": ["no domain"]}), "allowed_domains", "invalid"),
        (json!({"refused_domains": "evil.test"}), "refused_domains", "type"),
        (json!({"welcome": {"subject": "a\nb"}}), "welcome.subject", "invalid"),
        (json!({"bin_days": 0}), "bin_days", "invalid"),
        (json!({"bin_days": 366}), "bin_days", "invalid"),
        (json!({"bin_days": "7"}), "bin_days", "type"),
        (json!({"bin_days": 7.5}), "bin_days", "invalid"),
        (json!({"activity_days": -1}), "activity_days", "invalid"),
        (json!({"impersonation_notice": "yes"}), "impersonation_notice", "type"),
        (
            json!({"require_factor_groups": ["01935000-0000-7000-8000-000000000000"]}),
            "require_factor_groups",
            "not-found",
        ),
        (json!({"colour": "#000000"}), "colour", "unknown"),
    ];
    portal
        .assert_nothing_happened(async || {
            for (mut body, field, code) in bad {
                body["password_min_length"] = json!(20);
                patch(&portal, body).await.invalid(&[(field, code)]);
            }
        })
        .await;
    assert_eq!(portal.admin.get("/settings").await.ok(200), before);
}

#[tokio::test]
async fn only_those_who_may_see_and_change_them() {
    let portal = Portal::start().await;
    let manager = portal.manager("Max").await;
    portal
        .assert_nothing_happened(async || {
            manager.get("/settings").await.problem(403, "forbidden");
            manager.patch("/settings", json!({"portal_name": "Mine"})).await.problem(403, "forbidden");
            manager.post("/settings/test-mail", json!({})).await.problem(403, "forbidden");
            portal.anonymous().get("/settings").await.problem(401, "unauthenticated");
        })
        .await;
}

#[tokio::test]
async fn a_test_mail_goes_to_whoever_asks() {
    let portal = Portal::start().await;
    let alma = portal.another_admin("Alma").await;
    let mail = alma.post("/settings/test-mail", json!({})).await.ok(200)["mail_id"].clone();
    let newest = portal.newest_mail(&alma.email).await;
    assert_eq!((&newest["id"], &newest["kind"], &newest["state"]), (&mail, &json!("test"), &json!("queued")));
    let activity = portal.admin.get("/activity?action=mail.queued").await.ok(200);
    assert_eq!(activity["items"][0]["actor"]["id"], alma.id);
}

#[tokio::test]
async fn a_welcome_is_written_with_the_words_of_the_settings() {
    let portal = Portal::start().await;
    let body = json!({"portal_name": "Harbour", "welcome": {"subject": "Come in", "text": "First.\n\nSecond."},
        "support": {"email": "help@portal.test"}});
    patch(&portal, body).await.ok(200);
    let new = json!({"name": "Zoë", "email": "zoe@people.test", "welcome": {"send": true}});
    let preview = portal.assert_nothing_happened(async || {
        portal.admin.post("/users/preview-welcome", new.clone()).await.ok(200)
    });
    let preview = preview.await;
    portal.create(new).await;
    let mail = portal.newest_mail("zoe@people.test").await;
    for part in ["subject", "text", "html"] {
        assert_eq!(mail[part], preview[part], "as it was shown before");
    }
    assert_eq!(mail["subject"], "Come in");
    for words in ["First.", "Second.", "Harbour", "help@portal.test", "zoe@people.test", "7 days"] {
        assert!(mail["text"].as_str().unwrap().contains(words), "{words} in {mail}");
    }
    assert_eq!(id(&mail).len(), 36);
}

#[tokio::test]
async fn everybody_is_told_how_long_things_last() {
    let portal = Portal::configured(|config| config.session.impersonation.0 = Span::seconds(601)).await;
    let told = async || {
        let about = portal.anonymous().get("/portal").await.ok(200);
        (about["bin_days"].clone(), about["impersonation_minutes"].clone())
    };
    assert_eq!(told().await, (json!(30), json!(11)));
    patch(&portal, json!({"bin_days": 7})).await.ok(200);
    assert_eq!(told().await, (json!(7), json!(11)));
}
