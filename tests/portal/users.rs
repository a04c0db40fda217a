//! One user: created, welcomed, looked at, changed.

use rollcall::model::group::BuiltIn;
use serde_json::{Value, json};

use super::harness::{Answer, Portal, START, built_in, id};

/// Ids that nothing has.
const NO_GROUP: &str = "01935000-0000-7000-8000-000000000001";
const NO_PROJECT: &str = "01935000-0000-7000-8000-000000000002";

#[tokio::test]
async fn a_user_is_created_with_every_field() {
    let portal = Portal::start().await;
    let (vendor, employee) = (built_in(BuiltIn::Vendor), built_in(BuiltIn::Employee));
    let (dock, pier) = (portal.project("Dock").await, portal.project("Pier").await);
    let body = json!({
        "name": "  Zoë  Ångström ", "email": "Zoe.A@Example.com", "company": "Blå & Söner", "phone": "+46 8 123",
        "notes": "Line one\nline two", "groups": [vendor, employee], "projects": [dock, pier],
        "welcome": {"send": true, "subject": "Come in", "message": "The key is under the mat.", "bcc_me": false},
    });
    let answer = portal.admin.post("/users", body).await;
    let user = answer.ok(201);
    assert_eq!(answer.header("location"), Some(format!("/api/v1/users/{}", id(&user)).as_str()));
    assert_eq!(answer.header("etag"), Some(format!("\"{}\"", user["version"]).as_str()));
    let expected = json!({
        "id": user["id"], "version": user["version"], "name": "Zoë  Ångström", "email": "Zoe.A@example.com",
        "company": "Blå & Söner", "phone": "+46 8 123", "notes": "Line one\nline two",
        "groups": [{"id": employee, "name": "Employee"}, {"id": vendor, "name": "Vendor"}],
        "state": "invited", "projects": 2, "created_at": START, "last_seen_at": null,
        "welcome": {"state": "queued", "at": START}, "rights": user["rights"],
    });
    assert_eq!(user, expected);
    assert_eq!(portal.admin.get(&format!("/users/{}", id(&user))).await.ok(200), expected);
    let projects = portal.admin.get(&format!("/users/{}/projects", id(&user))).await.ok(200);
    let names: Vec<_> =
        projects["items"].as_array().unwrap().iter().map(|item| &item["project"]["name"]).collect();
    assert_eq!(names, ["Dock", "Pier"]);
    assert_eq!(projects["items"][0]["via"], "added");
    assert_eq!(projects["items"][0]["by"], json!({"id": portal.admin.id, "name": portal.admin.name}));
    assert_eq!(projects["items"][0]["since"], START);
}

#[tokio::test]
async fn a_name_and_an_address_are_enough() {
    let portal = Portal::start().await;
    for (n, body) in [
        json!({"name": "A", "email": "a0@people.test"}),
        json!({"name": "A", "email": "a1@people.test", "groups": [], "projects": [], "welcome": {"send": false}}),
        json!({"name": "A", "email": "a2@people.test", "company": "", "phone": null, "notes": " ", "groups": null}),
    ]
    .into_iter()
    .enumerate()
    {
        let user = portal.create(body).await;
        let groups = json!([{"id": built_in(BuiltIn::Customer), "name": "Customer"}]);
        let expected = json!({"id": user["id"], "version": user["version"], "name": "A", "email": format!("a{n}@people.test"),
            "company": null, "phone": null, "notes": null, "groups": groups, "state": "invited", "projects": 0,
            "created_at": START, "last_seen_at": null, "welcome": null, "rights": user["rights"]});
        assert_eq!(user, expected);
    }
    assert_eq!(portal.admin.get("/mail").await.ok(200)["total"], 0, "nobody asked for a mail");
}

#[tokio::test]
async fn the_welcome_says_what_the_admin_wrote() {
    let portal = Portal::start().await;
    portal.admin.patch("/settings", json!({"welcome": {"subject": "Hello from Harbour"}})).await.ok(200);
    portal.create(json!({"name": "Bo", "email": "bo@people.test", "welcome": {"send": true}})).await;
    let mail = portal.newest_mail("bo@people.test").await;
    assert_eq!(mail["subject"], "Hello from Harbour");
    for words in ["bo@people.test", "http://localhost:"] {
        assert!(mail["text"].as_str().unwrap().contains(words), "{words} in {mail}");
    }
    let own = json!({"send": true, "subject": "Välkommen, Åsa", "message": "First line\n<b>second</b>", "bcc_me": true});
    portal.create(json!({"name": "Åsa", "email": "asa@people.test", "welcome": own})).await;
    let mail = portal.newest_mail("asa@people.test").await;
    assert_eq!(mail["subject"], "Välkommen, Åsa");
    assert!(mail["text"].as_str().unwrap().contains("First line\n<b>second</b>"), "{mail}");
    assert!(mail["html"].as_str().unwrap().contains("&lt;b&gt;second"), "{mail}");
    assert_eq!(mail["has_link"], true);
    let copy = portal.newest_mail(&portal.admin.email).await;
    assert_eq!(copy["has_link"], false, "a copy holds no link");
    assert!(copy["text"].as_str().unwrap().contains("<b>second</b>"), "{copy}");
    portal.admin.post(&format!("/mail/{}/link", id(&copy)), json!({})).await.problem(404, "not-found");
}

