//! Sends what the outbox holds, in order of time, and notes what became of it. It is the
//! only way out for a mail: a restart neither loses one nor sends one again that is noted
//! as sent.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    task::{JoinSet, spawn_blocking},
    time::timeout,
};

use super::{
    link,
    message::{Message, compose},
    outbox::{self, Agenda, Due},
    retry::{Outcome, given_up, settled},
    transport::{CONNECTIONS, Smtp, Transport},
};
use crate::{
    clock::Clock,
    model::{
        id::{LinkId, MailId},
        mail::Mail,
        time::{Span, Timestamp},
    },
    store::{Error, Store},
};

/// When the store can't be used, it is tried again after this.
const STORE_PAUSE: Span = Span::seconds(5);
/// At the stop, mails on their way have this long to arrive; others stay queued.
const FAREWELL: Duration = Duration::from_secs(5);

/// The address of a one-time link: its token is derived at the moment of sending.
pub type LinkUrl = Box<dyn Fn(LinkId) -> String + Send + Sync>;

/// Tells the worker that the outbox may have something to send. Cheap, never waits.
#[derive(Clone)]
pub struct Wake(Arc<Notify>);

impl Wake {
    pub fn now(&self) {
        self.0.notify_one();
    }
}

pub struct Worker {
    store: Arc<Store>,
    transport: Transport,
    link_url: LinkUrl,
    wake: Wake,
    /// Whether the last attempt failed: each trouble is logged once, not once per mail.
    trouble: AtomicBool,
}

impl Worker {
    pub fn new(store: Arc<Store>, transport: Transport, link_url: LinkUrl) -> Self {
        let wake = Wake(Arc::new(Notify::new()));
        Self { store, transport, link_url, wake, trouble: AtomicBool::new(false) }
    }

    /// For those who commit mail.
    pub fn wake(&self) -> Wake {
        self.wake.clone()
    }

