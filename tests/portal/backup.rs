//! Backups: of a stopped and of a running portal, from the browser, by the clock; and restoring.

mod altered;

use std::{fs, path::Path};

use rollcall::{
    config::Length,
    model::{permission::Permission, time::Span},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    binary::{Ran, Rollcall, Running},
    harness::{Person, Portal, id, token},
};

const CREATE: [&str; 7] =
    ["admin", "create", "--name", "Ada Admin", "--email", "ada@portal.test", "--password-stdin"];

/// A folder with one admin, who has a password.
fn with_admin() -> TempDir {
    let folder = TempDir::new().unwrap();
    Rollcall::on(folder.path(), &CREATE).told("mellow-otter-42-quartz").ok();
    folder
}

async fn signed_in(portal: &Running) -> Person {
    let ada = Person::new(portal.address, "Ada Admin", "ada@portal.test");
    ada.sign_in().await;
    ada
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn back_up(folder: &Path, file: &Path) -> String {
    Rollcall::on(folder, &["backup", text(file)]).run().ok().to_owned()
}

fn verified(file: &Path) -> String {
    Rollcall::bare(&["backup", "--verify", text(file)]).run().ok().to_owned()
}

/// A refusal in one line with these words, however long it took: a part was restored by then.
#[track_caller]
fn told(ran: &Ran, words: &[&str]) {
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1), "{ran:?}");
    assert!(words.iter().all(|word| ran.err.contains(word)), "{words:?} in {ran:?}");
}

/// What a restored portal must have in common with the one that was backed up.
async fn contents(ada: &Person) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["/users?sort=name", "/groups", "/projects", "/settings"] {
        let mut found = ada.get(path).await.ok(200);
        for item in found["items"].as_array_mut().into_iter().flatten() {
            // Ada is seen whenever she looks.
            item["last_seen_at"] = Value::Null;
        }
        all.push(found);
    }
    all
}

#[tokio::test]
async fn what_was_backed_up_comes_back_and_lets_nobody_in() {
    let (folder, other, files) = (with_admin(), TempDir::new().unwrap(), TempDir::new().unwrap());
    let portal = Running::start(folder.path());
    let ada = signed_in(&portal).await;
    let project = id(&ada.post("/projects", json!({"name": "Harbour"})).await.ok(201));
    let zoe = json!({"name": "Zoë", "email": "zoe@people.test", "projects": [project]});
    let zoe = id(&ada.post("/users", zoe).await.ok(201));
    let link = ada.post(&format!("/users/{zoe}/password-link"), json!({})).await.ok(200);
    let link = token(&link["url"]);
    let before = contents(&ada).await;
    // Beside the running portal, over its socket.
    let live = files.path().join("live.backup");
    let said = back_up(folder.path(), &live);
    assert!(said.contains("2 users, 4 groups, 1 projects"), "{said}");
    let recorded = ada.get("/activity?action=portal.backed-up").await.ok(200);
    assert_eq!((&recorded["total"], &recorded["items"][0]["actor"]), (&json!(1), &Value::Null));
    assert_eq!(portal.terminate(), Some(0));
    // Of the stopped folder.
    let file = files.path().join("still.backup");
    back_up(folder.path(), &file);
    for file in [&live, &file] {
        assert!(verified(file).contains("can be restored: 2 users"));
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(file).unwrap());
        assert_eq!(mode & 0o777, 0o600, "its owner's alone");
    }
    assert_eq!(fs::read_dir(files.path()).unwrap().count(), 2, "nothing else is left");
    let key = fs::read(folder.path().join("key")).unwrap();
    let bytes = fs::read(&file).unwrap();
    assert!(!bytes.windows(key.len()).any(|window| window == key), "the key is not in it");

    let target = other.path().join("portal");
    let said = Rollcall::on(&target, &["restore", text(&file)]).run();
    assert!(said.ok().contains("is a portal again: 2 users"), "{said:?}");
    Rollcall::on(&target, &["check"]).run().ok();
    let marker = |folder: &Path| fs::read(folder.join("instance")).unwrap();
    assert_ne!(marker(&target), marker(folder.path()), "it is another portal");
    let portal = Running::start(&target);
    let old = ada.at(portal.address);
    old.get("/session").await.problem(401, "unauthenticated");
    old.post("/links/inspect", json!({"token": link})).await.problem(410, "link-expired");
    let ada = signed_in(&portal).await;
    assert_eq!(contents(&ada).await, before);
    let found = ada.get("/users?q=zoe").await.ok(200);
    assert_eq!(found["items"][0]["id"], zoe, "the search index is there");
    let restored = ada.get("/activity?action=portal.restored").await.ok(200);
    assert_eq!(restored["total"], 1);
    assert!(restored["items"][0]["reason"].as_str().unwrap().contains("backup of 20"), "{restored}");
    assert_eq!(portal.terminate(), Some(0));
}

