//! Whether, and how well, a text has what was searched for. The rule itself: the index finds
//! candidates by its terms, and gives the same answer.

use super::{
    language::Text,
    query::Field,
    words::{PART, begins, ends_anywhere, ends_run, normal_address, normal_name, run, starts},
};

/// How well; more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hit {
    None,
    /// Inside a word.
    Part,
    /// From the start of a word.
    Start,
    /// A whole word.
    Whole,
}

/// How well a normal text has the words.
pub fn find(text: &str, wanted: &Text) -> Hit {
    let mut best = Hit::None;
    let mut from = 0;
    // Matches may overlap (ああ in あああ), so the search goes on one letter further each time.
    while best < Hit::Whole
        && let Some(at) = text[from..].find(wanted.words.as_str()).map(|at| from + at)
    {
        best = best.max(hit(text, at, at + wanted.words.len(), wanted));
        from = at + text[at..].chars().next().map_or(1, char::len_utf8);
    }
    if let Some(address) = wanted.address.as_deref()
        && let Some((_, whole)) = text.split_once('\n')
    {
        best = best.max(match whole.find(address) {
            Some(0) => Hit::Start,
            Some(_) if address.chars().count() >= PART => Hit::Part,
            _ => Hit::None,
        });
    }
    if best < Hit::Start && wanted.typo && starts(text).any(|at| starts_with_typo(&text[at..], &wanted.words))
    {
        best = Hit::Start;
    }
    best
}

/// Where a normal text has the words, in bytes: all that [`find`] takes for a hit.
pub fn places(text: &str, wanted: &Text) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(wanted.words.as_str()).map(|at| from + at) {
        let end = at + wanted.words.len();
        if hit(text, at, end, wanted) > Hit::None {
            places.push((at, end));
        }
        from = at + text[at..].chars().next().map_or(1, char::len_utf8);
    }
    if let Some(address) = wanted.address.as_deref()
        && let Some((words, whole)) = text.split_once('\n')
    {
        let start = words.len() + 1;
        let part = address.chars().count() >= PART;
        let found = whole.match_indices(address).map(|(at, _)| at).filter(|at| *at == 0 || part);
        places.extend(found.map(|at| (start + at, start + at + address.len())));
    }
    if places.is_empty() && wanted.typo {
        let close = starts(text).filter(|at| starts_with_typo(&text[*at..], &wanted.words));
        places.extend(close.map(|at| (at, at + run(text, at).len())));
    }
    places
}

fn hit(text: &str, from: usize, to: usize, wanted: &Text) -> Hit {
    if !begins(text, from) {
        return if wanted.part { Hit::Part } else { Hit::None };
    }
    match ends_run(text, to) {
        true => Hit::Whole,
        false if wanted.closed && !ends_anywhere(&wanted.words) => Hit::None,
        false => Hit::Start,
    }
}

/// Whether a text starts with a word but for one letter: another, one more, one less, or two
/// that changed places.
fn starts_with_typo(text: &str, word: &str) -> bool {
    let text: Vec<char> =
        text.chars().take(word.chars().count() + 1).take_while(|c| !matches!(c, ' ' | '\n')).collect();
    let word: Vec<char> = word.chars().collect();
    let same = text.iter().zip(&word).take_while(|(a, b)| a == b).count();
    let rest = |letters: &[char], from: usize| letters.get(from..).unwrap_or_default().to_vec();
    same == word.len()
        || (text.len() > same && rest(&text, same + 1).starts_with(&rest(&word, same + 1)))
        || (text.len() > same && rest(&text, same + 1).starts_with(&rest(&word, same)))
        || rest(&text, same).starts_with(&rest(&word, same + 1))
        || (text.len() > same + 1
            && word.len() > same + 1
            && text[same] == word[same + 1]
            && text[same + 1] == word[same]
            && rest(&text, same + 2).starts_with(&rest(&word, same + 2)))
}

/// The fields of one user in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normals {
    pub name: Box<str>,
    pub email: Box<str>,
    pub company: Box<str>,
}

impl Normals {
    pub fn new(name: &str, email: &str, company: &str) -> Self {
        Self {
            name: normal_name(name).into(),
            email: normal_address(email).into(),
            company: normal_name(company).into(),
        }
    }
}

/// How many steps there are from the best match to the last.
pub const TIERS: usize = 5;

/// The tiers that one text of a query allows a user: bit 0, all of it are words of the name;
/// 1, starts in the name; 2, in the e-mail; 3, in any field; 4, it matches at all. A user's tier
/// is the lowest that all texts of the query allow.
pub fn tiers(wanted: &Text, user: &Normals, groups: Hit) -> u8 {
    let looked = |field, text: &str| match wanted.field.is_none_or(|only| only == field) {
        true => find(text, wanted),
        false => Hit::None,
    };
    let groups = if wanted.field.is_none_or(|only| only == Field::Groups) { groups } else { Hit::None };
    let name = looked(Field::Name, &user.name);
    let email = looked(Field::Email, &user.email);
    let best = name.max(email).max(looked(Field::Company, &user.company)).max(groups);
    u8::from(name >= Hit::Whole)
        | u8::from(name >= Hit::Start) << 1
        | u8::from(email >= Hit::Start) << 2
        | u8::from(best >= Hit::Start) << 3
        | u8::from(best >= Hit::Part) << 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, typed: &str) -> Hit {
        find(&normal_name(text), &Text::plain(typed, None).expect("a word"))
    }

    #[test]
    fn words_are_found_by_start_part_and_whole() {
        assert_eq!(found("Anna Banana", "anna"), Hit::Whole);
        assert_eq!(found("Anna Banana", "bana"), Hit::Start);
        assert_eq!(found("Anna Banana", "nan"), Hit::Part);
        assert_eq!(found("Anna Banana", "na"), Hit::None);
        assert_eq!(found("xanana anana", "ananas"), Hit::None);
        assert_eq!(found("ananab anan", "anan"), Hit::Whole);
        assert_eq!(found("東京製作所", "製作"), Hit::Start);
        assert_eq!(found("あああ", "ああ"), Hit::Whole);
        assert_eq!(found("Jean-Luc Picard", "jean-luc"), Hit::Whole);
        assert_eq!(found("Jean-Luc Picard", "ean-luc"), Hit::None);
    }

    #[test]
    fn an_address_is_words_and_one_word() {
        let address = normal_address("zoe.smith@example.org");
        let find = |typed| find(&address, &Text::plain(typed, None).expect("a word"));
        assert_eq!(find("zoe.s"), Hit::Start);
        assert_eq!(find("oe.smith@ex"), Hit::Part);
        assert_eq!(find("example.org"), Hit::Whole);
        assert_eq!(find("zoe@example"), Hit::None);
    }

    #[test]
    fn one_typo_is_one_letter() {
        for typed in ["jonathan", "jonatan", "jonathhan", "jonahtan", "xonathan", "onathan", "jona"] {
            assert!(starts_with_typo("jonathan smith", typed), "{typed}");
        }
        for typed in ["jnoahtan", "smith", "jonatxxn"] {
            assert!(!starts_with_typo("jonathan smith", typed), "{typed}");
        }
        assert!(starts_with_typo("ann", "anna") && !starts_with_typo("an", "anna"));
    }
}
