//! Which part of a user's texts a search has found, for the list to mark: places in a normal text
//! led back to the text as it was written.

use unicode_segmentation::UnicodeSegmentation;

use super::{
    directory::Directory,
    language::{Ask, Parsed, Text},
    matcher::places,
    query::{Field, Marks, Span},
    words::{ADDRESS, APOSTROPHES, in_word, normal_address, normal_name},
};
use crate::model::{fold::fold, id::GroupId};

/// Marks what one search looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marker(Vec<(Text, Vec<GroupId>)>);

impl Marker {
    pub fn new(parsed: &Parsed, directory: &Directory) -> Self {
        let texts =
            parsed.clauses.iter().filter(|clause| !clause.not).filter_map(|clause| match &clause.ask {
                Ask::Text(text) => Some(text),
                Ask::User(_) | Ask::Project(_) => None,
            });
        let groups = |text: &Text| match text.field {
            None | Some(Field::Groups) => directory.groups(text).into_iter().map(|(id, _)| id).collect(),
            Some(_) => Vec::new(),
        };
        Self(texts.map(|text| (text.clone(), groups(text))).collect())
    }

    pub fn marks(&self, name: &str, email: &str, company: &str, groups: &[GroupId]) -> Marks {
        if self.0.is_empty() {
            return Marks::default();
        }
        let found = |id: &&GroupId| self.0.iter().any(|(_, named)| named.contains(id));
        Marks {
            name: self.spans(Field::Name, &Traced::words(name)),
            email: self.spans(Field::Email, &Traced::address(email)),
            company: self.spans(Field::Company, &Traced::words(company)),
            groups: groups.iter().filter(found).copied().collect(),
        }
    }

    fn spans(&self, field: Field, traced: &Traced) -> Vec<Span> {
        let looked = self.0.iter().filter(|(text, _)| text.field.is_none_or(|only| only == field));
        let places = looked.flat_map(|(text, _)| places(&traced.text, text));
        let mut spans: Vec<Span> = places.filter_map(|place| traced.span(place)).collect();
        spans.sort_unstable();
        let mut apart: Vec<Span> = Vec::with_capacity(spans.len());
        for (from, to) in spans {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => apart.push((from, to)),
            }
        }
        apart
    }
}

/// A normal text that knows where each of its bytes comes from.
#[derive(Default)]
struct Traced {
    text: String,
    from: Vec<Span>,
}

impl Traced {
    fn words(text: &str) -> Self {
        let (mut traced, folded) = (Self::default(), folded(text));
        traced.push_words(&folded);
        traced.push_joined(&folded);
        traced.checked(&normal_name(text))
    }

    fn address(text: &str) -> Self {
        let (mut traced, folded) = (Self::default(), folded(text));
        traced.push_words(&folded);
        let whole = normal_address(text);
        // A domain's other spelling stands between: it is found, but is nowhere to be marked.
        if let Some(other) = whole.split(ADDRESS).next().and_then(|words| words.strip_prefix(&traced.text)) {
            other.chars().for_each(|c| traced.push(c, (0, 0)));
        }
        traced.push(ADDRESS, (0, 0));
        folded.iter().filter(|(c, _)| !c.is_whitespace()).for_each(|(c, span)| traced.push(*c, *span));
        traced.push_joined(&folded);
        traced.checked(&whole)
    }

    fn push_words(&mut self, folded: &[(char, Span)]) {
        let mut between = false;
        for (c, span) in folded {
            if in_word(*c) {
                if between && !self.text.is_empty() {
                    self.push(' ', (0, 0));
                }
                between = false;
                self.push(*c, *span);
            } else {
                between = true;
            }
        }
    }

    /// As the normal text has the words once more, without the apostrophes between letters.
    fn push_joined(&mut self, folded: &[(char, Span)]) {
        let mut joined: Vec<(char, Span)> = Vec::with_capacity(folded.len());
        for (n, (c, span)) in folded.iter().enumerate() {
            let (before, after) = (joined.last(), folded.get(n + 1));
            let between = [before, after].iter().all(|other| other.is_some_and(|(c, _)| in_word(*c)));
            if !(between && APOSTROPHES.contains(c)) {
                joined.push((*c, *span));
            }
        }
        if joined.len() < folded.len() {
            let mut words = Self::default();
            words.push_words(&joined);
            self.push(ADDRESS, (0, 0));
            self.text.push_str(&words.text);
            self.from.extend(words.from);
        }
    }

