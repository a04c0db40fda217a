//! Delivery over every encryption and through every fault, against a real SMTP server.

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures_util::future::join_all;
use rollcall::config::{Encryption, Smtp as Config};
use rollcall::mail::{
    failure::Failure,
    message::{Message, compose},
    transport::{CONNECTIONS, Limits, Smtp, Transport},
};
use rollcall::model::{
    id::{Id, MailId},
    text::EmailAddress,
    time::Timestamp,
};

use super::smtp::{Authority, Certificate, Encryption as Offered, Fault, Offer, Server};

fn config(server: &Server, encryption: Encryption) -> Config {
    Config {
        host: Some("127.0.0.1".into()),
        port: server.address.port(),
        encryption,
        username: None,
        password: None,
        password_file: None,
        from: Some("Portal <portal@example.test>".into()),
        ca_file: None,
    }
}

fn trusting(server: &Server, encryption: Encryption, ca: &Authority) -> Config {
    Config { ca_file: Some(ca.file()), ..config(server, encryption) }
}

fn signing_in(mut config: Config, password: &str) -> Config {
    config.username = Some("portal".into());
    config.password = Some(password.to_owned().into());
    config
}

const CREDENTIALS: Option<(&str, &str)> = Some(("portal", "secret"));

fn smtp(config: &Config, limits: Limits) -> Smtp {
    match Transport::new(config, "https://portal.test").unwrap() {
        Transport::Smtp(smtp) => Arc::into_inner(smtp).unwrap().with_limits(limits),
        Transport::OutboxOnly => unreachable!("there is a host"),
    }
}

/// Delivers the one message there is.
async fn deliver(config: Config) -> Result<String, Failure> {
    deliver_within(config, Limits::default()).await
}

async fn deliver_within(config: Config, limits: Limits) -> Result<String, Failure> {
    let smtp = smtp(&config, limits);
    let to = EmailAddress::parse("jose@example.test").unwrap();
    let message = compose(&Message {
        id: MailId::from_slice(&[7; 16]).unwrap(),
        at: Timestamp::parse("2026-11-24T02:43:15Z").unwrap(),
        from: smtp.from(),
        portal_name: "Portal",
        host: smtp.host(),
        to: &to,
        to_name: Some("José Núñez"),
        subject: "Grüße",
        text: "Hello José,\n\n.\n.. two dots\nhttps://portal.test/link#abc\n",
        html: "<a href=\"https://portal.test/link#abc\">open</a>",
    });
    smtp.deliver(&to, &message).await
}

