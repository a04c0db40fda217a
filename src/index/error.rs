//! What can go wrong with the index. None of it loses anything: the store is the truth.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the search index failed: {0}")]
    Terms(#[from] tantivy::TantivyError),
    #[error("{path}: {error}")]
    File { path: PathBuf, error: std::io::Error },
    #[error("the store could not be read for the search index: {0}")]
    Source(String),
    /// Not an index of this program and store; it has to be built anew.
    #[error("the search index does not fit: {0}")]
    Unfit(&'static str),
    #[error("the search index could not be read: {0}")]
    Unreadable(String),
    /// What was being built is not wanted any more: the portal stops.
    #[error("the search index is not whole yet")]
    Unfinished,
}

impl Error {
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, error }
    }
}

impl From<tantivy::directory::error::OpenDirectoryError> for Error {
    fn from(error: tantivy::directory::error::OpenDirectoryError) -> Self {
        Self::Terms(error.into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Terms(error.into())
    }
}
