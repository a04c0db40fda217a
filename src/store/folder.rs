//! The data folder: the store, the key beside it, and a marker that says that there was a
//! portal, so that an emptied store is never taken for a new one (anyone could set it up anew).

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{
    error::OpenError,
    kv::{Kv, OpenFailure, Reader},
    migrate::{self, Found},
    tables::{Table, meta},
};
use crate::{entropy, model::credential::Secret};

/// The store, and the key beside it.
pub(super) const STORE: &str = "rollcall.redb";
pub(super) const KEY: &str = "key";

/// What to do where there is no portal yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Begin,
    Refuse,
}

pub fn open(folder: &Path, missing: Missing) -> Result<(Kv, Secret), OpenError> {
    let unusable = |error| OpenError::Folder(folder.to_owned(), error);
    let store = folder.join(STORE);
    let marker = folder.join("instance");
    let had_store = fs::metadata(&store).is_ok_and(|file| file.len() > 0);
    let had_marker = marker.exists();
    if had_marker && !had_store {
        return Err(OpenError::Emptied(store));
    }
    if !had_store && missing == Missing::Refuse {
        return Err(OpenError::Nothing(folder.to_owned()));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
    // A redb that can't be created leaves an empty file behind, so a folder that refuses is found first.
    probe(folder).map_err(unusable)?;
    // A folder that was there before may be open to others; what lies in it is nobody else's.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(unusable)?;
    private(&store).map_err(unusable)?;
    let kv = Kv::open(&store).map_err(|failure| match failure {
        OpenFailure::Locked => OpenError::Locked(folder.to_owned()),
        OpenFailure::Io(error) => OpenError::Folder(folder.to_owned(), error),
        OpenFailure::Foreign(text) => OpenError::Foreign(store.clone(), text),
    })?;
    let other = |error: super::Error| OpenError::Other(store.clone(), error.to_string());
    match migrate::found(&kv).map_err(other)? {
        Found::Version(migrate::VERSION) => {}
        Found::Version(newer) => return Err(OpenError::Newer(store, newer, migrate::VERSION)),
        Found::Foreign => {
            return Err(OpenError::Foreign(store, "it holds something else".to_owned()));
        }
        Found::Empty => {
            let random = entropy::random().map_err(|e| OpenError::Other(store.clone(), e.to_string()))?;
            let instance: String = random[..16].iter().map(|byte| format!("{byte:02x}")).collect();
            migrate::begin(&kv, &instance).map_err(other)?;
        }
    }
    let instance = kv.read().and_then(|s| s.get(Table::Meta, meta::INSTANCE)).map_err(other)?;
    write_marker(&marker, &instance.unwrap_or_default(), &store)?;
    let key = key(folder).map_err(unusable)?;
    Ok((kv, key))
}

/// A file for its owner alone, made when missing.
pub(super) fn private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

fn probe(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(".writable");
    OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&path)?;
    fs::remove_file(path)
}

/// The marker names the store's instance; another store in its place is not this portal.
fn write_marker(marker: &Path, instance: &[u8], store: &Path) -> Result<(), OpenError> {
    let unusable = |error| OpenError::Folder(marker.to_owned(), error);
    match fs::read(marker) {
        Ok(found) if found.trim_ascii() == instance => Ok(()),
        Ok(_) => Err(OpenError::Foreign(
            store.to_owned(),
            "its instance is not the one in the file `instance`".to_owned(),
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => create(marker, instance).map_err(unusable),
        Err(error) => Err(unusable(error)),
    }
}

/// The key that links' tokens are derived from: 32 bytes in a file of its own, for its owner alone.
fn key(folder: &Path) -> std::io::Result<Secret> {
    let path = folder.join(KEY);
    match fs::File::open(&path) {
        Ok(mut file) => {
            let mut bytes = [0; 32];
            file.read_exact(&mut bytes)?;
            Ok(Secret::new(bytes))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let bytes = entropy::random().map_err(std::io::Error::other)?;
            create(&path, &bytes)?;
            Ok(Secret::new(bytes))
        }
        Err(error) => Err(error),
    }
}

/// Wholly there, durably, or not at all.
pub(super) fn create(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = PathBuf::from(format!("{}.new", path.display()));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
