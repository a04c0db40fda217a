//! Second factors: added, asked for, spent once, taken away.

mod enrol;
mod groups;
mod passkeys;
mod sign_in;
mod step_up;

use serde_json::{Value, json};

use super::harness::{Answer, Authenticator, Person, Portal};

async fn show(person: &Person, code: &str) -> Answer {
    person.post("/session/second-factor", json!({"code": code})).await
}

/// A customer with an app whose next code is half a minute away, and spent up to then.
async fn with_app(portal: &Portal, name: &str) -> (Person, Authenticator) {
    let person = portal.customer(name).await;
    let app = person.add_app(portal).await;
    portal.advance(rollcall::model::time::Span::seconds(30));
    (person, app)
}

/// The newest activity of an action.
async fn newest(portal: &Portal, action: &str) -> Value {
    portal.admin.get(&format!("/activity?action={action}")).await.ok(200)["items"][0].clone()
}
