//! The plain port beside https: leads to the same path at `public_url`, and does nothing else.

use std::{convert::Infallible, sync::Arc};

use hyper::{Method, body::Incoming, header, service::service_fn};
use poem::{Body, Response, http::StatusCode};
use tokio::{net::TcpListener, sync::Semaphore};

use super::{super::layers, Serving, accept, serve};
use crate::ops::Portal;

/// Answers for ever.
pub async fn run(listener: &TcpListener, places: &Arc<Semaphore>, portal: &Portal, serving: &Serving) {
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
    // Whoever sends something has to know where to.
    let path = path.filter(|path| reads && path.starts_with('/')).unwrap_or("/");
    let mut response = Response::builder()
        .status(StatusCode::MOVED_PERMANENTLY)
        .header(header::LOCATION, format!("{url}{path}"))
        .body(Body::empty());
    // Browsers heed HSTS over https alone (RFC 6797, 7.2).
    layers::secure(response.headers_mut(), false);
    response
}
