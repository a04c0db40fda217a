//! The command line, from outside: what it prints, how it ends, what it leaves behind.

use std::{fs, net::TcpListener, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    binary::{Rollcall, Running},
    harness::{Person, token},
};

const PASSWORD: &str = "mellow-otter-42-quartz";

fn folder() -> TempDir {
    TempDir::new().unwrap()
}

/// A folder with one admin, who has a password.
fn with_admin() -> TempDir {
    let folder = folder();
    Rollcall::on(folder.path(), &CREATE).told(PASSWORD).ok();
    folder
}

const CREATE: [&str; 7] =
    ["admin", "create", "--name", "Ada Admin", "--email", "ada@portal.test", "--password-stdin"];

fn listed(folder: &Path) -> String {
    Rollcall::on(folder, &["admin", "list"]).run().ok().to_owned()
}

async fn signed_in(portal: &Running) -> Person {
    let ada = Person::new(portal.address, "Ada Admin", "ada@portal.test");
    ada.sign_in().await;
    ada
}

fn link_token(link: &str) -> String {
    token(&Value::from(link))
}

#[tokio::test]
async fn an_admin_made_with_a_password_signs_in() {
    let parent = folder();
    let folder = parent.path().join("new/data");
    let made = Rollcall::on(&folder, &CREATE).told(&format!("{PASSWORD}\n"));
    assert_eq!(made.ok(), "Done.\n");
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&folder).unwrap());
    assert_eq!(mode & 0o777, 0o700, "the folder is its owner's alone");
    let portal = Running::start(&folder);
    let ada = signed_in(&portal).await;
    let session = ada.get("/session").await.ok(200);
    assert_eq!(session["permissions"].as_array().unwrap().len(), 12);
    assert_eq!(ada.get("/portal").await.ok(200)["setup_required"], false);
    let activity = ada.get("/activity?action=user.created").await.ok(200);
    assert_eq!(activity["items"][0]["actor"], Value::Null, "nobody signed in did it");
    assert_eq!(activity["items"][0]["origin"], Value::Null);
    assert_eq!(portal.terminate(), Some(0));
}

#[tokio::test]
async fn one_line_break_is_taken_off_a_password_and_nothing_else() {
    let folder = folder();
    Rollcall::on(folder.path(), &CREATE).told(&format!(" {PASSWORD} \n\n")).ok();
    let portal = Running::start(folder.path());
    let mut ada = Person::new(portal.address, "Ada Admin", "ada@portal.test");
    let body = json!({"email": ada.email, "password": PASSWORD});
    ada.post("/session", body).await.problem(401, "invalid-credentials");
    ada.password = format!(" {PASSWORD} \n");
    ada.sign_in().await;
}

#[tokio::test]
async fn an_admin_made_without_a_password_gets_a_link() {
    let folder = folder();
    let made = Rollcall::on(folder.path(), &CREATE[..6]).run();
    let link = made.link().to_owned();
    assert!(link.starts_with("http://localhost:8080/link#"), "{link}");
    assert_eq!(listed(folder.path()), "Ada Admin <ada@portal.test> invited\n");
    let portal = Running::start(folder.path());
    let ada = Person::new(portal.address, "Ada Admin", "ada@portal.test");
    let body = json!({"token": link_token(&link), "password": PASSWORD});
    let redeemed = ada.post("/links/redeem", body).await.ok(200);
    assert_eq!(redeemed["purpose"], "welcome");
    assert_eq!(redeemed["session"]["user"]["groups"][0]["name"], "Admin");
    assert_eq!(portal.terminate(), Some(0));
    assert_eq!(listed(folder.path()), "Ada Admin <ada@portal.test> active\n");
}

#[test]
fn an_admin_is_not_made_from_what_the_browser_would_refuse() {
    let folder = with_admin();
    let create = |name, email, password: &str| {
        let arguments = ["admin", "create", "--name", name, "--email", email, "--password-stdin"];
        Rollcall::on(folder.path(), &arguments).told(password)
    };
    create("", "eve@portal.test", PASSWORD).refused(1, &["name is missing"]);
    create("Eve", "eve@", PASSWORD).refused(1, &["e-mail"]);
    create("Eve", "ADA@portal.test", PASSWORD).refused(1, &["Another user has this e-mail"]);
    create("Eve", "eve@portal.test", "short").refused(1, &["at least 12 characters"]);
    create("Eve", "eve@portal.test", "").refused(1, &["Choose a password"]);
    create("Eve", "eve@portal.test", "eve@portal.test").refused(1, &["your name"]);
    assert_eq!(listed(folder.path()), "Ada Admin <ada@portal.test> active\n");
}

