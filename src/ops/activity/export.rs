//! The activity exported: as CSV for people, as JSON lines for programs and for whoever verifies
//! it (docs/activity.md says how).

use std::{io, sync::Arc};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    super::{Draft, Error, Handle, Portal, ReadHandle, Result, csv_cells},
    READ,
    found::Candidates,
    hide,
};
use crate::{
    model::{
        activity::{Action, Activity, ActivityFilter, Change, Named},
        permission::Permission,
        policy::Actor,
    },
    store::chain::{self, Part, Row},
};

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

const HEADER: [&str; 12] = [
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

/// Writes an export as CSV, newest first.
pub fn write_csv(export: &Exported, out: impl io::Write) -> Result<()> {
    let Exported { handle, filter } = export;
    let mut csv = csv_cells::writer(out);
    let failed = |error: csv::Error| Error::Unavailable(error.to_string());
    csv.write_record(HEADER).map_err(failed)?;
    let notes = handle.grants().holds(Permission::UsersWrite);
    for one in Candidates::of(handle, filter.clone())?.all(handle) {
        let cells = cells(hide(one?.1, notes)).map(|cell| csv_cells::guard(&cell));
        csv.write_record(cells).map_err(failed)?;
    }
    csv.flush().map_err(|error| Error::Unavailable(error.to_string()))
}

fn cells(activity: Activity) -> [String; 12] {
    let changes = changes(activity.changes);
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
        if changes.is_empty() { String::new() } else { Value::Object(changes).to_string() },
        activity.reason.unwrap_or_default(),
        activity.token.unwrap_or_default(),
    ]
}

fn changes(changes: Vec<Change>) -> Map<String, Value> {
    changes.into_iter().map(|change| (change.field, json!([change.before, change.after]))).collect()
}

/// One line: the activity as the API has it, then what its hash is made of.
#[derive(Serialize)]
struct Line<'a> {
    number: u64,
    hash: String,
    /// The hash of the one before.
    previous: String,
    id: String,
    at: String,
    action: &'static str,
    actor: Value,
    acting_as: Value,
    token: Option<String>,
    subject: Value,
    origin: Option<String>,
    changes: Map<String, Value>,
    reason: Option<String>,
    open: &'a str,
    parts: Parts<'a>,
}

#[derive(Serialize)]
struct Parts<'a> {
    actor: Option<Shown<'a>>,
    acting_as: Option<Shown<'a>>,
    subject: Option<Shown<'a>>,
}

/// A part; without salt and text where it was blanked, or holds what the reader may not see.
#[derive(Serialize)]
struct Shown<'a> {
    hash: String,
    salt: Option<String>,
    text: Option<&'a str>,
}

/// Writes an export as JSON lines, newest first.
pub fn write_json_lines(export: &Exported, mut out: impl io::Write) -> Result<()> {
    let Exported { handle, filter } = export;
    let failed = |error: io::Error| Error::Unavailable(error.to_string());
    for one in Candidates::of(handle, filter.clone())?.all(handle) {
        let (row, activity) = one?;
        let line = line(handle, &row, activity)?;
        serde_json::to_writer(&mut out, &line).map_err(|error| failed(error.into()))?;
        out.write_all(b"\n").map_err(failed)?;
    }
    out.flush().map_err(failed)
}

fn line<'a>(tx: &ReadHandle, row: &'a Row, activity: Activity) -> Result<Line<'a>> {
    let before = activity.changes.len();
    let activity = hide(activity, tx.grants().holds(Permission::UsersWrite));
    let withheld = activity.changes.len() < before;
    let named = |named: &Option<Named>| {
        named.as_ref().map_or(Value::Null, |named| json!({"id": named.id, "name": named.name}))
    };
    let shown = |part: &'a Part, withheld: bool| {
        let kept = part.kept.as_ref().filter(|_| !withheld);
        let salt = kept.map(|kept| kept.salt.to_string());
        Shown { hash: part.hash.to_string(), salt, text: kept.map(|kept| kept.text.as_str()) }
    };
    let (actor, acting_as, about) = (row.actor.as_ref(), row.acting_as.as_ref(), row.subject.as_ref());
    let parts = Parts {
        actor: actor.map(|who| shown(&who.part, false)),
        acting_as: acting_as.map(|who| shown(&who.part, false)),
        subject: about.and_then(|about| about.part.as_ref()).map(|part| shown(part, withheld)),
    };
    let subject = activity
        .subject
        .as_ref()
        .map_or(Value::Null, |subject| json!({"kind": subject.kind, "id": subject.id, "name": subject.name}));
    Ok(Line {
        number: row.number,
        hash: row.hash.to_string(),
        previous: chain::before(tx, row)?.to_string(),
        id: row.id.to_string(),
        at: row.at.to_string(),
        action: row.action.as_str(),
        actor: named(&activity.actor),
        acting_as: named(&activity.acting_as),
        token: activity.token,
        subject,
        origin: activity.origin,
        changes: changes(activity.changes),
        reason: activity.reason,
        open: &row.open,
        parts,
    })
}
