//! An authenticator app.

use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use super::{Person, Portal, id};

/// An app that holds one secret.
pub struct Authenticator {
    pub id: String,
    pub secret: String,
    /// As they were shown with the first factor.
    pub recovery_codes: Vec<String>,
}

/// What an app with this secret shows so many seconds from now.
pub fn code_at(portal: &Portal, secret: &str, seconds: i64) -> String {
    let secret = Secret::try_from_base32(secret).expect("base32");
    let totp = Builder::new().with_secret(secret).build().expect("a good secret");
    let now = i64::try_from(portal.clock.now().milliseconds() / 1000).expect("a moment");
    totp.generate(u64::try_from(now + seconds).expect("after 1970")).to_string()
}

impl Authenticator {
    /// One that waits for its first code; `None` for somebody who may have none.
    pub async fn offered(person: &Person) -> Option<Self> {
        let answer = person.post("/me/factors", json!({"kind": "totp"})).await;
        let offer = if answer.status == 201 { answer.json() } else { return None };
        let secret = offer["secret"].as_str().expect("a secret").to_owned();
        Some(Self { id: id(&offer), secret, recovery_codes: Vec::new() })
    }

    /// What the app shows now.
    pub fn code(&self, portal: &Portal) -> String {
        code_at(portal, &self.secret, 0)
    }

    /// Shows its first code; the code is spent. What was answered.
    pub async fn confirm(&self, portal: &Portal, person: &Person) -> Value {
        let body = json!({"code": self.code(portal)});
        person.post(&format!("/me/factors/{}/confirm", self.id), body).await.ok(200)
    }
}

impl Person {
    /// Adds an authenticator app, whose code of this moment is spent.
    pub async fn add_app(&self, portal: &Portal) -> Authenticator {
        let app = Authenticator::offered(self).await.expect("it is offered");
        let confirmed = app.confirm(portal, self).await;
        let codes = confirmed["codes"].as_array().into_iter().flatten();
        let recovery_codes = codes.map(|code| code.as_str().expect("a code").to_owned()).collect();
        Authenticator { recovery_codes, ..app }
    }

    /// The first half of a sign-in; the problem that asks for the second.
    pub async fn half_sign_in(&self) -> Value {
        let body = json!({"email": self.email, "password": self.password});
        self.post("/session", body).await.problem(401, "second-factor-required")
    }

    /// Signs in with the app, whose code of this moment must be unspent.
    pub async fn sign_in_with(&self, portal: &Portal, app: &Authenticator) -> Value {
        self.half_sign_in().await;
        self.post("/session/second-factor", json!({"code": app.code(portal)})).await.ok(200)
    }
}