#[tokio::test]
async fn a_preview_shows_the_mail_and_does_nothing() {
    let portal = Portal::start().await;
    let welcome = json!({"send": true, "subject": "Come in", "message": "Bring cake.", "bcc_me": true});
    let mut body = json!({"name": "Bo Ek", "email": "bo@people.test", "welcome": welcome});
    let preview = portal
        .assert_nothing_happened(async || {
            portal.admin.post("/users/preview-welcome", body.clone()).await.ok(200)
        })
        .await;
    assert_eq!(preview["subject"], "Come in");
    for part in ["text", "html"] {
        let text = preview[part].as_str().unwrap();
        assert!(
            ["Bo Ek", "bo@people.test", "Bring cake.", "…"].iter().all(|words| text.contains(words)),
            "{text}"
        );
        assert!(!text.contains("/link#"), "{text}");
    }
    portal.create(body.clone()).await;
    let mail = portal.newest_mail("bo@people.test").await;
    assert_eq!(
        (&mail["text"], &mail["html"]),
        (&preview["text"], &preview["html"]),
        "what was shown is sent"
    );
    body["email"] = json!("nobody");
    portal.admin.post("/users/preview-welcome", body).await.invalid(&[("email", "invalid")]);
}

#[tokio::test]
async fn an_address_is_used_once_however_it_is_spelled() {
    let portal = Portal::start().await;
    let bo = portal.create(json!({"name": "Bo", "email": "bo@people.test"})).await;
    let again = json!({"name": "Other", "email": " BO@People.Test "});
    let by = |who: &str| json!({"id": id(&bo), "state": who});
    portal
        .assert_nothing_happened(async || {
            let problem = portal.admin.post("/users", again.clone()).await.invalid(&[("email", "taken")]);
            assert_eq!(problem["user"], by("invited"));
            portal.admin.post("/users/preview-welcome", again.clone()).await.invalid(&[("email", "taken")]);
        })
        .await;
    // Who may not see users is not told whose it is.
    let blind = portal.group("Blind", &["users.write"]).await;
    let blind = portal.person("Blind", &[blind]).await;
    let problem = blind.post("/users", again.clone()).await.invalid(&[("email", "taken")]);
    assert!(problem["user"].is_null(), "{problem}");

    portal.admin.delete(&format!("/users/{}", id(&bo))).await.ok(204);
    let problem = portal.admin.post("/users", again.clone()).await.invalid(&[("email", "in-bin")]);
    assert_eq!(problem["user"], by("deleted"));

    let eva = portal.create(json!({"name": "Eva", "email": "eva@people.test"})).await;
    let path = format!("/users/{}", id(&eva));
    portal.admin.patch(&path, json!({"email": "Bo@people.test"})).await.invalid(&[("email", "in-bin")]);
    portal.admin.patch(&path, json!({"email": "ADA@portal.test"})).await.invalid(&[("email", "taken")]);
    let same = portal.admin.patch(&path, json!({"email": "Eva@people.test"})).await.ok(200);
    assert_eq!(same["email"], "Eva@people.test", "one's own address in another case is no other's");
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    let portal = Portal::start().await;
    let body = json!({
        "email": "no address", "company": 7, "phone": "1\u{7}2", "notes": "n".repeat(10_001), "groups": "Admin",
        "projects": ["x"], "welcome": {"send": "yes", "subject": "two\nlines", "cc": "me"}, "role": "admin",
    });
    let wrong = [
        ("name", "required"),
        ("email", "invalid"),
        ("company", "type"),
        ("phone", "invalid"),
        ("notes", "too-long"),
        ("groups", "type"),
        ("projects", "not-found"),
        ("welcome.send", "type"),
        ("welcome.subject", "invalid"),
        ("welcome.cc", "unknown"),
        ("role", "unknown"),
    ];
    portal.assert_nothing_happened(async || portal.admin.post("/users", body).await.invalid(&wrong)).await;
    let body =
        json!({"name": "Bo", "email": "ada@portal.test", "groups": [NO_GROUP], "projects": [NO_PROJECT]});
    let wrong = [("email", "taken"), ("groups", "not-found"), ("projects", "not-found")];
    portal.assert_nothing_happened(async || portal.admin.post("/users", body).await.invalid(&wrong)).await;
    let bo = portal.create(json!({"name": "Bo", "email": "bo@people.test"})).await;
    let body = json!({"email": "ada@portal.test", "groups": [NO_GROUP, NO_PROJECT]});
    let wrong = [("email", "taken"), ("groups", "not-found"), ("groups", "not-found")];
    portal
        .assert_nothing_happened(async || {
            portal.admin.patch(&format!("/users/{}", id(&bo)), body).await.invalid(&wrong)
        })
        .await;
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let portal = Portal::start().await;
    let body =
        json!({"name": "Bo", "email": "bo@people.test", "company": "Acme", "phone": "1", "notes": "n"});
    let bo = portal.create(body).await;
    let path = format!("/users/{}", id(&bo));
    let patch = async |body: Value| portal.admin.patch(&path, body).await;
    let with = |from: &Value, changes: Value| {
        let mut user = from.clone();
        user["version"] = json!(from["version"].as_u64().unwrap() + 1);
        user.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        user
    };
    let mut user = bo;
    for (body, changes) in [
        (json!({"name": "Bo Ek"}), json!({"name": "Bo Ek"})),
        (json!({"company": null, "phone": ""}), json!({"company": null, "phone": null})),
        (json!({"company": " Blå ", "notes": null}), json!({"company": "Blå", "notes": null})),
        (
            json!({"groups": [built_in(BuiltIn::Vendor)]}),
            json!({"groups": [{"id": built_in(BuiltIn::Vendor), "name": "Vendor"}]}),
        ),
        (json!({"groups": []}), json!({"groups": [{"id": built_in(BuiltIn::Customer), "name": "Customer"}]})),
    ] {
        let expected = with(&user, changes);
        let answer = patch(body.clone()).await;
        assert_eq!(answer.ok(200), expected, "after {body}");
        assert_eq!(answer.header("etag"), Some(format!("\"{}\"", expected["version"]).as_str()));
        user = expected;
    }
    portal
        .assert_nothing_happened(async || {
            for same in [json!({}), json!({"name": "Bo Ek", "company": "Blå", "notes": ""})] {
                assert_eq!(patch(same).await.ok(200), user, "what is so already is no change");
            }
            patch(json!({"name": null})).await.invalid(&[("name", "required")]);
            patch(json!({"name": " ", "email": ""}))
                .await
                .invalid(&[("name", "required"), ("email", "required")]);
            for fixed in ["id", "version", "state", "created_at", "projects", "welcome", "password"] {
                patch(json!({fixed: "x"})).await.invalid(&[(fixed, "unknown")]);
            }
        })
        .await;
}

