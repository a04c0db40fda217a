//! The listener: serves until it is told to stop, and then finishes what is under way.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use poem::{
    Server,
    listener::{Acceptor, Listener, TcpAcceptor, TcpListener},
};

use super::routes;
use crate::ops::Portal;

/// Answers under way may take so long after the stop.
const FAREWELL: Duration = Duration::from_secs(10);

pub struct Bound {
    acceptor: TcpAcceptor,
    pub address: SocketAddr,
}

/// Takes the address; nothing is answered yet.
pub async fn bind(address: SocketAddr) -> io::Result<Bound> {
    let acceptor = TcpListener::bind(address).into_acceptor().await?;
    let bound = acceptor.local_addr().first().and_then(|local| local.as_socket_addr().copied());
    Ok(Bound { acceptor, address: bound.unwrap_or(address) })
}

pub async fn run(bound: Bound, portal: Arc<Portal>, stop: impl Future<Output = ()>) -> io::Result<()> {
    Server::new_with_acceptor(bound.acceptor)
        .name("rollcall")
        .idle_timeout(Duration::from_secs(60))
        .run_with_graceful_shutdown(routes(portal), stop, Some(FAREWELL))
        .await
}
