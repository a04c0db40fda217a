//! What several nouns show in the same way.

use poem_openapi::{
    ApiResponse, Object,
    payload::Json,
    types::{ParseFromJSON, ToJSON, Type},
};
use serde::Serialize;

use super::direct::Direct;
use crate::model::{
    id::{Id, UserId},
    page::Page,
};

/// A page of a list.
#[derive(Debug, Clone, Object)]
pub struct List<T: ParseFromJSON + ToJSON + Type> {
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: u64,
    /// From 1.
    pub page: u64,
    pub per_page: u32,
}

pub fn list<T, V: ParseFromJSON + ToJSON + Type>(page: Page<T>, view: impl FnMut(T) -> V) -> Json<List<V>> {
    let paging = page.paging;
    let Page { items, total, .. } = page.map(view);
    Json(List { items, total, page: paging.page, per_page: paging.per_page })
}

/// Something by its id and name.
#[derive(Debug, Clone, Object, Serialize)]
pub struct Named {
    pub id: String,
    pub name: String,
}

pub fn named((id, name): (impl Id, String)) -> Named {
    Named { id: id.to_string(), name }
}

pub fn somebody(user: Option<(UserId, String)>) -> Option<Named> {
    user.map(named)
}

/// Nothing to say but that it was taken on.
#[derive(Debug, Clone, Default, Object)]
pub struct Empty {}

/// A thing just created.
#[derive(ApiResponse)]
pub enum Created<T: ToJSON + ParseFromJSON> {
    #[oai(status = 201)]
    Created(
        Json<T>,
        /// Where it is now.
        #[oai(header = "Location")]
        String,
        /// Its version, where it has one.
        #[oai(header = "ETag")]
        Option<String>,
    ),
}

/// A thing with a version.
#[derive(ApiResponse)]
pub enum Versioned<T: ToJSON + ParseFromJSON + Serialize> {
    #[oai(status = 200)]
    Ok(
        Direct<T>,
        /// Its version, for `If-Match`.
        #[oai(header = "ETag")]
        String,
    ),
}

pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

/// Taken on; what comes of it is not told.
#[derive(ApiResponse)]
pub enum Accepted {
    #[oai(status = 202)]
    Accepted(Json<Empty>),
}

pub fn accepted() -> Accepted {
    Accepted::Accepted(Json(Empty {}))
}

/// Done, with nothing to show.
#[derive(ApiResponse)]
pub enum Done {
    #[oai(status = 204)]
    Done,
}
