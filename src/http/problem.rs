//! Errors as they are told: `application/problem+json` (RFC 9457), mapped in one place.

use poem::{IntoResponse, error::ParsePathError, http::StatusCode};
use poem_openapi::{ApiResponse, Object, payload::Json};

use super::{auth::sign_in_cookie, layers::request_number, users::import_views::FileView};
use crate::{
    config::Config,
    model::{factor::Kind, puzzle::Puzzle},
    ops::{Error, error::Unreadable, sessions::Half},
};

/// The scheme of API tokens (RFC 6750); a browser's cookie has none.
const TOKENS: &str = "Bearer";
/// Seconds after which it makes sense to ask again for what can't be done now.
const LATER: u64 = 5;

/// What went wrong.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Problem")]
pub struct Details {
    /// Always `about:blank`.
    #[oai(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    /// Stable and machine-readable.
    pub code: String,
    /// For people: what happened and what to do.
    detail: String,
    /// The fields that can't be taken as they are.
    #[oai(skip_serializing_if_is_none)]
    errors: Option<Vec<Field>>,
    /// With an e-mail that is taken: by whom, for callers who may see users.
    #[oai(skip_serializing_if_is_none)]
    user: Option<Holder>,
    /// With a file whose columns nobody has named yet: what it looks like.
    #[oai(skip_serializing_if_is_none)]
    file: Option<FileView>,
    /// Of many users, those who may not be touched; so none was.
    #[oai(skip_serializing_if_is_none)]
    ids: Option<Vec<String>>,
    /// With `second-factor-required` after a right password: `totp`, `passkey`, `recovery-code`.
    #[oai(skip_serializing_if_is_none)]
    methods: Option<Vec<String>>,
    /// Beside those: what the browser needs to ask for a passkey; null when there is none.
    #[oai(skip_serializing_if_is_none)]
    passkey: Option<serde_json::Value>,
    /// Past the pace of sign-ups: the same call passes with an answer to this.
    #[oai(skip_serializing_if_is_none)]
    puzzle: Option<PuzzleView>,
}

/// Find an answer so that the SHA-256 of the challenge, a colon and the answer (UTF-8) begins with
/// so many zero bits. It is for this e-mail address, for two minutes and for once.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Puzzle")]
pub struct PuzzleView {
    challenge: String,
    /// In bits; each more is twice the work.
    difficulty: u8,
    expires_at: String,
}

fn posed(puzzle: Puzzle) -> PuzzleView {
    let Puzzle { challenge, difficulty, expires_at } = puzzle;
    PuzzleView { challenge, difficulty, expires_at: expires_at.to_string() }
}

#[derive(Debug, Clone, Object)]
#[oai(rename = "FieldError")]
pub struct Field {
    field: String,
    code: String,
    message: String,
}

#[derive(Debug, Clone, Object)]
#[oai(rename = "EmailHolder")]
pub struct Holder {
    id: String,
    state: String,
}

macro_rules! problems {
    ($($variant:ident = $status:literal;)*) => {
        /// Every refusal that the API knows.
        #[derive(ApiResponse)]
        pub enum Problem {
            $(
                #[oai(status = $status, content_type = "application/problem+json")]
                $variant(Json<Details>),
            )*
            /// Not signed in, or not all the way.
            #[oai(status = 401, content_type = "application/problem+json")]
            Unauthorized(
                Json<Details>,
                /// Half a sign-in, for the other half.
                #[oai(header = "Set-Cookie")]
                Option<String>,
                /// How else one can say who one is (RFC 9110, 15.5.2).
                #[oai(header = "WWW-Authenticate")]
                String,
            ),
            /// Too many tries.
            #[oai(status = 429, content_type = "application/problem+json")]
            TooManyRequests(
                Json<Details>,
                /// Seconds to wait.
                #[oai(header = "Retry-After")]
                u64,
            ),
            /// The portal can't do it now: its disk is full, say, or it is stopping.
            #[oai(status = 503, content_type = "application/problem+json")]
            Unavailable(
                Json<Details>,
                /// Seconds to wait.
                #[oai(header = "Retry-After")]
                u64,
            ),
        }

        fn problem(status: u16, retry_after: u64, details: Details) -> Problem {
            match status {
                $($status => Problem::$variant(Json(details)),)*
                401 => Problem::Unauthorized(Json(details), None, TOKENS.to_owned()),
                503 => Problem::Unavailable(Json(details), retry_after),
                _ => Problem::TooManyRequests(Json(details), retry_after),
            }
        }
    };
}

