//! Hands a message to the SMTP server (RFC 5321), and says truly what came of it.

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use mail_send::{Credentials, SmtpClient, SmtpClientBuilder, smtp::message::Parameters};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::failure::{Failure, Stage, describe, reply_line};
use super::message::Sender;
use crate::{
    config::{self, Encryption},
    model::text::EmailAddress,
};

/// The way out for mail.
#[derive(Clone)]
pub enum Transport {
    Smtp(Arc<Smtp>),
    /// No server is configured: mails stay in the outbox, where admins read them.
    OutboxOnly,
}

impl Transport {
    /// From the configuration's `smtp` part. Reads the CA file; connects to nothing.
    pub fn new(config: &config::Smtp, public_url: &str) -> Result<Self, ConfigError> {
        match &config.host {
            Some(host) => Ok(Self::Smtp(Arc::new(Smtp::new(config, host, public_url)?))),
            None => Ok(Self::OutboxOnly),
        }
    }
}

/// How long a server may take. mail-send's own limit is an hour and leaves out the greeting.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From connecting to the greeting, encryption included.
    pub connect: Duration,
    /// The whole conversation.
    pub whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(30), whole: Duration::from_secs(5 * 60) }
    }
}

/// So many connections to the server at most: many servers refuse more from one sender.
pub const CONNECTIONS: usize = 4;

/// How long a server may take to say goodbye, when all is done.
const FAREWELL: Duration = Duration::from_secs(10);

/// A configuration that no mail can be sent with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("smtp.host \"{0}\" is no host name")]
    Host(String),
    #[error("smtp.from is not like `portal@example.com` or `Name <portal@example.com>`")]
    From,
    #[error("smtp.username is set, but neither smtp.password nor smtp.password_file")]
    Password,
    #[error("smtp.ca_file {path}: {reason}")]
    CaFile { path: PathBuf, reason: String },
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] rustls::Error),
}

pub struct Smtp {
    builder: SmtpClientBuilder<String>,
    encryption: Encryption,
    credentials: Option<Credentials<String>>,
    from: Sender,
    hello: String,
    /// `host:port`, as people read it in a failure.
    place: String,
    limits: Limits,
    connections: Arc<Semaphore>,
}

impl Smtp {
    fn new(config: &config::Smtp, host: &str, public_url: &str) -> Result<Self, ConfigError> {
        let name = host.trim_matches(['[', ']']).to_owned();
        if ServerName::try_from(name.as_str()).is_err() {
            return Err(ConfigError::Host(host.to_owned()));
        }
        let place = match name.contains(':') {
            true => format!("[{name}]:{}", config.port),
            false => format!("{name}:{}", config.port),
        };
        let from = config.from.as_deref().map(Sender::parse);
        let credentials = match (&config.username, &config.password) {
            (None, _) => None,
            (Some(_), None) => return Err(ConfigError::Password),
            (Some(name), Some(password)) => {
                Some(Credentials::new(name.clone(), password.expose().to_owned()))
            }
        };
        let connector = connector(config.ca_file.as_deref())?;
        let (hello, limits) = (hello(public_url), Limits::default());
        let mut builder = SmtpClientBuilder::new_with_tls_connector(name, config.port, connector)
            .implicit_tls(config.encryption == Encryption::Tls)
            .helo_host(hello.clone())
            .timeout(limits.whole)
            // What follows the greeting is ours, so that a failure can say where it happened.
            .say_ehlo(false);
        builder.addr.clone_from(&place);
        Ok(Self {
            builder,
            encryption: config.encryption,
            credentials,
            from: from.and_then(Result::ok).ok_or(ConfigError::From)?,
            hello,
            place,
            limits,
            connections: Arc::new(Semaphore::new(CONNECTIONS)),
        })
    }

    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.builder = self.builder.timeout(limits.whole);
        self.limits = limits;
        self
    }

    pub fn from(&self) -> &Sender {
        &self.from
    }

    /// The portal's host, as it stands in an EHLO and a Message-ID.
    pub fn host(&self) -> &str {
        &self.hello
    }

    /// Delivers one message to one recipient; the answer is the server's last one, such as
    /// `250 2.0.0 Ok: queued as 4F`.
    pub async fn deliver(&self, to: &EmailAddress, message: &[u8]) -> Result<String, Failure> {
        let free = Arc::clone(&self.connections).acquire_owned().await;
        let place = free.expect("the semaphore is never closed");
        let attempt = async {
            match self.encryption {
                Encryption::None => self.converse(self.builder.connect_plain(), place, to, message).await,
                Encryption::StartTls | Encryption::Tls => {
                    self.converse(self.builder.connect(), place, to, message).await
                }
            }
        };
        match timeout(self.limits.whole, attempt).await {
            Ok(result) => result,
            Err(_) => Err(Failure::temporary(format!(
                "{} was too slow: the mail was not delivered within {} seconds.",
                self.place,
                self.limits.whole.as_secs()
            ))),
        }
    }

    /// One conversation, from the greeting to the answer to the message.
    async fn converse<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        &self,
        connect: impl Future<Output = mail_send::Result<SmtpClient<T>>>,
        place: OwnedSemaphorePermit,
        to: &EmailAddress,
        message: &[u8],
    ) -> Result<String, Failure> {
        let failed = |stage, error| describe(&self.place, stage, &self.from.address, to, error);
        let connected = timeout(self.limits.connect, connect).await.unwrap_or(Err(mail_send::Error::Timeout));
        let mut client = connected.map_err(|error| failed(Stage::Connect, error))?;
        let answer = self.say(&mut client, to, message).await;
        // The mail's fate is known: the goodbye neither delays nor changes it.
        tokio::spawn(async move {
            // However it ends, the mail is where it is.
            let _ = timeout(FAREWELL, client.quit()).await;
            drop(place);
        });
        answer.map_err(|(stage, error)| failed(stage, error))
    }

    async fn say<T: AsyncRead + AsyncWrite + Unpin>(
        &self,
        client: &mut SmtpClient<T>,
        to: &EmailAddress,
        message: &[u8],
    ) -> Result<String, (Stage, mail_send::Error)> {
        let at = |stage| move |error| (stage, error);
        let mut server = client.ehlo(&self.hello).await.map_err(at(Stage::Hello))?;
        if let Some(credentials) = &self.credentials {
            // mail-send would begin others that it is built without, and lose its place.
            server.auth_mechanisms &= AUTH_PLAIN | AUTH_LOGIN;
            client.authenticate(credentials, &server).await.map_err(at(Stage::SignIn))?;
        }
        let plain = Parameters::new();
        client.mail_from(self.from.address.as_str(), &plain).await.map_err(at(Stage::Sender))?;
        client.rcpt_to(to.as_str(), &plain).await.map_err(at(Stage::Recipient))?;
        let reply = client.data(message).await.map_err(at(Stage::Message))?;
        Ok(reply_line(&reply))
    }
}

