//! `/users`.

mod bulk;
mod duplicates;
mod export;
mod facets;
mod factors;
mod forms;
mod import;
pub mod import_views;
mod one;
pub mod views;

use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};

pub use self::{
    bulk::BulkApi, duplicates::DuplicatesApi, export::ExportApi, facets::FacetsApi, factors::FactorsApi,
    import::ImportApi, one::UserApi,
};
use self::{
    forms::{Decline, Disable},
    views::{Csv, MailPreview, OneTimeLink, Queued, User, UserList, created, versioned},
};
use super::{
    auth::Caller,
    body::{Body, NoBody},
    call::Shared,
    direct::Direct,
    params::{IdText, Params, Whole},
    problem::Problem,
    session::{SessionBegun, begun},
    views::{Created, Versioned},
};
use crate::{
    index::query::{Disabled, Field, Sort},
    model::user::{NewUser, UserState},
    ops::{
        Draft, impersonation, links,
        users::{self, Approval, ListQuery, Matching},
    },
};

type Answer<T> = Result<T, Problem>;

pub struct UsersApi;

#[OpenApi]
impl UsersApi {
    /// All users that the caller may see: searched, sorted, by the page. [users.read]
    #[oai(path = "/users", method = "get", operation_id = "listUsers")]
    #[allow(clippy::too_many_arguments, reason = "one for each parameter of the query")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        /// In the search language.
        q: Query<Option<String>>,
        /// `name`, `email`, `company` or `groups`: where plain words are looked for.
        field: Query<Option<String>>,
        /// `relevance`, `name`, `email`, `company`, `groups`, `created` or `last_seen`; `-` before it reverses.
        sort: Query<Option<String>>,
        /// `exclude` (the default), `include` or `only`.
        disabled: Query<Option<String>>,
        /// `active`, `invited`, `pending`, `disabled` or `deleted`.
        state: Query<Option<String>>,
        group: Query<Option<IdText>>,
        project: Query<Option<IdText>>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Answer<Direct<UserList>> {
        let mut params = Params::default();
        let matching = matching(&mut params, q, field, disabled, state, group, project);
        let sort = params.word("sort", sort.0, parse_sort);
        let query = ListQuery { matching, sort, paging: params.paging(page.0, per_page.0) };
        let query: Draft<ListQuery> = params.finish(query);
        let found = shared.call(&caller, |portal, actor| users::list(portal, actor, query)).await?;
        Ok(Direct(found.into()))
    }

    /// Creates a user. [users.write; in a group of power, step-up]
    #[oai(path = "/users", method = "post", operation_id = "createUser")]
    async fn create(&self, shared: Shared, caller: Caller, body: Body<NewUser>) -> Answer<Created<User>> {
        let (email, draft) = (body.email(), body.draft());
        let user = shared.call(&caller, |portal, actor| users::create(portal, actor, email, draft)).await?;
        Ok(created(user))
    }

    /// The welcome mail as it would look; creates and sends nothing. [users.write]
    #[oai(path = "/users/preview-welcome", method = "post", operation_id = "previewWelcome")]
    async fn preview(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<NewUser>,
    ) -> Answer<Json<MailPreview>> {
        let draft = body.draft();
        let preview =
            shared.call(&caller, |portal, actor| users::preview_welcome(portal, actor, draft)).await?;
        Ok(Json(MailPreview { subject: preview.subject, text: preview.text, html: preview.html }))
    }

    /// Out at once, everywhere. [users.write]
    #[oai(path = "/users/:id/disable", method = "post", operation_id = "disableUser")]
    async fn disable(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: Body<Disable>,
    ) -> Answer<Versioned<User>> {
        let (id, draft) = (id.0.id(), body.draft().map(|form| form.0));
        let user =
            shared.call(&caller, move |portal, actor| users::disable(portal, actor, id, draft)).await?;
        Ok(versioned(user))
    }

    /// In again. [users.write; somebody with power, step-up]
    #[oai(path = "/users/:id/enable", method = "post", operation_id = "enableUser")]
    async fn enable(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: NoBody,
    ) -> Answer<Versioned<User>> {
        let (id, nothing) = (id.0.id(), body.draft());
        let user =
            shared.call(&caller, move |portal, actor| users::enable(portal, actor, id, nothing)).await?;
        Ok(versioned(user))
    }

    /// Out of the bin, whole. [users.delete; somebody with power, step-up]
    #[oai(path = "/users/:id/restore", method = "post", operation_id = "restoreUser")]
    async fn restore(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: NoBody,
    ) -> Answer<Versioned<User>> {
        let (id, nothing) = (id.0.id(), body.draft());
        let user =
            shared.call(&caller, move |portal, actor| users::restore(portal, actor, id, nothing)).await?;
        Ok(versioned(user))
    }

