//! A certificate that the portal orders by itself, from a small authority of the tests' own: it
//! speaks ACME (RFC 8555) over https and looks at the portal's port (RFC 8737) before it signs.

mod server;

use std::os::unix::fs::MetadataExt;

use rollcall::model::time::Span;
use tokio::io::AsyncWriteExt;

use self::server::{AcmeServer, DOMAIN};
use super::{get, one};
use crate::harness::Portal;

async fn ordering(server: &AcmeServer) -> Portal {
    let (directory, ca_file) = (server.directory(), server.authority().file());
    let portal = Portal::empty(move |config| {
        config.public_url = Some(format!("https://{DOMAIN}"));
        config.tls.acme.domains = vec![DOMAIN.to_owned()];
        config.tls.acme.contact = Some("ada@portal.test".to_owned());
        config.tls.acme.directory = directory.clone();
        config.tls.acme.ca_file = Some(ca_file.clone());
    })
    .await;
    server.look_at(portal.address);
    portal
}

/// What a browser gets that trusts the authority; `None` when there is no certificate for it.
async fn live(portal: &Portal, server: &AcmeServer) -> Option<String> {
    let mut stream = server.authority().connect(portal.address, DOMAIN).await.ok()?;
    stream.write_all(get("/health/live").as_bytes()).await.ok()?;
    Some(one(&mut stream).await)
}

async fn comes_alive(portal: &Portal, server: &AcmeServer) {
    loop {
        if let Some(answer) = live(portal, server).await {
            assert!(answer.ends_with("live\n"), "{answer}");
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_certificate_is_ordered_kept_and_renewed() {
    let server = AcmeServer::start().await;
    let portal = ordering(&server).await;
    server.issued(1).await;
    comes_alive(&portal, &server).await;
    assert_eq!(server.contact(), Some("mailto:ada@portal.test".to_owned()));

    // What outlives a restart is its owner's alone; nothing is ordered again.
    let folder = portal.folder().join("acme");
    for (path, mode) in [
        (folder.clone(), 0o700),
        (folder.join("account.json"), 0o600),
        (folder.join("certificate.pem"), 0o600),
    ] {
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, mode, "{}", path.display());
    }
    let portal = portal.restart().await;
    comes_alive(&portal, &server).await;
    assert_eq!((server.orders(), server.accounts()), (1, 1));

    // Ninety days: renewed after sixty, from the same account.
    portal.advance(Span::days(50));
    comes_alive(&portal, &server).await;
    assert_eq!(server.orders(), 1);
    portal.advance(Span::days(10));
    server.issued(2).await;
    assert_eq!((server.orders(), server.accounts()), (2, 1));
    comes_alive(&portal, &server).await;
}

#[tokio::test]
async fn an_authority_that_refuses_is_asked_again_later() {
    let server = AcmeServer::start().await;
    server.refuse(true);
    let portal = ordering(&server).await;
    server.refused(1).await;
    assert_eq!(live(&portal, &server).await, None, "without a certificate nothing is shown");
    portal.advance(Span::minutes(1));
    server.refuse(false);
    portal.advance(Span::minutes(2));
    server.issued(1).await;
    comes_alive(&portal, &server).await;
    assert_eq!(server.orders(), 1);
}
