//! A mail as it goes over the wire: a MIME message (RFC 5322, RFC 2045).

use std::borrow::Cow;

use mail_builder::{
    MessageBuilder,
    headers::{address::Address, date::Date, text::Text},
};

use crate::model::{error::Refused, id::MailId, text::EmailAddress, time::Timestamp};

/// Who the portal's mail is from: the configuration's `smtp.from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The portal's name stands here when the configuration has none.
    pub name: Option<String>,
    pub address: EmailAddress,
}

impl Sender {
    /// Reads `name@example.com` or `Name <name@example.com>`.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let text = text.trim();
        let Some((name, address)) = text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) else {
            return Ok(Self { name: None, address: EmailAddress::parse(text)? });
        };
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name).trim();
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), address: EmailAddress::parse(address)? })
    }
}

/// All that a message is made of. It has one recipient.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub id: MailId,
    pub at: Timestamp,
    pub from: &'a Sender,
    pub portal_name: &'a str,
    /// The host of the portal's public address.
    pub host: &'a str,
    pub to: &'a EmailAddress,
    pub to_name: Option<&'a str>,
    pub subject: &'a str,
    /// With its link filled in.
    pub text: &'a str,
    pub html: &'a str,
}

/// Writes the message. Sent twice, it has the same Message-ID both times, so that the
/// recipient's server can tell.
pub fn compose(message: &Message<'_>) -> Vec<u8> {
    let from_name = display(message.from.name.as_deref().unwrap_or(message.portal_name));
    let to_name = message.to_name.map(display).filter(|name| !name.is_empty());
    let mut bytes = Vec::new();
    MessageBuilder::new()
        .from(Address::new_address(Some(from_name), message.from.address.as_str()))
        .to(Address::new_address(to_name, message.to.as_str()))
        .subject(display(message.subject))
        .date(Date::new(message.at.microseconds().div_euclid(1_000_000)))
        .message_id(format!("{}@{}", message.id, message.host))
        // RFC 3834: keeps out-of-office answers away.
        .header("Auto-Submitted", Text::new("auto-generated"))
        .text_body(message.text)
        .html_body(message.html)
        .serialize(&mut bytes);
    bytes
}

/// A name or a subject as it may stand in a header: on one line, and never read as an
/// encoded word (RFC 2047), which could hold what the parser of texts refuses.
fn display(text: &str) -> Cow<'_, str> {
    if !text.contains("=?") && !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // The word joiner is invisible; being no ASCII, it has the whole text encoded.
    Cow::Owned(one_line.replace("=?", "=\u{2060}?"))
}

#[cfg(test)]
mod tests;
