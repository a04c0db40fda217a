//! 1. kill -9 in a loop: nothing that was answered is lost, nothing is there in part.

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use serde_json::json;

use super::{
    Plan,
    portal::harness::id,
    process::Site,
    report::{Report, now},
    writers::{self, Journal},
};

pub async fn run(plan: Plan, report: Report) {
    let (users, rounds, answers) = plan.either((2_000, 4, 150), (100_000, 60, 200));
    let site = Site::new(users);
    let mut portal = site.start();
    let mut ada = portal.ada().await;
    let project = id(&ada.post("/projects", json!({"name": "Everything"})).await.ok(201));
    let journal = Arc::<Journal>::default();
    let (mut slowest_start, mut slowest_to_agree) = (Duration::ZERO, Duration::ZERO);
    let mut found = writers::Found::default();
    for round in 0..rounds {
        let all = writers::start(&ada, &journal, &project, round);
        journal.more(answers).await;
        portal.kill();
        all.end().await;
        let began = now();
        portal = site.start();
        ada = ada.at(portal.address);
        ada.get("/portal").await.ok(200);
        slowest_start = slowest_start.max(began.elapsed());
        // The comparison goes through the search: as soon as one has found everybody, it agrees.
        let began = now();
        let last = journal.present().into_iter().find(|email| email.starts_with(&format!("r{round}w")));
        if let Some(email) = last {
            let list = ada.get(&format!("/users?q=email:{email}&disabled=include")).await.ok(200);
            assert_eq!(list["total"], 1, "{email}");
        }
        slowest_to_agree = slowest_to_agree.max(began.elapsed());
        let one = writers::compare(&ada, &journal, round).await;
        for example in one.examples.iter().take(3) {
            eprintln!("           {example}");
        }
        found.compared += one.compared;
        found.lost += one.lost;
        found.partial += one.partial;
        found.unfound += one.unfound;
    }
    let (code, _) = portal.terminate();
    site.command(&["check"]);
    report.says("users · rounds", format!("{users} · {rounds}"));
    report.says("writes answered", journal.answers.load(SeqCst));
    report.says("users compared", found.compared);
    report.is("answered and lost", 0, found.lost);
    report.is("there in part", 0, found.partial);
    report.is("not as the search says", 0, found.unfound);
    report.within("kill to first answer, slowest", Duration::from_secs(2), slowest_start);
    report.within("search agrees after the start, slowest", Duration::from_secs(5), slowest_to_agree);
    report.is("exit code at the end, `check` passed", 0, code.unwrap_or(-1));
    report.is("panics in the log", 0, site.log().matches("panicked").count());
}
