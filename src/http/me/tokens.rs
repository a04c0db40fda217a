//! `/me/tokens`: what programs may do in one's name.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use crate::{
    http::{
        auth::{self, Caller},
        body::{Body, Fields, Form},
        call::Shared,
        groups::permission,
        params::{IdText, Whole, paging},
        problem::Problem,
        views::{Created, Done, List, list},
    },
    model::{
        text::TokenName,
        token::{self, NewToken},
    },
    ops::tokens::{self, Listed, Made},
};

/// An API token. A program sends it as `Authorization: Bearer rc_…` and acts in its owner's name.
#[derive(Debug, Clone, Object)]
pub struct Token {
    id: String,
    name: String,
    /// It may do these, as far as its owner holds them at the moment, and what every user may.
    permissions: Vec<String>,
    created_at: String,
    expires_at: String,
    /// To the minute.
    last_used_at: Option<String>,
}

fn shown(token: token::Token, last_used_at: Option<String>) -> Token {
    Token {
        id: token.id.to_string(),
        name: token.name.to_string(),
        permissions: token.permissions.names(),
        created_at: token.created_at.to_string(),
        expires_at: token.expires_at.to_string(),
        last_used_at,
    }
}

pub fn listed(listed: Listed) -> Token {
    shown(listed.token, listed.last_used_at.map(|at| at.to_string()))
}

/// A token just made.
#[derive(Debug, Clone, Object)]
pub struct NewTokenSecret {
    id: String,
    name: String,
    permissions: Vec<String>,
    created_at: String,
    expires_at: String,
    last_used_at: Option<String>,
    /// What the program sends. Shown this once.
    secret: String,
}

fn made(made: Made) -> NewTokenSecret {
    let Token { id, name, permissions, created_at, expires_at, last_used_at } = shown(made.token, None);
    let secret = auth::bearer_text(&made.secret);
    NewTokenSecret { id, name, permissions, created_at, expires_at, last_used_at, secret }
}

#[derive(Object)]
#[oai(rename = "NewToken", deny_unknown_fields)]
pub struct NewTokenBody {
    name: String,
    /// None of them by default: then the token may do what every user may, such as read and change
    /// one's own profile and projects. Only permissions that you hold yourself.
    permissions: Option<Vec<String>>,
    /// In 90 days by default, in a year at most.
    expires_at: Option<String>,
}

impl Form for NewToken {
    type Document = NewTokenBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let name = f.required("name", TokenName::parse);
        let permissions = f.list("permissions", permission).unwrap_or_default();
        let expires_at = f.moment("expires_at");
        Some(Self { name: name?, permissions: permissions.into_iter().collect(), expires_at })
    }
}

pub struct TokensApi;

#[OpenApi]
impl TokensApi {
    /// One's API tokens, the newest first. A token can't ask this.
    #[oai(path = "/me/tokens", method = "get", operation_id = "listMyTokens")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<Token>>, Problem> {
        let paging = paging(page.0, per_page.0);
        let page = shared.call(&caller, |portal, actor| tokens::list(portal, actor, paging)).await?;
        Ok(list(page, listed))
    }

    /// Makes an API token; a hundred at most. [step-up]
    ///
    /// It sees what its owner sees, and changes only users who hold nothing that the token does not
    /// hold. It is never good for what is its owner's own: password, e-mail address, sessions,
    /// second factors and tokens; nor for logging in as somebody. It ends when it runs out or is
    /// revoked, when its owner is disabled or deleted, and when their password is reset by a link.
    #[oai(path = "/me/tokens", method = "post", operation_id = "createMyToken")]
    async fn create(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<NewToken>,
    ) -> Result<Created<NewTokenSecret>, Problem> {
        let draft = body.draft();
        let token = shared.call(&caller, |portal, actor| tokens::create(portal, actor, draft)).await?;
        let place = format!("/api/v1/me/tokens/{}", token.token.id);
        Ok(Created::Created(Json(made(token)), place, None))
    }

    /// Revokes an API token. [step-up]
    #[oai(path = "/me/tokens/:id", method = "delete", operation_id = "revokeMyToken")]
    async fn revoke(&self, shared: Shared, caller: Caller, id: Path<IdText>) -> Result<Done, Problem> {
        let id = id.0.id();
        shared.call(&caller, move |portal, actor| tokens::revoke(portal, actor, id)).await?;
        Ok(Done::Done)
    }
}
