//! 10. SIGTERM in full flight: what was begun is finished, what was to be mailed stays queued.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use super::{
    Plan,
    portal::smtp::{Fault, Server},
    process::{Site, mailing_to},
    report::{Report, now, pause},
};

const CLIENTS: usize = 50;

#[derive(Default)]
struct Counts {
    whole: AtomicU64,
    broken: AtomicU64,
    stopping: AtomicBool,
}

/// One request. True for a whole answer, false for a part of one, `None` when there was none.
async fn one(address: SocketAddr, target: &str, cookie: &str) -> Option<bool> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request =
        format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {cookie}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut raw = Vec::new();
    let ended = stream.read_to_end(&mut raw).await;
    if raw.is_empty() {
        return None;
    }
    let text = String::from_utf8_lossy(&raw);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return Some(false) };
    let body = raw.len() - head.len() - 4;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let whole = match length.and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => length == body,
        None => raw.ends_with(b"0\r\n\r\n"),
    };
    Some(ended.is_ok() && whole)
}

pub async fn run(plan: Plan, report: Report) {
    let users = plan.either(2_000, 20_000);
    let mut server = Server::start().await;
    server.script([Fault::Silent; 8]);
    let port = server.address.port().to_string();
    let site = Site::new(users);
    let portal = site.start_with(&[], &mailing_to(&port));
    let ada = portal.ada().await;
    let zoe = json!({"name": "Zoë", "email": "zoe@people.test", "welcome": {"send": true}});
    ada.post("/users", zoe).await.ok(201);
    server.said("connect").await;
    let (counts, cookie) = (Arc::<Counts>::default(), ada.cookie().expect("a session"));
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (counts, cookie, address) = (Arc::clone(&counts), cookie.clone(), portal.address);
        clients.spawn(async move {
            loop {
                let target = if client == 0 { "/api/v1/users.csv" } else { "/api/v1/users?q=a" };
                match one(address, target, &cookie).await {
                    Some(true) => counts.whole.fetch_add(1, SeqCst),
                    Some(false) => counts.broken.fetch_add(1, SeqCst),
                    None if counts.stopping.load(SeqCst) => return,
                    None => 0,
                };
            }
        });
    }
    pause(1500).await;
    counts.stopping.store(true, SeqCst);
    let began = now();
    let ended = tokio::task::spawn_blocking(move || portal.terminate()).await.expect("it ends");
    while clients.join_next().await.is_some() {}
    report.says("answers in all", counts.whole.load(SeqCst));
    report.is("answers broken off", 0, counts.broken.load(SeqCst));
    report.is("exit code", 0, ended.0.unwrap_or(-1));
    report.strictly_within("ended after", Duration::from_secs(10), began.elapsed());
    server.stop().await;
    let portal = site.start();
    let mails = portal.ada().await.get("/mail").await.ok(200);
    let state = mails["items"][0]["state"].as_str().unwrap_or_default().to_owned();
    report.is("the mail on its way", "queued".to_owned(), state);
    report.is("panics in the log", 0, site.log().matches("panicked").count());
}
