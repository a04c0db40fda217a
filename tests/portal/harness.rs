//! The real portal, served in this process on a port and a folder of its own, with a clock that
//! only the test moves; and people who talk to it over HTTP and know nothing but API.md.

mod answer;
mod factors;
mod http;
mod passkey;
mod people;
mod quiet;
mod schema;

pub use self::{
    answer::Answer,
    factors::{Authenticator, code_at},
    http::{Request, encode},
    passkey::Passkey,
    people::Person,
    schema::assert_documented,
};

use std::{net::SocketAddr, path::Path, sync::Arc};

use rollcall::{
    app::App,
    clock::Clock,
    config::{self, Config, Encryption, Flags},
    http::server,
    model::{
        group::BuiltIn,
        time::{Span, Timestamp},
    },
    store::Missing,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use super::smtp::Server;

/// When the tests begin.
pub const START: &str = "2026-11-24T09:00:00.000Z";

type Change = Box<dyn Fn(&mut Config) + Send + Sync>;

pub struct Portal {
    pub clock: Clock,
    pub address: SocketAddr,
    /// Where plain HTTP is led to https, if anywhere.
    pub redirect_address: Option<SocketAddr>,
    /// The first admin, made at the set-up address.
    pub admin: Person,
    change: Change,
    inner: Arc<rollcall::ops::Portal>,
    /// The one-time address of the first start.
    pub set_up_url: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    /// Gives the folder back once the portal has let go of it.
    serving: JoinHandle<TempDir>,
}

impl Portal {
    /// Set up, with one admin, without a mail server.
    pub async fn start() -> Self {
        Self::configured(|_| {}).await
    }

    /// The same, sending its mail to this server.
    pub async fn with_smtp(server: &Server) -> Self {
        let port = server.address.port();
        Self::configured(move |config| {
            config.smtp.host = Some("127.0.0.1".into());
            config.smtp.port = port;
            config.smtp.encryption = Encryption::None;
            config.smtp.from = Some("portal@example.test".into());
        })
        .await
    }

    /// The same, with another configuration than the usual one.
    pub async fn configured(change: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        let mut portal = Self::empty(change).await;
        let url = portal.set_up_url.clone().expect("an empty portal has a set-up address");
        let token = url.split_once('#').expect("a fragment").1;
        portal.admin = Person::new(portal.address, "Ada Admin", "ada@portal.test");
        let body = json!({"token": token, "name": "Ada Admin", "email": "ada@portal.test", "password": portal.admin.password});
        let session = portal.admin.post("/setup", body).await.ok(201);
        portal.admin.id = id(&session["user"]);
        portal
    }

    /// As it is at the very first start: nobody is there.
    pub async fn empty(change: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        let clock = Clock::manual(Timestamp::parse(START).expect("a moment"));
        Self::open(folder(), clock, ([127, 0, 0, 1], 0).into(), Box::new(change)).await
    }

    async fn open(folder: TempDir, clock: Clock, listen: SocketAddr, change: Change) -> Self {
        let flags = Flags { data_dir: Some(folder.path().to_owned()), ..Flags::default() };
        let mut config = config::load(None, &flags).expect("the default configuration");
        config.listen = listen;
        change(&mut config);
        let bound = server::bind(&config).await.expect("a free port");
        let (address, redirect_address) = (bound.address, bound.redirect_address());
        if config.public_url() == "http://localhost:8080" {
            config.public_url = Some(format!("http://localhost:{}", address.port()));
        }
        config.listen = address;
        let app = App::open(config, Missing::Begin, clock.clone()).expect("the folder opens");
        let set_up_url = app.set_up_address().expect("the store answers");
        let inner = Arc::clone(&app.portal);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            // An error means that the test is over: that is the stop too.
            app.serve(bound, async { drop(stopped.await) }).await.expect("the portal serves");
            folder
        });
        let admin = Person::new(address, "Nobody", "nobody@portal.test");
        Self { clock, address, redirect_address, admin, change, inner, set_up_url, stop: Some(stop), serving }
    }

    /// Stops as on SIGTERM, and starts again on the same folder and port.
    pub async fn restart(self) -> Self {
        self.restart_after(|_| {}).await
    }

    /// The same, with something done to the folder in between.
    pub async fn restart_after(mut self, change: impl FnOnce(&Path)) -> Self {
        drop(self.stop.take());
        let held = Arc::downgrade(&self.inner);
        drop(self.inner);
        let folder = self.serving.await.expect("the portal stops");
        // A connection that was cut off lets go of the portal a moment later; a process would be gone.
        let let_go = async {
            while held.strong_count() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), let_go)
            .await
            .expect("it lets go of its folder");
        change(folder.path());
        let admin = self.admin;
        let mut again = Self::open(folder, self.clock, self.address, self.change).await;
        again.admin = admin;
        again
    }

    /// Somebody who is not signed in.
    pub fn anonymous(&self) -> Person {
        Person::new(self.address, "Nobody", "nobody@portal.test")
    }

    pub fn advance(&self, span: Span) {
        self.clock.advance(span);
    }

    /// Creates a user as the admin does: `{name, email, …}`.
    pub async fn create(&self, body: Value) -> Value {
        self.admin.post("/users", body).await.ok(201)
    }

    /// Creates a project as the admin does; its id.
    pub async fn project(&self, name: &str) -> String {
        id(&self.admin.post("/projects", json!({"name": name})).await.ok(201))
    }

    /// Creates a group; its id.
    pub async fn group(&self, name: &str, permissions: &[&str]) -> String {
        let body = json!({"name": name, "permissions": permissions});
        id(&self.admin.post("/groups", body).await.ok(201))
    }

    /// Adds so many made-up users.
    pub async fn fill(&self, n: u64) {
        let portal = Arc::clone(&self.inner);
        let filled = tokio::task::spawn_blocking(move || rollcall::ops::demo::fill(&portal, n, &|_| {}));
        filled.await.expect("it runs").expect("the store takes them");
    }

    /// The newest mail to an address, from the outbox.
    pub async fn newest_mail(&self, to: &str) -> Value {
        let list = self.admin.get("/mail?per_page=200").await.ok(200);
        let mails = list["items"].as_array().expect("a list");
        mails.iter().find(|mail| mail["to"] == to).unwrap_or_else(|| panic!("no mail to {to}")).clone()
    }

    /// The token of the link in the newest mail to an address.
    pub async fn newest_token(&self, to: &str) -> String {
        let mail = self.newest_mail(to).await;
        let path = format!("/mail/{}/link", id(&mail));
        token(&self.admin.post(&path, json!({})).await.ok(200)["url"])
    }
}

/// In memory where there is such a place: that what is written outlives a power cut is not for
/// these tests to say, and waiting for the disk is most of their time.
fn folder() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a folder")
}

/// The id of a thing.
#[track_caller]
pub fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap_or_else(|| panic!("an id in {thing}")).to_owned()
}

/// The token in a link's address.
#[track_caller]
pub fn token(url: &Value) -> String {
    let (_, token) = url.as_str().and_then(|url| url.split_once("/link#")).unwrap_or_else(|| panic!("{url}"));
    token.to_owned()
}

/// The id of a group that every portal has.
pub fn built_in(group: BuiltIn) -> String {
    group.id().to_string()
}
