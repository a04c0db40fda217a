//! The only source of randomness, and what is made of it: ids, secrets, and the links'
//! tokens, which are derived from a key that lies beside the store, not in it.

use std::sync::Mutex;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::model::{
    credential::{Secret, SecretHash},
    id::{Id, LinkId},
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
        Secret::new(seal(&self.key, &[b"rollcall link ".as_slice(), &link.bytes()].concat()))
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
