//! What a browser keeps of having signed in to an account.

use std::fmt;

use super::{
    credential::Secret,
    id::{Id, UserId},
    time::Timestamp,
};

/// Tells a browser that has signed in to an account before from a stranger's: wrong passwords are
/// counted apart for it, so that a stranger who guesses keeps nobody out. It opens nothing.
#[derive(Clone)]
pub struct Mark {
    pub user: UserId,
    pub made_at: Timestamp,
    /// What only this portal can have made of the two.
    pub seal: Secret,
}

impl Mark {
    pub const BYTES: usize = 56;

    pub fn bytes(&self) -> Vec<u8> {
        [&self.user.bytes()[..], &self.made_at.microseconds().to_be_bytes(), self.seal.expose()].concat()
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (user, rest) = bytes.split_at_checked(16)?;
        let (made_at, seal) = rest.split_first_chunk()?;
        let seal = Secret::new(seal.try_into().ok()?);
        let made_at = Timestamp::from_microseconds(i64::from_be_bytes(*made_at));
        Some(Self { user: UserId::from_slice(user)?, made_at, seal })
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mark({}, {})", self.user, self.made_at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_fail(bytes in vec(any::<u8>(), 0..80)) {
            let mark = Mark::from_bytes(&bytes);
            prop_assert!(mark.is_none_or(|mark| mark.bytes() == bytes && bytes.len() == Mark::BYTES));
        }

        #[test]
        fn a_mark_is_read_back(user: [u8; 16], at: i64, seal: [u8; 32]) {
            let user = UserId::from_uuid(uuid::Uuid::from_bytes(user));
            let mark = Mark { user, made_at: Timestamp::from_microseconds(at), seal: Secret::new(seal) };
            let again = Mark::from_bytes(&mark.bytes()).expect("56 bytes");
            prop_assert_eq!(again.bytes(), mark.bytes());
        }
    }
}