#[tokio::test]
async fn a_password_is_reset_on_a_stopped_and_on_a_running_portal() {
    let folder = with_admin();
    let reset = |email: &str| Rollcall::on(folder.path(), &["admin", "reset-password", email]).run();
    let stopped = link_token(reset("ADA@portal.test").link());
    reset("eve@portal.test").refused(1, &["no user has this e-mail"]);

    let portal = Running::start(folder.path());
    let ada = signed_in(&portal).await;
    let inspect = async |token: &str| ada.post("/links/inspect", json!({"token": token})).await;
    assert_eq!(inspect(&stopped).await.ok(200)["purpose"], "password-reset");
    let running = reset("ada@portal.test");
    let running = link_token(running.link());
    inspect(&stopped).await.problem(410, "link-expired");
    assert_eq!(inspect(&running).await.ok(200)["email"], "ada@portal.test");
    reset("eve@portal.test").refused(1, &["no user has this e-mail"]);
    let shown = ada.get("/activity?action=link.shown").await.ok(200);
    assert_eq!((&shown["total"], &shown["items"][0]["actor"]), (&json!(2), &Value::Null));
    assert_eq!(shown["items"][0]["subject"]["name"], "Ada Admin");
}

#[tokio::test]
async fn admins_are_made_and_listed_beside_a_running_portal() {
    let folder = with_admin();
    let portal = Running::start(folder.path());
    let eve = ["admin", "create", "--name", "Eve", "--email", "eve@portal.test"];
    let link = Rollcall::on(folder.path(), &eve).run().link().to_owned();
    let port = portal.address.port();
    assert!(link.starts_with(&format!("http://localhost:{port}/link#")), "the running portal's own: {link}");
    Rollcall::on(folder.path(), &eve).run().refused(1, &["Another user has this e-mail"]);
    assert_eq!(listed(folder.path()), "Ada Admin <ada@portal.test> active\nEve <eve@portal.test> invited\n");
    let found = signed_in(&portal).await.get("/users?q=eve").await.ok(200);
    assert_eq!(found["total"], 1, "and found at once");
}

#[tokio::test]
async fn the_export_goes_to_a_file_or_the_terminal() {
    let folder = with_admin();
    let export = |arguments: &[&str]| Rollcall::on(folder.path(), &[&["export"], arguments].concat()).run();
    let printed = export(&[]).ok().to_owned();
    let lines: Vec<_> = printed.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert_eq!(lines[0], "id,name,email,company,phone,groups,projects,state,created_at,last_seen_at,notes");
    assert!(lines[1].contains(",Ada Admin,ada@portal.test,,,Admin,,active,"), "{lines:?}");
    let file = folder.path().join("users.csv");
    let ran = export(&[file.to_str().unwrap()]);
    assert_eq!((ran.ok(), ran.err.starts_with("1 users written to ")), ("", true), "{ran:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), printed);
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&file).unwrap());
    assert_eq!(mode & 0o777, 0o600, "its owner's alone");
    assert_eq!(export(&["/dev/stdout"]).ok(), printed, "a pipe takes it as it comes");
    let nowhere = folder.path().join("nowhere/users.csv");
    export(&[nowhere.to_str().unwrap()]).refused(1, &["nowhere/users.csv", "can't be written"]);

    let portal = Running::start(folder.path());
    let activity = signed_in(&portal).await.get("/activity?action=users.exported").await.ok(200);
    assert_eq!(activity["total"], 3, "recorded, and what could not begin is not");
    export(&[]).refused(1, &["another Rollcall is running"]);
}

#[test]
fn made_up_users_pass_the_check_and_the_rebuilding() {
    let folder = folder();
    let run = |arguments: &[&str]| Rollcall::on(folder.path(), arguments).run();
    let first = run(&["demo", "300"]);
    assert!(first.link().starts_with("http://localhost:8080/link#"));
    assert!(first.out.contains("admin@example.com"));
    assert_eq!(first.err, "", "no bar where there is no terminal");
    run(&["check"]).ok();
    let export = run(&["export"]);
    assert_eq!(export.ok().matches("\r\n").count(), 302, "a header, 300 and the admin");
    assert!(!run(&["demo", "20"]).ok().contains("/link#"), "there is an admin already");
    run(&["check"]).ok();
    run(&["reindex"]).ok();
    run(&["check"]).ok();
    fs::remove_dir_all(folder.path().join("index")).unwrap();
    run(&["check"]).ok();
}