    /// Lets in somebody who signed up and waits. [users.write; into a group of power, step-up]
    #[oai(path = "/users/:id/approve", method = "post", operation_id = "approveUser")]
    async fn approve(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: Body<Approval>,
    ) -> Answer<Versioned<User>> {
        let (id, draft) = (id.0.id(), body.draft());
        let user =
            shared.call(&caller, move |portal, actor| users::approve(portal, actor, id, draft)).await?;
        Ok(versioned(user))
    }

    /// Turns away somebody who signed up and waits; the address is free. [users.write]
    #[oai(path = "/users/:id/decline", method = "post", operation_id = "declineUser")]
    async fn decline(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: Body<Decline>,
    ) -> Answer<Json<User>> {
        let (id, draft) = (id.0.id(), body.draft().map(|form| form.0));
        let user =
            shared.call(&caller, move |portal, actor| users::decline(portal, actor, id, draft)).await?;
        Ok(Json(user.into()))
    }

    /// Mails a link to choose a password. [users.write]
    #[oai(path = "/users/:id/send-password", method = "post", operation_id = "sendPassword")]
    async fn send_password(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: NoBody,
    ) -> Answer<Json<Queued>> {
        let (id, nothing) = (id.0.id(), body.draft());
        let mail = shared
            .call(&caller, move |portal, actor| users::send_password(portal, actor, id, nothing))
            .await?;
        Ok(Json(Queued { mail_id: mail.to_string() }))
    }

    /// Mails the welcome once more, with a fresh link. [users.write]
    #[oai(path = "/users/:id/send-welcome", method = "post", operation_id = "sendWelcome")]
    async fn send_welcome(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: NoBody,
    ) -> Answer<Json<Queued>> {
        let (id, nothing) = (id.0.id(), body.draft());
        let mail = shared
            .call(&caller, move |portal, actor| users::send_welcome(portal, actor, id, nothing))
            .await?;
        Ok(Json(Queued { mail_id: mail.to_string() }))
    }

    /// A link to choose a password, to hand over by another way. [users.write; of somebody with power,
    /// step-up]
    #[oai(path = "/users/:id/password-link", method = "post", operation_id = "makePasswordLink")]
    async fn password_link(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: NoBody,
    ) -> Answer<Json<OneTimeLink>> {
        let (id, nothing) = (id.0.id(), body.draft());
        let shown = shared
            .call(&caller, move |portal, actor| links::show_password(portal, actor, id, nothing))
            .await?;
        Ok(Json(shown.into()))
    }

    /// Log in as this user. [users.impersonate, step-up]
    #[oai(path = "/users/:id/impersonate", method = "post", operation_id = "impersonateUser")]
    async fn impersonate(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: Body<impersonation::Start>,
    ) -> Answer<SessionBegun> {
        let (id, draft) = (id.0.id(), body.draft());
        let begin =
            shared.call(&caller, move |portal, actor| impersonation::start(portal, actor, id, draft)).await?;
        Ok(begun(&shared, &caller, begin))
    }
}

/// Who is meant, as the list and what stands beside it are asked.
fn matching(
    params: &mut Params,
    q: Query<Option<String>>,
    field: Query<Option<String>>,
    disabled: Query<Option<String>>,
    state: Query<Option<String>>,
    group: Query<Option<IdText>>,
    project: Query<Option<IdText>>,
) -> Matching {
    Matching {
        text: q.0.unwrap_or_default(),
        field: params.word("field", field.0, parse_field),
        disabled: params.word("disabled", disabled.0, parse_disabled).unwrap_or_default(),
        state: params.word("state", state.0, UserState::parse),
        group: params.id(group.0),
        project: params.id(project.0),
        typos: true,
    }
}

fn parse_field(text: &str) -> Option<Field> {
    Some(match text {
        "name" => Field::Name,
        "email" => Field::Email,
        "company" => Field::Company,
        "groups" => Field::Groups,
        _ => return None,
    })
}

fn parse_sort(text: &str) -> Option<(Sort, bool)> {
    let (name, reversed) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    let sort = match name {
        "relevance" => Sort::Relevance,
        "name" => Sort::Name,
        "email" => Sort::Email,
        "company" => Sort::Company,
        "groups" => Sort::Groups,
        "created" => Sort::Created,
        "last_seen" => Sort::LastSeen,
        _ => return None,
    };
    Some((sort, reversed))
}

fn parse_disabled(text: &str) -> Option<Disabled> {
    Some(match text {
        "exclude" => Disabled::Exclude,
        "include" => Disabled::Include,
        "only" => Disabled::Only,
        _ => return None,
    })
}
