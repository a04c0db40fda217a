//! "Log in as": with a reason, for a while, in both names, and never further than oneself.

use serde_json::{Value, json};

use rollcall::model::{group::BuiltIn, time::Span};

use super::{
    harness::{Answer, Person, Portal, built_in, id},
    smtp::Server,
};

async fn log_in_as(admin: &Person, user: &str, body: Value) -> Answer {
    admin.post(&format!("/users/{user}/impersonate"), body).await
}

fn reason() -> Value {
    json!({"reason": "They asked for help."})
}

/// The newest activities of an action.
async fn newest(portal: &Portal, action: &str) -> Value {
    portal.admin.get(&format!("/activity?action={action}")).await.ok(200)["items"][0].clone()
}

#[tokio::test]
async fn a_reason_is_needed() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal
        .assert_nothing_happened(async || {
            for (body, code) in [
                (json!({}), "required"),
                (json!({"reason": " "}), "required"),
                (json!({"reason": null}), "required"),
                (json!({"reason": "x".repeat(1001)}), "too-long"),
                (json!({"reason": 7}), "type"),
            ] {
                log_in_as(&portal.admin, &ann.id, body).await.invalid(&[("reason", code)]);
            }
            let body = json!({"reason": "Help", "write": "yes", "forever": true});
            let expected = [("write", "type"), ("forever", "unknown")];
            log_in_as(&portal.admin, &ann.id, body).await.invalid(&expected);
        })
        .await;
}

#[tokio::test]
async fn one_sees_what_the_user_sees_and_changes_nothing() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let project = id(&ann.post("/projects", json!({"name": "Ann's own"})).await.ok(201));
    let (admin, before) = (&portal.admin, portal.admin.as_now());
    let answer = log_in_as(admin, &ann.id, reason()).await;
    let session = answer.ok(200);
    assert_eq!(session["user"]["id"], ann.id);
    assert_eq!(session["impersonator"], json!({"id": admin.id, "name": "Ada Admin"}));
    assert_eq!((&session["read_only"], &session["permissions"]), (&json!(true), &json!(["projects.create"])));
    assert_eq!(session["expires_at"], "2026-11-24T09:30:00.000Z");
    assert_ne!(admin.cookie(), before.cookie(), "a new token");
    before.get("/session").await.problem(401, "unauthenticated");
    assert_eq!(admin.get("/session").await.ok(200), session);
    assert_eq!(admin.get("/me").await.ok(200)["email"], ann.email);
    assert_eq!(admin.get("/me/projects").await.ok(200)["items"][0]["id"], project);
    admin.get("/users").await.problem(403, "forbidden");
    portal
        .assert_nothing_happened(async || {
            admin.patch("/me", json!({"name": "Changed"})).await.problem(403, "impersonating");
            admin.post("/projects", json!({"name": "New"})).await.problem(403, "impersonating");
            let path = format!("/projects/{project}");
            admin.patch(&path, json!({"name": "Changed"})).await.problem(403, "impersonating");
            admin.delete("/me/sessions").await.problem(403, "impersonating");
        })
        .await;
    ann.get("/session").await.ok(200);
}

#[tokio::test]
async fn what_is_done_is_recorded_in_both_names() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let admin = portal.acting_as(&ann, true).await;
    let session = admin.get("/session").await.ok(200);
    assert_eq!(session["read_only"], false);
    admin.patch("/me", json!({"name": "Ann B."})).await.ok(200);
    let (both, ada) = (newest(&portal, "user.updated").await, &portal.admin.id);
    assert_eq!((&both["actor"]["id"], &both["acting_as"]["id"]), (&json!(ada), &json!(ann.id)));
    assert_eq!(both["changes"]["name"], json!(["Ann", "Ann B."]));
    let started = newest(&portal, "impersonation.started").await;
    assert_eq!(
        (&started["reason"], &started["subject"]["id"]),
        (&json!("They asked for help."), &json!(ann.id))
    );
    assert_eq!(started["changes"]["write"], json!([null, true]), "recorded apart");
    // The user sees all of it, and who it was.
    let own = ann.get("/me/activity").await.ok(200);
    let own = own["items"].as_array().unwrap();
    let seen =
        |action: &str| own.iter().find(|one| one["action"] == action).unwrap_or_else(|| panic!("{action}"));
    assert_eq!(seen("user.updated")["actor"]["name"], "Ada Admin");
    assert_eq!(seen("impersonation.started")["actor"]["name"], "Ada Admin");
    assert_eq!(seen("impersonation.started")["reason"], "They asked for help.");
    assert_eq!(seen("impersonation.started")["origin"], Value::Null, "where an admin was is theirs");
    for whose in [ada, &ann.id] {
        let list = portal.admin.get(&format!("/activity?actor={whose}&action=user.updated")).await.ok(200);
        assert_eq!(list["total"], 1, "found by either name");
    }
}

