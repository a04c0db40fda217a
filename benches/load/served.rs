//! A portal in a process of its own: started, measured from outside, stopped.

use std::{
    fs,
    io::Write,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::client::Client;

const EMAIL: &str = "load@example.com";
const PASSWORD: &str = "nine lamps under the pier";

pub struct Served {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to its first answer.
    pub first_answer: Duration,
}

/// The program and the folder it works on.
pub struct Program {
    pub binary: PathBuf,
    pub folder: PathBuf,
}

impl Program {
    pub fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("--data-dir").arg(folder).stdin(Stdio::null()).stdout(Stdio::null());
        command.env("ROLLCALL_LOG__LEVEL", "warn");
        for limit in ["SIGN_IN_PER_ACCOUNT", "SIGN_IN_PER_ORIGIN", "SIGN_UP_PER_ORIGIN", "MAIL_PER_ADDRESS"] {
            command.env(format!("ROLLCALL_LIMITS__{limit}"), "1000000");
        }
        // All sign-ins are of one user.
        command.env("ROLLCALL_SESSION__PER_USER", "1000000");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Result<Duration> {
        let started = Instant::now();
        let status = self.command(&self.folder).args(arguments).status()?;
        if !status.success() {
            bail!("rollcall {} failed", arguments.join(" "));
        }
        Ok(started.elapsed())
    }

    /// A folder with one admin and so many made-up users, unless it is there already.
    pub fn fill(&self, users: u64) -> Result<()> {
        if self.folder.join("rollcall.redb").exists() {
            return Ok(());
        }
        let create = ["admin", "create", "--name", "Load Test", "--email", EMAIL, "--password-stdin"];
        let mut child = self.command(&self.folder).args(create).stdin(Stdio::piped()).spawn()?;
        child.stdin.take().context("no stdin")?.write_all(PASSWORD.as_bytes())?;
        if !child.wait()?.success() {
            bail!("the admin could not be made");
        }
        eprintln!("filling {} with {users} users …", self.folder.display());
        self.run(&["demo", &users.to_string()])?;
        Ok(())
    }

    pub fn serve(&self) -> Result<Served> {
        self.serve_in(&self.folder)
    }

    pub fn serve_in(&self, folder: &Path) -> Result<Served> {
        // Free now; nobody else is likely to take it in between.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = self.command(folder);
        command.env("ROLLCALL_LISTEN", address.to_string());
        let started = Instant::now();
        let child = command.arg("serve").spawn()?;
        let mut served = Served { child, address, first_answer: Duration::ZERO };
        loop {
            if let Some(status) = served.child.try_wait()? {
                bail!("the portal ended at its start: {status}");
            }
            if TcpStream::connect(address).is_ok()
                && Client::connect(address).and_then(|mut client| client.get("/api/v1/portal")).is_ok()
            {
                served.first_answer = started.elapsed();
                return Ok(served);
            }
            if started.elapsed() > Duration::from_secs(300) {
                bail!("the portal did not answer within five minutes");
            }
            std::thread::yield_now();
        }
    }
}

impl Served {
    pub fn admin(&self) -> Result<Client> {
        let mut client = Client::connect(self.address)?;
        client.post("/api/v1/session", &json!({ "email": EMAIL, "password": PASSWORD }))?;
        Ok(client)
    }

    /// A sign-in of its own, on a connection of its own.
    pub fn sign_in(&self) -> Result<Duration> {
        let mut client = Client::connect(self.address)?;
        let reply = client.post("/api/v1/session", &json!({ "email": EMAIL, "password": PASSWORD }))?;
        Ok(reply.took)
    }

    pub fn memory(&self) -> Result<(u64, u64)> {
        memory(self.child.id())
    }

    /// As an operator would: asked to end, waited for.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Resident memory of a process in megabytes: now, and at most so far. Pages of mapped files do
/// not count in the first: the system takes them back whenever it wants.
pub fn memory(process: u32) -> Result<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    Ok((field("RssAnon"), field("VmHWM")))
}
