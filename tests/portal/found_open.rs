//! Whoever finds an admin's browser open, long after they signed in: what they can't make of it.

use rollcall::model::{group::BuiltIn, time::Span};
use serde_json::{Value, json};

use super::harness::{Person, Portal, built_in, id};

/// An admin who proved who they are more than five minutes ago.
async fn found_open() -> Portal {
    let portal = Portal::start().await;
    portal.create(json!({"name": "Ida", "email": "ida@people.test"})).await;
    portal
}

async fn refused(person: &Person, method: &str, path: &str, body: Value) {
    person.ask(method, path).json(&body).send().await.problem(403, "step-up-required");
}

#[tokio::test]
async fn nobody_is_made_an_admin_and_no_admins_account_is_taken() {
    let portal = found_open().await;
    let (ann, bea) = (portal.customer("Ann").await, portal.another_admin("Bea").await);
    let (admin, crew) = (built_in(BuiltIn::Admin), portal.group("Crew", &["projects.create"]).await);
    let waiting =
        json!({"name": "Root", "email": "root@people.test", "groups": [admin], "welcome": {"send": true}});
    let root = id(&portal.create(waiting).await);
    let welcome = id(&portal.newest_mail("root@people.test").await);
    portal.advance(Span::minutes(5));
    let own = &portal.admin;
    let more = json!({"name": "More", "email": "more@people.test", "groups": [admin]});
    portal
        .assert_nothing_happened(async || {
            refused(own, "POST", "/users", more.clone()).await;
            refused(own, "PATCH", &format!("/users/{}", ann.id), json!({"groups": [admin]})).await;
            let all = json!({"action": "add-group", "target": admin, "ids": [ann.id]});
            refused(own, "POST", "/users/bulk", all).await;
            for user in [&own.id, &bea.id, &root] {
                refused(own, "POST", &format!("/users/{user}/password-link"), json!({})).await;
            }
            refused(own, "POST", &format!("/mail/{welcome}/link"), json!({})).await;
        })
        .await;
    // Whom it gives no power over others is helped as ever.
    own.patch(&format!("/users/{}", ann.id), json!({"groups": [crew]})).await.ok(200);
    own.post(&format!("/users/{}/password-link", ann.id), json!({})).await.ok(200);
    own.post("/users", json!({"name": "Bo", "email": "bo@people.test"})).await.ok(201);
    own.step_up().await;
    own.post("/users", more).await.ok(201);
    own.post(&format!("/users/{}/password-link", bea.id), json!({})).await.ok(200);
}

#[tokio::test]
async fn nothing_that_guards_the_portal_is_loosened() {
    let portal = found_open().await;
    let admin = &portal.admin;
    let (managers, crew) = (portal.group("Managers", &["users.read"]).await, portal.group("Crew", &[]).await);
    let begin =
        json!({"activity_days": 90, "password_min_length": 14, "require_factor_groups": [managers, crew]});
    admin.patch("/settings", begin).await.ok(200);
    portal.advance(Span::minutes(5));
    portal
        .assert_nothing_happened(async || {
            for loosened in [
                json!({"activity_days": 30}),
                json!({"password_min_length": 8}),
                json!({"require_factor_groups": [crew]}),
            ] {
                refused(admin, "PATCH", "/settings", loosened).await;
            }
        })
        .await;
    for body in [json!({"activity_days": 120, "password_min_length": 15}), json!({"portal_name": "Pier"})] {
        admin.patch("/settings", body).await.ok(200);
    }
    admin.patch("/settings", json!({"require_factor_groups": [managers]})).await.ok(200);
    admin.step_up().await;
    admin.patch("/settings", json!({"activity_days": 30, "require_factor_groups": []})).await.ok(200);
}

#[tokio::test]
async fn who_lacks_what_a_group_holds_does_not_free_it_from_its_second_factor() {
    let portal = Portal::start().await;
    let keepers = portal.group("Keepers", &["settings.write"]).await;
    let keeper = portal.person("Kim", &[keepers]).await;
    let admin = built_in(BuiltIn::Admin);
    let app = portal.admin.add_app(&portal).await;
    portal.admin.patch("/settings", json!({"require_factor_groups": [admin]})).await.ok(200);
    portal
        .assert_nothing_happened(async || {
            keeper.patch("/settings", json!({"require_factor_groups": []})).await.problem(403, "forbidden");
        })
        .await;
    keeper.patch("/settings", json!({"portal_name": "Pier"})).await.ok(200);
    drop(app);
}

