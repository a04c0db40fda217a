//! Folding: the form in which texts are compared. Case, accents and the width of letters do not
//! matter, in any script; what tells words apart (vowel signs, the voicing of kana) stays.

use std::sync::OnceLock;

use icu_normalizer::{DecomposingNormalizerBorrowed, properties::CanonicalCompositionBorrowed};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory, Script},
};

/// The folded form of a text. Folding what is folded changes nothing.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    if let Some(folded) = by_letter(text) {
        return folded;
    }
    whole(text)
}

/// Letters that fold by themselves, whatever stands beside them: Latin, Greek and Cyrillic, with
/// their accents. Most names are made of these alone, and a table is ten times as quick.
const SINGLE: [std::ops::Range<u32>; 2] = [0x80..0x590, 0x1e00..0x2000];

fn by_letter(text: &str) -> Option<String> {
    static FOLDED: OnceLock<[Vec<Option<Box<str>>>; 2]> = OnceLock::new();
    let letter = |n: u32| {
        let c = char::from_u32(n).filter(|c| c.is_alphanumeric() && !dropped(*c))?;
        Some(whole(c.encode_utf8(&mut [0; 4])).into())
    };
    let tables = FOLDED.get_or_init(|| SINGLE.map(|range| range.map(letter).collect()));
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
            continue;
        }
        let at = SINGLE.iter().position(|range| range.contains(&(c as u32)))?;
        out.push_str(tables[at][(c as u32 - SINGLE[at].start) as usize].as_deref()?);
    }
    Some(out)
}

/// Folds a text by the rules.
fn whole(text: &str) -> String {
    // NFKD takes these apart into a space and a mark, and the word with them.
    let text: String = text.chars().map(together).collect();
    let text = text.as_str();
    // One pass can lay bare a letter that folds again (a capital's lower case has an accent);
    // two settle every text known, the bound keeps a surprise from going round for ever.
    let mut folded = once(text);
    for _ in 0..3 {
        let again = once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

/// A mark that was typed beside its letter, as the one that belongs to it.
fn together(c: char) -> char {
    match c {
        '\u{b4}' | '\u{384}' => '\'',
        '\u{309b}' => '\u{3099}',
        '\u{309c}' => '\u{309a}',
        c => c,
    }
}

fn once(text: &str) -> String {
    let compose = CanonicalCompositionBorrowed::new();
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let mut out = String::with_capacity(decomposed.len());
    for c in decomposed.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else if matches!(c, '\u{3099}' | '\u{309a}') {
            // NFKD took the voicing off a kana, but か and が are letters of their own.
            if let Some(before) = out.pop() {
                out.push(compose.compose(before, c).unwrap_or(before));
            }
        } else if !dropped(c) {
            push_folded(c, &mut out);
        }
    }
    out
}

/// Accents and points that readers leave out when typing, and what cannot be seen at all.
fn dropped(c: char) -> bool {
    // The Arabic tatweel only stretches a word.
    if c == '\u{0640}' || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) {
        return true;
    }
    let mark = matches!(
        CodePointMapData::<GeneralCategory>::new().get(c),
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark
    );
    // In other scripts (Thai, Devanagari …) such marks are vowels, and part of the word.
    mark && matches!(
        CodePointMapData::<Script>::new().get(c),
        Script::Inherited
            | Script::Common
            | Script::Latin
            | Script::Greek
            | Script::Cyrillic
            | Script::Arabic
            | Script::Hebrew
            | Script::Syriac
            | Script::Glagolitic
    )
}

fn push_folded(c: char, out: &mut String) {
    if let Some(plain) = barred(c) {
        return out.push_str(plain);
    }
    // Lower, upper and lower again is full case folding (ẞ→ss, ς→σ, ı→i) by the tables of std.
    for lower in c.to_lowercase() {
        for upper in lower.to_uppercase() {
            for folded in upper.to_lowercase() {
                match barred(folded) {
                    Some(plain) => out.push_str(plain),
                    None => out.push(folded),
                }
            }
        }
    }
}

