//! The listener: our own accept loop, for poem's has no deadline for headers, spins when no file
//! descriptor is free, and takes any number of connections.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use poem::{
    Addr, Endpoint, Request, Response,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    net::TcpListener,
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::routes;
use crate::ops::Portal;

/// Headers must be there by then, at the beginning and after each answer.
const HEADERS: Duration = Duration::from_secs(10);
/// Answers under way may take so long after the stop.
const FAREWELL: Duration = Duration::from_secs(10);
/// After an accept that failed, for want of file descriptors say.
const PAUSE: Duration = Duration::from_millis(50);
/// Bytes of a request's headers, at most.
const HEADER_BYTES: usize = 64 << 10;

pub struct Bound {
    listener: TcpListener,
    pub address: SocketAddr,
}

/// Takes the address; nothing is answered yet.
pub async fn bind(address: SocketAddr) -> io::Result<Bound> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok(Bound { listener, address })
}

/// Answers until `stop`; then finishes what is under way, with a deadline.
pub async fn run(bound: Bound, portal: Arc<Portal>, stop: impl Future<Output = ()>) {
    let most = match portal.config().limits.connections {
        0 => Semaphore::MAX_PERMITS,
        most => most.min(Semaphore::MAX_PERMITS),
    };
    let places = Arc::new(Semaphore::new(most));
    let endpoint = Arc::new(routes(portal));
    let under_way = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(HEADER_BYTES);
    tokio::pin!(stop);
    loop {
        // Past the cap nobody is accepted: the system keeps a few waiting, then they are refused.
        let place = tokio::select! {
            () = &mut stop => break,
            Ok(place) = Arc::clone(&places).acquire_owned() => place,
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = bound.listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("a connection could not be accepted: {error}");
                sleep(PAUSE).await;
                continue;
            }
        };
        let (endpoint, local) = (Arc::clone(&endpoint), bound.address);
        let service = service_fn(move |request| {
            let answered = answer(Arc::clone(&endpoint), request, local, peer);
            async { Ok::<_, Infallible>(hyper::Response::from(answered.await)) }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = under_way.watch(connection);
        tokio::spawn(async move {
            // A peer that goes away or sends nonsense is its own affair.
            if let Err(error) = connection.await {
                tracing::debug!("a connection ended: {error}");
            }
            drop(place);
        });
    }
    drop(bound);
    if timeout(FAREWELL, under_way.shutdown()).await.is_err() {
        tracing::warn!("some answers were not finished in time");
    }
}

/// One request of a connection.
async fn answer(
    endpoint: Arc<impl Endpoint<Output = Response>>,
    request: hyper::Request<Incoming>,
    local: SocketAddr,
    peer: SocketAddr,
) -> Response {
    let (local, peer) = (LocalAddr(Addr::SocketAddr(local)), RemoteAddr(Addr::SocketAddr(peer)));
    match endpoint.call(Request::from((request, local, peer, Scheme::HTTP))).await {
        Ok(response) => response,
        Err(error) => super::problem::from_poem(error).await,
    }
}
