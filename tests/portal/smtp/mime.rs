//! A mail as its reader sees it.

use mail_parser::{Address, MessageParser};

use super::Received;

/// A mail with its headers decoded and its parts told apart.
#[derive(Debug, Clone)]
pub struct Mail {
    pub from_name: Option<String>,
    pub from: String,
    pub to_name: Option<String>,
    pub to: String,
    pub subject: String,
    pub message_id: String,
    /// RFC 3339.
    pub date: String,
    pub text: String,
    pub html: String,
    /// The header as it came, unfolded.
    pub header: Vec<String>,
}

impl Received {
    /// Reads the mail. It has the one recipient that the envelope names.
    pub fn mail(&self) -> Mail {
        let message = MessageParser::new().parse(&self.data).expect("a MIME message");
        let (from_name, from) = mailbox(message.from());
        let (to_name, to) = mailbox(message.to());
        assert_eq!(self.to, [to.as_str()], "the envelope and the header name the same recipient");
        assert_eq!(self.from, from);
        let text = |body: Option<std::borrow::Cow<'_, str>>| body.expect("the part").replace("\r\n", "\n");
        let raw = String::from_utf8_lossy(&self.data);
        let header = raw.split_once("\r\n\r\n").expect("a header and a body").0;
        Mail {
            from_name,
            from,
            to_name,
            to,
            subject: message.subject().expect("a subject").to_owned(),
            message_id: message.message_id().expect("a Message-ID").to_owned(),
            date: message.date().expect("a date").to_rfc3339(),
            text: text(message.body_text(0)),
            html: text(message.body_html(0)),
            header: header.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect(),
        }
    }
}

impl Mail {
    /// The one-time link in the text, which the HTML has too.
    pub fn link(&self) -> String {
        let link =
            self.text.lines().find(|line| line.contains("/link#")).expect("a link in the text").to_owned();
        assert!(self.html.contains(&format!("href=\"{link}\"")), "{link} in {}", self.html);
        link
    }

    /// The token of the link.
    pub fn token(&self) -> String {
        self.link().split_once('#').expect("a fragment").1.to_owned()
    }
}

fn mailbox(address: Option<&Address<'_>>) -> (Option<String>, String) {
    let addresses: Vec<_> = address.expect("an address").iter().collect();
    let [one] = addresses[..] else { panic!("one mailbox, not {addresses:?}") };
    (one.name().map(str::to_owned), one.address().expect("an address").to_owned())
}
