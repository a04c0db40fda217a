//! 4. A folder that can't be used: one line, at once, with the path and the remedy.

use std::{
    os::unix::{fs::PermissionsExt, process::CommandExt},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;

use super::{
    Plan,
    disk::Disk,
    portal::binary::{Rollcall, program},
    process::Site,
    report::{Report, now},
};

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];
/// Somebody who owns nothing.
const NOBODY: u32 = 65534;

pub async fn run(_: Plan, report: Report) {
    let site = Site::new(20);
    let portal = site.start();
    let ada = portal.ada().await;
    let second = Rollcall::on(&site.data, &SERVE).run();
    refused(
        &report,
        "a second process",
        (second.code, second.err, second.took),
        "another Rollcall is running on",
        &site,
    );
    let created = ada.post("/users", json!({"name": "Zoë", "email": "zoe@people.test"})).await;
    report.is("the first is undisturbed", 201, created.status);
    portal.kill();
    let portal = site.start();
    report.within("no stale lock after kill -9: started", Duration::from_secs(2), portal.started_in);
    report.is("exit code at the end", 0, portal.terminate().0.unwrap_or(-1));
    if is_root() {
        let theirs = as_nobody(&site);
        refused(&report, "somebody else's folder", theirs, "own it", &site);
    }
    read_only(&report);
}

fn refused(
    report: &Report,
    what: &str,
    (code, said, took): (Option<i32>, String, Duration),
    words: &str,
    site: &Site,
) {
    let path = site.data.to_str().expect("a path in UTF-8");
    let told = said.lines().count() == 1 && said.contains(words) && said.contains(path);
    report.holds(
        &format!("{what}: refused in one line with path and remedy"),
        told && code == Some(1),
        said.trim(),
    );
    report.within(&format!("{what}: told"), Duration::from_secs(2), took);
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn as_nobody(site: &Site) -> (Option<i32>, String, Duration) {
    // They may come as far as the folder, and read the program.
    std::fs::set_permissions(site.home.path(), PermissionsExt::from_mode(0o755)).expect("our own folder");
    let copy = TempDir::new().expect("a folder");
    let binary = copy.path().join("rollcall");
    std::fs::copy(program(), &binary).expect("the program");
    std::fs::set_permissions(copy.path(), PermissionsExt::from_mode(0o755)).expect("our own folder");
    let began = now();
    let mut command = Command::new(&binary);
    command.args(SERVE).arg("--data-dir").arg(&site.data).uid(NOBODY).gid(NOBODY);
    let done = command.stdin(Stdio::null()).output().expect("it can be run");
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned(), began.elapsed())
}

fn read_only(report: &Report) {
    let Some(disk) = Disk::mount("64m") else {
        report.says("a disk that is read only", "may not be mounted here");
        return;
    };
    let site = Site::at(TempDir::new().expect("a folder"), disk.0.path().join("data"), 20);
    disk.remount("remount,ro");
    let done = Rollcall::on(&site.data, &SERVE).run();
    refused(report, "a read-only disk", (done.code, done.err, done.took), "own it", &site);
    disk.remount("remount,rw");
    let portal = site.start();
    report.is("writable again, exit code", 0, portal.terminate().0.unwrap_or(-1));
}
