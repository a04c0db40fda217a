//! The same questions to PocketBase, as it comes out of the box, in the same minutes: how many a
//! second eight clients get answered.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{
    client::Client,
    reads::Words,
    samples::{Table, number},
    served::{Served, memory},
};

const CLIENTS: usize = 8;
const EACH: Duration = Duration::from_secs(4);
const EMAIL: &str = "load@example.com";
const PASSWORD: &str = "nine lamps under the pier";

struct PocketBase {
    child: Child,
    address: SocketAddr,
}

impl Drop for PocketBase {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl PocketBase {
    fn start(binary: &Path, folder: &Path) -> Result<Self> {
        let base = |arguments: &[&str]| {
            let mut command = Command::new(binary);
            command.args(arguments).arg("--dir").arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        base(&["superuser", "upsert", EMAIL, PASSWORD]).status()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = base(&["serve", "--http", &address.to_string()]).spawn()?;
        let mut own = Self { child, address };
        while TcpStream::connect(address).is_err() {
            anyhow::ensure!(own.child.try_wait()?.is_none(), "PocketBase did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(own)
    }

    fn admin(&self) -> Result<Client> {
        let mut client = Client::connect(self.address)?;
        let body = json!({ "identity": EMAIL, "password": PASSWORD });
        let path = "/api/collections/_superusers/auth-with-password";
        client.authorization = client.post(path, &body)?.json()?["token"].as_str().map(str::to_owned);
        Ok(client)
    }

    /// A collection of the same people, made through its own batches.
    fn fill(client: &mut Client, rows: &mut dyn Iterator<Item = Value>) -> Result<()> {
        let text = |name: &str| json!({ "name": name, "type": "text" });
        let fields = json!([text("name"), text("email"), text("company"), text("state")]);
        client.post("/api/collections", &json!({ "name": "people", "type": "base", "fields": fields }))?;
        let limits = json!({ "batch": { "enabled": true, "maxRequests": 1000, "timeout": 60 } });
        client
            .send(
                "PATCH",
                "/api/settings",
                Some(("application/json", limits.to_string().as_bytes())),
                &mut Vec::new(),
            )?
            .good()?;
        loop {
            let some: Vec<Value> = rows
                .take(500)
                .map(|body| json!({ "method": "POST", "url": "/api/collections/people/records", "body": body }))
                .collect();
            if some.is_empty() {
                return Ok(());
            }
            client.post("/api/batch", &json!({ "requests": some }))?;
        }
    }
}

/// Answers a second that eight clients get.
fn rate(client: &Client, paths: &[String]) -> Result<f64> {
    let started = Instant::now();
    let threads: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let (client, paths) = (client.again(), paths.to_vec());
            std::thread::spawn(move || -> Result<u64> {
                let (mut client, mut done) = (client?, 0);
                for path in paths.iter().cycle().skip(n * 7) {
                    if started.elapsed() >= EACH {
                        break;
                    }
                    client.get(path)?;
                    done += 1;
                }
                Ok(done)
            })
        })
        .collect();
    let mut done = 0;
    for thread in threads {
        done += thread.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
    }
    Ok(done as f64 / started.elapsed().as_secs_f64())
}

pub fn compare(binary: &Path, folder: &Path, served: &Served, users: u64, table: &mut Table) -> Result<()> {
    let folder = folder.join(format!("pocketbase-{users}"));
    let known = folder.join("data.db").exists();
    let base = PocketBase::start(binary, &folder)?;
    let mut theirs = base.admin()?;
    if !known {
        eprintln!("filling PocketBase …");
        PocketBase::fill(&mut theirs, &mut people(&mut served.admin()?, users)?.into_iter())?;
    }
    let mut own = served.admin()?;
    let records = "/api/collections/people/records";
    let first = theirs.get(&format!("{records}?perPage=1"))?.json()?;
    let id = first["items"][0]["id"].as_str().context("no record")?.to_owned();
    let words = Words::of(&mut own, users)?;
    let deep = users / 50 / 2;
    let asked: Vec<String> = words.starts(2).into_iter().filter(|word| word.is_ascii()).collect();
    let search = |word: &String| {
        format!(
            "{records}?perPage=50&sort=name&filter=(name~'{word}'%7C%7Cemail~'{word}'%7C%7Ccompany~'{word}')"
        )
    };
    let lines = [
        (
            "list",
            "≥ 40 × PocketBase",
            40.0,
            vec!["/api/v1/users?sort=name".to_owned()],
            vec![format!("{records}?perPage=50&sort=name")],
        ),
        (
            "search",
            "≥ 100 × PocketBase",
            100.0,
            asked.iter().map(|word| format!("/api/v1/users?sort=name&q={word}")).collect(),
            asked.iter().map(search).collect(),
        ),
        (
            "deep page",
            "≥ 500 × PocketBase",
            500.0,
            vec![format!("/api/v1/users?sort=name&page={deep}")],
            vec![format!("{records}?perPage=50&sort=name&page={deep}")],
        ),
        (
            "one record",
            "≥ 3 × PocketBase",
            3.0,
            vec![format!("/api/v1/users/{}", words.id)],
            vec![format!("{records}/{id}")],
        ),
    ];
    for (what, figure, least, ours, other) in lines {
        let (ours, other) = (rate(&own, &ours)?, rate(&theirs, &other)?);
        table.add(
            format!("{what}, 8 clients"),
            figure,
            format!("{} a second", number(ours)),
            ours >= least * other,
            format!("{} × its {}", number(ours / other), number(other)),
        );
    }
    let (ours, other) = (served.memory()?.0, memory(base.child.id())?.0);
    table.add(
        "memory beside PocketBase",
        "≤ a quarter",
        format!("{ours} MB"),
        ours * 4 <= other,
        format!("its {other} MB"),
    );
    Ok(())
}

/// Everybody, as the list has them.
fn people(client: &mut Client, users: u64) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for page in 1..=users.div_ceil(200) {
        let path = format!("/api/v1/users?disabled=include&sort=created&per_page=200&page={page}");
        for user in client.get(&path)?.json()?["items"].as_array().context("no items")? {
            let company = user["company"].as_str().unwrap_or_default();
            all.push(json!({ "name": user["name"], "email": user["email"], "company": company, "state": user["state"] }));
        }
    }
    Ok(all)
}