#[tokio::test]
async fn the_person_themselves_is_not_touched() {
    let portal = Portal::start().await;
    let (alma, ann) = (portal.another_admin("Alma").await, portal.customer("Ann").await);
    let admin = portal.acting_as(&alma, true).await;
    portal
        .assert_nothing_happened(async || {
            let body = json!({"current": alma.password, "new": "brisk-heron-77-maple"});
            admin.post("/me/password", body).await.problem(403, "impersonating");
            let body = json!({"email": "new@people.test", "password": alma.password});
            admin.post("/me/email", body).await.problem(403, "impersonating");
            admin.delete("/me/sessions").await.problem(403, "impersonating");
            admin.get("/users.csv").await.problem(403, "impersonating");
            admin.get("/activity.csv").await.problem(403, "impersonating");
            log_in_as(&admin, &ann.id, reason()).await.problem(403, "impersonating");
            log_in_as(&admin, &portal.admin.id, reason()).await.problem(403, "impersonating");
        })
        .await;
    alma.elsewhere().sign_in().await;
}

#[tokio::test]
async fn never_onto_somebody_with_more() {
    let portal = Portal::start().await;
    let helpers = portal.group("Helpers", &["users.read", "users.impersonate", "projects.create"]).await;
    let helper = portal.person("Hal", &[helpers]).await;
    let manager = portal.manager("Max").await;
    let ann = portal.customer("Ann").await;
    portal
        .assert_nothing_happened(async || {
            for user in [&portal.admin.id, &manager.id] {
                let problem = log_in_as(&helper, user, reason()).await.problem(403, "forbidden");
                assert!(problem["detail"].as_str().unwrap().contains("users.write"), "{problem}");
            }
            log_in_as(&manager, &ann.id, reason()).await.problem(403, "forbidden");
            log_in_as(&ann, &helper.id, reason()).await.problem(403, "forbidden");
            log_in_as(&portal.anonymous(), &ann.id, reason()).await.problem(401, "unauthenticated");
        })
        .await;
    log_in_as(&helper, &ann.id, reason()).await.ok(200);
    // Who gets more meanwhile is out of reach.
    let groups = json!({"groups": [super::harness::built_in(rollcall::model::group::BuiltIn::Admin)]});
    portal.admin.patch(&format!("/users/{}", ann.id), groups).await.ok(200);
    let session = helper.get("/session").await.ok(200);
    assert_eq!((&session["user"]["id"], &session["impersonator"]), (&json!(helper.id), &Value::Null));
}

#[tokio::test]
async fn rights_are_those_that_both_have() {
    let portal = Portal::start().await;
    let group = portal.group("Helpers", &["users.read", "users.impersonate", "mail.read"]).await;
    let (helper, vendor) =
        (portal.person("Hal", std::slice::from_ref(&group)).await, portal.vendor("Val").await);
    log_in_as(&helper, &vendor.id, reason()).await.ok(200);
    assert_eq!(helper.get("/session").await.ok(200)["permissions"], json!([]));
    helper.get("/mail").await.problem(403, "forbidden");
    let body = json!({"permissions": ["users.read", "users.impersonate"]});
    helper.delete("/session/impersonation").await.ok(200);
    portal.admin.patch(&format!("/groups/{group}"), body).await.ok(200);
    helper.get("/mail").await.problem(403, "forbidden");
}

