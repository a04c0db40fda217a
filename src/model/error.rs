//! What is wrong with a text somebody gave, beside the field it stands in.

/// One field that cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name in the API, such as `email` or `welcome.subject`.
    pub field: String,
    pub code: Code,
    /// For people: what to do, as a short sentence.
    pub message: String,
}

/// The stable, machine-readable part of a [`FieldError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Required,
    TooShort,
    TooLong,
    Invalid,
    Type,
    Unknown,
    Taken,
    InBin,
    TooCommon,
    TooSimilar,
    NotFound,
}

impl Code {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::Invalid => "invalid",
            Self::Type => "type",
            Self::Unknown => "unknown",
            Self::Taken => "taken",
            Self::InBin => "in-bin",
            Self::TooCommon => "too-common",
            Self::TooSimilar => "too-similar",
            Self::NotFound => "not-found",
        }
    }
}

impl FieldError {
    pub fn new(field: &str, code: Code, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), code, message: message.into() }
    }
}

/// Why a single value was refused; the caller knows which field it stood in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub code: Code,
    pub message: String,
}

impl Refused {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub fn at(self, field: &str) -> FieldError {
        FieldError { field: field.to_owned(), code: self.code, message: self.message }
    }
}
