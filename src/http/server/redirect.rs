//! The plain port beside https: leads people to the same page at `public_url`, and does nothing else. A
//! program that sends its secrets here is told that it is wrong, not helped along (ASVS 4.1.2).

use std::{convert::Infallible, sync::Arc};

use hyper::{Method, body::Incoming, header, service::service_fn};
use poem::{Body, Response, http::StatusCode};
use tokio::net::TcpListener;

use super::{
    super::{layers, problem},
    Serving, accept,
    places::Places,
    serve,
};
use crate::ops::Portal;

/// Answers for ever.
pub async fn run(listener: &TcpListener, places: &Places, portal: &Portal, serving: &Serving) {
    let url: Arc<str> = portal.config().public_url().into();
    accept(listener, places, |stream, _, place| {
        let (url, serving) = (Arc::clone(&url), serving.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = lead(&url, &request);
                async { Ok::<_, Infallible>(hyper::Response::from(answer)) }
            });
            serve(stream, service, &serving).await;
            drop(place);
        });
    })
    .await;
}

/// Where somebody is led is never taken from the Host header.
fn lead(url: &str, request: &hyper::Request<Incoming>) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path_and_query().map(|path| path.as_str());
    let page = path.filter(|path| reads && path.starts_with('/') && !path.starts_with("/api/"));
    let mut response = match page {
        Some(page) => Response::builder()
            .status(StatusCode::MOVED_PERMANENTLY)
            .header(header::LOCATION, format!("{url}{page}"))
            .body(Body::empty()),
        None => problem::unreadable(StatusCode::BAD_REQUEST, &format!("This is answered at {url} alone.")),
    };
    // Browsers heed HSTS over https alone (RFC 6797, 7.2).
    layers::secure(response.headers_mut(), false);
    response
}
