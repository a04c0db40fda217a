//! The listener: our own accept loop, for poem's has no deadline for headers, spins when no file
//! descriptor is free, and takes any number of connections.
//!
//! HTTP/1.1 alone: a connection has one request at a time, so that the deadlines and the cap hold
//! for requests too. Whoever wants HTTP/2 has a reverse proxy in front.

mod acme;
mod certificates;
mod descriptors;
mod pace;
mod places;
mod redirect;
mod tls;
mod wire;

use std::{convert::Infallible, future::Future, io, net::SocketAddr, pin::pin, sync::Arc};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::{
    Addr, Endpoint, Request, Response,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, watch},
    time::{Duration, sleep, timeout},
};

use tokio_rustls::{TlsAcceptor, server::TlsStream};

use self::{
    pace::{Pace, Paced},
    places::{Places, Taken},
    tls::Tls,
    wire::{Refusals, Wire},
};
use super::{problem, routes};
use crate::{
    config::{Config, Deadlines},
    ops::{Portal, health},
};

/// After an accept that failed, for want of file descriptors say.
const PAUSE: Duration = Duration::from_millis(100);
/// Connections that the system keeps until they are accepted, as far as it lets us (Linux: `somaxconn`,
/// 4,096). Of thousands that come at once none is made to try again.
const WAITING: u32 = 4096;
/// Bytes of an answer that the system keeps for somebody who does not read.
const SENT_AHEAD: usize = 256 << 10;
/// Bytes of a request's headers, at most.
const HEADER_BYTES: usize = 64 << 10;

/// Addresses that have been taken, while nothing is answered yet.
pub struct Bound {
    listener: TcpListener,
    /// Where the portal is.
    pub address: SocketAddr,
    /// Where plain HTTP is led to it.
    redirect: Option<(TcpListener, SocketAddr)>,
    tls: Option<Tls>,
}

