//! `/backup` and `/backups`.

use poem::Body;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::Query,
    payload::{Binary, Json},
};

use super::{
    auth::Caller,
    call::Shared,
    params::{Whole, paging},
    problem::Problem,
    stream,
    views::{List, list},
};
use crate::{model::backup, ops::backups};

/// All of the portal in one file, streamed.
#[derive(ApiResponse)]
enum Download {
    #[oai(status = 200, content_type = "application/octet-stream")]
    Stream(Binary<Body>, #[oai(header = "Content-Disposition")] String),
}

/// A backup that was made by the clock.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Backup")]
pub struct BackupView {
    id: String,
    /// The moment that it holds.
    at: String,
    /// Its name in the folder of backups.
    file: String,
    /// In bytes.
    size: u64,
    /// How many users it holds, those in the bin included.
    users: u64,
    /// `sound` (it was opened again, and everything in it checked) or `failed`.
    verdict: String,
    /// Why it failed.
    error: Option<String>,
}

pub fn view(made: backup::Backup) -> BackupView {
    BackupView {
        id: made.id.to_string(),
        at: made.at.to_string(),
        file: made.file,
        size: made.size,
        users: made.users,
        verdict: made.verdict.as_str().to_owned(),
        error: made.error,
    }
}

pub struct BackupsApi;

#[OpenApi]
impl BackupsApi {
    /// All of the portal as it is at this moment, for `rollcall restore`. [settings.write, and every
    /// other permission, step-up]
    #[oai(path = "/backup", method = "get", operation_id = "downloadBackup")]
    async fn download(&self, shared: Shared, caller: Caller) -> Result<Download, Problem> {
        let (moment, turn) = shared.call_streaming(&caller, backups::take).await?;
        let name = format!("attachment; filename=\"{}\"", moment.file());
        let body = stream::body(turn, move |out| moment.write(out).map(|_| ()));
        Ok(Download::Stream(Binary(body), name))
    }

    /// The backups that were made by the clock, newest first. [settings.write]
    #[oai(path = "/backups", method = "get", operation_id = "listBackups")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<BackupView>>, Problem> {
        let paging = paging(page.0, per_page.0);
        let page = shared.call(&caller, move |portal, actor| backups::list(portal, actor, paging)).await?;
        Ok(list(page, view))
    }
}
