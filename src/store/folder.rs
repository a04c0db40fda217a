//! The data folder: the store, the key beside it, and a marker that says that there was a
//! portal, so that an emptied store is never taken for a new one (anyone could set it up anew).

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{BufReader, ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::{
    error::OpenError,
    kv::{Kv, OpenFailure, Reader},
    migrate::{self, Found},
    tables::{Table, meta},
};
use crate::{
    entropy,
    model::{credential::Secret, time::Timestamp},
};

/// The store, and the key beside it.
pub(super) const STORE: &str = "rollcall.redb";
pub(super) const KEY: &str = "key";

/// Where a portal grows until it is whole, when it is restored.
pub const GROWING: &str = "restoring";

/// Where redb's mark ends and where its first page does, and more than a file has that it has just
/// made.
const MARK: usize = 9;
const PAGE: usize = 4096;
const NEW: u64 = 16 << 20;

/// What to do where there is no portal yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Begin,
    Refuse,
}

pub fn open(folder: &Path, missing: Missing, now: Timestamp) -> Result<(Kv, Secret), OpenError> {
    let unusable = |error| OpenError::Folder(folder.to_owned(), error);
    let store = folder.join(STORE);
    let marker = folder.join("instance");
    let had_marker = marker.exists();
    let unfinished = !had_marker && fs::File::open(&store).is_ok_and(|file| is_blank(&file));
    let had_store = !unfinished && fs::metadata(&store).is_ok_and(|file| file.len() > 0);
    if had_marker && !had_store {
        return Err(OpenError::Emptied(store));
    }
    if !had_store && folder.join(GROWING).exists() {
        return Err(OpenError::Restoring(folder.to_owned()));
    }
    if !had_store && missing == Missing::Refuse {
        return Err(OpenError::Nothing(folder.to_owned()));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
    // A redb that can't be created leaves an empty file behind, so a folder that refuses is found first.
    probe(folder).map_err(unusable)?;
    // A folder that was there before may be open to others; what lies in it is nobody else's.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(unusable)?;
    private(&store).map_err(|error| unusable_file(&store, error))?;
    if unfinished {
        empty(&store).map_err(unusable)?;
    }
    let open = || {
        Kv::open(&store).map_err(|failure| match failure {
            OpenFailure::Locked => OpenError::Locked(folder.to_owned()),
            OpenFailure::Io(error) => unusable_file(&store, error),
            OpenFailure::Foreign(text) => OpenError::Foreign(store.clone(), text),
        })
    };
    let mut kv = open()?;
    let other = |error: super::Error| OpenError::Other(store.clone(), error.to_string());
    match migrate::found(&kv).map_err(other)? {
        Found::Version(migrate::VERSION) => {
            if migrate::under_way(&kv).map_err(other)? {
                tracing::warn!("a migration of the store was cut off; it goes on");
                migrate::go_on(&kv, now).map_err(other)?;
            }
        }
        Found::Version(newer) if newer > migrate::VERSION => {
            return Err(OpenError::Newer(store, newer, migrate::VERSION));
        }
        Found::Version(older) => {
            // Closed, so that the copy is what a program of that version would open.
            drop(kv);
            let copy = PathBuf::from(format!("{}.v{older}", store.display()));
            keep_copy(&store, &copy).map_err(|error| OpenError::NoCopy(copy.clone(), error))?;
            let (to, copy) = (migrate::VERSION, copy.display());
            tracing::warn!(
                "the store is brought from version {older} to {to}; as it was, it is kept as {copy}"
            );
            kv = open()?;
            migrate::go_on(&kv, now).map_err(other)?;
        }
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
    Ok((kv, key(folder, had_marker)?))
}

/// Whether a store was being made here and never was: its beginning, where redb puts its mark last
/// of all, and everything behind its first page are zeros. So nothing was ever written to it, and
/// what would lie in a store that was damaged is not thrown away.
fn is_blank(file: &fs::File) -> bool {
    let known = file.metadata().is_ok_and(|file| file.is_file() && (1..=NEW).contains(&file.len()));
    let mut bytes = BufReader::new(file).bytes().enumerate();
    known && bytes.all(|(at, byte)| byte.is_ok_and(|byte| byte == 0 || (MARK..PAGE).contains(&at)))
}

/// To redb a file is new when it is empty, and foreign otherwise. What another process is just
/// making is left to it: it has the lock.
fn empty(store: &Path) -> std::io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(store)?;
    if file.try_lock().is_ok() && is_blank(&file) {
        file.set_len(0)?;
    }
    Ok(())
}

/// Wholly there, durably, or not at all.
fn keep_copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let temporary = PathBuf::from(format!("{}.new", to.display()));
    private(&temporary)?;
    fs::copy(from, &temporary)?;
    fs::File::open(&temporary)?.sync_all()?;
    fs::rename(&temporary, to)?;
    sync_folder(to)
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
fn key(folder: &Path, had_portal: bool) -> Result<Secret, OpenError> {
    let unusable = |error| OpenError::Folder(folder.to_owned(), error);
    let path = folder.join(KEY);
    let mut bytes = Vec::new();
    // One byte more than it has shows one that is too long.
    match fs::File::open(&path).and_then(|file| file.take(33).read_to_end(&mut bytes)) {
        Ok(_) => bytes.try_into().map(Secret::new).map_err(|_| OpenError::Key(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if had_portal {
                let path = path.display();
                tracing::warn!(
                    "{path} was missing and is made anew: links that were mailed and authenticator apps work no more; if you have it, stop the portal and put it back"
                );
            }
            let bytes = entropy::random().map_err(std::io::Error::other).map_err(unusable)?;
            create(&path, &bytes).map_err(unusable)?;
            Ok(Secret::new(bytes))
        }
        Err(error) => Err(unusable_file(&path, error)),
    }
}

/// The folder was tried before: a file in it that refuses is somebody else's.
fn unusable_file(path: &Path, error: std::io::Error) -> OpenError {
    if error.kind() == ErrorKind::PermissionDenied {
        return OpenError::File(path.to_owned(), error);
    }
    OpenError::Folder(path.parent().unwrap_or(path).to_owned(), error)
}

/// Wholly there, durably, or not at all.
pub(super) fn create(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = PathBuf::from(format!("{}.new", path.display()));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_folder(path)
}

/// A name is durable once its folder is.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
