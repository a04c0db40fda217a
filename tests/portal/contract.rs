//! What two readers of the contract could take differently, and what it says all the same.

use rollcall::model::group::BuiltIn;
use serde_json::{Value, json};

use super::{
    harness::{Portal, built_in, id},
    import::{preview, send},
};

#[tokio::test]
async fn a_call_that_asks_for_nothing_is_held_to_that() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal.admin.post(&format!("/users/{}/send-password", ann.id), json!({})).await.ok(200);
    let mail = id(&portal.newest_mail(&ann.email).await);
    let done = portal.admin.post("/users/bulk", json!({"action": "disable", "ids": [ann.id]})).await.ok(200);
    let undo = done["undo_id"].as_str().unwrap();
    let paths = [
        format!("/users/{}/enable", ann.id),
        format!("/users/{}/restore", ann.id),
        format!("/users/{}/send-password", ann.id),
        format!("/users/{}/send-welcome", ann.id),
        format!("/users/{}/password-link", ann.id),
        format!("/mail/{mail}/retry"),
        format!("/mail/{mail}/cancel"),
        format!("/undo/{undo}"),
        "/settings/test-mail".to_owned(),
    ];
    portal
        .assert_nothing_happened(async || {
            for path in &paths {
                portal.admin.post(path, json!({"x": 1})).await.invalid(&[("x", "unknown")]);
                let plain = portal.admin.ask("POST", path).body("text/plain", "{}").send().await;
                plain.problem(415, "unsupported-media-type");
                let long =
                    portal.admin.ask("POST", path).body("application/json", vec![b' '; 2 << 20]).send().await;
                long.problem(413, "too-large");
                portal
                    .admin
                    .ask("POST", path)
                    .body("application/json", "{")
                    .send()
                    .await
                    .problem(400, "malformed-request");
            }
        })
        .await;
    portal.admin.ask("POST", &paths[0]).body("application/json", "").send().await.ok(200);
    portal.admin.post(&paths[0], json!({})).await.ok(200);
}

#[tokio::test]
async fn null_empties_a_list_and_clears_what_an_object_holds() {
    let portal = Portal::start().await;
    let ann = portal.vendor("Ann").await;
    let path = format!("/users/{}", ann.id);
    let changed = portal.admin.patch(&path, json!({"groups": null})).await.ok(200);
    assert_eq!(changed["groups"][0]["id"], json!(built_in(BuiltIn::Customer)));
    let group = portal.group("Helpers", &["users.read"]).await;
    let changed = portal.admin.patch(&format!("/groups/{group}"), json!({"permissions": null})).await.ok(200);
    assert_eq!(changed["permissions"], json!([]));
    let given = json!({"support": {"email": "help@portal.test", "url": "https://portal.test/help"},
        "refused_domains": ["bad.example", "BAD.example", "worse.example"], "welcome": {"subject": "Hello"}});
    let settings = portal.admin.patch("/settings", given).await.ok(200);
    assert_eq!(settings["refused_domains"], json!(["bad.example", "worse.example"]));
    let cleared = json!({"support": null, "refused_domains": null, "allowed_domains": "", "welcome": null});
    let settings = portal.admin.patch("/settings", cleared).await.ok(200);
    assert_eq!(
        (&settings["support"], &settings["refused_domains"]),
        (&json!({"email": null, "url": null}), &json!([]))
    );
    assert_ne!(settings["welcome"]["subject"], "Hello");
    portal
        .assert_nothing_happened(async || {
            let wrong = json!({"impersonation_notice": null, "sign_up": null, "bin_days": null});
            let expected =
                [("sign_up", "required"), ("bin_days", "type"), ("impersonation_notice", "required")];
            portal.admin.patch("/settings", wrong).await.invalid(&expected);
        })
        .await;
}

#[tokio::test]
async fn approving_somebody_who_is_in_already_changes_nothing_and_says_so() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal
        .assert_nothing_happened(async || {
            let body = json!({"groups": [built_in(BuiltIn::Vendor)]});
            let same = portal.admin.post(&format!("/users/{}/approve", ann.id), body).await.ok(200);
            assert_eq!(same["groups"][0]["id"], json!(built_in(BuiltIn::Customer)));
        })
        .await;
}

#[tokio::test]
async fn a_malformed_id_in_a_filter_is_that_of_nothing() {
    let portal = Portal::start().await;
    portal.admin.patch("/settings", json!({"bin_days": 9})).await.ok(200);
    for filter in ["subject=zz", "actor=zz", "subject=zz&action=settings"] {
        assert_eq!(portal.admin.get(&format!("/activity?{filter}")).await.ok(200)["total"], 0, "{filter}");
    }
    assert_eq!(portal.admin.get("/users?group=zz").await.ok(200)["total"], 0);
}

