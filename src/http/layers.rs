//! What every request and every answer passes.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::FutureExt;
use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header},
};

use super::{allow::Allow, auth::bearer, call::shared, problem};
use crate::config::Config;

/// No inline script or style, nothing from anywhere else.
const CSP: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// A year, and for the hosts below this one too (ASVS 3.4.1).
const HSTS: &str = "max-age=31536000; includeSubDomains";

/// What every answer has.
static EVERYWHERE: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Leads from an answer that tells no cause to the line of the log that does.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static REQUESTS: AtomicU64 = AtomicU64::new(1);
tokio::task_local! {
    static REQUEST: u64;
}

/// The number of the request that is answered here, counted from the start; 0 outside of any.
pub fn request_number() -> u64 {
    REQUEST.try_with(|number| *number).unwrap_or(0)
}

/// Turns every failure into a problem, keeps a panic to its own request, and puts the
/// security headers on every answer, files and errors too.
pub struct Outermost {
    pub https: bool,
    pub allow: Arc<Allow>,
}

impl<E: Endpoint> Middleware<E> for Outermost {
    type Output = OutermostEndpoint<E>;
    fn transform(&self, inner: E) -> Self::Output {
        OutermostEndpoint { inner, https: self.https, allow: Arc::clone(&self.allow) }
    }
}

pub struct OutermostEndpoint<E> {
    inner: E,
    https: bool,
    allow: Arc<Allow>,
}

impl<E: Endpoint> Endpoint for OutermostEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        if !has_one_host(&request) {
            let refusal =
                problem::unreadable(StatusCode::BAD_REQUEST, "A request must have one Host header.");
            return Ok(self.secured(refusal, &path));
        }
        let answered = async {
            match AssertUnwindSafe(self.inner.call(request)).catch_unwind().await {
                Ok(Ok(output)) => output.into_response(),
                Ok(Err(error)) => problem::from_poem(error).await,
                Err(_) => {
                    tracing::error!(request = request_number(), "a handler panicked");
                    problem::refuse(
                        StatusCode::INTERNAL_SERVER_ERROR,
                        "internal",
                        "Something is wrong with the portal. Its log says what.",
                    )
                }
            }
        };
        let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
        let mut response = REQUEST.scope(number, answered).await;
        if response.status().is_server_error() {
            response.headers_mut().insert(REQUEST_ID, HeaderValue::from(number));
        }
        Ok(self.secured(response, &path))
    }
}

impl<E> OutermostEndpoint<E> {
    fn methods(&self, path: &str) -> &str {
        let download = path.strip_prefix("/api/v1").is_some_and(is_download);
        if download { "GET" } else { self.allow.methods(path) }
    }

    fn secured(&self, mut response: Response, path: &str) -> Response {
        secure(response.headers_mut(), self.https);
        if path.starts_with("/api/v1") {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if response.status() == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(allow) = HeaderValue::from_str(self.methods(path))
        {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        response
    }
}

/// What every answer carries.
pub fn secure(headers: &mut HeaderMap, https: bool) {
    headers.reserve(EVERYWHERE.len() + 2);
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    EVERYWHERE.iter().for_each(|(name, value)| set(name.clone(), value));
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
}

/// RFC 9112, 3.2: without one, or with several, a request may be meant for somebody else.
fn has_one_host(request: &Request) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    hosts == 1 || (hosts == 0 && request.version() < Version::HTTP_11)
}

/// Characters of an origin that go into the log: what a stranger sends is as long as they like.
const LOGGED: usize = 100;

/// What is recorded when it is fetched, or takes one of few turns: no other site starts it, though the
/// cookie comes along with a link (`SameSite=Lax`), and nobody has it done for the headers alone.
fn is_download(path: &str) -> bool {
    matches!(path, "/users.csv" | "/activity.csv" | "/activity.jsonl" | "/backup")
        || (path.starts_with("/users/import/") && path.ends_with("/errors.csv"))
}

/// Refuses a change, or a download, that another site makes a browser ask for.
pub struct SameSite;

impl<E: Endpoint> Middleware<E> for SameSite {
    type Output = SameSiteEndpoint<E>;
    fn transform(&self, inner: E) -> Self::Output {
        SameSiteEndpoint(inner)
    }
}

pub struct SameSiteEndpoint<E>(E);

impl<E: Endpoint> Endpoint for SameSiteEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let download = is_download(request.uri().path());
        if download && request.method() == Method::HEAD {
            let detail = "This is recorded when it is asked for: ask with GET.";
            return Ok(problem::refuse(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail));
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        let safe = reads && !download;
        let config = shared(&request)?.portal.config();
        if !safe && from_elsewhere(&request, config) {
            let from = request.header(header::ORIGIN).unwrap_or_default();
            let from: String = from.chars().take(LOGGED).collect();
            tracing::info!(?from, "a request that another site asked for was refused");
            let detail = format!(
                "A page of another site asked for this. If it was yours, open the portal at its public_url, {}.",
                config.public_url()
            );
            return Ok(problem::refuse(StatusCode::FORBIDDEN, "cross-site-request", detail));
        }
        self.0.call(request).await.map(IntoResponse::into_response)
    }
}

/// An API token is sent by a program, never by a browser on its own.
fn from_elsewhere(request: &Request, config: &Config) -> bool {
    if bearer(request).is_some() {
        return false;
    }
    if matches!(request.header("sec-fetch-site"), Some("cross-site" | "same-site")) {
        return true;
    }
    request.header(header::ORIGIN).is_some_and(|origin| !is_own(origin, config))
}

/// The public address; while listening on loopback, any of its names with the same port.
fn is_own(origin: &str, config: &Config) -> bool {
    if origin.eq_ignore_ascii_case(config.public_url()) {
        return true;
    }
    let Some((host, port)) = origin.strip_prefix("http://").and_then(|rest| rest.rsplit_once(':')) else {
        return false;
    };
    let own = config.public_url().rsplit_once(':').map(|(_, port)| port);
    let ports = [Some(config.listen.port().to_string()), own.map(str::to_owned)];
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    config.listen.ip().is_loopback() && loopback && ports.iter().flatten().any(|known| known == port)
}

#[cfg(test)]
mod tests {
    use poem::{EndpointExt, Route, get, handler};

    use super::*;

    #[handler]
    fn well() -> &'static str {
        "well"
    }

    #[handler]
    fn ill() -> &'static str {
        panic!("a fault of its own")
    }

    #[tokio::test]
    async fn a_handler_that_panics_answers_500_and_the_others_answer() {
        let allow = Arc::new(Allow::of("{}"));
        let routes = Route::new().at("/well", get(well)).at("/ill", get(ill));
        let routes = routes.with(Outermost { https: false, allow });
        let ask = async |path: &'static str| {
            let uri = poem::http::Uri::from_static(path);
            let request = Request::builder().uri(uri).header("host", "portal.test").finish();
            routes.call(request).await.unwrap()
        };
        for _ in 0..3 {
            let (mut bad, good) = tokio::join!(ask("/ill"), ask("/well"));
            assert_eq!(good.status(), StatusCode::OK);
            assert_eq!(bad.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(bad.content_type(), Some("application/problem+json"));
            let body = bad.take_body().into_string().await.unwrap();
            assert!(body.contains("\"internal\"") && !body.contains("a fault of its own"), "{body}");
        }
    }
}