#[tokio::test]
async fn undoing_gives_neither_power_nor_an_address_back_unasked() {
    let portal = Portal::start().await;
    let (bea, ann) = (portal.another_admin("Bea").await, portal.customer("Ann").await);
    let vendor = built_in(BuiltIn::Vendor);
    portal
        .admin
        .patch(&format!("/users/{}", bea.id), json!({"groups": [vendor, built_in(BuiltIn::Admin)]}))
        .await
        .ok(200);
    let bulk = json!({"action": "remove-group", "target": built_in(BuiltIn::Admin), "ids": [bea.id]});
    let demoted = portal.admin.post("/users/bulk", bulk).await.ok(200);
    let file = format!("id,name,email\n{},Ann,other@people.test\n", ann.id);
    let import =
        portal.admin.ask("POST", "/users/import?mode=apply").body("text/csv", file).send().await.ok(200);
    portal.advance(Span::minutes(5));
    for batch in [&demoted, &import] {
        let path = format!("/undo/{}", batch["undo_id"].as_str().unwrap());
        let asked = portal.assert_nothing_happened(async || portal.admin.post(&path, json!({})).await).await;
        asked.problem(403, "step-up-required");
    }
    portal.admin.step_up().await;
    for batch in [&demoted, &import] {
        let path = format!("/undo/{}", batch["undo_id"].as_str().unwrap());
        assert_eq!(portal.admin.post(&path, json!({})).await.ok(200)["undone"], 1);
    }
}

#[tokio::test]
async fn nobody_with_power_is_brought_back_unasked() {
    let portal = Portal::start().await;
    let (bea, cleo, ann) =
        (portal.another_admin("Bea").await, portal.another_admin("Cleo").await, portal.customer("Ann").await);
    let admin = &portal.admin;
    let bulk = json!({"action": "disable", "ids": [bea.id, ann.id]});
    let disabled = admin.post("/users/bulk", bulk).await.ok(200);
    admin.delete(&format!("/users/{}", cleo.id)).await.ok(204);
    let file = "name,email\nIda,ida@people.test\n";
    let import = admin.ask("POST", "/users/import?mode=apply").body("text/csv", file).send().await.ok(200);
    admin.patch("/settings", json!({"impersonation_notice": true})).await.ok(200);
    let elsewhere = admin.elsewhere();
    elsewhere.sign_in().await;
    portal.advance(Span::minutes(5));
    let calls = [
        ("POST", format!("/users/{}/enable", bea.id), json!({})),
        ("POST", format!("/users/{}/restore", cleo.id), json!({})),
        ("POST", "/users/bulk".to_owned(), json!({"action": "enable", "ids": [ann.id, bea.id]})),
        ("POST", "/users/bulk".to_owned(), json!({"action": "restore", "ids": [cleo.id]})),
        ("POST", format!("/undo/{}", disabled["undo_id"].as_str().unwrap()), json!({})),
        ("POST", format!("/undo/{}", import["undo_id"].as_str().unwrap()), json!({})),
        ("PATCH", "/settings".to_owned(), json!({"bin_days": 1})),
        ("PATCH", "/settings".to_owned(), json!({"impersonation_notice": false})),
        ("DELETE", format!("/users/{}/sessions", admin.id), json!({})),
    ];
    portal
        .assert_nothing_happened(async || {
            for (method, path, body) in &calls {
                refused(admin, method, path, body.clone()).await;
            }
        })
        .await;
    admin.post(&format!("/users/{}/enable", ann.id), json!({})).await.ok(200);
    admin.step_up().await;
    admin.post(&calls[1].1, json!({})).await.ok(200);
    assert_eq!(admin.post(&calls[4].1, json!({})).await.ok(200)["undone"], 1, "Ann has changed since");
    assert_eq!(admin.post(&calls[5].1, json!({})).await.ok(200)["undone"], 1);
}
