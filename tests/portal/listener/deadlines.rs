//! Who takes too long is let go, and others have the place.

use rollcall::{
    config::{Config, Length},
    model::{text::Description, time::Span},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

use super::{answer, connect, get, one, rest, talk};
use crate::harness::{Person, Portal};

fn quick(config: &mut Config) {
    let second = Length(Span::seconds(1));
    (config.deadlines.headers, config.deadlines.body) = (second, second);
    (config.deadlines.answer, config.deadlines.stream) = (second, second);
}

#[tokio::test]
async fn headers_have_a_deadline() {
    let portal = Portal::configured(quick).await;
    for begun in ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: portal.test\r\nx: "] {
        assert_eq!(talk(portal.address, begun.as_bytes()).await, b"", "{begun:?}");
    }
}

#[tokio::test]
async fn a_connection_without_requests_is_closed() {
    let portal = Portal::configured(quick).await;
    let mut stream = connect(portal.address).await;
    for _ in 0..3 {
        stream.write_all(get("/health/live").as_bytes()).await.unwrap();
        assert!(one(&mut stream).await.ends_with("live\n"), "it is kept for the next request");
    }
    assert_eq!(rest(&mut stream).await, b"");
}

#[tokio::test]
async fn a_body_has_a_deadline_and_its_sender_is_told() {
    let portal = Portal::configured(quick).await;
    let head = "POST /api/v1/session HTTP/1.1\r\nhost: portal.test\r\ncontent-type: application/json\r\n";
    for body in ["content-length: 100\r\n\r\n{\"email\":", "transfer-encoding: chunked\r\n\r\n64\r\n{"] {
        let slow = async || talk(portal.address, format!("{head}{body}").as_bytes()).await;
        let back = portal.assert_nothing_happened(slow).await;
        answer("", &back).problem(400, "malformed-request");
    }
}

/// A connection whose system takes in as little as it can.
async fn reluctant(portal: &Portal) -> tokio::net::TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(portal.address).await.unwrap()
}

#[tokio::test]
async fn whoever_does_not_read_an_answer_is_cut_off() {
    let portal = Portal::configured(quick).await;
    let mut stream = reluctant(&portal).await;
    let many = get("/api/v1/openapi.json").repeat(100);
    let whole = talk(portal.address, get("/api/v1/openapi.json").as_bytes()).await.len() * 100;
    // Written on while nothing is read, until the portal has had enough.
    let mut cut = stream.write_all(many.as_bytes()).await.is_err();
    while !cut {
        cut = stream.write_all(b"GET ").await.is_err() || stream.peer_addr().is_err();
        tokio::task::yield_now().await;
    }
    assert!(rest(&mut stream).await.len() < whole);
}

#[tokio::test]
async fn large_answers_that_nobody_reads_are_few() {
    let portal = Portal::start().await;
    let description = "\u{1f43f}".repeat(Description::MAX);
    for n in 0..50 {
        let body = json!({"name": format!("Project {n}"), "description": description});
        portal.admin.post("/projects", body).await.ok(201);
    }
    let cookie = portal.admin.cookie().unwrap();
    let ask = format!(
        "GET /api/v1/projects?per_page=200 HTTP/1.1\r\nhost: portal.test\r\ncookie: {cookie}\r\n\r\n"
    );
    let mut idle = Vec::new();
    for _ in 0..8 {
        let mut stream = reluctant(&portal).await;
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        idle.push(stream);
    }
    let refused = portal.admin.get("/projects?per_page=200").await;
    refused.problem(429, "too-many-requests");
    assert_eq!(refused.header("retry-after"), Some("5"));
    portal.admin.get("/projects?per_page=5").await.ok(200);
    // One that has been read whole is free, and so is one whose reader has gone.
    one(&mut idle[0]).await;
    portal.admin.get("/projects?per_page=200").await.ok(200);
    idle.clear();
    while portal.admin.get("/projects?per_page=200").await.status != 200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_export_that_nobody_reads_is_cut_off_and_one_that_is_read_slowly_is_not() {
    let portal = Portal::configured(|config| config.deadlines.stream = Length(Span::seconds(2))).await;
    portal.fill(5_000).await;
    let cookie = portal.admin.cookie().unwrap();
    let ask = format!(
        "GET /api/v1/users.csv HTTP/1.1\r\nhost: portal.test\r\nconnection: close\r\ncookie: {cookie}\r\n\r\n"
    );
    let mut idle = reluctant(&portal).await;
    idle.write_all(ask.as_bytes()).await.unwrap();
    let mut slow = reluctant(&portal).await;
    slow.write_all(ask.as_bytes()).await.unwrap();
    // A little at a time, for longer than anybody may stand still.
    let (mut read, mut chunk) = (Vec::new(), vec![0; 4 << 10]);
    loop {
        let n = slow.read(&mut chunk).await.unwrap();
        if n == 0 {
            break;
        }
        read.extend_from_slice(&chunk[..n]);
        tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    }
    assert!(read.ends_with(b"0\r\n\r\n"), "whole: {} bytes", read.len());
    let cut = rest(&mut idle).await;
    assert!(cut.len() < read.len() && !cut.ends_with(b"0\r\n\r\n"), "{} of {}", cut.len(), read.len());
    portal.admin.get("/session").await.ok(200);
}

#[tokio::test]
async fn exports_that_nobody_reads_hold_up_neither_the_portal_nor_the_next_export_for_long() {
    let portal = Portal::start().await;
    portal.fill(5_000).await;
    let ask = |path: &str, who: &Person| {
        let cookie = who.cookie().unwrap();
        format!("GET /api/v1{path} HTTP/1.1\r\nhost: portal.test\r\ncookie: {cookie}\r\n\r\n")
    };
    let mut idle = Vec::new();
    let mut admins = Vec::new();
    for name in ["Bert", "Carl", "Dora", "Emil"] {
        admins.push(portal.another_admin(name).await);
    }
    let paths = ["/users.csv", "/backup", "/users.csv", "/backup"];
    for (who, path) in admins.iter().flat_map(|who| paths.map(|path| (who, path))) {
        let mut stream = reluctant(&portal).await;
        stream.write_all(ask(path, who).as_bytes()).await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        idle.push(stream);
    }
    for path in ["/users.csv", "/backup", "/activity.csv", "/activity.jsonl"] {
        let refused = async || portal.admin.get(path).await;
        let refused = portal.assert_nothing_happened(refused).await;
        refused.problem(429, "too-many-requests");
        assert_eq!(refused.header("retry-after"), Some("30"));
    }
    portal.admin.get("/users?q=ma").await.ok(200);
    idle.pop();
    assert_eq!(portal.admin.get("/users.csv").await.status, 200);
    admins[0].get("/backup").await.problem(429, "too-many-requests");
    assert_eq!(admins[3].get("/backup").await.status, 200, "one of four is free");
}

#[tokio::test]
async fn past_the_cap_connections_wait_for_a_place() {
    let portal = Portal::configured(|config| {
        quick(config);
        config.limits.connections = 4;
    })
    .await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        let mut stream = connect(portal.address).await;
        stream.write_all(get("/health/live").as_bytes()).await.unwrap();
        one(&mut stream).await;
        idle.push(stream);
    }
    // Answered when the first of them has been idle for too long.
    portal.admin.get("/session").await.ok(200);
}
