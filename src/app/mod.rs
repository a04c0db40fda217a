//! The wiring: the store is opened, then the index, then the workers; they stop the other way round.

pub mod backups;
pub mod control;
pub mod schedule;

use std::{sync::Arc, thread::available_parallelism, time::Duration};

use anyhow::Result;
use tokio::{net::UnixListener, sync::watch, task::JoinHandle};

use crate::{
    clock::Clock,
    config::Config,
    http::server::{self, Bound},
    index::{Index, Worker as IndexWorker},
    mail::{transport::Transport, worker::Worker as MailWorker},
    ops::{Portal, batches, housekeeping},
    password::Passwords,
    store::{Missing, Store},
};

/// What runs out by itself is looked for this often.
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// A portal whose folder is open.
pub struct App {
    pub portal: Arc<Portal>,
    store: Arc<Store>,
    index: Option<IndexWorker>,
    transport: Transport,
    control: Option<UnixListener>,
}

impl App {
    /// Opens the folder. Fails with one line that says what to do.
    pub fn open(config: Config, missing: Missing, clock: Clock) -> Result<Self> {
        // mail-send panics without one.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let transport = Transport::new(&config.smtp, config.public_url())?;
        let store = Arc::new(Store::open(&config.data_dir, missing, clock)?);
        let index = Arc::new(Index::open(&config.data_dir.join("index"), Arc::clone(&store) as _)?);
        let worker = IndexWorker::start((*index).clone())?;
        let cores = available_parallelism().map_or(2, usize::from);
        let passwords = Passwords::new(cores)?;
        let portal = Arc::new(Portal::new(Arc::clone(&store), index, config, passwords)?);
        Ok(Self { portal, store, index: Some(worker), transport, control: None })
    }

    /// The one-time address of an empty portal, at which the first admin is made.
    pub fn set_up_address(&self) -> Result<Option<String>> {
        Ok(crate::ops::portal::set_up_address(&self.portal)?)
    }

    pub fn sends_mail(&self) -> bool {
        matches!(self.transport, Transport::Smtp(_))
    }

    /// Lets the command line reach this portal while it runs.
    pub fn listen_to_command_line(&mut self) {
        self.control = control::bind(&self.portal.config().data_dir);
    }

    /// Answers until `stop`; then what is under way is finished.
    pub async fn serve(
        mut self,
        bound: Bound,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<()> {
        let (stopper, stopped) = watch::channel(false);
        let url = Arc::clone(&self.portal);
        let mail = MailWorker::new(
            Arc::clone(&self.store),
            self.transport.clone(),
            Box::new(move |link| url.link_address(link)),
        );
        let (publish, wake) = (self.portal.index.publisher(), mail.wake());
        self.store.follow(move |commit| {
            publish(&commit.touched);
            if commit.mail {
                wake.now();
            }
        });
        let mut workers: Vec<JoinHandle<()>> = vec![
            tokio::spawn(mail.run(until(stopped.clone()))),
            tokio::spawn(tidy(Arc::clone(&self.portal), until(stopped.clone()))),
            tokio::spawn(schedule::keep(Arc::clone(&self.portal), until(stopped.clone()))),
        ];
        if let Some(listener) = self.control.take() {
            workers.push(tokio::spawn(control::listen(Arc::clone(&self.portal), listener, until(stopped))));
        }
        server::run(bound, Arc::clone(&self.portal), stop).await;
        batches::stop(&self.portal);
        let _ = stopper.send(true);
        let portal = Arc::clone(&self.portal);
        // One that panicked has said so.
        let _ = tokio::task::spawn_blocking(move || portal.imports.stop()).await;
        for worker in workers {
            if let Err(error) = worker.await {
                tracing::error!("a worker ended badly: {error}");
            }
        }
        drop(self);
        Ok(())
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(index) = self.index.take() {
            index.stop();
        }
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that whoever could say so is gone: that is the stop too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn tidy(portal: Arc<Portal>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        let portal = Arc::clone(&portal);
        let mut pause = TIDY_EVERY;
        let round = tokio::task::spawn_blocking(move || {
            batches::settle(&portal)?;
            housekeeping::tidy(&portal)
        });
        match round.await {
            // More to do: after everybody else had their turn.
            Ok(Ok(true)) => pause = Duration::ZERO,
            Ok(Ok(false)) => {}
            Ok(Err(error)) => tracing::warn!("housekeeping waits: {error}"),
            Err(error) => tracing::error!("housekeeping: {error}"),
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
