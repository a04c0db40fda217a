//! Texts that people type, parsed once: trimmed, in NFC (Unicode normalization form C),
//! of the right length and without control characters. What holds one needs no further check.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use super::{
    error::{Code, Refused},
    fold::fold,
};

/// What a kind of text may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Line,
    /// Line breaks are kept.
    Lines,
    /// Stands in a list joined by `; ` (groups and projects in the CSV), so it has no semicolon.
    ListItem,
}

/// NFC, the one form in which texts are kept and compared.
pub fn nfc(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// A text that is at least `min` and at most `max` characters long after trimming.
fn clean(what: &str, text: &str, min: usize, max: usize, shape: Shape) -> Result<String, Refused> {
    // A megabyte is refused before it is normalized: NFC may triple a text at most.
    if text.len() > max * 16 + 1024 {
        return Err(too_long(what, max));
    }
    let text = nfc(text.trim());
    let text = if shape == Shape::Lines { text.replace("\r\n", "\n") } else { text };
    let length = text.chars().count();
    if length < min {
        return Err(Refused::new(Code::Required, format!("{what} is missing.")));
    }
    if length > max {
        return Err(too_long(what, max));
    }
    let allowed = |c: char| c == '\n' && shape == Shape::Lines;
    if text.chars().any(|c| (c.is_control() || unfit(c)) && !allowed(c)) {
        return Err(Refused::new(
            Code::Invalid,
            format!("{what} has a character that can't be shown, such as a tab or a line break."),
        ));
    }
    // Nor a sign that folds to one: names are the same when they are folded.
    if shape == Shape::ListItem && fold_name(&text).contains(';') {
        return Err(Refused::new(Code::Invalid, format!("{what} can't have a semicolon (;).")));
    }
    if min > 0 && !text.chars().any(visible) {
        return Err(Refused::new(Code::Required, format!("{what} has nothing that can be seen.")));
    }
    Ok(text)
}

/// Line separators, and what turns round the direction of all that stands behind it, in a list or a mail
/// of others. (A text in a script from right to left needs none of these.)
pub fn unfit(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character leaves a mark: spaces and the invisible formatting characters do not.
fn visible(c: char) -> bool {
    !c.is_whitespace()
        && !matches!(c, '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

fn too_long(what: &str, max: usize) -> Refused {
    Refused::new(Code::TooLong, format!("{what} can have at most {max} characters."))
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $min:literal..=$max:literal, $shape:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub const MAX: usize = $max;

            pub fn parse(text: &str) -> Result<Self, Refused> {
                clean($what, text, $min, $max, Shape::$shape).map(Self)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// A person's full name, as they write it.
    FullName, "The name", 1..=200, Line;
    Company, "The company", 1..=200, Line;
    Phone, "The phone number", 1..=50, Line;
    /// Notes on a user, seen only by those who may change users.
    Notes, "The note", 1..=10000, Lines;
    GroupName, "The name", 1..=200, ListItem;
    ProjectName, "The name", 1..=200, ListItem;
    /// Of a group or a project. Anybody may have many, and a list shows 200.
    Description, "The description", 1..=2000, Lines;
    PortalName, "The portal's name", 1..=200, Line;
    /// The subject of a mail.
    Subject, "The subject", 1..=200, Line;
    /// The personal part of a mail.
    Message, "The message", 1..=10000, Lines;
    /// What somebody calls a view that they saved.
    ViewName, "The name", 1..=200, Line;
    /// What somebody calls an API token of theirs.
    TokenName, "The name", 1..=200, Line;
    /// What somebody calls a second factor.
    FactorName, "The name", 1..=100, Line;
    /// Why somebody did something, kept with the activity.
    Reason, "The reason", 1..=1000, Line;
    /// An address that a browser opens: https, http or mailto.
    WebAddress, "The address", 1..=1000, Line;
}

/// An address that mail can be sent to: `name@example.com`, the domain in its ASCII form
/// (RFC 5321, RFC 5890). Kept as typed; two spellings that differ in case are one address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    pub const MAX: usize = 254;

    pub fn parse(text: &str) -> Result<Self, Refused> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Refused::new(Code::Required, "The e-mail address is missing."));
        }
        if text.len() > Self::MAX {
            return Err(too_long("The e-mail address", Self::MAX));
        }
        let invalid =
            || Refused::new(Code::Invalid, "This is not an e-mail address, such as name@example.com.");
        let (local, domain) = text.rsplit_once('@').ok_or_else(invalid)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| invalid())?;
        if !valid_local(local) || !valid_domain(&domain) {
            return Err(invalid());
        }
        let address = format!("{local}@{domain}");
        if address.len() > Self::MAX {
            return Err(too_long("The e-mail address", Self::MAX));
        }
        Ok(Self(address))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two addresses are compared.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    pub fn domain(&self) -> String {
        self.0.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase()).unwrap_or_default()
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A dot-atom of RFC 5322, 64 octets at most: quoted local parts are refused, nobody has one.
fn valid_local(local: &str) -> bool {
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    (1..=64).contains(&local.len())
        && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext))
}

