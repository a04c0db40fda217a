//! Passwords: what is refused, and argon2id (RFC 9106) over the rest, a few at a time.

use std::sync::{Condvar, Mutex, PoisonError};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use unicode_segmentation::UnicodeSegmentation;
use zxcvbn::matching::patterns::MatchPattern;

use crate::model::{
    credential::Password,
    error::{Code, Refused},
};

/// OWASP's second choice: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// So many of the most common passwords are refused.
const COMMON: usize = 10_000;
/// Characters that must be left once the words of the context are taken out.
const LEFT: usize = 8;

/// Hashes and verifies, so many at a time that other requests stay quick.
pub struct Passwords {
    argon2: Argon2<'static>,
    /// Verified against for an address that nobody has, so that it takes as long.
    nobody: String,
    free: Mutex<usize>,
    freed: Condvar,
}

#[derive(Debug, thiserror::Error)]
#[error("the password can't be hashed: {0}")]
pub struct Error(String);

impl Passwords {
    pub fn new(at_once: usize) -> Result<Self, Error> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| Error(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = argon2.hash_password(b"nobody").map_err(|error| Error(error.to_string()))?.to_string();
        Ok(Self { argon2, nobody, free: Mutex::new(at_once.max(1)), freed: Condvar::new() })
    }

    /// A PHC string with a salt of its own.
    pub fn hash(&self, password: &Password) -> Result<String, Error> {
        let _turn = self.turn();
        let hash = self.argon2.hash_password(password.expose().as_bytes());
        hash.map(|hash| hash.to_string()).map_err(|error| Error(error.to_string()))
    }

    /// Whether the password is the one; `None`, for nobody's, costs the same.
    pub fn verify(&self, password: &Password, phc: Option<&str>) -> bool {
        // Longer ones are nobody's, and hashing them would cost more (ASVS 6.2.9).
        let text = password.expose();
        let text = if text.chars().count() > Password::MAX { "" } else { text };
        let _turn = self.turn();
        let Ok(hash) = PasswordHash::new(phc.unwrap_or(&self.nobody)) else { return false };
        let right = self.argon2.verify_password(text.as_bytes(), &hash).is_ok();
        right && phc.is_some()
    }

    /// Whether a stored hash was made with other parameters than today's.
    pub fn outdated(&self, phc: &str) -> bool {
        !phc.contains(&format!("m={MEMORY_KIB},t={PASSES},p=1"))
    }

    fn turn(&self) -> Turn<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Turn(self)
    }
}

struct Turn<'a>(&'a Passwords);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
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

/// How strong a password is, 0 to 4, and what would help.
pub fn strength(password: &Password, context: &[&str]) -> (u8, Option<String>) {
    let text: String = password.expose().chars().take(100).collect();
    let words: Vec<&str> = context.iter().flat_map(|text| words(text)).collect();
    let estimate = zxcvbn::zxcvbn(&text, &words);
    let advice = estimate.feedback().and_then(|feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        warning.or_else(|| feedback.suggestions().first().map(ToString::to_string))
    });
    (u8::from(estimate.score()), advice)
}

fn common(text: &str) -> bool {
    if text.chars().count() > 100 {
        return false;
    }
    let estimate = zxcvbn::zxcvbn(text, &[]);
    let listed = match estimate.sequence() {
        [only] => matches!(&only.pattern, MatchPattern::Dictionary(found)
            if found.rank <= COMMON && !found.reversed && !found.l33t),
        _ => false,
    };
    listed || u8::from(estimate.score()) == 0
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
