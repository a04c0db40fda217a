//! Users disabled and enabled, in the bin, restored and purged; and who is protected from it.

use rollcall::model::{group::BuiltIn, time::Span};
use serde_json::json;

use super::harness::{Portal, built_in, id, token};

fn user(id: &str, what: &str) -> String {
    format!("/users/{id}{what}")
}

#[tokio::test]
async fn the_disabled_are_out_at_once_everywhere() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let phone = ann.elsewhere();
    phone.sign_in().await;
    let link = portal.admin.post(&user(&ann.id, "/password-link"), json!({})).await.ok(200);
    let reason = json!({"reason": "Left the company."});
    assert_eq!(portal.admin.post(&user(&ann.id, "/disable"), reason).await.ok(200)["state"], "disabled");
    for browser in [&ann, &phone] {
        browser.get("/session").await.problem(401, "unauthenticated");
        browser.get("/me/projects").await.problem(401, "unauthenticated");
    }
    let spend = json!({"token": token(&link["url"]), "password": ann.password});
    phone.post("/links/redeem", spend.clone()).await.problem(410, "link-expired");
    let sign_in = json!({"email": ann.email, "password": ann.password});
    ann.post("/session", sign_in.clone()).await.problem(403, "account-disabled");
    let newest = portal.admin.get("/activity?per_page=200").await.ok(200);
    let disabled =
        newest["items"].as_array().unwrap().iter().find(|item| item["action"] == "user.disabled").unwrap();
    assert_eq!(disabled["reason"], "Left the company.");

    assert_eq!(portal.admin.post(&user(&ann.id, "/enable"), json!({})).await.ok(200)["state"], "active");
    ann.get("/session").await.problem(401, "unauthenticated");
    phone.post("/links/redeem", spend).await.problem(410, "link-expired");
    ann.post("/session", sign_in).await.ok(200);
}

#[tokio::test]
async fn enabling_gives_back_what_there_was() {
    let portal = Portal::start().await;
    let groups = [built_in(BuiltIn::Vendor), portal.group("Crew", &[]).await];
    let ann = portal.person("Ann", &groups).await;
    let project = portal.project("Dock").await;
    portal.admin.put(&user(&ann.id, &format!("/projects/{project}"))).await.ok(204);
    let before = portal.admin.get(&user(&ann.id, "")).await.ok(200);
    portal.admin.post(&user(&ann.id, "/disable"), json!({})).await.ok(200);
    let mut after = portal.admin.post(&user(&ann.id, "/enable"), json!({})).await.ok(200);
    assert_ne!(after["version"], before["version"]);
    after["version"] = before["version"].clone();
    assert_eq!(after, before);
}

#[tokio::test]
async fn what_is_so_already_is_done_and_leaves_no_trace() {
    let portal = Portal::start().await;
    let ann = portal.create(json!({"name": "Ann", "email": "ann@people.test"})).await;
    let path = |what: &str| user(&id(&ann), what);
    let quiet = async |method: &str, what: &str, status: u16| {
        portal
            .assert_nothing_happened(async || portal.admin.ask(method, &path(what)).send().await.ok(status))
            .await
    };
    quiet("POST", "/enable", 200).await;
    quiet("POST", "/restore", 200).await;
    portal.admin.post(&path("/disable"), json!({})).await.ok(200);
    quiet("POST", "/disable", 200).await;
    portal.admin.delete(&path("")).await.ok(204);
    portal.advance(Span::minutes(1));
    quiet("DELETE", "", 204).await;
    quiet("DELETE", "/sessions", 204).await;
}

