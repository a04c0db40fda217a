//! `/users/import`.

use std::{collections::BTreeMap, io, pin::Pin, time::Duration};

use futures_util::{Stream, StreamExt};
use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions, Object, OpenApi,
    param::{Path, Query},
    payload::{Binary, Json},
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry},
};
use tokio::time::timeout;

use super::{
    Answer,
    import_views::{ImportRows, ImportView, rows},
    views::Csv,
};
use crate::{
    http::{
        auth::Caller,
        body::{Body, Fields, Form, unencoded},
        call::{Shared, shared},
        params::{IdText, Params, Whole},
        stream,
        views::Done,
    },
    model::import::RowAction,
    ops::{
        Draft, Error,
        error::Unreadable,
        users::import::{self, Options, Receiving, Shown},
    },
};

/// Bytes that have to come while nothing may stand still for longer, and are written together.
const CHUNK: usize = 64 << 10;

/// A file that comes while it is read, or why it is not even begun.
pub struct Upload(Draft<Incoming>);

/// A body as it comes in.
struct Incoming {
    body: Pin<Box<dyn Stream<Item = io::Result<Vec<u8>>> + Send>>,
    patience: Duration,
}

impl Incoming {
    /// Gathers what comes next; nothing at the end.
    async fn next(&mut self) -> Result<Vec<u8>, Error> {
        let mut chunk = Vec::new();
        let gather = async {
            while chunk.len() < CHUNK
                && let Some(bytes) = self.body.next().await
            {
                chunk.extend(bytes?);
            }
            io::Result::Ok(())
        };
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, "it stopped half-way");
        let gathered = timeout(self.patience, gather).await.map_err(late).and_then(|gathered| gathered);
        gathered.map_err(|error| import::cut_short(&error))?;
        Ok(chunk)
    }
}

impl Upload {
    fn of(request: &Request, body: &mut RequestBody) -> Draft<Incoming> {
        let announced = request.header("content-length").and_then(|length| length.parse().ok());
        let csv = request.content_type().is_some_and(|text| {
            text.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/csv")
        });
        import::check_body(announced, csv)?;
        unencoded(request)?;
        let unreadable = |error: poem::Error| Error::Unreadable(Unreadable::Malformed(error.to_string()));
        let body = body.take().map_err(|error| unreadable(error.into()))?;
        let body = body.into_bytes_stream().map(|chunk| chunk.map(|bytes| bytes.to_vec()));
        let patience = shared(request).map_err(unreadable)?.portal.config().deadlines.stream();
        Ok(Incoming { body: Box::pin(body), patience })
    }
}

/// Takes a file in as fast as it comes: no thread waits for whoever sends it.
async fn spool(shared: &Shared, mut receiving: Receiving<Incoming>) -> Result<Receiving<()>, Error> {
    loop {
        let chunk = receiving.from.next().await?;
        if chunk.is_empty() {
            return Ok(receiving.received());
        }
        receiving = shared
            .blocking(move |_| {
                receiving.into.take(&chunk)?;
                Ok(receiving)
            })
            .await?;
    }
}

impl<'a> ApiExtractor<'a> for Upload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(_: &mut Registry) {}

    fn request_meta() -> Option<MetaRequest> {
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let content = vec![MetaMediaType { content_type: "text/csv", schema }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self(Self::of(request, body)))
    }
}

/// What may still be chosen when a preview is applied.
#[derive(Object)]
#[oai(rename = "ApplyImport", deny_unknown_fields)]
pub struct ApplyBody {
    /// Mail a welcome to everybody who is created; left out, as it was asked for with the file.
    welcome: Option<bool>,
}

pub struct Apply(Option<bool>);

impl Form for Apply {
    type Document = ApplyBody;
    fn read(f: &mut Fields) -> Option<Self> {
        Some(Self(f.flag("welcome")))
    }
}

/// An import that is done with what it does, or under way.
#[derive(ApiResponse)]
pub enum Imported {
    #[oai(status = 200)]
    Ok(Json<ImportView>),
    /// It has more than 10,000 rows, and goes on by itself.
    #[oai(status = 202)]
    Accepted(Json<ImportView>),
}

fn imported(shown: Shown) -> Imported {
    let accepted = shown.is_long();
    let view = Json(shown.into());
    if accepted { Imported::Accepted(view) } else { Imported::Ok(view) }
}

pub struct ImportApi;