#[tokio::test]
async fn a_bulk_action_is_done_to_those_who_match_and_to_nobody_else() {
    let portal = Portal::start().await;
    let ann = portal.create(json!({"name": "Ann Thunderbolt", "email": "ann@people.test"})).await;
    let bulk = |matching: Value| json!({"action": "disable", "matching": matching});
    let list = portal.admin.get("/users?q=thumderbolt").await.ok(200);
    assert_eq!((&list["matched_by"], &list["total"]), (&json!("typo"), &json!(1)));
    portal
        .assert_nothing_happened(async || {
            let none = portal.admin.post("/users/bulk", bulk(json!({"q": "thumderbolt"}))).await.ok(200);
            assert_eq!(none["done"], 0);
            let long = format!("an {}", "-keepme ".repeat(40));
            let answer = portal.admin.post("/users/bulk", bulk(json!({"q": long}))).await;
            answer.invalid(&[("matching.q", "too-long")]);
            let wrong = portal.admin.post("/users/bulk", bulk(json!({"q": "x", "matched_by": "luck"}))).await;
            wrong.invalid(&[("matching.matched_by", "invalid")]);
        })
        .await;
    let shown = bulk(json!({"q": "thumderbolt", "matched_by": "typo"}));
    assert_eq!(portal.admin.post("/users/bulk", shown).await.ok(200)["done"], 1);
    assert_eq!(portal.admin.get(&format!("/users/{}", id(&ann))).await.ok(200)["state"], "disabled");
    let target = json!({"action": "add-group", "target": "nonsense", "ids": [id(&ann)]});
    portal.admin.post("/users/bulk", target).await.invalid(&[("target", "not-found")]);
}

#[tokio::test]
async fn a_pasted_id_finds_its_user_disabled_or_not() {
    let portal = Portal::start().await;
    let ann = portal.disabled("Ann").await;
    let found = |list: &Value| list["total"].clone();
    assert_eq!(found(&portal.admin.get(&format!("/users?q={}", ann.id)).await.ok(200)), 1);
    assert_eq!(found(&portal.admin.get(&format!("/users?q={}%20ann", ann.id)).await.ok(200)), 0);
    assert_eq!(found(&portal.admin.get(&format!("/users?q=-{}", ann.id)).await.ok(200)), 1, "all but them");
}

#[tokio::test]
async fn a_user_has_the_mails_that_went_to_them_not_the_copies_of_others() {
    let portal = Portal::start().await;
    let welcome = json!({"send": true, "bcc_me": true});
    let ann = portal.create(json!({"name": "Ann", "email": "ann@people.test", "welcome": welcome})).await;
    let theirs = portal.admin.get(&format!("/users/{}/mail", id(&ann))).await.ok(200);
    assert_eq!((&theirs["total"], &theirs["items"][0]["to"]), (&json!(1), &json!("ann@people.test")));
    assert_eq!(portal.newest_mail(&portal.admin.email).await["kind"], "welcome-copy");
}

#[tokio::test]
async fn what_comes_packed_is_refused_and_unknown_places_are_not_there_whatever_is_asked_of_them() {
    let portal = Portal::start().await;
    let packed = portal.admin.ask("POST", "/projects").header("content-encoding", "gzip");
    packed.json(&json!({"name": "Dock"})).send().await.problem(415, "unsupported-media-type");
    let packed = portal.admin.ask("POST", "/users/import").header("content-encoding", "gzip");
    packed.body("text/csv", "email\na@b.test\n").send().await.problem(415, "unsupported-media-type");
    let somebody = portal.anonymous();
    somebody.ask_for("POST", "/nope").send().await.problem(404, "not-found");
    let page = somebody.ask_for("POST", "/users").send().await;
    page.problem(405, "method-not-allowed");
    assert_eq!(page.header("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn names_in_two_columns_are_read_and_a_header_alone_shows_nothing_of_ours() {
    let portal = Portal::start().await;
    let file = "first_name,Last Name,email\nAnn,Lee,ann@people.test\n";
    let seen = send(&portal.admin, "", file).await.ok(200);
    assert_eq!(seen["rows"][0]["changes"]["name"], json!([null, "Ann Lee"]));
    let empty = preview(&portal.admin, "name,email\n").await;
    assert_eq!(empty["file"]["columns"][0]["sample"], "");
}

#[tokio::test]
async fn an_admin_of_very_many_projects_goes_out_and_comes_in_again() {
    let portal = Portal::start().await;
    let settled = portal.admin.get("/users.csv").await.text();
    let many: Vec<String> = (0..300).map(|n| format!("Project {n} {}", "\u{1f6a2}".repeat(150))).collect();
    let cell = many.join("; ");
    let file = format!("email,projects\n{},{cell}\n", portal.admin.email);
    let made = send(&portal.admin, "?mode=apply&create_missing=true", file).await.ok(200);
    assert_eq!((&made["counts"]["update"], &made["counts"]["error"]), (&json!(1), &json!(0)), "{made}");
    let csv = portal.admin.get("/users.csv").await.text();
    assert!(csv.len() > settled.len() + 100_000);
    let again = preview(&portal.admin, csv.as_str()).await;
    assert_eq!((&again["counts"]["unchanged"], &again["counts"]["error"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn an_export_that_was_opened_and_saved_with_a_mark_comes_in_again() {
    let portal = Portal::start().await;
    let plain = portal.admin.get("/users.csv").await.text();
    assert!(plain.starts_with("id,name,"), "{plain}");
    let seen = preview(&portal.admin, format!("\u{feff}{plain}")).await;
    assert_eq!(seen["counts"]["unchanged"], 1);
}

#[tokio::test]
async fn a_device_without_a_name_has_none() {
    let portal = Portal::start().await;
    let list = portal.admin.get("/me/sessions").await.ok(200);
    assert_eq!(list["items"][0]["device"], Value::Null);
}
