//! Why a row can't be taken.

use crate::{
    model::{error::FieldError, import::RowError},
    ops::Error,
};

/// What is wrong with one row, or with the whole machine.
pub enum Wrong {
    Row(Vec<RowError>),
    Fatal(Error),
}

pub type Looked<T> = Result<T, Wrong>;

impl Wrong {
    pub fn told(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self::Row(vec![row_error(Some(field), code, message.into())])
    }
}

fn row_error(field: Option<&str>, code: &str, message: String) -> RowError {
    RowError { field: field.map(str::to_owned), code: code.to_owned(), message }
}

impl From<FieldError> for RowError {
    fn from(error: FieldError) -> Self {
        let field = Some(error.field.as_str()).filter(|field| !field.is_empty());
        row_error(field, error.code.as_str(), error.message)
    }
}

/// What would refuse the same by hand refuses the row.
impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        let whole = |code: &str, message: String| Self::Row(vec![row_error(None, code, message)]);
        match error {
            Error::Invalid { fields, .. } => Self::Row(fields.into_iter().map(RowError::from).collect()),
            Error::Forbidden(text) => whole("forbidden", text),
            Error::Impersonating(text) => whole("impersonating", text),
            Error::Conflict(text) => whole("conflict", text),
            Error::LastAdmin(text) => whole("last-admin", text),
            Error::Oneself(text) => whole("self", text),
            fatal => Self::Fatal(fatal),
        }
    }
}

/// Takes down what is wrong and goes on, so that all of it is told at once.
pub fn gather<T>(wrong: &mut Vec<RowError>, looked: Looked<T>) -> Looked<Option<T>> {
    match looked {
        Ok(value) => Ok(Some(value)),
        Err(Wrong::Row(errors)) => {
            wrong.extend(errors);
            Ok(None)
        }
        Err(fatal) => Err(fatal),
    }
}
