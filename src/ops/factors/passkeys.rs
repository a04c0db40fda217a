//! Passkeys (WebAuthn): made, and asked for. Whose portal it is comes from `public_url` alone.
//!
//! A challenge is never bound to a user's keys when it is made: an answer is held against the
//! key as it is in the store when it comes, so a key that was taken away since is worth nothing.

use serde_json::{Value, json};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::ceremonies::ANSWERED_WITHIN;
use crate::{
    config::Config,
    model::{
        error::Code,
        factor::{Factor, Means},
        id::{Id, UserId},
        user::User,
    },
    ops::{Error, Result},
};

/// `None` where `public_url` has no name: an IP address can have no passkeys.
pub struct Passkeys(Option<Webauthn>);

/// A passkey's answer to a challenge.
pub type Answer = PublicKeyCredential;

/// A challenge to answer, and what it takes to judge the answer.
pub struct Challenge {
    pub options: Value,
    pub state: DiscoverableAuthentication,
}

impl Passkeys {
    pub fn new(config: &Config) -> Self {
        let of = |url: &str| -> Option<Webauthn> {
            let url = Url::parse(url).ok()?;
            let timeout = std::time::Duration::from_secs(ANSWERED_WITHIN.as_seconds().unsigned_abs());
            WebauthnBuilder::new(url.domain()?, &url).ok()?.timeout(timeout).build().ok()
        };
        Self(of(config.public_url()))
    }

    pub fn possible(&self) -> bool {
        self.0.is_some()
    }

    fn engine(&self) -> Result<&Webauthn> {
        self.0.as_ref().ok_or_else(|| {
            let text = "Passkeys need a portal with a name: at an IP address there are none. Its public_url must be changed first.";
            Error::Conflict(text.to_owned())
        })
    }

    /// What a browser needs to make a passkey for a user who has these already.
    pub fn offer(
        &self,
        user: &User,
        portal_name: &str,
        known: &[Factor],
    ) -> Result<(Value, PasskeyRegistration)> {
        let known = known.iter().filter_map(|factor| match &factor.means {
            Means::Passkey { credential, .. } => Some(credential.clone().into()),
            _ => None,
        });
        let (email, name) = (user.email.as_str(), user.name.as_str());
        let (made, state) = self
            .engine()?
            .start_passkey_registration(user.id.uuid(), email, name, Some(known.collect()))
            .map_err(internal)?;
        let mut options = json(&made.public_key)?;
        options["rp"]["name"] = json!(portal_name);
        // Discoverable, so that it can sign in alone. The library leaves that to the authenticator.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok((options, state))
    }

    /// The passkey that a browser made; `None` when it does not answer what was asked for.
    pub fn made(&self, answer: &Value, state: &PasskeyRegistration) -> Result<Option<Means>> {
        let answer: RegisterPublicKeyCredential = read(answer)?;
        let Ok(passkey) = self.engine()?.finish_passkey_registration(&answer, state) else {
            return Ok(None);
        };
        let credential = passkey.cred_id().to_vec();
        Ok(Some(Means::Passkey { credential, key: text(&passkey)? }))
    }

    /// A challenge for one of these; without any, for whatever passkey of this portal there is.
    pub fn challenge(&self, known: &[Factor]) -> Result<Challenge> {
        let (asked, state) = self.engine()?.start_discoverable_authentication().map_err(internal)?;
        let mut options = json(&asked.public_key)?;
        let allowed = known.iter().filter_map(|factor| match &factor.means {
            Means::Passkey { credential, .. } => {
                Some(json!({"type": "public-key", "id": base64(credential)}))
            }
            _ => None,
        });
        options["allowCredentials"] = allowed.collect();
        Ok(Challenge { options, state })
    }

    /// Which of these factors the answer is of, as it is after it; `None` when it is wrong. A
    /// counter that did not go up is wrong too: there may be a copy of the key.
    pub fn judge(
        &self,
        answer: &Answer,
        state: DiscoverableAuthentication,
        known: &[Factor],
    ) -> Result<Option<Judged>> {
        let engine = self.engine()?;
        let of = |factor: &Factor| match &factor.means {
            Means::Passkey { credential, key } => {
                (credential.as_slice() == answer.get_credential_id()).then(|| key.clone())
            }
            _ => None,
        };
        let found = known.iter().find_map(|factor| Some((factor, of(factor)?)));
        let Some((before, key)) = found else { return Ok(None) };
        // Whoever says that they are somebody must be the key's owner (WebAuthn, 7.2, step 6).
        if user_of(answer).is_some_and(|user| user != before.user) {
            return Ok(None);
        }
        let mut passkey: Passkey = serde_json::from_str(&key).map_err(|e| Error::Internal(e.to_string()))?;
        match engine.finish_discoverable_authentication_v2(answer, state, &passkey) {
            Ok(result) => {
                passkey.update_credential(&result);
                Ok(Some(Judged { before: before.clone(), key: text(&passkey)? }))
            }
            Err(wrong) => {
                tracing::info!(user = %before.user, "a passkey was refused: {wrong}");
                Ok(None)
            }
        }
    }
}

/// A right answer: the factor as it was, and its key as it is after it.
#[derive(Clone)]
pub struct Judged {
    pub before: Factor,
    pub key: String,
}

/// Whose passkey answers, as it says itself.
pub fn user_of(answer: &Answer) -> Option<UserId> {
    UserId::from_slice(answer.get_user_unique_id()?)
}

/// An answer as the browser wrote it.
pub fn read<T: serde::de::DeserializeOwned>(answer: &Value) -> Result<T> {
    T::deserialize(answer).map_err(|_| {
        Error::field("passkey", Code::Invalid, "This is no passkey's answer, as browsers give it.")
    })
}

fn json(options: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(options).map_err(|error| Error::Internal(error.to_string()))
}

fn text(passkey: &Passkey) -> Result<String> {
    serde_json::to_string(passkey).map_err(|error| Error::Internal(error.to_string()))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn internal(error: WebauthnError) -> Error {
    Error::Internal(format!("no challenge could be made: {error}"))
}
