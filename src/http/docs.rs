//! `/api/docs`: the API document, to look at. Our own page, so that nothing comes from outside.

use poem::{Response, handler, http::StatusCode, web::Path};

#[handler]
pub fn page() -> Response {
    file("text/html; charset=utf-8", include_str!("docs/index.html"))
}

#[handler]
pub fn part(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "docs.css" => file("text/css; charset=utf-8", include_str!("docs/docs.css")),
        "docs.js" => file("text/javascript; charset=utf-8", include_str!("docs/docs.js")),
        _ => super::problem::refuse(StatusCode::NOT_FOUND, "not-found", "There is nothing here."),
    }
}

fn file(content_type: &str, text: &'static str) -> Response {
    Response::builder().content_type(content_type).header("Cache-Control", "no-cache").body(text)
}
