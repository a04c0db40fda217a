//! A puzzle that a program has to work for: posed to those who sign up faster than people do.

use super::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Puzzle {
    pub challenge: String,
    /// The SHA-256 of challenge, colon and answer must begin with so many zero bits.
    pub difficulty: u8,
    pub expires_at: Timestamp,
}

/// What somebody found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    pub challenge: String,
    pub answer: String,
}

impl Solution {
    /// Characters of either part that are read.
    pub const MOST: usize = 200;

    /// What is hashed.
    pub fn text(&self) -> String {
        format!("{}:{}", self.challenge, self.answer)
    }
}

/// How many zero bits a hash begins with.
pub fn zero_bits(hash: &[u8]) -> u32 {
    let whole = hash.iter().take_while(|byte| **byte == 0).count();
    whole as u32 * 8 + hash.get(whole).map_or(0, |byte| byte.leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::zero_bits;

    #[test]
    fn zero_bits_are_counted_from_the_front() {
        assert_eq!(zero_bits(&[0x80, 0]), 0);
        assert_eq!(zero_bits(&[0x01, 0]), 7);
        assert_eq!(zero_bits(&[0, 0x10, 0]), 11);
        assert_eq!(zero_bits(&[0, 0]), 16);
    }
}
