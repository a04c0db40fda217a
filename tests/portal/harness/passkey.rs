//! An authenticator made of software, and the browser around it (WebAuthn, levels 2 and 3): as
//! much of both as it takes to make a passkey and to answer challenges, rightly and wrongly.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Person, Portal, id};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const MADE: u8 = 0x40;

/// One passkey, on one device.
pub struct Passkey {
    key: EcdsaKeyPair,
    pub credential: Vec<u8>,
    /// Whose it is, as the portal said when it was made.
    pub user: Option<Vec<u8>>,
    /// Of the page that the browser shows.
    pub origin: String,
    pub counter: u32,
    /// Whether the device asks for a finger or a PIN.
    pub verifies: bool,
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

impl Passkey {
    /// One that has not been used yet, in a browser that shows the portal.
    pub fn new(portal: &Portal, credential: &[u8]) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let origin = format!("http://localhost:{}", portal.address.port());
        Self { key, credential: credential.to_vec(), user: None, origin, counter: 0, verifies: true }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false});
        data.to_string().into_bytes()
    }

    /// What is signed of the authenticator's own.
    fn data(&self, rp_id: &str, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let counter = self.counter.to_be_bytes();
        [&sha256(rp_id.as_bytes())[..], &[flags | PRESENT | verified], &counter[..]].concat()
    }

    /// The public key as COSE has it: EC2, ES256, P-256, x, y.
    fn cose(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let head = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01];
        [&head[..], &[0x21, 0x58, 0x20], &point[1..33], &[0x22, 0x58, 0x20], &point[33..65]].concat()
    }

    /// Makes it, as `navigator.credentials.create` does.
    pub fn make(&mut self, options: &Value) -> Value {
        let user = options["user"]["id"].as_str().expect("a user's id");
        self.user = Some(URL_SAFE_NO_PAD.decode(user).expect("base64url"));
        let client = self.client_data("webauthn.create", options);
        let length = u16::try_from(self.credential.len()).expect("a short id").to_be_bytes();
        let data = [
            &self.data(options["rp"]["id"].as_str().expect("a name"), MADE)[..],
            &[0; 16],
            &length,
            &self.credential,
            &self.cose(),
        ]
        .concat();
        // {"fmt": "none", "attStmt": {}, "authData": bytes} in CBOR.
        let head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59";
        let length = u16::try_from(data.len()).expect("short data").to_be_bytes();
        let attestation = [&head[..], &length, &data].concat();
        json!({
            "id": base64(&self.credential), "rawId": base64(&self.credential), "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64(&client), "attestationObject": base64(&attestation),
                "transports": ["internal"],
            },
        })
    }

    /// Answers a challenge, as `navigator.credentials.get` does. The counter counts up.
    pub fn answer(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let client = self.client_data("webauthn.get", options);
        let data = self.data(options["rpId"].as_str().expect("a name"), 0);
        let signed = [&data[..], &sha256(&client)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("a signature");
        json!({
            "id": base64(&self.credential), "rawId": base64(&self.credential), "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64(&client), "authenticatorData": base64(&data),
                "signature": base64(signature.as_ref()),
                "userHandle": self.user.as_ref().map(|user| base64(user)),
            },
        })
    }
}

impl Person {
    /// Makes a passkey here and confirms it; its id in the portal.
    pub async fn add_passkey(&self, passkey: &mut Passkey) -> String {
        let offer = self.post("/me/factors", json!({"kind": "passkey", "name": "Laptop"})).await.ok(201);
        let made = passkey.make(&offer["passkey"]);
        let path = format!("/me/factors/{}/confirm", id(&offer));
        self.post(&path, json!({"passkey": made})).await.ok(200);
        id(&offer)
    }
}
