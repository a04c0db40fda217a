//! Another portal, over HTTP: a GET whose answer is read as it comes. HTTP/1.0, so that the answer
//! ends with the connection; whether it is whole, a backup says itself.

use std::{
    fs,
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};

use super::Misuse;

/// So long nothing may come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of an answer's head, at most.
const HEAD: u64 = 64 << 10;

#[derive(clap::Args)]
pub struct Remote {
    /// The address of a running portal, such as https://portal.example.com
    #[arg(long)]
    url: Option<String>,
    /// An API token of somebody who holds every permission; other users of this machine may see it
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// A file that holds the token, instead of it
    #[arg(long, requires = "url", conflicts_with = "token", value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A PEM file of the authorities to trust instead of the usual ones
    #[arg(long, requires = "url", value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

impl Remote {
    /// The backup of the portal at the URL; `None` when no URL is given.
    pub fn open(&self) -> Result<Option<impl Read + use<>>> {
        let Some(url) = &self.url else { return Ok(None) };
        let token = match (&self.token, &self.token_file) {
            (Some(token), _) => token.clone(),
            (None, Some(path)) => {
                fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?
            }
            (None, None) => {
                bail!(Misuse("--url needs an API token, with --token or --token-file".to_owned()))
            }
        };
        let token = token.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            bail!(Misuse("this is no API token: one begins with rc_".to_owned()));
        }
        let (host, mut stream) = connect(url, self.ca_file.as_deref())?;
        let cut = || format!("the portal at {url} does not answer");
        write!(
            stream,
            "GET /api/v1/backup HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nAccept: */*\r\n\r\n"
        )
        .and_then(|()| stream.flush())
        .with_context(cut)?;
        let mut answer = BufReader::new(Closing(stream));
        let status = head(&mut answer).with_context(cut)?;
        if status == 200 {
            return Ok(Some(answer));
        }
        let mut problem = String::new();
        // What it says is for people; without it there is still the status.
        let _ = answer.take(HEAD).read_to_string(&mut problem);
        let problem: serde_json::Value = serde_json::from_str(&problem).unwrap_or_default();
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        bail!("the portal at {url} refuses: {status} {} {}", text("code"), text("detail"));
    }
}

/// Host and port as the request names them, and the connection.
fn connect(url: &str, ca_file: Option<&Path>) -> Result<(String, Box<dyn Stream>)> {
    let (tls, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => bail!("--url is like https://portal.example.com"),
    };
    let host = rest.trim_end_matches('/');
    if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte)) {
        bail!("--url is like https://portal.example.com, without a path");
    }
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if has_port { host.to_owned() } else { format!("{host}:{}", if tls { 443 } else { 80 }) };
    let quiet = || format!("no portal answers at {url}");
    let stream = TcpStream::connect(&address).with_context(quiet)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    if !tls {
        return Ok((host.to_owned(), Box::new(stream)));
    }
    let name = address.rsplit_once(':').map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    let name = ServerName::try_from(name.to_owned()).with_context(|| format!("{name} is no host"))?;
    let session = ClientConnection::new(Arc::new(trusting(ca_file)?), name)?;
    Ok((host.to_owned(), Box::new(StreamOwned::new(session, stream))))
}

fn trusting(ca_file: Option<&Path>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let unusable = || format!("{} holds no certificates that can be used", path.display());
            for certificate in CertificateDer::pem_file_iter(path).with_context(unusable)? {
                roots.add(certificate.with_context(unusable)?).with_context(unusable)?;
            }
            if roots.is_empty() {
                bail!("{}", unusable());
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

/// The status, with the rest of the head read past.
fn head(answer: &mut impl BufRead) -> io::Result<u16> {
    let mut head = String::new();
    let mut lines = answer.take(HEAD);
    loop {
        let from = head.len();
        if lines.read_line(&mut head)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if head[from..].trim_end().is_empty() {
            break;
        }
    }
    let status = head.split_ascii_whitespace().nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "this is no answer in HTTP"))
}

/// A peer that goes without a farewell has ended its answer.
struct Closing(Box<dyn Stream>);

impl Read for Closing {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self.0.read(bytes) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
            other => other,
        }
    }
}
