//! kill -9 in the middle of writes: what was answered is there, the rest wholly or not at all.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::Notify, task::JoinSet};

use super::{
    binary::{Rollcall, Running},
    harness::{Person, id},
};

const WRITERS: usize = 6;
/// The portal is killed after so many answers.
const ANSWERS: usize = 60;
const ROUNDS: usize = 3;

/// What was answered with success: e-mail and company of each user, the company as last answered.
type Journal = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// Creates and changes users until the portal is gone.
async fn write(
    ada: Person,
    name: String,
    project: String,
    journal: Journal,
    answered: Arc<AtomicUsize>,
    enough: Arc<Notify>,
) {
    for n in 0.. {
        let email = format!("{name}-{n}@people.test");
        let body = json!({"name": format!("Writer {name} {n}"), "email": email, "projects": [project],
            "welcome": {"send": true}});
        let Some(created) = ada.ask("POST", "/users").json(&body).try_send().await else { return };
        let user = created.ok(201);
        journal.lock().unwrap().push((email.clone(), None));
        let company = format!("Company {n}");
        let path = format!("/users/{}", id(&user));
        let Some(changed) = ada.ask("PATCH", &path).json(&json!({"company": company})).try_send().await
        else {
            return;
        };
        changed.ok(200);
        let mut journal = journal.lock().unwrap();
        journal.iter_mut().find(|(known, _)| *known == email).unwrap().1 = Some(company);
        if answered.fetch_add(2, Ordering::SeqCst) >= ANSWERS {
            enough.notify_one();
        }
    }
}

/// Every user of the list.
async fn everybody(ada: &Person) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1.. {
        let list = ada.get(&format!("/users?per_page=200&sort=created&page={page}")).await.ok(200);
        let items = list["items"].as_array().unwrap();
        all.extend(items.iter().cloned());
        if items.is_empty() {
            assert_eq!(list["total"], all.len());
            return all;
        }
    }
    all
}

async fn compare(ada: &Person, journal: &Journal) {
    let users = everybody(ada).await;
    let answered = journal.lock().unwrap().clone();
    for (email, company) in &answered {
        let user = users.iter().find(|user| user["email"] == *email);
        let user = user.unwrap_or_else(|| panic!("{email} was answered and is lost"));
        // A change that was not answered may have been made all the same.
        if let Some(company) = company {
            assert_eq!(user["company"], *company, "{email}");
        }
        let found = ada.get(&format!("/users?q={email}&per_page=1")).await.ok(200);
        assert_eq!(found["items"][0]["id"], user["id"], "the search agrees with the store");
    }
    for user in users.iter().filter(|user| user["email"] != "ada@portal.test") {
        let about = async |what: &str| ada.get(&format!("/users/{}/{what}", id(user))).await.ok(200);
        assert_eq!(user["projects"], 1, "whole or not at all: {user}");
        assert_eq!(user["welcome"]["state"], "queued", "{user}");
        assert_eq!(about("mail").await["total"], 1, "{user}");
        let activity = about("activity").await;
        let count = |action: &str| {
            activity["items"].as_array().unwrap().iter().filter(|one| one["action"] == action).count()
        };
        let (created, updated) = (count("user.created"), count("user.updated"));
        assert_eq!((created, updated), (1, usize::from(user["company"] != Value::Null)), "{user}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_answered_is_lost() {
    let folder = TempDir::new().unwrap();
    let create = ["admin", "create", "--name", "Ada", "--email", "ada@portal.test", "--password-stdin"];
    Rollcall::on(folder.path(), &create).told("mellow-otter-42-quartz").ok();
    let mut portal = Running::start(folder.path());
    let mut ada = Person::new(portal.address, "Ada", "ada@portal.test");
    ada.sign_in().await;
    let project = id(&ada.post("/projects", json!({"name": "Everything"})).await.ok(201));
    let journal = Journal::default();
    for round in 0..ROUNDS {
        let (answered, enough) = (Arc::<AtomicUsize>::default(), Arc::<Notify>::default());
        let mut writers = JoinSet::new();
        for n in 0..WRITERS {
            let (journal, answered, enough) =
                (Arc::clone(&journal), Arc::clone(&answered), Arc::clone(&enough));
            let name = format!("r{round}-w{n}");
            writers.spawn(write(ada.as_now(), name, project.clone(), journal, answered, enough));
        }
        enough.notified().await;
        portal.kill();
        while let Some(writer) = writers.join_next().await {
            writer.unwrap();
        }
        Rollcall::on(folder.path(), &["check"]).run().ok();
        portal = Running::start(folder.path());
        ada = ada.at(portal.address);
        compare(&ada, &journal).await;
    }
    assert!(journal.lock().unwrap().len() >= ROUNDS * ANSWERS / 2);
    assert_eq!(portal.terminate(), Some(0));
    Rollcall::on(folder.path(), &["check"]).run().ok();
}
