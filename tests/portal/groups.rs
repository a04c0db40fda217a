//! Groups and their permissions.

use rollcall::model::group::BuiltIn;
use serde_json::{Value, json};

use super::harness::{Portal, built_in, id};

#[tokio::test]
async fn the_built_in_groups_are_as_they_should_be() {
    let portal = Portal::start().await;
    portal.customer("Ann").await;
    let list = portal.admin.get("/groups").await.ok(200);
    let all = portal.admin.get("/permissions").await.ok(200);
    let all: Vec<_> = all.as_array().unwrap().iter().map(|permission| permission["name"].clone()).collect();
    assert_eq!(all.len(), 12);
    let group = |group, name: &str, permissions: Value, users: u64| {
        (json!(built_in(group)), json!(name), permissions, json!(true), json!(users))
    };
    let expected = [
        group(BuiltIn::Admin, "Admin", json!(all), 1),
        group(BuiltIn::Employee, "Employee", json!(["projects.create"]), 0),
        group(BuiltIn::Vendor, "Vendor", json!([]), 0),
        group(BuiltIn::Customer, "Customer", json!(["projects.create"]), 1),
    ];
    let items = list["items"].as_array().unwrap().iter();
    let told: Vec<_> = items
        .map(|g| {
            (
                g["id"].clone(),
                g["name"].clone(),
                g["permissions"].clone(),
                g["built_in"].clone(),
                g["users"].clone(),
            )
        })
        .collect();
    assert_eq!((told, &list["total"]), (expected.into(), &json!(4)));
    assert_eq!(portal.admin.get("/groups?page=2&per_page=3").await.ok(200)["items"][0]["name"], "Customer");
}

#[tokio::test]
async fn a_group_is_made_and_changed() {
    let portal = Portal::start().await;
    let body = json!({"name": " Night crew ", "description": "After\nten", "permissions": ["mail.read", "users.read"]});
    let answer = portal.admin.post("/groups", body).await;
    let crew = answer.ok(201);
    let mut expected = json!({"id": crew["id"], "name": "Night crew", "description": "After\nten",
        "permissions": ["users.read", "mail.read"], "limited_to": null, "built_in": false, "users": 0});
    assert_eq!(crew, expected);
    let path = format!("/groups/{}", id(&crew));
    assert_eq!(answer.header("location"), Some(format!("/api/v1{path}").as_str()));
    assert_eq!(portal.admin.get(&path).await.ok(200), expected);
    expected["description"] = Value::Null;
    expected["permissions"] = json!([]);
    assert_eq!(
        portal.admin.patch(&path, json!({"description": "", "permissions": []})).await.ok(200),
        expected
    );
    portal
        .assert_nothing_happened(async || {
            assert_eq!(portal.admin.patch(&path, json!({"name": "Night crew"})).await.ok(200), expected);
            let wrong = json!({"name": "VENDOR", "description": 1, "permissions": ["users.fly"], "users": 3});
            let errors = [("description", "type"), ("permissions", "not-found"), ("users", "unknown")];
            portal.admin.patch(&path, wrong).await.invalid(&errors);
            portal.admin.patch(&path, json!({"name": "VENDOR"})).await.invalid(&[("name", "taken")]);
            portal.admin.post("/groups", json!({"name": "night  crew"})).await.invalid(&[("name", "taken")]);
            portal.admin.post("/groups", json!({"name": "a; b"})).await.invalid(&[("name", "invalid")]);
            portal.admin.post("/groups", json!({})).await.invalid(&[("name", "required")]);
        })
        .await;
}

#[tokio::test]
async fn a_right_is_there_and_gone_with_the_next_request() {
    let portal = Portal::start().await;
    let crew = portal.group("Crew", &["users.read"]).await;
    let ann = portal.person("Ann", std::slice::from_ref(&crew)).await;
    ann.get("/users").await.ok(200);
    let path = format!("/groups/{crew}");
    portal.admin.patch(&path, json!({"permissions": ["mail.read"]})).await.ok(200);
    ann.get("/users").await.problem(403, "forbidden");
    ann.get("/mail").await.ok(200);
    assert_eq!(ann.get("/session").await.ok(200)["permissions"], json!(["mail.read"]));
    portal.admin.patch(&format!("/users/{}", ann.id), json!({"groups": []})).await.ok(200);
    ann.get("/mail").await.problem(403, "forbidden");
    assert_eq!(ann.get("/session").await.ok(200)["permissions"], json!(["projects.create"]));
}