/// Letters with a bar, hook or ligature that Unicode does not take apart but keyboards elsewhere
/// can't type; capitals come here after lowering.
fn barred(c: char) -> Option<&'static str> {
    Some(match c {
        'ł' | 'ƚ' | 'ɫ' => "l",
        'ø' | 'ɵ' => "o",
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'ħ' => "h",
        'ŧ' | 'ƭ' | 'ʈ' => "t",
        'ƀ' | 'ɓ' => "b",
        'ɨ' | 'ı' => "i",
        'ʉ' => "u",
        'ƶ' => "z",
        'ǥ' | 'ɠ' => "g",
        'ƙ' => "k",
        'ɲ' | 'ƞ' => "n",
        'ŋ' => "ng",
        'ƥ' => "p",
        'ȼ' | 'ƈ' => "c",
        'ɍ' => "r",
        'ɏ' | 'ƴ' => "y",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ĸ' => "k",
        // Letters to Unicode, apostrophes to whoever types a name that has one.
        'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | 'ˈ' => "'",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fold;

    #[test]
    fn what_readers_take_for_the_same_folds_to_the_same() {
        for (text, folded) in [
            ("José", "jose"),
            ("Straße", "strasse"),
            ("STRAẞE", "strasse"),
            ("Łukasz Ødegård Đorđe", "lukasz odegard dorde"),
            ("Ħal Æsir Œuvre Þór Ðóra", "hal aesir oeuvre thor dora"),
            ("Ισόβιος ΌΣΟΣ", "ισοβιοσ οσοσ"),
            ("İstanbul Iğdır ısı", "istanbul igdir isi"),
            ("مُحَمَّد أحمد إيمان آمنة", "محمد احمد ايمان امنة"),
            ("محـــمد", "محمد"),
            ("שָׁלוֹם", "שלום"),
            ("Ёжик Йод", "ежик иод"),
            ("Ｗｉｄｅ ﬁn", "wide fin"),
            ("ｶﾞｽ", "ガス"),
            ("がぎぱ カガ", "がぎぱ カガ"),
            ("か\u{3099}き\u{3099}は\u{309a} カ\u{3099}", "がぎぱ ガ"),
            ("か゛は゜", "がぱ"),
            ("O´Brien Hawaiʻi Лукʼян", "o'brien hawai'i лук'ян"),
            ("สวัสดี", "สวัสดี"),
            ("रवि कुमार", "रवि कुमार"),
            ("Nguyễn Thị", "nguyen thi"),
            ("co\u{ad}op\u{200d}er", "cooper"),
            ("e\u{301}", "e"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
        assert_ne!(fold("ひらがな"), fold("ヒラガナ"));
        assert_ne!(fold("か"), fold("が"));
        // Hangul comes apart into its letters, so that half a syllable finds the whole.
        assert!(fold("김영희").starts_with(&fold("기")));
        assert!(fold("김영희").starts_with(&fold("ㄱ")));
    }

    #[test]
    fn folding_any_letter_twice_is_folding_it_once() {
        for c in ('\u{80}'..=char::MAX).filter(|c| c.is_alphanumeric() || (*c as u32) < 0x3400) {
            let folded = fold(&c.to_string());
            assert_eq!(fold(&folded), folded, "U+{:04X}", c as u32);
        }
    }

    proptest! {
        #[test]
        fn the_table_folds_as_the_rules_do(text in "[a-zA-Z '\\u{80}-\\u{590}\\u{1e00}-\\u{1fff}]{0,20}") {
            if let Some(folded) = super::by_letter(&text) {
                prop_assert_eq!(folded, super::whole(&text));
            }
        }

        #[test]
        fn folding_is_idempotent(text in "\\PC{0,40}") {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }
    }
}
