//! The activity, read. Writing it is the store's: nothing changes without it.

mod found;

use std::sync::Arc;

use super::{Draft, Handle, Portal, ReadHandle, Result, csv_cells, users};
use crate::{
    model::{
        activity::{Action, Activity, ActivityFilter},
        id::UserId,
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
    },
    store::{self, Keys, Reader, Way, read::Read, tables::Table},
};
use found::Candidates;

const READ: Need = Need::permission(Permission::ActivityRead);

/// The portal's activity, newest first.
pub fn list(
    portal: &Portal,
    actor: &Actor,
    query: Draft<(ActivityFilter, Paging)>,
) -> Result<Page<Activity>> {
    portal.read(actor, READ, |tx| {
        let (filter, paging) = query?;
        let page = if filter.is_empty() {
            let total = tx.len(Table::Activities)?;
            let offset = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
            let ids = tx.ids_in(Table::Activities, Keys::all(), Way::Down)?;
            let ids = ids.skip(offset).take(paging.per_page as usize);
            let items = store::activities(tx, ids).collect::<std::result::Result<_, _>>()?;
            Page { items, total, paging }
        } else {
            Candidates::of(tx, filter)?.page(tx, paging)?
        };
        let notes = tx.grants().holds(Permission::UsersWrite);
        Ok(page.map(|activity| hide(activity, notes)))
    })
}

/// What a user did, and what was done to them.
pub fn list_of_user(
    portal: &Portal,
    actor: &Actor,
    user: UserId,
    paging: Draft<Paging>,
) -> Result<Page<Activity>> {
    portal.read(actor, READ, |tx| {
        let user = users::visible(tx, user)?;
        let page = Candidates::about(tx, user.id)?.page(tx, paging?)?;
        let notes = tx.grants().over(&user).holds(Permission::UsersWrite);
        Ok(page.map(|activity| hide(activity, notes)))
    })
}

/// The same for oneself, without what is the admins' own: notes, their reasons, where they were.
pub fn list_own(portal: &Portal, actor: &Actor, paging: Draft<Paging>) -> Result<Page<Activity>> {
    portal.read(actor, Need::SIGNED_IN, |tx| {
        let user = users::oneself(tx)?;
        let page = Candidates::about(tx, user.id)?.page(tx, paging?)?;
        Ok(page.map(|mut activity| {
            activity.changes.retain(|change| change.field != "notes");
            if activity.actor.as_ref().is_some_and(|actor| actor.id != user.id) {
                activity.origin = None;
                if activity.action != Action::ImpersonationStarted {
                    activity.reason = None;
                }
            }
            activity
        }))
    })
}

/// An export that has been allowed, of one moment.
pub struct Exported {
    handle: ReadHandle,
    filter: ActivityFilter,
}

/// Allows and records an export of all that a filter admits.
pub fn export(portal: &Arc<Portal>, actor: &Actor, filter: Draft<ActivityFilter>) -> Result<Exported> {
    let need = READ.and_oneself().and_fresh();
    let filter = portal.read(actor, need, |_| filter)?;
    // What is exported is what was there before: the export itself is not in it.
    let handle = portal.read_on(actor, need)?;
    portal.write(actor, need, |tx| Ok(tx.record(Action::ActivityExported, None, Vec::new())?))?;
    Ok(Exported { handle, filter })
}

/// Writes an export as CSV, newest first.
pub fn write_csv(export: &Exported, out: impl std::io::Write) -> Result<()> {
    let Exported { handle, filter } = export;
    let mut csv = csv_cells::writer(out);
    let failed = |error: csv::Error| super::Error::Unavailable(error.to_string());
    let header = [
        "id",
        "at",
        "action",
        "actor",
        "acting_as",
        "subject_kind",
        "subject_id",
        "subject",
        "origin",
        "changes",
        "reason",
        "token",
    ];
    csv.write_record(header).map_err(failed)?;
    let notes = handle.grants().holds(Permission::UsersWrite);
    for activity in Candidates::of(handle, filter.clone())?.all(handle) {
        let cells = row(hide(activity?, notes)).map(|cell| csv_cells::guard(&cell));
        csv.write_record(cells).map_err(failed)?;
    }
    csv.flush().map_err(|error| super::Error::Unavailable(error.to_string()))
}

fn row(activity: Activity) -> [String; 12] {
    let changes: serde_json::Map<String, serde_json::Value> = activity
        .changes
        .into_iter()
        .map(|change| (change.field, serde_json::json!([change.before, change.after])))
        .collect();
    let (kind, id, name) = activity
        .subject
        .map(|subject| (subject.kind, subject.id.to_string(), subject.name))
        .unwrap_or_default();
    [
        activity.id.to_string(),
        activity.at.to_string(),
        activity.action.as_str().to_owned(),
        activity.actor.map(|actor| actor.name).unwrap_or_default(),
        activity.acting_as.map(|other| other.name).unwrap_or_default(),
        kind,
        id,
        name,
        activity.origin.unwrap_or_default(),
        if changes.is_empty() { String::new() } else { serde_json::Value::Object(changes).to_string() },
        activity.reason.unwrap_or_default(),
        activity.token.unwrap_or_default(),
    ]
}

/// Notes are for those who may change users, here too.
fn hide(mut activity: Activity, notes: bool) -> Activity {
    if !notes {
        activity.changes.retain(|change| change.field != "notes");
    }
    activity
}
