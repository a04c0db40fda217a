//! 8. Huge and malformed requests: refused before they are read, and forgotten.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{Plan, process::Site, report::Report};

/// Sends a head and then so many times the same piece, as far as it is taken; the status, and how
/// much was written.
async fn send(address: SocketAddr, head: &str, piece: &[u8], times: usize) -> (u16, usize) {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let (mut reader, mut writer) = stream.split();
    let write = async {
        let mut written = 0;
        if writer.write_all(head.as_bytes()).await.is_ok() {
            for _ in 0..times {
                if writer.write_all(piece).await.is_err() {
                    break;
                }
                written += piece.len();
            }
        }
        written
    };
    let mut raw = Vec::new();
    let (written, _ended) = tokio::join!(write, reader.read_to_end(&mut raw));
    let text = String::from_utf8_lossy(&raw);
    (text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0), written)
}

fn post(path: &str, more: &str) -> String {
    format!(
        "POST /api/v1{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n{more}\r\n"
    )
}

/// So many send numbers that take many times their length in memory, all but the last byte, then the
/// rest: the statuses, and the most memory meanwhile.
async fn many(address: SocketAddr, times: usize, memory: impl Fn() -> u64) -> (Vec<u16>, u64) {
    let body = format!("{{\"passkey\":{{\"a\":[{}0]}}}}", "0,".repeat(8_000));
    let head = post("/session/step-up", &format!("content-length: {}\r\n", body.len()));
    let (first, last) = body.split_at(body.len() - 1);
    let mut streams = Vec::new();
    for _ in 0..times {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(format!("{head}{first}").as_bytes()).await.expect("it is taken");
        streams.push(stream);
    }
    let mut most = memory();
    for stream in &mut streams {
        let _gone = stream.write_all(last.as_bytes()).await;
    }
    most = most.max(memory());
    let mut told = Vec::new();
    for mut stream in streams {
        let mut raw = Vec::new();
        let _ended = stream.read_to_end(&mut raw).await;
        let text = String::from_utf8_lossy(&raw).into_owned();
        told.push(text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0));
    }
    (told, most.max(memory()))
}

pub async fn run(plan: Plan, report: Report) {
    let site = Site::new(20);
    let portal = site.start();
    let ada = portal.ada().await;
    let before = portal.memory();
    let megabytes = plan.either(64, 1024);
    let length = format!("content-length: {}\r\n", megabytes << 20);
    let chunk = [format!("{:x}\r\n", 1 << 20).into_bytes(), vec![b'a'; 1 << 20], b"\r\n".to_vec()].concat();
    let depth = 100_000;
    let deep = format!("{{\"email\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let bomb = "content-encoding: gzip\r\ncontent-length: 20\r\n";
    let cookie = format!("cookie: {}\r\n", ada.cookie().expect("a session"));
    let headers: String = (0..100_000).map(|n| format!("x-{n}: y\r\n")).collect();
    let long_header = format!("x-long: {}\r\n", "y".repeat(1 << 20));
    let piece = vec![b' '; 1 << 20];
    let cases: Vec<(&str, String, &[u8], usize)> = vec![
        ("a body that is too long, said at once", post("/session", &length), &piece, megabytes),
        (
            "a body that is too long, in chunks",
            post("/session", "transfer-encoding: chunked\r\n"),
            &chunk,
            megabytes,
        ),
        (
            "the same, signed in",
            post("/users", &format!("{cookie}transfer-encoding: chunked\r\n")),
            &chunk,
            megabytes,
        ),
        (
            "JSON 100,000 deep",
            post("/session", &format!("content-length: {}\r\n", deep.len())),
            deep.as_bytes(),
            1,
        ),
        ("gzip that says it is JSON", post("/session", bomb), &[0x1f; 20], 1),
        ("100,000 headers", post("/session", &headers), b"", 0),
        ("a header of 1 MB", post("/session", &long_header), b"", 0),
        ("a target of 1 MB", format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(1 << 20)), b"", 0),
        ("two lengths", post("/session", "content-length: 2\r\ncontent-length: 3\r\n"), b"{}", 1),
        ("a length that is none", post("/session", "content-length: -1\r\n"), b"", 0),
        (
            "a length and chunks",
            post("/session", "content-length: 2\r\ntransfer-encoding: chunked\r\n"),
            b"0\r\n\r\n",
            1,
        ),
        ("no HTTP at all", "\u{0}\u{1}\u{2}hello\r\n\r\n".to_owned(), b"", 0),
    ];
    let (mut refused, mut server_errors, mut taken) = (0, 0, 0);
    let all = cases.len();
    for (what, head, piece, times) in cases {
        let (status, written) = send(portal.address, &head, piece, times).await;
        if (400..500).contains(&status) || status == 0 {
            refused += 1;
        } else {
            eprintln!("           {what}: {status}");
        }
        server_errors += usize::from(status >= 500);
        taken = taken.max(written);
    }
    let (told, most) = many(portal.address, plan.either(100, 500), || portal.memory()).await;
    let told_so = told.iter().filter(|status| [401, 429].contains(*status)).count();
    report.is("very many numbers from very many at once: told to sign in, or to wait", told.len(), told_so);
    report.at_most("very many numbers: memory grew by", 50, most.saturating_sub(before), "MB");
    report.is("refused with 4xx or hung up on", all, refused);
    report.is("5xx", 0, server_errors);
    report.at_most("of a body that is too long, taken at most", 8, (taken >> 20) as u64, "MB");
    report.at_most("memory grew by", 50, portal.memory().saturating_sub(before), "MB");
    ada.get("/users").await.ok(200);
    report.is("exit code", 0, portal.terminate().0.unwrap_or(-1));
    report.is("panics in the log", 0, site.log().matches("panicked").count());
}
