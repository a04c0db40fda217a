//! Whether two users may be one person: for whoever approves sign-ups, a hint and never a verdict.
//! And which addresses lead to one mailbox.

use super::{fold::fold, text::EmailAddress, user::User};

/// Why two users may be one person, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// What comes to one address comes to the other: `a.b+c@gmail.com` is `ab@googlemail.com`.
    Mailbox,
    /// The same name at domains that a slip of the finger turns into one another.
    DomainTypo,
    Name,
    /// The same company, and names that are nearly the same.
    CompanyAndName,
    /// The same before the `@`, unless many people have that.
    LocalPart,
}

impl Why {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mailbox => "mailbox",
            Self::DomainTypo => "domain-typo",
            Self::Name => "name",
            Self::CompanyAndName => "company-and-name",
            Self::LocalPart => "local-part",
        }
    }
}

/// All that speaks for it; empty when nothing does.
pub fn why(a: &User, b: &User) -> Vec<Why> {
    let (names_a, names_b) = (words(a.name.as_str()), words(b.name.as_str()));
    let company = |user: &User| user.company.as_ref().map(|company| words(company.as_str()));
    let mut all: Vec<Why> = Mailbox::of(&a.email).like(b.email.as_str()).into_iter().collect();
    if !names_a.is_empty() && names_a == names_b {
        all.push(Why::Name);
    } else if company(a).is_some_and(|words| !words.is_empty() && Some(words) == company(b))
        && nearly(&names_a, &names_b)
    {
        all.push(Why::CompanyAndName);
    }
    all.sort_unstable();
    all
}

/// The words of a text, folded, in an order that does not depend on how they stand.
fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort_unstable();
    words
}

/// Whether each word of the shorter name is one of the longer's, but for a letter or as its initial.
fn nearly(a: &[String], b: &[String]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut rest: Vec<&String> = long.iter().collect();
    let mut words = 0;
    for word in short {
        let Some(at) = rest.iter().position(|other| word_like(word, other)) else { return false };
        words += usize::from(word.chars().count() > 1 && rest[at].chars().count() > 1);
        rest.swap_remove(at);
    }
    words > 0
}

fn word_like(a: &str, b: &str) -> bool {
    let initial = |one: &str, other: &str| one.chars().count() == 1 && other.starts_with(one);
    a == b || initial(a, b) || initial(b, a) || (a.chars().count() >= 4 && distance(a, b) <= 1)
}

/// Before the `@`, these are nobody's own.
const ROLES: [&str; 20] = [
    "admin",
    "accounts",
    "accounting",
    "billing",
    "contact",
    "contacts",
    "email",
    "hello",
    "info",
    "invoice",
    "kontakt",
    "mail",
    "marketing",
    "office",
    "orders",
    "purchasing",
    "sales",
    "service",
    "support",
    "team",
];
/// A shorter one is somebody's at every domain.
const TELLING: usize = 5;
const GMAIL: [&str; 2] = ["gmail.com", "googlemail.com"];

/// What of an address matters when it is held against another.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// In lower case, without what stands behind a `+` and without signs.
    local: String,
    /// The same with its signs.
    spelled: String,
    domain: String,
}

impl Mailbox {
    pub fn of(email: &EmailAddress) -> Self {
        let folded = email.folded();
        let (local, domain) = folded.rsplit_once('@').unwrap_or((&folded, ""));
        let spelled = untagged(local).to_owned();
        let local = spelled.chars().filter(|c| !is_sign(*c)).collect();
        Self { local, spelled, domain: domain.to_owned() }
    }

    /// One key for all addresses that lead to it.
    pub fn key(&self) -> String {
        match GMAIL.contains(&self.domain.as_str()) {
            true => format!("{}@{}", self.local, GMAIL[0]),
            false => format!("{}@{}", self.spelled, self.domain),
        }
    }

    /// How an address is like this one, if it is. Most are told apart by their first letter.
    pub fn like(&self, other: &str) -> Option<Why> {
        let first = other.bytes().find(|byte| !is_sign(char::from(*byte)))?;
        if self.local.as_bytes().first() != Some(&first.to_ascii_lowercase()) {
            return None;
        }
        let (local, domain) = other.rsplit_once('@')?;
        let local = untagged(local);
        let letters = local.chars().filter(|c| !is_sign(*c)).map(|c| c.to_ascii_lowercase());
        if !letters.eq(self.local.chars()) {
            return None;
        }
        let domain = domain.to_ascii_lowercase();
        let gmail = |domain: &str| GMAIL.contains(&domain);
        let spelled = local.eq_ignore_ascii_case(&self.spelled);
        if gmail(&domain) && gmail(&self.domain) || domain == self.domain && spelled {
            Some(Why::Mailbox)
        } else if slip(&domain, &self.domain) {
            Some(Why::DomainTypo)
        } else {
            let telling = self.local.len() >= TELLING && !ROLES.contains(&self.local.as_str());
            telling.then_some(Why::LocalPart)
        }
    }
}

