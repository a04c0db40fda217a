//! A backup: one moment of the store as a file of its own kind, written as it is read, in
//! constant memory. It does not depend on how the store lies on disk.
//!
//! What it holds lets nobody in: sessions, links and what is half-way are left out, and so is
//! the file `key`.

mod frames;
mod restore;
mod write;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, io, path::PathBuf};

use serde::{Deserialize, Serialize};

pub use self::{
    restore::{Options, inspect, restore},
    write::write,
};

/// Counts up with every change of the file's shape that an older program could not read.
const FORMAT: u32 = 1;

/// What a backup says of itself, at its beginning: a line of JSON that people can read too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// The version of the store that it was made of.
    pub store: u32,
    /// Which portal.
    pub instance: String,
    /// Of which moment, in RFC 3339.
    pub at: String,
    /// How many rows of each table follow.
    pub tables: BTreeMap<String, u64>,
}

impl Header {
    /// How many rows of a table it holds.
    pub fn rows(&self, table: super::tables::Table) -> u64 {
        self.tables.get(table.name()).copied().unwrap_or_default()
    }
}

/// Why a backup was not written, or can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is no backup of Rollcall's")]
    Foreign,
    #[error("it is cut off: its end is missing")]
    CutOff,
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it was written by a newer Rollcall ({0}): use the newer program")]
    Newer(String),
    #[error("{0} is not empty: a backup is restored into a folder that is empty or missing")]
    NotEmpty(PathBuf),
    #[error(transparent)]
    Store(#[from] super::Error),
    #[error("{0}")]
    Folder(String),
}
