//! What is kept of an authority in the data folder: the account, and the certificate with its key.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use instant_acme::AccountCredentials;
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde::{Deserialize, Serialize};
use x509_parser::{extensions::GeneralName, prelude::FromDer};

use crate::model::time::{Span, Timestamp};

pub struct Kept(PathBuf);

/// An account belongs to one authority.
#[derive(Serialize, Deserialize)]
struct Kind<C> {
    directory: String,
    credentials: C,
}

impl Kept {
    pub fn new(data: &Path) -> Self {
        Self(data.join("acme"))
    }

    pub fn account(&self, directory: &str) -> Option<AccountCredentials> {
        let bytes = fs::read(self.0.join("account.json")).ok()?;
        let account: Kind<AccountCredentials> = serde_json::from_slice(&bytes).ok()?;
        (account.directory == directory).then_some(account.credentials)
    }

    pub fn keep_account(&self, directory: &str, credentials: &AccountCredentials) -> io::Result<()> {
        let account = Kind { directory: directory.to_owned(), credentials };
        self.keep("account.json", &serde_json::to_vec(&account)?)
    }

    /// The chain and its key, in PEM.
    pub fn certificate(&self) -> Option<Vec<u8>> {
        fs::read(self.0.join("certificate.pem")).ok()
    }

    pub fn keep_certificate(&self, pem: &str) -> io::Result<()> {
        self.keep("certificate.pem", pem.as_bytes())
    }

    /// Wholly there, durably, or not at all.
    fn keep(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let (path, new) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        fs::File::open(&self.0)?.sync_all()
    }
}

/// When a certificate is to be replaced: once two thirds of its time are over. An error says why
/// it can't be used at all.
pub fn renewal(pem: &[u8], domains: &[String]) -> Result<Timestamp, String> {
    let leaf = CertificateDer::from_pem_slice(pem).map_err(|error| error.to_string())?;
    let (_, leaf) = x509_parser::certificate::X509Certificate::from_der(&leaf)
        .map_err(|error| format!("the one that is kept can't be read: {error}"))?;
    let names = leaf.subject_alternative_name().ok().flatten();
    let names: Vec<&str> = names
        .iter()
        .flat_map(|names| &names.value.general_names)
        .filter_map(|name| if let GeneralName::DNSName(name) = name { Some(*name) } else { None })
        .collect();
    if let Some(domain) = domains.iter().find(|domain| !names.contains(&domain.as_str())) {
        return Err(format!("the one that is kept is not for {domain}"));
    }
    let seconds =
        |time: x509_parser::time::ASN1Time| Timestamp::from_microseconds(time.timestamp() * 1_000_000);
    let (from, to) = (seconds(leaf.validity().not_before), seconds(leaf.validity().not_after));
    Ok(from.plus(Span::seconds(to.since(from).as_seconds() / 3 * 2)))
}