#[tokio::test]
async fn the_bin_is_in_no_list_and_gives_back_the_whole_user() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let project = portal.project("Dock").await;
    portal.admin.put(&format!("/projects/{project}/members/{}", ann.id)).await.ok(204);
    let before = portal.admin.get(&user(&ann.id, "")).await.ok(200);
    portal.admin.delete(&user(&ann.id, "")).await.ok(204);

    ann.get("/session").await.problem(401, "unauthenticated");
    let sign_in = json!({"email": ann.email, "password": ann.password});
    ann.post("/session", sign_in.clone()).await.problem(401, "invalid-credentials");
    for query in [
        "?disabled=include",
        "?disabled=only",
        "?q=ann",
        &format!("?q={}", ann.id),
        "?disabled=include&state=active",
    ] {
        let list = portal.admin.get(&format!("/users{query}")).await;
        assert!(!list.text().contains(&ann.id), "{query}: {list}");
    }
    assert_eq!(portal.admin.get(&format!("/projects/{project}/members")).await.ok(200)["total"], 1);
    assert_eq!(portal.admin.get(&format!("/projects/{project}")).await.ok(200)["members"], 1);
    let customers = portal.admin.get(&format!("/groups/{}", built_in(BuiltIn::Customer))).await.ok(200);
    assert_eq!(customers["users"], 0);
    assert!(!portal.admin.get("/users.csv").await.text().contains(&ann.id));
    for bin in ["?state=deleted", "?q=is:deleted"] {
        let list = portal.admin.get(&format!("/users{bin}")).await.ok(200);
        assert_eq!((list["total"].as_u64(), &list["items"][0]["id"]), (Some(1), &json!(ann.id)));
    }
    assert_eq!(portal.admin.get(&user(&ann.id, "")).await.ok(200)["state"], "deleted");
    portal
        .assert_nothing_happened(async || {
            let patch = portal.admin.ask("PATCH", &user(&ann.id, "")).header("if-match", "\"1\"");
            patch.json(&json!({"name": "Anna"})).send().await.problem(409, "conflict");
            portal
                .admin
                .put(&format!("/projects/{project}/members/{}", ann.id))
                .await
                .problem(409, "conflict");
        })
        .await;
    for what in ["/disable", "/enable", "/send-password", "/password-link", "/send-welcome"] {
        let refuse = async || portal.admin.post(&user(&ann.id, what), json!({})).await;
        portal.assert_nothing_happened(refuse).await.problem(409, "conflict");
    }

    let mut after = portal.admin.post(&user(&ann.id, "/restore"), json!({})).await.ok(200);
    after["version"] = before["version"].clone();
    assert_eq!(after, before);
    ann.get("/session").await.problem(401, "unauthenticated");
    ann.post("/session", sign_in).await.ok(200);
    assert_eq!(portal.admin.get(&format!("/projects/{project}/members")).await.ok(200)["total"], 2);
}

#[tokio::test]
async fn an_address_in_the_bin_is_taken_until_the_purge() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let again = json!({"name": "Ann Again", "email": ann.email});
    portal.admin.delete(&user(&ann.id, "")).await.ok(204);
    portal.admin.post("/users", again.clone()).await.invalid(&[("email", "in-bin")]);
    portal.admin.delete(&user(&ann.id, "?purge=true")).await.ok(204);
    portal.admin.get(&user(&ann.id, "")).await.problem(404, "not-found");
    portal.admin.delete(&user(&ann.id, "?purge=true")).await.problem(404, "not-found");
    assert_eq!(portal.admin.get("/users?state=deleted").await.ok(200)["total"], 0);
    let new = portal.create(again).await;
    assert_ne!(id(&new), ann.id);
    assert_eq!(
        (&new["state"], &new["projects"], &new["last_seen_at"]),
        (&json!("invited"), &json!(0), &json!(null))
    );
    ann.post("/session", json!({"email": ann.email, "password": ann.password}))
        .await
        .problem(401, "invalid-credentials");
    assert_eq!(portal.admin.get(&user(&id(&new), "/mail")).await.ok(200)["total"], 0);
}

#[tokio::test]
async fn a_user_is_purged_without_the_bin_too() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal.admin.delete(&user(&ann.id, "?purge=true")).await.ok(204);
    portal.admin.get(&user(&ann.id, "")).await.problem(404, "not-found");
    ann.get("/session").await.problem(401, "unauthenticated");
    let bo = portal.customer("Bo").await;
    for unclear in ["?purge=perhaps", "?purge=", "?purge=TRUE", "?purge=1"] {
        let refuse = async || portal.admin.delete(&user(&bo.id, unclear)).await;
        portal.assert_nothing_happened(refuse).await.invalid(&[("purge", "invalid")]);
    }
    portal.admin.delete(&user(&bo.id, "?purge=false")).await.ok(204);
    assert_eq!(portal.admin.get(&user(&bo.id, "")).await.ok(200)["state"], "deleted");
}

#[tokio::test]
async fn with_a_user_go_the_mails_about_them_that_went_to_others() {
    let portal = Portal::start().await;
    let settings = json!({"support": {"email": "help@portal.test", "url": null}});
    portal.admin.patch("/settings", settings).await.ok(200);
    let body =
        json!({"name": "Wendy", "email": "wendy@people.test", "welcome": {"send": true, "bcc_me": true}});
    let wendy = id(&portal.create(body).await);
    portal.admin.post(&user(&wendy, "/disable"), json!({})).await.ok(200);
    let again = json!({"name": "Wendy", "email": "wendy@people.test"});
    portal.anonymous().post("/sign-up", again).await.ok(202);
    let outbox = async || portal.admin.get("/mail?per_page=200").await;
    assert_eq!(outbox().await.ok(200)["total"], 3, "a welcome, its copy, a word to the support");
    portal.admin.delete(&user(&wendy, "?purge=true")).await.ok(204);
    let left = outbox().await;
    assert!(!left.text().to_lowercase().contains("wendy"), "{left}");
}

