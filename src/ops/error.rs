//! Why an operation was not done. Closed, and without a word of HTTP: `http/problem.rs` maps it once.

use crate::{
    model::{
        error::{Code, FieldError},
        id::UserId,
        import::Recognised,
        permission::Permission,
        policy::Denied,
        puzzle::Puzzle,
        user::{User, UserState},
    },
    store::{self, tables::Table},
};

pub type Result<T> = std::result::Result<T, Error>;

/// What somebody gave, once it has been looked at: operations look only after they know that
/// the caller may do what they ask for, and that the thing is there.
pub type Draft<T> = Result<T>;

#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("sign in first")]
    Unauthenticated,
    #[error("the e-mail or the password is wrong")]
    InvalidCredentials,
    #[error("{0}")]
    Forbidden(String),
    /// Some of many users hold what the actor doesn't: nothing is done to any.
    #[error("{users} users can't be touched")]
    ForbiddenUsers { users: u64, ids: Vec<UserId> },
    #[error("this account is disabled")]
    AccountDisabled,
    #[error("this account waits for approval")]
    AccountPending,
    #[error("{0}")]
    Impersonating(String),
    #[error("a group asks for a second factor")]
    FactorRequired,
    #[error("prove who you are first")]
    StepUpRequired,
    #[error("the code or the passkey is wrong")]
    WrongFactor,
    #[error("begin signing in anew")]
    SignInOver,
    #[error("signing up is closed here")]
    SignUpClosed,
    #[error("it is not there")]
    NotFound,
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    LastAdmin(String),
    #[error("{0}")]
    Oneself(String),
    #[error("the link can't be used any more")]
    LinkExpired,
    #[error("it is too long ago to be undone")]
    UndoExpired,
    #[error("it has changed since it was read")]
    Stale,
    #[error("some fields can't be taken as they are")]
    Invalid { fields: Vec<FieldError>, user: Option<(UserId, UserState)> },
    /// A file whose columns nobody has named yet, or not well.
    #[error("{}", .field.message)]
    Unmapped { field: FieldError, file: Box<Recognised> },
    /// Seconds until it makes sense to try again.
    #[error("too many tries")]
    TooMany { retry_after: u64 },
    /// The same, but for whoever works for it.
    #[error("too many tries, or a puzzle first")]
    Puzzle { retry_after: u64, puzzle: Box<Puzzle> },
    #[error("what was sent can't be read: {0}")]
    Unreadable(Unreadable),
    #[error("{0}")]
    Unavailable(String),
    /// A fault of ours or of the machine's; logged, never told.
    #[error("{0}")]
    Internal(String),
}

/// A body that is no good before any of its fields are looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("it is larger than {0} bytes")]
    TooLarge(usize),
    #[error("its Content-Type must be {0}")]
    MediaType(&'static str),
    #[error("it must come as it is, without a Content-Encoding")]
    Encoded,
    #[error("{0}")]
    Malformed(String),
}

impl Error {
    /// One field that can't be taken.
    pub fn field(field: &str, code: Code, message: impl Into<String>) -> Self {
        FieldError::new(field, code, message).into()
    }

    pub fn lacks(permission: Permission) -> Self {
        Self::Forbidden(format!("This needs the permission {permission}."))
    }

    /// The e-mail belongs to somebody else; who it is, is said only to those who may know.
    pub fn taken(user: &User, known: bool) -> Self {
        let (code, message) = match user.state() {
            UserState::Deleted if known => (Code::InBin, "A user in the bin has this e-mail address."),
            _ => (Code::Taken, "Another user has this e-mail address."),
        };
        let user = known.then(|| (user.id, user.state()));
        Self::Invalid { fields: vec![FieldError::new("email", code, message)], user }
    }
}

/// The fields that can't be taken, all of them at once.
pub(super) fn gather(checks: impl IntoIterator<Item = Result<()>>) -> Result<()> {
    let (mut fields, mut user): (Vec<FieldError>, _) = (Vec::new(), None);
    for check in checks {
        match check {
            Ok(()) => {}
            Err(Error::Invalid { fields: more, user: who }) => {
                for one in more {
                    // A field that is missing is so once, whoever looked for it.
                    if !fields.contains(&one) {
                        fields.push(one);
                    }
                }
                user = user.or(who);
            }
            Err(other) => return Err(other),
        }
    }
    if fields.is_empty() { Ok(()) } else { Err(Error::Invalid { fields, user }) }
}

/// A draft; or, if it is no good, all that is wrong with it and with what is judged beside it.
pub(super) fn together<T>(draft: Draft<T>, beside: impl FnOnce() -> Result<()>) -> Result<T> {
    match draft {
        Err(Error::Invalid { fields, user }) => {
            let unread = Error::Invalid { fields, user };
            gather([Err(unread.clone()), beside()])?;
            Err(unread)
        }
        other => other,
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::Invalid { fields: vec![error], user: None }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated => Self::Unauthenticated,
            Denied::Forbidden(permission) => Self::lacks(permission),
            Denied::Impersonating => Self::Impersonating(
                "This can't be done while you act as somebody else. Return to your account first.".to_owned(),
            ),
            Denied::NotInPerson => {
                Self::Forbidden("This can't be done with an API token. Sign in to do it.".to_owned())
            }
            Denied::ImpersonationOver => Self::Impersonating(
                "Your time as somebody else is over, and nothing was changed. Return to your account first."
                    .to_owned(),
            ),
            Denied::FactorRequired => Self::FactorRequired,
            Denied::StepUpRequired => Self::StepUpRequired,
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unavailable(text) => Self::Unavailable(text),
            store::Error::Taken { index: Table::UsersByEmail, .. } => {
                Self::field("email", Code::Taken, "Another user has this e-mail address.")
            }
            store::Error::Taken { index: Table::FactorsByCredential, .. } => {
                Self::Conflict("This passkey is in use here already.".to_owned())
            }
            store::Error::Taken { .. } => Self::field("name", Code::Taken, "Another one has this name."),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<crate::password::Error> for Error {
    fn from(error: crate::password::Error) -> Self {
        Self::Internal(error.to_string())
    }
}