/// Fails to deliver for a reason that has all these parts, and may be tried again.
async fn fails_for_now(config: Config, parts: &[&str]) {
    let place = format!("127.0.0.1:{}", config.port);
    let failure = deliver(config).await.unwrap_err();
    assert!(!failure.permanent, "{failure:?}");
    for part in parts.iter().chain(&[place.as_str()]) {
        assert!(failure.message.contains(part), "{part:?} is not in {:?}", failure.message);
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let server = Server::start().await;
    let reply = deliver(config(&server, Encryption::None)).await.unwrap();
    assert_eq!(reply, "250 2.0.0 Ok: queued as 4F");
    let received = server.next().await;
    assert_eq!((received.hello.as_str(), received.encrypted), ("portal.test", false));
    let mail = received.mail();
    assert_eq!((mail.from_name.as_deref(), mail.from.as_str()), (Some("Portal"), "portal@example.test"));
    assert_eq!((mail.to_name.as_deref(), mail.to.as_str()), (Some("José Núñez"), "jose@example.test"));
    assert_eq!(mail.subject, "Grüße");
    assert_eq!(mail.text.trim_end(), "Hello José,\n\n.\n.. two dots\nhttps://portal.test/link#abc");
    assert_eq!((mail.token().as_str(), mail.date.as_str()), ("abc", "2026-11-24T02:43:15Z"));
    assert!(mail.header.contains(&"Auto-Submitted: auto-generated".to_owned()));
    server.said("QUIT").await;
    assert!(server.arrived().await.is_empty());
}

#[tokio::test]
async fn every_encryption_works_with_and_without_sign_in() {
    let ca = Authority::new();
    let offers = [
        (Encryption::None, Offered::None),
        (Encryption::StartTls, Offered::StartTls(ca.acceptor(Certificate::Valid))),
        (Encryption::Tls, Offered::Tls(ca.acceptor(Certificate::Valid))),
    ];
    for (encryption, offered) in offers {
        for mechanisms in ["", "PLAIN", "LOGIN", "CRAM-MD5 LOGIN PLAIN"] {
            let offer = Offer { encryption: offered.clone(), credentials: CREDENTIALS, mechanisms };
            let server = Server::offering(offer).await;
            deliver(signing_in(trusting(&server, encryption, &ca), "secret")).await.unwrap();
            let received = server.next().await;
            assert_eq!(received.signed_in_as.as_deref(), Some("portal"));
            assert_eq!(received.encrypted, encryption != Encryption::None);
        }
        let server = Server::offering(Offer { encryption: offered, ..Offer::default() }).await;
        deliver(trusting(&server, encryption, &ca)).await.unwrap();
        assert_eq!(server.next().await.signed_in_as, None);
    }
}

#[tokio::test]
async fn a_host_name_is_what_the_certificate_is_checked_against() {
    let ca = Authority::new();
    let encryption = Offered::Tls(ca.acceptor(Certificate::Valid));
    let server = Server::offering(Offer { encryption, ..Offer::default() }).await;
    let by_name = Config { host: Some("localhost".into()), ..trusting(&server, Encryption::Tls, &ca) };
    deliver(by_name).await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_is_not_right_stops_the_mail() {
    let (ca, other) = (Authority::new(), Authority::new());
    let cases: [(Certificate, Option<PathBuf>); 4] = [
        (Certificate::OtherName, Some(ca.file())),
        (Certificate::Expired, Some(ca.file())),
        (Certificate::Valid, Some(other.file())),
        // The public CAs know nothing of ours.
        (Certificate::Valid, None),
    ];
    for (certificate, ca_file) in cases {
        for encryption in [Encryption::StartTls, Encryption::Tls] {
            let acceptor = ca.acceptor(certificate);
            let offered = match encryption {
                Encryption::StartTls => Offered::StartTls(acceptor),
                _ => Offered::Tls(acceptor),
            };
            let offer = Offer { encryption: offered, credentials: CREDENTIALS, mechanisms: "" };
            let server = Server::offering(offer).await;
            let config = Config { ca_file: ca_file.clone(), ..config(&server, encryption) };
            fails_for_now(signing_in(config, "secret"), &["certificate", "Nothing was sent", "smtp.ca_file"])
                .await;
            assert!(!server.commands().await.iter().any(|said| said == "AUTH" || said == "MAIL"));
        }
    }
}

#[tokio::test]
async fn starttls_never_falls_back_to_plain_text() {
    let server = Server::offering(Offer { credentials: CREDENTIALS, ..Offer::default() }).await;
    let config = signing_in(config(&server, Encryption::StartTls), "secret");
    fails_for_now(config, &["does not offer STARTTLS", "smtp.encryption", "Nothing was sent"]).await;
    assert_eq!(server.commands().await, ["connect", "EHLO"]);

    let ca = Authority::new();
    let encryption = Offered::StartTls(ca.acceptor(Certificate::Valid));
    let server = Server::offering(Offer { encryption, credentials: CREDENTIALS, mechanisms: "" }).await;
    server.script([Fault::Reply("STARTTLS", "454 4.7.0 TLS not available")]);
    let config = signing_in(trusting(&server, Encryption::StartTls, &ca), "secret");
    fails_for_now(config, &["454 4.7.0 TLS not available"]).await;
    assert_eq!(server.commands().await, ["connect", "EHLO", "STARTTLS"]);
}

#[tokio::test]
async fn what_the_configuration_got_wrong_is_said_and_can_be_tried_again() {
    let server = Server::offering(Offer { credentials: CREDENTIALS, ..Offer::default() }).await;
    let plain = || config(&server, Encryption::None);
    fails_for_now(signing_in(plain(), "wrong"), &["smtp.username", "535 5.7.8"]).await;
    fails_for_now(plain(), &["530 5.7.0 Sign in first"]).await;

    // A mechanism that we can't do is not even begun.
    let offer = Offer { credentials: CREDENTIALS, mechanisms: "CRAM-MD5", ..Offer::default() };
    let server = Server::offering(offer).await;
    let other = signing_in(config(&server, Encryption::None), "secret");
    fails_for_now(other, &["PLAIN or LOGIN", "smtp.username"]).await;
    assert!(!server.commands().await.iter().any(|said| said == "AUTH"));

    let server = Server::start().await;
    let plain = || config(&server, Encryption::None);
    fails_for_now(signing_in(plain(), "secret"), &["PLAIN or LOGIN", "smtp.username"]).await;
    server.script([Fault::Reply("MAIL", "553 5.7.1 Not your address")]);
    fails_for_now(plain(), &["portal@example.test", "smtp.from", "553 5.7.1 Not your address"]).await;
    server.script([Fault::Reply("greeting", "554 5.3.2 Not here")]);
    fails_for_now(plain(), &["554 5.3.2 Not here"]).await;
    server.script([Fault::Reply("EHLO", "550 5.7.1 Who are you")]);
    fails_for_now(plain(), &["550 5.7.1 Who are you"]).await;
    // Plain text to a port that speaks TLS, and the other way round.
    fails_for_now(config(&server, Encryption::Tls), &["smtp.encryption"]).await;
    assert!(server.arrived().await.is_empty());
}

#[tokio::test]
async fn a_lasting_no_to_the_mail_is_final_and_a_passing_one_is_not() {
    let server = Server::start().await;
    let plain = || config(&server, Encryption::None);
    for (at, reply, permanent) in [
        ("RCPT", "550 5.1.1 No such user", true),
        ("DATA", "554 5.7.1 Not today", true),
        (".", "552 5.2.2 Mailbox full", true),
        ("RCPT", "451 4.3.0 Try later", false),
        ("DATA", "421 4.3.2 Shutting down", false),
        (".", "451 4.7.1 Greylisted", false),
    ] {
        server.script([Fault::Reply(at, reply)]);
        let failure = deliver(plain()).await.unwrap_err();
        assert_eq!(failure.permanent, permanent, "{failure:?}");
        assert!(failure.message.ends_with(reply), "{failure:?}");
    }
    assert!(server.arrived().await.is_empty());
    deliver(plain()).await.unwrap();
    server.next().await;
}

#[tokio::test]
async fn a_connection_that_is_refused_or_breaks_can_be_tried_again() {
    let mut server = Server::start().await;
    let plain = config(&server, Encryption::None);
    server.script([Fault::DropAfterData]);
    fails_for_now(plain.clone(), &["It may have arrived; it is sent again"]).await;
    let first = server.next_mail().await;
    server.stop().await;
    fails_for_now(plain.clone(), &["refused the connection"]).await;
    server.resume().await;
    deliver(plain).await.unwrap();
    assert_eq!(server.next_mail().await.message_id, first.message_id, "a double can be recognised");
}

#[tokio::test]
async fn a_host_that_is_not_there_is_named() {
    let server = Server::start().await;
    let config = Config { host: Some("nobody.invalid".into()), ..config(&server, Encryption::None) };
    let failure = deliver(config).await.unwrap_err();
    let start = format!("No connection to nobody.invalid:{}: ", server.address.port());
    assert!(!failure.permanent && failure.message.starts_with(&start), "{failure:?}");
    assert!(failure.message.ends_with("Check smtp.host, smtp.port and smtp.encryption."), "{failure:?}");
}

#[tokio::test]
async fn a_silent_or_slow_server_does_not_hold_a_mail_for_ever() {
    let long = Duration::from_secs(60);
    let greeting = Limits { connect: Duration::from_millis(200), whole: long };
    let server = Server::start().await;
    let ca = Authority::new();
    let slow = Fault::Slow(Duration::from_secs(1));
    for (fault, encryption) in [
        (Fault::Silent, Encryption::None),
        (Fault::Silent, Encryption::StartTls),
        (Fault::Silent, Encryption::Tls),
        (slow, Encryption::None),
        (slow, Encryption::StartTls),
    ] {
        server.script([fault]);
        let failure = deliver_within(trusting(&server, encryption, &ca), greeting).await.unwrap_err();
        assert!(!failure.permanent && failure.message.contains("did not answer in time"), "{failure:?}");
    }
    // Greets in time, and then takes too long over the rest.
    let whole = Limits { connect: long, whole: Duration::from_millis(500) };
    server.script([Fault::Slow(Duration::from_millis(5))]);
    let failure = deliver_within(config(&server, Encryption::None), whole).await.unwrap_err();
    assert!(!failure.permanent && failure.message.contains("was too slow"), "{failure:?}");
    assert!(server.arrived().await.is_empty());
    // Answers in small pieces are answers.
    server.script([Fault::Slow(Duration::from_millis(1))]);
    let reply =
        deliver_within(config(&server, Encryption::None), Limits { connect: long, whole: long }).await;
    assert_eq!(reply.unwrap(), "250 2.0.0 Ok: queued as 4F");
}

#[tokio::test]
async fn a_server_that_never_says_goodbye_has_still_taken_the_mail() {
    let limits = Limits { connect: Duration::from_secs(5), whole: Duration::from_secs(5) };
    let server = Server::start().await;
    server.script([Fault::SilentQuit]);
    let reply = deliver_within(config(&server, Encryption::None), limits).await.unwrap();
    assert_eq!(reply, "250 2.0.0 Ok: queued as 4F");
    server.next().await;
}

#[tokio::test]
async fn a_server_gets_a_few_connections_at_once() {
    let server = Server::start().await;
    let smtp = smtp(&config(&server, Encryption::None), Limits::default());
    let to = EmailAddress::parse("jose@example.test").unwrap();
    let message = b"Subject: Hello\r\n\r\nHello\r\n";
    join_all((0..12).map(|_| smtp.deliver(&to, message))).await.into_iter().for_each(|sent| {
        sent.unwrap();
    });
    assert_eq!((server.arrived().await.len(), server.most_at_once()), (12, CONNECTIONS));
}