/// Two labels at least, the last one not a number (that would be an IP address).
fn valid_domain(domain: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    let labels: Vec<&str> = domain.split('.').collect();
    labels.len() >= 2
        && labels.iter().all(|l| label(l))
        && labels.last().is_some_and(|last| last.len() >= 2 && !last.chars().all(|c| c.is_ascii_digit()))
}

/// The names of groups and of projects are each unique when folded so: as the search folds, for
/// two names that nobody can tell apart by typing them would be one name in a CSV.
pub fn fold_name(name: &str) -> String {
    let folded = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    match folded(fold(name)) {
        // Nothing but marks: such a name is still a name.
        empty if empty.is_empty() => folded(nfc(name)),
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_name_in_a_list_holds_a_semicolon_in_any_form() {
        for name in ["a;b", "a；b", "a﹔b", "a\u{37e}b"] {
            assert!(GroupName::parse(name).is_err() && ProjectName::parse(name).is_err(), "{name}");
            assert!(FullName::parse(name).is_ok(), "{name}");
        }
    }

    proptest! {
        /// Whatever is taken for an address can stand in a mail's header and is one address in
        /// each of its spellings.
        #[test]
        fn an_address_is_ascii_and_the_same_in_every_spelling(
            text in "\\PC{0,80}|[a-z.+'-]{1,9}@[a-zé東-]{1,9}(\\.[a-zß]{1,5}){0,2}|[ -~\r\n]{0,40}@[ -~\r\n]{0,40}"
        ) {
            let Ok(address) = EmailAddress::parse(&text) else { return Ok(()) };
            let plain = address.as_str();
            prop_assert!(plain.bytes().all(|byte| byte.is_ascii_graphic()), "{plain:?}");
            prop_assert!(plain.len() <= EmailAddress::MAX);
            prop_assert_eq!(plain.matches('@').count(), 1);
            prop_assert_eq!(EmailAddress::parse(plain), Ok(address.clone()));
            let loud = EmailAddress::parse(&plain.to_ascii_uppercase()).map(|other| other.folded());
            prop_assert_eq!(loud, Ok(address.folded()));
        }

        /// A text that was taken is taken again as it is, and shows no more than one line.
        #[test]
        fn a_line_is_one_line_and_stays_as_it_is(text in any::<String>()) {
            let Ok(name) = FullName::parse(&text) else { return Ok(()) };
            let plain = name.as_str();
            prop_assert!(!plain.chars().any(char::is_control), "{plain:?}");
            prop_assert!(plain.chars().count() <= FullName::MAX);
            prop_assert_eq!(FullName::parse(plain), Ok(name.clone()));
            if let Ok(group) = GroupName::parse(&text) {
                let folded = fold_name(group.as_str());
                prop_assert!(!folded.is_empty() && !folded.contains(';'));
                prop_assert_eq!(fold_name(&folded), folded);
            }
        }

        #[test]
        fn no_text_fails(text in any::<String>()) {
            let _ = (Notes::parse(&text), WebAddress::parse(&text), ViewName::parse(&text), Phone::parse(&text));
        }
    }
}