fn is_sign(c: char) -> bool {
    matches!(c, '.' | '-' | '_')
}

fn untagged(local: &str) -> &str {
    match local.split_once('+') {
        Some((name, _)) if !name.is_empty() => name,
        _ => local,
    }
}

/// Whether a slip turns one domain into the other: one letter, or two in a long one.
fn slip(a: &str, b: &str) -> bool {
    let shorter = a.len().min(b.len());
    a != b && shorter >= TELLING && distance(a, b) <= if shorter < 12 { 1 } else { 2 }
}

/// How many letters were put in, left out, changed, or changed places (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let (mut older, mut old): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for i in 1..=a.len() {
        let mut new = vec![i];
        for j in 1..=b.len() {
            let changed = old[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(old[j] + 1).min(new[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(older[j - 2] + 1);
            }
            new.push(least);
        }
        (older, old) = (old, new);
    }
    old[b.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn like(a: &str, b: &str) -> Option<&'static str> {
        Mailbox::of(&EmailAddress::parse(a).unwrap()).like(b).map(Why::as_str)
    }

    #[test]
    fn addresses_are_held_against_each_other() {
        for (a, b, expected) in [
            ("anna.berg@gmail.com", "AnnaBerg+shop@googlemail.com", Some("mailbox")),
            ("anna+x@people.test", "anna@People.test", Some("mailbox")),
            ("anna.berg@people.test", "annaberg@people.test", Some("local-part")),
            ("anna@gmail.com", "anna@gmial.com", Some("domain-typo")),
            ("info@northwind.test", "info@northwnd.test", Some("domain-typo")),
            ("info@northwind.test", "info@acme.test", None),
            ("ann@northwind.test", "ann@acme.test", None),
            ("anna.berg@acme.test", "Anna_Berg@people.test", Some("local-part")),
            ("anna.berg@acme.test", "anna.bergs@acme.test", None),
            ("+@acme.test", "+@acne.test", Some("domain-typo")),
            ("._@x.test", "nobody", None),
        ] {
            if EmailAddress::parse(a).is_ok() {
                assert_eq!(like(a, b), expected, "{a} {b}");
            }
        }
    }

    #[test]
    fn a_mailbox_has_one_key_however_its_address_is_spelled() {
        let key = |text| Mailbox::of(&EmailAddress::parse(text).unwrap()).key();
        assert_eq!(key("Anna.Berg+x@googlemail.com"), key("annaberg@gmail.com"));
        assert_eq!(key("anna+x@People.test"), key("anna@people.test"));
        assert_ne!(key("anna.berg@people.test"), key("annaberg@people.test"));
        assert_ne!(key("anna@people.test"), key("anna@acme.test"));
    }

    #[test]
    fn names_are_nearly_the_same_but_for_a_letter_a_word_or_an_initial() {
        let near = |a, b| nearly(&words(a), &words(b));
        for (a, b) in [
            ("Anna Berg", "Berg, Anna"),
            ("Anna Berg", "Ana Berg"),
            ("Anna Berg", "Anna Maria Berg"),
            ("A. Berg", "Anna Berg"),
            ("José García", "Jose Garcia-Lopez"),
            ("Anna Berg", "Anna"),
        ] {
            assert!(near(a, b), "{a} {b}");
        }
        for (a, b) in [("Anna Berg", "Otto Berg"), ("A. B.", "Anna Berg"), ("", "Anna"), ("A", "Anna")] {
            assert!(!near(a, b), "{a} {b}");
        }
    }

    #[test]
    fn a_slip_is_a_letter_or_two() {
        assert_eq!(
            ["gmail", "gmal", "gmaill", "gnail", "gmial", "gmaxx"].map(|b| distance("gmail", b)),
            [0, 1, 1, 1, 1, 2]
        );
        assert!(slip("example.com", "exmaple.com") && slip("northwinds.com", "nortwnds.com"));
        assert!(!slip("example.com", "example.org") && !slip("a.de", "b.de") && !slip("x.test", "x.test"));
    }

    proptest! {
        #[test]
        fn alike_goes_both_ways(a in "[a-c.+]{1,6}@[a-c]{3,5}\\.test", b in "[a-c.+]{1,6}@[a-c]{3,5}\\.test") {
            if let (Ok(a), Ok(b)) = (EmailAddress::parse(&a), EmailAddress::parse(&b)) {
                prop_assert_eq!(Mailbox::of(&a).like(b.as_str()), Mailbox::of(&b).like(a.as_str()));
            }
        }
    }
}
