//! Eight people who create, edit, import, disable and delete, each with a journal of what they
//! asked for and what was answered; and the comparison of the journals with what is there.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::Notify, task::JoinSet};

use super::{
    portal::harness::{Person, id},
    report::now,
};

pub const WRITERS: usize = 8;
/// Users in each file that is imported.
const ROWS: usize = 5;

/// What is to be seen of a user.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    pub company: Option<String>,
    pub state: &'static str,
}

/// One user: as answered last, and as asked for since without an answer.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    id: Option<String>,
    answered: Option<Seen>,
    asked: Option<Seen>,
    imported: bool,
}

/// By e-mail.
#[derive(Default)]
pub struct Journal {
    entries: Mutex<HashMap<String, Entry>>,
    /// Files: their e-mails, and whether it was answered that they were applied.
    files: Mutex<Vec<(Vec<String>, bool)>>,
    pub answers: AtomicU64,
    /// How long each answer took.
    pub times: Mutex<Vec<Duration>>,
    enough: Notify,
    /// Notified after so many answers in all.
    wanted: AtomicU64,
}

impl Journal {
    fn asks(&self, email: &str, seen: Seen) {
        self.entries.lock().unwrap().entry(email.to_owned()).or_default().asked = Some(seen);
    }

    fn answered(&self, email: &str, id: Option<String>) {
        {
            let mut entries = self.entries.lock().unwrap();
            let entry = entries.get_mut(email).expect("it was asked for");
            entry.answered = entry.asked.take();
            entry.id = id.or(entry.id.take());
        }
        self.count();
    }

    fn count(&self) {
        if self.answers.fetch_add(1, SeqCst) + 1 >= self.wanted.load(SeqCst) {
            self.enough.notify_one();
        }
    }

    /// Returns after so many more answers.
    pub async fn more(&self, n: u64) {
        let wanted = self.answers.load(SeqCst) + n;
        self.wanted.store(wanted, SeqCst);
        // An older call may have left a notice behind.
        while self.answers.load(SeqCst) < wanted {
            self.enough.notified().await;
        }
    }

    /// E-mails of all that were answered to be there and not deleted.
    pub fn present(&self) -> Vec<String> {
        let entries = self.entries.lock().unwrap();
        let there = |entry: &Entry| entry.answered.as_ref().is_some_and(|seen| seen.state != "deleted");
        entries.iter().filter(|(_, entry)| there(entry)).map(|(email, _)| email.clone()).collect()
    }

    /// E-mails of whoever was asked for, answered or not.
    pub fn known(&self) -> Vec<String> {
        self.entries.lock().unwrap().keys().cloned().collect()
    }
}

pub struct Writers(JoinSet<()>);

/// They write until the portal is gone, or they are called off.
pub fn start(ada: &Person, journal: &Arc<Journal>, project: &str, round: usize) -> Writers {
    let mut all = JoinSet::new();
    for writer in 0..WRITERS {
        let (ada, journal, project) = (ada.as_now(), Arc::clone(journal), project.to_owned());
        all.spawn(async move {
            for n in 0.. {
                let name = format!("r{round}w{writer}n{n}");
                if one(&ada, &journal, &project, &name, n).await.is_none() {
                    return;
                }
            }
        });
    }
    Writers(all)
}

impl Writers {
    pub async fn end(mut self) {
        while let Some(writer) = self.0.join_next().await {
            writer.expect("a writer finds what it expects");
        }
    }
    pub fn call_off(mut self) {
        self.0.abort_all();
    }
}

/// A request that is answered with this, or `None` when the portal is gone.
async fn ask(
    ada: &Person,
    journal: &Journal,
    method: &str,
    path: &str,
    body: Option<Value>,
    status: u16,
) -> Option<Value> {
    let began = now();
    let request = ada.ask(method, path);
    let request = if let Some(body) = &body { request.json(body) } else { request };
    let answer = request.try_send().await?;
    journal.times.lock().unwrap().push(began.elapsed());
    Some(answer.ok(status))
}

/// One user's life, cut short at a different place each time.
async fn one(ada: &Person, journal: &Journal, project: &str, name: &str, n: usize) -> Option<()> {
    if n % 7 == 6 {
        return import(ada, journal, name).await;
    }
    let email = format!("{name}@people.test");
    let body = json!({"name": format!("Writer {name}"), "email": email, "projects": [project],
        "welcome": {"send": true}});
    journal.asks(&email, Seen { company: None, state: "invited" });
    let user = id(&ask(ada, journal, "POST", "/users", Some(body), 201).await?);
    journal.answered(&email, Some(user.clone()));
    let company = Some(format!("Company {n}"));
    journal.asks(&email, Seen { company: company.clone(), state: "invited" });
    let patch = Some(json!({"company": company}));
    ask(ada, journal, "PATCH", &format!("/users/{user}"), patch, 200).await?;
    journal.answered(&email, None);
    if n % 3 == 1 {
        journal.asks(&email, Seen { company, state: "disabled" });
        ask(ada, journal, "POST", &format!("/users/{user}/disable"), Some(json!({})), 200).await?;
        journal.answered(&email, None);
    } else if n % 5 == 2 {
        journal.asks(&email, Seen { company, state: "deleted" });
        ask(ada, journal, "DELETE", &format!("/users/{user}"), None, 204).await?;
        journal.answered(&email, None);
    }
    Some(())
}

