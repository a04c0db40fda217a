//! A store of version 1 (tests/data/README.md says what is in it) becomes one of this version.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
};

use flate2::read::GzDecoder;
use rollcall::store::chain::Row;
use tempfile::TempDir;

use super::{ACTIVITIES, File, META};
use crate::{
    binary::{Rollcall, Running},
    harness::Person,
};

fn old() -> Vec<u8> {
    let mut bytes = Vec::new();
    let kept = include_bytes!("../../data/store-v1.redb.gz");
    GzDecoder::new(&kept[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

/// A data folder of the older program.
fn folder() -> TempDir {
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
    fs::write(folder.path().join("rollcall.redb"), old()).unwrap();
    folder
}

/// Expects what is kept to be the store as it was.
#[track_caller]
fn assert_kept(folder: &Path, before: &[(Vec<u8>, Vec<u8>)]) {
    let kept = File::at(&folder.join("rollcall.redb.v1"));
    assert_eq!(kept.meta("version"), Some(vec![0, 0, 0, 1]));
    assert!(kept.all(ACTIVITIES) == before, "what is kept is from before");
}

#[tokio::test]
async fn all_of_it_is_there_and_chained() {
    let folder = folder();
    let before = File::open(folder.path()).all(ACTIVITIES);
    let checked = Rollcall::on(folder.path(), &["check"]).run();
    checked.ok();
    assert!(checked.err.contains("rollcall.redb.v1"), "it says so: {}", checked.err);
    assert!(checked.out.contains("82 activities from number 1 on"), "{}", checked.out);
    assert_kept(folder.path(), &before);
    let again = Rollcall::on(folder.path(), &["check"]).run();
    assert_eq!((again.ok(), again.err.as_str()), (checked.ok(), ""), "once is enough");

    let portal = Running::start(folder.path());
    let ada = Person::new(portal.address, "Ada Admin", "ada@portal.test");
    ada.sign_in().await;
    let list = ada.get("/activity?per_page=200").await.ok(200);
    let items = list["items"].as_array().unwrap();
    let numbers = items.iter().map(|one| one["number"].as_u64().unwrap());
    assert!(numbers.eq((1..=items.len() as u64).rev()));
    let chained = &items[items.len() - 82];
    assert_eq!(
        (&chained["action"], &chained["reason"]),
        (&"activity.chained".into(), &"81 from before".into())
    );
    let shows = |word: &str| list.to_string().contains(word);
    assert!(shows("Bruno left") && shows("bruno@bin.test") && shows("Old Portal") && shows("Zoë Keeps"));
    for gone in ["Petra", "petra@purged.test", "Purged", "0199", "To be forgotten"] {
        assert!(!shows(gone), "{gone}: she was deleted for good before");
    }
    assert!(shows("a deleted user"));
    let disabled = ada.get("/activity?action=user.disabled").await.ok(200);
    let disabled = &disabled["items"][0];
    assert_eq!((&disabled["actor"]["name"], &disabled["origin"]), (&"Ada Admin".into(), &"127.0.0.1".into()));
    assert_eq!(disabled["changes"]["state"], serde_json::json!(["invited", "disabled"]));
    let users = ada.get("/users?disabled=include&per_page=200").await.ok(200);
    assert_eq!(users["total"], 22, "Ada, Zoë and twenty made up");
    assert_eq!(portal.terminate(), Some(0));
    Rollcall::on(folder.path(), &["check"]).run().ok();
}

/// So many times as much, for a migration that takes a while.
const TIMES: u128 = 400;

fn grow(folder: &Path) {
    let file = File::open(folder);
    let mut more = Vec::new();
    for (key, value) in file.all(ACTIVITIES) {
        let id = u128::from_be_bytes(key.as_slice().try_into().unwrap());
        let at = value.windows(16).position(|window| window == key).expect("its id is in it");
        for n in 1..TIMES {
            let (new, mut value) = ((id + n).to_be_bytes(), value.clone());
            value[at..at + 16].copy_from_slice(&new);
            more.push((new.to_vec(), Some(value)));
        }
    }
    file.write(ACTIVITIES, &more);
}

#[test]
fn killed_half_way_it_goes_on() {
    let folder = folder();
    grow(folder.path());
    let before = File::open(folder.path()).all(ACTIVITIES);
    let mut cut_off = 0;
    for _ in 0..3 {
        let mut child = Rollcall::on(folder.path(), &["check"]).spawn();
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        lines.find(|line| line.as_ref().unwrap().contains("being chained")).expect("it begins").unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let file = File::open(folder.path());
        assert_eq!(file.meta("version"), Some(vec![0, 0, 0, 2]), "an older program refuses it from now on");
        cut_off += u32::from(file.meta("migrating").is_some());
        drop(file);
        assert_kept(folder.path(), &before);
    }
    assert!(cut_off > 0, "at least once it was in the middle");
    let checked = Rollcall::on(folder.path(), &["check"]).run();
    let all = 81 * TIMES + 1;
    assert!(checked.ok().contains(&format!("{all} activities from number 1 on")), "{checked:?}");
    assert!(checked.err.contains("it goes on"), "{checked:?}");
    let rows = File::open(folder.path()).rows();
    assert!(rows.iter().map(|row: &Row| row.number).eq(1..=all as u64));
    assert_eq!(File::open(folder.path()).meta("migrating"), None);
}

#[test]
fn nothing_is_touched_where_no_copy_can_be_made() {
    let folder = folder();
    fs::create_dir_all(folder.path().join("rollcall.redb.v1.new/in the way")).unwrap();
    Rollcall::on(folder.path(), &["check"]).run().refused(1, &["rollcall.redb.v1", "older version"]);
    let file = File::open(folder.path());
    assert_eq!(file.meta("version"), Some(vec![0, 0, 0, 1]));
    drop(file);
    fs::remove_dir_all(folder.path().join("rollcall.redb.v1.new")).unwrap();
    Rollcall::on(folder.path(), &["check"]).run().ok();
}

#[test]
fn a_newer_store_is_refused() {
    let folder = folder();
    File::open(folder.path()).write(META, &[(b"version".to_vec(), Some(vec![0, 0, 0, 3]))]);
    let said = ["version 3", "newer"];
    Rollcall::on(folder.path(), &["check"]).run().refused(1, &said);
}