/// Why the portal can't be served where it should be: one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("can't listen on {0}: choose another address with {1}: {2}")]
    Address(SocketAddr, &'static str, io::Error),
    #[error(
        "can't listen on {0}: {1}; ports below 1024 are for those who may take them: give the program CAP_NET_BIND_SERVICE (config/rollcall.service says how), or choose another port with {2}"
    )]
    Privileged(SocketAddr, io::Error, &'static str),
    #[error(transparent)]
    Tls(#[from] tls::Error),
}

/// Takes the addresses and reads the certificate; nothing is answered yet.
pub async fn bind(config: &Config) -> Result<Bound, BindError> {
    let tls = Tls::new(config)?;
    let (listener, address) = listen(config.listen, "--listen").await?;
    let redirect = match config.tls.redirect_listen {
        Some(address) => Some(listen(address, "tls.redirect_listen").await?),
        None => None,
    };
    Ok(Bound { listener, address, redirect, tls })
}

async fn listen(address: SocketAddr, key: &'static str) -> Result<(TcpListener, SocketAddr), BindError> {
    let taken = |error: io::Error| match error.kind() {
        io::ErrorKind::PermissionDenied => BindError::Privileged(address, error, key),
        _ => BindError::Address(address, key, error),
    };
    let listener = backlogged(address).map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    Ok((listener, address))
}

fn backlogged(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Else who just stopped would hold the address for a minute.
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

impl Bound {
    /// Where plain HTTP is led to the portal, if anywhere.
    pub fn redirect_address(&self) -> Option<SocketAddr> {
        self.redirect.as_ref().map(|(_, address)| *address)
    }
}

/// What all connections share.
#[derive(Clone)]
struct Serving {
    deadlines: Deadlines,
    refusals: Arc<Refusals>,
    stopped: watch::Receiver<bool>,
    /// As long as one of these is there, something is under way.
    _under_way: mpsc::Sender<()>,
}

/// Answers until `stop`; then finishes what is under way, with a deadline.
pub async fn run(bound: Bound, portal: Arc<Portal>, stop: impl Future<Output = ()>) {
    let most = descriptors::connections(portal.config().limits.connections);
    let places = Places::new(most, &portal.config().trusted_proxies);
    let deadlines = portal.config().deadlines;
    let refusals = Arc::new(Refusals::new(portal.config().https()).await);
    let ((stopper, stopped), (under_way, mut all_gone)) = (watch::channel(false), mpsc::channel(1));
    let serving = Serving { deadlines, refusals, stopped, _under_way: under_way };
    let endpoint = Arc::new(routes(Arc::clone(&portal)));
    let Bound { listener, address, redirect, tls } = bound;
    let acceptor = tls.as_ref().map(Tls::acceptor);
    {
        let answering = accept(&listener, &places, |stream, peer, place| {
            let (endpoint, serving, acceptor) = (Arc::clone(&endpoint), serving.clone(), acceptor.clone());
            let scheme = if acceptor.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
            let service = service_fn(move |request| {
                let at = Place { local: address, peer, scheme: scheme.clone() };
                let answered = answer(Arc::clone(&endpoint), request, at);
                // Boxed: what a request passes through is large, and would be moved several times.
                Box::pin(async { Ok::<_, Infallible>(hyper::Response::from(answered.await)) })
            });
            tokio::spawn(async move {
                match acceptor {
                    None => serve(stream, service, &serving).await,
                    Some(acceptor) => {
                        if let Some(stream) = agree(&acceptor, stream, &serving).await {
                            serve(stream, service, &serving).await;
                        }
                    }
                }
                drop(place);
            });
        });
        let redirecting = async {
            match &redirect {
                Some((listener, _)) => redirect::run(listener, &places, &portal, &serving).await,
                None => std::future::pending().await,
            }
        };
        let keeping = async {
            match &tls {
                Some(tls) => tls.keep(&portal).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! { () = stop => {}, () = answering => {}, () = redirecting => {}, () = keeping => {} }
    }
    health::stop(&portal);
    drop((listener, redirect, serving));
    let _ = stopper.send(true);
    // Nothing is ever sent: it ends with the last sender.
    if timeout(deadlines.stop(), all_gone.recv()).await.is_err() {
        tracing::warn!("some answers were not finished in time");
    }
}

/// Accepts as many connections as there are places, for ever.
async fn accept(
    listener: &TcpListener,
    places: &Places,
    mut serve: impl FnMut(TcpStream, SocketAddr, Taken),
) {
    let mut troubled = false;
    // Past the cap nobody is accepted: the system keeps a few waiting, then they are refused.
    while let Some(free) = places.free().await {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // The system would keep megabytes for each that does not read.
                if let Err(error) = set_socket_send_buffer_size(&stream, SENT_AHEAD) {
                    tracing::debug!("a connection's buffer: {error}");
                }
                if std::mem::take(&mut troubled) {
                    tracing::info!("connections are accepted again");
                }
                // Whoever has their share is closed at once.
                if let Some(place) = places.take(free, peer.ip()) {
                    serve(stream, peer, place);
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut troubled, true) {
                    tracing::warn!("a connection could not be accepted: {error}");
                }
                sleep(PAUSE).await;
            }
        }
    }
}

/// Agrees with a peer on TLS. One that speaks none, or takes too long, is its own affair; one that
/// asked whether a domain is ours has its answer.
async fn agree(acceptor: &TlsAcceptor, stream: TcpStream, serving: &Serving) -> Option<TlsStream<TcpStream>> {
    let mut stopped = serving.stopped.clone();
    tokio::select! {
        agreed = timeout(serving.deadlines.handshake(), acceptor.accept(stream)) => {
            agreed.ok()?.ok().filter(|stream| !tls::is_challenge(stream))
        }
        _ = stopped.wait_for(|stopped| *stopped) => None,
    }
}

/// One connection, until it ends or its peer takes too long to read.
async fn serve<S, F, B>(stream: S, service: F, serving: &Serving)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: hyper::service::Service<hyper::Request<Incoming>, Response = hyper::Response<B>, Error = Infallible>,
    F::Future: Send + 'static,
    B: hyper::body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let pace = Arc::new(Pace::default());
    let paced = Arc::clone(&pace);
    let service = service_fn(move |request| {
        let answered = service.call(request);
        let pace = Arc::clone(&paced);
        pace.begun();
        async move { answered.await.map(|response| response.map(|body| Paced::new(body, pace))) }
    });
    let wire = Wire::new(stream, Arc::clone(&pace), Arc::clone(&serving.refusals));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(serving.deadlines.headers()).max_buf_size(HEADER_BYTES);
    let connection = http.serve_connection(TokioIo::new(wire), service);
    let mut connection = pin!(connection);
    let (mut stopped, mut stopping) = (serving.stopped.clone(), false);
    let look = serving.deadlines.stream().min(serving.deadlines.answer()) / 6;
    loop {
        tokio::select! {
            ended = &mut connection => {
                // A peer that goes away or sends nonsense is its own affair.
                if let Err(error) = ended {
                    tracing::debug!("a connection ended: {error}");
                }
                return;
            }
            _ = stopped.wait_for(|stopped| *stopped), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = sleep(look) => if pace.is_late(&serving.deadlines) {
                tracing::debug!("a connection was cut: nobody reads its answer");
                return;
            }
        }
    }
}

/// Where a request came in.
struct Place {
    local: SocketAddr,
    peer: SocketAddr,
    scheme: Scheme,
}

/// One request of a connection.
async fn answer(
    endpoint: Arc<impl Endpoint<Output = Response>>,
    request: hyper::Request<Incoming>,
    at: Place,
) -> Response {
    let (local, peer) = (LocalAddr(Addr::SocketAddr(at.local)), RemoteAddr(Addr::SocketAddr(at.peer)));
    let request = Request::from((request, local, peer, at.scheme));
    match endpoint.call(request).await {
        Ok(response) => response,
        Err(error) => problem::from_poem(error).await,
    }
}
