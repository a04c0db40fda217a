//! `/activity`.

use std::{collections::BTreeMap, sync::Arc};

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::Query,
    payload::{Binary, Json},
};

use super::{
    auth::Caller,
    call::Shared,
    params::{IdText, Moment, Params, Whole},
    problem::Problem,
    stream,
    turns::Turn,
    users::views::Csv,
    views::{List, Named, list, named},
};
use crate::{
    model::{
        activity::{self as model, ActivityFilter},
        policy::Actor,
    },
    ops::{self, Portal},
};

/// One thing that was done.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Activity")]
pub struct ActivityView {
    id: String,
    /// Counts up by one from the first of all: one that is missing is missed.
    number: u64,
    at: String,
    /// Such as `user.created`.
    action: String,
    /// Who did it; null for the command line, Rollcall itself, or somebody not signed in.
    actor: Option<Named>,
    /// As whom, under impersonation.
    acting_as: Option<Named>,
    /// The name of the API token that did it in the actor's name.
    token: Option<String>,
    subject: Option<Subject>,
    /// Address of origin.
    origin: Option<String>,
    /// Field → [before, after].
    changes: BTreeMap<String, Vec<serde_json::Value>>,
    reason: Option<String>,
}

/// What it was done to.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Subject")]
pub struct Subject {
    /// `user`, `group`, `project`, `mail`, `sign-up` or `settings`.
    kind: String,
    id: String,
    name: String,
}

pub fn activity(activity: model::Activity) -> ActivityView {
    let somebody = |who: Option<model::Named>| who.map(|who| named((who.id, who.name)));
    ActivityView {
        id: activity.id.to_string(),
        number: activity.number,
        at: activity.at.to_string(),
        action: activity.action.as_str().to_owned(),
        actor: somebody(activity.actor),
        acting_as: somebody(activity.acting_as),
        token: activity.token,
        subject: activity.subject.map(|subject| Subject {
            kind: subject.kind,
            id: subject.id.to_string(),
            name: subject.name,
        }),
        origin: activity.origin,
        changes: activity
            .changes
            .into_iter()
            .map(|change| (change.field, vec![change.before, change.after]))
            .collect(),
        reason: activity.reason,
    }
}

pub struct ActivityApi;

#[OpenApi]
impl ActivityApi {
    /// What was done, newest first. [activity.read]
    #[oai(path = "/activity", method = "get", operation_id = "listActivity")]
    #[allow(clippy::too_many_arguments, reason = "one for each parameter of the query")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        /// The id of who did it, or was acted as.
        actor: Query<Option<IdText>>,
        /// The id of what it was done to.
        subject: Query<Option<IdText>>,
        /// Such as `user.created`, or `user` for all of that kind.
        action: Query<Option<String>>,
        from: Query<Option<Moment>>,
        /// Up to, but not including.
        to: Query<Option<Moment>>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<ActivityView>>, Problem> {
        let mut params = Params::default();
        let filter = filter(&mut params, actor.0, subject.0, action.0, from.0, to.0);
        let paging = params.paging(page.0, per_page.0);
        let query = params.finish((filter, paging));
        let page = shared.call(&caller, |portal, actor| ops::activity::list(portal, actor, query)).await?;
        Ok(list(page, activity))
    }

    /// The same as CSV, all of it. [activity.read, step-up]
    #[oai(path = "/activity.csv", method = "get", operation_id = "exportActivity")]
    #[allow(clippy::too_many_arguments, reason = "one for each parameter of the query")]
    async fn export(
        &self,
        shared: Shared,
        caller: Caller,
        actor: Query<Option<IdText>>,
        subject: Query<Option<IdText>>,
        action: Query<Option<String>>,
        from: Query<Option<Moment>>,
        to: Query<Option<Moment>>,
    ) -> Result<Csv, Problem> {
        let (export, turn, day) = export(&shared, &caller, actor, subject, action, from, to).await?;
        let body = stream::body(turn, move |out| ops::activity::write_csv(&export, out));
        Ok(Csv::Stream(Binary(body), format!("attachment; filename=\"activity-{day}.csv\"")))
    }

    /// The same as JSON lines, with what it takes to verify that none was changed, left out or
    /// moved. [activity.read]
    #[oai(path = "/activity.jsonl", method = "get", operation_id = "exportActivityLines")]
    #[allow(clippy::too_many_arguments, reason = "one for each parameter of the query")]
    async fn export_lines(
        &self,
        shared: Shared,
        caller: Caller,
        actor: Query<Option<IdText>>,
        subject: Query<Option<IdText>>,
        action: Query<Option<String>>,
        from: Query<Option<Moment>>,
        to: Query<Option<Moment>>,
    ) -> Result<JsonLines, Problem> {
        let (export, turn, day) = export(&shared, &caller, actor, subject, action, from, to).await?;
        let body = stream::body(turn, move |out| ops::activity::write_json_lines(&export, out));
        Ok(JsonLines::Stream(Binary(body), format!("attachment; filename=\"activity-{day}.jsonl\"")))
    }
}

/// An activity on each line, streamed.
#[derive(ApiResponse)]
enum JsonLines {
    #[oai(status = 200, content_type = "application/jsonl")]
    Stream(Binary<poem::Body>, #[oai(header = "Content-Disposition")] String),
}

/// An export, and the day that is in its name.
async fn export(
    shared: &Shared,
    caller: &Caller,
    actor: Query<Option<IdText>>,
    subject: Query<Option<IdText>>,
    action: Query<Option<String>>,
    from: Query<Option<Moment>>,
    to: Query<Option<Moment>>,
) -> Result<(ops::activity::Exported, Turn, String), Problem> {
    let mut params = Params::default();
    let filter = filter(&mut params, actor.0, subject.0, action.0, from.0, to.0);
    let filter = params.finish(filter);
    let operation = |portal: &Arc<Portal>, actor: &Actor| ops::activity::export(portal, actor, filter);
    let (export, turn) = shared.call_streaming(caller, operation).await?;
    Ok((export, turn, shared.portal.now().to_string().chars().take(10).collect()))
}

fn filter(
    params: &mut Params,
    actor: Option<IdText>,
    subject: Option<IdText>,
    action: Option<String>,
    from: Option<Moment>,
    to: Option<Moment>,
) -> ActivityFilter {
    ActivityFilter {
        actor: params.id(actor),
        subject: subject.and_then(|text| text.uuid()),
        action: action.filter(|text| !text.is_empty()),
        from: params.moment("from", from),
        to: params.moment("to", to),
    }
}