problems! {
    BadRequest = 400;
    Forbidden = 403;
    NotFound = 404;
    MethodNotAllowed = 405;
    Conflict = 409;
    Gone = 410;
    PreconditionFailed = 412;
    PayloadTooLarge = 413;
    UnsupportedMediaType = 415;
    UnprocessableEntity = 422;
    Internal = 500;
}

/// The stable code and the status of each error.
fn code(error: &Error) -> (u16, &'static str) {
    match error {
        Error::Unauthenticated => (401, "unauthenticated"),
        Error::InvalidCredentials => (401, "invalid-credentials"),
        Error::Forbidden(_) => (403, "forbidden"),
        Error::ForbiddenUsers { .. } => (403, "forbidden"),
        Error::AccountDisabled => (403, "account-disabled"),
        Error::AccountPending => (403, "account-pending"),
        Error::Impersonating(_) => (403, "impersonating"),
        Error::WrongFactor => (401, "invalid-credentials"),
        Error::SignInOver => (401, "unauthenticated"),
        Error::FactorRequired => (403, "second-factor-required"),
        Error::StepUpRequired => (403, "step-up-required"),
        Error::SignUpClosed => (403, "sign-up-closed"),
        Error::NotFound => (404, "not-found"),
        Error::Conflict(_) => (409, "conflict"),
        Error::LastAdmin(_) => (409, "last-admin"),
        Error::Oneself(_) => (409, "self"),
        Error::LinkExpired | Error::UndoExpired => (410, "link-expired"),
        Error::Stale => (412, "stale"),
        Error::Unreadable(Unreadable::TooLarge(_)) => (413, "too-large"),
        Error::Unreadable(Unreadable::MediaType(_) | Unreadable::Encoded) => (415, "unsupported-media-type"),
        Error::Unreadable(Unreadable::Malformed(_)) => (400, "malformed-request"),
        Error::Invalid { .. } | Error::Unmapped { .. } => (422, "validation-failed"),
        Error::TooMany { .. } | Error::Puzzle { .. } => (429, "too-many-requests"),
        Error::Unavailable(_) => (503, "unavailable"),
        Error::Internal(_) => (500, "internal"),
    }
}

/// What is told of each error, in a sentence that says what to do.
pub fn detail(error: &Error) -> String {
    match error {
        Error::Unauthenticated => "Sign in first.".to_owned(),
        Error::InvalidCredentials => "The e-mail address or the password is wrong.".to_owned(),
        Error::AccountDisabled => "This account is disabled. Ask the people who run this portal.".to_owned(),
        Error::AccountPending => "This account waits for approval. You will hear from us.".to_owned(),
        Error::WrongFactor => "This code or passkey is wrong, or was used before.".to_owned(),
        Error::SignInOver => "This took too long. Begin signing in again.".to_owned(),
        Error::FactorRequired => {
            "A group of yours asks for a second factor. Add one on your profile page first.".to_owned()
        }
        Error::StepUpRequired => "Prove once more that it is you.".to_owned(),
        Error::SignUpClosed => "Accounts are made by the admins of this portal.".to_owned(),
        Error::NotFound => "There is nothing here, or nothing that you may see.".to_owned(),
        Error::LinkExpired => {
            "This link was used already, has run out, or was replaced by a newer one.".to_owned()
        }
        Error::UndoExpired => "This is more than 30 days ago, and can't be undone any more.".to_owned(),
        Error::ForbiddenUsers { users: 1, .. } => {
            "Nothing was changed: one of these users holds permissions that you don't have.".to_owned()
        }
        Error::ForbiddenUsers { users, .. } => {
            format!("Nothing was changed: {users} of these users hold permissions that you don't have.")
        }
        Error::Stale => "Somebody changed this meanwhile. Look at it again, then save.".to_owned(),
        Error::Invalid { fields, .. } => {
            fields.iter().take(5).map(|field| field.message.as_str()).collect::<Vec<_>>().join(" ")
        }
        Error::Unmapped { field, .. } => field.message.clone(),
        Error::Puzzle { retry_after, .. } => {
            format!("Too many tries. Solve the puzzle first, or try again in {retry_after} seconds.")
        }
        Error::TooMany { retry_after } => format!("Too many tries. Try again in {retry_after} seconds."),
        Error::Unreadable(unreadable) => format!("What was sent can't be read: {unreadable}."),
        Error::Unavailable(_) => {
            "The portal can't save at the moment; nothing was changed. Try again in a while.".to_owned()
        }
        // The cause is in the log, not for the world.
        Error::Internal(_) => "Something is wrong with the portal. Its log says what.".to_owned(),
        Error::Forbidden(text)
        | Error::Impersonating(text)
        | Error::Conflict(text)
        | Error::LastAdmin(text)
        | Error::Oneself(text) => text.clone(),
    }
}