#[tokio::test]
async fn who_can_be_logged_in_as() {
    let portal = Portal::start().await;
    let admin = &portal.admin;
    let (disabled, gone) = (portal.disabled("Dora").await, portal.customer("Bea").await);
    admin.delete(&format!("/users/{}", gone.id)).await.ok(204);
    portal.admin.patch("/settings", json!({"sign_up": "approval"})).await.ok(200);
    let body = json!({"name": "Pia", "email": "pia@people.test"});
    portal.anonymous().post("/sign-up", body).await.ok(202);
    let token = portal.newest_token("pia@people.test").await;
    let body = json!({"token": token, "password": "mellow-otter-42-quartz"});
    portal.anonymous().post("/links/redeem", body).await.ok(200);
    let pending = id(&admin.get("/users?state=pending").await.ok(200)["items"][0]);
    portal
        .assert_nothing_happened(async || {
            log_in_as(admin, &admin.id, reason()).await.problem(409, "self");
            for user in [&disabled.id, &gone.id, &pending] {
                log_in_as(admin, user, reason()).await.problem(409, "conflict");
            }
            for user in ["nonsense", "0192c4a0-0000-7000-8000-000000000000"] {
                log_in_as(admin, user, reason()).await.problem(404, "not-found");
            }
        })
        .await;
    let invited = id(&portal.create(json!({"name": "Ivo", "email": "ivo@people.test"})).await);
    let session = log_in_as(admin, &invited, reason()).await.ok(200);
    assert_eq!(session["user"]["state"], "invited");
    admin.delete("/session/impersonation").await.ok(200);
    let user = admin.get(&format!("/users/{invited}")).await.ok(200);
    assert_eq!(
        (&user["state"], &user["last_seen_at"]),
        (&json!("invited"), &Value::Null),
        "they were not there"
    );
}

/// The time is over, or it was taken away: one looks as oneself and saves nothing.
async fn over(portal: &Portal, admin: &Person) {
    let session = admin.get("/session").await.ok(200);
    assert_eq!((&session["user"]["id"], &session["impersonator"]), (&json!(portal.admin.id), &Value::Null));
    portal
        .assert_nothing_happened(async || {
            admin.patch("/me", json!({"name": "Meant for Ann"})).await.problem(403, "impersonating");
            admin.post("/projects", json!({"name": "Ann's"})).await.problem(403, "impersonating");
        })
        .await;
    let session = admin.delete("/session/impersonation").await.ok(200);
    assert_eq!(session["user"]["id"], portal.admin.id);
    admin.patch("/me", json!({"name": "Ada A."})).await.ok(200);
    admin.patch("/me", json!({"name": "Ada Admin"})).await.ok(200);
}

#[tokio::test]
async fn it_ends_after_half_an_hour() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let admin = portal.acting_as(&ann, true).await;
    portal.advance(Span::seconds(1799));
    admin.patch("/me", json!({"phone": "1"})).await.ok(200);
    portal.advance(Span::seconds(1));
    over(&portal, &admin).await;
}

#[tokio::test]
async fn it_ends_with_the_admins_own_session() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let admin = portal.admin.elsewhere();
    admin.sign_in().await;
    for _ in 0..14 {
        portal.advance(Span::minutes(50));
        admin.get("/session").await.ok(200);
        portal.anonymous().ask_for("GET", "/health/ready").send().await;
    }
    admin.step_up().await;
    let session = log_in_as(&admin, &ann.id, reason()).await.ok(200);
    assert_eq!(session["expires_at"], "2026-11-24T21:00:00.000Z", "twenty minutes are left");
    portal.advance(Span::minutes(20));
    admin.get("/session").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn it_ends_when_the_user_is_disabled_or_deleted() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let path = format!("/users/{}", ann.id);
    for (out, back) in [("disable", "enable"), ("", "restore")] {
        let admin = portal.acting_as(&ann, true).await;
        match out {
            "" => portal.admin.delete(&path).await.ok(204),
            out => portal.admin.post(&format!("{path}/{out}"), json!({})).await.ok(200),
        };
        let ended = newest(&portal, "impersonation.ended").await;
        assert_eq!(ended["subject"]["id"], ann.id);
        portal.admin.post(&format!("{path}/{back}"), json!({})).await.ok(200);
        over(&portal, &admin).await;
        let all = portal.admin.get("/activity?action=impersonation").await.ok(200);
        let actions: Vec<_> =
            all["items"].as_array().unwrap().iter().map(|one| &one["action"]).take(2).collect();
        assert_eq!(actions, ["impersonation.ended", "impersonation.started"], "its end is there once");
        // The return is no more of Ann.
        assert_eq!(newest(&portal, "session.renewed").await["subject"]["id"], json!(portal.admin.id));
    }
}

