//! How the portal is reached: TLS, and how long it waits for whom.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use serde::Deserialize;

use super::{Config, Length, Wrong, address::Address, values};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    pub cert_file: Option<PathBuf>,
    pub key_file: Option<PathBuf>,
    /// A plain port that leads to `public_url`.
    #[serde(default, deserialize_with = "values::maybe_address")]
    pub redirect_listen: Option<SocketAddr>,
    pub acme: Acme,
}

impl Tls {
    /// Whether the portal itself speaks https.
    pub fn is_on(&self) -> bool {
        self.cert_file.is_some() || !self.acme.domains.is_empty()
    }
}

/// Certificates that the portal orders by itself (RFC 8555).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acme {
    #[serde(deserialize_with = "values::list")]
    pub domains: Vec<String>,
    /// An e-mail address.
    pub contact: Option<String>,
    pub directory: String,
    pub ca_file: Option<PathBuf>,
}

/// How long somebody may take.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    pub handshake: Length,
    pub headers: Length,
    pub body: Length,
    pub answer: Length,
    pub stream: Length,
    pub stop: Length,
}

fn duration(length: Length) -> Duration {
    Duration::from_secs(u64::try_from(length.0.as_seconds()).unwrap_or(0))
}

impl Deadlines {
    pub fn handshake(&self) -> Duration {
        duration(self.handshake)
    }
    /// The same for the next request of a connection that is kept.
    pub fn headers(&self) -> Duration {
        duration(self.headers)
    }
    pub fn body(&self) -> Duration {
        duration(self.body)
    }
    /// To read an answer whole.
    pub fn answer(&self) -> Duration {
        duration(self.answer)
    }
    /// Without getting on.
    pub fn stream(&self) -> Duration {
        duration(self.stream)
    }
    /// For what is under way when the portal stops.
    pub fn stop(&self) -> Duration {
        duration(self.stop)
    }
}

/// What doesn't go together.
pub(super) fn check(config: &mut Config) -> Result<(), Wrong> {
    let wrong = |key, what: &str| Err(Wrong { key, what: what.to_owned() });
    for domain in &mut config.tls.acme.domains {
        *domain = domain.to_ascii_lowercase();
    }
    let (tls, https) = (&config.tls, config.https());
    let acme = !tls.acme.domains.is_empty();
    match (&tls.cert_file, &tls.key_file) {
        (Some(_), None) => return wrong("tls.cert_file", "needs tls.key_file beside it"),
        (None, Some(_)) => return wrong("tls.key_file", "needs tls.cert_file beside it"),
        (Some(_), Some(_)) if acme => {
            return wrong("tls.acme.domains", "can't be set together with tls.cert_file: choose one of them");
        }
        _ => {}
    }
    if !acme && tls.acme.contact.is_some() {
        return wrong("tls.acme.contact", "needs tls.acme.domains beside it");
    }
    if !acme && tls.acme.ca_file.is_some() {
        return wrong("tls.acme.ca_file", "needs tls.acme.domains beside it");
    }
    if Address::parse(&tls.acme.directory).is_none_or(|address| !address.https) {
        return wrong("tls.acme.directory", "must be an address that begins with https://");
    }
    if !tls.is_on() {
        if tls.redirect_listen.is_some() {
            let what = "needs a certificate: tls.cert_file and tls.key_file, or tls.acme.domains";
            return wrong("tls.redirect_listen", what);
        }
        return Ok(());
    }
    if !https {
        return wrong("public_url", "must begin with https:// where the portal has a certificate");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let is_domain = |text: &String| {
        text.contains('.') && text.chars().all(plain) && text.parse::<std::net::IpAddr>().is_err()
    };
    if let Some(domain) = tls.acme.domains.iter().find(|domain| !is_domain(domain)) {
        let what = format!("has “{domain}”, which is no domain such as portal.example.com");
        return wrong("tls.acme.domains", &what);
    }
    let host = Address::parse(config.public_url()).map_or("", |address| address.host);
    if acme && !tls.acme.domains.iter().any(|domain| domain.eq_ignore_ascii_case(host)) {
        return wrong("tls.acme.domains", &format!("must have the host of public_url, {host}"));
    }
    Ok(())
}
