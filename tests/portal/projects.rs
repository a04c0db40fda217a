//! Projects and who is in them.

use rollcall::model::group::BuiltIn;
use serde_json::{Value, json};

use super::harness::{Person, Portal, START, built_in, id};

fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

/// Name and reason of each member.
async fn members(person: &Person, project: &str) -> Vec<(String, String)> {
    let list = person.get(&format!("/projects/{project}/members")).await.ok(200);
    let items = list["items"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all: Vec<_> = items.iter().map(|item| (text(&item["user"]["name"]), text(&item["via"]))).collect();
    assert_eq!(list["total"], all.len());
    all
}

#[tokio::test]
async fn a_project_is_shown_as_it_was_made() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let body = json!({"name": " Dock ", "description": "One\ntwo", "state": "archived"});
    let answer = ann.post("/projects", body).await;
    let dock = answer.ok(201);
    let expected = json!({"id": dock["id"], "version": 1, "name": "Dock", "description": "One\ntwo", "state": "archived",
        "members": 2, "created_by": {"id": ann.id, "name": "Ann"}, "created_at": START});
    assert_eq!(dock, expected);
    assert_eq!(answer.header("location"), Some(format!("/api/v1/projects/{}", id(&dock)).as_str()));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    let read = ann.get(&format!("/projects/{}", id(&dock))).await;
    assert_eq!((read.ok(200), read.header("etag")), (expected, Some("\"1\"")));
    let plain = ann.post("/projects", json!({"name": "Pier"})).await.ok(201);
    assert_eq!((&plain["state"], &plain["description"]), (&json!("active"), &Value::Null));
}

#[tokio::test]
async fn all_admins_are_in_a_new_project_and_nobody_else() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let _others = (portal.customer("Bo").await, portal.employee("Eve").await, portal.vendor("Vic").await);
    let admin =
        |name: &str, email: &str| json!({"name": name, "email": email, "groups": [built_in(BuiltIn::Admin)]});
    portal.create(admin("Invited", "in@people.test")).await;
    let off = portal.another_admin("Off").await;
    portal.admin.post(&format!("/users/{}/disable", off.id), json!({})).await.ok(200);
    let gone = portal.another_admin("Gone").await;
    portal.admin.delete(&format!("/users/{}", gone.id)).await.ok(204);

    let dock = id(&ann.post("/projects", json!({"name": "Dock"})).await.ok(201));
    let expected = [("Ada Admin", "admin"), ("Ann", "creator"), ("Invited", "admin"), ("Off", "admin")];
    assert_eq!(members(&ann, &dock).await, expected.map(|(name, via)| (name.to_owned(), via.to_owned())));
    let own = portal.project("Pier").await;
    let via = members(&portal.admin, &own).await;
    assert_eq!(via[0], ("Ada Admin".into(), "creator".into()), "who creates one is its creator");

    portal.another_admin("Late").await;
    assert!(
        !members(&ann, &dock).await.iter().any(|(name, _)| name == "Late"),
        "older projects stay as they are"
    );
    portal.admin.post(&format!("/users/{}/restore", gone.id), json!({})).await.ok(200);
    assert!(!members(&ann, &dock).await.iter().any(|(name, _)| name == "Gone"));
}

