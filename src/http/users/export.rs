//! `/users.csv`.

use std::sync::Arc;

use poem_openapi::{OpenApi, param::Query, payload::Binary};

use super::{Answer, Csv};
use crate::{
    http::{auth::Caller, call::Shared, params::Params, stream},
    model::policy::Actor,
    ops::Portal,
    ops::users,
};

pub struct ExportApi;

#[OpenApi]
impl ExportApi {
    /// All users, the disabled included, as CSV. [users.export, step-up]
    #[oai(path = "/users.csv", method = "get", operation_id = "exportUsers")]
    async fn export(
        &self,
        shared: Shared,
        caller: Caller,
        /// `true` begins it with the mark by which Excel knows UTF-8.
        bom: Query<Option<String>>,
    ) -> Answer<Csv> {
        let mut params = Params::default();
        let bom = params.flag("bom", bom.0);
        let bom = params.finish(bom);
        let operation = |portal: &Arc<Portal>, actor: &Actor| users::export(portal, actor, bom);
        let (exported, turn) = shared.call_streaming(&caller, operation).await?;
        let day = exported.at.to_string().chars().take(10).collect::<String>();
        let name = format!("attachment; filename=\"users-{day}.csv\"");
        let body = stream::body(turn, move |out| exported.write(out).map(|_| ()));
        Ok(Csv::Stream(Binary(body), name))
    }
}
