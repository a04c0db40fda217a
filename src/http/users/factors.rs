//! `/users/{id}/factors`: for those who lost theirs.

use poem_openapi::{
    OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::Answer;
use crate::{
    http::{
        auth::Caller,
        call::Shared,
        me::{FactorView, factor},
        params::{IdText, Whole, paging},
        views::{Done, List, list},
    },
    ops::factors,
};

pub struct FactorsApi;

#[OpenApi]
impl FactorsApi {
    /// The user's second factors, oldest first. [users.write]
    #[oai(path = "/users/:id/factors", method = "get", operation_id = "listUserFactors")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Answer<Json<List<FactorView>>> {
        let (id, paging) = (id.0.id(), paging(page.0, per_page.0));
        let page = shared
            .call(&caller, move |portal, actor| factors::list_of_user(portal, actor, id, paging))
            .await?;
        Ok(list(page, factor))
    }

    /// Removes all of them: the password alone signs the user in, who is told by mail.
    /// [users.write, step-up]
    #[oai(path = "/users/:id/factors", method = "delete", operation_id = "removeUserFactors")]
    async fn remove(&self, shared: Shared, caller: Caller, id: Path<IdText>) -> Answer<Done> {
        let id = id.0.id();
        shared.call(&caller, move |portal, actor| factors::remove_all(portal, actor, id)).await?;
        Ok(Done::Done)
    }
}