#[tokio::test]
async fn authenticator_apps_come_back_with_the_portals_own_key_alone() {
    let (portal, files) = (Portal::start().await, TempDir::new().unwrap());
    portal.customer("Fay").await.add_app(&portal).await;
    portal.customer("Ann").await;
    let (file, wrong) = (files.path().join("a.backup"), files.path().join("wrong"));
    fs::write(&file, &portal.admin.get("/backup").await.body).unwrap();
    fs::write(&wrong, [7; 32]).unwrap();
    let key = portal.folder().join("key");
    let restore = |name: &str, more: &[&str]| {
        let target = files.path().join(name);
        Rollcall::on(&target, &["restore", text(&file)]).args(more).run()
    };
    let lost = "1 authenticator apps don't open without the key";
    let ran = restore("wrong-key", &["--key", text(&wrong)]);
    told(&ran, &["the key is not that of the portal which was backed up"]);
    assert!(!files.path().join("wrong-key/instance").exists());
    assert!(restore("no-key", &[]).ok().contains(lost));
    let said = restore("own-key", &["--key", text(&key)]);
    assert!(said.ok().contains("3 users") && !said.out.contains(lost), "{said:?}");
}

#[tokio::test]
async fn mail_that_was_still_to_go_is_held_back() {
    let (folder, files) = (with_admin(), TempDir::new().unwrap());
    let portal = Running::start(folder.path());
    let ada = signed_in(&portal).await;
    let zoe = json!({"name": "Zoë", "email": "zoe@people.test", "welcome": {"send": true}});
    ada.post("/settings/test-mail", json!({})).await.ok(200);
    let with_link = ada.post("/users", zoe).await.ok(201);
    assert_eq!(with_link["welcome"]["state"], "queued");
    assert_eq!(portal.terminate(), Some(0));
    let (file, target) = (files.path().join("a.backup"), files.path().join("portal"));
    back_up(folder.path(), &file);
    Rollcall::on(&target, &["restore", text(&file)]).run().ok();
    let portal = Running::start(&target);
    let ada = signed_in(&portal).await;
    let mails = ada.get("/mail").await.ok(200);
    assert_eq!(mails["total"], 2);
    for mail in mails["items"].as_array().unwrap() {
        assert_eq!((&mail["state"], &mail["next_attempt_at"]), (&json!("cancelled"), &Value::Null));
        assert!(mail["last_error"].as_str().unwrap().contains("restored from a backup"), "{mail}");
        let retried = ada.post(&format!("/mail/{}/retry", id(mail)), json!({})).await;
        match mail["kind"].as_str().unwrap() {
            "test" => assert_eq!(retried.ok(200)["state"], "queued"),
            _ => drop(retried.problem(409, "conflict")),
        }
    }
}

