//! Certificates that the portal orders by itself (ACME, RFC 8555). The authority asks on the
//! portal's own port whether a domain is ours (TLS-ALPN-01, RFC 8737). What must outlive a restart
//! lies in the data folder, for its owner alone.

mod client;
mod kept;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::time::Duration;

use self::{client::Https, kept::Kept};
use super::{
    certificates::{Certificates, read},
    tls,
};
use crate::{
    config::{self, Config},
    model::time::{Span, Timestamp},
    ops::Portal,
};

/// After an order that failed; twice as long after each, for authorities count failures.
const FIRST_PAUSE: Span = Span::minutes(2);
const LONGEST_PAUSE: Span = Span::hours(12);
/// How long an authority may take to look and to sign.
const PATIENCE: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(120));

/// Errors are for the log: what, and what was said.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

pub struct Acme {
    settings: config::Acme,
    client: Https,
    kept: Kept,
}

impl Acme {
    pub fn new(config: &Config) -> std::result::Result<Self, tls::Error> {
        let settings = config.tls.acme.clone();
        let client = Https::new(settings.ca_file.as_deref())?;
        let kept = Kept::new(&config.data_dir);
        Ok(Self { settings, client, kept })
    }

    /// Shows the certificate that there is, and orders the next one in good time, for ever.
    pub async fn keep(&self, portal: &Portal, certificates: &Certificates) {
        let mut pause = FIRST_PAUSE;
        let mut due = match self.show(certificates) {
            Some(due) => due,
            None => portal.now(),
        };
        loop {
            portal.until(due).await;
            let domains = self.settings.domains.join(", ");
            due = match self.order(certificates).await {
                Ok(()) => {
                    tracing::info!("a certificate for {domains} was issued");
                    pause = FIRST_PAUSE;
                    self.show(certificates).unwrap_or_else(|| portal.now().plus(LONGEST_PAUSE))
                }
                Err(error) => {
                    let next = portal.now().plus(pause);
                    tracing::warn!("no certificate for {domains}, tried again at {next}: {error}");
                    pause = Span::seconds(pause.as_seconds() * 2).min(LONGEST_PAUSE);
                    next
                }
            };
            certificates.answer_no_more();
        }
    }

    /// Shows the certificate that is kept, if it is for our domains; answers when to renew it.
    fn show(&self, certificates: &Certificates) -> Option<Timestamp> {
        let pem = self.kept.certificate()?;
        match kept::renewal(&pem, &self.settings.domains).and_then(|due| {
            let certificate = read(&pem, &pem).map_err(|(_, why)| why)?;
            Ok((due, certificate))
        }) {
            Ok((due, certificate)) => {
                certificates.show(certificate);
                Some(due)
            }
            Err(why) => {
                tracing::info!("another certificate is ordered: {why}");
                None
            }
        }
    }

    async fn order(&self, certificates: &Certificates) -> Result<()> {
        let account = self.account().await?;
        let domains: Vec<_> = self.settings.domains.iter().cloned().map(Identifier::Dns).collect();
        let mut order = account.new_order(&NewOrder::new(&domains)).await?;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let missing = "the authority does not offer TLS-ALPN-01";
            let mut challenge = authorization.challenge(ChallengeType::TlsAlpn01).ok_or(missing)?;
            let domain = challenge.identifier().to_string();
            let digest = challenge.key_authorization().digest();
            certificates.answer(&domain, answer(&domain, digest.as_ref())?);
            challenge.set_ready().await?;
        }
        if order.poll_ready(&PATIENCE).await? != OrderStatus::Ready {
            return Err("the authority could not see that the domains lead here".into());
        }
        let key = order.finalize().await?;
        let chain = order.poll_certificate(&PATIENCE).await?;
        self.kept.keep_certificate(&format!("{}\n{key}", chain.trim_end()))?;
        Ok(())
    }

    /// The account with this authority: the one from before, or a new one.
    async fn account(&self) -> Result<Account> {
        let builder = || Account::builder_with_http(Box::new(self.client.clone()));
        let directory = &self.settings.directory;
        if let Some(credentials) = self.kept.account(directory) {
            return Ok(builder().from_credentials(credentials).await?);
        }
        let contact: Vec<String> = self.settings.contact.iter().map(|at| format!("mailto:{at}")).collect();
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        let new =
            NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) = builder().create(&new, directory.clone(), None).await?;
        self.kept.keep_account(directory, &credentials)?;
        Ok(account)
    }
}

/// The certificate that answers the question for a domain (RFC 8737, 3).
fn answer(domain: &str, digest: &[u8]) -> Result<rustls::sign::CertifiedKey> {
    let mut params = CertificateParams::new(vec![domain.to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = rustls::crypto::aws_lc_rs::default_provider().key_provider.load_private_key(key)?;
    // Whether they fit is not asked here: rustls would not read the critical extension.
    Ok(rustls::sign::CertifiedKey::new(vec![certificate.der().clone()], key))
}
