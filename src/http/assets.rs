//! The browser's files, embedded: compressed at build, for ever where the name has a hash.

use std::borrow::Cow;

use hyper::body::Bytes;
use poem::{
    IntoResponse, Request, Response, handler,
    http::{Method, StatusCode, header},
};
use rust_embed::RustEmbed;

use super::problem::refuse;

#[derive(RustEmbed)]
#[folder = "frontend/dist"]
struct Dist;

/// The pages there are. `:` stands for one part of a path. The router in the browser has the same
/// (`frontend/src/routes.ts`; a test compares them), so that an unknown path is a real 404.
pub const PAGES: &[&str] = &[
    "/",
    "/sign-up",
    "/forgot",
    "/link",
    "/setup",
    "/users",
    "/users/new",
    "/users/import",
    "/users/:",
    "/projects",
    "/projects/:",
    "/groups",
    "/groups/:",
    "/overview",
    "/activity",
    "/mail",
    "/settings",
    "/me",
];

fn is_page(path: &str) -> bool {
    PAGES.iter().any(|page| {
        let (mut wanted, mut given) = (page.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(":"), Some(part)) if !part.is_empty() => {}
                (Some(a), Some(b)) if a == b => {}
                _ => return false,
            }
        }
    })
}

/// A file, or the page that finds its own way.
#[handler]
pub fn assets(request: &Request) -> Response {
    let path = request.uri().path();
    let name = path.trim_start_matches('/');
    let file = Some(name).filter(|name| !name.is_empty() && !name.ends_with(".br") && !name.ends_with(".gz"));
    let file = file.filter(|name| *name != "index.html" && Dist::get(name).is_some());
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return match file.is_some() || is_page(path) {
            true => refuse(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This can only be read."),
            false => refuse(StatusCode::NOT_FOUND, "not-found", "There is nothing here."),
        };
    }
    match file {
        Some(name) => serve(request, name, StatusCode::OK),
        None if is_page(path) => serve(request, "index.html", StatusCode::OK),
        None => serve(request, "index.html", StatusCode::NOT_FOUND),
    }
}

fn serve(request: &Request, name: &str, status: StatusCode) -> Response {
    let accepted = request.header(header::ACCEPT_ENCODING).unwrap_or_default();
    let coded = |coding: &'static str, ending: &str| {
        let file = if accepts(accepted, coding) { Dist::get(&format!("{name}.{ending}")) } else { None };
        file.map(|file| (file, Some(coding)))
    };
    let found = coded("br", "br").or_else(|| coded("gzip", "gz"));
    let Some((file, coding)) = found.or_else(|| Dist::get(name).map(|file| (file, None))) else {
        return refuse(StatusCode::NOT_FOUND, "not-found", "There is nothing here.");
    };
    let tag: String = file.metadata.sha256_hash()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let unchanged = request
        .header(header::IF_NONE_MATCH)
        .is_some_and(|known| known.trim() == "*" || known.contains(&tag));
    let lasting =
        if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Response::builder()
        .header(header::ETAG, tag)
        .header(header::CACHE_CONTROL, lasting)
        .header(header::VARY, "Accept-Encoding");
    if unchanged && status == StatusCode::OK {
        return response.status(StatusCode::NOT_MODIFIED).finish();
    }
    if let Some(coding) = coding {
        response = response.header(header::CONTENT_ENCODING, coding);
    }
    // Of the program itself: one for all who read it, however slowly.
    let body = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    response.status(status).content_type(content_type(name)).body(body).into_response()
}

/// Whether `Accept-Encoding` (RFC 9110, 12.5.3) names a coding, and not to refuse it.
fn accepts(accepted: &str, coding: &str) -> bool {
    accepted.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(coding) && weight != Some(0.0)
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "map") => "application/json",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::is_page;

    #[test]
    fn only_known_paths_are_pages() {
        for path in ["/", "/users", "/users/new", "/users/0192", "/me"] {
            assert!(is_page(path), "{path}");
        }
        for path in ["/nothing", "/users/", "/users/1/2", "/.env", "/api", "//"] {
            assert!(!is_page(path), "{path}");
        }
    }
}
