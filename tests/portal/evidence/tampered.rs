//! A store file changed behind the portal's back: `rollcall check` says where.

use redb::TableDefinition;
use rollcall::{
    model::{activity::Action, id::Id},
    store::{
        Anchor, Head,
        chain::{Hash, Kept, Row},
        codec,
    },
};
use tempfile::TempDir;

use super::{ACTIVITIES, File, META};
use crate::binary::{Ran, Rollcall};

/// A portal with an admin and some users, stopped.
fn portal() -> TempDir {
    let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
    let create = ["admin", "create", "--name", "Ada", "--email", "ada@portal.test", "--password-stdin"];
    Rollcall::on(folder.path(), &create).told("mellow-otter-42-quartz").ok();
    Rollcall::on(folder.path(), &["demo", "5"]).run().ok();
    folder
}

fn check(folder: &TempDir, arguments: &[&str]) -> Ran {
    Rollcall::on(folder.path(), &[&["check"], arguments].concat()).run()
}

/// Expects the check to fail and to say just this, each in a line of its own.
#[track_caller]
fn found(folder: &TempDir, expected: &[&str]) {
    let ran = check(folder, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let told: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("activity: ")).collect();
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (line, words) in told.iter().zip(expected) {
        assert!(line.contains(words), "`{words}` in `{line}`");
    }
    assert!(ran.err.contains(&format!("{} troubles found", expected.len())), "{ran:?}");
}

/// The head that a check prints, to be kept elsewhere.
fn kept(folder: &TempDir) -> String {
    let ran = check(folder, &[]);
    ran.ok().lines().find(|line| line.contains(':') && line.len() > 64).expect("a head").to_owned()
}

fn encoded(row: &Row) -> (Vec<u8>, Option<Vec<u8>>) {
    (row.id.bytes().to_vec(), Some(codec::encode(row).unwrap()))
}

#[test]
fn what_nobody_touched_agrees_and_a_head_that_was_kept_is_found_again() {
    let folder = portal();
    let head = kept(&folder);
    check(&folder, &["--activity", &head]).ok();
    Rollcall::on(folder.path(), &["demo", "8"]).run().ok();
    let later = kept(&folder);
    assert_ne!(head, later);
    check(&folder, &["--activity", &head]).ok();
    let (number, hash) = later.split_once(':').unwrap();
    let other = format!("{number}:{}", "0".repeat(64));
    assert!(check(&folder, &["--activity", &other]).out.contains("not the one that was kept elsewhere"));
    let beyond = format!("{}:{hash}", number.parse::<u64>().unwrap() + 1);
    let ran = check(&folder, &["--activity", &beyond]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("which was kept elsewhere, is not there"), "{ran:?}");
    check(&folder, &["--activity", "nonsense"]).refused(2, &["NUMBER:HASH"]);
}

#[test]
fn a_change_is_found() {
    let folder = portal();
    let rows = File::open(folder.path()).rows();
    let users = |row: &&Row| row.subject.as_ref().is_some_and(|about| about.kind == "user");
    let before = rows.into_iter().filter(|row| users(&row)).nth(3).unwrap();
    let (mut row, number) = (before.clone(), before.number);
    row.action = Action::UserDeleted;
    File::open(folder.path()).write(ACTIVITIES, &[encoded(&row)]);
    let at = row.at;
    found(&folder, &[&format!("number {number}, {at}: changed"), "it is missing from activities_by_action"]);
    // The second was that it is not among its new kind; now only a name is another.
    row = before.clone();
    let part = row.subject.as_mut().unwrap().part.as_mut();
    let Some(Kept { text, .. }) = part.and_then(|part| part.kept.as_mut()) else { panic!("{before:?}") };
    *text = text.replacen("\"name\":\"", "\"name\":\"Not ", 1);
    File::open(folder.path()).write(ACTIVITIES, &[encoded(&row)]);
    found(&folder, &[&format!("number {number}, {at}: changed: a name or a value")]);
    // Blanked, it looks like somebody who is gone; but they are not.
    let about = row.subject.as_mut().unwrap();
    about.part.as_mut().unwrap().kept = None;
    let id = about.id;
    File::open(folder.path()).write(ACTIVITIES, &[encoded(&row)]);
    found(&folder, &[&format!("number {number}, {at}: blanked, though user {id} is still there")]);
    File::open(folder.path()).write(ACTIVITIES, &[encoded(&before)]);
    check(&folder, &[]).ok();
}

#[test]
fn a_change_with_a_hash_of_its_own_breaks_the_next() {
    let folder = portal();
    let rows = File::open(folder.path()).rows();
    let mut row = rows[4].clone();
    row.actor = None;
    row.open = "{\"reason\":\"Made up\"}".to_owned();
    row.hash = row.computed(&rows[3].hash);
    File::open(folder.path()).write(ACTIVITIES, &[encoded(&row)]);
    found(&folder, &["number 6, "]);
}

