//! Likely duplicates of a user.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::Answer;
use crate::{
    http::{
        auth::Caller,
        call::Shared,
        params::{IdText, Whole, paging},
        views::{List, Named, list, named},
    },
    model::alike::Why,
    ops::users::{self, Duplicate},
};

/// A user who may be the same person.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Duplicate")]
struct DuplicateView {
    user: Named,
    email: String,
    /// `active`, `invited`, `pending`, `disabled` or `deleted`.
    state: String,
    /// Why, the strongest first: `mailbox` (the address leads to the same mailbox), `domain-typo`,
    /// `name`, `company-and-name` (the same company, a similar name) or `local-part` (the same
    /// before the @).
    why: Vec<String>,
}

impl From<Duplicate> for DuplicateView {
    fn from(Duplicate { user, why }: Duplicate) -> Self {
        Self {
            email: user.email.to_string(),
            state: user.state().as_str().to_owned(),
            user: named((user.id, user.name.to_string())),
            why: why.into_iter().map(|why| Why::as_str(why).to_owned()).collect(),
        }
    }
}

pub struct DuplicatesApi;

#[OpenApi]
impl DuplicatesApi {
    /// Users who may be the same person, the likeliest first, 50 at most: a hint before one
    /// approves. [users.write]
    #[oai(path = "/users/:id/duplicates", method = "get", operation_id = "listDuplicates")]
    async fn duplicates(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Answer<Json<List<DuplicateView>>> {
        let (id, paging) = (id.0.id(), paging(page.0, per_page.0));
        let page =
            shared.call(&caller, move |portal, actor| users::duplicates(portal, actor, id, paging)).await?;
        Ok(list(page, DuplicateView::from))
    }
}
