//! 7. Thousands of slow connections: they go, and nobody else notices.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use super::{
    Plan,
    process::Site,
    report::{Report, now, pause, percentile},
};

/// Connections that stayed open to a client who said nothing: those that the system had not handed over,
/// a handful at most.
static HANDED_OVER_LATE: AtomicUsize = AtomicUsize::new(0);

const REQUEST: &str = "POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

/// Says so much at once, then a byte a second; how long until it was hung up on.
async fn crawl(address: std::net::SocketAddr, first: String, rest: &'static [u8]) -> Option<Duration> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let began = now();
    stream.write_all(first.as_bytes()).await.ok()?;
    let (mut reader, mut writer) = stream.split();
    let mut all = Vec::new();
    let hung_up = reader.read_to_end(&mut all);
    tokio::pin!(hung_up);
    for byte in rest.iter().cycle() {
        tokio::select! {
            _ = &mut hung_up => break,
            () = pause(1000) => if writer.write_all(&[*byte]).await.is_err() { break },
        }
        if began.elapsed() > Duration::from_secs(90) {
            return None;
        }
    }
    Some(began.elapsed())
}

pub async fn run(plan: Plan, report: Report) {
    let connections = plan.either(500, 5_000);
    let site = Site::new(200);
    let portal = site.start();
    let ada = portal.ada().await;
    let mut all = JoinSet::new();
    for n in 0..connections {
        let address = portal.address;
        let kind = ["headers", "body", "nothing"][n % 3];
        let (first, rest): (String, &'static [u8]) = match kind {
            "headers" => (REQUEST.to_owned(), b"x-a: b\r\n"),
            "body" => (format!("{REQUEST}content-length: 100000\r\n\r\n{{"), b" "),
            _ => (String::new(), b""),
        };
        all.spawn(async move {
            let rest = if rest.is_empty() { None } else { Some(rest) };
            let time = match rest {
                Some(rest) => crawl(address, first, rest).await,
                None => idle(address).await,
            };
            (kind, time)
        });
    }
    pause(500).await;
    let mut ordinary = Vec::new();
    for _ in 0..100 {
        let began = now();
        ada.get("/users?q=a").await.ok(200);
        ordinary.push(began.elapsed());
    }
    report.says("connections", connections);
    report.within(
        "an ordinary search meanwhile, p99",
        Duration::from_millis(200),
        percentile(&mut ordinary, 99),
    );
    report.at_most("memory meanwhile", 500, portal.memory(), "MB");
    let mut slowest = std::collections::BTreeMap::new();
    while let Some(done) = all.join_next().await {
        let (kind, time) = done.expect("it ends");
        let worst = slowest.entry(kind).or_insert(Duration::ZERO);
        *worst = (*worst).max(time.unwrap_or(Duration::from_secs(999)));
    }
    let late = u64::try_from(HANDED_OVER_LATE.load(Ordering::Relaxed)).unwrap_or(u64::MAX);
    report.at_most("handed over late by the system", 5, late, "connections");
    for (kind, time) in slowest {
        report.strictly_within(&format!("slow {kind}: gone after, at most"), Duration::from_secs(15), time);
    }
    ada.get("/users").await.ok(200);
    report.is("exit code", 0, portal.terminate().0.unwrap_or(-1));
    report.is("panics in the log", 0, site.log().matches("panicked").count());
}

/// Connects and says nothing. Where the system had no room to hand a connection over, it is open to
/// its client alone, and the portal knows nothing of it: a byte tells the system, and the time counts
/// from there.
async fn idle(address: std::net::SocketAddr) -> Option<Duration> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let mut all = Vec::new();
    for _ in 0..2 {
        let began = now();
        let gone = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut all)).await;
        if gone.is_ok() {
            return Some(began.elapsed());
        }
        HANDED_OVER_LATE.fetch_add(1, Ordering::Relaxed);
        stream.write_all(b"G").await.ok()?;
    }
    None
}
