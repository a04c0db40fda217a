//! `/stats`.

use poem_openapi::{Object, OpenApi, payload::Json};

use super::{
    auth::Caller,
    backups::{self, BackupView},
    call::Shared,
    problem::Problem,
};
use crate::{
    model::user::UserState,
    ops::stats::{self, Daily},
};

/// Counts for the overview, of the users that the caller may see.
#[derive(Debug, Clone, Object)]
pub struct Stats {
    /// How many there are, those in the bin left out.
    users: u64,
    /// All states; `deleted` is the bin.
    states: Vec<UsersInState>,
    /// All groups, by name. A user in two groups counts in both.
    groups: Vec<UsersInGroup>,
    /// How many signed up by themselves on each of the last 90 days (UTC), oldest first.
    sign_ups: Vec<UsersOnDay>,
    /// How many of today's users were made on each of these days, in whatever way.
    created: Vec<UsersOnDay>,
    /// How many were there on each of these days.
    active: Vec<UsersOnDay>,
    /// How many wait for approval.
    pending: u64,
    /// How many mails were given up; null without `mail.read`.
    failed_mail: Option<u64>,
    /// The last backup made by the clock; null while there is none, and without `settings.write`.
    backup: Option<BackupView>,
}

#[derive(Debug, Clone, Object)]
struct UsersInState {
    /// `active`, `invited`, `pending`, `disabled` or `deleted`.
    state: String,
    users: u64,
}

#[derive(Debug, Clone, Object)]
struct UsersInGroup {
    id: String,
    name: String,
    users: u64,
    /// All states but `deleted`.
    states: Vec<UsersInState>,
}

#[derive(Debug, Clone, Object)]
struct UsersOnDay {
    /// As a date, such as `2026-11-24`.
    day: String,
    users: u64,
}

impl From<stats::Stats> for Stats {
    fn from(all: stats::Stats) -> Self {
        let listed = all.states.iter().filter(|(state, _)| *state != UserState::Deleted);
        Self {
            users: listed.map(|(_, users)| users).sum(),
            states: in_states(all.states),
            groups: all
                .groups
                .into_iter()
                .map(|(id, name, states)| UsersInGroup {
                    id: id.to_string(),
                    name,
                    users: states.iter().map(|(_, users)| users).sum(),
                    states: in_states(states),
                })
                .collect(),
            sign_ups: on_days(&all.sign_ups),
            created: on_days(&all.created),
            active: on_days(&all.active),
            pending: all.pending,
            failed_mail: all.failed_mails,
            backup: all.backup.map(backups::view),
        }
    }
}

fn in_states(states: Vec<(UserState, u64)>) -> Vec<UsersInState> {
    states
        .into_iter()
        .map(|(state, users)| UsersInState { state: state.as_str().to_owned(), users })
        .collect()
}

fn on_days(days: &Daily) -> Vec<UsersOnDay> {
    days.iter().map(|(day, users)| UsersOnDay { day: day.to_string(), users: *users }).collect()
}

pub struct StatsApi;

#[OpenApi]
impl StatsApi {
    /// How many users there are by group and state, how many came and were there on each of the
    /// last 90 days, and what waits for somebody. [users.read]
    #[oai(path = "/stats", method = "get", operation_id = "getStats")]
    async fn stats(&self, shared: Shared, caller: Caller) -> Result<Json<Stats>, Problem> {
        let stats = shared.call(&caller, |portal, actor| stats::get(portal, actor)).await?;
        Ok(Json(stats.into()))
    }
}
