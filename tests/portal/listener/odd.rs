//! What nobody should send: a plain answer with all headers, or none; never a 5xx.

use super::{answer, secure, talk};
use crate::harness::Portal;

/// What is sent, and which answers are fine; 0 stands for none.
fn requests() -> Vec<(Vec<u8>, &'static [u16])> {
    let with = |text: &str| text.as_bytes().to_vec();
    let host = "host: portal.test\r\nconnection: close\r\n";
    let many = (0..200).map(|n| format!("x-{n}: v\r\n")).collect::<String>();
    let long = "v".repeat(300_000);
    let json = "content-type: application/json\r\n";
    vec![
        (with("GET /\r\n"), &[400]),
        (with("GET / HTTP/0.9\r\n\r\n"), &[400]),
        (with(&format!("GET / HTTP/1.0\r\n{host}\r\n")), &[200]),
        (with("GET / HTTP/1.0\r\n\r\n"), &[200]),
        (with(&format!("GET / HTTP/2.0\r\n{host}\r\n")), &[400]),
        (with(&format!("GET / HTTP/9.9\r\n{host}\r\n")), &[400]),
        (with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), &[0, 400]),
        (vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03], &[400]),
        (with("\0\0\0\0\r\n\r\n"), &[400]),
        (with(&format!("GET /\0 HTTP/1.1\r\n{host}\r\n")), &[400]),
        (with(&format!("GET / HTTP/1.1\r\n{host}x: a\0b\r\n\r\n")), &[400]),
        (with(&format!("GET / HTTP/1.1\r\n{host}x y: z\r\n\r\n")), &[400]),
        (with(&format!("GET / HTTP/1.1\r\n{host}no colon\r\n\r\n")), &[400]),
        (with(&format!("GET / HTTP/1.1\r\n{host}folded: a\r\n b\r\n\r\n")), &[200, 400]),
        (with(&format!("GET / HTTP/1.1\r\n{host}high: \u{e9}\u{4e2d}\r\n\r\n")), &[200]),
        (with(&format!("G\u{e9}T / HTTP/1.1\r\n{host}\r\n")), &[400]),
        (with(&format!("GET /é HTTP/1.1\r\n{host}\r\n")), &[400, 404]),
        (with(&format!("GET  / HTTP/1.1\r\n{host}\r\n")), &[400]),
        (with(&format!("get / HTTP/1.1\r\n{host}\r\n")), &[405]),
        (with(&format!("\r\n\r\nGET / HTTP/1.1\r\n{host}\r\n")), &[200]),
        // Where it is meant for must be said, once.
        (with("GET / HTTP/1.1\r\nconnection: close\r\n\r\n"), &[400]),
        (with(&format!("GET / HTTP/1.1\r\n{host}host: other.test\r\n\r\n")), &[400]),
        (with(&format!("GET http://elsewhere.test/users HTTP/1.1\r\n{host}\r\n")), &[200]),
        (with(&format!("GET http://elsewhere.test/nothing HTTP/1.1\r\n{host}\r\n")), &[404]),
        (with(&format!("GET http:// HTTP/1.1\r\n{host}\r\n")), &[400]),
        (with(&format!("GET elsewhere.test HTTP/1.1\r\n{host}\r\n")), &[400, 404]),
        (with(&format!("OPTIONS * HTTP/1.1\r\n{host}\r\n")), &[404, 405]),
        (with(&format!("GET * HTTP/1.1\r\n{host}\r\n")), &[404]),
        (with(&format!("CONNECT elsewhere.test:443 HTTP/1.1\r\n{host}\r\n")), &[404, 405]),
        (with(&format!("CONNECT / HTTP/1.1\r\n{host}\r\n")), &[400, 404, 405]),
        (with(&format!("TRACE / HTTP/1.1\r\n{host}\r\n")), &[405]),
        (with(&format!("TRACE /api/v1/session HTTP/1.1\r\n{host}\r\n")), &[405]),
        (with(&format!("DEBUG / HTTP/1.1\r\n{host}\r\n")), &[405]),
        (with(&format!("GET /{} HTTP/1.1\r\n{host}\r\n", "a".repeat(70_000))), &[414, 431]),
        (with(&format!("GET /{} HTTP/1.1\r\n{host}\r\n", "a".repeat(30_000))), &[404]),
        (with(&format!("GET / HTTP/1.1\r\n{host}x: {long}\r\n\r\n")), &[431]),
        (with(&format!("GET / HTTP/1.1\r\n{host}{many}\r\n")), &[431]),
        (with(&format!("GET / HTTP/1.1\r\n{host}{}\r\n", "a: b\r\n".repeat(100_000))), &[431]),
        // Upgrades to nothing.
        (
            with("GET / HTTP/1.1\r\nhost: p\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n"),
            &[200],
        ),
        (
            with(
                "GET / HTTP/1.1\r\nhost: p\r\nconnection: upgrade, http2-settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n",
            ),
            &[200],
        ),
        // Bodies that contradict themselves.
        (
            with(&format!(
                "POST /api/v1/session HTTP/1.1\r\n{host}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}"
            )),
            &[400],
        ),
        (with(&format!("POST /api/v1/session HTTP/1.1\r\n{host}content-length: -1\r\n\r\n")), &[400]),
        (with(&format!("POST /api/v1/session HTTP/1.1\r\n{host}content-length: +2\r\n\r\n{{}}")), &[400]),
        (
            with(&format!(
                "POST /api/v1/session HTTP/1.1\r\n{host}content-length: 99999999999999999999\r\n\r\n"
            )),
            &[400],
        ),
        (
            with(&format!(
                "POST /api/v1/session HTTP/1.1\r\n{host}{json}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
            )),
            &[400, 422],
        ),
        (
            with(&format!(
                "POST /api/v1/session HTTP/1.1\r\n{host}{json}transfer-encoding: chunked\r\n\r\nxyz\r\n{{}}\r\n0\r\n\r\n"
            )),
            &[400],
        ),
        (
            with(&format!(
                "POST /api/v1/session HTTP/1.1\r\n{host}{json}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{{}}"
            )),
            &[400],
        ),
        (
            with(&format!(
                "POST /api/v1/session HTTP/1.1\r\n{host}{json}transfer-encoding: chunked\r\n\r\n-2\r\n{{}}\r\n0\r\n\r\n"
            )),
            &[400],
        ),
        (
            with(&format!(
                "POST /api/v1/session HTTP/1.1\r\n{host}{json}transfer-encoding: gzip\r\n\r\n{{}}"
            )),
            &[400],
        ),
        (
            with(&format!(
                "POST /api/v1/session HTTP/1.1\r\n{host}{json}transfer-encoding: gzip, chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
            )),
            &[400, 422],
        ),
        (
            with(&format!(
                "POST /api/v1/session HTTP/1.0\r\n{host}{json}transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
            )),
            &[400],
        ),
        (
            with(&format!(
                "POST /api/v1/session HTTP/1.1\r\n{host}{json}expect: the-unexpected\r\ncontent-length: 2\r\n\r\n{{}}"
            )),
            &[422],
        ),
        (with(&format!("GET / HTTP/1.1\r\n{host}content-length: 5\r\n\r\nhello")), &[200]),
        (
            with(&format!(
                "GET / HTTP/1.1\r\n{host}range: bytes=0-0,-1,9-1\r\nif-none-match: \"\r\naccept-encoding: ;;;q=\r\n\r\n"
            )),
            &[200],
        ),
    ]
}