#[OpenApi]
impl ImportApi {
    /// Looks at a CSV file of users and says what is to become of each row; or does it. [users.import; to
    /// do it, step-up]
    #[oai(path = "/users/import", method = "post", operation_id = "importUsers")]
    #[allow(clippy::too_many_arguments, reason = "one for each parameter of the query")]
    async fn import(
        &self,
        shared: Shared,
        caller: Caller,
        /// `preview` (the default) or `apply`.
        mode: Query<Option<String>>,
        /// For a file whose columns are not known: a JSON object of column → field. The fields are
        /// `id`, `name`, `first_name`, `last_name`, `email`, `company`, `phone`, `notes`, `groups`,
        /// `roles`, `projects`, `state`, `blocked` and `enabled`.
        map: Query<Option<String>>,
        /// `true` mails a welcome to everybody who is created.
        welcome: Query<Option<String>>,
        /// `true` makes the groups and projects that are not there.
        create_missing: Query<Option<String>>,
        file: Upload,
    ) -> Answer<Imported> {
        let mut params = Params::default();
        let flag = |text: &str| text.parse::<bool>().ok();
        let options = Options {
            apply: params.word("mode", mode.0, parse_mode).unwrap_or(false),
            map: params.word("map", map.0, parse_map),
            welcome: params.word("welcome", welcome.0, flag).unwrap_or(false),
            create_missing: params.word("create_missing", create_missing.0, flag).unwrap_or(false),
        };
        let options = params.finish(options);
        let file = file.0;
        let receiving =
            shared.call(&caller, move |portal, actor| import::receive(portal, actor, options, file)).await?;
        let received = spool(&shared, receiving).await?;
        let shown =
            shared.call(&caller, move |portal, actor| import::import(portal, actor, received)).await?;
        Ok(imported(shown))
    }

    /// How far an import is, and its rows by the page. [users.import]
    #[oai(path = "/users/import/:import_id", method = "get", operation_id = "getImport")]
    async fn get(
        &self,
        shared: Shared,
        caller: Caller,
        import_id: Path<IdText>,
        /// Only these rows: `create`, `update`, `unchanged` or `error`.
        action: Query<Option<String>>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Answer<Json<ImportRows>> {
        let mut params = Params::default();
        let action = params.word("action", action.0, RowAction::parse);
        let paging = params.paging(page.0, per_page.0);
        let (id, query) = (import_id.0.id(), params.finish((action, paging)));
        let found = shared.call(&caller, move |portal, actor| import::get(portal, actor, id, query)).await?;
        Ok(Json(rows(found)))
    }

    /// Applies exactly what was previewed. [users.import, step-up]
    #[oai(path = "/users/import/:import_id/apply", method = "post", operation_id = "applyImport")]
    async fn apply(
        &self,
        shared: Shared,
        caller: Caller,
        import_id: Path<IdText>,
        body: Body<Apply>,
    ) -> Answer<Imported> {
        let (id, welcome) = (import_id.0.id(), body.draft().map(|form| form.0));
        let shown =
            shared.call(&caller, move |portal, actor| import::apply(portal, actor, id, welcome)).await?;
        Ok(imported(shown))
    }

    /// The rows that can't be taken, as they stood, with the reason beside each. [users.import]
    #[oai(path = "/users/import/:import_id/errors.csv", method = "get", operation_id = "getImportErrors")]
    async fn errors(&self, shared: Shared, caller: Caller, import_id: Path<IdText>) -> Answer<Csv> {
        let id = import_id.0.id();
        let (refused, turn) =
            shared.call_streaming(&caller, move |portal, actor| import::refused(portal, actor, id)).await?;
        let body = stream::body(turn, move |out| refused.write(out));
        Ok(Csv::Stream(Binary(body), "attachment; filename=\"import-errors.csv\"".to_owned()))
    }

    /// Cancels an import: what it has done by then is undone. [users.import]
    #[oai(path = "/users/import/:import_id", method = "delete", operation_id = "cancelImport")]
    async fn cancel(&self, shared: Shared, caller: Caller, import_id: Path<IdText>) -> Answer<Done> {
        let id = import_id.0.id();
        shared.call(&caller, move |portal, actor| import::cancel(portal, actor, id)).await?;
        Ok(Done::Done)
    }
}

fn parse_mode(text: &str) -> Option<bool> {
    match text {
        "preview" => Some(false),
        "apply" => Some(true),
        _ => None,
    }
}

fn parse_map(text: &str) -> Option<BTreeMap<String, String>> {
    serde_json::from_str(text).ok()
}
