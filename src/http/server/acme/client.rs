//! Asks an authority: a connection for each request, for there are few.

use std::{future::Future, path::Path, pin::Pin, sync::Arc};

use hyper::{body::Body, header};
use hyper_util::rt::TokioIo;
use instant_acme::{BytesResponse, Error, HttpClient};
use poem::http::{HeaderValue, Request, uri::Authority};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs::default_provider};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::{
    net::TcpStream,
    time::{Duration, timeout},
};
use tokio_rustls::TlsConnector;

use super::super::tls;

/// One request and its answer take so long at most.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub struct Https(TlsConnector);

impl Https {
    /// Trusts the usual authorities, or those of a file.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, tls::Error> {
        let mut roots = RootCertStore::empty();
        match ca_file {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let wrong =
                    |why: String| tls::Error::File { key: "tls.acme.ca_file", path: path.to_owned(), why };
                let found =
                    CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
                roots.add_parsable_certificates(found.map_err(|error| wrong(error.to_string()))?);
                if roots.is_empty() {
                    return Err(wrong("there is no certificate in it".to_owned()));
                }
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    async fn ask<B>(self, mut request: Request<B>) -> Result<BytesResponse, Error>
    where
        B: Body + Send + Unpin + 'static,
        B::Data: Send,
        B::Error: std::error::Error + Send + Sync,
    {
        let other = |error: Box<dyn std::error::Error + Send + Sync>| Error::Other(error);
        let authority = request.uri().authority().cloned().ok_or(Error::Str("an address without a host"))?;
        if request.uri().scheme_str() != Some("https") {
            return Err(Error::Str("an address that is not https"));
        }
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let host = HeaderValue::from_str(authority.as_str()).map_err(|error| other(error.into()))?;
        request.headers_mut().insert(header::HOST, host);
        *request.uri_mut() = path.parse().map_err(|_| Error::Str("an address without a path"))?;
        let connected = self.connect(&authority).await.map_err(|error| other(error.into()))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(connected))
            .await
            .map_err(|error| other(error.into()))?;
        // It ends with the answer.
        tokio::spawn(async move { drop(connection.await) });
        let answer = sender.send_request(request).await.map_err(|error| other(error.into()))?;
        Ok(BytesResponse::from(answer))
    }

    async fn connect(
        &self,
        authority: &Authority,
    ) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(443);
        let name = ServerName::try_from(host.clone()).map_err(std::io::Error::other)?;
        let stream = TcpStream::connect((host, port)).await?;
        self.0.connect(name, stream).await
    }
}

impl HttpClient for Https {
    fn request(
        &self,
        request: Request<instant_acme::BodyWrapper<hyper::body::Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let asked = self.clone().ask(request);
        Box::pin(async move {
            timeout(PATIENCE, asked).await.unwrap_or(Err(Error::Str("the authority does not answer")))
        })
    }
}
