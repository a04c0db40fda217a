//! The only source of randomness, and what is made of it: ids, secrets; and what a key that lies
//! beside the store, not in it, is for: the links' tokens are derived from it, and what must be
//! read again is sealed with it.

use std::sync::Mutex;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::model::{
    credential::{Secret, SecretHash},
    id::{Id, LinkId, UserId},
    time::Timestamp,
};

pub struct Entropy {
    key: Secret,
    /// The last id's milliseconds and counter: ids made in one process sort in the order they were made.
    last: Mutex<(u64, u16)>,
}

#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no randomness: {0}")]
pub struct NoRandomness(getrandom::Error);

/// 32 bytes of the operating system's randomness.
#[allow(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
pub fn random() -> Result<[u8; 32], NoRandomness> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(bytes)
}

impl Entropy {
    pub fn new(key: Secret) -> Self {
        Self { key, last: Mutex::new((0, 0)) }
    }

    /// A UUIDv7 (RFC 9562, method 1: twelve bits count within a millisecond).
    pub fn id<I: Id>(&self, now: Timestamp) -> Result<I, NoRandomness> {
        let random = random()?;
        let (milliseconds, count) = {
            let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *last = match now.milliseconds() {
                ms if ms > last.0 => (ms, u16::from(random[0])),
                _ if last.1 < 0xfff => (last.0, last.1 + 1),
                _ => (last.0 + 1, 0),
            };
            *last
        };
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
        bytes[6] = 0x70 | (count >> 8) as u8;
        bytes[7] = (count & 0xff) as u8;
        bytes[8..].copy_from_slice(&random[8..16]);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        Ok(I::from_uuid(Uuid::from_bytes(bytes)))
    }

    pub fn secret(&self) -> Result<Secret, NoRandomness> {
        random().map(Secret::new)
    }

    /// A link's token: without the key, the store yields none.
    pub fn link_token(&self, link: LinkId) -> Secret {
        self.derived(&[b"rollcall link ", &link.bytes()])
    }

    /// What shows a browser's mark to be this portal's, and of an account that is secured as it was.
    pub fn device_seal(&self, user: UserId, at: Timestamp, secured: &[u8]) -> Secret {
        self.derived(&[b"rollcall device ", &user.bytes(), &at.microseconds().to_be_bytes(), secured])
    }

    /// Of the key, for one purpose (HMAC-SHA-256).
    fn derived(&self, purpose: &[&[u8]]) -> Secret {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.key.expose()).expect("HMAC takes a key of any length");
        purpose.iter().for_each(|part| mac.update(part));
        Secret::new(mac.finalize().into_bytes().into())
    }

    fn sealing_key(&self) -> LessSafeKey {
        let key = UnboundKey::new(&CHACHA20_POLY1305, self.derived(&[b"rollcall seal"]).expose());
        LessSafeKey::new(key.expect("ChaCha20-Poly1305 takes a key of 32 bytes"))
    }

    /// Seals a secret that must be read again (ChaCha20-Poly1305, RFC 8439; the nonce, drawn at
    /// random, comes first). It opens for the same owner only: a record copied over another is no use.
    pub fn seal(&self, owner: &[u8], secret: &[u8]) -> Result<Vec<u8>, NoRandomness> {
        let random = random()?;
        let (nonce, _) = random.split_first_chunk::<NONCE_LEN>().expect("32 bytes are more than twelve");
        let mut sealed = secret.to_vec();
        let tag = self
            .sealing_key()
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(*nonce), Aad::from(owner), &mut sealed)
            .expect("a few bytes are not too many to seal");
        Ok([nonce.as_slice(), &sealed, tag.as_ref()].concat())
    }

    /// What was sealed; `None` when the key is another, or it was another's.
    pub fn open(&self, owner: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut secret = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.sealing_key().open_in_place(nonce, Aad::from(owner), &mut secret).ok()?.len();
        secret.truncate(length);
        Some(secret)
    }
}

/// What only the holder of a key can have made of a text (HMAC-SHA-256).
pub fn seal(key: &Secret, text: &[u8]) -> [u8; 32] {
    sealer(key, text).finalize().into_bytes().into()
}

/// Whether a text bears its seal; how much of a wrong one is right does not show in time.
pub fn is_sealed(key: &Secret, text: &[u8], seal: &[u8]) -> bool {
    sealer(key, text).verify_slice(seal).is_ok()
}

fn sealer(key: &Secret, text: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("HMAC takes a key of any length");
    mac.update(text);
    mac
}

/// The SHA-256 of what is no secret.
pub fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// What is stored of a secret.
pub fn hash(secret: &Secret) -> SecretHash {
    SecretHash::new(Sha256::digest(secret.expose()).into())
}

/// What is stored of a text of many random bits, such as a recovery code.
pub fn hash_text(text: &str) -> SecretHash {
    SecretHash::new(Sha256::digest(text).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_and_key_alone() {
        let (one, other) = (Entropy::new(Secret::new([1; 32])), Entropy::new(Secret::new([2; 32])));
        let sealed = one.seal(b"ann", b"twenty secret bytes.").unwrap();
        assert_eq!(**one.open(b"ann", &sealed).unwrap(), *b"twenty secret bytes.");
        assert!(one.open(b"bob", &sealed).is_none());
        assert!(other.open(b"ann", &sealed).is_none());
        assert_ne!(one.seal(b"ann", b"twenty secret bytes.").unwrap(), sealed);
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(one.open(b"ann", &changed).is_none());
        assert!(one.open(b"ann", &sealed[..5]).is_none());
        assert!(!sealed.windows(6).any(|six| six == b"secret"));
    }
}
