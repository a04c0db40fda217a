//! `/session`, and sessions in lists.

mod factor;

pub use self::factor::{Confirmation, FactorSessionApi};

use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use super::{
    auth::{self, Caller},
    body::{Body, Fields, Form},
    call::Shared,
    cookies::WithCookies,
    direct::Direct,
    problem::{self, Problem},
    users::views::User,
    views::{Named, somebody},
};
use crate::{
    model::error::{Code, Refused},
    ops::{
        impersonation,
        sessions::{self, Begun, Listed, Present, SignIn, SignedIn},
    },
};

/// Who is signed in, and what they may do.
#[derive(Debug, Clone, Object, serde::Serialize)]
pub struct Session {
    pub user: User,
    /// What one may do to anybody at all; over some users it may be less.
    pub permissions: Vec<String>,
    /// Who really is there, when somebody acts as the user.
    pub impersonator: Option<Named>,
    pub read_only: bool,
    /// Acting as somebody is over, and nothing is changed before `DELETE /session/impersonation`.
    pub impersonation_over: bool,
    pub expires_at: String,
    /// Until when who they are need not be proven again; null when it must.
    pub fresh_until: Option<String>,
    /// Whether there is a second factor.
    pub second_factor: bool,
    /// A group asks for a second factor and there is none yet: only adding one is allowed.
    pub factor_required: bool,
}

impl From<Present> for Session {
    fn from(present: Present) -> Self {
        Self {
            user: present.user.into(),
            permissions: present.permissions.names(),
            impersonator: somebody(present.impersonator),
            read_only: present.read_only,
            impersonation_over: present.impersonation_over,
            expires_at: present.expires_at.to_string(),
            fresh_until: present.fresh_until.map(|at| at.to_string()),
            second_factor: present.second_factor,
            factor_required: present.factor_required,
        }
    }
}

/// A session, and the cookie for it.
#[derive(ApiResponse)]
pub enum SessionAnswer {
    #[oai(status = 200)]
    Ok(Json<Session>, #[oai(header = "Set-Cookie")] String),
}

pub type SessionBegun = WithCookies<SessionAnswer>;

pub fn begun(shared: &Shared, caller: &Caller, begun: Begun) -> SessionBegun {
    let (cookie, more) = auth::cookies(shared.portal.config(), caller, &begun);
    WithCookies(SessionAnswer::Ok(Json(begun.session.into()), cookie), more)
}

/// The session is over, and so is its cookie.
#[derive(ApiResponse)]
pub enum SignedOut {
    #[oai(status = 204)]
    Done(#[oai(header = "Set-Cookie")] String),
}

/// A device that somebody is signed in on.
#[derive(Debug, Clone, Object)]
pub struct ListedSession {
    id: String,
    created_at: String,
    last_seen_at: String,
    expires_at: String,
    /// Address of origin at sign-in.
    origin: String,
    /// The browser's own name for itself.
    device: Option<String>,
    /// The one that asks.
    current: bool,
}

pub fn listed(listed: Listed) -> ListedSession {
    ListedSession {
        id: listed.id.to_string(),
        created_at: listed.created_at.to_string(),
        last_seen_at: listed.last_seen_at.to_string(),
        expires_at: listed.expires_at.to_string(),
        origin: listed.origin,
        device: Some(listed.device).filter(|device| !device.is_empty()),
        current: listed.current,
    }
}

/// E-mail and password.
#[derive(Object)]
#[oai(rename = "SignIn", deny_unknown_fields)]
pub struct SignInBody {
    email: String,
    password: String,
}

impl Form for SignIn {
    type Document = SignInBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let email = f.required("email", |text| match text.trim() {
            "" => Err(Refused::new(Code::Required, "The e-mail address is missing.")),
            text => Ok(text.chars().take(300).collect::<String>()),
        });
        let password = f.password("password");
        Some(Self { email: email?, password: password? })
    }
}

pub struct SessionApi;

#[OpenApi]
impl SessionApi {
    /// Signs in. Where there is a second factor, the answer is 401 `second-factor-required`, with
    /// what may be shown at `/session/second-factor`.
    #[oai(path = "/session", method = "post", operation_id = "signIn")]
    async fn sign_in(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<SignIn>,
    ) -> Result<SessionBegun, Problem> {
        let (device, draft) = (caller.device.clone(), body.draft());
        let signed_in = shared
            .call_hashing(&caller, move |portal, actor| sessions::sign_in(portal, actor, &device, draft))
            .await?;
        match signed_in {
            SignedIn::Begun(begin) => Ok(begun(&shared, &caller, *begin)),
            SignedIn::Half(half) => Err(problem::half(shared.portal.config(), half)),
        }
    }

    /// Who is signed in.
    #[oai(path = "/session", method = "get", operation_id = "getSession")]
    async fn current(&self, shared: Shared, caller: Caller) -> Result<Direct<Session>, Problem> {
        let present = shared.look_up(&caller, |portal, actor| sessions::current(portal, actor)).await?;
        Ok(Direct(present.into()))
    }

    /// Signs out; an impersonation ends too.
    #[oai(path = "/session", method = "delete", operation_id = "signOut")]
    async fn sign_out(&self, shared: Shared, caller: Caller) -> Result<SignedOut, Problem> {
        shared.call(&caller, sessions::sign_out).await?;
        Ok(SignedOut::Done(auth::cookie(shared.portal.config(), None)))
    }

    /// Returns to one's own account.
    #[oai(path = "/session/impersonation", method = "delete", operation_id = "stopImpersonating")]
    async fn stop(&self, shared: Shared, caller: Caller) -> Result<SessionBegun, Problem> {
        let begin = shared.call(&caller, impersonation::stop).await?;
        Ok(begun(&shared, &caller, begin))
    }
}