#[test]
fn the_api_document_is_printed_without_a_portal() {
    let printed = Rollcall::bare(&["openapi"]).run();
    let document: Value = serde_json::from_str(printed.ok()).unwrap();
    assert_eq!(document["openapi"].as_str().unwrap().split('.').next(), Some("3"));
    assert!(document["paths"]["/users"]["get"].is_object());
    let cut_off = Rollcall::bare(&["openapi"]).cut_off();
    assert!(!cut_off.err.contains("panicked"), "{cut_off:?}");
}

#[test]
fn the_configuration_says_where_each_value_came_from() {
    let folder = folder();
    let file = folder.path().join("rollcall.toml");
    let text = "public_url = \"https://portal.example.com/\"\n[metrics]\ntoken = \"sesame\"\n\
        [smtp]\nhost = \"smtp.example.com\"\nfrom = \"portal@example.com\"\n";
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let ran = Rollcall::on(folder.path(), &["config", "--config", file])
        .env("ROLLCALL_SMTP__PASSWORD", "hunter2")
        .env("ROLLCALL_LIMITS__CONNECTIONS", "77")
        .run();
    let lines: Vec<_> = ran.ok().lines().collect();
    for line in [
        &format!("metrics.token = (hidden)  # {file}"),
        "smtp.password = (hidden)  # ROLLCALL_SMTP__PASSWORD",
        &format!("smtp.host = \"smtp.example.com\"  # {file}"),
        "limits.connections = 77  # ROLLCALL_LIMITS__CONNECTIONS",
        "limits.sign_in_per_account = 10  # built in",
        "trusted_proxies = []  # built in",
        &format!("data_dir = {:?}  # command line", folder.path().to_str().unwrap()),
    ] {
        assert!(lines.contains(&line), "{line} in {lines:#?}");
    }
    assert!(!ran.out.contains("hunter2") && !ran.out.contains("sesame"), "{ran:?}");
}

#[test]
fn a_list_in_a_variable_is_written_without_brackets() {
    let folder = folder();
    for list in ["127.0.0.1", "127.0.0.1,10.0.0.0/8", "127.0.0.1 ::1", "[\"127.0.0.1\"]", "10", ""] {
        let ran = Rollcall::on(folder.path(), &["config"]).env("ROLLCALL_TRUSTED_PROXIES", list).run();
        match list {
            "10" => drop(ran.refused(2, &["ROLLCALL_TRUSTED_PROXIES", "`10` is no address or network"])),
            _ => assert!(ran.ok().contains("# ROLLCALL_TRUSTED_PROXIES"), "{ran:?}"),
        }
    }
}

#[test]
fn a_secret_may_look_like_a_number() {
    let folder = folder();
    for secret in ["0123456", "true", "1e5", "[abc", "\"quoted\""] {
        let ran = Rollcall::on(folder.path(), &["config"])
            .env("ROLLCALL_SMTP__PASSWORD", secret)
            .env("ROLLCALL_METRICS__TOKEN", secret)
            .run();
        assert!(ran.ok().contains("smtp.password = (hidden)"), "{ran:?}");
        assert!(!ran.out.contains(secret), "{ran:?}");
    }
}

#[test]
fn an_unknown_key_stops_the_start_and_says_where_it_stands() {
    let folder = folder();
    let file = folder.path().join("rollcall.toml");
    fs::write(&file, "[smtp]\nhots = \"smtp.example.com\"\n").unwrap();
    let file = file.to_str().unwrap();
    let data = folder.path().join("data");
    Rollcall::on(&data, &["serve", "--config", file]).run().refused(2, &["smtp.hots", file]);
    let ran = Rollcall::on(&data, &["serve"]).env("ROLLCALL_X", "1").run();
    ran.refused(2, &["ROLLCALL_X"]);
    let ran = Rollcall::on(&data, &["serve"]).env("ROLLCALL_SMTP__HOTS", "1").run();
    ran.refused(2, &["ROLLCALL_SMTP__HOTS"]);
    let ran = Rollcall::on(&data, &["serve"]).env("ROLLCALL_SMTP__PORT", "many").run();
    ran.refused(2, &["ROLLCALL_SMTP__PORT"]);
    let nowhere = folder.path().join("nowhere.toml");
    let ran = Rollcall::on(&data, &["serve", "--config", nowhere.to_str().unwrap()]).run();
    ran.refused(2, &["nowhere.toml", "can't be read"]);
    let ran = Rollcall::on(&data, &["serve", "--listen", "0.0.0.0:0"]).run();
    ran.refused(2, &["public_url is missing"]);
    assert!(!data.exists(), "nothing was begun");
}

