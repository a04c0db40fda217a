//! What a figure can't be better than on this machine in these minutes.

use std::{
    fs::{File, OpenOptions},
    io::{Seek, SeekFrom, Write},
    net::SocketAddr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use redb::{Database, TableDefinition};

use super::samples::Samples;

/// poem's own hello, in a process of its own: the server that a portal stands on, doing nothing.
pub async fn hello(address: SocketAddr) -> Result<()> {
    use poem::{Route, Server, get, handler, listener::TcpListener};
    #[handler]
    fn hello() -> &'static str {
        "hello"
    }
    let app = Route::new().at("/", get(hello));
    Ok(Server::new(TcpListener::bind(address)).run(app).await?)
}

/// One block of 4 KiB, written and synced.
pub fn sync(folder: &Path) -> Result<Samples> {
    let path = folder.join("sync.probe");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(&path)?;
    file.set_len(1 << 20)?;
    file.sync_all()?;
    let block = [7; 4096];
    let mut samples = Samples::default();
    for n in 0..300_u64 {
        let started = Instant::now();
        file.seek(SeekFrom::Start(n % 256 * 4096))?;
        file.write_all(&block)?;
        File::sync_data(&file)?;
        samples.add(started.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(samples)
}

/// redb's own durable commit of as many rows and bytes as the creation of a user writes.
pub fn commit(folder: &Path) -> Result<Samples> {
    const TABLES: [&str; 6] = ["users", "email", "group", "activity", "subject", "queue"];
    let path = folder.join("commit.probe");
    let db = Database::create(&path)?;
    let mut samples = Samples::default();
    for n in 0..300_u64 {
        let started = Instant::now();
        let mut tx = db.begin_write()?;
        tx.set_quick_repair(true);
        for (i, name) in TABLES.iter().enumerate() {
            let table = TableDefinition::<&[u8], &[u8]>::new(name);
            // Ids do not come in order in every table.
            let key = (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> i).to_be_bytes();
            let value = vec![7; if i == 0 || i == 3 { 300 } else { 16 }];
            tx.open_table(table)?.insert(key.as_slice(), value.as_slice())?;
        }
        tx.commit()?;
        samples.add(started.elapsed());
    }
    drop(db);
    std::fs::remove_file(path)?;
    Ok(samples)
}

/// Hashes a second on all cores, with the parameters that the portal has.
pub fn hashes(cores: usize) -> Result<f64> {
    use argon2::{Algorithm, Argon2, Block, Params, Version};
    let params = Params::new(19_456, 2, 1, None).map_err(|error| anyhow::anyhow!("{error}"))?;
    let span = Duration::from_secs(3);
    let threads: Vec<_> = (0..cores)
        .map(|_| {
            let params = params.clone();
            std::thread::spawn(move || {
                let mut memory = vec![Block::default(); params.block_count()];
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                let (started, mut done) = (Instant::now(), 0_u64);
                while started.elapsed() < span {
                    let mut out = [0; 32];
                    let hashed = argon2.hash_password_into_with_memory(
                        b"nine lamps",
                        b"sixteen bytes of",
                        &mut out,
                        &mut memory[..],
                    );
                    if hashed.is_ok() {
                        done += 1;
                    }
                }
                done as f64 / started.elapsed().as_secs_f64()
            })
        })
        .collect();
    Ok(threads.into_iter().filter_map(|thread| thread.join().ok()).sum())
}

/// Requests a second with wrk, 64 connections, ten seconds.
pub fn wrk(url: &str, cookie: Option<&str>) -> Result<f64> {
    let mut command = Command::new("wrk");
    command.args(["-t2", "-c64", "-d8s", url]);
    if let Some(cookie) = cookie {
        command.args(["-H", &format!("cookie: {cookie}")]);
    }
    let out = command.output().context("wrk is missing (Debian: apt-get install wrk)")?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    anyhow::ensure!(!text.contains("Non-2xx"), "{url} answered with errors:\n{text}");
    let line = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    Ok(line.with_context(|| format!("wrk said: {text}"))?.trim().parse()?)
}
