//! Passwords and other secrets. What is shown once and what is stored are different types.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{id::UserId, time::Timestamp};

/// A user's password as it is stored: apart from the user, so that no view of one can leak it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    pub user: UserId,
    /// A PHC string: algorithm, parameters, salt and hash.
    pub phc: String,
    pub changed_at: Timestamp,
}

/// A password as it was typed, in NFC. Not to be printed, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Password(String);

impl Password {
    /// More is refused before it is hashed (ASVS 6.2.9).
    pub const MAX: usize = 256;

    pub fn new(text: &str) -> Self {
        Self(super::text::nfc(text))
    }
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// 256 random bits that somebody carries: a session's or a link's token. Shown once.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; 32]);

impl Secret {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What is stored of a [`Secret`]: its SHA-256. A key, not a password: no salt is needed for 256 random bits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
