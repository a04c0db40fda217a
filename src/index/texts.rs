//! The names, addresses and companies of all users in memory, about 60 bytes each: what the
//! search verifies its candidates by, and what new users are sorted in among.

use std::sync::Arc;

use memchr::{memchr_iter, memmem};

use super::{pieces::Pieces, words::is_mark};

/// A piece of the texts. A position is the number of a piece and a byte within it.
const PIECE: usize = 1 << 20;
const END: char = '\0';

/// Shares its pieces with the copies that were made of it.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    pieces: Vec<Arc<String>>,
    /// Where each slot's texts are.
    at: Pieces<u32>,
    /// Bytes that no slot points to any more.
    dead: usize,
}

/// One user's texts as they were written; an empty company is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Record<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub company: &'a str,
}

impl Texts {
    pub fn get(&self, slot: u32) -> Record<'_> {
        let mut fields = self.from(slot).splitn(4, END);
        let mut next = || fields.next().unwrap_or_default();
        Record { name: next(), email: next(), company: next() }
    }

    /// A user's texts in one, with a zero after each.
    pub fn all(&self, slot: u32) -> &str {
        let text = self.from(slot);
        text.match_indices(END).nth(2).map_or(text, |(end, _)| &text[..end])
    }

    /// All texts of a piece from a user's on.
    fn from(&self, slot: u32) -> &str {
        let Some(at) = self.at.get(slot as usize).map(|at| *at as usize) else { return "" };
        self.pieces.get(at / PIECE).map_or("", |piece| &piece[at % PIECE..])
    }

    /// Puts texts into slots; a slot past the end makes room for itself. The copies that were
    /// made of this before keep what they have.
    pub fn put<'a>(&mut self, records: impl IntoIterator<Item = (u32, Record<'a>)>) {
        let mut last = match self.pieces.last() {
            Some(piece) if piece.len() < PIECE / 2 => self.pieces.pop().map(Arc::unwrap_or_clone),
            _ => None,
        }
        .unwrap_or_default();
        let mut at = std::mem::take(&mut self.at);
        for (slot, record) in records {
            let slot = slot as usize;
            match at.get(slot) {
                Some(old) => self.dead += self.get_len(*old, &last),
                None => (at.len()..slot).for_each(|_| at.push(0)),
            }
            if last.len() + length(record) > PIECE {
                self.pieces.push(Arc::new(std::mem::take(&mut last)));
            }
            at.set(slot, (self.pieces.len() * PIECE + last.len()) as u32);
            for field in [record.name, record.email, record.company] {
                // Nothing that people may type holds the end mark; a longer text is no user's.
                last.extend(cut(field).chars().filter(|c| *c != END));
                last.push(END);
            }
        }
        if !last.is_empty() {
            self.pieces.push(Arc::new(last));
        }
        self.at = at;
        if self.dead > PIECE + self.pieces.len() * PIECE / 4 {
            self.compact();
        }
    }

    fn get_len(&self, at: u32, last: &str) -> usize {
        let piece = self.pieces.get(at as usize / PIECE).map_or(last, |piece| piece.as_str());
        piece
            .get(at as usize % PIECE..)
            .map_or(0, |text| text.splitn(4, END).take(3).map(|f| f.len() + 1).sum())
    }

    fn compact(&mut self) {
        let old = std::mem::take(self);
        self.put((0..old.at.len() as u32).map(|slot| (slot, old.get(slot))));
        self.dead = 0;
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(PIECE / 8)]
}

fn length(record: Record<'_>) -> usize {
    cut(record.name).len() + cut(record.email).len() + cut(record.company).len() + 3
}

/// Looks for letters in many users' texts: in lower case, as they are in a normal text.
pub struct Finder<'a> {
    letters: &'a str,
    finder: memmem::Finder<'a>,
}

/// Where the letters stand next, and from where on that was looked for.
#[derive(Default)]
pub struct Next {
    piece: usize,
    from: usize,
    /// `None`: nowhere in the rest of the piece.
    at: Option<usize>,
    looked: bool,
}

impl<'a> Finder<'a> {
    pub fn new(letters: &'a str) -> Self {
        Self { letters, finder: memmem::Finder::new(letters) }
    }

    pub fn text(&self) -> &str {
        self.letters
    }

    /// Whether the letters stand in a user's texts as they are, and so in the folded texts. The
    /// place where they stand next is kept: most users after one who has them not are before it,
    /// and need no look.
    pub fn stand_in(&self, texts: &Texts, slot: u32, next: &mut Next) -> bool {
        let Some(at) = texts.at.get(slot as usize).map(|at| *at as usize) else { return false };
        let (n, from) = (at / PIECE, at % PIECE);
        let Some(piece) = texts.pieces.get(n).map(|piece| piece.as_bytes()) else { return false };
        let known =
            next.looked && next.piece == n && next.from <= from && next.at.is_none_or(|at| from <= at);
        if !known {
            let found = self.finder.find(&piece[from..]).map(|at| from + at);
            *next = Next { piece: n, from, at: found, looked: true };
        }
        // A mark after them would make another letter of the last.
        let marked = |at: usize| {
            !self.letters.is_ascii() && texts.pieces[n][at + self.letters.len()..].starts_with(is_mark)
        };
        next.at.is_some_and(|at| memchr_iter(0, &piece[from..at]).nth(2).is_none() && !marked(at))
    }

    /// Whether they stand in a text, in whatever case; for letters within ASCII.
    pub fn stand_in_any_case(&self, text: &str) -> bool {
        let mut windows = text.as_bytes().windows(self.letters.len());
        windows.any(|window| window.eq_ignore_ascii_case(self.letters.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_apart_and_old_copies_stay_as_they_were() {
        let record = |name| Record { name, email: "é@x", company: "" };
        let mut texts = Texts::default();
        texts.put([(0, record("Zoë")), (2, record("Ann"))]);
        let before = texts.clone();
        texts.put([(0, record("Zoe")), (3, record("Bob"))]);
        assert_eq!(before.get(0), record("Zoë"));
        assert_eq!(texts.get(0), record("Zoe"));
        assert_eq!((texts.get(2), texts.get(3)), (record("Ann"), record("Bob")));
        assert_eq!(texts.get(9), Record::default());
    }

    #[test]
    fn letters_are_found_in_the_texts_of_whoever_has_them() {
        let mut texts = Texts::default();
        let names = ["Ann", "hannah", "", "bob", "johann", "annann"];
        let record = |name| Record { name, email: "x@y", company: "co" };
        texts.put((0..).zip(names.map(record)));
        texts.put([(1, record("zoe")), (3, record("susanna"))]);
        let finder = Finder::new("ann");
        let found = |slots: &[u32]| {
            let mut next = Next::default();
            slots.iter().map(|slot| finder.stand_in(&texts, *slot, &mut next)).collect::<Vec<_>>()
        };
        assert_eq!(found(&[0, 1, 2, 3, 4, 5, 9]), [false, false, false, true, true, true, false]);
        assert_eq!(found(&[5, 3, 4, 0]), [true, true, true, false]);
        assert!(finder.stand_in_any_case("ANN") && !finder.stand_in_any_case("an"));
    }

    #[test]
    fn what_nobody_points_to_is_given_back() {
        let name = "x".repeat(1000);
        let record = Record { name: &name, email: "", company: "" };
        let mut texts = Texts::default();
        for _ in 0..40 {
            texts.put((0..100).map(|slot| (slot, record)));
        }
        assert!(texts.pieces.len() < 6, "{}", texts.pieces.len());
        assert_eq!(texts.get(99), record);
    }
}
