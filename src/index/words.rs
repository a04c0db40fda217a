//! How a text comes apart into words, and what the index keeps of each.
//!
//! A *normal text* is the folded words of a field joined by spaces. Everything that is asked of
//! a text (does a word start so, is this part of a word, do these words follow each other) is
//! asked of its normal text; index terms are cut from it too, so both always agree.

use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory as Gc, LineBreak, Script},
};

use crate::model::fold::fold;

/// Starts of words are kept up to this many characters; what is typed beyond is verified.
pub const START: usize = 12;
/// Whole words are kept up to this many characters.
pub const WHOLE: usize = 40;
/// From this many characters on, a part inside a word counts.
pub const PART: usize = 3;
/// Stands between the words of an address and the address itself, which is one word too; and
/// before words written another way.
pub const ADDRESS: char = '\n';

/// The normal text of what somebody typed.
pub fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_words(&fold(text), &mut out);
    out
}

/// The normal text of a name or a company: its words, and once more as those write them who
/// leave out apostrophes (O'Brien is found by `brien` and by `obrien`).
pub fn normal_name(text: &str) -> String {
    let folded = fold(text);
    let mut out = String::with_capacity(text.len());
    push_words(&folded, &mut out);
    push_joined(&folded, &mut out);
    out
}

/// How a domain with other letters than ASCII's is written in an address (RFC 5890).
pub const ENCODED: &str = "xn--";

/// The normal text of an e-mail address: its words, then the whole of it.
pub fn normal_address(address: &str) -> String {
    let folded = fold(address);
    let mut out = String::with_capacity(folded.len() * 2 + 1);
    push_words(&folded, &mut out);
    if let Some((_, domain)) = folded.split_once('@').filter(|(_, domain)| domain.contains(ENCODED)) {
        out.push(' ');
        out.push_str(&normal(&idna::domain_to_unicode(domain).0));
    }
    out.push(ADDRESS);
    out.extend(folded.chars().filter(|c| !c.is_whitespace()));
    push_joined(&folded, &mut out);
    out
}

/// What stands for an apostrophe, typed or typeset; folding has made the others one of these.
pub const APOSTROPHES: [char; 5] = ['\'', '`', '’', '‘', '‛'];

/// Whether folding makes nothing of a text but small letters.
pub fn is_simple(text: &str) -> bool {
    text.is_ascii() && !text.contains(ENCODED) && !text.contains(APOSTROPHES)
}

/// The words once more without the apostrophes between letters, if there are any.
fn push_joined(folded: &str, out: &mut String) {
    if !folded.contains(APOSTROPHES) {
        return;
    }
    let mut joined = String::with_capacity(folded.len());
    let mut letters = folded.chars().peekable();
    while let Some(c) = letters.next() {
        let between = joined.ends_with(in_word) && letters.peek().is_some_and(|next| in_word(*next));
        if !(between && APOSTROPHES.contains(&c)) {
            joined.push(c);
        }
    }
    if joined.len() < folded.len() {
        let mut words = String::with_capacity(joined.len());
        push_words(&joined, &mut words);
        out.push(ADDRESS);
        out.push_str(&words);
    }
}

fn push_words(folded: &str, out: &mut String) {
    let mut between = false;
    for c in folded.chars() {
        if in_word(c) {
            if between && !out.is_empty() {
                out.push(' ');
            }
            between = false;
            out.push(c);
        } else {
            between = true;
        }
    }
}

/// Whether a character belongs to a word: letters, marks, digits, and signs such as emoji.
pub fn in_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    c.is_alphanumeric()
        || matches!(
            CodePointMapData::<Gc>::new().get(c),
            Gc::NonspacingMark | Gc::SpacingMark | Gc::OtherSymbol | Gc::OtherNumber | Gc::PrivateUse
        )
}

/// Whether the script of a character is written without spaces: every one begins a word.
fn unspaced(c: char) -> bool {
    if (c as u32) < 0x0E00 {
        return false;
    }
    matches!(
        CodePointMapData::<Script>::new().get(c),
        Script::Han | Script::Hiragana | Script::Katakana | Script::Bopomofo | Script::Yi
    ) || matches!(CodePointMapData::<LineBreak>::new().get(c), LineBreak::ComplexContext | LineBreak::Ideographic)
        // The mark that draws a kana out is shared by both kana.
        || c == 'ー'
}