#[tokio::test]
async fn only_an_empty_folder_is_restored_into() {
    let (folder, files) = (with_admin(), TempDir::new().unwrap());
    let file = files.path().join("a.backup");
    back_up(folder.path(), &file);
    let portal = Running::start(folder.path());
    let restore = |target: &Path, file: &Path| Rollcall::on(target, &["restore", text(file)]).run();
    restore(folder.path(), &file).refused(1, &["is not empty", text(folder.path()), "--data-dir"]);
    signed_in(&portal).await;
    assert_eq!(portal.terminate(), Some(0));
    let target = files.path().join("portal");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("letter"), "dear").unwrap();
    restore(&target, &file).refused(1, &["is not empty"]);
    assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
    fs::remove_file(target.join("letter")).unwrap();
    // What a restore that was killed has left does not keep anyone from the next.
    fs::create_dir(target.join("restoring")).unwrap();
    fs::write(target.join("restoring/rollcall.redb"), "half").unwrap();
    // Nor does anybody set a portal up there.
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    Rollcall::on(&target, &serve).run().refused(1, &["a restore that was cut off", text(&target)]);
    restore(&target, &file).ok();
    assert!(!target.join("restoring").exists());
    Rollcall::on(&target, &["check"]).run().ok();
}

#[test]
fn a_backup_that_is_not_whole_restores_nothing() {
    let (folder, files) = (with_admin(), TempDir::new().unwrap());
    let (file, target) = (files.path().join("a.backup"), files.path().join("portal"));
    back_up(folder.path(), &file);
    let bytes = fs::read(&file).unwrap();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    for (bytes, word) in
        [(&bytes[..bytes.len() - 1], "cut off"), (&flipped, "damaged"), (b"dear friend", "no backup")]
    {
        fs::write(&file, bytes).unwrap();
        let verify = ["backup", "--verify", text(&file)];
        told(&Rollcall::bare(&verify).run(), &[text(&file), word]);
        told(&Rollcall::on(&target, &["restore", text(&file)]).run(), &[text(&file), word]);
        assert!(fs::read_dir(&target).map_or(0, Iterator::count) == 0, "nothing is left");
    }
    fs::write(files.path().join("key"), "short").unwrap();
    let key = files.path().join("key");
    let ran = Rollcall::on(&target, &["restore", text(&file), "--key", text(&key)]).run();
    ran.refused(1, &["is no key of a portal", "32 bytes"]);
    Rollcall::on(&target, &["restore", "nowhere.backup"]).run().refused(1, &["nowhere.backup"]);
    Rollcall::on(&target, &["backup", text(&file)]).run().refused(1, &["there is no portal in"]);
}

#[tokio::test]
async fn an_admin_downloads_one_and_a_keeper_of_the_settings_does_not() {
    let (portal, files) = (Portal::start().await, TempDir::new().unwrap());
    let keepers = portal.group("Keepers", &["settings.write"]).await;
    let keeper = portal.person("Kim", &[keepers]).await;
    let refused = portal.assert_nothing_happened(async || keeper.get("/backup").await).await;
    refused.problem(403, "forbidden");
    assert_eq!(keeper.get("/backups").await.ok(200)["total"], 0);
    let answer = portal.assert_recorded(async || portal.admin.get("/backup").await).await;
    assert_eq!(answer.status, 200);
    let name = answer.header("content-disposition").unwrap();
    assert_eq!(name, "attachment; filename=\"rollcall-20261124T090000000Z.backup\"");
    let file = files.path().join("a.backup");
    fs::write(&file, &answer.body).unwrap();
    assert!(verified(&file).contains("2 users, 5 groups, 0 projects"));
    let recorded = portal.admin.get("/activity?action=portal.backed-up").await.ok(200);
    assert_eq!(
        (&recorded["total"], &recorded["items"][0]["actor"]["id"]),
        (&json!(1), &json!(portal.admin.id))
    );
}