/// What we call ourselves: the host of the portal's public address. An IP address stands in
/// brackets (RFC 5321, 4.1.3), and a name has to be ASCII.
fn hello(public_url: &str) -> String {
    let authority = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(ip)) => format!("[{ip}]"),
        Ok(IpAddr::V6(ip)) => format!("[IPv6:{ip}]"),
        Err(_) if host.is_ascii() => host.to_owned(),
        Err(_) => "localhost".to_owned(),
    }
}

/// Verifies certificates, always: against the given CA file, else against the public CAs.
fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, ConfigError> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let failed = |reason: String| ConfigError::CaFile { path: path.to_owned(), reason };
            let pem = fs::read(path).map_err(|error: io::Error| failed(error.to_string()))?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let certificate = certificate.map_err(|error| failed(error.to_string()))?;
                roots.add(certificate).map_err(|error| failed(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(failed("there is no certificate in it (PEM is expected)".to_owned()));
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> config::Smtp {
        config::Smtp {
            host: Some("mail.test".into()),
            port: 587,
            encryption: Encryption::StartTls,
            username: None,
            password: None,
            password_file: None,
            from: Some("portal@example.test".into()),
            ca_file: None,
        }
    }

    fn refused(config: &config::Smtp) -> String {
        let transport = Transport::new(config, "https://portal.test");
        transport.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_wrong_ca_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let config = config::Smtp { ca_file: Some(path.clone()), ..config() };
        let starts = format!("smtp.ca_file {}: ", path.display());
        assert!(refused(&config).starts_with(&starts));
        fs::write(&path, "no certificate").unwrap();
        assert_eq!(refused(&config), starts + "there is no certificate in it (PEM is expected)");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(refused(&config()), "");
        let no_password = config::Smtp { username: Some("portal".into()), ..config() };
        assert!(refused(&no_password).starts_with("smtp.username is set"));
        for from in [None, Some("nobody".to_owned())] {
            assert!(refused(&config::Smtp { from, ..config() }).starts_with("smtp.from is not like"));
        }
        let no_host = config::Smtp { host: None, from: None, ..config() };
        assert!(matches!(Transport::new(&no_host, ""), Ok(Transport::OutboxOnly)));
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for (host, place) in [
            ("mail.test", Some("mail.test:587")),
            ("127.0.0.1", Some("127.0.0.1:587")),
            ("::1", Some("[::1]:587")),
            ("[::1]", Some("[::1]:587")),
            ("mail.test:587", None),
            ("", None),
        ] {
            let smtp = Smtp::new(&config(), host, "https://portal.test");
            assert_eq!(smtp.ok().map(|smtp| smtp.place).as_deref(), place, "{host}");
        }
    }

    #[test]
    fn we_say_hello_by_the_portals_host() {
        for (url, name) in [
            ("https://portal.test", "portal.test"),
            ("http://localhost:8080", "localhost"),
            ("http://127.0.0.1:8080", "[127.0.0.1]"),
            ("http://[::1]:8080", "[IPv6:::1]"),
            ("https://[::1]", "[IPv6:::1]"),
            ("https://münchen.test", "localhost"),
        ] {
            assert_eq!(hello(url), name);
        }
    }
}
