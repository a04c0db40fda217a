//! What is asked while the index is being built is answered, and what is answered is right.

use std::{fs, sync::Arc};

use super::{Bench, Fake, project_id, user, user_id};
use crate::{
    index::{Building, Index, Query, UserDocument, Worker},
    model::{id::UserId, user::UserState},
};

/// More than are shown at first, and than are built before anybody asks.
const USERS: u128 = 12_000;

fn people() -> impl Iterator<Item = UserDocument> {
    (0..USERS).map(|n| UserDocument {
        company: (n % 3 == 0).then(|| "Straße & Söhne".to_owned()),
        projects: if n % 5 == 0 { vec![project_id(1)] } else { Vec::new() },
        state: if n % 7 == 0 { UserState::Disabled } else { UserState::Active },
        ..user(n, &format!("Ann Lindqvist {n}"), &format!("ann.{n}@example.org"))
    })
}

/// A store of many whose index is not there, held up while it is read.
fn held(after: usize) -> (tempfile::TempDir, Arc<Fake>, Index) {
    let source = Arc::new(Fake::default());
    for user in people() {
        source.put(user);
    }
    source.name(|names| drop(names.projects.insert(project_id(1), "Apollo".to_owned())));
    source.gate.shut_after(after);
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(&dir.path().join("index"), source.clone()).unwrap();
    (dir, source, index)
}

fn total(index: &Index, text: &str) -> u64 {
    index.search(&Query { text: text.to_owned(), ..Query::default() }).unwrap().total
}

fn found(index: &Index, text: &str) -> Vec<UserId> {
    index.search(&Query { text: text.to_owned(), ..Query::default() }).unwrap().ids
}

/// Asks until it is so; whoever builds is on the way there.
fn until(what: impl Fn() -> bool) {
    while !what() {
        std::thread::yield_now();
    }
}

#[test]
fn a_start_without_an_index_answers_at_once_and_builds_meanwhile() {
    let (dir, source, index) = held(11_000);
    assert_eq!(index.building(), Some(Building { done: 0, of: USERS as u64 }));
    assert_eq!(total(&index, ""), 0);
    // Whom somebody names is there all the same, and so is whatever is saved.
    let late = user_id(USERS - 3);
    assert_eq!(found(&index, &late.to_string()), [late]);
    assert_eq!(found(&index, &format!("ann.{}@example.org", USERS - 3)), [late]);
    index.publish(&[source.put(user(USERS - 3, "Zoe", "zoe@example.org"))]);
    index.publish(&[source.put(user(USERS, "New", "new@example.org"))]);
    assert_eq!((found(&index, "zoe"), total(&index, "")), (vec![late], 2));

    let worker = Worker::start(index.clone()).unwrap();
    until(|| total(&index, "lindqvist") > 0);
    let disabled = 10_000_u64.div_ceil(7);
    assert_eq!(total(&index, "lindqvist"), 10_000 - disabled);
    assert_eq!(total(&index, "is:disabled"), disabled);
    assert_eq!(total(&index, "strasse"), 10_000_u64.div_ceil(3) - 10_000_u64.div_ceil(21));
    assert_eq!(total(&index, "project:apollo is:active is:disabled"), 2_000);
    assert_eq!(total(&index, "indqvi -1"), total(&index, "lindqvist -1"));
    assert_eq!(index.building().map(|building| building.of), Some(USERS as u64 + 1));

    source.gate.open();
    until(|| index.building().is_none());
    assert_eq!(index.check().unwrap(), Vec::<String>::new());
    assert_eq!(
        (total(&index, "is:active is:disabled"), found(&index, "zoe")),
        (USERS as u64 + 1, vec![late])
    );
    worker.stop();
    drop(index);
    let index = Index::open(&dir.path().join("index"), source).unwrap();
    assert_eq!((index.building(), total(&index, "new")), (None, 1));
}

#[test]
fn a_stop_does_not_wait_for_the_building_and_the_next_start_begins_anew() {
    let (dir, source, index) = held(20);
    let worker = Worker::start(index.clone()).unwrap();
    until(|| index.building().is_some_and(|building| building.done > 0));
    let opened = Arc::clone(&source);
    // The worker stands at the gate: it is told to stop, and then let go.
    let stopped = std::thread::spawn(move || worker.stop());
    until(|| index.signal().stopping());
    opened.gate.open();
    stopped.join().unwrap();
    assert!(index.building().is_some() && total(&index, "") == 0);
    drop(index);
    assert!(dir.path().join("index/terms.new").exists() && !dir.path().join("index/users").exists());

    let index = Index::open(&dir.path().join("index"), source).unwrap();
    assert!(index.building().is_some());
    assert_eq!(index.work_once().unwrap(), 0);
    assert_eq!((index.building(), index.check().unwrap()), (None, Vec::new()));
}

#[test]
fn what_is_done_with_all_waits_for_all() {
    let (_dir, source, index) = held(usize::MAX);
    let query = Query { text: "project:apollo is:active is:disabled".to_owned(), ..Query::default() };
    let all = index.everybody(query).unwrap();
    assert_eq!(all.len() as u128, USERS / 5);
    assert!(all.is_sorted());
    drop(source);
}

#[test]
fn files_that_are_cut_overwritten_or_deleted_under_a_running_index_are_built_anew() {
    let spoil: [fn(&std::path::Path); 3] = [
        |file| fs::OpenOptions::new().write(true).open(file).unwrap().set_len(20).unwrap(),
        |file| {
            let length = fs::metadata(file).unwrap().len() as usize;
            fs::write(file, vec![0xa7; length]).unwrap();
        },
        |file| fs::remove_file(file).unwrap(),
    ];
    for (n, spoil) in spoil.into_iter().enumerate() {
        // So many that the files are longer than a page of memory.
        let bench = Bench::new((0..900).map(|n| user(n, &format!("Ann {n}"), "ann@example.org")));
        let terms = bench.dir.path().join("index/terms");
        for file in fs::read_dir(&terms).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_some_and(|kind| kind != "json" && kind != "lock") {
                spoil(&file);
            }
        }
        for _ in 0..2 {
            assert_eq!((total(&bench.index, "ann"), total(&bench.index, "nn 17")), (900, 0), "{n}");
            assert_eq!(total(&bench.index, "example 417"), 1, "{n}");
        }
        bench.index.publish(&[bench.source.put(user(900, "Bob", "bob@example.org"))]);
        let worked = (0..4).map(|_| bench.index.work_once().is_ok()).collect::<Vec<_>>();
        assert!(worked.last() == Some(&true), "{n} {worked:?}");
        assert_eq!(bench.index.check().unwrap(), Vec::<String>::new(), "{n}");
        let bench = bench.reopened();
        assert_eq!((total(&bench.index, "ann"), total(&bench.index, "bob")), (900, 1), "{n}");
        assert_eq!(bench.index.building(), None, "{n}");
    }
}

#[test]
fn bytes_that_changed_while_nobody_looked_are_noticed_at_the_start() {
    let bench = Bench::new((0..60).map(|n| user(n, &format!("Ann {n}"), "ann@example.org")));
    bench.index.close().unwrap();
    for file in fs::read_dir(bench.dir.path().join("index/terms")).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|kind| kind == "idx") {
            let mut bytes = fs::read(&file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
            fs::write(&file, bytes).unwrap();
        }
    }
    let bench = bench.reopened();
    assert_eq!((total(&bench.index, "ann"), bench.index.check().unwrap()), (60, Vec::new()));
}