#[tokio::test]
async fn another_machine_needs_a_token() {
    let (folder, files) = (with_admin(), TempDir::new().unwrap());
    let portal = Running::start(folder.path());
    let (url, file) = (format!("http://{}", portal.address), files.path().join("a.backup"));
    let ask = |more: &[&str]| Rollcall::bare(&["backup", text(&file)]).args(more).run();
    ask(&["--url", &url]).refused(2, &["--token"]);
    ask(&["--url", &url, "--token", "rc_wrong"]).refused(1, &["refuses", "401", "unauthenticated"]);
    ask(&["--url", "portal.example.com", "--token", "rc_x"]).refused(1, &["https://"]);
    ask(&["--token", "rc_x"]).refused(2, &["--url"]);
    ask(&["--verify", "--url", &url]).refused(2, &["--verify"]);
    assert!(!file.exists());
    let ada = signed_in(&portal).await;
    let made = async |permissions: &[&str]| {
        let token = json!({"name": "Backups", "permissions": permissions});
        ada.post("/me/tokens", token).await.ok(201)["secret"].as_str().unwrap().to_owned()
    };
    let (less, all) = (
        made(&["users.read"]).await,
        made(&Permission::ALL.iter().map(|one| one.as_str()).collect::<Vec<_>>()).await,
    );
    ask(&["--url", &url, "--token", &less]).refused(1, &["refuses", "403", "forbidden"]);
    assert!(!file.exists());
    let kept = files.path().join("token");
    fs::write(&kept, format!("{all}\n")).unwrap();
    let said = ask(&["--url", &url, "--token-file", text(&kept)]).ok().to_owned();
    assert!(said.contains("1 users"), "{said}");
    assert!(verified(&file).contains("1 users"));
    fs::remove_file(&file).unwrap();
    assert_eq!(portal.terminate(), Some(0));
    ask(&["--url", &url, "--token", "rc_x"]).refused(1, &["no portal answers at", &url]);
    assert!(!file.exists());
}

