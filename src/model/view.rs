//! Saved views of the list of users: a search, a sort and filters under a name.

use serde::{Deserialize, Serialize};

use super::{
    error::{Code, Refused},
    id::{UserId, ViewId},
    text::ViewName,
};

/// A view is its owner's alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub id: ViewId,
    pub user: UserId,
    pub name: ViewName,
    pub query: ViewQuery,
}

impl View {
    /// As many as one user may have.
    pub const MOST: usize = 50;
}

#[derive(Debug, Clone)]
pub struct NewView {
    pub name: ViewName,
    pub query: ViewQuery,
}

#[derive(Debug, Clone, Default)]
pub struct ViewPatch {
    pub name: Option<ViewName>,
    pub query: Option<ViewQuery>,
}

/// The list's own query string, such as `q=jose&sort=-created`; without the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ViewQuery(String);

impl ViewQuery {
    pub const MAX: usize = 2000;
    const KEYS: [&str; 7] = ["q", "field", "sort", "disabled", "state", "group", "project"];

    /// Only the shape is looked at: what a value means is the list's to say when it is shown.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let text = text.trim();
        let text = text.strip_prefix('?').unwrap_or(text);
        if text.is_empty() {
            return Err(Refused::new(Code::Required, "The view is missing what it shows."));
        }
        if text.chars().count() > Self::MAX {
            let most = Self::MAX;
            return Err(Refused::new(Code::TooLong, format!("A view can have at most {most} characters.")));
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '#') || !decodes(text) {
            return Err(Refused::new(
                Code::Invalid,
                "This is not a query string, such as q=jose&sort=-created.",
            ));
        }
        let mut seen = Vec::new();
        for pair in text.split('&') {
            let key = pair.split_once('=').map_or(pair, |(key, _)| key);
            if !Self::KEYS.contains(&key) || seen.contains(&key) {
                return Err(Refused::new(
                    Code::Invalid,
                    format!("A view has {}, each once, and nothing else.", Self::KEYS.join(", ")),
                ));
            }
            seen.push(key);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether every `%` begins an escaped byte (RFC 3986, 2.1), and the bytes are UTF-8.
fn decodes(text: &str) -> bool {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let Some((escaped, rest)) = part.as_bytes().split_at_checked(2) else { return false };
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (Some(high), Some(low)) = (digit(escaped[0]), digit(escaped[1])) else { return false };
        bytes.push(high * 16 + low);
        bytes.extend_from_slice(rest);
    }
    String::from_utf8(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_a_query_string_of_the_list() {
        for good in ["q=jose&sort=-created", "q=%C3%A9+x", "q=José", "disabled=only", "q"] {
            assert_eq!(ViewQuery::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(ViewQuery::parse(" ?q=a ").unwrap().as_str(), "q=a");
        for bad in
            ["page=2", "q=a&q=b", "q=a&", "q=%4", "q=%zz", "q=%é1", "q=%FF", "q=a b", "q=a#b", "q=a\nb"]
        {
            assert_eq!(ViewQuery::parse(bad).unwrap_err().code, Code::Invalid, "{bad}");
        }
        let long = format!("q={}", "é".repeat(1998));
        assert!(ViewQuery::parse(&long).is_ok());
        assert_eq!(ViewQuery::parse(&format!("{long}é")).unwrap_err().code, Code::TooLong);
        assert_eq!(ViewQuery::parse("?").unwrap_err().code, Code::Required);
    }
}
