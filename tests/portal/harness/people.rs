//! The people of the tests, each with a browser of their own that keeps its cookie.

use std::{collections::BTreeMap, net::SocketAddr, sync::Mutex};

use rollcall::model::{group::BuiltIn, time::Span};
use serde_json::{Value, json};

use super::{Answer, Portal, Request, built_in, id, token};

/// The cookies that a browser keeps, by name.
#[derive(Default)]
pub struct Jar(Mutex<BTreeMap<String, String>>);

impl Jar {
    /// All of them, as the header has them.
    pub fn cookie(&self) -> Option<String> {
        let pairs: Vec<String> =
            self.0.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Does what `Set-Cookie` says.
    pub fn keep(&self, answer: &Answer) {
        for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, rest) = value.split_once('=').expect("a pair");
            let kept = rest.split(';').next().unwrap_or_default().to_owned();
            let mut cookies = self.0.lock().unwrap();
            match value.contains("Max-Age=0") {
                true => cookies.remove(name),
                false => cookies.insert(name.to_owned(), kept),
            };
        }
    }
}

pub struct Person {
    address: SocketAddr,
    jar: Jar,
    /// An API token, in place of a cookie.
    bearer: Option<String>,
    pub id: String,
    pub name: String,
    pub email: String,
    pub password: String,
}

impl Person {
    /// Somebody with a browser that has no cookie.
    pub fn new(address: SocketAddr, name: &str, email: &str) -> Self {
        let (id, password) = (String::new(), "mellow-otter-42-quartz".to_owned());
        Self {
            address,
            jar: Jar::default(),
            bearer: None,
            id,
            name: name.into(),
            email: email.into(),
            password,
        }
    }

    pub fn cookie(&self) -> Option<String> {
        self.jar.cookie()
    }

    /// The same person at another device, not signed in there.
    pub fn elsewhere(&self) -> Self {
        let new = Self::new(self.address, &self.name, &self.email);
        Self { id: self.id.clone(), password: self.password.clone(), ..new }
    }

    /// The same person and browser, where the portal is now.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.as_now() }
    }

    /// The same person, with the cookie as it is now and as it stays.
    pub fn as_now(&self) -> Self {
        let same = self.elsewhere();
        *same.jar.0.lock().unwrap() = self.jar.0.lock().unwrap().clone();
        same
    }

    /// A program that has an API token of this person's.
    pub async fn program(&self, permissions: &[&str]) -> Self {
        let body = json!({"name": "A program", "permissions": permissions});
        let made = self.post("/me/tokens", body).await.ok(201);
        self.with_token(made["secret"].as_str().expect("a secret"))
    }

    /// A program that has this API token.
    pub fn with_token(&self, secret: &str) -> Self {
        Self { bearer: Some(secret.to_owned()), ..self.elsewhere() }
    }

    /// Signs in; the session.
    pub async fn sign_in(&self) -> Value {
        self.post("/session", json!({"email": self.email, "password": self.password})).await.ok(200)
    }

    /// Proves once more who they are, by the password.
    pub async fn step_up(&self) -> Value {
        self.post("/session/step-up", json!({"password": self.password})).await.ok(200)
    }

    /// A request below `/api/v1`.
    pub fn ask(&self, method: &str, path: &str) -> Request<'_> {
        self.ask_for(method, &format!("/api/v1{path}"))
    }

    /// A request for anything.
    pub fn ask_for(&self, method: &str, target: &str) -> Request<'_> {
        let request = Request::new(self.address, method, target, Some(&self.jar));
        match &self.bearer {
            Some(secret) => request.header("authorization", &format!("Bearer {secret}")),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path).json(&body).send().await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.ask("PATCH", path).json(&body).send().await
    }

    pub async fn put(&self, path: &str) -> Answer {
        self.ask("PUT", path).send().await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path).send().await
    }
}

impl Portal {
    /// Somebody in these groups, who chose a password and is signed in.
    pub async fn person(&self, name: &str, groups: &[String]) -> Person {
        let email = format!("{}@people.test", name.to_lowercase().replace(' ', "."));
        let user = self.create(json!({"name": name, "email": email, "groups": groups})).await;
        let mut person = Person::new(self.address, name, &email);
        person.id = id(&user);
        let link = self.admin.post(&format!("/users/{}/password-link", person.id), json!({})).await.ok(200);
        let body = json!({"token": token(&link["url"]), "password": person.password});
        person.post("/links/redeem", body).await.ok(200);
        person
    }

    pub async fn customer(&self, name: &str) -> Person {
        self.person(name, &[built_in(BuiltIn::Customer)]).await
    }

    pub async fn vendor(&self, name: &str) -> Person {
        self.person(name, &[built_in(BuiltIn::Vendor)]).await
    }

    pub async fn employee(&self, name: &str) -> Person {
        self.person(name, &[built_in(BuiltIn::Employee)]).await
    }

    pub async fn another_admin(&self, name: &str) -> Person {
        self.person(name, &[built_in(BuiltIn::Admin)]).await
    }

    /// Somebody who may look after users, and nothing else.
    pub async fn manager(&self, name: &str) -> Person {
        let group = self.group(&format!("Managers with {name}"), &["users.read", "users.write"]).await;
        self.person(name, &[group]).await
    }

    /// Somebody who may do everything to the users of these groups, and nothing to anybody else.
    pub async fn caretaker(&self, name: &str, groups: &[&str]) -> Person {
        let permissions = ["read", "write", "delete", "impersonate", "export", "import"];
        let permissions = permissions.map(|one| format!("users.{one}"));
        let body = json!({"name": format!("Caretakers with {name}"), "permissions": permissions, "limited_to": groups});
        let group = id(&self.admin.post("/groups", body).await.ok(201));
        self.person(name, &[group]).await
    }

    /// A customer who was disabled while signed in.
    pub async fn disabled(&self, name: &str) -> Person {
        let person = self.customer(name).await;
        self.admin.post(&format!("/users/{}/disable", person.id), json!({})).await.ok(200);
        person
    }

    /// An admin whose session ran out. Moves the clock by more than a month: all sessions have
    /// run out, and the first admin signs in again.
    pub async fn expired(&self, name: &str) -> Person {
        let person = self.another_admin(name).await;
        self.advance(Span::days(31));
        self.admin.sign_in().await;
        person
    }

    /// The first admin at another device, logged in as somebody.
    pub async fn acting_as(&self, person: &Person, write: bool) -> Person {
        let admin = self.admin.elsewhere();
        admin.sign_in().await;
        let body = json!({"reason": "They asked for help.", "write": write});
        admin.post(&format!("/users/{}/impersonate", person.id), body).await.ok(200);
        admin
    }
}
