//! Passwords: what is refused, and argon2id (RFC 9106) over the rest, a few at a time.

use std::sync::{Condvar, Mutex, PoisonError};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use unicode_segmentation::UnicodeSegmentation;
use zxcvbn::{Match, matching::patterns::MatchPattern};

use crate::model::{
    credential::Password,
    error::{Code, Refused},
};

/// OWASP's second choice: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// Bytes of a hash.
const OUTPUT: usize = 32;
/// Verified against for an address that nobody has, so that it takes as long: no password's hash
/// is all zeros.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// No common password is longer, and more is never given to the estimate: it grows steeply.
const ESTIMATED: usize = 30;
/// Of words that are no passwords by themselves so many of the most common are refused; of passwords all
/// of the crate's 30,000.
const COMMON: usize = 10_000;
/// Whoever tries the common ones in pairs comes to these within so many tries.
const FIRST_TRIES: u64 = 22_000;
/// Characters that must be left once the words of the context are taken out.
const LEFT: usize = 8;

/// Hashes and verifies, so many at a time that other requests stay quick. The memory for it is
/// kept from its first use on and goes from hand to hand: it never grows, however many wait.
pub struct Passwords {
    params: Params,
    free: Mutex<Vec<Vec<Block>>>,
    freed: Condvar,
}

#[derive(Debug, thiserror::Error)]
#[error("the password can't be hashed: {0}")]
pub struct Error(String);

fn failed(error: impl std::fmt::Display) -> Error {
    Error(error.to_string())
}

impl Passwords {
    pub fn new(at_once: usize) -> Result<Self, Error> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, Some(OUTPUT)).map_err(failed)?;
        let memory = vec![Vec::new(); at_once.max(1)];
        Ok(Self { params, free: Mutex::new(memory), freed: Condvar::new() })
    }

    /// A PHC string with a salt of its own.
    pub fn hash(&self, password: &Password) -> Result<String, Error> {
        let salt = Salt::generate();
        let mut output = [0; OUTPUT];
        self.run(self.params.clone(), password.expose(), &salt, &mut output)?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).map_err(failed)?,
            salt: Some(salt),
            hash: Some(Output::new(&output).map_err(failed)?),
        };
        Ok(hash.to_string())
    }

    /// Whether the password is the one; `None`, for nobody's, costs the same.
    pub fn verify(&self, password: &Password, phc: Option<&str>) -> bool {
        // Longer ones are nobody's, and hashing them would cost more (ASVS 6.2.9).
        let text = password.expose();
        let text = if text.chars().count() > Password::MAX { "" } else { text };
        let right = self.matches(text, phc.unwrap_or(NOBODY)).unwrap_or(false);
        right && phc.is_some()
    }

    fn matches(&self, text: &str, phc: &str) -> Result<bool, Error> {
        let stored = PasswordHash::new(phc).map_err(failed)?;
        let (Some(salt), Some(hash)) = (&stored.salt, &stored.hash) else { return Ok(false) };
        let params = Params::try_from(&stored).map_err(failed)?;
        let mut output = vec![0; hash.len()];
        self.run(params, text, salt, &mut output)?;
        // Compared in constant time.
        Ok(Output::new(&output).map_err(failed)? == *hash)
    }

    /// Whether a stored hash was made with other parameters than today's.
    pub fn outdated(&self, phc: &str) -> bool {
        !phc.contains(&format!("m={MEMORY_KIB},t={PASSES},p=1"))
    }

    /// How strong a password is, 0 to 4, and what would help. Takes its turn like a hash.
    pub fn strength(&self, password: &Password, context: &[&str]) -> (u8, Option<String>) {
        let memory = self.take();
        let judged = strength(password, context);
        self.give_back(memory);
        judged
    }

    fn run(&self, params: Params, text: &str, salt: &Salt, output: &mut [u8]) -> Result<(), Error> {
        let blocks = params.block_count();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut memory = self.take();
        // New at first use; later only a hash of other times has other parameters.
        memory.resize(blocks, Block::default());
        let done = argon2.hash_password_into_with_memory(text.as_bytes(), salt.as_ref(), output, &mut memory);
        self.give_back(memory);
        done.map_err(failed)
    }

    fn take(&self) -> Vec<Block> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match free.pop() {
                Some(memory) => return memory,
                None => free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn give_back(&self, memory: Vec<Block>) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        self.freed.notify_one();
    }
}

/// Whether a password may be chosen (ASVS 6.2: length, common ones, words of the context; no
/// composition rules). `context`: portal name, the user's own name, company, e-mail.
pub fn check(password: &Password, min: u16, context: &[&str]) -> Result<(), Refused> {
    let text = password.expose();
    let length = text.chars().count();
    if text.is_empty() {
        return Err(Refused::new(Code::Required, "Choose a password."));
    }
    if length < usize::from(min) {
        return Err(Refused::new(
            Code::TooShort,
            format!("Use at least {min} characters; a few words are best."),
        ));
    }
    if length > Password::MAX {
        return Err(Refused::new(Code::TooLong, format!("Use at most {} characters.", Password::MAX)));
    }
    if common(text) {
        return Err(Refused::new(
            Code::TooCommon,
            "This password is one of those that everybody tries first.",
        ));
    }
    if without(text, context) < LEFT {
        return Err(Refused::new(
            Code::TooSimilar,
            "This is made of your name, company, e-mail or the portal's name. Add words that have nothing to do with you.",
        ));
    }
    Ok(())
}

