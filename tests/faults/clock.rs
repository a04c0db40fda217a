//! 6. The clock goes forward and backward by days: what has run out stays so. Through the portal's
//! own clock, which everything asks (clippy refuses every other), so no library has to lie.

use rollcall::model::time::Span;
use serde_json::json;

use super::{
    Plan,
    portal::harness::{Portal, id, token},
    report::Report,
};

pub async fn run(_: Plan, report: Report) {
    let portal = Portal::start().await;
    let user = portal.create(json!({"name": "Zoë", "email": "zoe@people.test"})).await;
    let path = format!("/users/{}/password-link", id(&user));
    let link = token(&portal.admin.post(&path, json!({})).await.ok(200)["url"]);
    let vera = portal.vendor("Vera").await;
    let inspect = async || vera.post("/links/inspect", json!({"token": link})).await.status;
    report.is(
        "before: session · link",
        "200 · 200".to_owned(),
        format!("{} · {}", vera.get("/session").await.status, inspect().await),
    );
    portal.advance(Span::days(40));
    report.is(
        "40 days forward: session · link",
        "401 · 410".to_owned(),
        format!("{} · {}", vera.get("/session").await.status, inspect().await),
    );
    portal.admin.sign_in().await;
    portal.tidy();
    let activity = portal.admin.get("/activity").await.ok(200)["total"].clone();
    // What was found to be over is gone, and does not come back with the time.
    portal.advance(Span::days(-80));
    let (session, link_now) = (vera.get("/session").await.status, inspect().await);
    report.holds("80 days backward: the session is not revived", session == 401, session);
    report.is("80 days backward: the link is not revived", 410, link_now);
    let created = portal.admin.elsewhere();
    created.sign_in().await;
    let made = created.post("/users", json!({"name": "Yan", "email": "yan@people.test"})).await;
    report.is("backward: signing in and writing go on", 201, made.status);
    let after = created.get("/activity").await.ok(200);
    let grown = after["total"].as_u64() > activity.as_u64();
    report.holds("the activity only grows", grown, format!("{activity} → {}", after["total"]));
    let newest = after["items"][0]["action"].clone();
    report.is("and the newest stands first", "user.created", newest.as_str().unwrap_or_default());
    let portal = portal.restart().await;
    report.is(
        "a start in the past: ready",
        200,
        portal.admin.ask_for("GET", "/health/ready").send().await.status,
    );
    portal.advance(Span::days(80));
    report.is("forward again: the session", 401, vera.get("/session").await.status);
}