/// A file of users, all of whom are there or none.
async fn import(ada: &Person, journal: &Journal, name: &str) -> Option<()> {
    let emails: Vec<String> = (0..ROWS).map(|n| format!("{name}i{n}@people.test")).collect();
    let rows = emails.iter().map(|email| format!("Row {name},{email},Imported\n"));
    let csv = format!("name,email,company\n{}", rows.collect::<String>());
    for email in &emails {
        journal.asks(email, Seen { company: Some("Imported".to_owned()), state: "invited" });
        journal.entries.lock().unwrap().get_mut(email).expect("just asked for").imported = true;
    }
    let place = {
        let mut files = journal.files.lock().unwrap();
        files.push((emails.clone(), false));
        files.len() - 1
    };
    let began = now();
    let request = ada.ask("POST", "/users/import?mode=apply").body("text/csv", csv);
    let mut import = request.try_send().await?.ok(200);
    journal.times.lock().unwrap().push(began.elapsed());
    while import["state"] != "applied" {
        assert!(["reading", "previewed", "applying"].contains(&import["state"].as_str()?), "{import}");
        let path = format!("/users/import/{}", import["import_id"].as_str()?);
        import = ada.ask("GET", &path).try_send().await?.ok(200);
    }
    for email in &emails {
        journal.answered(email, None);
    }
    journal.files.lock().unwrap()[place].1 = true;
    Some(())
}

/// What the comparison found.
#[derive(Debug, Default)]
pub struct Found {
    pub compared: u64,
    pub lost: u64,
    pub partial: u64,
    pub unfound: u64,
    pub examples: Vec<String>,
}

/// Everybody in the journal that a round has touched, as they are now.
pub async fn compare(ada: &Person, journal: &Journal, round: usize) -> Found {
    let (mut found, start) = (Found::default(), format!("r{round}w"));
    let entries: Vec<(String, Entry)> = {
        let all = journal.entries.lock().unwrap();
        all.iter()
            .filter(|(email, _)| email.starts_with(&start))
            .map(|(e, entry)| (e.clone(), entry.clone()))
            .collect()
    };
    let mut there = HashMap::new();
    for (email, entry) in &entries {
        let query = format!("/users?q=email:{email}&disabled=include&per_page=5");
        let list = ada.get(&query).await.ok(200);
        let listed =
            list["items"].as_array().and_then(|all| all.iter().find(|one| one["email"] == **email)).cloned();
        let user = match (&listed, &entry.id) {
            (Some(user), _) => ada.get(&format!("/users/{}", id(user))).await.json(),
            (None, Some(id)) => ada.get(&format!("/users/{id}")).await.json(),
            (None, None) => Value::Null,
        };
        let seen = user["state"]
            .as_str()
            .map(|state| (state.to_owned(), user["company"].as_str().map(str::to_owned)));
        there.insert(email.clone(), seen.is_some());
        let like = |wanted: &Option<Seen>| match (wanted, &seen) {
            (Some(wanted), Some((state, company))) => wanted.state == state && wanted.company == *company,
            (None, None) => true,
            _ => false,
        };
        found.compared += u64::from(entry.answered.is_some());
        if !like(&entry.answered) && (entry.asked.is_none() || !like(&entry.asked)) {
            found.lost += 1;
            found.examples.push(format!("{email}: {entry:?}, found {seen:?}"));
        }
        let in_list = seen.as_ref().is_some_and(|(state, _)| state != "deleted");
        if in_list != listed.is_some() {
            found.unfound += 1;
            found.examples.push(format!("{email}: the search does not agree with {seen:?}"));
        }
        if let Some((_, company)) = &seen
            && !entry.imported
            && !whole(ada, &id(&user), company.is_some()).await
        {
            found.partial += 1;
            found.examples.push(format!("{email}: not whole"));
        }
    }
    for (emails, answered) in
        journal.files.lock().unwrap().iter().filter(|(all, _)| all[0].starts_with(&start))
    {
        let n = emails.iter().filter(|email| there.get(*email) == Some(&true)).count();
        if n != emails.len() && (n != 0 || *answered) {
            found.partial += 1;
            found.examples.push(format!("{n} of {} rows of the file of {}", emails.len(), emails[0]));
        }
    }
    found
}

/// Project, mail and activity came with the user.
async fn whole(ada: &Person, user: &str, changed: bool) -> bool {
    let about = async |what: &str| ada.get(&format!("/users/{user}/{what}")).await.json();
    let (projects, mail, activity) = (about("projects").await, about("mail").await, about("activity").await);
    let count = |action: &str| {
        activity["items"].as_array().into_iter().flatten().filter(|one| one["action"] == action).count()
    };
    projects["total"] == 1
        && mail["total"] == 1
        && count("user.created") == 1
        && count("user.updated") == usize::from(changed)
}