#[tokio::test]
async fn one_sees_the_projects_one_is_in() {
    let portal = Portal::start().await;
    let (ann, bo, vic) =
        (portal.customer("Ann").await, portal.customer("Bo").await, portal.vendor("Vic").await);
    let dock = id(&ann.post("/projects", json!({"name": "Dock"})).await.ok(201));
    bo.post("/projects", json!({"name": "Pier"})).await.ok(201);
    assert_eq!(names(&ann.get("/projects").await.ok(200)), ["Dock"]);
    assert_eq!(names(&bo.get("/me/projects").await.ok(200)), ["Pier"]);
    assert_eq!(names(&portal.admin.get("/projects").await.ok(200)), ["Dock", "Pier"]);
    assert_eq!(names(&portal.admin.get("/projects?q=OCK").await.ok(200)), ["Dock"]);
    for path in [format!("/projects/{dock}"), format!("/projects/{dock}/members"), "/projects/x".to_owned()] {
        bo.get(&path).await.problem(404, "not-found");
    }
    vic.post("/projects", json!({"name": "Mine"})).await.problem(403, "forbidden");
    assert_eq!(names(&vic.get("/projects").await.ok(200)), [""; 0]);

    portal.admin.put(&format!("/projects/{dock}/members/{}", vic.id)).await.ok(204);
    assert_eq!(names(&vic.get("/projects").await.ok(200)), ["Dock"]);
    assert_eq!(members(&vic, &dock).await[2], ("Vic".into(), "added".into()));
    portal
        .assert_nothing_happened(async || {
            portal.admin.put(&format!("/users/{}/projects/{dock}", vic.id)).await.ok(204);
            vic.patch(&format!("/projects/{dock}"), json!({"name": "Mine"})).await.problem(403, "forbidden");
            vic.delete(&format!("/projects/{dock}")).await.problem(403, "forbidden");
            ann.put(&format!("/projects/{dock}/members/{}", bo.id)).await.problem(403, "forbidden");
            ann.delete(&format!("/projects/{dock}/members/{}", vic.id)).await.problem(403, "forbidden");
        })
        .await;
    portal.admin.delete(&format!("/users/{}/projects/{dock}", vic.id)).await.ok(204);
    vic.get(&format!("/projects/{dock}")).await.problem(404, "not-found");
    portal
        .assert_nothing_happened(async || {
            portal.admin.delete(&format!("/projects/{dock}/members/{}", vic.id)).await.ok(204);
        })
        .await;
}

#[tokio::test]
async fn its_creator_changes_a_project() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    portal.project("Pier").await;
    let path = format!(
        "/projects/{}",
        id(&ann.post("/projects", json!({"name": "Dock", "description": "d"})).await.ok(201))
    );
    let changed = ann.patch(&path, json!({"description": null, "state": "archived"})).await.ok(200);
    assert_eq!(
        (&changed["description"], &changed["state"], &changed["version"]),
        (&Value::Null, &json!("archived"), &json!(2))
    );
    portal
        .assert_nothing_happened(async || {
            assert_eq!(ann.patch(&path, json!({"state": "archived"})).await.ok(200), changed);
            let save = |body: Value| ann.ask("PATCH", &path).header("if-match", "\"1\"").json(&body).send();
            save(json!({"name": "Wharf"})).await.problem(412, "stale");
            save(json!({"name": " pier"})).await.invalid(&[("name", "taken")]);
            let body = json!({"name": null, "state": "gone", "members": 7});
            save(body).await.invalid(&[("name", "required"), ("state", "invalid"), ("members", "unknown")]);
        })
        .await;
    let tagged =
        ann.ask("PATCH", &path).header("if-match", "\"2\"").json(&json!({"name": "Wharf"})).send().await;
    assert_eq!(tagged.ok(200)["name"], "Wharf");
    portal.admin.patch(&path, json!({"state": "active"})).await.ok(200);
    ann.delete(&path).await.ok(204);
    ann.get(&path).await.problem(404, "not-found");
    assert_eq!(names(&portal.admin.get("/projects").await.ok(200)), ["Pier"]);
    assert_eq!(portal.admin.get(&format!("/users/{}", ann.id)).await.ok(200)["projects"], 0);
}

#[tokio::test]
async fn names_are_unique_and_hold_no_semicolon() {
    let portal = Portal::start().await;
    portal.project("Straße  7").await;
    let long = "n".repeat(201);
    portal
        .assert_nothing_happened(async || {
            for (name, code) in
                [(" STRAßE 7", "taken"), ("a; b", "invalid"), ("", "required"), (&long, "too-long")]
            {
                portal.admin.post("/projects", json!({"name": name})).await.invalid(&[("name", code)]);
            }
        })
        .await;
}

