//! 11. A mail server that fails: what becomes of each mail is in `tests/portal/mail_worker.rs` and
//! `tests/portal/mail_transport.rs`, fault by fault; here, that nobody who uses the portal notices.

use std::time::Duration;

use serde_json::json;

use super::{
    Plan,
    portal::smtp::{Fault, Server},
    process::{Site, mailing_to},
    report::{Report, now, percentile},
};

pub async fn run(plan: Plan, report: Report) {
    let mails = plan.either(60, 2_000);
    for (what, fault) in [
        ("silent", Some(Fault::Silent)),
        ("a byte a second", Some(Fault::Slow(Duration::from_secs(1)))),
        ("451 to every mail", Some(Fault::Reply("MAIL", "451 4.3.0 later"))),
        ("refused", None),
    ] {
        let mut server = Server::start().await;
        match fault {
            Some(fault) => server.script(vec![fault; 4 * mails]),
            None => server.stop().await,
        }
        let port = server.address.port().to_string();
        let site = Site::new(0);
        let portal = site.start_with(&[], &mailing_to(&port));
        let ada = portal.ada().await;
        let mut times = Vec::new();
        for n in 0..mails {
            let body = json!({"name": format!("Zoë {n}"), "email": format!("zoe{n}@people.test"),
                "welcome": {"send": true}});
            let began = now();
            ada.post("/users", body).await.ok(201);
            times.push(began.elapsed());
        }
        report.within(
            &format!("{what}: an answer, p99 of {mails}"),
            Duration::from_millis(300),
            percentile(&mut times, 99),
        );
        let list = ada.get("/mail?per_page=200").await.ok(200);
        let untrue =
            list["items"].as_array().into_iter().flatten().filter(|mail| mail["state"] == "sent").count();
        report.is(&format!("{what}: claimed to be sent"), 0, untrue);
        let (code, took) = portal.terminate();
        report.is(&format!("{what}: exit code"), 0, code.unwrap_or(-1));
        report.strictly_within(&format!("{what}: ended after"), Duration::from_secs(10), took);
    }
    many(plan.either(300, 10_000), &report).await;
}

/// Thousands of mails at once, to a server that takes them all.
async fn many(users: u64, report: &Report) {
    let server = Server::start().await;
    let port = server.address.port().to_string();
    let site = Site::new(users);
    let portal = site.start_with(&[], &mailing_to(&port));
    let ada = portal.ada().await;
    let asked = json!({"action": "send-password", "matching": {"q": ""}});
    let done = ada.post("/users/bulk", asked).await.ok(200)["done"].as_u64().unwrap_or_default();
    let started = now();
    let first = server.next().await;
    report.within("many mails: the first arrives", Duration::from_secs(1), started.elapsed());
    let (mut to, mut times) = (first.to, Vec::new());
    while (to.len() as u64) < done {
        to.extend(server.arrived().await.into_iter().flat_map(|received| received.to));
        let began = now();
        ada.get("/users?q=a").await.ok(200);
        times.push(began.elapsed());
        if started.elapsed() > Duration::from_secs(600) {
            break;
        }
    }
    report.within(
        &format!("many mails: a search meanwhile, p99 of {}", times.len()),
        Duration::from_millis(300),
        percentile(&mut times, 99),
    );
    let told = to.len();
    to.sort_unstable();
    to.dedup();
    report.is(
        "many mails: arrived · to different people",
        format!("{done} · {done}"),
        format!("{told} · {}", to.len()),
    );
    report.says("many mails: all arrived after", format!("{:.1} s", started.elapsed().as_secs_f64()));
    report.is("many mails: exit code", 0, portal.terminate().0.unwrap_or(-1));
    report.is("many mails: more than once", 0, server.arrived().await.len());
}
