//! 3. Disk full: writes are refused in plain words, reading goes on, and it heals by itself.

use std::{fs, path::Path, process::Command};

use serde_json::json;
use tempfile::TempDir;

use super::{
    Plan,
    portal::harness::{Answer, Person},
    process::{Process, Site},
    report::{Report, pause},
};

/// A disk of its own, where one may be mounted.
pub struct Disk(pub TempDir);

impl Disk {
    pub fn mount(size: &str) -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "rollcall-faults"]).arg(folder.path());
        // Without the right to, mount says so; that is no part of the report.
        let done = mount.output().is_ok_and(|done| done.status.success());
        done.then_some(Self(folder))
    }

    pub fn remount(&self, options: &str) {
        let done = Command::new("mount").args(["-o", options]).arg(self.0.path()).status();
        assert!(done.expect("mount").success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

pub async fn run(plan: Plan, report: Report) {
    match Disk::mount("24m") {
        Some(disk) => full(&report, &disk).await,
        None => report.says("a disk of its own", "may not be mounted here; the limit stands in"),
    }
    limited(plan, &report).await;
}

async fn create(ada: &Person, name: &str) -> Answer {
    let body = json!({"name": name, "email": format!("{name}@people.test"), "welcome": {"send": true}});
    ada.post("/users", body).await
}

/// Reading, and what was written before, while nothing can be written.
async fn still_there(ada: &Person, users: u64) -> bool {
    let list = ada.get("/users?q=before").await;
    let session = ada.get("/session").await;
    list.status == 200 && list.json()["total"] == users && session.status == 200
}

/// Fills up what is left of a disk.
fn fill(folder: &Path) {
    let path = folder.join("ballast");
    let mut size = 16 << 20;
    let mut file = fs::File::create(&path).expect("a file");
    while size >= 512 {
        if std::io::Write::write_all(&mut file, &vec![1; size]).is_err() {
            size /= 2;
        }
    }
}

async fn full(report: &Report, disk: &Disk) {
    let home = TempDir::new().expect("a folder");
    let site = Site::at(home, disk.0.path().join("data"), 200);
    let mut portal = site.start();
    let ada = portal.ada().await;
    create(&ada, "before").await.ok(201);
    fill(disk.0.path());
    let refused = refusals(&ada, &mut portal).await;
    report.holds("a full disk is told (503, in words)", refused > 0, format!("{refused} times"));
    report.holds("reading and the session go on", still_there(&ada, 1).await, "list, search, session");
    let ready = ada.ask_for("GET", "/health/ready").send().await.status;
    report.is("/health/ready meanwhile", 503, ready);
    fs::remove_file(disk.0.path().join("ballast")).expect("the ballast");
    healed(report, &ada, "with space again").await;
    let (code, _) = portal.terminate();
    site.command(&["check"]);
    report.is("exit code, `check` passed", 0, code.unwrap_or(-1));
}

/// Writes until the disk is full for the store too; how many were refused, all in the same words.
async fn refusals(ada: &Person, portal: &mut Process) -> usize {
    let mut refused = 0;
    for n in 0..400 {
        let answer = create(ada, &format!("full{n}")).await;
        assert!(!portal.ended(), "it runs on");
        match answer.status {
            201 if refused == 0 => continue,
            201 => break,
            _ => answer.problem(503, "unavailable"),
        };
        refused += 1;
        if refused == 5 {
            break;
        }
    }
    refused
}

async fn healed(report: &Report, ada: &Person, when: &str) {
    let (mut tries, mut status) = (0, 0);
    while tries < 100 && status != 201 {
        status = create(ada, &format!("after{tries}")).await.status;
        tries += 1;
        pause(100).await;
    }
    report.is(&format!("writes again {when} (tries: {tries})"), 201, status);
    let mails = ada.get("/mail?per_page=200").await.ok(200);
    let queued = |mail: &serde_json::Value| mail["state"] == "queued";
    let whole = mails["items"].as_array().is_some_and(|all| all.iter().all(queued));
    report.holds("the outbox is as it was", whole, format!("{} mails queued", mails["total"]));
}

/// The same by a limit on how long a file may be, which any user can have.
async fn limited(_: Plan, report: &Report) {
    let site = Site::new(200);
    // A write past the limit is an error to the program, not its end.
    let mut portal = site.start_with(&["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"], &[]);
    let ada = portal.ada().await;
    create(&ada, "before").await.ok(201);
    let limit = |bytes: &str| {
        let done = Command::new("prlimit")
            .args(["--pid", &portal.id().to_string(), &format!("--fsize={bytes}:")])
            .status();
        assert!(done.expect("prlimit").success());
    };
    let size = fs::metadata(site.data.join("rollcall.redb")).expect("the store").len();
    limit(&(size / 2).to_string());
    let refused = refusals(&ada, &mut portal).await;
    report.holds("a limit on files is told the same", refused > 0, format!("{refused} times"));
    report.holds("reading and the session go on there", still_there(&ada, 1).await, "list, search, session");
    let done =
        Command::new("prlimit").args(["--pid", &portal.id().to_string(), "--fsize=unlimited:"]).status();
    assert!(done.expect("prlimit").success());
    healed(report, &ada, "without the limit").await;
    let (code, _) = portal.terminate();
    site.command(&["check"]);
    report.is("exit code, `check` passed there", 0, code.unwrap_or(-1));
}