#[tokio::test]
async fn nobody_shuts_themselves_out() {
    let portal = Portal::start().await;
    let second = portal.another_admin("Second").await;
    let acting = portal.acting_as(&second, true).await;
    portal
        .assert_nothing_happened(async || {
            for (who, own) in
                [(&portal.admin, &portal.admin.id), (&acting, &portal.admin.id), (&acting, &second.id)]
            {
                who.post(&user(own, "/disable"), json!({})).await.problem(409, "self");
                who.delete(&user(own, "")).await.problem(409, "self");
                who.delete(&user(own, "?purge=true")).await.problem(409, "self");
            }
        })
        .await;
}

#[tokio::test]
async fn somebody_must_be_left_to_look_after_the_portal() {
    let portal = Portal::start().await;
    let customer = json!({"groups": [built_in(BuiltIn::Customer)]});
    // Holds all permissions, but is no admin.
    let all = portal.admin.get("/permissions").await.ok(200);
    let all: Vec<String> =
        all.as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect();
    let group = portal.group("Deputies", &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let deputy = portal.person("Dee", &[group]).await;
    // An admin who is invited or disabled can't look after anything.
    let invited = json!({"name": "In", "email": "in@people.test", "groups": [built_in(BuiltIn::Admin)]});
    portal.create(invited).await;
    let off = portal.another_admin("Off").await;
    portal.admin.post(&user(&off.id, "/disable"), json!({})).await.ok(200);
    let last = &portal.admin.id;
    portal
        .assert_nothing_happened(async || {
            deputy.post(&user(last, "/disable"), json!({})).await.problem(409, "last-admin");
            deputy.delete(&user(last, "")).await.problem(409, "last-admin");
            deputy.delete(&user(last, "?purge=true")).await.problem(409, "last-admin");
            for admin in [&deputy, &portal.admin] {
                admin.patch(&user(last, ""), customer.clone()).await.problem(409, "last-admin");
            }
        })
        .await;
    portal.admin.post(&user(&off.id, "/enable"), json!({})).await.ok(200);
    portal.admin.patch(&user(last, ""), customer).await.ok(200);
    deputy.delete(&user(&off.id, "")).await.problem(409, "last-admin");
}

#[tokio::test]
async fn of_two_admins_who_disable_each_other_one_stays() {
    let portal = Portal::start().await;
    let second = portal.another_admin("Second").await;
    let (a, b) = (user(&second.id, "/disable"), user(&portal.admin.id, "/disable"));
    let (one, other) = tokio::join!(portal.admin.post(&a, json!({})), second.post(&b, json!({})));
    let mut both = [one.status, other.status];
    both.sort_unstable();
    // The one who was too late is out already.
    assert_eq!(both, [200, 401], "{one}; {other}");
}

#[tokio::test]
async fn nobody_reaches_beyond_what_they_hold() {
    let portal = Portal::start().await;
    let group =
        portal.group("Keepers", &["users.read", "users.write", "users.delete", "users.impersonate"]).await;
    let keeper = portal.person("Kim", &[group]).await;
    let (ann, vera) = (portal.customer("Ann").await, portal.vendor("Vera").await);
    let tries = [
        ("PATCH", ""),
        ("DELETE", ""),
        ("DELETE", "?purge=true"),
        ("POST", "/disable"),
        ("POST", "/enable"),
        ("POST", "/restore"),
        ("POST", "/send-password"),
        ("POST", "/send-welcome"),
        ("POST", "/password-link"),
        ("POST", "/impersonate"),
        ("DELETE", "/sessions"),
    ];
    for target in [&ann.id, &portal.admin.id] {
        for (method, what) in tries {
            let body = if what == "/impersonate" { json!({"reason": "Why not"}) } else { json!({}) };
            let request = keeper.ask(method, &user(target, what)).json(&body);
            portal.assert_nothing_happened(async || request.send().await).await.problem(403, "forbidden");
        }
    }
    keeper.post(&user(&vera.id, "/disable"), json!({})).await.ok(200);
    keeper.post(&user(&vera.id, "/enable"), json!({})).await.ok(200);
    keeper.delete(&user(&vera.id, "")).await.ok(204);
    keeper.post(&user(&vera.id, "/restore"), json!({})).await.ok(200);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let phone = ann.elsewhere();
    let signed = json!({"email": ann.email, "password": ann.password});
    phone.ask("POST", "/session").header("user-agent", "Phone").json(&signed).send().await.ok(200);
    let path = user(&ann.id, "/sessions");
    let list = portal.admin.get(&path).await.ok(200);
    assert_eq!(list["total"], 2);
    let newest = &list["items"][0];
    assert_eq!(
        (&newest["device"], &newest["origin"], &newest["current"]),
        (&json!("Phone"), &json!("127.0.0.1"), &json!(false))
    );
    let bo = portal.customer("Bo").await;
    let elsewhere = user(&bo.id, &format!("/sessions/{}", id(newest)));
    let refuse = async || portal.admin.delete(&elsewhere).await;
    portal.assert_nothing_happened(refuse).await.problem(404, "not-found");
    portal.admin.delete(&format!("{path}/{}", id(newest))).await.ok(204);
    phone.get("/session").await.problem(401, "unauthenticated");
    ann.get("/session").await.ok(200);
    portal.admin.delete(&path).await.ok(204);
    ann.get("/session").await.problem(401, "unauthenticated");
    assert_eq!(portal.admin.get(&path).await.ok(200)["total"], 0);
}

/// Somebody who signed up and waits: name `Pia`.
async fn pending(portal: &Portal, email: &str) -> (String, super::harness::Person) {
    portal.admin.patch("/settings", json!({"sign_up": "approval"})).await.ok(200);
    let mut pia = portal.anonymous();
    pia.email = email.to_owned();
    pia.post("/sign-up", json!({"name": "Pia", "email": email})).await.ok(202);
    let token = portal.newest_token(email).await;
    let redeemed = pia.post("/links/redeem", json!({"token": token, "password": pia.password})).await.ok(200);
    assert_eq!((&redeemed["purpose"], &redeemed["session"]), (&json!("sign-up"), &json!(null)));
    let list = portal.admin.get("/users?state=pending").await.ok(200);
    assert_eq!((&list["total"], &list["items"][0]["email"]), (&json!(1), &json!(email)));
    (id(&list["items"][0]), pia)
}

#[tokio::test]
async fn whoever_waits_is_approved_with_groups_and_projects() {
    let portal = Portal::start().await;
    let project = portal.project("Dock").await;
    let (waiting, pia) = pending(&portal, "pia@people.test").await;
    let sign_in = json!({"email": pia.email, "password": pia.password});
    pia.post("/session", sign_in.clone()).await.problem(403, "account-pending");
    let wrong = json!({"email": pia.email, "password": "something else"});
    pia.post("/session", wrong).await.problem(401, "invalid-credentials");
    let path = user(&waiting, "/approve");
    portal
        .assert_nothing_happened(async || {
            let body = json!({"groups": ["x"], "projects": [7], "name": "P"});
            let errors = [("groups", "not-found"), ("projects", "type"), ("name", "unknown")];
            portal.admin.post(&path, body).await.invalid(&errors);
        })
        .await;
    let body = json!({"groups": [built_in(BuiltIn::Vendor)], "projects": [project]});
    let approved = portal.admin.post(&path, body).await.ok(200);
    assert_eq!((&approved["state"], &approved["projects"]), (&json!("active"), &json!(1)));
    assert_eq!(approved["groups"][0]["name"], "Vendor");
    pia.post("/session", sign_in).await.ok(200);
    let again = async || portal.admin.post(&path, json!({})).await;
    portal.assert_nothing_happened(again).await.ok(200);
}

#[tokio::test]
async fn whoever_is_declined_is_gone_and_the_address_free() {
    let portal = Portal::start().await;
    let (waiting, pia) = pending(&portal, "pia@people.test").await;
    portal.admin.post(&user(&waiting, "/decline"), json!({"message": "Not a customer."})).await.ok(200);
    portal.admin.get(&user(&waiting, "")).await.problem(404, "not-found");
    let sign_in = json!({"email": pia.email, "password": pia.password});
    pia.post("/session", sign_in).await.problem(401, "invalid-credentials");
    let (again, _) = pending(&portal, "pia@people.test").await;
    assert_ne!(again, waiting);
    let ann = portal.customer("Ann").await;
    let refuse = async || portal.admin.post(&user(&ann.id, "/decline"), json!({})).await;
    portal.assert_nothing_happened(refuse).await.problem(409, "conflict");
}

#[tokio::test]
async fn the_bin_is_emptied_after_thirty_days() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal.admin.delete(&user(&ann.id, "")).await.ok(204);
    for (days, left) in [(29, 1), (2, 0)] {
        portal.advance(Span::days(days));
        portal.tidy();
        portal.admin.sign_in().await;
        assert_eq!(portal.admin.get("/users?state=deleted").await.ok(200)["total"], left);
    }
    portal.admin.get(&user(&ann.id, "")).await.problem(404, "not-found");
    portal.create(json!({"name": "Ann", "email": ann.email})).await;
}
