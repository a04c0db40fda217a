//! 12. Backups under the writers: each is of one moment, and the writers hardly notice.

use std::{collections::HashSet, fs, path::PathBuf, sync::Arc, time::Duration};

use serde_json::json;

use super::{
    Plan,
    portal::{binary::Rollcall, harness::id},
    process::Site,
    report::{Report, now, pause, percentile},
    writers::{self, Journal},
};

/// What was there when a backup was asked for, and what was asked for until it had come.
struct Taken {
    file: PathBuf,
    before: Vec<String>,
    until: HashSet<String>,
}

pub async fn run(plan: Plan, report: Report) {
    let (users, seconds, tried) = plan.either((1_000, 5, 4), (20_000, 60, 20));
    let site = Site::new(users);
    let portal = site.start();
    let ada = portal.ada().await;
    let project = id(&ada.post("/projects", json!({"name": "Everything"})).await.ok(201));
    let alone = Arc::<Journal>::default();
    let writing = writers::start(&ada, &alone, &project, 0);
    pause(seconds * 1000).await;
    writing.call_off();
    let journal = Arc::<Journal>::default();
    let writing = writers::start(&ada, &journal, &project, 1);
    let (mut all, began) = (Vec::new(), now());
    while began.elapsed() < Duration::from_secs(seconds) {
        let before = journal.present();
        let answer = ada.get("/backup").await;
        assert_eq!(answer.status, 200, "{answer}");
        let file = site.home.path().join(format!("{}.backup", all.len()));
        fs::write(&file, &answer.body).expect("a file");
        all.push(Taken { file, before, until: journal.known().into_iter().collect() });
        pause(200).await;
    }
    writing.call_off();
    assert_eq!(portal.terminate().0, Some(0));
    let p99 = |journal: &Journal| percentile(&mut journal.times.lock().unwrap(), 99);
    let (quiet, busy) = (p99(&alone), p99(&journal));
    report.says("users · backups in seconds", format!("{users} · {} in {seconds}", all.len()));
    report.says(
        "writes meanwhile · alone",
        format!("{} · {}", journal.times.lock().unwrap().len(), alone.times.lock().unwrap().len()),
    );
    let ratio = busy.as_secs_f64() / quiet.as_secs_f64().max(0.001);
    let both =
        format!("{ratio:.2} ({:.0} ms to {:.0} ms)", quiet.as_secs_f64() * 1e3, busy.as_secs_f64() * 1e3);
    // The reader of the backups is in this process too, and the machine has two cores.
    report.holds(
        "writers' p99 with backups, times that without: ≤ 2",
        ratio <= 2.0 * f64::from(plan.slack.min(2)),
        both,
    );
    let (mut lost, mut early, mut sound) = (0, 0, 0);
    let step = (all.len() / tried).max(1);
    let some: Vec<&Taken> = all.iter().step_by(step).collect();
    let last: HashSet<String> = journal.present().into_iter().collect();
    for taken in &some {
        let target = taken.file.with_extension("restored");
        let file = taken.file.to_str().expect("a path in UTF-8");
        Rollcall::on(&target, &["restore", file]).run().ok();
        Rollcall::on(&target, &["check"]).run().ok();
        sound += 1;
        let csv = Rollcall::on(&target, &["export"]).run().ok().to_owned();
        let there: HashSet<&str> = csv.lines().filter_map(|line| line.split(',').nth(2)).collect();
        // Whoever was there before may have been deleted meanwhile.
        let missing = |email: &&String| !there.contains(email.as_str()) && last.contains(email.as_str());
        lost += taken.before.iter().filter(missing).count();
        early +=
            there.iter().filter(|email| email.starts_with("r1w") && !taken.until.contains(**email)).count();
        fs::remove_dir_all(&target).expect("it was restored");
    }
    report.is("restored, and `check` passed", some.len(), sound);
    report.is("answered before the backup and not in it", 0, lost);
    report.is("in it and asked for after it", 0, early);
    let live = site.start();
    let file = some[0].file.to_str().expect("a path in UTF-8");
    let refused = Rollcall::on(&site.data, &["restore", file]).run();
    report.is("restore into a live folder: exit code", 1, refused.code.unwrap_or(-1));
    report.is("which is undisturbed", 200, live.ada().await.get("/users").await.status);
}
