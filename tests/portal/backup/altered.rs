//! Stores and backups that somebody else has written to.

use std::{fs, path::Path};

use serde_json::json;
use tempfile::TempDir;

use super::{back_up, signed_in, text, told, with_admin};
use crate::binary::{Rollcall, Running};

type Rows<'a> = redb::Table<'a, &'static [u8], &'static [u8]>;

/// Writes past the program into the store of a portal that stands still.
fn alter(folder: &Path, table: &str, change: impl FnOnce(&mut Rows<'_>)) {
    let store = redb::Database::open(folder.join("rollcall.redb")).unwrap();
    let write = store.begin_write().unwrap();
    change(&mut write.open_table(redb::TableDefinition::new(table)).unwrap());
    write.commit().unwrap();
}

/// The first row.
fn first(rows: &Rows<'_>) -> (Vec<u8>, Vec<u8>) {
    use redb::ReadableTable;
    let (key, value) = rows.first().unwrap().unwrap();
    (key.value().to_vec(), value.value().to_vec())
}

type Change = fn(&mut Rows<'_>);

#[tokio::test]
async fn a_store_whose_rows_were_altered_is_not_sound() {
    let (folder, files) = (with_admin(), TempDir::new().unwrap());
    let portal = Running::start(folder.path());
    let ada = signed_in(&portal).await;
    ada.post("/projects", json!({"name": "Harbour"})).await.ok(201);
    assert_eq!(portal.terminate(), Some(0));
    let store = folder.path().join("rollcall.redb");
    let whole = fs::read(&store).unwrap();
    let cases: [(&str, &str, Change); 8] = [
        ("users_by_email", "users_by_email of users", |rows| {
            let (key, _) = first(rows);
            rows.insert(key.as_slice(), [7; 16].as_slice()).unwrap();
        }),
        ("users_by_email", "“ghost@portal.test” leads to", |rows| {
            let (_, id) = first(rows);
            rows.insert(b"ghost@portal.test".as_slice(), id.as_slice()).unwrap();
        }),
        ("credentials", "is the record of another", |rows| {
            let (key, value) = first(rows);
            rows.remove(key.as_slice()).unwrap();
            rows.insert([7; 16].as_slice(), value.as_slice()).unwrap();
        }),
        ("credentials", "can't be read", |rows| {
            let (key, _) = first(rows);
            rows.insert(key.as_slice(), b"\x01nonsense".as_slice()).unwrap();
        }),
        ("projects", "names projects", |rows| {
            let (key, _) = first(rows);
            rows.remove(key.as_slice()).unwrap();
        }),
        ("groups_by_name", "groups_by_name of groups", |rows| {
            let (key, _) = first(rows);
            rows.remove(key.as_slice()).unwrap();
        }),
        ("users_by_group", "users_by_group has rows that are of no users: 1", |rows| {
            rows.insert([7; 32].as_slice(), b"".as_slice()).unwrap();
        }),
        ("members_by_user", "members_by_user of members", |rows| {
            let (key, _) = first(rows);
            rows.remove(key.as_slice()).unwrap();
        }),
    ];
    Rollcall::on(folder.path(), &["check"]).run().ok();
    for (table, what, change) in cases {
        fs::write(&store, &whole).unwrap();
        alter(folder.path(), table, change);
        let ran = Rollcall::on(folder.path(), &["check"]).run();
        assert!(ran.code == Some(1) && ran.out.contains(what), "{what} in {ran:?}");
        let (file, target) = (files.path().join("a.backup"), files.path().join("portal"));
        back_up(folder.path(), &file);
        told(&Rollcall::bare(&["backup", "--verify", text(&file)]).run(), &["it is not sound: store: "]);
        told(&Rollcall::on(&target, &["restore", text(&file)]).run(), &["it is not sound: store: "]);
    }
}
