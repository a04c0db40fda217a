//! An import of as many again, while somebody else goes on saving.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use serde_json::json;

use super::{
    client::Client,
    samples::{Samples, Table, number},
    served::Served,
};

pub fn measure(served: &Served, users: u64, run: &str, table: &mut Table) -> Result<()> {
    let mut file = String::from("name,email,company\n");
    for n in 0..users {
        file.push_str(&format!("Imported {run} {n},import.{run}.{n}@example.com,Company {}\n", n % 997));
    }
    let (mut admin, done) = (served.admin()?, AtomicBool::new(false));
    let (before, _) = served.memory()?;
    let (took, most, others) = std::thread::scope(|scope| -> Result<(Duration, u64, Samples)> {
        let mut other = admin.again()?;
        let done = &done;
        let saving = scope.spawn(move || saves(&mut other, run, done));
        let imported = import(served, &mut admin, file.as_bytes());
        done.store(true, Relaxed);
        let others = saving.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        let (took, most) = imported?;
        Ok((took, most, others))
    })?;
    // What was in use for a while has been given back by then.
    std::thread::sleep(Duration::from_secs(3));
    let (after, _) = served.memory()?;
    let seconds = took.as_secs_f64();
    let grown = most.saturating_sub(before);
    table.add(
        "import of as many again, applied",
        "≤ 75 s a million, + ≤ 200 MB",
        format!("{} s, + {grown} MB", number(seconds)),
        seconds <= 75.0 * (users as f64 / 1e6).max(0.02) && grown <= 200,
        format!(
            "{} rows a second; {} MB stay, the index of those who came",
            number(users as f64 / seconds),
            after.saturating_sub(before)
        ),
    );
    let worst = others.at(100);
    table.add(
        "another's save meanwhile",
        "waits ≤ 250 ms",
        format!("{}; at most {} ms", others.shown(), number(worst)),
        worst <= 250.0,
        format!("{} saves", others.len()),
    );
    Ok(())
}

/// How long it took, and the most memory that was seen.
fn import(served: &Served, admin: &mut Client, file: &[u8]) -> Result<(Duration, u64)> {
    let started = Instant::now();
    let reply = admin.post_csv("/api/v1/users/import?mode=apply", file)?.json()?;
    let path = format!("/api/v1/users/import/{}?per_page=1", reply["import_id"].as_str().unwrap_or_default());
    let mut most = 0;
    loop {
        most = most.max(served.memory()?.0);
        let now = admin.get(&path)?.json()?;
        match now["state"].as_str() {
            Some("applied") => return Ok((started.elapsed(), most)),
            Some("reading" | "previewed" | "applying") => std::thread::sleep(Duration::from_millis(20)),
            _ => bail!("the import ended otherwise: {now}"),
        }
    }
}

fn saves(client: &mut Client, run: &str, done: &AtomicBool) -> Result<Samples> {
    let mut samples = Samples::default();
    while !done.load(Relaxed) {
        let n = samples.len();
        let body =
            json!({ "name": format!("Meanwhile {n}"), "email": format!("while.{run}.{n}@example.com") });
        samples.add(client.post("/api/v1/users", &body)?.took);
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(samples)
}