fn strength(password: &Password, context: &[&str]) -> (u8, Option<String>) {
    let words: Vec<&str> = context.iter().flat_map(|text| words(text)).collect();
    let estimate = zxcvbn::zxcvbn(&estimable(password.expose()), &words);
    let advice = estimate.feedback().and_then(|feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        warning.or_else(|| feedback.suggestions().first().map(ToString::to_string))
    });
    (u8::from(estimate.score()), advice)
}

/// A text that is estimated quickly. Signs that might stand for letters ("$" for "s") multiply
/// the estimate's work with every further one, so they count as just a sign.
fn estimable(text: &str) -> String {
    let sign = |c: char| if c.is_alphanumeric() || c == ' ' { c } else { '~' };
    text.chars().take(ESTIMATED).map(sign).collect()
}

/// One of the most common passwords, turned round or with signs for letters too; two or three of them
/// and of what lies side by side on a keyboard, one after the other; or hardly more than one character
/// over and over. A long text is none of these, whatever it is made of.
fn common(text: &str) -> bool {
    if text.chars().count() > ESTIMATED {
        return false;
    }
    let mut kinds: Vec<char> = text.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() < 4 {
        return true;
    }
    if let Some(unit) = repeated(text) {
        return common(unit);
    }
    if !text.chars().all(char::is_alphanumeric) {
        return false;
    }
    let estimate = zxcvbn::zxcvbn(text, &[]);
    // The crate does not let the name of its list be named.
    let listed = |pattern: &MatchPattern| {
        matches!(pattern, MatchPattern::Dictionary(found)
        if format!("{:?}", found.dictionary_name) == "Passwords")
    };
    match estimate.sequence() {
        [Match { pattern: pattern @ MatchPattern::Dictionary(found), .. }] => {
            listed(pattern) || found.rank <= COMMON
        }
        parts => {
            let in_a_row = |pattern: &MatchPattern| {
                matches!(pattern, MatchPattern::Sequence(_) | MatchPattern::Spatial(_))
            };
            let tried_first = |part: &Match| listed(&part.pattern) || in_a_row(&part.pattern);
            estimate.guesses() <= FIRST_TRIES && parts.iter().all(tried_first)
        }
    }
}

/// The shorter text that this one only repeats, if it does.
fn repeated(text: &str) -> Option<&str> {
    let ends = text.char_indices().map(|(at, _)| at).filter(|at| *at > 0 && *at <= text.len() / 2);
    ends.filter(|at| text.len().is_multiple_of(*at))
        .map(|at| &text[..at])
        .find(|unit| unit.repeat(text.len() / unit.len()) == text)
}

/// Characters left when all words of the context are taken out, whatever their case.
fn without(text: &str, context: &[&str]) -> usize {
    let mut left = text.to_lowercase();
    let mut taken: Vec<String> = context.iter().flat_map(|text| words(text)).map(str::to_lowercase).collect();
    taken.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in taken {
        left = left.replace(&word, "");
    }
    left.chars().count()
}

/// Whole words of three letters and more.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.unicode_words().flat_map(|word| word.split(['.', '_'])).filter(|word| word.chars().count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_itself_and_no_other() {
        let passwords = Passwords::new(1).unwrap();
        let phc = passwords.hash(&Password::new("wolkenkratzer am meer")).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(passwords.verify(&Password::new("wolkenkratzer am meer"), Some(&phc)));
        assert!(!passwords.verify(&Password::new("wolkenkratzer am see"), Some(&phc)));
        assert!(!passwords.verify(&Password::new("nobody"), None));
        assert!(!passwords.outdated(&phc));
        assert!(!passwords.outdated(NOBODY), "nobody's hash must cost what others cost");
        assert!(PasswordHash::new(NOBODY).unwrap().hash.is_some());
    }

    #[test]
    fn common_ones_and_own_words_are_refused() {
        let refused =
            |text: &str, context: &[&str]| check(&Password::new(text), 8, context).unwrap_err().code;
        assert_eq!(refused("password1", &[]), Code::TooCommon);
        for common in [
            "passw0rd",
            "drowssap",
            "password1234",
            "Password1234",
            "123456789012",
            "password123456",
            "qwertyuiop12",
            "iloveyou1234",
            "passwordpassword",
            "abcdefghijkl",
            "87654321",
            "aaaaaaaaaaaaaa",
        ] {
            assert_eq!(refused(common, &[]), Code::TooCommon, "{common}");
        }
        // No rule of what it is made of: what is long, or several words, is none of these.
        for fine in [
            "a".repeat(64).as_str(),
            "correcthorse",
            "summerwinterrain",
            "averylongpassword",
            "testpassword1",
        ] {
            assert!(check(&Password::new(fine), 12, &[]).is_ok(), "{fine}");
        }
        assert_eq!(refused("short", &[]), Code::TooShort);
        assert_eq!(refused("GarciaAcme1", &["José Garcia", "Acme"]), Code::TooSimilar);
        assert!(check(&Password::new("wolkenkratzer am meer"), 12, &["Ada Lovelace"]).is_ok());
    }

    /// Signs that may stand for letters must not make the estimate a way to stop the portal.
    #[test]
    fn the_worst_password_is_judged_with_little_work() {
        let worst = "4@8({[<369&#!1/|0$5+7%2".repeat(11);
        assert!(estimable(&worst).chars().filter(|c| !c.is_ascii_digit()).all(|c| c == '~'));
        assert!(estimable(&worst).chars().count() <= ESTIMATED);
        strength(&Password::new(&worst), &[]);
        strength(&Password::new("483691057248369105724836910572"), &[]);
        assert!(!common(&worst));
    }
}
