//! https by the portal itself: with a certificate from files, read again when they change, or with
//! one that it orders.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use rustls::{ServerConfig, crypto::aws_lc_rs::default_provider};
use tokio::{
    net::TcpStream,
    signal::unix::{SignalKind, signal},
    time::{Duration, sleep},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{
    acme::Acme,
    certificates::{CHALLENGE, Certificates, Part, read_files},
};
use crate::{config::Config, ops::Portal};

/// The files are looked at this often.
const LOOK: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{key} {path} can't be used: {why}", key = .key, path = .path.display())]
    File { key: &'static str, path: PathBuf, why: String },
    #[error("TLS can't be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// How the portal speaks https.
pub struct Tls {
    acceptor: TlsAcceptor,
    certificates: Arc<Certificates>,
    source: Source,
}

enum Source {
    Files { certificate: PathBuf, key: PathBuf },
    Acme(Acme),
}

impl Tls {
    /// `None` when the configuration has no TLS.
    pub fn new(config: &Config) -> Result<Option<Self>, Error> {
        let certificates = Arc::new(Certificates::default());
        let source = match (&config.tls.cert_file, &config.tls.key_file) {
            (Some(certificate), Some(key)) => {
                certificates.show(read_files(certificate, key).map_err(named)?);
                Source::Files { certificate: certificate.clone(), key: key.clone() }
            }
            _ if config.tls.acme.domains.is_empty() => return Ok(None),
            _ => Source::Acme(Acme::new(config)?),
        };
        let mut server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificates) as _);
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        if matches!(source, Source::Acme(_)) {
            server.alpn_protocols.push(CHALLENGE.to_vec());
        }
        Ok(Some(Self { acceptor: TlsAcceptor::from(Arc::new(server)), certificates, source }))
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// Keeps the certificate fresh, for ever.
    pub async fn keep(&self, portal: &Portal) {
        match &self.source {
            Source::Files { certificate, key } => self.follow(portal, certificate, key).await,
            Source::Acme(acme) => acme.keep(portal, &self.certificates).await,
        }
    }

    /// Reads the files again when they have changed, or when asked to (SIGHUP). Files that are no
    /// good leave the certificate as it is: they may be half written.
    async fn follow(&self, portal: &Portal, certificate: &Path, key: &Path) {
        self.tell_if_expired(portal);
        let mut asked = signal(SignalKind::hangup()).ok();
        let mut seen = (changed(certificate), changed(key));
        let mut trouble = String::new();
        loop {
            let hangup = async {
                match &mut asked {
                    Some(asked) => asked.recv().await,
                    None => std::future::pending().await,
                }
            };
            let by_hand = tokio::select! { _ = hangup => true, () = sleep(LOOK) => false };
            let now = (changed(certificate), changed(key));
            if now == seen && !by_hand {
                continue;
            }
            match read_files(certificate, key).map_err(named) {
                Ok(read) => {
                    self.certificates.show(read);
                    tracing::info!("the certificate was read again");
                    self.tell_if_expired(portal);
                    (seen, trouble) = (now, String::new());
                }
                Err(error) => {
                    let text = error.to_string();
                    if trouble != text {
                        tracing::warn!("the certificate stays as it was: {text}");
                        trouble = text;
                    }
                }
            }
        }
    }

    /// It is shown all the same: a browser says more about it than a closed door.
    fn tell_if_expired(&self, portal: &Portal) {
        if let Some(until) = self.certificates.expired(portal.now()) {
            tracing::warn!("the certificate was good until {until} and is no more: browsers refuse it");
        }
    }
}

/// Whether this connection was made to ask whether a domain is ours: it is over with the handshake.
pub fn is_challenge(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(CHALLENGE)
}

fn named((part, path, why): (Part, PathBuf, String)) -> Error {
    let key = if part == Part::Key { "tls.key_file" } else { "tls.cert_file" };
    Error::File { key, path, why }
}

fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|file| file.modified()).ok()
}
