//! Saved views of the list of users: each is its owner's alone.

use serde_json::{Value, json};

use super::harness::{Person, Portal, id};

async fn names(person: &Person) -> Vec<String> {
    let list = person.get("/me/views").await.ok(200);
    let all: Vec<String> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|view| view["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(list["total"], all.len());
    all
}

async fn save(person: &Person, name: &str, query: &str) -> Value {
    person.post("/me/views", json!({"name": name, "query": query})).await.ok(201)
}

#[tokio::test]
async fn a_view_is_kept_renamed_and_deleted() {
    let portal = Portal::start().await;
    let ada = &portal.admin;
    let answer =
        ada.post("/me/views", json!({"name": " New José ", "query": "?q=jos%C3%A9&sort=-created"})).await;
    let view = answer.ok(201);
    let expected = json!({"id": view["id"], "name": "New José", "query": "q=jos%C3%A9&sort=-created"});
    assert_eq!(view, expected);
    let place = format!("/me/views/{}", id(&view));
    assert_eq!(answer.header("location"), Some(format!("/api/v1{place}").as_str()));
    save(ada, "Disabled", "disabled=only").await;
    let list = ada.get("/me/views").await.ok(200);
    assert_eq!((&list["items"][1], &list["total"]), (&expected, &json!(2)), "by name");
    assert_eq!(ada.get("/me/views?per_page=1&page=2").await.ok(200)["items"], json!([expected]));
    ada.get("/me/views?page=0").await.problem(422, "validation-failed");

    let renamed = ada.patch(&place, json!({"name": "Josés"})).await.ok(200);
    assert_eq!(renamed, json!({"id": view["id"], "name": "Josés", "query": view["query"]}));
    let other = ada.patch(&place, json!({"query": "group=x"})).await.ok(200);
    assert_eq!((&other["name"], &other["query"]), (&json!("Josés"), &json!("group=x")));
    portal
        .assert_nothing_happened(async || drop(ada.patch(&place, json!({"name": "Josés"})).await.ok(200)))
        .await;
    ada.delete(&place).await.ok(204);
    assert_eq!(names(ada).await, ["Disabled"]);
    ada.delete(&place).await.problem(404, "not-found");

    let done = ada.get("/activity?action=view").await.ok(200);
    let actions: Vec<_> = done["items"].as_array().unwrap().iter().map(|one| one["action"].clone()).collect();
    assert_eq!(actions, ["view.deleted", "view.updated", "view.updated", "view.created", "view.created"]);
    let first = &done["items"][4];
    assert_eq!(first["subject"], json!({"kind": "view", "id": view["id"], "name": "New José"}));
    assert_eq!(first["changes"]["query"], json!([null, "q=jos%C3%A9&sort=-created"]));
}

#[tokio::test]
async fn a_view_is_its_owners_alone() {
    let portal = Portal::start().await;
    let bea = portal.another_admin("Bea").await;
    let view = id(&save(&portal.admin, "Mine", "q=a").await);
    assert!(names(&bea).await.is_empty());
    for path in [format!("/me/views/{view}"), "/me/views/nonsense".to_owned()] {
        portal
            .assert_nothing_happened(async || {
                bea.patch(&path, json!({"name": "Hers"})).await.problem(404, "not-found");
                bea.delete(&path).await.problem(404, "not-found");
            })
            .await;
    }
    // The same name is free to her.
    save(&bea, "Mine", "q=b").await;
    assert_eq!(names(&portal.admin).await, ["Mine"]);

    portal.admin.delete(&format!("/users/{}", bea.id)).await.ok(204);
    portal.admin.delete(&format!("/users/{}?purge=true", bea.id)).await.ok(204);
    let gone = portal.admin.get("/activity?action=view.deleted").await.ok(200);
    assert_eq!((&gone["total"], &gone["items"][0]["subject"]["name"]), (&json!(1), &json!("a deleted view")));
    let portal = portal.restart().await;
    assert_eq!(names(&portal.admin).await, ["Mine"]);
}

#[tokio::test]
async fn what_is_no_view_is_refused() {
    let portal = Portal::start().await;
    let ada = &portal.admin;
    let taken = save(ada, "Straße", "q=a").await;
    let other = id(&save(ada, "Other", "q=a").await);
    let long = format!("q={}", "a".repeat(1999));
    for (body, field, code) in [
        (json!({"name": "STRASSE", "query": "q=b"}), "name", "taken"),
        (json!({"name": "", "query": "q=b"}), "name", "required"),
        (json!({"name": "x".repeat(201), "query": "q=b"}), "name", "too-long"),
        (json!({"name": "A"}), "query", "required"),
        (json!({"name": "A", "query": ""}), "query", "required"),
        (json!({"name": "A", "query": long}), "query", "too-long"),
        (json!({"name": "A", "query": "page=2"}), "query", "invalid"),
        (json!({"name": "A", "query": "q=a&q=b"}), "query", "invalid"),
        (json!({"name": "A", "query": "q=a\nb"}), "query", "invalid"),
        (json!({"name": "A", "query": 3}), "query", "type"),
        (json!({"name": "A", "query": "q=a", "user": portal.admin.id}), "user", "unknown"),
    ] {
        portal
            .assert_nothing_happened(async || {
                let problem = ada.post("/me/views", body.clone()).await.problem(422, "validation-failed");
                let errors = problem["errors"].as_array().unwrap();
                assert_eq!(errors.len(), 1, "{problem}");
                assert_eq!(
                    (&errors[0]["field"], &errors[0]["code"]),
                    (&json!(field), &json!(code)),
                    "{body}"
                );
            })
            .await;
    }
    let path = format!("/me/views/{other}");
    for body in [json!({"name": "strasse"}), json!({"query": "page=1"}), json!({"name": null})] {
        ada.patch(&path, body).await.problem(422, "validation-failed");
    }
    // Its own name, spelled otherwise, is free to it.
    ada.patch(&format!("/me/views/{}", id(&taken)), json!({"name": "Strasse"})).await.ok(200);
}

#[tokio::test]
async fn nobody_has_more_than_fifty() {
    let portal = Portal::start().await;
    for n in 0..50 {
        save(&portal.admin, &format!("View {n:02}"), "q=a").await;
    }
    portal
        .assert_nothing_happened(async || {
            let body = json!({"name": "One more", "query": "q=a"});
            let problem = portal.admin.post("/me/views", body).await.problem(422, "validation-failed");
            assert_eq!(problem["errors"][0]["field"], "name");
        })
        .await;
    let list = portal.admin.get("/me/views?per_page=200").await.ok(200);
    assert_eq!(list["total"], 50);
    portal.admin.delete(&format!("/me/views/{}", id(&list["items"][0]))).await.ok(204);
    save(&portal.admin, "One more", "q=a").await;
}
