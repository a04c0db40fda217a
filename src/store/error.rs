//! What can go wrong with the store.

use std::path::PathBuf;

use super::tables::Table;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another thing has this key already: an e-mail, a name.
    #[error("already taken")]
    Taken { index: Table, holder: Vec<u8> },
    /// Writing is not possible now: a full disk, say. Nothing was written.
    #[error("the store can't be written: {0}")]
    Unavailable(String),
    /// A record that can't be read: the file is damaged or of another program.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// A write that panicked: a fault in this program. Nothing of it was written.
    #[error("a write panicked: {0}")]
    Panicked(String),
    #[error(transparent)]
    NoRandomness(#[from] crate::entropy::NoRandomness),
}

/// Why the store could not be opened: what happened, where, what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("another Rollcall is running on {0}: stop it first, or choose another folder with --data-dir")]
    Locked(PathBuf),
    #[error("the data folder {0} can't be used: {1}; let the user who runs Rollcall own it and write to it")]
    Folder(PathBuf, std::io::Error),
    #[error(
        "{0} can't be used: {1}; a command of another user may have made it: let the user who runs Rollcall own what lies in the data folder"
    )]
    File(PathBuf, std::io::Error),
    #[error(
        "{0} is missing or empty, but the folder's file `instance` says that there was a portal here: put the store back from a backup (to begin anew, use another folder)"
    )]
    Emptied(PathBuf),
    #[error(
        "{0} is not a store of Rollcall's, or damaged ({1}): put the store back from a backup, or choose another folder with --data-dir"
    )]
    Foreign(PathBuf, String),
    #[error(
        "{0} was written by a newer Rollcall (store version {1}, this one reads up to {2}): use the newer program"
    )]
    Newer(PathBuf, u32, u32),
    #[error(
        "the store is of an older version, and it can't be kept as {0} before it is changed: {1}; make room, or let the user who runs Rollcall write there"
    )]
    NoCopy(PathBuf, std::io::Error),
    #[error("{0} is no key of a portal: it must have 32 bytes; put it back from where it was kept")]
    Key(PathBuf),
    #[error(
        "{0} holds a restore that was cut off: restore the backup again (to begin anew, remove the folder `restoring` in it)"
    )]
    Restoring(PathBuf),
    #[error("there is no portal in {0}: name its folder with --data-dir, or start one with `rollcall serve`")]
    Nothing(PathBuf),
    #[error("{0}: {1}")]
    Other(PathBuf, String),
}
