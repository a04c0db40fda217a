//! The API and the browser's files over HTTP. The only user of poem. Every handler has the same
//! five steps: who calls, what they sent, the operation, how it is shown, with which status.

mod activity;
mod allow;
mod assets;
mod auth;
mod backups;
mod batches;
mod body;
mod call;
mod cookies;
mod direct;
mod docs;
mod document;
mod groups;
mod health;
mod large;
mod layers;
mod links;
mod mail;
mod me;
mod params;
mod portal;
mod problem;
mod projects;
pub mod server;
mod session;
mod settings;
mod stats;
mod stream;
mod turns;
mod users;
mod views;

pub use self::assets::PAGES;

use std::sync::Arc;

use hyper::body::Bytes;
use poem::{Endpoint, EndpointExt, Response, Route, endpoint::make_sync, get, middleware::AddData};
use poem_openapi::{OpenApi, OpenApiService};

use self::{
    allow::Allow,
    call::Shared,
    large::LargeAnswers,
    layers::{Outermost, SameSite},
};
use crate::ops::Portal;

/// Everything under `/api/v1`: each noun in a file of its name, its paths beside its handlers.
fn api() -> OpenApiService<impl OpenApi, ()> {
    let all = (
        (portal::PortalApi, session::SessionApi, session::FactorSessionApi, links::LinksApi),
        (me::MeApi, me::ViewsApi, me::FactorsApi, me::TokensApi),
        (users::UsersApi, users::UserApi, users::ExportApi, users::ImportApi),
        (users::FacetsApi, users::BulkApi, users::DuplicatesApi, users::FactorsApi, batches::BatchesApi),
        (groups::GroupsApi, projects::ProjectsApi),
        (activity::ActivityApi, mail::MailApi, settings::SettingsApi),
        (stats::StatsApi, backups::BackupsApi),
    );
    OpenApiService::new(all, "Rollcall", env!("CARGO_PKG_VERSION"))
        .description("The users of this portal, and all that is done with them.")
        .server("/api/v1")
}

/// The API document (OpenAPI 3), generated from the code.
pub fn document() -> String {
    document::complete(&api().spec())
}

/// All that the server answers.
pub fn routes(portal: Arc<Portal>) -> impl Endpoint<Output = Response> {
    let https = portal.config().https();
    let document = document();
    let allow = Allow::of(&document);
    // One for all who read it, however slowly.
    let document = Bytes::from(document);
    let document =
        make_sync(move |_| Response::builder().content_type("application/json").body(document.clone()));
    Route::new()
        .at("/api/v1/openapi.json", get(document))
        .nest("/api/v1", api().with(LargeAnswers).with(SameSite))
        .at("/api/docs", get(docs::page))
        .at("/api/docs/:name", get(docs::part))
        .at("/health/live", get(health::live))
        .at("/health/ready", get(health::ready))
        .at("/metrics", get(health::metrics))
        .at("/*path", assets::assets)
        .with(AddData::new(Shared::new(portal)))
        .with(Outermost { https, allow: Arc::new(allow) })
}
