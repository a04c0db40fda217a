//! `rollcall serve`.

use std::time::Duration;

use anyhow::Result;
use tokio::signal::unix::{SignalKind, signal};

use super::{Common, log, say};
use crate::{
    app::App,
    clock::Clock,
    config::{self, Config},
    http::server,
    store::Missing,
};

#[derive(clap::Args, Default)]
pub struct Serve {
    /// The address to listen on, such as 127.0.0.1:8080
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The address that people open, such as https://portal.example.com
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

impl Serve {
    pub fn run(self, common: &Common) -> Result<()> {
        let mut flags = common.flags();
        (flags.listen, flags.public_url) = (self.listen, self.public_url);
        let config = config::load(common.config.as_deref(), &flags)?;
        let _log = log::begin(&config);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let served = runtime.block_on(serve(config));
        // What still waits for somebody who was cut off does not keep the process.
        runtime.shutdown_timeout(Duration::from_secs(1));
        served
    }
}

async fn serve(mut config: Config) -> Result<()> {
    stay_at_hangup(&config)?;
    let bound = server::bind(&config).await?;
    config.bound(bound.address);
    let public_url = config.public_url().to_owned();
    let mut app = App::open(config, Missing::Begin, Clock::system())?;
    app.listen_to_command_line();
    // A limit on the size of files is an error of the write that meets it, not the end of the process.
    let _too_large = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // A portal runs, whether or not anybody reads what it says.
    let _ = say(format_args!("Rollcall is at {public_url} (listening on {})", bound.address));
    if !app.sends_mail() {
        let _ = say("No mail server is configured (smtp.host): mail waits in the outbox for admins to read.");
    }
    if let Some(address) = app.set_up_address()? {
        let _ = say(format_args!("Set up your portal: {address}"));
    }
    let stop = async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tracing::info!("stopping; what is under way is finished first");
        tokio::spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            // A second signal means now.
            std::process::exit(1);
        });
    };
    app.serve(bound, stop).await
}

/// SIGHUP, which would end the process, asks to read things again. There are none but certificates
/// from files, and those who read them listen for themselves.
fn stay_at_hangup(config: &Config) -> Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let has_files = config.tls.cert_file.is_some();
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if !has_files {
                tracing::info!(
                    "SIGHUP: there is nothing to read again; the configuration counts from a restart on"
                );
            }
        }
    });
    Ok(())
}
