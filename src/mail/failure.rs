//! Why a delivery failed, in words, and whether trying again can help.

use std::io;

use mail_send::Error;
use smtp_proto::Response;

use crate::model::text::{EmailAddress, unfit};

/// A mail that was not delivered, or of which it is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The server will never take this mail: it is not tried again.
    pub permanent: bool,
    /// For people: what happened, where, what to do.
    pub message: String,
}

impl Failure {
    pub fn temporary(message: String) -> Self {
        Self { permanent: false, message }
    }
}

/// How far a conversation got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Connect,
    Hello,
    SignIn,
    Sender,
    Recipient,
    Message,
}

/// The longest part of a server's answer that is kept, in characters.
const REPLY: usize = 500;

/// A server's answer on one line, as it was given.
pub(super) fn reply_line(reply: &Response<String>) -> String {
    let text = reply.message.split_whitespace().collect::<Vec<_>>().join(" ");
    let code = match reply.esc {
        [0, ..] => reply.code.to_string(),
        [class, subject, detail] => format!("{} {class}.{subject}.{detail}", reply.code),
    };
    let text: String = text.chars().filter(|c| !c.is_control() && !unfit(*c)).take(REPLY).collect();
    format!("{code} {text}").trim_end().to_owned()
}

/// What a failed conversation means for the mail.
pub(super) fn describe(
    place: &str,
    stage: Stage,
    from: &EmailAddress,
    to: &EmailAddress,
    error: Error,
) -> Failure {
    match error {
        Error::UnexpectedReply(reply) | Error::AuthenticationFailed(reply) => {
            refused(place, stage, from, to, &reply)
        }
        error => Failure::temporary(broken(place, stage, &error)),
    }
}

/// The server said no. A lasting no (5xx) to the recipient or the message is about this mail.
/// To anything before it is about our configuration, and so is 530 (RFC 4954: sign in first):
/// that can be put right while the mail waits.
fn refused(
    place: &str,
    stage: Stage,
    from: &EmailAddress,
    to: &EmailAddress,
    reply: &Response<String>,
) -> Failure {
    let about_this_mail = matches!(stage, Stage::Recipient | Stage::Message) && reply.code != 530;
    let what = match stage {
        Stage::Connect => "takes no connection".to_owned(),
        Stage::Hello => "refused our greeting".to_owned(),
        Stage::SignIn => "refused to let us sign in; check smtp.username and smtp.password".to_owned(),
        Stage::Sender => format!("refused the sender {from}; check smtp.from"),
        Stage::Recipient if about_this_mail => format!("refused the recipient {to}"),
        Stage::Message if about_this_mail => "refused the mail".to_owned(),
        Stage::Recipient | Stage::Message => {
            "wants us to sign in first; set smtp.username and smtp.password".to_owned()
        }
    };
    Failure {
        permanent: about_this_mail && (500..600).contains(&reply.code),
        message: format!("{place} {what}: {}", reply_line(reply)),
    }
}

/// The conversation broke off.
fn broken(place: &str, stage: Stage, error: &Error) -> String {
    match error {
        Error::Tls(why) => match &**why {
            rustls::Error::InvalidCertificate(why) => format!(
                "The certificate of {place} is not accepted ({why}). Nothing was sent. If it is signed by a CA of your own, name that in smtp.ca_file."
            ),
            why => format!(
                "No encrypted connection to {place}: {why}. Nothing was sent. Check smtp.encryption and smtp.port."
            ),
        },
        Error::MissingStartTls => {
            format!("{place} does not offer STARTTLS, which smtp.encryption asks for. Nothing was sent.")
        }
        Error::UnsupportedAuthMechanism => format!(
            "{place} offers no sign-in that we know (PLAIN or LOGIN). Remove smtp.username, or check smtp.encryption and smtp.port."
        ),
        _ if stage == Stage::Message => format!(
            "The connection to {place} broke while the mail was handed over ({}). It may have arrived; it is sent again.",
            cause(error)
        ),
        Error::Io(why) if why.kind() == io::ErrorKind::ConnectionRefused => {
            format!(
                "{place} refused the connection. Is the mail server running, and are smtp.host and smtp.port right?"
            )
        }
        Error::Io(why) if stage == Stage::Connect => {
            format!("No connection to {place}: {why}. Check smtp.host, smtp.port and smtp.encryption.")
        }
        Error::Timeout if stage == Stage::Connect => {
            format!("{place} did not answer in time. Check smtp.host, smtp.port and smtp.encryption.")
        }
        _ => format!("The connection to {place} broke {}: {}.", moment(stage), cause(error)),
    }
}

const fn moment(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "at the start",
        Stage::Hello => "at the greeting",
        Stage::SignIn => "at the sign-in",
        Stage::Sender => "at the sender",
        Stage::Recipient => "at the recipient",
        Stage::Message => "at the mail",
    }
}

fn cause(error: &Error) -> String {
    match error {
        Error::Io(why) => why.to_string(),
        Error::Timeout => "no answer in time".to_owned(),
        // mail-send says the same for a connection that was closed.
        Error::UnparseableReply => "it was closed, or the answer was not SMTP".to_owned(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    fn reply(code: u16, esc: [u8; 3], message: &str) -> Response<String> {
        Response { code, esc, message: message.to_owned() }
    }

    fn refusal(stage: Stage, code: u16) -> Failure {
        let error = Error::UnexpectedReply(reply(code, [0; 3], "no"));
        describe("mail.test:25", stage, &address("portal@a.test"), &address("ann@b.test"), error)
    }

    #[test]
    fn only_a_lasting_no_to_the_mail_itself_is_permanent() {
        use Stage::{Connect, Hello, Message, Recipient, Sender, SignIn};
        for stage in [Recipient, Message] {
            assert!(refusal(stage, 550).permanent && refusal(stage, 554).permanent);
            assert!(!refusal(stage, 451).permanent && !refusal(stage, 421).permanent);
            assert!(!refusal(stage, 530).permanent);
        }
        for stage in [Connect, Hello, SignIn, Sender] {
            assert!(!refusal(stage, 550).permanent && !refusal(stage, 535).permanent);
        }
    }

    #[test]
    fn a_refusal_says_who_refused_what_and_how() {
        assert_eq!(
            refusal(Stage::Recipient, 550).message,
            "mail.test:25 refused the recipient ann@b.test: 550 no"
        );
        assert_eq!(
            refusal(Stage::Sender, 553).message,
            "mail.test:25 refused the sender portal@a.test; check smtp.from: 553 no"
        );
    }

    #[test]
    fn an_answer_is_kept_on_one_line() {
        assert_eq!(
            reply_line(&reply(250, [2, 0, 0], "Ok: queued\r\nas 4F\r\n")),
            "250 2.0.0 Ok: queued as 4F"
        );
        assert_eq!(reply_line(&reply(250, [0; 3], "")), "250");
        assert_eq!(reply_line(&reply(250, [0; 3], &"x".repeat(9000))).len(), 504);
    }
}
