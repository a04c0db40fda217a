//! Second factors: what somebody has, beside the password that they know.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{
    credential::SecretHash,
    id::{FactorId, UserId},
    text::FactorName,
    time::Timestamp,
};

/// A factor that its user has shown to have. The secrets among them are sealed or hashed: no
/// record of it is enough to make a code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    pub id: FactorId,
    pub user: UserId,
    pub name: FactorName,
    pub means: Means,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// By what a factor is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// An authenticator app (RFC 6238).
    Totp {
        /// The shared secret, sealed with the key beside the store.
        sealed: Vec<u8>,
        /// The newest time step of which a code was taken: it, and those before, are spent.
        last_step: u64,
    },
    /// A key pair of which the portal knows the public half (WebAuthn).
    Passkey {
        /// The authenticator's own name for it.
        credential: Vec<u8>,
        /// The public key and its counter, as the library writes them.
        key: String,
    },
    /// Codes on paper, each for once.
    RecoveryCodes { left: Vec<SecretHash> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Totp,
    Passkey,
    RecoveryCodes,
}

impl Factor {
    /// Authenticator apps and passkeys that one user may have.
    pub const MOST: usize = 20;

    pub fn kind(&self) -> Kind {
        match self.means {
            Means::Totp { .. } => Kind::Totp,
            Means::Passkey { .. } => Kind::Passkey,
            Means::RecoveryCodes { .. } => Kind::RecoveryCodes,
        }
    }

    /// Recovery codes stand in for a factor; they are none.
    pub fn counts(&self) -> bool {
        self.kind() != Kind::RecoveryCodes
    }

    /// How many recovery codes are left.
    pub fn left(&self) -> Option<usize> {
        match &self.means {
            Means::RecoveryCodes { left } => Some(left.len()),
            _ => None,
        }
    }
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCodes => "recovery-codes",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Totp, Self::Passkey, Self::RecoveryCodes].into_iter().find(|kind| kind.as_str() == text)
    }

    /// What one is called until it has a name of its own, and in mails.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Totp => "Authenticator app",
            Self::Passkey => "Passkey",
            Self::RecoveryCodes => "Recovery codes",
        }
    }
}

/// A code as it was typed, spaces and hyphens aside. Not to be printed, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Code(String);

impl Code {
    pub fn new(text: &str) -> Self {
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(100);
        Self(kept.flat_map(char::to_lowercase).collect())
    }

    /// Six digits, as an authenticator app shows them; anything else may be a recovery code.
    pub fn digits(&self) -> Option<&str> {
        (self.0.len() == 6 && self.0.bytes().all(|byte| byte.is_ascii_digit())).then_some(&self.0)
    }

    /// As a recovery code is hashed: the letters that it never has are the digits they look like.
    pub fn recovery(&self) -> RecoveryCode {
        let digit = |c| match c {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        };
        RecoveryCode(self.0.chars().map(digit).collect())
    }
}

/// A recovery code: 120 random bits, as they are shown once. More than 112, so that its SHA-256 may be
/// stored (ASVS 6.5.2).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    pub const BYTES: usize = 15;
    /// How many are made at a time.
    pub const COUNT: usize = 10;
    /// Crockford's base32: without the letters that look like digits.
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

    pub fn new(random: [u8; Self::BYTES]) -> Self {
        let bits = random.iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        let digit = |n: u32| char::from(Self::DIGITS[(bits >> (115 - 5 * n) & 31) as usize]);
        Self((0..24).map(digit).collect())
    }

    /// Without the hyphens, as it is hashed.
    pub fn plain(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, digit) in self.0.chars().enumerate() {
            let hyphen = if n > 0 && n % 4 == 0 { "-" } else { "" };
            write!(f, "{hyphen}{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_read_as_it_is_shown() {
        let bytes = [0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 1];
        let code = RecoveryCode::new(bytes);
        assert_eq!(code.to_string(), "zw0f-y07z-03zg-1zr0-zw0f-y001");
        let spaced = format!(" {}\n", code.to_string().to_uppercase().replace('-', " "));
        let alike = code.plain().replace('0', "o").replacen('1', "L", 1).replace('1', "I");
        for typed in [code.to_string(), spaced, alike] {
            assert_eq!(Code::new(&typed).recovery().plain(), code.plain());
        }
        assert_eq!(RecoveryCode::new([0; 15]).to_string(), "0000-0000-0000-0000-0000-0000");
        assert_eq!(RecoveryCode::new([0xff; 15]).plain(), "z".repeat(24));
    }

    #[test]
    fn six_digits_are_an_apps() {
        assert_eq!(Code::new("123 456").digits(), Some("123456"));
        for other in ["12345", "1234567", "12345a", "", "１２３４５６"] {
            assert_eq!(Code::new(other).digits(), None, "{other}");
        }
    }
}
