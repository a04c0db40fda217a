//! `/mail`: the outbox.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    auth::Caller,
    body::NoBody,
    call::Shared,
    params::{IdText, Params, Whole},
    problem::Problem,
    users::views::OneTimeLink,
    views::{List, list},
};
use crate::{
    mail::link,
    model::mail::{Mail, MailState},
    ops,
};

/// A mail, and what became of it.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Mail")]
pub struct MailView {
    id: String,
    to: String,
    to_name: Option<String>,
    /// The id of the user it was sent to, if it was one.
    user_id: Option<String>,
    subject: String,
    kind: String,
    /// `queued`, `sent`, `failed` or `cancelled`.
    state: String,
    attempts: u32,
    last_error: Option<String>,
    server_reply: Option<String>,
    next_attempt_at: Option<String>,
    created_at: String,
    /// When it was sent, given up or cancelled.
    done_at: Option<String>,
    /// Not tried after this.
    give_up_at: String,
    /// Whether it holds a one-time link; in `text` and `html` that is shown as `…`.
    has_link: bool,
    text: String,
    html: String,
}

pub fn mail(mail: Mail) -> MailView {
    let time = |at: Option<crate::model::time::Timestamp>| at.map(|at| at.to_string());
    MailView {
        id: mail.id.to_string(),
        to: mail.to.to_string(),
        to_name: mail.to_name,
        user_id: mail.user.map(|id| id.to_string()),
        subject: mail.subject,
        kind: mail.kind.as_str().to_owned(),
        state: mail.state.as_str().to_owned(),
        attempts: mail.attempts,
        last_error: mail.last_error,
        server_reply: mail.server_reply,
        next_attempt_at: time(mail.next_attempt_at),
        created_at: mail.created_at.to_string(),
        done_at: time(mail.done_at),
        give_up_at: mail.give_up_at.to_string(),
        has_link: mail.link.is_some(),
        text: link::mask(&mail.text),
        html: link::mask(&mail.html),
    }
}

pub struct MailApi;

#[OpenApi]
impl MailApi {
    /// All mails, newest first. [mail.read]
    #[oai(path = "/mail", method = "get", operation_id = "listMail")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        /// `queued`, `sent`, `failed` or `cancelled`.
        state: Query<Option<String>>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<MailView>>, Problem> {
        let mut params = Params::default();
        let query = (params.word("state", state.0, MailState::parse), params.paging(page.0, per_page.0));
        let query = params.finish(query);
        let page = shared.call(&caller, |portal, actor| ops::mail::list(portal, actor, query)).await?;
        Ok(list(page, mail))
    }

    /// One mail. [mail.read]
    #[oai(path = "/mail/:id", method = "get", operation_id = "getMail")]
    async fn get(&self, shared: Shared, caller: Caller, id: Path<IdText>) -> Result<Json<MailView>, Problem> {
        let id = id.0.id();
        let found = shared.call(&caller, move |portal, actor| ops::mail::get(portal, actor, id)).await?;
        Ok(Json(mail(found)))
    }

    /// Tries again at once. [mail.read]
    #[oai(path = "/mail/:id/retry", method = "post", operation_id = "retryMail")]
    async fn retry(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: NoBody,
    ) -> Result<Json<MailView>, Problem> {
        let (id, nothing) = (id.0.id(), body.draft());
        let found =
            shared.call(&caller, move |portal, actor| ops::mail::retry(portal, actor, id, nothing)).await?;
        Ok(Json(mail(found)))
    }

    /// Does not send it after all. [mail.read]
    #[oai(path = "/mail/:id/cancel", method = "post", operation_id = "cancelMail")]
    async fn cancel(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: NoBody,
    ) -> Result<Json<MailView>, Problem> {
        let (id, nothing) = (id.0.id(), body.draft());
        let found =
            shared.call(&caller, move |portal, actor| ops::mail::cancel(portal, actor, id, nothing)).await?;
        Ok(Json(mail(found)))
    }

    /// The mail's one-time link, to hand over by another way; recorded. [mail.read and users.write; of
    /// somebody with power, step-up]
    #[oai(path = "/mail/:id/link", method = "post", operation_id = "showMailLink")]
    async fn link(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: NoBody,
    ) -> Result<Json<OneTimeLink>, Problem> {
        let (id, nothing) = (id.0.id(), body.draft());
        let shown = shared
            .call(&caller, move |portal, actor| ops::mail::show_link(portal, actor, id, nothing))
            .await?;
        Ok(Json(shown.into()))
    }
}
