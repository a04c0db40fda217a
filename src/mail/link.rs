//! The place of the one-time link in a mail that waits. The link itself is no part of the
//! outbox: it is put in at the moment of sending, so the store file alone yields none.

pub use crate::model::mail::LINK as MARK;

/// What readers of the outbox see instead of the link.
const MASK: &str = "…";

/// The text with the real link in it. `url` comes from the one function that builds public
/// addresses: it has no character that HTML would want escaped.
pub fn fill(text: &str, url: &str) -> String {
    text.replace(MARK, url)
}

/// The text as it may be shown to people other than its recipient.
pub fn mask(text: &str) -> String {
    text.replace(MARK, MASK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_filled_or_masked() {
        let text = "open \u{1} or \u{1}";
        assert_eq!(
            fill(text, "https://a.test/link#t"),
            "open https://a.test/link#t or https://a.test/link#t"
        );
        assert_eq!(mask(text), "open … or …");
    }
}