#[tokio::test]
async fn of_two_changes_at_once_the_later_hears_of_it() {
    let portal = Portal::start().await;
    let bo = portal.create(json!({"name": "Bo", "email": "bo@people.test"})).await;
    let path = format!("/users/{}", id(&bo));
    let read = portal.admin.get(&path).await;
    let tag = read.header("etag").unwrap().to_owned();
    let save = async |name: &str, tag: &str| -> Answer {
        portal.admin.ask("PATCH", &path).header("If-Match", tag).json(&json!({"name": name})).send().await
    };
    save("First", &tag).await.ok(200);
    portal
        .assert_nothing_happened(async || {
            save("Second", &tag).await.problem(412, "stale");
            for other in ["\"no such\"", "W/\"2\"", "2", "", "\"7\", \"8\"", "\"2\" \"2\"", "W/*"] {
                save("Second", other).await.problem(412, "stale");
            }
            save("", &tag).await.invalid(&[("name", "required")]);
        })
        .await;
    save("Third", " * ").await.ok(200);
    save("Third", "\"x\", W/\"3\",, \"3\"").await.ok(200);
    let lines = portal.admin.ask("PATCH", &path).header("If-Match", "\"1\"").header("If-Match", "\"3\"");
    lines.json(&json!({"name": "Third"})).send().await.ok(200);
    assert_eq!(portal.admin.get(&path).await.ok(200)["name"], "Third");
    let (a, b) = (portal.admin.get(&path).await, portal.admin.elsewhere());
    b.sign_in().await;
    let tag = a.header("etag").unwrap();
    let there = b.ask("PATCH", &path).header("If-Match", tag).json(&json!({"name": "There"}));
    let (here, there) = tokio::join!(save("Here", tag), there.send());
    let mut both = [here.status, there.status];
    both.sort_unstable();
    assert_eq!(both, [200, 412]);
}