#[tokio::test]
async fn it_ends_for_good_when_the_admin_may_no_longer() {
    let portal = Portal::start().await;
    let (alma, ann) = (portal.another_admin("Alma").await, portal.customer("Ann").await);
    log_in_as(&alma, &ann.id, json!({"reason": "Help", "write": true})).await.ok(200);
    let (path, groups) = (format!("/users/{}", alma.id), |group| json!({"groups": [built_in(group)]}));
    portal.admin.patch(&path, groups(BuiltIn::Employee)).await.ok(200);
    alma.patch("/me", json!({"name": "Changed"})).await.problem(403, "impersonating");
    // What was found is noted with the next commit.
    portal.admin.patch(&path, groups(BuiltIn::Admin)).await.ok(200);
    let ended = newest(&portal, "impersonation.ended").await;
    assert_eq!((&ended["subject"]["id"], &ended["actor"]), (&json!(ann.id), &Value::Null));
    assert_eq!(alma.get("/session").await.ok(200)["user"]["id"], json!(alma.id), "it is not taken up again");
    alma.patch("/me", json!({"name": "Changed"})).await.problem(403, "impersonating");
    alma.delete("/session/impersonation").await.ok(200);
    alma.patch("/me", json!({"name": "Changed"})).await.ok(200);
    let all = portal.admin.get("/activity?action=impersonation").await.ok(200);
    assert_eq!(all["total"], 2, "its end is there once: {all}");
}

#[tokio::test]
async fn it_ends_when_the_admin_is_disabled() {
    let portal = Portal::start().await;
    let (alma, ann) = (portal.another_admin("Alma").await, portal.customer("Ann").await);
    log_in_as(&alma, &ann.id, json!({"reason": "Help", "write": true})).await.ok(200);
    portal.admin.post(&format!("/users/{}/disable", alma.id), json!({})).await.ok(200);
    portal
        .assert_nothing_happened(async || {
            alma.get("/session").await.problem(401, "unauthenticated");
            alma.patch("/me", json!({"name": "Changed"})).await.problem(401, "unauthenticated");
        })
        .await;
}

#[tokio::test]
async fn signing_out_ends_both() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let admin = portal.acting_as(&ann, false).await;
    let before = admin.as_now();
    admin.delete("/session").await.ok(204);
    before.get("/session").await.problem(401, "unauthenticated");
    before.delete("/session/impersonation").await.problem(401, "unauthenticated");
    ann.get("/session").await.ok(200);
}

#[tokio::test]
async fn one_returns_to_ones_own_account() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let admin = portal.acting_as(&ann, false).await;
    let before = admin.as_now();
    let session = admin.delete("/session/impersonation").await.ok(200);
    assert_eq!((&session["user"]["id"], &session["impersonator"]), (&json!(portal.admin.id), &Value::Null));
    assert_eq!(
        (&session["read_only"], &session["expires_at"]),
        (&json!(false), &json!("2026-11-24T21:00:00.000Z"))
    );
    assert_ne!(admin.cookie(), before.cookie());
    before.get("/session").await.problem(401, "unauthenticated");
    admin.get("/users").await.ok(200);
    let ended = newest(&portal, "impersonation.ended").await;
    assert_eq!((&ended["actor"]["name"], &ended["subject"]["name"]), (&json!("Ada Admin"), &json!("Ann")));
    let own = ann.get("/me/activity").await.ok(200);
    assert_eq!(own["items"][0]["action"], "impersonation.ended");
    portal
        .assert_nothing_happened(async || {
            admin.delete("/session/impersonation").await.problem(409, "conflict");
        })
        .await;
}

#[tokio::test]
async fn the_user_is_told_when_the_settings_say_so() {
    let smtp = Server::start().await;
    let portal = Portal::with_smtp(&smtp).await;
    let ann = portal.customer("Ann").await;
    portal.acting_as(&ann, false).await;
    portal.admin.patch("/settings", json!({"impersonation_notice": true})).await.ok(200);
    portal.acting_as(&ann, false).await;
    let mail = smtp.next_mail().await;
    assert_eq!(mail.to, ann.email);
    assert!(mail.text.contains("Ada Admin") && mail.text.contains("They asked for help."), "{}", mail.text);
    assert_eq!(portal.admin.get("/mail").await.ok(200)["total"], 1, "the first time nobody was");
}
