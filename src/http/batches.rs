//! `/undo`: bulk actions and imports of the last 30 days, and their undoing.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    auth::Caller,
    body::NoBody,
    call::Shared,
    params::{IdText, Whole, paging},
    problem::Problem,
    views::{List, Named, list, somebody},
};
use crate::{
    model::{batch, id::UserId},
    ops::batches::{self, BatchDetails, Undone},
};

type Answer<T> = Result<T, Problem>;

/// Somebody who was left alone.
#[derive(Debug, Clone, Object)]
pub struct Spared {
    id: String,
    /// `self`, `last-admin`, `changed`, `not-found`, `in-bin`, `disabled`, `pending`, `not-pending`,
    /// `taken` or `gone`.
    code: String,
}

pub fn spared((id, why): (UserId, batch::Spared)) -> Spared {
    Spared { id: id.to_string(), code: why.as_str().to_owned() }
}

/// A bulk action or an import.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Batch")]
struct BatchView {
    undo_id: String,
    /// An action of `POST /users/bulk`, or `import`.
    action: String,
    /// The group or the project that it was about.
    target: Option<Named>,
    by: Option<Named>,
    at: String,
    /// `running`, `done`, `cut-off`, `undoing` or `undone`.
    state: String,
    /// How many users it is about.
    total: u64,
    done: u64,
    skipped: u64,
    undone: u64,
    kept: u64,
    undoable: bool,
    /// Until when it can be undone.
    expires_at: String,
}

fn view(details: BatchDetails) -> BatchView {
    let BatchDetails { batch, by, target, undoable } = details;
    BatchView {
        undo_id: batch.id.to_string(),
        action: batch.kind.as_str().to_owned(),
        target: target.map(|target| Named { id: target.id.to_string(), name: target.name }),
        by: somebody(by),
        at: batch.at.to_string(),
        state: batch.state.as_str().to_owned(),
        total: batch.total,
        done: batch.done,
        skipped: batch.skipped,
        undone: batch.undone,
        kept: batch.kept,
        undoable,
        expires_at: batch.expires_at().to_string(),
    }
}

/// What came of undoing.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Undone")]
struct UndoneView {
    /// How many users were put back.
    undone: u64,
    /// Who was left as they are and why; the first 10,000 of them.
    kept: Vec<Spared>,
    /// How many were left as they are in all.
    kept_count: u64,
}

impl From<Undone> for UndoneView {
    fn from(all: Undone) -> Self {
        let kept = all.kept.into_iter().map(spared).collect();
        Self { undone: all.undone, kept, kept_count: all.kept_count }
    }
}

pub struct BatchesApi;

#[OpenApi]
impl BatchesApi {
    /// Bulk actions and imports of the last 30 days, newest first. [users.read]
    #[oai(path = "/undo", method = "get", operation_id = "listBatches")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Answer<Json<List<BatchView>>> {
        let paging = paging(page.0, per_page.0);
        let page = shared.call(&caller, move |portal, actor| batches::list(portal, actor, paging)).await?;
        Ok(list(page, view))
    }

    /// One of them: how far it is, and what became of it. [users.read]
    #[oai(path = "/undo/:undo_id", method = "get", operation_id = "getBatch")]
    async fn get(&self, shared: Shared, caller: Caller, undo_id: Path<IdText>) -> Answer<Json<BatchView>> {
        let id = undo_id.0.id();
        let batch = shared.call(&caller, move |portal, actor| batches::get(portal, actor, id)).await?;
        Ok(Json(view(batch)))
    }

    /// Undoes one of them whole; whoever was changed since is left as they are. [what doing it
    /// needed; what gives power or an address back, step-up]
    #[oai(path = "/undo/:undo_id", method = "post", operation_id = "undoBatch")]
    async fn undo(
        &self,
        shared: Shared,
        caller: Caller,
        undo_id: Path<IdText>,
        body: NoBody,
    ) -> Answer<Json<UndoneView>> {
        let (id, nothing) = (undo_id.0.id(), body.draft());
        let undone =
            shared.call(&caller, move |portal, actor| batches::undo(portal, actor, id, nothing)).await?;
        Ok(Json(undone.into()))
    }
}