#[tokio::test]
async fn the_admins_group_is_fixed_and_the_others_are_not() {
    let portal = Portal::start().await;
    let admin = format!("/groups/{}", built_in(BuiltIn::Admin));
    portal
        .assert_nothing_happened(async || {
            for body in [json!({"name": "Boss"}), json!({"permissions": []}), json!({"description": "x"})] {
                portal.admin.patch(&admin, body).await.problem(409, "conflict");
            }
            for group in [BuiltIn::Admin, BuiltIn::Employee, BuiltIn::Vendor, BuiltIn::Customer] {
                portal.admin.delete(&format!("/groups/{}", built_in(group))).await.problem(409, "conflict");
            }
        })
        .await;
    let vendor = format!("/groups/{}", built_in(BuiltIn::Vendor));
    let body = json!({"name": "Supplier", "permissions": ["projects.create"]});
    let changed = portal.admin.patch(&vendor, body).await.ok(200);
    assert_eq!(
        (&changed["name"], &changed["permissions"]),
        (&json!("Supplier"), &json!(["projects.create"]))
    );
}

#[tokio::test]
async fn nobody_gives_or_touches_a_permission_they_lack() {
    let portal = Portal::start().await;
    let keys = portal.group("Keys", &["users.read", "users.write", "groups.write"]).await;
    let keeper = portal.person("Kim", &[keys]).await;
    let strong = portal.group("Strong", &["mail.read"]).await;
    let weak = portal.group("Weak", &[]).await;
    let ann = portal.person("Ann", &[weak.clone(), strong.clone()]).await;
    portal
        .assert_nothing_happened(async || {
            let new = json!({"name": "New", "permissions": ["users.read", "settings.write"]});
            let problem = keeper.post("/groups", new).await.problem(403, "forbidden");
            assert!(problem["detail"].as_str().unwrap().contains("settings.write"), "{problem}");
            keeper
                .patch(&format!("/groups/{weak}"), json!({"permissions": ["mail.read"]}))
                .await
                .problem(403, "forbidden");
            keeper
                .patch(&format!("/groups/{strong}"), json!({"permissions": []}))
                .await
                .problem(403, "forbidden");
            keeper.delete(&format!("/groups/{strong}?move_to={weak}")).await.problem(403, "forbidden");
            keeper.delete(&format!("/groups/{weak}?move_to={strong}")).await.problem(403, "forbidden");
            // Ann holds more than the keeper does.
            let vendor = built_in(BuiltIn::Vendor);
            keeper.delete(&format!("/groups/{weak}?move_to={vendor}")).await.problem(403, "forbidden");
        })
        .await;
    assert_eq!(ann.get("/session").await.ok(200)["permissions"], json!(["mail.read"]));
    keeper.post("/groups", json!({"name": "New", "permissions": ["users.read"]})).await.ok(201);
    keeper.patch(&format!("/groups/{weak}"), json!({"name": "Weaker"})).await.ok(200);
}

