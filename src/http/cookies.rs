//! More than one cookie on an answer.

use poem::{IntoResponse, Response, http::HeaderValue, http::header::SET_COOKIE};
use poem_openapi::{
    ApiResponse,
    registry::{MetaResponses, Registry},
};

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
