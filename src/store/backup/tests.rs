//! A backup comes back as it was; one that was touched does not come back at all.

use std::path::Path;

use super::{
    super::{Error, Missing, Read, Reader, Store, tables::Table},
    *,
};
use crate::{
    clock::Clock,
    model::{activity::Action, credential::Secret, settings::Settings, time::Timestamp},
    store::{Keys, Way, tables::meta},
};

fn clock() -> Clock {
    Clock::manual(Timestamp::parse("2026-11-24T09:00:00Z").unwrap())
}

fn open(folder: &Path) -> Store {
    Store::open(folder, Missing::Begin, clock()).unwrap()
}

/// A store in which something was done, and a backup of it.
fn backup(folder: &Path) -> (Store, Vec<u8>) {
    let store = open(folder);
    for days in 7..57 {
        let save = move |tx: &mut crate::store::WriteTx<'_>| {
            let settings = Settings { bin_days: days, ..tx.settings()? };
            tx.save(settings, Action::SettingsUpdated)
        };
        store.write::<_, Error>(save).unwrap();
    }
    let mut file = Vec::new();
    let header = write(&*store.read().unwrap(), clock().now(), &mut file, || ()).unwrap();
    assert_eq!(header.rows(Table::Activities), 50);
    (store, file)
}

/// Everything in a table.
fn rows(tx: &impl Reader, table: Table) -> Vec<(Vec<u8>, Vec<u8>)> {
    tx.range(table, Keys::all(), Way::Up).unwrap().map(Result::unwrap).collect()
}

#[test]
fn all_that_is_kept_comes_back_under_a_new_name() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, file) = backup(old.path());
    let header = restore(file.as_slice(), new.path(), Options::default()).unwrap();
    assert_eq!(header, inspect(file.as_slice()).unwrap());
    let restored = open(new.path());
    let (before, after) = (store.read().unwrap(), restored.read().unwrap());
    for table in Table::ALL.into_iter().filter(|table| !table.passing() && *table != Table::Meta) {
        assert_eq!(rows(&*before, table), rows(&*after, table), "{}", table.name());
    }
    let instance = |tx: &dyn Reader| tx.get(Table::Meta, meta::INSTANCE).unwrap().unwrap();
    assert_ne!(instance(&*before), instance(&*after));
    assert_eq!(before.settings().unwrap().bin_days, after.settings().unwrap().bin_days);
    let key = |folder: &Path| std::fs::read(folder.join("key")).unwrap();
    assert_ne!(key(old.path()), key(new.path()));
    let text = String::from_utf8_lossy(&file).into_owned();
    assert!(!file.windows(32).any(|bytes| bytes == key(old.path())) && text.contains("\"at\":\"2026-11-24"));
}

#[test]
fn the_old_key_comes_along_if_it_is_given() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_store, file) = backup(old.path());
    let key: [u8; 32] = std::fs::read(old.path().join("key")).unwrap().try_into().unwrap();
    restore(file.as_slice(), new.path(), Options { key: Some(Secret::new(key)) }).unwrap();
    open(new.path());
    assert_eq!(std::fs::read(new.path().join("key")).unwrap(), key);
}

#[test]
fn a_folder_with_anything_in_it_is_left_alone() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_store, file) = backup(old.path());
    std::fs::write(new.path().join("letter"), "dear").unwrap();
    let refused = restore(file.as_slice(), new.path(), Options::default()).unwrap_err();
    assert!(matches!(refused, Failure::NotEmpty(_)), "{refused}");
    assert_eq!(std::fs::read_dir(new.path()).unwrap().count(), 1);
    let live = restore(file.as_slice(), old.path(), Options::default()).unwrap_err();
    assert!(matches!(live, Failure::NotEmpty(_)), "{live}");
}

#[test]
fn cut_off_anywhere_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, file) = backup(folder.path());
    for length in (0..file.len()).step_by(7).chain([file.len() - 1]) {
        let refused = inspect(&file[..length]).unwrap_err();
        match length {
            0..16 => assert!(matches!(refused, Failure::Foreign), "{length}: {refused}"),
            _ => assert!(matches!(refused, Failure::CutOff), "{length}: {refused}"),
        }
    }
    let longer = [file.as_slice(), b"\n"].concat();
    assert!(matches!(inspect(longer.as_slice()), Err(Failure::Damaged(_))));
}

#[test]
fn no_byte_of_it_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, mut file) = backup(folder.path());
    for at in (0..file.len()).step_by(11) {
        file[at] ^= 0x40;
        assert!(inspect(file.as_slice()).is_err(), "byte {at}");
        file[at] ^= 0x40;
    }
    assert!(inspect(file.as_slice()).is_ok());
}

#[test]
fn a_newer_one_says_so() {
    let header = Header {
        format: FORMAT + 1,
        program: "9.9".to_owned(),
        store: 1,
        instance: String::new(),
        at: "2026-11-24T09:00:00Z".to_owned(),
        tables: BTreeMap::new(),
    };
    let mut file = Vec::new();
    let mut frames = frames::Writer::begin(&mut file).unwrap();
    frames.frame(frames::Kind::Header, &serde_json::to_vec(&header).unwrap()).unwrap();
    frames.frame(frames::Kind::End, &[]).unwrap();
    frames.finish().unwrap();
    let refused = inspect(file.as_slice()).unwrap_err();
    assert!(refused.to_string().contains("a newer Rollcall (9.9)"), "{refused}");
}