#[test]
fn wrong_use_is_told_in_one_line() {
    Rollcall::bare(&["check", "--activity", "x"]).run().refused(2, &["`x` is no NUMBER:HASH"]);
    Rollcall::bare(&["import", "people.csv", "--map", "zap"]).run().refused(2, &["--map zap"]);
    let remote = ["backup", "a.backup", "--url", "http://127.0.0.1:1"];
    Rollcall::bare(&remote).run().refused(2, &["--token"]);
    Rollcall::bare(&["dance"]).run().refused(2, &["dance", "--help"]);
    Rollcall::bare(&["demo"]).run().refused(2, &["<N>", "--help"]);
    Rollcall::bare(&["demo", "many"]).run().refused(2, &["many"]);
    Rollcall::bare(&["admin", "create", "--name", "Eve"]).run().refused(2, &["--email"]);
    Rollcall::bare(&["serve", "--nonsense"]).run().refused(2, &["--nonsense"]);
    let help = Rollcall::bare(&["--help"]).run();
    for command in [
        "serve", "admin", "backup", "restore", "export", "check", "reindex", "demo", "openapi", "config",
        "health",
    ] {
        assert!(help.ok().contains(command), "{command}");
    }
    assert_eq!(
        Rollcall::bare(&["--version"]).run().ok(),
        concat!("rollcall ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[tokio::test]
async fn health_is_that_of_the_running_portal() {
    let folder = with_admin();
    let portal = Running::start(folder.path());
    let listen = portal.address.to_string();
    let ask = || Rollcall::bare(&["health"]).env("ROLLCALL_LISTEN", &listen).run();
    assert_eq!(ask().ok(), "ready\n");
    assert_eq!(portal.terminate(), Some(0));
    ask().refused(1, &["no portal answers at", &listen]);
}

#[tokio::test]
async fn a_second_process_is_turned_away_and_the_first_undisturbed() {
    let folder = with_admin();
    let portal = Running::start(folder.path());
    let ada = signed_in(&portal).await;
    let path = folder.path().to_str().unwrap();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["check"], &["reindex"], &["demo", "3"]] {
        let ran = Rollcall::on(folder.path(), arguments).run();
        ran.refused(1, &["another Rollcall is running on", path, "--data-dir"]);
    }
    ada.post("/users", json!({"name": "Zoë", "email": "zoe@people.test"})).await.ok(201);
    assert_eq!(listed(folder.path()), "Ada Admin <ada@portal.test> active\n", "its socket is still there");
    assert_eq!(portal.terminate(), Some(0));
    Rollcall::on(folder.path(), &["check"]).run().ok();
}

#[test]
fn a_port_in_use_is_told_before_anything_is_made() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = folder.path().join("data");
    let ran = Rollcall::on(&data, &["serve", "--listen", &address]).run();
    ran.refused(1, &[&address, "--listen", "in use"]);
    assert!(!data.exists());
}

#[test]
fn a_folder_that_is_none_is_told() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    let path = file.to_str().unwrap();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["demo", "3"], &CREATE[..6]] {
        let ran = Rollcall::on(&file, arguments).run();
        ran.refused(1, &["the data folder", path, "own it"]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a folder");
}

#[test]
fn commands_that_read_make_no_portal() {
    let parent = folder();
    let folder = parent.path().join("nothing");
    let bad = ["admin", "create", "--name", "Ada", "--email", "bad"];
    Rollcall::on(&folder, &bad).run().refused(1, &["e-mail"]);
    for arguments in [&["export"][..], &["check"], &["reindex"], &["admin", "list"]] {
        Rollcall::on(&folder, arguments).run().refused(1, &["there is no portal in", "nothing"]);
    }
    let reset = Rollcall::on(&folder, &["admin", "reset-password", "ada@portal.test"]).run();
    reset.refused(1, &["there is no portal in"]);
    assert!(!folder.exists());
}

#[test]
fn an_emptied_store_is_not_set_up_anew() {
    let folder = with_admin();
    let store = folder.path().join("rollcall.redb");
    let serve = || Rollcall::on(folder.path(), &["serve", "--listen", "127.0.0.1:0"]).run();
    fs::write(&store, "").unwrap();
    serve().refused(1, &["rollcall.redb is missing or empty", "backup"]);
    Rollcall::on(folder.path(), &CREATE[..6]).run().refused(1, &["missing or empty"]);
    assert_eq!(fs::metadata(&store).unwrap().len(), 0);
    fs::remove_file(&store).unwrap();
    serve().refused(1, &["rollcall.redb is missing or empty", "backup"]);
    assert!(!store.exists());
}

#[test]
fn a_first_start_that_was_cut_off_begins_anew() {
    let blank = vec![0; 700_000];
    // As far as redb comes before it puts its mark.
    let mut half = blank.clone();
    half[9..320].fill(7);
    for left in [&blank[..5], &blank, &half] {
        let folder = folder();
        fs::write(folder.path().join("rollcall.redb"), left).unwrap();
        Rollcall::on(folder.path(), &["admin", "list"]).run().refused(1, &["there is no portal in"]);
        assert_eq!(fs::read(folder.path().join("rollcall.redb")).unwrap(), left, "looked at, no more");
        Rollcall::on(folder.path(), &CREATE).told(PASSWORD).ok();
        assert_eq!(listed(folder.path()), "Ada Admin <ada@portal.test> active\n");
    }
}

#[test]
fn a_store_without_its_marker_is_kept_whatever_it_holds() {
    let folder = with_admin();
    let (store, marker) = (folder.path().join("rollcall.redb"), folder.path().join("instance"));
    let create = || Rollcall::on(folder.path(), &CREATE[..6]).run();
    fs::remove_file(&marker).unwrap();
    assert_eq!(listed(folder.path()), "Ada Admin <ada@portal.test> active\n");
    // Damaged: its first page is gone, and what follows is not.
    let mut bytes = fs::read(&store).unwrap();
    bytes[..4096].fill(0);
    for bytes in [bytes, b"a letter to a friend".repeat(1000)] {
        fs::remove_file(&marker).ok();
        fs::write(&store, &bytes).unwrap();
        create().refused(1, &["is not a store of Rollcall's", "backup"]);
        assert!(fs::read(&store).unwrap() == bytes, "it is as it was");
    }
    fs::write(&marker, "x").unwrap();
    fs::write(&store, vec![0; 700_000]).unwrap();
    create().refused(1, &["rollcall.redb"]);
}

#[test]
fn a_key_of_another_length_is_told_with_its_remedy() {
    let folder = with_admin();
    let key = folder.path().join("key");
    for length in [0, 31, 33, 64] {
        fs::write(&key, vec![7; length]).unwrap();
        let ran = Rollcall::on(folder.path(), &["admin", "list"]).run();
        ran.refused(1, &[key.to_str().unwrap(), "32 bytes", "put it back"]);
    }
}

#[tokio::test]
async fn a_hangup_ends_no_portal() {
    let folder = with_admin();
    let file = folder.path().join("log");
    let portal = Running::logging(folder.path(), &file);
    portal.signal("-HUP");
    signed_in(&portal).await;
    assert_eq!(portal.terminate(), Some(0));
    let log = fs::read_to_string(&file).unwrap();
    assert_eq!(log.matches("nothing to read again").count(), 1, "{log}");
}

#[test]
fn a_store_of_another_program_or_portal_is_left_alone() {
    let folder = with_admin();
    let store = folder.path().join("rollcall.redb");
    let serve = || Rollcall::on(folder.path(), &["serve", "--listen", "127.0.0.1:0"]).run();
    let text = "a letter to a friend\n".repeat(1000);
    fs::write(&store, &text).unwrap();
    serve().refused(1, &["rollcall.redb is not a store of Rollcall's", "backup"]);
    assert_eq!(fs::read_to_string(&store).unwrap(), text);
    let other = with_admin();
    fs::copy(other.path().join("rollcall.redb"), &store).unwrap();
    serve().refused(1, &["rollcall.redb", "instance"]);
}

#[tokio::test]
async fn stopped_and_started_everything_is_still_there() {
    let folder = folder();
    let mut portal = Running::start(folder.path());
    let ready = portal.line();
    let set_up = format!("Set up your portal: http://localhost:{}/setup#", portal.address.port());
    let setup = ready.strip_prefix(&set_up).unwrap_or_else(|| panic!("{ready}"));
    let ada = Person::new(portal.address, "Ada Admin", "ada@portal.test");
    let body = json!({"token": setup, "name": ada.name, "email": ada.email, "password": ada.password});
    ada.post("/setup", body).await.ok(201);
    ada.post("/users", json!({"name": "Zoë", "email": "zoe@people.test"})).await.ok(201);
    let before = ada.get("/users").await.ok(200);
    assert_eq!(before["total"], 2);
    assert_eq!(portal.terminate(), Some(0));
    assert!(!folder.path().join("control.sock").exists(), "nothing stale is left");

    let portal = Running::start(folder.path());
    let ada = ada.at(portal.address);
    assert_eq!(ada.get("/users").await.ok(200), before, "the session too");
    assert_eq!(ada.get("/portal").await.ok(200)["setup_required"], false);
    assert_eq!(portal.terminate(), Some(0));
}