#[tokio::test]
async fn the_users_of_a_deleted_group_go_where_one_says() {
    let portal = Portal::start().await;
    let (crew, empty) = (portal.group("Crew", &["mail.read"]).await, portal.group("Empty", &[]).await);
    let ann = portal.person("Ann", std::slice::from_ref(&crew)).await;
    let both = portal.person("Bo", &[crew.clone(), built_in(BuiltIn::Employee)]).await;
    let path = |query: &str| format!("/groups/{crew}{query}");
    portal
        .assert_nothing_happened(async || {
            let asked = portal.admin.delete(&path("")).await.invalid(&[("move_to", "required")]);
            assert_eq!(asked["detail"], "Crew has 2 users. Say where they go.");
            portal.admin.delete(&path(&format!("?move_to={crew}"))).await.invalid(&[("move_to", "invalid")]);
            portal.admin.delete(&path("?move_to=x")).await.invalid(&[("move_to", "not-found")]);
            portal.admin.delete("/groups/x").await.problem(404, "not-found");
        })
        .await;
    portal.admin.delete(&path(&format!("?move_to={}", built_in(BuiltIn::Vendor)))).await.ok(204);
    portal.admin.get(&path("")).await.problem(404, "not-found");
    let groups = async |id: &str| {
        let user = portal.admin.get(&format!("/users/{id}")).await.ok(200);
        let names =
            user["groups"].as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(groups(&ann.id).await, ["Vendor"]);
    assert_eq!(groups(&both.id).await, ["Employee", "Vendor"]);
    ann.get("/mail").await.problem(403, "forbidden");
    assert_eq!(portal.admin.get("/users?q=group:crew").await.ok(200)["total"], 0);
    assert_eq!(portal.admin.get("/users?q=group:vendor").await.ok(200)["total"], 2);
    portal.admin.delete(&format!("/groups/{empty}")).await.ok(204);
}

#[tokio::test]
async fn those_in_the_bin_are_not_asked_about_but_go_along() {
    let portal = Portal::start().await;
    let crew = portal.group("Crew", &[]).await;
    let only = |name: &'static str| portal.person(name, std::slice::from_ref(&crew));
    let (ann, bo) = (only("Ann").await, only("Bo").await);
    let both = portal.person("Cy", &[crew.clone(), built_in(BuiltIn::Employee)]).await;
    for binned in [&bo, &both] {
        portal.admin.delete(&format!("/users/{}", binned.id)).await.ok(204);
    }
    let path = format!("/groups/{crew}");
    assert_eq!(portal.admin.get(&path).await.ok(200)["users"], 1);
    let delete = async || portal.admin.delete(&path).await;
    let asked = portal.assert_nothing_happened(delete).await.invalid(&[("move_to", "required")]);
    assert_eq!(asked["detail"], "Crew has 1 user. Say where they go.");
    portal.admin.delete(&format!("/users/{}", ann.id)).await.ok(204);
    // Who may not make a Customer does not make one this way either.
    let keys = portal.group("Keys", &["users.read", "groups.write"]).await;
    let keeper = portal.person("Kim", &[keys]).await;
    portal.assert_nothing_happened(async || keeper.delete(&path).await).await.problem(403, "forbidden");
    portal.admin.delete(&path).await.ok(204);
    for (user, groups) in [(&ann, "Customer"), (&bo, "Customer"), (&both, "Employee")] {
        let restored = portal.admin.post(&format!("/users/{}/restore", user.id), json!({})).await.ok(200);
        let names: Vec<_> =
            restored["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
        assert_eq!(names, [groups]);
    }
}

#[tokio::test]
async fn names_that_fold_alike_are_one_name() {
    let portal = Portal::start().await;
    for (name, alike) in [
        ("Straße", "STRASSE"),
        ("Équipe Łódź", "equipe  lodz"),
        ("ガス", "ｶﾞｽ"),
        ("Ａ＋", "a+"),
        ("E\u{301}toile", "étoile"),
    ] {
        let group = portal.group(name, &[]).await;
        let project = portal.project(name).await;
        portal
            .assert_nothing_happened(async || {
                let body = json!({"name": alike});
                portal.admin.post("/groups", body.clone()).await.invalid(&[("name", "taken")]);
                portal.admin.post("/projects", body).await.invalid(&[("name", "taken")]);
            })
            .await;
        // One's own name may be written the other way.
        portal.admin.patch(&format!("/groups/{group}"), json!({"name": alike})).await.ok(200);
        portal.admin.patch(&format!("/projects/{project}"), json!({"name": alike})).await.ok(200);
        portal.admin.post("/groups", json!({"name": name})).await.invalid(&[("name", "taken")]);
    }
    portal.group("か", &[]).await;
    portal.group("が", &[]).await;
}
