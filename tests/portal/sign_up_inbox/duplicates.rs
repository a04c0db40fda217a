//! A hint at who may be the same person.

use serde_json::{Value, json};

use super::{signed_up, with_approval};
use crate::harness::{Portal, id};

async fn duplicates(portal: &Portal, user: &str) -> Vec<(String, Vec<String>)> {
    let list = portal.admin.get(&format!("/users/{user}/duplicates")).await.ok(200);
    let items = list["items"].as_array().unwrap();
    assert_eq!(list["total"], items.len());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let why = |item: &Value| item["why"].as_array().unwrap().iter().map(text).collect();
    items.iter().map(|item| (text(&item["email"]), why(item))).collect()
}

#[tokio::test]
async fn likely_duplicates_are_named_with_the_reasons() {
    let portal = Portal::start().await;
    with_approval(&portal).await;
    for (name, email, company) in [
        ("Somebody", "josegarcia@googlemail.com", ""),
        ("Garcia, Jose", "other@people.test", ""),
        ("J. García", "j@west.test", "Café Süd"),
        ("José Garcia Lopez", "jgl@west.test", "CAFE SUD"),
        ("Otto García", "otto@west.test", "Café Süd"),
        ("José García", "x@gone.test", ""),
        ("Nora", "jose.garcia@gmial.com", ""),
        ("Nils", "jose_garcia@elsewhere.test", ""),
        ("Nobody", "jose@gmail.com", "Elsewhere"),
    ] {
        let mut body = json!({"name": name, "email": email});
        if !company.is_empty() {
            body["company"] = json!(company);
        }
        portal.create(body).await;
    }
    let gone = portal.admin.get("/users?q=gone.test").await.ok(200);
    portal.admin.delete(&format!("/users/{}", id(&gone["items"][0]))).await.ok(204);
    let jose = signed_up(&portal, "José García", "jose.garcia+shop@gmail.com", "Café Süd").await;
    let found = duplicates(&portal, &jose).await;
    let expected = [
        ("josegarcia@googlemail.com", ["mailbox"]),
        ("jose.garcia@gmial.com", ["domain-typo"]),
        ("other@people.test", ["name"]),
        ("x@gone.test", ["name"]),
        ("j@west.test", ["company-and-name"]),
        ("jgl@west.test", ["company-and-name"]),
        ("jose_garcia@elsewhere.test", ["local-part"]),
    ];
    let expected: Vec<(String, Vec<String>)> =
        expected.map(|(email, why)| (email.to_owned(), why.map(str::to_owned).to_vec())).into();
    assert_eq!(found, expected);
    let list = portal.admin.get(&format!("/users/{jose}/duplicates?per_page=1&page=4")).await.ok(200);
    assert_eq!((&list["total"], &list["items"][0]["state"]), (&json!(7), &json!("deleted")));
    assert_eq!(list["items"][0]["user"]["name"], "José García");
}

#[tokio::test]
async fn whoever_is_like_nobody_has_none() {
    let portal = Portal::start().await;
    portal.fill(300).await;
    for (name, email) in [("Quentin Xavier", "qx@only.test"), ("🦉", "owl@only.test")] {
        let user = id(&portal.create(json!({"name": name, "email": email})).await);
        assert_eq!(duplicates(&portal, &user).await, []);
    }
}

#[tokio::test]
async fn for_those_who_may_approve_alone() {
    let portal = Portal::start().await;
    let ann = portal.vendor("Ann").await;
    let reader = portal.group("Readers", &["users.read"]).await;
    let rita = portal.person("Rita", &[reader]).await;
    let path = format!("/users/{}/duplicates", ann.id);
    rita.get(&path).await.problem(403, "forbidden");
    portal.admin.get("/users/none/duplicates").await.problem(404, "not-found");
    portal.admin.get(&format!("{path}?page=0")).await.invalid(&[("page", "invalid")]);
}