/// A portal that makes a backup every day and keeps two.
async fn daily(folder: &Path) -> Portal {
    let folder = folder.to_owned();
    Portal::configured(move |config| {
        config.backup.folder = Some(folder.clone());
        config.backup.every = Length(Span::days(1));
        config.backup.keep = 2;
        config.metrics.token = Some("sesame".to_owned().into());
    })
    .await
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn metric(portal: &Portal, name: &str) -> Option<String> {
    let request = portal.admin.ask_for("GET", "/metrics").header("authorization", "Bearer sesame");
    let text = request.send().await.text();
    text.lines().find_map(|line| line.strip_prefix(&format!("rollcall_{name} "))).map(str::to_owned)
}

#[tokio::test]
async fn the_clock_makes_them_tries_them_and_keeps_some() {
    let folder = TempDir::new().unwrap();
    let portal = daily(folder.path()).await;
    portal.back_up().await;
    fs::write(folder.path().join("rollcall-20200101T000000000Z.backup"), "of somebody else").unwrap();
    let first = portal.admin.get("/backups").await.ok(200);
    assert_eq!((&first["total"], &first["items"][0]["verdict"]), (&json!(1), &json!("sound")));
    // Not before its time.
    portal.back_up().await;
    assert_eq!(portal.admin.get("/backups").await.ok(200), first);
    for _ in 0..3 {
        portal.advance(Span::days(1));
        portal.admin.sign_in().await;
        portal.back_up().await;
    }
    let list = portal.admin.get("/backups").await.ok(200);
    assert_eq!(list["total"], 2);
    let names: Vec<_> = list["items"].as_array().unwrap().iter().map(|one| &one["file"]).collect();
    assert_eq!(names, ["rollcall-20261127T090000000Z.backup", "rollcall-20261126T090000000Z.backup"]);
    let expected = [
        "rollcall-20200101T000000000Z.backup",
        "rollcall-20261126T090000000Z.backup",
        "rollcall-20261127T090000000Z.backup",
    ];
    assert_eq!(files(folder.path()), expected, "what it did not make stays");
    assert_eq!(portal.admin.get("/stats").await.ok(200)["backup"], list["items"][0]);
    let looks = portal.manager("Max").await;
    assert_eq!(looks.get("/stats").await.ok(200)["backup"], Value::Null, "it is of the settings");
    let size = fs::metadata(folder.path().join(expected[2])).unwrap().len();
    assert_eq!((&list["items"][0]["size"], &list["items"][0]["users"]), (&json!(size), &json!(1)));
    assert!(verified(&folder.path().join(expected[2])).contains("1 users"));
    portal.advance(Span::hours(2));
    assert_eq!(metric(&portal, "backup_age_seconds").await.as_deref(), Some("7200"));
    assert_eq!(metric(&portal, "backup_failed").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn one_that_fails_is_shown_and_tried_again() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("backups");
    // No folder can be made there.
    fs::write(&place, "").unwrap();
    let portal = daily(&place).await;
    portal.back_up().await;
    let list = portal.admin.get("/backups").await.ok(200);
    assert_eq!((&list["total"], &list["items"][0]["verdict"]), (&json!(1), &json!("failed")));
    assert!(!list["items"][0]["error"].as_str().unwrap().is_empty());
    assert_eq!(metric(&portal, "backup_failed").await.as_deref(), Some("1"));
    fs::remove_file(&place).unwrap();
    portal.advance(Span::minutes(59));
    portal.back_up().await;
    assert_eq!(portal.admin.get("/backups").await.ok(200)["total"], 1);
    portal.advance(Span::minutes(1));
    portal.admin.sign_in().await;
    portal.back_up().await;
    let list = portal.admin.get("/backups").await.ok(200);
    assert_eq!((&list["total"], &list["items"][0]["verdict"]), (&json!(2), &json!("sound")));
    assert_eq!(files(&place).len(), 1);
}

#[tokio::test]
async fn a_disk_that_is_gone_is_missed_and_not_made_up_for() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("disk");
    let portal = daily(&place).await;
    portal.back_up().await;
    assert_eq!(files(&place).len(), 1);
    let elsewhere = folder.path().join("unmounted");
    fs::rename(&place, &elsewhere).unwrap();
    portal.advance(Span::days(1));
    portal.admin.sign_in().await;
    portal.back_up().await;
    assert!(!place.exists());
    let list = portal.admin.get("/backups").await.ok(200);
    let error = list["items"][0]["error"].as_str().unwrap();
    assert!(error.contains("is its disk mounted?") && error.contains(text(&place)), "{error}");
    let age = async || metric(&portal, "backup_age_seconds").await;
    assert_eq!(age().await.as_deref(), Some("86400"), "of the last that can be restored");
    assert_eq!(metric(&portal, "backup_failed").await.as_deref(), Some("1"));
    fs::rename(&elsewhere, &place).unwrap();
    portal.advance(Span::hours(1));
    portal.admin.sign_in().await;
    portal.back_up().await;
    assert_eq!((files(&place).len(), age().await.as_deref()), (2, Some("0")));
}

#[tokio::test]
async fn one_of_the_future_neither_counts_nor_pushes_out_the_real_ones() {
    let folder = TempDir::new().unwrap();
    let portal = daily(folder.path()).await;
    portal.back_up().await;
    let away = Span::days(3650);
    portal.advance(away);
    portal.back_up().await;
    portal.advance(Span::seconds(3600 - away.as_seconds()));
    portal.admin.sign_in().await;
    let (first, future) = ("rollcall-20261124T090000000Z.backup", "rollcall-20361121T090000000Z.backup");
    for _ in 0..3 {
        portal.back_up().await;
        assert_eq!(files(folder.path()), [first, future], "the real one is an hour old");
    }
    assert_eq!(metric(&portal, "backup_age_seconds").await.as_deref(), Some("3600"));
    portal.advance(Span::days(1));
    portal.admin.sign_in().await;
    for _ in 0..3 {
        portal.back_up().await;
        assert_eq!(files(folder.path()), [first, "rollcall-20261125T100000000Z.backup"]);
    }
    assert_eq!(portal.admin.get("/backups").await.ok(200)["total"], 2);
}

#[tokio::test]
async fn after_a_clock_that_was_always_ahead_there_is_a_real_one_at_once() {
    let folder = TempDir::new().unwrap();
    let portal = daily(folder.path()).await;
    portal.advance(Span::days(3650));
    for _ in 0..2 {
        portal.back_up().await;
        portal.advance(Span::days(1));
    }
    portal.advance(Span::days(-3652));
    for _ in 0..3 {
        portal.back_up().await;
    }
    let expected = ["rollcall-20261124T090000000Z.backup", "rollcall-20361122T090000000Z.backup"];
    assert_eq!(files(folder.path()), expected, "one more, and one too many gone");
}

#[tokio::test]
async fn what_a_round_that_was_cut_off_has_left_goes_with_the_next() {
    let folder = TempDir::new().unwrap();
    let left = |name: &str| folder.path().join(name);
    fs::create_dir_all(left(".rollcall-verify-4711/portal")).unwrap();
    let ours =
        ["rollcall-20200101T000000000Z.backup.untried", "rollcall-20200101T000000000Z.backup.untried.new"];
    let theirs = [".rollcall-verify-notes", "holiday.untried", "rollcall-20200101T000000000Z.backup"];
    for name in ours.iter().chain(&theirs) {
        fs::write(left(name), "left").unwrap();
    }
    // As another portal does that is at work there.
    let held = fs::File::open(folder.path()).unwrap();
    held.lock_shared().unwrap();
    let portal = daily(folder.path()).await;
    portal.back_up().await;
    assert_eq!(files(folder.path()).len(), 7);
    drop(held);
    portal.advance(Span::days(1));
    portal.back_up().await;
    let made = ["rollcall-20261124T090000000Z.backup", "rollcall-20261125T090000000Z.backup"];
    assert_eq!(files(folder.path()), [&theirs[..], &made].concat());
}

#[test]
fn a_backup_trusts_nothing_that_stands_in_its_place() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    let (folder, files) = (with_admin(), TempDir::new().unwrap());
    let (file, new, kept) = (files.path().join("a"), files.path().join("a.new"), files.path().join("kept"));
    fs::write(&kept, "kept").unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o666)).unwrap();
    symlink(&kept, &new).unwrap();
    back_up(folder.path(), &file);
    assert_eq!(fs::read_to_string(&kept).unwrap(), "kept");
    fs::copy(&kept, &new).unwrap();
    back_up(folder.path(), &file);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600, "its owner's alone");
    let link = files.path().join("link");
    symlink(&kept, &link).unwrap();
    for other in [link.as_path(), files.path(), Path::new("/dev/stdout"), Path::new("/dev/null")] {
        let ran = Rollcall::on(folder.path(), &["backup", text(other)]).run();
        ran.refused(1, &[text(other), "is not a file: choose another name"]);
    }
    assert!(link.is_symlink() && fs::read_to_string(&kept).unwrap() == "kept");
}

#[tokio::test]
async fn a_portal_that_makes_none_says_why_and_no_more() {
    let (folder, files) = (with_admin(), TempDir::new().unwrap());
    let portal = Running::start(folder.path());
    portal.limit(rustix::process::Resource::Fsize, Some(4096));
    let ran = Rollcall::on(folder.path(), &["backup", text(&files.path().join("a"))]).run();
    let said = ran.refused(1, &["makes none", "can't be written"]);
    assert!(!said.contains("another Rollcall") && !said.contains("socket"), "{said}");
    assert_eq!(fs::read_dir(files.path()).unwrap().count(), 0);
}
