//! More than one cookie on an answer, and the one that keeps a browser's marks.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poem::{IntoResponse, Response, http::HeaderValue, http::header::SET_COOKIE};
use poem_openapi::{
    ApiResponse,
    registry::{MetaResponses, Registry},
};

use crate::model::device::Mark;

/// Accounts that one browser is known to.
const ACCOUNTS: usize = 4;

/// The marks that a browser sends, the newest first; what is none is passed over.
pub fn marks(cookie: &str) -> Vec<Mark> {
    let bytes = cookie.split('.').take(ACCOUNTS).filter_map(|text| URL_SAFE_NO_PAD.decode(text).ok());
    bytes.filter_map(|bytes| Mark::from_bytes(&bytes)).collect()
}

/// A new mark before those of other accounts.
pub fn with_mark(mark: &Mark, known: &[Mark]) -> String {
    let others = known.iter().filter(|other| other.user != mark.user);
    let all = std::iter::once(mark).chain(others).take(ACCOUNTS);
    all.map(|mark| URL_SAFE_NO_PAD.encode(mark.bytes())).collect::<Vec<_>>().join(".")
}

/// An answer and the cookies beside it, each in a header of its own (RFC 6265, 3).
pub struct WithCookies<T>(pub T, pub Vec<String>);

impl<T: IntoResponse> IntoResponse for WithCookies<T> {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        let cookies = self.1.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok());
        cookies.for_each(|cookie| {
            response.headers_mut().append(SET_COOKIE, cookie);
        });
        response
    }
}

impl<T: ApiResponse> ApiResponse for WithCookies<T> {
    fn meta() -> MetaResponses {
        T::meta()
    }
    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