fn details(status: u16, code: &str, detail: String) -> Details {
    let title =
        StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error");
    Details {
        kind: "about:blank".to_owned(),
        title: title.to_owned(),
        status,
        code: code.to_owned(),
        detail,
        errors: None,
        user: None,
        file: None,
        ids: None,
        methods: None,
        passkey: None,
        puzzle: None,
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match &error {
            Error::Internal(cause) => tracing::error!(request = request_number(), "{cause}"),
            // Whoever found it has said so, once for all who are refused.
            Error::Unavailable(cause) => tracing::debug!("{cause}"),
            _ => {}
        }
        let (status, code) = code(&error);
        let mut details = details(status, code, detail(&error));
        let mut retry_after = 1;
        match error {
            Error::Invalid { fields, user } => {
                details.errors = Some(fields.into_iter().map(told).collect());
                details.user =
                    user.map(|(id, state)| Holder { id: id.to_string(), state: state.as_str().to_owned() });
            }
            Error::Unmapped { field, file } => {
                details.errors = Some(vec![told(field)]);
                details.file = Some((*file).into());
            }
            Error::ForbiddenUsers { ids, .. } => {
                details.ids = Some(ids.iter().map(ToString::to_string).collect());
            }
            Error::TooMany { retry_after: seconds } => retry_after = seconds,
            Error::Unavailable(_) => retry_after = LATER,
            Error::Puzzle { retry_after: seconds, puzzle } => {
                retry_after = seconds;
                details.puzzle = Some(posed(*puzzle));
            }
            _ => {}
        }
        problem(status, retry_after, details)
    }
}

/// A right password, where a second factor is still to come.
pub fn half(config: &Config, half: Half) -> Problem {
    let text = "The password is right. Now show your second factor.";
    let mut details = details(401, "second-factor-required", text.to_owned());
    details.methods = Some(half.ways.iter().map(|kind| method(*kind).to_owned()).collect());
    details.passkey = Some(half.challenge.unwrap_or_default());
    Problem::Unauthorized(Json(details), Some(sign_in_cookie(config, &half.token)), TOKENS.to_owned())
}

/// What one shows of a kind of factor.
pub const fn method(kind: Kind) -> &'static str {
    match kind {
        Kind::RecoveryCodes => "recovery-code",
        Kind::Totp | Kind::Passkey => kind.as_str(),
    }
}

fn told(field: crate::model::error::FieldError) -> Field {
    Field { field: field.field, code: field.code.as_str().to_owned(), message: field.message }
}

/// A refusal that no operation made: by the server itself, or by a layer.
pub fn refuse(status: StatusCode, code: &str, detail: impl Into<String>) -> poem::Response {
    let status = match status.as_u16() {
        known @ (400 | 401 | 403 | 404 | 405 | 409 | 410 | 412 | 413 | 415 | 422 | 500 | 503) => known,
        other if other < 500 => 400,
        _ => 500,
    };
    problem(status, LATER, details(status, code, detail.into())).into_response()
}

/// A refusal of what is no request at all, with a status that no operation has.
pub fn unreadable(status: StatusCode, detail: &str) -> poem::Response {
    let details = details(status.as_u16(), "malformed-request", detail.to_owned());
    let response = Json(details).into_response().set_content_type("application/problem+json");
    response.with_status(status).into_response()
}

/// Whatever else goes wrong in the server, told the same way.
pub async fn from_poem(error: poem::Error) -> poem::Response {
    if error.is_from_response() {
        return error.into_response();
    }
    // A path that is not UTF-8 names nothing.
    let status = if error.is::<ParsePathError>() { StatusCode::NOT_FOUND } else { error.status() };
    match status {
        StatusCode::NOT_FOUND => refuse(status, "not-found", detail(&Error::NotFound)),
        StatusCode::METHOD_NOT_ALLOWED => refuse(status, "method-not-allowed", "This can't be done here."),
        status if status.is_server_error() => {
            tracing::error!(request = request_number(), "{error}");
            refuse(status, "internal", "Something is wrong with the portal. Its log says what.")
        }
        status => refuse(status, "malformed-request", format!("The request can't be read: {error}.")),
    }
}
