//! `/session/second-factor`, `/session/passkey` and `/session/step-up`: proving who one is.

use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use super::{SessionAnswer, begun};
use crate::{
    http::{
        auth::{self, Caller},
        body::{Body, Fields, Form},
        call::Shared,
        problem::{Problem, method},
    },
    model::{
        credential::Password,
        error::{Code, Refused},
        factor,
    },
    ops::{factors::Proof, sessions},
};

/// A code, or a passkey's answer: one of them.
#[derive(Object)]
#[oai(rename = "SecondFactor", deny_unknown_fields)]
pub struct SecondFactorBody {
    /// Of an authenticator app, or a recovery code.
    code: Option<String>,
    /// The credential, as the browser's `toJSON` gives it.
    passkey: Option<serde_json::Value>,
}

/// The password, a code, or a passkey's answer: one of them.
#[derive(Object)]
#[oai(rename = "StepUp", deny_unknown_fields)]
pub struct StepUpBody {
    password: Option<String>,
    /// Of an authenticator app, or a recovery code.
    code: Option<String>,
    /// The credential, as the browser's `toJSON` gives it.
    passkey: Option<serde_json::Value>,
}

/// A passkey's answer.
#[derive(Object)]
#[oai(rename = "PasskeySignIn", deny_unknown_fields)]
pub struct PasskeyBody {
    /// The credential, as the browser's `toJSON` gives it.
    passkey: serde_json::Value,
}

#[derive(Object)]
#[oai(rename = "Nothing", deny_unknown_fields)]
pub struct NothingBody {}

/// A factor, shown: for a sign-in, or to confirm a new one.
pub struct Confirmation(pub Proof);
pub struct StepUp(Proof);
pub struct PasskeySignIn(Proof);
pub struct Nothing;

/// One of what was given by these names.
fn one(f: &mut Fields, names: &[&str]) -> Option<Proof> {
    let mut given = Vec::new();
    for name in names {
        given.extend(match *name {
            "password" => f.optional(name, |text| Ok(Proof::Password(Password::new(text)))),
            "code" => f.optional(name, |text| Ok(Proof::Code(factor::Code::new(text)))),
            _ => f.raw(name).map(Proof::Passkey),
        });
    }
    if let [_, second, ..] = &given[..] {
        f.refuse(second.field(), Refused::new(Code::Invalid, "Only one of these can be given."));
    } else if given.is_empty() && !f.refused() {
        f.refuse(names[0], Refused::new(Code::Required, "This is missing."));
    }
    given.pop()
}

impl Form for Confirmation {
    type Document = SecondFactorBody;
    fn read(f: &mut Fields) -> Option<Self> {
        one(f, &["code", "passkey"]).map(Self)
    }
}

impl Form for StepUp {
    type Document = StepUpBody;
    fn read(f: &mut Fields) -> Option<Self> {
        one(f, &["password", "code", "passkey"]).map(Self)
    }
}

impl Form for PasskeySignIn {
    type Document = PasskeyBody;
    fn read(f: &mut Fields) -> Option<Self> {
        one(f, &["passkey"]).map(Self)
    }
}

impl Form for Nothing {
    type Document = NothingBody;
    fn read(_: &mut Fields) -> Option<Self> {
        Some(Self)
    }
}

/// What a browser needs to ask for a passkey.
#[derive(Debug, Clone, Object)]
struct Challenge {
    passkey: serde_json::Value,
}

/// A challenge, and the cookie that it belongs to.
#[derive(ApiResponse)]
enum ChallengeAnswer {
    #[oai(status = 200)]
    Ok(Json<Challenge>, #[oai(header = "Set-Cookie")] String),
}

/// In which ways one may prove who one is.
#[derive(Debug, Clone, Object)]
struct StepUpWays {
    /// Of `password`, `totp`, `passkey`, `recovery-code`.
    methods: Vec<String>,
    /// What the browser needs to ask for a passkey; null when there is none.
    passkey: Option<serde_json::Value>,
}

impl From<sessions::Ways> for StepUpWays {
    fn from(ways: sessions::Ways) -> Self {
        let password = ways.password.then_some("password").into_iter();
        let methods = password.chain(ways.factors.into_iter().map(method)).map(str::to_owned).collect();
        Self { methods, passkey: ways.challenge }
    }
}

pub struct FactorSessionApi;

#[OpenApi]
impl FactorSessionApi {
    /// The second half of a sign-in: a code, a recovery code or a passkey, within five minutes.
    #[oai(path = "/session/second-factor", method = "post", operation_id = "showSecondFactor")]
    async fn second_factor(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<Confirmation>,
    ) -> Result<SessionAnswer, Problem> {
        let (device, token) = (caller.device.clone(), caller.sign_in.clone());
        let draft = body.draft().map(|given| given.0);
        let begin = shared
            .call(&caller, move |portal, actor| sessions::second_factor(portal, actor, &device, token, draft))
            .await?;
        Ok(begun(&shared, begin))
    }

    /// A challenge for any passkey of this portal, for signing in by it alone.
    #[oai(path = "/session/passkey/begin", method = "post", operation_id = "beginPasskeySignIn")]
    async fn challenge(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<Nothing>,
    ) -> Result<ChallengeAnswer, Problem> {
        let (token, draft) = (caller.sign_in.clone(), body.draft().map(|_| ()));
        let made = shared
            .call(&caller, move |portal, actor| sessions::challenge(portal, actor, token, draft))
            .await?;
        let cookie = auth::sign_in_cookie(shared.portal.config(), &made.token);
        Ok(ChallengeAnswer::Ok(Json(Challenge { passkey: made.challenge }), cookie))
    }

    /// Signs in by a passkey alone.
    #[oai(path = "/session/passkey", method = "post", operation_id = "signInByPasskey")]
    async fn passkey(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<PasskeySignIn>,
    ) -> Result<SessionAnswer, Problem> {
        let (device, token) = (caller.device.clone(), caller.sign_in.clone());
        let draft = body.draft().map(|given| given.0);
        let begin = shared
            .call(&caller, move |portal, actor| sessions::by_passkey(portal, actor, &device, token, draft))
            .await?;
        Ok(begun(&shared, begin))
    }

    /// In which ways one may prove once more who one is.
    #[oai(path = "/session/step-up/begin", method = "post", operation_id = "beginStepUp")]
    async fn ways(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<Nothing>,
    ) -> Result<Json<StepUpWays>, Problem> {
        let draft = body.draft().map(|_| ());
        let ways = shared.call(&caller, |portal, actor| sessions::ways(portal, actor, draft)).await?;
        Ok(Json(ways.into()))
    }

    /// Proves once more who one is; that holds for five minutes, under a new token.
    #[oai(path = "/session/step-up", method = "post", operation_id = "stepUp")]
    async fn step_up(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<StepUp>,
    ) -> Result<SessionAnswer, Problem> {
        let draft = body.draft().map(|given| given.0);
        let begin =
            shared.call_hashing(&caller, |portal, actor| sessions::step_up(portal, actor, draft)).await?;
        Ok(begun(&shared, begin))
    }
}
