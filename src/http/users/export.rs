//! `/users.csv`.

use poem_openapi::{OpenApi, payload::Binary};

use super::{Answer, Csv};
use crate::{
    http::{auth::Caller, call::Shared, stream},
    ops::users,
};

pub struct ExportApi;

#[OpenApi]
impl ExportApi {
    /// All users, the disabled included, as CSV. [users.export, step-up]
    #[oai(path = "/users.csv", method = "get", operation_id = "exportUsers")]
    async fn export(&self, shared: Shared, caller: Caller) -> Answer<Csv> {
        let (exported, turn) = shared.call_streaming(&caller, users::export).await?;
        let day = exported.at.to_string().chars().take(10).collect::<String>();
        let name = format!("attachment; filename=\"users-{day}.csv\"");
        let body = stream::body(turn, move |out| exported.write(out).map(|_| ()));
        Ok(Csv::Stream(Binary(body), name))
    }
}