pub fn is_mark(c: char) -> bool {
    !c.is_ascii() && matches!(CodePointMapData::<Gc>::new().get(c), Gc::NonspacingMark | Gc::SpacingMark)
}

/// Whether a word begins at this byte of a normal text.
pub fn begins(text: &str, at: usize) -> bool {
    let Some(c) = text[at..].chars().next() else { return false };
    if c == ' ' || c == ADDRESS {
        return false;
    }
    match text[..at].chars().next_back() {
        None | Some(' ' | ADDRESS) => true,
        Some(before) => (unspaced(c) || unspaced(before)) && !is_mark(c),
    }
}

/// Whether the last of these characters is a word by itself, whatever follows.
pub fn ends_anywhere(words: &str) -> bool {
    words.chars().next_back().is_some_and(unspaced)
}

/// Whether the unbroken run of letters ends before this byte.
pub fn ends_run(text: &str, at: usize) -> bool {
    matches!(text[at..].chars().next(), None | Some(' ' | ADDRESS))
}

/// The bytes of a normal text where words begin.
pub fn starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.char_indices().map(|(at, _)| at).filter(|&at| begins(text, at))
}

/// The unbroken run of letters from a byte on.
pub fn run(text: &str, at: usize) -> &str {
    let end = text[at..].find([' ', ADDRESS]).map_or(text.len(), |length| at + length);
    &text[at..end]
}

/// The first characters of a text, at most `count`.
pub fn first(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

/// The term that stands for a whole word: no start of a word ends in a space.
pub fn whole_term(word: &str) -> String {
    format!("{word} ")
}

/// Every term of a normal text that finds words by how they start, each once.
pub fn start_terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for at in starts(text) {
        let word = run(text, at);
        terms.extend(word.char_indices().take(START).map(|(i, c)| word[..i + c.len_utf8()].to_owned()));
        if first(word, WHOLE).len() == word.len() {
            terms.push(whole_term(word));
        }
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Every three characters that follow each other in a word, each once.
pub fn part_terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for word in text.split([' ', ADDRESS]) {
        terms.extend(parts_of(word).map(str::to_owned));
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// The threes of characters in one word; none if it is shorter.
pub fn parts_of(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8()).skip(PART - 1);
    word.char_indices().map(|(at, _)| at).zip(ends).map(|(from, to)| &word[from..to])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_apart_where_people_see_them_end() {
        assert_eq!(normal("  Jean-Luc O'Brien,  Ph.D. "), "jean luc o brien ph d");
        assert_eq!(normal_name("Mary O’Brien"), "mary o brien\nmary obrien");
        assert_eq!(normal_name("'Ann' Smith' '"), "ann smith");
        assert_eq!(normal_address("o'neil@x.org"), "o neil x org\no'neil@x.org\noneil x org");
        assert_eq!(normal("★ Star"), "★ star");
        assert_eq!(normal("… — !"), "");
        assert_eq!(normal_address("Zoe+a@Example.org"), "zoe a example org\nzoe+a@example.org");
    }

    #[test]
    fn every_character_begins_a_word_where_no_spaces_are_written() {
        let text = normal("東京製作所Tokyo Works");
        let words: Vec<_> = starts(&text).map(|at| run(&text, at)).collect();
        assert_eq!(
            words,
            ["東京製作所tokyo", "京製作所tokyo", "製作所tokyo", "作所tokyo", "所tokyo", "tokyo", "works"]
        );
        let thai = normal("สวัสดี");
        assert!(starts(&thai).count() > 3);
        assert_eq!(starts(&normal("anna")).count(), 1);
    }

    #[test]
    fn terms_are_the_starts_the_whole_word_and_the_threes() {
        assert_eq!(start_terms("ann a"), ["a", "a ", "an", "ann", "ann "]);
        assert_eq!(part_terms("anna\nanna@b"), ["a@b", "ann", "na@", "nna"]);
        assert!(start_terms(&"x".repeat(50)).iter().all(|term| term.len() <= START));
    }
}