#[tokio::test]
async fn whoever_is_gone_is_no_member() {
    let portal = Portal::start().await;
    let (ann, bo) = (portal.customer("Ann").await, portal.customer("Bo").await);
    let dock = id(&ann.post("/projects", json!({"name": "Dock"})).await.ok(201));
    portal.admin.put(&format!("/projects/{dock}/members/{}", bo.id)).await.ok(204);
    for (query, count) in [("", 2), ("?purge=true", 2)] {
        portal.admin.delete(&format!("/users/{}{query}", bo.id)).await.ok(204);
        let project = ann.get(&format!("/projects/{dock}")).await.ok(200);
        assert_eq!((&project["members"], members(&ann, &dock).await.len()), (&json!(count), count));
    }
    for (project, user) in [(dock.as_str(), bo.id.as_str()), (dock.as_str(), "x"), ("x", ann.id.as_str())] {
        portal.admin.put(&format!("/projects/{project}/members/{user}")).await.problem(404, "not-found");
        portal.admin.delete(&format!("/users/{user}/projects/{project}")).await.problem(404, "not-found");
    }
    portal.admin.delete(&format!("/users/{}?purge=true", ann.id)).await.ok(204);
    let project = portal.admin.get(&format!("/projects/{dock}")).await.ok(200);
    assert_eq!((&project["created_by"], &project["members"]), (&Value::Null, &json!(1)));
}

#[tokio::test]
async fn who_looks_after_nobody_changes_only_so_much_an_hour() {
    let portal = Portal::configured(|config| config.limits.changes_per_user = 5).await;
    let (ann, bo) = (portal.customer("Ann").await, portal.customer("Bo").await);
    let create = async |person: &Person, n: usize| {
        person.post("/projects", json!({"name": format!("{} {n}", person.name)})).await
    };
    for n in 0..5 {
        create(&ann, n).await.ok(201);
    }
    portal
        .assert_nothing_happened(async || {
            let refused = create(&ann, 5).await;
            refused.problem(429, "too-many-requests");
            assert_eq!(refused.header("retry-after"), Some("3601"));
            ann.patch("/me", json!({"name": "Anna"})).await.problem(429, "too-many-requests");
        })
        .await;
    ann.get("/projects").await.ok(200);
    create(&bo, 0).await.ok(201);
    for n in 0..9 {
        create(&portal.admin, n).await.ok(201);
    }
    portal.advance(rollcall::model::time::Span::hours(1));
    create(&ann, 5).await.ok(201);
    ann.delete("/session").await.ok(204);
}

#[tokio::test]
async fn projects_are_looked_for_by_those_who_see_them() {
    let portal = Portal::start().await;
    let (sam, zoe) = (portal.manager("Sam").await, portal.customer("Zoe").await);
    let (merger, pier) = (portal.project("Zeppelin merger").await, portal.project("Zeppelin pier").await);
    for (project, user) in [(&merger, &zoe.id), (&pier, &zoe.id), (&pier, &sam.id)] {
        portal.admin.put(&format!("/users/{user}/projects/{project}")).await.ok(204);
    }
    let total = async |person: &Person, query: &str| {
        person.get(&format!("/users?{query}")).await.ok(200)["total"].clone()
    };
    for (query, admin, manager) in [
        ("q=project:merger".to_owned(), 2, 0),
        ("q=project:zep".to_owned(), 3, 3),
        ("q=zoe+-project:merger".to_owned(), 0, 1),
        ("q=zoe+-project:pier".to_owned(), 0, 0),
        (format!("project={merger}"), 2, 0),
        (format!("project={pier}"), 3, 3),
    ] {
        assert_eq!(total(&portal.admin, &query).await, admin, "{query}");
        assert_eq!(total(&sam, &query).await, manager, "{query}");
        let counts = sam.get(&format!("/users/facets?{query}")).await.ok(200);
        assert_eq!(counts["total"], manager, "{query}");
    }
    let matching = json!({"action": "disable", "matching": {"project": merger}});
    assert_eq!(sam.post("/users/bulk", matching).await.ok(200)["done"], 0);
}
