//! Why a whole file can't be taken, in words for whoever sent it.

use std::io;

use crate::{
    model::{
        error::{Code, FieldError},
        import::Recognised,
    },
    ops::Error,
};

/// The file is no good.
pub fn refused(message: impl Into<String>) -> Error {
    Error::field("file", Code::Invalid, message)
}

pub fn cut_off(place: &str) -> Error {
    refused(format!("The file ends {place}: it may be cut off. Export it again, or send it again."))
}

/// Somebody must say which column is which.
pub fn unmapped(code: Code, message: impl Into<String>, file: Recognised) -> Error {
    Error::Unmapped { field: FieldError::new("map", code, message), file: Box::new(file) }
}

/// The machine's fault, not the file's.
pub fn failed(error: io::Error) -> Error {
    Error::Unavailable(format!("an import's file: {error}"))
}
