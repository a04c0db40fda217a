//! Coming in: sign-in, sign-up, links and passwords, and how long one stays.

mod devices;
mod email;
mod lifetimes;
mod links;
mod passwords;
mod sign_in;
mod sign_up;

use serde_json::{Value, json};

use super::harness::{Answer, Person, Portal};

/// All of an answer that a stranger could tell two addresses apart by.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
    (answer.status, headers, answer.text())
}

/// A user who was made by the admin and never came in.
async fn invited(portal: &Portal, name: &str) -> Person {
    let email = format!("{}@people.test", name.to_lowercase());
    let user = portal.create(json!({"name": name, "email": email})).await;
    let mut person = Person::new(portal.address, name, &email);
    person.id = super::harness::id(&user);
    person
}

/// A user in the bin.
async fn in_bin(portal: &Portal, name: &str) -> Person {
    let person = portal.customer(name).await;
    portal.admin.delete(&format!("/users/{}", person.id)).await.ok(204);
    person
}

/// Somebody who signed up and waits for approval. Leaves the policy at `approval`.
async fn pending(portal: &Portal, name: &str) -> Person {
    portal.admin.patch("/settings", json!({"sign_up": "approval"})).await.ok(200);
    let email = format!("{}@people.test", name.to_lowercase());
    let mut person = Person::new(portal.address, name, &email);
    person.post("/sign-up", json!({"name": name, "email": person.email})).await.ok(202);
    let body = json!({"token": portal.newest_token(&person.email).await, "password": person.password});
    assert_eq!(person.post("/links/redeem", body).await.ok(200)["session"], Value::Null);
    let found = portal.admin.get("/users?state=pending").await.ok(200);
    let found = found["items"].as_array().unwrap().iter().find(|user| user["email"] == person.email);
    person.id = super::harness::id(found.expect("listed as pending"));
    person
}

impl Portal {
    /// The kinds of the mails to an address, newest first.
    async fn kinds_to(&self, to: &str) -> Vec<String> {
        let list = self.admin.get("/mail?per_page=200").await.ok(200);
        let to = list["items"].as_array().unwrap().iter().filter(|mail| mail["to"] == to);
        to.map(|mail| mail["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// Everything that was asked for so far is in the store: the one writer takes turns.
    async fn settle(&self) {
        let ready = self.anonymous().ask_for("GET", "/health/ready").send().await;
        assert_eq!((ready.status, ready.text().as_str()), (200, "ready\n"));
    }
}
