//! What goes wrong is told, and loses nothing.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
};

use super::{Bench, user, user_id};
use crate::index::{Query, Source, Worker};

#[test]
fn a_change_that_could_not_be_read_comes_into_the_list_later() {
    let bench = Bench::new([user(1, "Ann", "a@x")]);
    bench.source.broken.store(true, SeqCst);
    bench.index.publish(&[bench.source.put(user(2, "Bob", "b@x"))]);
    assert!(bench.index.work_once().is_err());
    assert!(bench.index.is_behind(), "and that is said");
    bench.source.broken.store(false, SeqCst);
    bench.index.publish(&[bench.source.put(user(3, "Cyd", "c@x"))]);
    bench.index.work_once().unwrap();
    assert_eq!(bench.names(""), ["Ann", "Bob", "Cyd"]);
    assert!(bench.index.check().unwrap().is_empty());
    let worker = Worker::start(bench.index.clone()).unwrap();
    while bench.index.is_behind() {
        thread::yield_now();
    }
    worker.stop();
}

#[test]
fn a_deleted_folder_is_made_again_and_the_list_goes_on() {
    let bench = Bench::new([user(1, "Ann", "a@x")]);
    bench.index.publish(&[bench.source.put(user(2, "Bob", "b@x"))]);
    fs::remove_dir_all(bench.dir.path().join("index")).unwrap();
    let mut worked = bench.index.work_once();
    assert_eq!(bench.names("b"), ["Bob"]);
    for _ in 0..3 {
        worked = bench.index.work_once();
    }
    assert!(worked.is_ok(), "{worked:?}");
    bench.index.publish(&[bench.source.put(user(3, "Cyd", "c@x"))]);
    bench.index.work_once().unwrap();
    let bench = bench.reopened();
    assert_eq!(bench.names(""), ["Ann", "Bob", "Cyd"]);
}

#[test]
fn what_is_damaged_or_of_another_time_is_built_anew() {
    let files = |bench: &Bench| bench.dir.path().join("index");
    for spoil in ["users", "terms/meta.json"] {
        let bench = Bench::new([user(1, "Ann", "a@x")]);
        bench.index.close().unwrap();
        fs::write(files(&bench).join(spoil), b"rollcall users 1 and then nothing").unwrap();
        assert_eq!(bench.reopened().names("ann"), ["Ann"], "{spoil}");
    }
    let bench = Bench::new([user(1, "Ann", "a@x")]);
    bench.index.close().unwrap();
    let saved = fs::read(files(&bench).join("users")).unwrap();
    let at = saved.windows(3).position(|window| window == b"Ann").unwrap();
    fs::write(files(&bench).join("users"), [&saved[..at], b"Bnn", &saved[at + 3..]].concat()).unwrap();
    assert_eq!(bench.reopened().index.check().unwrap(), Vec::<String>::new());

    let bench = Bench::new([user(1, "Ann", "a@x"), user(2, "Bob", "b@x")]);
    bench.index.close().unwrap();
    bench.source.purge(user_id(2));
    bench.source.forget_sequence();
    assert_eq!(bench.reopened().names(""), ["Ann"]);
}

#[test]
fn changes_that_the_store_has_forgotten_are_read_anew() {
    let bench = Bench::new([user(1, "Ann", "a@x")]);
    bench.index.close().unwrap();
    let (forgotten, _) = bench.source.put(user(2, "Bob", "b@x"));
    bench.source.put(user(3, "Cyd", "c@x"));
    bench.source.trim(forgotten).unwrap();
    assert_eq!(bench.reopened().names(""), ["Ann", "Bob", "Cyd"]);
}

#[test]
fn changes_that_nobody_published_are_in_when_it_closes() {
    let bench = Bench::new([user(1, "Ann", "a@x")]);
    bench.source.put(user(2, "Bob", "b@x"));
    bench.index.close().unwrap();
    assert_eq!((bench.names("").join(" "), bench.source.queued()), ("Ann Bob".to_owned(), 0));
    for n in 3..20_100 {
        bench.source.put(user(n % 7 + 2, "Cyd", "c@x"));
    }
    bench.index.close().unwrap();
    assert_eq!((bench.names("cyd").len(), bench.source.queued()), (7, 0));
}

#[test]
fn a_closed_index_needs_no_queue() {
    let bench = Bench::new([user(1, "Ann", "a@x")]);
    bench.index.publish(&[bench.source.put(user(2, "Bob", "b@x"))]);
    bench.index.close().unwrap();
    assert_eq!(bench.source.queued(), 0);
    assert_eq!(bench.reopened().names(""), ["Ann", "Bob"]);
}

#[test]
fn check_says_where_index_and_store_disagree() {
    let bench = Bench::new([user(1, "Ann", "a@x"), user(2, "Bob", "b@x")]);
    assert!(bench.index.check().unwrap().is_empty());
    bench.source.put(user(1, "Anna", "a@x"));
    bench.source.purge(user_id(2));
    let wrong = bench.index.check().unwrap().join("\n");
    assert!(wrong.contains(&user_id(1).to_string()) && wrong.contains("1 users of the list"), "{wrong}");
}

#[test]
fn nobody_vanishes_or_doubles_while_the_worker_works() {
    let bench = Bench::new((0..40).map(|n| user(n, &format!("Ann {n}"), "a@x")));
    let worker = Worker::start(bench.index.clone()).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let query = Query { text: "ann".to_owned(), limit: 200, ..Query::default() };
                    let mut asked = 0;
                    while !done.load(SeqCst) || asked == 0 {
                        let mut ids = bench.index.search(&query).unwrap().ids;
                        ids.sort();
                        ids.dedup();
                        assert_eq!(ids.len(), 40);
                        asked += 1;
                    }
                })
            })
            .collect();
        for round in 0..30 {
            for n in 0..40 {
                let change = bench.source.put(user(n, &format!("Ann {n} {round}"), "a@x"));
                bench.index.publish(&[change]);
            }
            bench.index.work_once().unwrap();
        }
        done.store(true, SeqCst);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    worker.stop();
    assert_eq!(bench.names("\"29\"").len(), 40);
    assert_eq!(bench.source.queued(), 0);
}
