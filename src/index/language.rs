//! The search language: what may be typed into the search box.
//!
//! | typed | finds users with |
//! |---|---|
//! | `jose garcia` | both words: the start of a word, or three letters and more inside one, in the name, e-mail, company or a group's name |
//! | `zoe@exa`, `jean-luc` | these words in a row, or this part of the e-mail address |
//! | `"jean luc"` | exactly these words in a row; while the quote is open, the last may be a start |
//! | `name:` `email:` `company:` `group:` `project:` | the word or `"phrase"` after it in that field |
//! | `is:active` `is:invited` `is:pending` `is:disabled` `is:deleted` | that state; of several, any |
//! | `-` before any of these | not that |
//! | a user's id | that user; alone, a disabled one too |
//!
//! Case, accents and apostrophes do not matter. Nothing is an error: what cannot be read as one of
//! these is searched as plain words; signs that are in no word are passed over, and so is a
//! qualifier with no word after it yet. At most [`MAX_CHARS`]
//! characters and [`MAX_TERMS`] terms are read, so that no query costs more than another.

use super::{
    query::Field,
    words::{PART, first, normal},
};
use crate::model::{id::UserId, user::UserState};

/// Characters of a query that are read.
pub const MAX_CHARS: usize = 1000;
/// Terms of a query that are read.
pub const MAX_TERMS: usize = 32;

/// A query that has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    pub clauses: Vec<Clause>,
    /// The states asked for with `is:`; any of them will do, empty is no wish.
    pub states: Vec<UserState>,
    pub not_states: Vec<UserState>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    pub not: bool,
    pub ask: Ask,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    Text(Text),
    User(UserId),
    Project(Text),
}

/// Words to be found in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// In normal form: folded, with single spaces between.
    pub words: String,
    /// Also as a part of the e-mail address, with the signs that were typed.
    pub address: Option<String>,
    /// The one field to look in.
    pub field: Option<Field>,
    /// Whether the last word must end where the term ends.
    pub closed: bool,
    /// Whether a part inside a word counts.
    pub part: bool,
    /// Whether a word one typo away counts.
    pub typo: bool,
}

impl Text {
    /// What was typed in one go, without quotes; `None` when no word is in it.
    pub fn plain(typed: &str, field: Option<Field>) -> Option<Self> {
        let words = Some(normal(typed)).filter(|words| !words.is_empty())?;
        let folded = crate::model::fold::fold(typed);
        let in_address = matches!(field, None | Some(Field::Email)) && folded != words;
        let part = !words.contains(' ') && words.chars().count() >= PART;
        Some(Self { words, address: in_address.then_some(folded), field, closed: false, part, typo: false })
    }

    fn phrase(quoted: &str, field: Option<Field>, closed: bool) -> Option<Self> {
        let words = Some(normal(quoted)).filter(|words| !words.is_empty())?;
        Some(Self { words, address: None, field, closed, part: false, typo: false })
    }

    /// The same with one typo allowed, where a word is long enough to tell.
    pub fn forgiving(&self) -> Self {
        Self { typo: self.part && !self.closed, ..self.clone() }
    }
}

impl Parsed {
    /// Reads a query; plain words are looked for in `field`, or everywhere.
    pub fn read(text: &str, field: Option<Field>) -> Self {
        let mut parsed = Self::default();
        let mut rest = first(text, MAX_CHARS).trim_start();
        for _ in 0..MAX_TERMS {
            if rest.is_empty() {
                break;
            }
            let (term, after) = Term::cut(rest);
            parsed.add(&term, field);
            rest = after.trim_start();
        }
        parsed
    }

    /// The same, with one typo allowed in each plain word; `None` when there is no such word.
    pub fn forgiving(&self) -> Option<Self> {
        let mut found = false;
        let clauses = self.clauses.iter().map(|clause| match &clause.ask {
            Ask::Text(text) if !clause.not => {
                let text = text.forgiving();
                found |= text.typo;
                Clause { not: false, ask: Ask::Text(text) }
            }
            _ => clause.clone(),
        });
        let clauses = clauses.collect();
        found.then(|| Self { clauses, ..self.clone() })
    }

    /// Whether anything was asked that some users match better than others.
    pub fn has_text(&self) -> bool {
        self.clauses.iter().any(|clause| !clause.not && matches!(clause.ask, Ask::Text(_)))
    }

    /// Whether all of a query can be read: what is past the limits would be left out.
    pub fn reads_whole(text: &str) -> bool {
        let mut rest = text.trim_start();
        for _ in 0..MAX_TERMS {
            if rest.is_empty() {
                break;
            }
            rest = Term::cut(rest).1.trim_start();
        }
        rest.is_empty() && first(text, MAX_CHARS).len() == text.len()
    }

    /// Whether one user's id is all that was asked for, as one pastes it from elsewhere.
    pub fn is_one_user(&self) -> bool {
        self.states.is_empty() && matches!(&self.clauses[..], [Clause { not: false, ask: Ask::User(_) }])
    }

    fn add(&mut self, term: &Term<'_>, field: Option<Field>) {
        let ask = match term.qualifier.map(str::to_lowercase).as_deref() {
            Some("is") => match state(term.value) {
                Some(state) if term.not => return self.not_states.push(state),
                Some(state) => return self.states.push(state),
                None => None,
            },
            Some("name") => term.text(Some(Field::Name)).map(Ask::Text),
            Some("email") => term.text(Some(Field::Email)).map(Ask::Text),
            Some("company") => term.text(Some(Field::Company)).map(Ask::Text),
            Some("group") => term.text(Some(Field::Groups)).map(Ask::Text),
            Some("project") => term.text(None).map(Ask::Project),
            _ => match term.value.parse() {
                Ok(id) => Some(Ask::User(id)),
                Err(_) => term.text(field).map(Ask::Text),
            },
        };
        // While its word is still to be typed, a qualifier asks for nothing; one that can't be read
        // is plain words, like anything else.
        let unfinished = term.qualifier.is_some() && normal(term.value).is_empty();
        let ask = match ask {
            None if !unfinished => Text::plain(term.whole, field).map(Ask::Text),
            ask => ask,
        };
        self.clauses.extend(ask.map(|ask| Clause { not: term.not, ask }));
    }
}

