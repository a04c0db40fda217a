//! The stop: what is under way is finished, who stands still is not waited for.

use rollcall::{config::Length, model::time::Span};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::{answer, connect, get, one, rest};
use crate::harness::Portal;

#[tokio::test]
async fn answers_under_way_are_finished_and_nothing_is_begun() {
    let portal = Portal::start().await;
    let (address, cookie) = (portal.address, portal.admin.cookie().unwrap());
    let body = json!({"name": "Zoë", "email": "zoe@people.test"}).to_string();
    let (first, second) = body.split_at(10);
    let mut posting = connect(address).await;
    let head = format!(
        "POST /api/v1/users HTTP/1.1\r\nhost: portal.test\r\ncookie: {cookie}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    posting.write_all(format!("{head}{first}").as_bytes()).await.unwrap();
    let mut asking = connect(address).await;
    asking.write_all(b"GET /health/ready HTTP/1.1\r\n").await.unwrap();
    let mut idle = connect(address).await;
    idle.write_all(get("/health/live").as_bytes()).await.unwrap();
    one(&mut idle).await;

    let restarted = tokio::spawn(portal.restart());
    assert_eq!(rest(&mut idle).await, b"", "a connection without a request is closed at once");
    asking.write_all(b"host: portal.test\r\n\r\n").await.unwrap();
    let unready = answer("", &rest(&mut asking).await);
    assert_eq!((unready.status, unready.text().as_str()), (503, "not ready: stopping\n"));
    posting.write_all(second.as_bytes()).await.unwrap();
    let created = answer("", &rest(&mut posting).await);
    assert_eq!(created.ok(201)["name"], "Zoë");
    assert_eq!(created.header("connection"), Some("close"));

    let portal = restarted.await.unwrap();
    assert_eq!(portal.admin.get("/users?q=zoe").await.ok(200)["total"], 1);
    let ready = portal.anonymous().ask_for("GET", "/health/ready").send().await;
    assert_eq!((ready.status, ready.text().as_str()), (200, "ready\n"));
}

#[tokio::test]
async fn the_stop_waits_for_nobody_who_stands_still() {
    let portal = Portal::configured(|config| config.deadlines.stop = Length(Span::seconds(1))).await;
    let mut standing = connect(portal.address).await;
    standing
        .write_all(b"POST /api/v1/session HTTP/1.1\r\nhost: p\r\ncontent-length: 9\r\n\r\n{")
        .await
        .unwrap();
    let portal = portal.restart().await;
    portal.admin.get("/session").await.ok(200);
}
