//! The certificate that is shown to those who connect, and another one when it is replaced.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwapOption;
use rustls::{
    crypto::aws_lc_rs::default_provider,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use crate::model::time::Timestamp;

/// The protocol in which an authority asks whether a domain is ours (RFC 8737).
pub const CHALLENGE: &[u8] = b"acme-tls/1";

/// A key and its certificates, from PEM; or what is wrong with which of them.
pub fn read(chain: &[u8], key: &[u8]) -> Result<CertifiedKey, (Part, String)> {
    let wrong = |part: Part| move |error: &dyn std::fmt::Display| (part, error.to_string());
    let certificates = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong(Part::Certificate)(&error))?;
    if certificates.is_empty() {
        return Err((Part::Certificate, "there is no certificate in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
        pem::Error::NoItemsFound => (Part::Key, "it holds no private key in PEM form".to_owned()),
        _ => wrong(Part::Key)(&error),
    })?;
    CertifiedKey::from_der(certificates, key, &default_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => (Part::Key, "it is not the certificate's key".to_owned()),
        rustls::Error::InvalidCertificate(_) => wrong(Part::Certificate)(&error),
        _ => wrong(Part::Key)(&error),
    })
}

/// The same from two files; the message names the one that is wrong.
pub fn read_files(certificate: &Path, key: &Path) -> Result<CertifiedKey, (Part, PathBuf, String)> {
    let bytes = |part: Part, path: &Path| {
        std::fs::read(path).map_err(|error| (part, path.to_owned(), error.to_string()))
    };
    let (chain, secret) = (bytes(Part::Certificate, certificate)?, bytes(Part::Key, key)?);
    read(&chain, &secret).map_err(|(part, why)| {
        let path = if part == Part::Key { key } else { certificate };
        (part, path.to_owned(), why)
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Certificate,
    Key,
}

/// What is shown now.
#[derive(Debug, Default)]
pub struct Certificates {
    own: ArcSwapOption<CertifiedKey>,
    /// By domain, while an authority asks.
    answers: Mutex<Vec<(String, Arc<CertifiedKey>)>>,
}

impl Certificates {
    pub fn show(&self, certificate: CertifiedKey) {
        self.own.store(Some(Arc::new(certificate)));
    }

    /// Until when the one that is shown was good, if its time is over.
    pub fn expired(&self, now: Timestamp) -> Option<Timestamp> {
        let shown = self.own.load_full()?;
        let (_, leaf) = X509Certificate::from_der(shown.cert.first()?).ok()?;
        let until = Timestamp::from_microseconds(leaf.validity().not_after.timestamp() * 1_000_000);
        (until < now).then_some(until)
    }

    /// Answers the question for one domain from now on.
    pub fn answer(&self, domain: &str, certificate: CertifiedKey) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|(known, _)| known != domain);
        answers.push((domain.to_owned(), Arc::new(certificate)));
    }

    pub fn answer_no_more(&self) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asks = hello.alpn().is_some_and(|mut offered| offered.any(|protocol| protocol == CHALLENGE));
        if !asks {
            return self.own.load_full();
        }
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let domain = hello.server_name()?;
        answers.iter().find(|(known, _)| known == domain).map(|(_, certificate)| Arc::clone(certificate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_whose_time_is_over_is_known() {
        let mut params = rcgen::CertificateParams::new(vec!["portal.test".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2026, 11, 24);
        let key = rcgen::KeyPair::generate().unwrap();
        let chain = params.self_signed(&key).unwrap().pem();
        let certificates = Certificates::default();
        let at = |moment: &str| Timestamp::parse(moment).unwrap();
        assert_eq!(certificates.expired(at("2030-01-01T00:00:00.000Z")), None, "there is none");
        certificates.show(read(chain.as_bytes(), key.serialize_pem().as_bytes()).unwrap());
        assert_eq!(certificates.expired(at("2026-11-23T23:59:59.000Z")), None);
        let until = certificates.expired(at("2026-11-24T00:00:01.000Z"));
        assert_eq!(until, Some(at("2026-11-24T00:00:00.000Z")));
    }
}
