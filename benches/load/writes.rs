//! What is written, and what it costs those who read meanwhile.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde_json::json;

use super::{
    bound,
    client::Client,
    samples::{Samples, Table, number},
    served::{Program, Served},
};

/// Who comes: another name in every run of the same folder.
fn person(run: &str, n: usize) -> serde_json::Value {
    json!({ "name": format!("Load {run} {n}"), "email": format!("load.{run}.{n}@example.com"), "company": "Load Test" })
}

pub fn all(served: &Served, program: &Program, run: &str, table: &mut Table) -> Result<()> {
    let mut client = served.admin()?;
    alone(&mut client, program, run, table)?;
    together(&client, run, table)?;
    seen(&mut client, run, table)
}

fn alone(client: &mut Client, program: &Program, run: &str, table: &mut Table) -> Result<()> {
    let (sync, commit) = (bound::sync(&program.folder)?, bound::commit(&program.folder)?);
    let mut samples = Samples::default();
    for n in 0..300 {
        samples.add(client.post("/api/v1/users", &person(&format!("{run}a"), n))?.took);
    }
    let ratio = samples.at(50) / commit.at(50);
    table.add(
        "durable create, one client",
        "≤ 3 × redb's commit",
        samples.shown(),
        ratio <= 3.0,
        format!("{} × {} ms; a raw sync {} ms", number(ratio), number(commit.at(50)), number(sync.at(50))),
    );
    Ok(())
}

fn together(client: &Client, run: &str, table: &mut Table) -> Result<()> {
    const CLIENTS: usize = 64;
    const EACH: usize = 200;
    let (started, mut threads) = (Instant::now(), Vec::new());
    for who in 0..CLIENTS {
        let (mut client, run) = (client.again()?, format!("{run}b{who}"));
        threads.push(std::thread::spawn(move || -> Result<Samples> {
            let mut samples = Samples::default();
            for n in 0..EACH {
                samples.add(client.post("/api/v1/users", &person(&run, n))?.took);
            }
            Ok(samples)
        }));
    }
    let mut samples = Samples::default();
    for thread in threads {
        samples.extend(thread.join().map_err(|_| anyhow::anyhow!("a client panicked"))??);
    }
    let rate = (CLIENTS * EACH) as f64 / started.elapsed().as_secs_f64();
    table.add(
        "durable creates, 64 clients",
        "≥ 3,000 a second",
        format!("{} a second", number(rate)),
        rate >= 3000.0,
        format!("each {}", samples.shown()),
    );
    Ok(())
}

/// The save and the search after it, which must find the user.
fn seen(client: &mut Client, run: &str, table: &mut Table) -> Result<()> {
    let mut samples = Samples::default();
    for n in 0..200 {
        let name = format!("Zq{run}x{n}y");
        let body = json!({ "name": name, "email": format!("{name}@example.com") });
        let saved = client.post("/api/v1/users", &body)?.took;
        let found = client.get(&format!("/api/v1/users?q={name}"))?;
        let total = found.json()?["total"].as_u64().context("no total")?;
        anyhow::ensure!(total == 1, "{name} was saved and is found {total} times");
        samples.add(saved + found.took);
    }
    table.add(
        "save, then found by the next search",
        "≤ 30 ms p99 both",
        samples.shown(),
        samples.at(99) <= 30.0,
        "",
    );
    Ok(())
}

/// Everybody signs in at once; others go on with their work.
pub fn sign_ins(served: &Served, table: &mut Table) -> Result<()> {
    const CLIENTS: usize = 16;
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let bound = bound::hashes(cores)?;
    let mut admin = served.admin()?;
    let stop = AtomicBool::new(false);
    let span = Duration::from_secs(6);
    let (rate, others) = std::thread::scope(|scope| -> Result<(f64, Samples)> {
        let started = Instant::now();
        let threads: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| -> Result<u64> {
                    let mut done = 0;
                    while !stop.load(Relaxed) {
                        served.sign_in()?;
                        done += 1;
                    }
                    Ok(done)
                })
            })
            .collect();
        let others = meanwhile(&mut admin, span);
        stop.store(true, Relaxed);
        let mut done = 0;
        for thread in threads {
            done += thread.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        }
        Ok((done as f64 / started.elapsed().as_secs_f64(), others?))
    })?;
    table.add(
        "sign-ins, all cores",
        "≥ 90 % of the argon2 bound",
        format!("{} a second", number(rate)),
        rate >= 0.9 * bound,
        format!("{} % of {}", number(100.0 * rate / bound), number(bound)),
    );
    table.add("a search meanwhile", "≤ 200 ms p99", others.shown(), others.at(99) <= 200.0, "");
    Ok(())
}

fn meanwhile(admin: &mut Client, span: Duration) -> Result<Samples> {
    let (started, mut samples) = (Instant::now(), Samples::default());
    while started.elapsed() < span {
        samples.add(admin.get("/api/v1/users?q=ma")?.took);
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(samples)
}
