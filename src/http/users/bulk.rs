//! `/users/bulk`: one action on many users.

use poem_openapi::{Object, OpenApi, payload::Json};

use super::{Answer, parse_disabled, parse_field};
use crate::{
    http::{
        auth::Caller,
        batches::{Spared, spared},
        body::{Body, Fields, Form},
        call::Shared,
    },
    model::{
        batch::BulkAction,
        error::{Code, Refused},
        text::Message,
        user::UserState,
    },
    ops::users::{self, Approval, Bulk, BulkDone, Chosen, Matching},
};

/// What to do, and to whom: either `ids` or `matching`.
#[derive(Object)]
#[oai(rename = "Bulk", deny_unknown_fields)]
pub struct BulkBody {
    /// `disable`, `enable`, `delete`, `restore`, `send-password`, `approve`, `decline`, `add-group`,
    /// `remove-group`, `add-project` or `remove-project`.
    action: String,
    /// The group or the project, for the last four.
    target: Option<String>,
    /// At most 10,000.
    ids: Option<Vec<String>>,
    /// All that the list of users shows for this.
    matching: Option<MatchingBody>,
    /// With `approve`: the groups that they come into; left out, those they are in.
    groups: Option<Vec<String>>,
    /// With `approve`: the projects that they join.
    projects: Option<Vec<String>>,
    /// With `decline`: what their mail says.
    message: Option<String>,
}

/// As in the list of users.
#[derive(Object)]
#[oai(rename = "Matching", deny_unknown_fields)]
pub struct MatchingBody {
    q: Option<String>,
    field: Option<String>,
    disabled: Option<String>,
    state: Option<String>,
    group: Option<String>,
    project: Option<String>,
    /// As the list said: with `typo` those one typo away are meant, else nobody who does not match.
    matched_by: Option<String>,
}

impl Form for Bulk {
    type Document = BulkBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let target = f.id::<crate::model::id::GroupId>("target").map(crate::model::id::Id::uuid);
        let action = f.required("action", |text| {
            let unknown = || Refused::new(Code::Invalid, "There is no such action.");
            BulkAction::parse(text, target.unwrap_or_default()).ok_or_else(unknown)
        });
        let unknown = f.refused() && target.is_none();
        match action.map(|action| (action.target().is_some(), target)) {
            // That it is no good has been told.
            Some((true, None)) if unknown => {}
            Some((true, None)) => {
                f.refuse("target", Refused::new(Code::Required, "Say which group or project."));
            }
            Some((false, Some(_))) => {
                f.refuse("target", Refused::new(Code::Invalid, "This action has no group or project."));
            }
            _ => {}
        }
        let chosen = match (f.ids("ids"), f.object("matching", matching)) {
            (Some(ids), None) => Some(Chosen::Ids(ids)),
            (None, Some(matching)) => Some(Chosen::Matching(matching)),
            (None, None) => {
                f.refuse("ids", Refused::new(Code::Required, "Say whom: give ids, or matching."));
                None
            }
            (Some(_), Some(_)) => {
                f.refuse("matching", Refused::new(Code::Invalid, "Give ids or matching, not both."));
                None
            }
        };
        let approval = Approval { groups: f.ids("groups"), projects: f.ids("projects").unwrap_or_default() };
        let message = f.optional("message", Message::parse);
        for (field, given, of) in [
            ("groups", approval.groups.is_some(), BulkAction::Approve),
            ("projects", !approval.projects.is_empty(), BulkAction::Approve),
            ("message", message.is_some(), BulkAction::Decline),
        ] {
            if given && action.is_some_and(|action| action != of) {
                f.refuse(field, Refused::new(Code::Invalid, format!("This goes with {} only.", of.as_str())));
            }
        }
        Some(Self { action: action?, chosen: chosen?, approval, message })
    }
}

fn parse_matched_by(text: &str) -> Option<bool> {
    match text {
        "exact" => Some(false),
        "typo" => Some(true),
        _ => None,
    }
}

fn matching(f: &mut Fields) -> Matching {
    Matching {
        text: f.word("q", |text| Some(text.to_owned())).unwrap_or_default(),
        field: f.word("field", parse_field),
        disabled: f.word("disabled", parse_disabled).unwrap_or_default(),
        state: f.word("state", UserState::parse),
        group: f.id("group"),
        project: f.id("project"),
        typos: f.word("matched_by", parse_matched_by).unwrap_or_default(),
    }
}

/// What came of an action on many users.
#[derive(Debug, Clone, Object)]
#[oai(rename = "BulkResult")]
pub struct BulkView {
    /// How many it was done to, those included for whom it was so already.
    done: u64,
    /// Who was left alone and why; the first 10,000 of them.
    skipped: Vec<Spared>,
    /// How many were left alone in all.
    skipped_count: u64,
    /// For `POST /undo/{undo_id}`; null when nothing was changed, or nothing that can be undone.
    undo_id: Option<String>,
}

impl From<BulkDone> for BulkView {
    fn from(all: BulkDone) -> Self {
        Self {
            done: all.done,
            skipped: all.skipped.into_iter().map(spared).collect(),
            skipped_count: all.skipped_count,
            undo_id: all.undo_id.map(|id| id.to_string()),
        }
    }
}

pub struct BulkApi;

#[OpenApi]
impl BulkApi {
    /// Does one thing to many users. One whom the caller may not touch refuses it for all, naming
    /// them. [users.write; delete and restore users.delete; projects projects.manage; what gives power,
    /// step-up]
    #[oai(path = "/users/bulk", method = "post", operation_id = "bulkUsers")]
    async fn bulk(&self, shared: Shared, caller: Caller, body: Body<Bulk>) -> Answer<Json<BulkView>> {
        let action = body.text("action").and_then(|name| BulkAction::parse(name, uuid::Uuid::nil()));
        let draft = body.draft();
        let done =
            shared.call(&caller, move |portal, actor| users::bulk(portal, actor, action, draft)).await?;
        Ok(Json(done.into()))
    }
}
