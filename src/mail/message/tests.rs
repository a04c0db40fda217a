use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::model::id::Id;

fn sender() -> Sender {
    Sender::parse("Rollcall <portal@example.test>").unwrap()
}

/// A message whose names and subject are the given ones.
fn composed(to_name: &str, subject: &str, text: &str) -> Vec<u8> {
    compose(&Message {
        id: MailId::from_uuid(Uuid::from_u128(7)),
        at: Timestamp::parse("2026-11-24T02:43:15.9Z").unwrap(),
        from: &sender(),
        portal_name: "unused",
        host: "portal.test",
        to: &EmailAddress::parse("jose@example.test").unwrap(),
        to_name: Some(to_name),
        subject,
        text,
        html: "<p>Grüße</p>",
    })
}

/// The lines of the header, unfolded.
fn header(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap();
    let head = text.split_once("\r\n\r\n").unwrap().0;
    head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
}

#[test]
fn a_message_has_all_that_a_mail_needs() {
    let bytes = composed("José Núñez", "Grüße aus Köln", "Hallo\n\n.\nschöne Grüße\n");
    let mail = MessageParser::new().parse(&bytes).unwrap();
    let from = mail.from().unwrap().first().unwrap();
    let to = mail.to().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("Rollcall"), Some("portal@example.test")));
    assert_eq!((to.name(), to.address()), (Some("José Núñez"), Some("jose@example.test")));
    assert_eq!(mail.subject(), Some("Grüße aus Köln"));
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-11-24T02:43:15Z");
    assert_eq!(mail.message_id(), Some("00000000-0000-0000-0000-000000000007@portal.test"));
    assert!(mail.content_type().unwrap().subtype() == Some("alternative"));
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), "Hallo\n\n.\nschöne Grüße\n");
    assert_eq!(mail.body_html(0).unwrap(), "<p>Grüße</p>");
    for part in mail.text_bodies().chain(mail.html_bodies()) {
        assert_eq!(part.content_type().unwrap().attribute("charset"), Some("utf-8"));
    }
    let header = header(&bytes);
    for line in ["Auto-Submitted: auto-generated", "MIME-Version: 1.0"] {
        assert!(header.contains(&line.to_owned()), "{header:?}");
    }
    assert!(bytes.is_ascii(), "the wire needs no 8BITMIME");
    assert!(bytes.split(|b| *b == b'\n').all(|line| line.len() < 999), "RFC 5322, 2.1.1");
}

#[test]
fn the_portals_name_stands_in_for_a_missing_one() {
    let from = Sender::parse("portal@example.test").unwrap();
    let to = EmailAddress::parse("a@example.test").unwrap();
    let bytes = compose(&Message {
        id: MailId::from_uuid(Uuid::from_u128(7)),
        at: Timestamp::from_microseconds(0),
        from: &from,
        portal_name: "Müller, \"Söhne\" & Co",
        host: "portal.test",
        to: &to,
        to_name: None,
        subject: "Hello",
        text: "a",
        html: "b",
    });
    let mail = MessageParser::new().parse(&bytes).unwrap();
    assert_eq!(mail.from().unwrap().first().unwrap().name(), Some("Müller, \"Söhne\" & Co"));
    assert_eq!(mail.to().unwrap().first().unwrap().name(), None);
}

#[test]
fn a_sender_is_an_address_with_or_without_a_name() {
    let named = Sender::parse("\"Müller & Söhne\" <portal@example.test>").unwrap();
    assert_eq!(
        (named.name.as_deref(), named.address.as_str()),
        (Some("Müller & Söhne"), "portal@example.test")
    );
    assert_eq!(Sender::parse(" <portal@example.test> ").unwrap().name, None);
    for wrong in ["", "Name", "Name <>", "Name <a@b>", "a@example.test, b@example.test", "<a@example.test"] {
        assert!(Sender::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_encoded_word_in_a_name_is_not_decoded_by_the_reader() {
    let name = "=?utf-8?Q?a=0D=0ABcc=3A_x=40y.test?=";
    let bytes = composed(name, name, "a");
    let mail = MessageParser::new().parse(&bytes).unwrap();
    for shown in [mail.to().unwrap().first().unwrap().name().unwrap(), mail.subject().unwrap()] {
        assert_eq!(shown.replace('\u{2060}', ""), name);
    }
}

#[test]
fn a_header_is_given_no_line_break() {
    assert_eq!(display("Ann\r\nBcc: x@y.test\u{85}"), "Ann  Bcc: x@y.test ");
    assert_eq!(display("Ann Müller"), "Ann Müller");
}

proptest! {
    /// Whatever a name or a subject holds: the header has the fields it should have, and no
    /// other, and the only recipient is the one given.
    #[test]
    fn a_name_is_never_a_header(
        name in any_text(),
        subject in any_text(),
    ) {
        let bytes = composed(&name, &subject, "text");
        let mut fields: Vec<String> =
            header(&bytes).iter().map(|line| line.split(':').next().unwrap().to_owned()).collect();
        fields.sort();
        let expected =
            ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
        prop_assert_eq!(&fields, &expected);
        let mail = MessageParser::new().parse(&bytes).unwrap();
        let to: Vec<_> = mail.to().unwrap().iter().filter_map(|to| to.address()).collect();
        prop_assert_eq!(to, ["jose@example.test"]);
        prop_assert!(mail.bcc().is_none() && mail.cc().is_none());
    }

    /// Names as the model lets them in come back as they were.
    #[test]
    fn a_name_is_read_as_it_was_written(name in "[\\p{L}\\p{M}\\p{N} .,;:'\"()<>@\\\\=_-]{1,120}") {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assume!(!name.is_empty());
        let bytes = composed(&name, &name, "text");
        let mail = MessageParser::new().parse(&bytes).unwrap();
        prop_assert_eq!(mail.subject(), Some(name.as_str()));
        prop_assert_eq!(mail.to().unwrap().first().unwrap().name(), Some(name.as_str()));
    }
}

/// Any characters at all, and often those that end a header.
fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            any::<char>().prop_map(String::from),
            prop::sample::select(vec![
                "\r\n",
                "\n",
                "\r",
                "\r\nBcc: x@y.test",
                "<x@y.test>,",
                "\"",
                "=?",
                "?=",
                ",",
                "\0"
            ])
            .prop_map(str::to_owned),
            "[a-z ]{1,20}",
        ],
        0..20,
    )
    .prop_map(|parts| parts.concat())
}
