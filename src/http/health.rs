//! `/health` and `/metrics`: for machines that look after this one.

use poem::{Request, Response, handler, http::StatusCode};

use super::call::Shared;
use crate::ops::health;

/// The process answers.
#[handler]
pub fn live() -> Response {
    text(StatusCode::OK, "live\n".to_owned())
}

/// The portal can be used: its store can be written, its list is up to date, there is room.
#[handler]
pub async fn ready(shared: Shared) -> Response {
    match shared.blocking(|portal| Ok(health::ready(portal))).await {
        Ok(Ok(())) => text(StatusCode::OK, "ready\n".to_owned()),
        // Anybody may ask, so this is a word; the log has the cause.
        Ok(Err(unready)) => {
            text(StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", unready.as_str()))
        }
        Err(error) => {
            tracing::error!("{error}");
            text(StatusCode::SERVICE_UNAVAILABLE, "not ready: the log says why\n".to_owned())
        }
    }
}

/// Counts in the Prometheus text format, for whoever has the token from the configuration.
#[handler]
pub async fn metrics(shared: Shared, request: &Request) -> Response {
    let shown = request.header("authorization").and_then(|header| header.strip_prefix("Bearer "));
    if !shown.is_some_and(|shown| health::opens_metrics(&shared.portal, shown)) {
        return super::problem::refuse(StatusCode::NOT_FOUND, "not-found", "There is nothing here.");
    }
    match shared.blocking(|portal| health::metrics(portal)).await {
        Ok(counts) => {
            let line = |(name, about, n): (&str, &str, u64)| {
                format!("# HELP rollcall_{name} {about}\n# TYPE rollcall_{name} gauge\nrollcall_{name} {n}\n")
            };
            let body: String = counts.into_iter().map(line).collect();
            Response::builder().content_type("text/plain; version=0.0.4; charset=utf-8").body(body)
        }
        Err(error) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
    }
}

fn text(status: StatusCode, text: String) -> Response {
    Response::builder().status(status).content_type("text/plain; charset=utf-8").body(text)
}