#[tokio::test]
async fn notes_are_for_those_who_may_change_users() {
    let portal = Portal::start().await;
    let group = portal.group("Readers", &["users.read", "users.export"]).await;
    let reader = portal.person("Rita", &[group]).await;
    let bo =
        portal.create(json!({"name": "Bo", "email": "bo@people.test", "notes": "Owes us a cake."})).await;
    let one = reader.get(&format!("/users/{}", id(&bo))).await;
    assert_eq!(one.ok(200)["notes"], Value::Null);
    let list = reader.get("/users?q=bo").await;
    assert_eq!(list.ok(200)["items"][0]["name"], "Bo");
    for answer in [one, list, reader.get("/users.csv").await] {
        assert!(!answer.text().contains("cake"), "{answer}");
    }
    assert_eq!(portal.admin.get("/users?q=cake").await.ok(200)["total"], 0, "notes are not searched");
}

#[tokio::test]
async fn nobody_gives_more_than_they_hold() {
    let portal = Portal::start().await;
    let manager = portal.manager("Mia").await;
    let project = portal.project("Dock").await;
    let vendor = built_in(BuiltIn::Vendor);
    let vera = portal.create(json!({"name": "Vera", "email": "vera@people.test", "groups": [vendor]})).await;
    let new = |more: Value| {
        let mut body = json!({"name": "Bo", "email": "bo@people.test"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    portal
        .assert_nothing_happened(async || {
            for group in [BuiltIn::Admin, BuiltIn::Employee] {
                let groups = json!({"groups": [vendor, built_in(group)]});
                manager.post("/users", new(groups.clone())).await.problem(403, "forbidden");
                manager.patch(&format!("/users/{}", id(&vera)), groups).await.problem(403, "forbidden");
            }
            manager.post("/users", new(json!({"projects": [project]}))).await.problem(403, "forbidden");
            for (method, path) in
                [("PATCH", ""), ("POST", "/disable"), ("POST", "/password-link"), ("DELETE", "/sessions")]
            {
                let path = format!("/users/{}{path}", portal.admin.id);
                let request = manager.ask(method, &path).json(&json!({}));
                request.send().await.problem(403, "forbidden");
            }
        })
        .await;
    manager.post("/users", new(json!({"groups": [vendor]}))).await.ok(201);
    manager.patch(&format!("/users/{}", id(&vera)), json!({"company": "Acme"})).await.ok(200);
}

#[tokio::test]
async fn a_new_address_is_told_to_the_old_one() {
    let portal = Portal::start().await;
    let bo = portal.customer("Bo").await;
    let path = format!("/users/{}", bo.id);
    let link = portal.admin.post(&format!("{path}/password-link"), json!({})).await.ok(200);
    portal.admin.patch(&path, json!({"email": "bo@new.test"})).await.ok(200);
    let mail = portal.newest_mail(&bo.email).await;
    assert!(mail["text"].as_str().unwrap().contains("bo@new.test"), "{mail}");
    let token = super::harness::token(&link["url"]);
    bo.post("/links/inspect", json!({"token": token})).await.problem(410, "link-expired");
    bo.get("/session").await.ok(200);
    let there = bo.elsewhere();
    let old = json!({"email": bo.email, "password": bo.password});
    there.post("/session", old).await.problem(401, "invalid-credentials");
    there.post("/session", json!({"email": "Bo@New.test", "password": bo.password})).await.ok(200);
}

#[tokio::test]
async fn the_invited_are_welcomed_again_with_a_fresh_link() {
    let portal = Portal::start().await;
    let bo = portal.create(json!({"name": "Bo", "email": "bo@people.test", "welcome": {"send": true}})).await;
    let first = portal.newest_token("bo@people.test").await;
    for path in ["send-welcome", "send-password"] {
        let sent = portal.admin.post(&format!("/users/{}/{path}", id(&bo)), json!({})).await.ok(200);
        let mail = portal.newest_mail("bo@people.test").await;
        assert_eq!((&mail["id"], &mail["kind"]), (&sent["mail_id"], &json!("welcome")));
    }
    let nobody = portal.anonymous();
    nobody.post("/links/inspect", json!({"token": first})).await.problem(410, "link-expired");
    let fresh = json!({"token": portal.newest_token("bo@people.test").await});
    assert_eq!(nobody.post("/links/inspect", fresh).await.ok(200)["purpose"], "welcome");
    let ann = portal.customer("Ann").await;
    portal.admin.post(&format!("/users/{}/send-welcome", ann.id), json!({})).await.problem(409, "conflict");
}

#[tokio::test]
async fn of_twenty_at_once_with_one_address_one_is_created() {
    let portal = Portal::start().await;
    let create = async |n: usize| {
        let email = if n.is_multiple_of(2) { "bo@people.test" } else { "BO@people.test" };
        portal.admin.post("/users", json!({"name": format!("Bo {n}"), "email": email})).await
    };
    let answers = futures_util::future::join_all((0..20).map(create)).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.invalid(&[("email", "taken")]);
    }
    assert_eq!(portal.admin.get("/users?q=bo").await.ok(200)["total"], 1);
}