#[tokio::test]
async fn odd_requests_get_plain_answers() {
    let portal = Portal::start().await;
    for (bytes, fine) in requests() {
        let asked = String::from_utf8_lossy(&bytes[..bytes.len().min(120)]).into_owned();
        let back = portal.assert_nothing_happened(async || talk(portal.address, &bytes).await).await;
        if back.is_empty() {
            assert!(fine.contains(&0), "{asked}: no answer");
            continue;
        }
        let answer = answer(&asked, &back);
        assert!(fine.contains(&answer.status), "{asked}: {answer}");
        assert_eq!(answer.headers.iter().filter(|(name, _)| name == "content-security-policy").count(), 1);
        if answer.status >= 400 && answer.status != 404 {
            let problem = answer.json();
            assert_eq!(
                (problem["type"].as_str(), &problem["status"]),
                (Some("about:blank"), &answer.status.into()),
                "{answer}"
            );
        }
        secure(&answer);
    }
    portal.admin.get("/session").await.ok(200);
}

/// hyper refuses these by itself, with a bare status: ours has the words and the headers.
#[tokio::test]
async fn what_is_no_request_is_refused_like_any_other() {
    let portal = Portal::configured(|config| config.public_url = Some("https://portal.test".into())).await;
    for (bytes, fine) in [
        ("nonsense\r\n\r\n".to_owned(), &[400][..]),
        (format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "v".repeat(300_000)), &[431]),
        // Whichever is found first.
        (format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(70_000)), &[414, 431]),
    ] {
        let answer = answer("", &talk(portal.address, bytes.as_bytes()).await);
        let status = answer.status;
        assert!(fine.contains(&status), "{answer}");
        answer.problem(status, "malformed-request");
        secure(&answer);
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000; includeSubDomains"));
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(answer.header("date").is_some());
        assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
    }
}

#[tokio::test]
async fn nonsense_after_a_request_is_refused_too() {
    let portal = Portal::start().await;
    let back =
        talk(portal.address, format!("{}nonsense\r\n\r\n", super::get("/health/live")).as_bytes()).await;
    let text = String::from_utf8(back).unwrap();
    let (first, second) = text.split_once("live\n").expect("the first answer");
    assert!(first.starts_with("HTTP/1.1 200 OK\r\n"), "{first}");
    answer("", second.as_bytes()).problem(400, "malformed-request");
}

#[tokio::test]
async fn whoever_waits_to_be_asked_on_is_told_first() {
    let portal = Portal::start().await;
    let asks = |length: usize| {
        let host = "host: portal.test\r\nconnection: close\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n";
        format!("POST /api/v1/session HTTP/1.1\r\n{host}content-length: {length}\r\n\r\n")
    };
    // Too long: refused before a byte of it is sent.
    let refused = answer("", &talk(portal.address, asks(2 << 20).as_bytes()).await);
    refused.problem(413, "too-large");
    let text = String::from_utf8(talk(portal.address, format!("{}{{}}", asks(2)).as_bytes()).await).unwrap();
    let (asked_on, rest) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(asked_on, "HTTP/1.1 100 Continue");
    answer("", rest.as_bytes()).problem(422, "validation-failed");
}
