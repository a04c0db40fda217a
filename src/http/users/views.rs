//! Users as they are shown.

use poem_openapi::{ApiResponse, Object, payload::Json};
use serde::Serialize;

use crate::{
    http::{
        direct::Direct,
        views::{Created, Named, Versioned, etag, named},
    },
    index::query::{Marks, Matched},
    ops::users::{self, Found, UserDetails},
};

/// A user.
#[derive(Debug, Clone, Object, Serialize)]
pub struct User {
    pub id: String,
    /// Grows with every change; the ETag.
    pub version: u64,
    pub name: String,
    pub email: String,
    pub company: Option<String>,
    pub phone: Option<String>,
    /// Null for callers without `users.write`.
    pub notes: Option<String>,
    pub groups: Vec<Named>,
    /// `active`, `invited`, `pending`, `disabled` or `deleted`.
    pub state: String,
    /// How many projects the user is a member of.
    pub projects: u64,
    pub created_at: String,
    pub last_seen_at: Option<String>,
    pub welcome: Option<Welcome>,
    /// What whoever asks may do with this user; null where the answer is about many.
    pub rights: Option<Rights>,
}

/// What whoever asks may do with a user.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "UserRights")]
pub struct Rights {
    /// The permissions that they hold over this user.
    permissions: Vec<String>,
    /// Permissions that the user holds and they don't: with any of these they may look, and no more.
    lacking: Vec<String>,
}

impl From<users::Rights> for Rights {
    fn from(rights: users::Rights) -> Self {
        Self { permissions: rights.permissions.names(), lacking: rights.lacking.names() }
    }
}

/// What became of the newest welcome mail.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "WelcomeMail")]
pub struct Welcome {
    /// `queued`, `sent`, `failed` or `cancelled`.
    state: String,
    at: String,
}

impl From<UserDetails> for User {
    fn from(details: UserDetails) -> Self {
        let UserDetails { user, groups, projects, last_seen_at, welcome, notes_shown, rights } = details;
        Self {
            id: user.id.to_string(),
            version: user.version,
            state: user.state().as_str().to_owned(),
            name: user.name.to_string(),
            email: user.email.to_string(),
            company: user.company.map(|company| company.to_string()),
            phone: user.phone.map(|phone| phone.to_string()),
            notes: user.notes.filter(|_| notes_shown).map(|notes| notes.to_string()),
            groups: groups.into_iter().map(named).collect(),
            projects,
            created_at: user.created_at.to_string(),
            last_seen_at: last_seen_at.map(|at| at.to_string()),
            welcome: welcome
                .map(|(state, at)| Welcome { state: state.as_str().to_owned(), at: at.to_string() }),
            rights: rights.map(Rights::from),
        }
    }
}

pub fn versioned(details: UserDetails) -> Versioned<User> {
    let tag = etag(details.user.version);
    Versioned::Ok(Direct(details.into()), tag)
}

pub fn created(details: UserDetails) -> Created<User> {
    let tag = etag(details.user.version);
    let place = format!("/api/v1/users/{}", details.user.id);
    Created::Created(Json(details.into()), place, Some(tag))
}

/// A page of the list of users.
#[derive(Debug, Clone, Object, Serialize)]
pub struct UserList {
    items: Vec<User>,
    /// How many there are on all pages.
    total: u64,
    page: u64,
    per_page: u32,
    /// `exact`, or `typo` when nothing matched and words one typo away were tried.
    matched_by: String,
    /// What the search found of each user, in the order of `items`.
    marks: Vec<UserMarks>,
    /// While the search index is being built, null otherwise: until then some users may be missing
    /// (not one who is asked for by id or e-mail), and searching takes longer.
    building: Option<IndexBuilding>,
}

/// How many users the search index is done with, of how many.
#[derive(Debug, Clone, Object, Serialize)]
struct IndexBuilding {
    done: u64,
    of: u64,
}

/// Places in a user's texts: from and to (exclusive), in UTF-16 code units, as browsers count.
#[derive(Debug, Clone, Object, Serialize)]
struct UserMarks {
    name: Vec<Vec<u32>>,
    email: Vec<Vec<u32>>,
    company: Vec<Vec<u32>>,
    /// The ids of the groups that were found by their names.
    groups: Vec<String>,
}

impl From<Marks> for UserMarks {
    fn from(marks: Marks) -> Self {
        let spans = |spans: Vec<(u32, u32)>| spans.into_iter().map(|(from, to)| vec![from, to]).collect();
        Self {
            name: spans(marks.name),
            email: spans(marks.email),
            company: spans(marks.company),
            groups: marks.groups.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<Found> for UserList {
    fn from(found: Found) -> Self {
        Self {
            total: found.page.total,
            page: found.page.paging.page,
            per_page: found.page.paging.per_page,
            items: found.page.items.into_iter().map(User::from).collect(),
            marks: found.marks.into_iter().map(UserMarks::from).collect(),
            building: found.building.map(|building| IndexBuilding { done: building.done, of: building.of }),
            matched_by: match found.matched_by {
                Matched::Exact => "exact",
                Matched::Typo => "typo",
            }
            .to_owned(),
        }
    }
}

/// A mail as it would look.
#[derive(Debug, Clone, Object)]
pub struct MailPreview {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The mail that went into the outbox.
#[derive(Debug, Clone, Object)]
pub struct Queued {
    pub mail_id: String,
}

/// A one-time link to hand over.
#[derive(Debug, Clone, Object)]
pub struct OneTimeLink {
    pub url: String,
    pub expires_at: String,
}

impl From<crate::ops::links::Shown> for OneTimeLink {
    fn from(shown: crate::ops::links::Shown) -> Self {
        Self { url: shown.url, expires_at: shown.expires_at.to_string() }
    }
}

/// All users as CSV (RFC 4180), streamed.
#[derive(ApiResponse)]
pub enum Csv {
    #[oai(status = 200, content_type = "text/csv; charset=utf-8")]
    Stream(poem_openapi::payload::Binary<poem::Body>, #[oai(header = "Content-Disposition")] String),
}
