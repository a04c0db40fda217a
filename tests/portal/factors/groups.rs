//! Groups that ask for a second factor, and admins who take lost ones away.

use serde_json::{Value, json};

use rollcall::model::group::BuiltIn;

use super::newest;
use crate::harness::{Portal, built_in, id};

/// Has these groups ask for a second factor.
async fn require(portal: &Portal, groups: &[String]) -> Value {
    portal.admin.patch("/settings", json!({"require_factor_groups": groups})).await.ok(200)
}

#[tokio::test]
async fn whoever_lacks_the_factor_that_a_group_asks_for_can_only_add_one() {
    let portal = Portal::start().await;
    let (ann, bob) = (portal.vendor("Ann").await, portal.customer("Bob").await);
    let vendor = built_in(BuiltIn::Vendor);
    let settings = require(&portal, &[vendor.clone(), vendor.clone()]).await;
    assert_eq!(settings["require_factor_groups"], json!([vendor]));
    let updated = newest(&portal, "settings.updated").await;
    assert_eq!(updated["changes"]["require_factor_groups"], json!([[], ["Vendor"]]));

    let session = ann.get("/session").await.ok(200);
    assert_eq!((&session["factor_required"], &session["second_factor"]), (&json!(true), &json!(false)));
    ann.get("/me").await.ok(200);
    ann.get("/me/factors").await.ok(200);
    portal
        .assert_nothing_happened(async || {
            for path in
                ["/me/projects", "/me/sessions", "/me/activity", "/projects", "/permissions", "/users"]
            {
                ann.get(path).await.problem(403, "second-factor-required");
            }
            ann.patch("/me", json!({"phone": "1"})).await.problem(403, "second-factor-required");
            let body = json!({"email": "a@b.test", "password": ann.password});
            ann.post("/me/email", body).await.problem(403, "second-factor-required");
            let body = json!({"current": ann.password, "new": "brisk-heron-77-maple"});
            ann.post("/me/password", body).await.problem(403, "second-factor-required");
            ann.delete("/me/sessions").await.problem(403, "second-factor-required");
        })
        .await;
    assert_eq!(bob.get("/session").await.ok(200)["factor_required"], false);
    bob.get("/projects").await.ok(200);
    // An admin sees what a vendor sees.
    portal.acting_as(&ann, false).await.get("/me/projects").await.ok(200);
    // It holds for new sessions too; these can be proven again, and left.
    let other = ann.elsewhere();
    assert_eq!(other.sign_in().await["factor_required"], true);
    other.step_up().await;
    other.delete("/session").await.ok(204);

    let app = ann.add_app(&portal).await;
    assert_eq!(ann.get("/session").await.ok(200)["factor_required"], false);
    ann.get("/me/projects").await.ok(200);
    portal
        .assert_nothing_happened(async || {
            let path = format!("/me/factors/{}", app.id);
            let problem = ann.delete(&path).await.problem(409, "conflict");
            assert!(problem["detail"].as_str().unwrap().contains("last"), "{problem}");
        })
        .await;
    let second = ann.add_app(&portal).await;
    ann.delete(&format!("/me/factors/{}", app.id)).await.ok(204);
    require(&portal, &[]).await;
    ann.delete(&format!("/me/factors/{}", second.id)).await.ok(204);
    ann.get("/me/projects").await.ok(200);
}

#[tokio::test]
async fn whoever_makes_the_rule_is_held_to_it_and_a_deleted_group_asks_for_nothing() {
    let portal = Portal::start().await;
    let group = portal.group("Careful", &[]).await;
    require(&portal, &[group.clone(), built_in(BuiltIn::Admin)]).await;
    portal.admin.get("/users").await.problem(403, "second-factor-required");
    portal.admin.add_app(&portal).await;
    portal.admin.get("/users").await.ok(200);
    portal.admin.delete(&format!("/groups/{group}")).await.ok(204);
    let settings = portal.admin.get("/settings").await.ok(200);
    assert_eq!(settings["require_factor_groups"], json!([built_in(BuiltIn::Admin)]));
}

#[tokio::test]
async fn an_admin_removes_lost_factors_and_the_user_is_told() {
    let portal = Portal::start().await;
    let (ann, manager) = (portal.vendor("Ann").await, portal.manager("Max").await);
    ann.add_app(&portal).await;
    let path = format!("/users/{}/factors", ann.id);
    let list = manager.get(&path).await.ok(200);
    assert_eq!(list["total"], 2);
    assert!(list["items"][0].get("secret").is_none());
    manager.delete(&path).await.ok(204);
    let removed = newest(&portal, "factor.removed").await;
    assert_eq!((&removed["actor"]["id"], &removed["subject"]["id"]), (&json!(manager.id), &json!(ann.id)));
    let mail = portal.newest_mail(&ann.email).await;
    assert_eq!(mail["kind"], "factor-changed");
    assert!(mail["text"].as_str().unwrap().contains("An admin removed all second factors"));
    ann.elsewhere().sign_in().await;
    ann.get("/session").await.ok(200);
    let (admin, own) = (&portal.admin.id, &manager.id);
    manager.add_app(&portal).await;
    portal.admin.add_app(&portal).await;
    portal
        .assert_nothing_happened(async || {
            // There is nothing left to remove.
            manager.delete(&path).await.ok(204);
            manager.delete(&format!("/users/{admin}/factors")).await.problem(403, "forbidden");
            manager.delete(&format!("/users/{own}/factors")).await.problem(409, "self");
            ann.delete(&path).await.problem(403, "forbidden");
            portal.admin.delete("/users/nonsense/factors").await.problem(404, "not-found");
        })
        .await;
}

#[tokio::test]
async fn nobodys_factors_are_touched_in_their_name() {
    let portal = Portal::start().await;
    let alma = portal.another_admin("Alma").await;
    let app = alma.add_app(&portal).await;
    let admin = portal.acting_as(&alma, true).await;
    assert_eq!(admin.get("/me/factors").await.ok(200)["total"], 2);
    portal
        .assert_nothing_happened(async || {
            let path = format!("/me/factors/{}", app.id);
            admin.post("/me/factors", json!({"kind": "totp"})).await.problem(403, "impersonating");
            admin.post("/me/factors", json!({"kind": "recovery-codes"})).await.problem(403, "impersonating");
            admin.patch(&path, json!({"name": "Mine"})).await.problem(403, "impersonating");
            admin.delete(&path).await.problem(403, "impersonating");
            let path = format!("/users/{}/factors", alma.id);
            admin.delete(&path).await.problem(403, "impersonating");
        })
        .await;
    assert_eq!(id(&alma.get("/me").await.ok(200)), alma.id);
}

#[tokio::test]
async fn whoever_has_the_folder_helps_the_last_admin_who_lost_theirs() {
    let portal = Portal::start().await;
    portal.admin.add_app(&portal).await;
    let admin = portal.admin.elsewhere();
    admin.half_sign_in().await;
    portal.remove_factors("ADA@portal.test");
    admin.sign_in().await;
    let removed = newest(&portal, "factor.removed").await;
    assert_eq!((&removed["actor"], &removed["subject"]["id"]), (&Value::Null, &json!(portal.admin.id)));
    assert_eq!(portal.newest_mail("ada@portal.test").await["kind"], "factor-changed");
}
