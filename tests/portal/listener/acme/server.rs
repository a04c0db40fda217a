//! The authority. It holds what it is sent against the standard as far as a mistake of ours could
//! show: nonces used once, addresses signed for what they are sent to, the account's key in the
//! answer on the portal's port. It does not verify the signatures themselves.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rustls::{
    ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::aws_lc_rs::default_provider,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::super::authority::Authority;

pub const DOMAIN: &str = "portal.test";
const TOKEN: &str = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";

#[derive(Clone)]
pub struct AcmeServer(Arc<Inner>);

struct Inner {
    authority: Authority,
    address: SocketAddr,
    state: Mutex<State>,
    portal: watch::Sender<Option<SocketAddr>>,
    issued: watch::Sender<usize>,
    refused: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    nonces: HashSet<String>,
    made: usize,
    accounts: usize,
    orders: usize,
    contact: Option<String>,
    thumbprint: String,
    proven: bool,
    refuse: bool,
    certificate: Option<String>,
}

impl AcmeServer {
    pub async fn start() -> Self {
        let authority = Authority::new();
        let issued = authority.issue("localhost");
        let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap();
        let chain = vec![CertificateDer::from_pem_slice(issued.chain.as_bytes()).unwrap()];
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (portal, issued, refused) =
            (watch::Sender::new(None), watch::Sender::new(0), watch::Sender::new(0));
        let server =
            Self(Arc::new(Inner { authority, address, state: Mutex::default(), portal, issued, refused }));
        let (serving, acceptor) = (server.clone(), TlsAcceptor::from(Arc::new(config)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, acceptor) = (serving.clone(), acceptor.clone());
                tokio::spawn(async move { server.converse(acceptor, stream).await });
            }
        });
        server
    }

    pub fn authority(&self) -> &Authority {
        &self.0.authority
    }

    pub fn directory(&self) -> String {
        self.url("directory")
    }

    pub fn look_at(&self, portal: SocketAddr) {
        self.0.portal.send_replace(Some(portal));
    }

    pub fn refuse(&self, refuse: bool) {
        self.0.state.lock().unwrap().refuse = refuse;
    }

    pub fn orders(&self) -> usize {
        self.0.state.lock().unwrap().orders
    }

    pub fn accounts(&self) -> usize {
        self.0.state.lock().unwrap().accounts
    }

    pub fn contact(&self) -> Option<String> {
        self.0.state.lock().unwrap().contact.clone()
    }

    /// Waits until so many certificates were handed out.
    pub async fn issued(&self, n: usize) {
        self.0.issued.subscribe().wait_for(|issued| *issued >= n).await.unwrap();
    }

    pub async fn refused(&self, n: usize) {
        self.0.refused.subscribe().wait_for(|refused| *refused >= n).await.unwrap();
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}/{path}", self.0.address.port())
    }

    async fn converse(&self, acceptor: TlsAcceptor, stream: TcpStream) {
        let Ok(mut stream) = acceptor.accept(stream).await else { return };
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a request"));
        }
        let head = String::from_utf8(head).unwrap();
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await.unwrap();
        let (method, path) =
            head.split_once(" /").map(|(m, rest)| (m, rest.split(' ').next().unwrap())).unwrap();
        let (status, location, text) = self.answer(method, path, &body).await;
        let kind =
            if text.starts_with('{') { "application/json" } else { "application/pem-certificate-chain" };
        let nonce = {
            let mut state = self.0.state.lock().unwrap();
            state.made += 1;
            let nonce = format!("nonce{}", state.made);
            state.nonces.insert(nonce.clone());
            nonce
        };
        let location = location.map(|path| format!("location: {}\r\n", self.url(path))).unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 {status} Said\r\nreplay-nonce: {nonce}\r\n{location}content-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{}",
            text.len(),
            if method == "HEAD" { "" } else { &text }
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        let _closed = stream.shutdown().await;
    }

    async fn answer(&self, method: &str, path: &str, body: &[u8]) -> (u16, Option<&'static str>, String) {
        if method != "POST" {
            let directory = json!({
                "newNonce": self.url("nonce"), "newAccount": self.url("account"), "newOrder": self.url("order"),
                "revokeCert": self.url("revoke"), "keyChange": self.url("key"),
            });
            return (200, None, directory.to_string());
        }
        let (header, payload) = self.open(path, body);
        match path {
            "account" => {
                let mut state = self.0.state.lock().unwrap();
                state.accounts += 1;
                state.contact = payload["contact"][0].as_str().map(str::to_owned);
                assert_eq!(payload["termsOfServiceAgreed"], true);
                let jwk = &header["jwk"];
                let canonical = format!(
                    r#"{{"crv":{},"kty":{},"x":{},"y":{}}}"#,
                    jwk["crv"], jwk["kty"], jwk["x"], jwk["y"]
                );
                state.thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical));
                (201, Some("account/1"), json!({"status": "valid"}).to_string())
            }
            "order" => {
                let mut state = self.0.state.lock().unwrap();
                if state.refuse {
                    self.0.refused.send_modify(|refused| *refused += 1);
                    let problem =
                        json!({"type": "urn:ietf:params:acme:error:rateLimited", "detail": "Too many."});
                    return (429, None, problem.to_string());
                }
                assert_eq!(payload["identifiers"], json!([{"type": "dns", "value": DOMAIN}]));
                state.orders += 1;
                (state.proven, state.certificate) = (false, None);
                drop(state);
                (201, Some("order/1"), self.order())
            }
            "authorization" => {
                let proven = self.0.state.lock().unwrap().proven;
                (200, None, json!({
                    "status": if proven { "valid" } else { "pending" },
                    "identifier": {"type": "dns", "value": DOMAIN},
                    "challenges": [
                        {"type": "http-01", "url": self.url("nothing"), "token": TOKEN, "status": "pending"},
                        {"type": "tls-alpn-01", "url": self.url("challenge"), "token": TOKEN, "status": "pending"},
                    ],
                }).to_string())
            }
            "challenge" => {
                let thumbprint = self.0.state.lock().unwrap().thumbprint.clone();
                self.look(&thumbprint).await;
                self.0.state.lock().unwrap().proven = true;
                (200, None, json!({"type": "tls-alpn-01", "url": self.url("challenge"), "token": TOKEN, "status": "valid"}).to_string())
            }
            "finalize" => {
                let csr = URL_SAFE_NO_PAD.decode(payload["csr"].as_str().unwrap()).unwrap();
                let end = if self.orders() == 1 { (2027, 2, 18) } else { (2028, 2, 18) };
                let pem = self.0.authority.sign(&csr, (2026, 11, 20), end);
                let mut state = self.0.state.lock().unwrap();
                assert!(state.proven, "asked for before the domain was proven");
                state.certificate = Some(pem);
                drop(state);
                (200, None, self.order())
            }
            "order/1" => (200, None, self.order()),
            "certificate" => {
                self.0.issued.send_modify(|issued| *issued += 1);
                (200, None, self.0.state.lock().unwrap().certificate.clone().unwrap())
            }
            other => panic!("nobody should ask for {other}"),
        }
    }

    fn order(&self) -> String {
        let state = self.0.state.lock().unwrap();
        let status = match (&state.certificate, state.proven) {
            (Some(_), _) => "valid",
            (None, true) => "ready",
            (None, false) => "pending",
        };
        let mut order = json!({
            "status": status, "identifiers": [{"type": "dns", "value": DOMAIN}],
            "authorizations": [self.url("authorization")], "finalize": self.url("finalize"),
        });
        if state.certificate.is_some() {
            order["certificate"] = self.url("certificate").into();
        }
        order.to_string()
    }

    /// What is in a signed request: its header and its payload.
    fn open(&self, path: &str, body: &[u8]) -> (Value, Value) {
        let body: Value = serde_json::from_slice(body).unwrap();
        let part = |name: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(body[name].as_str().unwrap()).unwrap();
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() }
        };
        let header = part("protected");
        assert_eq!((&header["alg"], &header["url"]), (&json!("ES256"), &json!(self.url(path))));
        assert_eq!(header["jwk"].is_object(), path == "account", "{header}");
        if path != "account" {
            assert_eq!(header["kid"], self.url("account/1"));
        }
        let fresh = self.0.state.lock().unwrap().nonces.remove(header["nonce"].as_str().unwrap());
        assert!(fresh, "a nonce is used once: {header}");
        (header, part("payload"))
    }

    /// Looks at the portal's port, as the authority does that wants to know whose domain it is.
    async fn look(&self, thumbprint: &str) {
        let portal = self.0.portal.subscribe().wait_for(Option::is_some).await.unwrap().unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Whoever))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"acme-tls/1".to_vec()];
        let connector = TlsConnector::from(Arc::new(config));
        let ask = async |domain: &'static str| {
            let stream = TcpStream::connect(portal).await.unwrap();
            connector.connect(ServerName::try_from(domain).unwrap(), stream).await
        };
        assert!(ask("other.test").await.is_err(), "it answers for its own domain alone");
        let mut stream = ask(DOMAIN).await.expect("an answer");
        let session = stream.get_ref().1;
        assert_eq!(session.alpn_protocol(), Some(&b"acme-tls/1"[..]));
        let shown = session.peer_certificates().unwrap()[0].clone();
        let digest = Sha256::digest(format!("{TOKEN}.{thumbprint}"));
        let has = |bytes: &[u8]| shown.windows(bytes.len()).any(|window| window == bytes);
        // id-pe-acmeIdentifier, critical, with the digest in it.
        let oid = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1f, 0x01, 0x01, 0xff];
        assert!(has(&oid) && has(&digest) && has(DOMAIN.as_bytes()));
        // Nothing is served on such a connection.
        let _refused = stream.write_all(b"GET / HTTP/1.1\r\nhost: portal.test\r\n\r\n").await;
        let mut back = Vec::new();
        let _closed = stream.read_to_end(&mut back).await;
        assert!(back.is_empty());
    }
}

/// The certificate that answers is signed by nobody.
#[derive(Debug)]
struct Whoever;

impl ServerCertVerifier for Whoever {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}
