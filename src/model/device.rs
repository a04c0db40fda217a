//! What a browser keeps of having signed in to an account.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

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

/// The marks of one browser as it keeps them, the newest first: read where a secret is checked, not
/// with every request.
#[derive(Clone, Default)]
pub struct Marks(Option<Arc<str>>);

impl Marks {
    /// Accounts that one browser is known to.
    const ACCOUNTS: usize = 4;

    pub fn new(text: &str) -> Self {
        Self(Some(text.into()))
    }

    /// What is no mark is passed over.
    pub fn read(&self) -> impl Iterator<Item = Mark> {
        let parts = self.0.iter().flat_map(|text| text.split('.')).take(Self::ACCOUNTS);
        parts.filter_map(|part| Mark::from_bytes(&URL_SAFE_NO_PAD.decode(part).ok()?))
    }

    /// The text with a new mark before those of other accounts.
    pub fn with(&self, mark: &Mark) -> String {
        let others = self.read().filter(|other| other.user != mark.user);
        let all = std::iter::once(mark.clone()).chain(others).take(Self::ACCOUNTS);
        all.map(|mark| URL_SAFE_NO_PAD.encode(mark.bytes())).collect::<Vec<_>>().join(".")
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.read()).finish()
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
        fn no_text_fails(text in "\\PC{0,200}") {
            prop_assert!(Marks::new(&text).read().count() <= Marks::ACCOUNTS);
        }

        #[test]
        fn a_browser_keeps_the_newest_mark_of_each_account(users in vec(0u8..6, 0..12)) {
            let mut marks = Marks::default();
            for (at, user) in users.iter().enumerate() {
                let user = UserId::from_uuid(uuid::Uuid::from_bytes([*user; 16]));
                let made_at = Timestamp::from_microseconds(at as i64);
                marks = Marks::new(&marks.with(&Mark { user, made_at, seal: Secret::new([0; 32]) }));
            }
            let mut newest: Vec<u8> = Vec::new();
            for user in users.iter().rev() {
                if !newest.contains(user) {
                    newest.push(*user);
                }
            }
            newest.truncate(Marks::ACCOUNTS);
            prop_assert_eq!(marks.read().map(|mark| mark.user.bytes()[0]).collect::<Vec<_>>(), newest);
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
