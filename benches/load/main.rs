//! The figures of a portal under load, as a table: `tests/load` runs it. Times drift from machine
//! to machine and from hour to hour, so whatever has a bound is set beside that bound, measured
//! in the same minutes.

// Times are what this is about, and it waits between measurements.
#![allow(clippy::disallowed_methods)]

mod bound;
mod client;
mod import;
mod peer;
mod reads;
mod samples;
mod served;
mod writes;

use std::{
    net::TcpListener,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use self::{
    samples::{Samples, Table, number},
    served::Program,
};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["hello", address] => tokio::runtime::Runtime::new()?.block_on(bound::hello(address.parse()?)),
        [binary, folder, users] => run(binary.into(), folder.into(), users.parse()?),
        _ => {
            println!("This is run by tests/load.");
            Ok(())
        }
    }
}

fn run(binary: PathBuf, folder: PathBuf, users: u64) -> Result<()> {
    let mut table = Table::default();
    std::fs::create_dir_all(&folder)?;
    let program = Program { binary, folder: folder.join(format!("portal-{users}")) };
    empty(&program, &folder.join("empty"), &mut table)?;
    program.fill(users)?;
    starts(&program, users, &mut table)?;
    let served = program.serve()?;
    let run = format!("{:x}", std::process::id());
    reads::all(&served, users, &mut table)?;
    with_hello(|hello| reads::beside_hello(&served, hello, &mut table))?;
    match std::env::var_os("POCKETBASE") {
        Some(other) => peer::compare(other.as_ref(), &folder, &served, users, &mut table)?,
        None => eprintln!("PocketBase is not measured: name its binary in POCKETBASE"),
    }
    writes::all(&served, &program, &run, &mut table)?;
    remembered("memory after reads and writes", &served, &mut table)?;
    import::measure(&served, users, &run, &mut table)?;
    writes::sign_ins(&served, &mut table)?;
    remembered("memory after all this, with twice as many users", &served, &mut table)?;
    served.stop()?;
    println!("\n{users} users:\n");
    table.print();
    Ok(())
}

fn remembered(when: &'static str, served: &served::Served, table: &mut Table) -> Result<()> {
    let (now, most) = served.memory()?;
    let beside = format!("at most {most} MB so far, mapped files included");
    table.add(when, "≤ 400 MB", format!("{now} MB"), now <= 400, beside);
    Ok(())
}

/// A portal that nobody has used yet.
fn empty(program: &Program, folder: &std::path::Path, table: &mut Table) -> Result<()> {
    let mut best = Duration::MAX;
    let mut memory = 0;
    for _ in 0..5 {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        let served = program.serve_in(folder)?;
        best = best.min(served.first_answer);
        std::thread::sleep(Duration::from_millis(500));
        memory = served.memory()?.1;
        served.stop()?;
    }
    let took = best.as_secs_f64() * 1000.0;
    table.add(
        "start to first answer, empty",
        "≤ 50 ms",
        format!("{} ms", number(took)),
        took <= 50.0,
        "best of five",
    );
    table.add("memory, empty", "≤ 40 MB", format!("{memory} MB"), memory <= 40, "mapped files included");
    Ok(())
}

fn starts(program: &Program, users: u64, table: &mut Table) -> Result<()> {
    let took = program.run(&["reindex"])?.as_secs_f64();
    table.add(
        "index built anew",
        "≤ 45 s a million",
        format!("{} s", number(took)),
        took <= 45.0 * (users as f64 / 1e6).max(0.02),
        "",
    );
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let served = program.serve()?;
        best = best.min(served.first_answer);
        served.stop()?;
    }
    let took = best.as_secs_f64();
    without_index(program, users, table)?;
    table.add(
        "start to first answer",
        "≤ 1 s a million",
        format!("{} s", number(took)),
        took <= 1.0,
        "best of three",
    );
    Ok(())
}

/// A portal whose index is not there answers, and has it again after a while.
fn without_index(program: &Program, users: u64, table: &mut Table) -> Result<()> {
    std::fs::remove_dir_all(program.folder.join("index"))?;
    let served = program.serve()?;
    let (started, mut client) = (Instant::now(), served.admin()?);
    let mut asked = Samples::default();
    let building = loop {
        let reply = client.get("/api/v1/users?q=ma&per_page=20")?;
        if reply.json()?["building"].is_null() {
            break started.elapsed().as_secs_f64();
        }
        asked.add(reply.took);
        std::thread::sleep(Duration::from_millis(50));
    };
    let first = served.first_answer.as_secs_f64();
    table.add(
        "start without an index: first answer, whole again",
        "≤ 2 s, ≤ 45 s a million",
        format!("{} s, {} s", number(first), number(building)),
        first <= 2.0 && building <= 45.0 * (users as f64 / 1e6).max(0.05),
        format!("searches meanwhile {}", asked.shown()),
    );
    served.stop()
}

/// Runs something while poem's hello answers beside it.
fn with_hello<T>(f: impl FnOnce(&str) -> Result<T>) -> Result<T> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let own = std::env::current_exe().context("who am I")?;
    let mut child = Command::new(own).args(["hello", &address.to_string()]).spawn()?;
    while std::net::TcpStream::connect(address).is_err() {
        anyhow::ensure!(child.try_wait()?.is_none(), "poem's hello did not start");
        std::thread::yield_now();
    }
    let done = f(&format!("http://{address}/"));
    child.kill()?;
    child.wait()?;
    done
}
