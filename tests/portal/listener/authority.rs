//! Certificates as an authority of ours issues them, in files.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair,
};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, CertificateSigningRequestDer, ServerName};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    folder: TempDir,
}

/// A certificate and its key, in PEM.
pub struct Issued {
    pub chain: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Test CA");
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), root.pem()).unwrap();
        Self { issuer: Issuer::new(params, key), root: root.der().clone(), folder }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub fn issue(&self, domain: &str) -> Issued {
        self.issue_until(domain, (2099, 1, 1))
    }

    /// One that is good until this day.
    pub fn issue_until(&self, domain: &str, (year, month, day): (i32, u8, u8)) -> Issued {
        let mut params = CertificateParams::new(vec![domain.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, month, day);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        Issued { chain: leaf.pem(), key: key.serialize_pem() }
    }

    /// Signs what somebody asks for, for so many days from a moment on.
    pub fn sign(&self, csr: &[u8], from: (i32, u8, u8), to: (i32, u8, u8)) -> String {
        let mut csr =
            CertificateSigningRequestParams::from_der(&CertificateSigningRequestDer::from(csr)).unwrap();
        csr.params.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
        csr.params.not_after = rcgen::date_time_ymd(to.0, to.1, to.2);
        csr.signed_by(&self.issuer).unwrap().pem()
    }

    /// Connects as a browser does that trusts this authority.
    pub async fn connect(
        &self,
        address: std::net::SocketAddr,
        domain: &str,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from(domain.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

impl Issued {
    /// Puts both into files of a folder, as an administrator would.
    pub fn put(&self, folder: &Path) -> (PathBuf, PathBuf) {
        let (chain, key) = (folder.join("portal.pem"), folder.join("portal.key"));
        std::fs::write(&chain, &self.chain).unwrap();
        std::fs::write(&key, &self.key).unwrap();
        (chain, key)
    }
}