fn state(value: &str) -> Option<UserState> {
    Some(match value.to_lowercase().as_str() {
        "active" => UserState::Active,
        "invited" => UserState::Invited,
        "pending" => UserState::Pending,
        "disabled" => UserState::Disabled,
        "deleted" => UserState::Deleted,
        _ => return None,
    })
}

/// One term as it was typed.
struct Term<'a> {
    not: bool,
    qualifier: Option<&'a str>,
    value: &'a str,
    quoted: bool,
    /// Whether the closing quote is there.
    closed: bool,
    /// Qualifier and value.
    whole: &'a str,
}

const QUALIFIERS: [&str; 6] = ["name", "email", "company", "group", "project", "is"];

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}

impl<'a> Term<'a> {
    /// Cuts the first term off a text that does not begin with a space.
    fn cut(text: &'a str) -> (Self, &'a str) {
        let not = text.starts_with('-');
        let whole = text.strip_prefix('-').unwrap_or(text);
        let (qualifier, value) = match whole.split_once(':') {
            Some((name, value)) if QUALIFIERS.contains(&name.to_lowercase().as_str()) => (Some(name), value),
            _ => (None, whole),
        };
        let space = |text: &str| text.find(char::is_whitespace).unwrap_or(text.len());
        let start = whole.len() - value.len();
        let (value, end, quoted, closed) = match value.strip_prefix(is_quote) {
            Some(inner) => {
                let open = start + value.len() - inner.len();
                match inner.find(is_quote) {
                    Some(at) => {
                        let quote = inner[at..].chars().next().map_or(0, char::len_utf8);
                        (&inner[..at], open + at + quote, true, true)
                    }
                    None => (inner, whole.len(), true, false),
                }
            }
            None => (&value[..space(value)], start + space(value), false, false),
        };
        (Self { not, qualifier, value, quoted, closed, whole: &whole[..end] }, &whole[end..])
    }

    fn text(&self, field: Option<Field>) -> Option<Text> {
        match self.quoted {
            true => Text::phrase(self.value, field, self.closed),
            false => Text::plain(self.value, field),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(query: &str) -> Vec<String> {
        let clauses = Parsed::read(query, None).clauses.into_iter();
        clauses
            .map(|clause| {
                let (kind, text) = match clause.ask {
                    Ask::Text(text) => ("", text),
                    Ask::Project(text) => ("project=", text),
                    Ask::User(id) => return format!("id={id}"),
                };
                let field = text.field.map_or(String::new(), |field| format!("{field:?}=").to_lowercase());
                let end = if text.closed { "." } else { "" };
                format!("{}{kind}{field}{}{end}", if clause.not { "not " } else { "" }, text.words)
            })
            .collect()
    }

    #[test]
    fn the_language_reads_as_its_table_says() {
        assert_eq!(words("José  GARCÍA"), ["jose", "garcia"]);
        assert_eq!(words("\"Jean Luc\" x"), ["jean luc.", "x"]);
        assert_eq!(words("“Jean Luc” \"half op"), ["jean luc.", "half op"]);
        assert_eq!(words("name:ann -company:\"big co\""), ["name=ann", "not company=big co."]);
        assert_eq!(words("GROUP:admin project:apollo"), ["groups=admin", "project=apollo"]);
        assert_eq!(words("jean-luc -bob"), ["jean luc", "not bob"]);
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(words(id), [format!("id={id}")]);
        let parsed = Parsed::read("is:invited IS:Pending -is:disabled", None);
        assert_eq!(parsed.states, [UserState::Invited, UserState::Pending]);
        assert_eq!(parsed.not_states, [UserState::Disabled]);
        assert!(parsed.clauses.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_plain_words() {
        assert_eq!(words("is:tall is:dis"), ["is tall", "is dis"]);
        assert_eq!(words("foo:bar a\"b"), ["foo bar", "a b"]);
        assert_eq!(words("- -- @ -\"\"").len(), 0);
        assert_eq!(words(&"a ".repeat(500)).len(), MAX_TERMS);
    }

    #[test]
    fn a_qualifier_asks_for_nothing_until_its_word_is_typed() {
        for typed in
            ["name:", "-name:", "is:", "-is:", "name:\"", "group:\"\"", "project:@", "EMAIL: company:-"]
        {
            let parsed = Parsed::read(typed, None);
            assert_eq!(parsed, Parsed::default(), "{typed}");
        }
        assert_eq!(words("name: jose"), ["jose"]);
        assert_eq!(words("jose -group:\"\" is:"), ["jose"]);
        assert_eq!(words("name:\" jose"), ["name=jose"]);
    }

    #[test]
    fn only_plain_words_may_hold_a_typo() {
        assert!(Parsed::read("\"jose\" a-b -jose group:\"x\"", None).forgiving().is_none());
        assert!(Parsed::read("is:active jose", None).forgiving().is_some());
    }

    proptest! {
        #[test]
        fn no_query_fails(query in "[-\": a-zé製@.“”\\s]{0,60}|\\PC{0,1200}|(is|name|project|-)*:\\PC{0,9}") {
            prop_assert!(Parsed::read(&query, None).clauses.len() <= MAX_TERMS);
        }
    }
}