    fn push(&mut self, c: char, span: Span) {
        self.text.push(c);
        self.from.resize(self.text.len(), span);
    }

    /// Folding looks at more than one letter at a time now and then: what can't be led back is not
    /// marked, rather than marked wrongly.
    fn checked(self, normal: &str) -> Self {
        if self.text == normal { self } else { Self::default() }
    }

    fn span(&self, (from, to): (usize, usize)) -> Option<Span> {
        let known = self.from.get(from..to)?.iter().filter(|span| span.1 > 0);
        let (first, last) = (known.clone().next()?, known.clone().next_back()?);
        Some((first.0, last.1))
    }
}

/// The folded letters of a text, each with the letter that it comes from, marks and all.
fn folded(text: &str) -> Vec<(char, Span)> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    for letter in text.graphemes(true) {
        let end = at + letter.encode_utf16().count() as u32;
        out.extend(fold(letter).chars().map(|c| (c, (at, end))));
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The name with what was found between brackets.
    fn marked(name: &str, query: &str) -> String {
        let marks = Marker::new(&Parsed::read(query, None), &Directory::default()).marks(name, "", "", &[]);
        let units: Vec<u16> = name.encode_utf16().collect();
        let (mut out, mut at) = (String::new(), 0);
        let text =
            |from: u32, to: u32| String::from_utf16(&units[from as usize..to as usize]).expect("whole");
        for (from, to) in marks.name {
            out += &format!("{}[{}]", text(at, from), text(from, to));
            at = to;
        }
        out + &text(at, units.len() as u32)
    }

    #[test]
    fn what_was_found_is_marked_as_it_was_written() {
        for (name, query, expected) in [
            ("José García", "jose", "[José] García"),
            ("José García", "gar jo", "[Jo]sé [Gar]cía"),
            ("Straße", "strasse", "[Straße]"),
            ("Straße", "stras", "[Straß]e"),
            ("Łukasz Żak", "luk", "[Łuk]asz Żak"),
            ("東京製作所", "製作", "東京[製作]所"),
            ("😀 Smile", "smi", "😀 [Smi]le"),
            ("Jean-Luc Picard", "jean-luc", "[Jean-Luc] Picard"),
            ("Banana", "nan", "Ba[nan]a"),
            ("Banana", "na", "Banana"),
            ("Ann Anna", "-ann", "Ann Anna"),
            ("Jose\u{301} x", "jose", "[Jose\u{301}] x"),
            ("Anna Smith", "email:anna", "Anna Smith"),
            ("Pat O’Brien", "obri", "Pat [O’Bri]en"),
            ("Pat O’Brien", "bri", "Pat O’[Bri]en"),
        ] {
            assert_eq!(marked(name, query), expected, "{query}");
        }
    }

    #[test]
    fn an_address_is_marked_by_its_words_and_as_one() {
        let marks = |query| {
            let marker = Marker::new(&Parsed::read(query, None), &Directory::default());
            marker.marks("", "zoe.smith@example.org", "", &[]).email
        };
        assert_eq!(marks("smi"), [(4, 7)]);
        assert_eq!(marks("oe.smith@ex"), [(1, 12)]);
        assert_eq!(marks("zoe example"), [(0, 3), (10, 17)]);
    }

    #[test]
    fn a_word_one_typo_away_is_marked_whole() {
        let parsed = Parsed::read("jonxthan", None).forgiving().expect("a word");
        let marker = Marker::new(&parsed, &Directory::default());
        assert_eq!(marker.marks("Ada Jonathan", "", "", &[]).name, [(4, 12)]);
    }

    proptest! {
        #[test]
        fn marks_lie_within_the_text(name in "\\PC{0,30}", query in "\\PC{1,8}") {
            let marker = Marker::new(&Parsed::read(&query, None), &Directory::default());
            let length = name.encode_utf16().count() as u32;
            let mut before = 0;
            for (from, to) in marker.marks(&name, "", "", &[]).name {
                prop_assert!(before <= from && from < to && to <= length);
                before = to;
            }
        }
    }
}