    /// Works until `stop` is there. Then what is on its way may still arrive; the rest waits.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let worker = Arc::new(self);
        match worker.transport.clone() {
            Transport::OutboxOnly => worker.keep(stop).await,
            Transport::Smtp(smtp) => worker.send(smtp, stop).await,
        }
    }

    /// Without a server: nothing is tried, and nothing claims that it will be.
    async fn keep(self: Arc<Self>, mut stop: impl Future<Output = ()> + Unpin) {
        loop {
            let store = Arc::clone(&self.store);
            let again = match blocking(move || outbox::idle(&store)).await {
                Ok(()) => None,
                Err(error) => Some(self.pause(&error)),
            };
            tokio::select! {
                () = &mut stop => return,
                () = self.wake.0.notified() => {}
                () = self.at(again), if again.is_some() => {}
            }
        }
    }

    async fn send(self: Arc<Self>, smtp: Arc<Smtp>, mut stop: impl Future<Output = ()> + Unpin) {
        let mut on_their_way = HashSet::new();
        let mut attempts = JoinSet::new();
        let mut revived = false;
        loop {
            let agenda = self.agenda(&mut revived, CONNECTIONS - attempts.len(), &on_their_way).await;
            for due in agenda.due {
                on_their_way.insert(due.mail.id);
                let (worker, smtp, name) = (Arc::clone(&self), Arc::clone(&smtp), agenda.portal_name.clone());
                attempts.spawn(async move { worker.attempt(&smtp, due, &name).await });
            }
            tokio::select! {
                () = &mut stop => break,
                Some(ended) = attempts.join_next() => match ended {
                    Ok(id) => { on_their_way.remove(&id); }
                    // Its mail stays as it is noted, and is not tried again before a restart.
                    Err(error) => tracing::error!("an attempt to send a mail broke off: {error}"),
                },
                () = self.wake.0.notified() => {}
                () = self.at(agenda.next), if agenda.next.is_some() => {}
            }
        }
        let arrive = async { while attempts.join_next().await.is_some() {} };
        if timeout(FAREWELL, arrive).await.is_err() {
            tracing::info!("stopped while mail was on its way; it stays queued");
        }
    }

    fn clock(&self) -> &Clock {
        self.store.clock()
    }

    /// What to do now. At the first time, what has waited for a server is due.
    async fn agenda(&self, revived: &mut bool, most: usize, on_their_way: &HashSet<MailId>) -> Agenda {
        let (store, on_their_way) = (Arc::clone(&self.store), on_their_way.clone());
        let (now, revive) = (self.clock().now(), !*revived);
        let look = move || {
            if revive {
                outbox::revive(&store)?;
            }
            outbox::agenda(&store, now, most, &on_their_way)
        };
        match blocking(look).await {
            Ok(agenda) => {
                *revived = true;
                agenda
            }
            Err(error) => Agenda { next: Some(self.pause(&error)), ..Agenda::default() },
        }
    }

    /// When to try again what the store would not do.
    fn pause(&self, error: &Error) -> Timestamp {
        match error {
            // The store has said so itself, once.
            Error::Unavailable(_) => tracing::debug!("the outbox waits: {error}"),
            _ => tracing::error!("the outbox can't be used: {error}"),
        }
        self.clock().now().plus(STORE_PAUSE)
    }

    async fn at(&self, moment: Option<Timestamp>) {
        if let Some(moment) = moment {
            self.clock().until(moment).await;
        }
    }

    /// One attempt at one mail, until what became of it is noted.
    async fn attempt(&self, smtp: &Smtp, due: Due, portal_name: &str) -> MailId {
        let id = due.mail.id;
        match due.dead {
            Some(why) => {
                self.on_store(move |store| {
                    outbox::note(store, id, move |mail, now| given_up(mail, why, now))
                })
                .await;
            }
            None => {
                let message = self.compose(smtp, &due.mail, portal_name);
                let outcome = Arc::new(smtp.deliver(&due.mail.to, &message).await);
                self.log(&outcome);
                self.on_store(move |store| {
                    let outcome = Arc::clone(&outcome);
                    outbox::note(store, id, move |mail, now| settled(mail, &outcome, now))
                })
                .await;
            }
        }
        id
    }

    /// The message with its link in it, made now and kept nowhere.
    fn compose(&self, smtp: &Smtp, mail: &Mail, portal_name: &str) -> Vec<u8> {
        let url = mail.link.map(|link| (self.link_url)(link)).unwrap_or_default();
        compose(&Message {
            id: mail.id,
            at: self.clock().now(),
            from: smtp.from(),
            portal_name,
            host: smtp.host(),
            to: &mail.to,
            to_name: mail.to_name.as_deref(),
            subject: &mail.subject,
            text: &link::fill(&mail.text, &url),
            html: &link::fill(&mail.html, &url),
        })
    }

    /// Does something with the store, again and again until it can be done: a mail that was
    /// sent must not be sent once more because the disk was full when it should be noted.
    async fn on_store(&self, act: impl Fn(&Store) -> Result<(), Error> + Clone + Send + 'static) {
        loop {
            let (store, act) = (Arc::clone(&self.store), act.clone());
            let Err(error) = blocking(move || act(&store)).await else { return };
            self.at(Some(self.pause(&error))).await;
        }
    }

    fn log(&self, outcome: &Outcome) {
        match outcome {
            Ok(_) if self.trouble.swap(false, Ordering::Relaxed) => tracing::info!("mail is sent again"),
            Ok(_) => {}
            Err(failure) if failure.permanent => tracing::debug!("a mail failed: {}", failure.message),
            Err(failure) if !self.trouble.swap(true, Ordering::Relaxed) => {
                tracing::warn!("mail can't be sent, and is tried again: {}", failure.message);
            }
            Err(failure) => tracing::debug!("mail can't be sent: {}", failure.message),
        }
    }
}

/// The store is synchronous: it is used on a thread that may wait.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    spawn_blocking(act).await.unwrap_or_else(|error| Err(Error::Panicked(error.to_string())))
}
