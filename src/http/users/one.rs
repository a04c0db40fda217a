//! `/users/{id}` and what lies below it.

use poem_openapi::{
    OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};

use super::{
    Answer,
    views::{User, versioned},
};
use crate::{
    http::{
        activity::{ActivityView, activity},
        auth::Caller,
        body::Body,
        call::Shared,
        mail::{MailView, mail},
        me::tokens::{self as token_views, Token},
        params::{EntityTags, IdText, Params, Whole, paging, versions},
        projects::{InProjectView, in_project},
        session::{ListedSession, listed},
        views::{Done, List, Versioned, list},
    },
    model::user::UserPatch,
    ops::{self, members, sessions, tokens, users},
};

pub struct UserApi;

#[OpenApi]
impl UserApi {
    /// One user. [users.read]
    #[oai(path = "/users/:id", method = "get", operation_id = "getUser")]
    async fn get(&self, shared: Shared, caller: Caller, id: Path<IdText>) -> Answer<Versioned<User>> {
        let id = id.0.id();
        let user = shared.look_up(&caller, |portal, actor| users::get(portal, actor, id)).await?;
        Ok(versioned(user))
    }

    /// Changes some fields. [users.write; the e-mail, and a group of power, step-up]
    #[oai(path = "/users/:id", method = "patch", operation_id = "updateUser")]
    async fn update(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        /// The version that was read, as `ETag` gave it: the change is made only to that one. One of
        /// several, or `*` for any.
        #[oai(name = "If-Match")]
        if_match: Header<Option<EntityTags>>,
        body: Body<UserPatch>,
    ) -> Answer<Versioned<User>> {
        let (id, versions, email) = (id.0.id(), versions(if_match.0), body.email());
        let draft = body.draft();
        let user = shared
            .call(&caller, move |portal, actor| users::update(portal, actor, id, versions, email, draft))
            .await?;
        Ok(versioned(user))
    }

    /// Moves a user to the bin, or with `purge=true` removes them for good. [users.delete;
    /// for good, step-up]
    #[oai(path = "/users/:id", method = "delete", operation_id = "deleteUser")]
    async fn delete(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        /// `true` removes the user for good.
        purge: Query<Option<String>>,
    ) -> Answer<Done> {
        let mut params = Params::default();
        let purge = params.flag("purge", purge.0);
        let (id, purge) = (id.0.id(), params.finish(purge));
        shared.call(&caller, move |portal, actor| users::delete(portal, actor, id, purge)).await?;
        Ok(Done::Done)
    }

    /// Where the user is signed in. [users.write]
    #[oai(path = "/users/:id/sessions", method = "get", operation_id = "listUserSessions")]
    async fn sessions(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Answer<Json<List<ListedSession>>> {
        let (id, paging) = (id.0.id(), paging(page.0, per_page.0));
        let page =
            shared.call(&caller, move |portal, actor| sessions::list(portal, actor, id, paging)).await?;
        Ok(list(page, listed))
    }

    /// Signs the user out everywhere. [users.write]
    #[oai(path = "/users/:id/sessions", method = "delete", operation_id = "endUserSessions")]
    async fn end_sessions(&self, shared: Shared, caller: Caller, id: Path<IdText>) -> Answer<Done> {
        let id = id.0.id();
        shared.call(&caller, move |portal, actor| sessions::revoke(portal, actor, id, None)).await?;
        Ok(Done::Done)
    }

    /// Signs the user out on one device. [users.write]
    #[oai(path = "/users/:id/sessions/:session_id", method = "delete", operation_id = "endUserSession")]
    async fn end_session(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        session_id: Path<IdText>,
    ) -> Answer<Done> {
        let (id, session) = (id.0.id(), session_id.0.id());
        shared.call(&caller, move |portal, actor| sessions::revoke(portal, actor, id, Some(session))).await?;
        Ok(Done::Done)
    }

    /// The user's API tokens, the newest first: what programs may do in their name. [users.write]
    #[oai(path = "/users/:id/tokens", method = "get", operation_id = "listUserTokens")]
    async fn tokens(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Answer<Json<List<Token>>> {
        let (id, paging) = (id.0.id(), paging(page.0, per_page.0));
        let page =
            shared.call(&caller, move |portal, actor| tokens::list_of(portal, actor, id, paging)).await?;
        Ok(list(page, token_views::listed))
    }

    /// Revokes an API token of the user. [users.write]
    #[oai(path = "/users/:id/tokens/:token_id", method = "delete", operation_id = "revokeUserToken")]
    async fn revoke_token(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        token_id: Path<IdText>,
    ) -> Answer<Done> {
        let (id, token) = (id.0.id(), token_id.0.id());
        shared.call(&caller, move |portal, actor| tokens::revoke_of(portal, actor, id, token)).await?;
        Ok(Done::Done)
    }

    /// The projects the user is in, why and since when. [projects.manage]
    #[oai(path = "/users/:id/projects", method = "get", operation_id = "listUserProjects")]
    async fn projects(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Answer<Json<List<InProjectView>>> {
        let (id, paging) = (id.0.id(), paging(page.0, per_page.0));
        let page = shared
            .call(&caller, move |portal, actor| members::list_of_user(portal, actor, id, paging))
            .await?;
        Ok(list(page, in_project))
    }

    /// Makes the user a member. [projects.manage]
    #[oai(path = "/users/:id/projects/:project_id", method = "put", operation_id = "addUserToProject")]
    async fn join(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        project_id: Path<IdText>,
    ) -> Answer<Done> {
        let (id, project) = (id.0.id(), project_id.0.id());
        shared.call(&caller, move |portal, actor| members::add(portal, actor, project, id)).await?;
        Ok(Done::Done)
    }

    /// Takes the user out of a project. [projects.manage]
    #[oai(
        path = "/users/:id/projects/:project_id",
        method = "delete",
        operation_id = "removeUserFromProject"
    )]
    async fn leave(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        project_id: Path<IdText>,
    ) -> Answer<Done> {
        let (id, project) = (id.0.id(), project_id.0.id());
        shared.call(&caller, move |portal, actor| members::remove(portal, actor, project, id)).await?;
        Ok(Done::Done)
    }

    /// What the user did, and what was done to them. [activity.read]
    #[oai(path = "/users/:id/activity", method = "get", operation_id = "listUserActivity")]
    async fn activity(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Answer<Json<List<ActivityView>>> {
        let (id, paging) = (id.0.id(), paging(page.0, per_page.0));
        let page = shared
            .call(&caller, move |portal, actor| ops::activity::list_of_user(portal, actor, id, paging))
            .await?;
        Ok(list(page, activity))
    }

    /// The mails sent to the user, and what became of them. [mail.read]
    #[oai(path = "/users/:id/mail", method = "get", operation_id = "listUserMail")]
    async fn mail(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Answer<Json<List<MailView>>> {
        let (id, paging) = (id.0.id(), paging(page.0, per_page.0));
        let page = shared
            .call(&caller, move |portal, actor| ops::mail::list_of_user(portal, actor, id, paging))
            .await?;
        Ok(list(page, mail))
    }
}
