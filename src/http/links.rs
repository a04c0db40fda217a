//! `/links`: one-time links. The token is in the body, never in a path: no log sees it.

use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use super::{
    auth::{self, Caller},
    body::{Body, Fields, Form},
    call::Shared,
    cookies::WithCookies,
    problem::Problem,
    session::Session,
    views::{Accepted, accepted},
};
use crate::{
    model::credential::{Password, Secret},
    ops::links::{self, Redeem},
};

#[derive(Object)]
#[oai(rename = "LinkToken", deny_unknown_fields)]
pub struct TokenBody {
    token: String,
}

pub struct Token(pub Secret);

impl Form for Token {
    type Document = TokenBody;
    fn read(f: &mut Fields) -> Option<Self> {
        f.token("token").map(Self)
    }
}

#[derive(Object)]
#[oai(rename = "RedeemLink", deny_unknown_fields)]
pub struct RedeemBody {
    token: String,
    /// Not for a change of e-mail.
    password: Option<String>,
}

impl Form for Redeem {
    type Document = RedeemBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let token = f.token("token");
        // Spaces are part of a password, so it is not trimmed like other texts.
        let password = f.optional("password", |text| Ok(Password::new(text)));
        Some(Self { token: token?, password })
    }
}

/// What a link is for.
#[derive(Debug, Clone, Object)]
pub struct Link {
    /// `welcome`, `sign-up`, `password-reset` or `email-change`.
    purpose: String,
    name: String,
    email: String,
    expires_at: String,
}

#[derive(Debug, Clone, Object)]
pub struct RedeemedLink {
    purpose: String,
    /// Null where the link does not sign in.
    session: Option<Session>,
}

/// What a link did, and the cookie if it signed in.
#[derive(ApiResponse)]
pub enum Redeemed {
    #[oai(status = 200)]
    Ok(Json<RedeemedLink>, #[oai(header = "Set-Cookie")] Option<String>),
}

pub struct LinksApi;

#[OpenApi]
impl LinksApi {
    /// What a link is for; does not spend it.
    #[oai(path = "/links/inspect", method = "post", operation_id = "inspectLink")]
    async fn inspect(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<Token>,
    ) -> Result<Json<Link>, Problem> {
        let draft = body.draft().map(|form| form.0);
        let link = shared.call(&caller, |portal, actor| links::inspect(portal, actor, draft)).await?;
        Ok(Json(Link {
            purpose: link.purpose.as_str().to_owned(),
            name: link.name,
            email: link.email,
            expires_at: link.expires_at.to_string(),
        }))
    }

    /// Mails a fresh link in place of one that ran out.
    #[oai(path = "/links/resend", method = "post", operation_id = "resendLink")]
    async fn resend(&self, shared: Shared, caller: Caller, body: Body<Token>) -> Result<Accepted, Problem> {
        let draft = body.draft().map(|form| form.0);
        shared.call(&caller, |portal, actor| links::resend(portal, actor, draft)).await?;
        Ok(accepted())
    }

    /// Uses a link. A password that is refused leaves it unspent.
    #[oai(path = "/links/redeem", method = "post", operation_id = "redeemLink")]
    async fn redeem(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<Redeem>,
    ) -> Result<WithCookies<Redeemed>, Problem> {
        let (device, typed, draft) = (caller.device.clone(), body.typed("password"), body.draft());
        let redeemed = shared
            .call_hashing(&caller, move |portal, actor| links::redeem(portal, actor, &device, typed, draft))
            .await?;
        let purpose = redeemed.purpose.as_str().to_owned();
        let (cookie, more) = redeemed
            .session
            .as_ref()
            .map(|begun| auth::cookies(shared.portal.config(), &caller, begun))
            .unzip();
        let session = redeemed.session.map(|begun| begun.session.into());
        let answer = Redeemed::Ok(Json(RedeemedLink { purpose, session }), cookie);
        Ok(WithCookies(answer, more.unwrap_or_default()))
    }
}