#[test]
fn one_that_is_missing_is_missed() {
    let folder = portal();
    let file = File::open(folder.path());
    let rows = file.rows();
    let gone = |n: usize| (rows[n].id.bytes().to_vec(), None);
    file.write(ACTIVITIES, &[gone(4)]);
    drop(file);
    found(&folder, &["number 6, 2"]);
    found(&folder, &["number 5 before it is missing"]);
    File::open(folder.path()).write(ACTIVITIES, &[gone(5), gone(6)]);
    found(&folder, &["numbers 5 to 7 before it are missing"]);
}

#[test]
fn two_that_changed_places_are_out_of_order() {
    let folder = portal();
    let file = File::open(folder.path());
    let rows = file.rows();
    let at = |key: &Row, value: &Row| (key.id.bytes().to_vec(), Some(codec::encode(value).unwrap()));
    file.write(ACTIVITIES, &[at(&rows[4], &rows[5]), at(&rows[5], &rows[4])]);
    drop(file);
    let expected = ["number 6, ", "number 5, "];
    found(&folder, &expected);
    found(&folder, &["out of order: it stands where number 5 belongs", "where number 6 belongs"]);
    // Their numbers and ids changed with them.
    let (mut one, mut other) = (rows[5].clone(), rows[4].clone());
    (one.id, one.number) = (rows[4].id, rows[4].number);
    (other.id, other.number) = (rows[5].id, rows[5].number);
    File::open(folder.path()).write(ACTIVITIES, &[encoded(&one), encoded(&other)]);
    let ran = check(&folder, &[]);
    assert!(ran.out.contains("number 5, ") && ran.out.contains("number 6, "), "{ran:?}");
}

#[test]
fn an_end_that_is_cut_off_is_missed() {
    let folder = portal();
    let head = kept(&folder);
    let file = File::open(folder.path());
    let rows = file.rows();
    let last = rows.len();
    let gone = |n: usize| (rows[n].id.bytes().to_vec(), None);
    file.write(ACTIVITIES, &[gone(last - 1)]);
    drop(file);
    found(&folder, &[&format!("cut off at the end: number {last}, the last, is missing")]);
    let file = File::open(folder.path());
    file.write(ACTIVITIES, &[gone(last - 2)]);
    drop(file);
    found(&folder, &[&format!("cut off at the end: numbers {} to {last} are missing", last - 1)]);
    // Whoever mends the head too is found out by the one that was kept.
    let row = &rows[last - 3];
    let shorter = Head { number: row.number, hash: row.hash, id: row.id };
    let mended = vec![(b"activity-head".to_vec(), Some(codec::encode(&shorter).unwrap()))];
    File::open(folder.path()).write(META, &mended);
    check(&folder, &[]).ok();
    let ran = check(&folder, &["--activity", &head]);
    assert!(ran.out.contains(&format!("number {last}, which was kept elsewhere, is not there")), "{ran:?}");
}

#[test]
fn a_beginning_that_is_cut_off_is_missed_even_with_an_anchor_made_up() {
    let folder = portal();
    let file = File::open(folder.path());
    let rows = file.rows();
    let gone: Vec<_> = rows[..3].iter().map(|row| (row.id.bytes().to_vec(), None)).collect();
    file.write(ACTIVITIES, &gone);
    drop(file);
    found(&folder, &["numbers 1 to 3 before it are missing"]);
    let anchor = Anchor { number: 3, hash: rows[2].hash };
    let made_up = vec![(b"activity-anchor".to_vec(), Some(codec::encode(&anchor).unwrap()))];
    File::open(folder.path()).write(META, &made_up);
    found(&folder, &["its beginning is not the one that was recorded"]);
}

#[test]
fn a_chain_that_was_rewritten_whole_is_found_by_the_head_that_was_kept() {
    let folder = portal();
    let head = kept(&folder);
    let file = File::open(folder.path());
    let mut rows = file.rows();
    rows[4].at = rows[3].at.plus(rollcall::model::time::Span::milliseconds(1));
    let mut previous = Hash::new([0; 32]);
    for row in &mut rows {
        row.hash = row.computed(&previous);
        previous = row.hash;
    }
    let all: Vec<_> = rows.iter().map(encoded).collect();
    file.write(ACTIVITIES, &all);
    let last = rows.last().unwrap();
    let mended = Head { number: last.number, hash: last.hash, id: last.id };
    file.write(META, &[(b"activity-head".to_vec(), Some(codec::encode(&mended).unwrap()))]);
    drop(file);
    check(&folder, &[]).ok();
    let ran = check(&folder, &["--activity", &head]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("its hash is not the one that was kept elsewhere"), "{ran:?}");
}

#[test]
fn one_that_can_not_be_found_any_more_is_told() {
    let folder = portal();
    let by_subject: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("activities_by_subject");
    let file = File::open(folder.path());
    let key = file.all(by_subject)[0].0.clone();
    file.write(by_subject, &[(key, None)]);
    drop(file);
    found(&folder, &["it is missing from activities_by_subject"]);
}
