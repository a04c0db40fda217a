//! The worker between a real store and a real SMTP server, on a clock that the test moves.

use std::{path::Path, sync::Arc, time::Duration};

use rollcall::{
    clock::Clock,
    config, entropy,
    mail::{link::MARK, transport::Transport, worker::Worker},
    model::{
        activity::Action,
        credential::SecretHash,
        id::{Id, LinkId, MailId, UserId},
        link::{Bearer, Link, Purpose},
        mail::{Mail, MailKind, MailState},
        text::EmailAddress,
        time::{Span, Timestamp},
    },
    store::{Error, Missing, Read, Store},
};
use tempfile::TempDir;
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
};

use super::smtp::{Fault, Server};

/// A store with a worker on it.
struct Outbox {
    store: Arc<Store>,
    commits: watch::Receiver<u64>,
    stop: oneshot::Sender<()>,
    worker: JoinHandle<()>,
}

fn start_of_time() -> Timestamp {
    Timestamp::parse("2026-11-24T03:00:00Z").unwrap()
}

fn link_url(id: LinkId) -> String {
    format!("https://portal.test/link#{id}")
}

fn over(server: &Server) -> Transport {
    let config = config::Smtp {
        host: Some("127.0.0.1".into()),
        port: server.address.port(),
        encryption: config::Encryption::None,
        username: None,
        password: None,
        password_file: None,
        from: Some("portal@example.test".into()),
        ca_file: None,
    };
    Transport::new(&config, "https://portal.test").unwrap()
}

impl Outbox {
    fn open(folder: &Path, clock: &Clock, transport: Transport) -> Self {
        let store = Arc::new(Store::open(folder, Missing::Begin, clock.clone()).unwrap());
        let worker = Worker::new(Arc::clone(&store), transport, Box::new(link_url));
        let (count, commits) = watch::channel(0);
        let wake = worker.wake();
        store.follow(move |commit| {
            if commit.mail {
                wake.now();
            }
            count.send_modify(|n| *n += 1);
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let worker = tokio::spawn(worker.run(async {
            let _ = stopped.await;
        }));
        Self { store, commits, stop, worker }
    }

    /// Puts a mail into the outbox; `link` is how long its link lives.
    fn enqueue(&self, to: &str, link: Option<Span>) -> MailId {
        let to = EmailAddress::parse(to).unwrap();
        self.store
            .write(move |tx| {
                let (id, now): (MailId, _) = (tx.new_id()?, tx.now());
                let link = match link {
                    Some(life) => {
                        let id = tx.new_id()?;
                        let token = entropy::hash(&tx.link_token(id));
                        Some(tx.save(new_link(id, token, &to, now, life), Action::LinkMade)?)
                    }
                    None => None,
                };
                tx.enqueue(&Mail {
                    id,
                    to: to.clone(),
                    to_name: Some("Ann".into()),
                    user: None,
                    kind: MailKind::PasswordReset,
                    subject: "Choose a new password".into(),
                    text: format!("Here:\n{MARK}\n"),
                    html: format!("<a href=\"{MARK}\">Here</a>"),
                    link: link.as_ref().map(|link| link.id),
                    state: MailState::Queued,
                    attempts: 0,
                    last_error: None,
                    server_reply: None,
                    next_attempt_at: Some(now),
                    created_at: now,
                    give_up_at: link.map_or(now.plus(Span::hours(48)), |link| link.expires_at),
                    done_at: None,
                })?;
                Ok::<_, Error>(id)
            })
            .unwrap()
    }

    fn mail(&self, id: MailId) -> Mail {
        self.store.read().unwrap().entity(id).unwrap().unwrap()
    }

    /// Waits until a mail is as it should be.
    async fn until(&mut self, id: MailId, so: impl Fn(&Mail) -> bool) -> Mail {
        let wait = async {
            loop {
                self.commits.borrow_and_update();
                let mail = self.mail(id);
                if so(&mail) {
                    return mail;
                }
                self.commits.changed().await.unwrap();
            }
        };
        match tokio::time::timeout(Duration::from_secs(20), wait).await {
            Ok(mail) => mail,
            Err(_) => panic!("the mail did not become so: {:?}", self.mail(id)),
        }
    }

    async fn until_state(&mut self, id: MailId, state: MailState) -> Mail {
        self.until(id, |mail| mail.state == state).await
    }

    async fn until_attempts(&mut self, id: MailId, attempts: u32) -> Mail {
        self.until(id, |mail| mail.attempts == attempts).await
    }

    /// Stops the worker and closes the store.
    async fn close(self) {
        self.stop.send(()).unwrap();
        self.worker.await.unwrap();
    }
}

fn new_link(id: LinkId, token: SecretHash, to: &EmailAddress, now: Timestamp, life: Span) -> Link {
    Link {
        id,
        token,
        bearer: Bearer::User(UserId::from_slice(&[3; 16]).unwrap()),
        purpose: Purpose::PasswordReset,
        email: to.clone(),
        created_at: now,
        expires_at: now.plus(life),
        shown_to: Vec::new(),
    }
}

fn fresh() -> (TempDir, Clock) {
    (tempfile::tempdir().unwrap(), Clock::manual(start_of_time()))
}

const ANN: &str = "ann@example.test";

#[tokio::test]
async fn a_mail_is_sent_at_once_with_its_link_in_it() {
    let (folder, clock) = fresh();
    let server = Server::start().await;
    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    let id = outbox.enqueue(ANN, Some(Span::hours(1)));
    let arrived = server.next_mail().await;
    let mail = outbox.until_state(id, MailState::Sent).await;
    assert_eq!(arrived.link(), link_url(mail.link.unwrap()));
    assert_eq!(arrived.message_id, format!("{id}@portal.test"));
    assert_eq!((arrived.to.as_str(), arrived.to_name.as_deref()), (ANN, Some("Ann")));
    assert_eq!(
        (arrived.from_name.as_deref(), arrived.date.as_str()),
        (Some("Rollcall"), "2026-11-24T03:00:00Z")
    );
    assert_eq!((mail.attempts, mail.server_reply.as_deref()), (1, Some("250 2.0.0 Ok: queued as 4F")));
    assert_eq!((mail.next_attempt_at, mail.done_at, mail.last_error), (None, Some(start_of_time()), None));
    assert!(mail.text.contains(MARK), "the link is no part of the store");
}

#[tokio::test]
async fn a_mail_waits_for_a_server_that_is_down() {
    let (folder, clock) = fresh();
    let mut server = Server::start().await;
    server.stop().await;
    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    let id = outbox.enqueue(ANN, None);
    for (attempt, minutes) in [1, 2, 4, 8, 16].into_iter().enumerate() {
        let mail = outbox.until_attempts(id, attempt as u32 + 1).await;
        assert_eq!(mail.state, MailState::Queued);
        assert!(mail.last_error.unwrap().contains("refused the connection"));
        assert_eq!(mail.next_attempt_at, Some(clock.now().plus(Span::minutes(minutes))));
        clock.advance(Span::minutes(minutes));
    }
    outbox.until_attempts(id, 6).await;
    server.resume().await;
    clock.advance(Span::minutes(32));
    let mail = outbox.until_state(id, MailState::Sent).await;
    assert_eq!((mail.attempts, mail.last_error), (7, None));
    server.next().await;
    assert!(server.arrived().await.is_empty());
}

#[tokio::test]
async fn a_mail_is_tried_when_its_time_has_come_whatever_else_is_on_its_way() {
    let (folder, clock) = fresh();
    let server = Server::start().await;
    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    server.script([Fault::Reply("MAIL", "421 4.3.2 Busy"), Fault::Silent]);
    let later = outbox.enqueue(ANN, None);
    outbox.until_attempts(later, 1).await;
    server.said("QUIT").await;
    let stuck = outbox.enqueue("bob@example.test", None);
    server.said("connect").await;
    clock.advance(Span::minutes(1));
    outbox.until_state(later, MailState::Sent).await;
    assert_eq!(outbox.mail(stuck).attempts, 0);
}

#[tokio::test]
async fn a_mail_is_given_up_after_two_days() {
    let (folder, clock) = fresh();
    let mut server = Server::start().await;
    server.stop().await;
    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    let id = outbox.enqueue(ANN, None);
    let mut mail = outbox.until_attempts(id, 1).await;
    while let Some(next) = mail.next_attempt_at {
        clock.advance(next.since(clock.now()));
        mail = outbox.until_attempts(id, mail.attempts + 1).await;
    }
    assert_eq!(mail.state, MailState::Failed);
    let waited = clock.now().since(start_of_time());
    assert!(waited > Span::hours(47) && waited <= Span::hours(48), "{waited:?}");
    server.resume().await;
    clock.advance(Span::days(2));
    // A later mail arrives, and only that one.
    outbox.enqueue("bob@example.test", None);
    assert_eq!(server.next_mail().await.to, "bob@example.test");
    assert_eq!(outbox.mail(id), mail);
}

#[tokio::test]
async fn a_mail_whose_link_is_dead_is_not_sent() {
    let (folder, clock) = fresh();
    let mut server = Server::start().await;
    server.stop().await;
    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    let (run_out, ended) =
        (outbox.enqueue(ANN, Some(Span::minutes(30))), outbox.enqueue(ANN, Some(Span::days(7))));
    outbox.until_attempts(run_out, 1).await;
    let link = outbox.until_attempts(ended, 1).await.link.unwrap();
    outbox.store.write(move |tx| tx.remove::<Link>(link, Action::LinkEnded)).unwrap();
    server.resume().await;
    clock.advance(Span::hours(1));
    for (id, why) in
        [(run_out, "Not sent: its link has run out."), (ended, "its link does not work any more.")]
    {
        let mail = outbox.until_state(id, MailState::Failed).await;
        assert_eq!((mail.attempts, mail.next_attempt_at), (1, None));
        let error = mail.last_error.unwrap();
        assert!(error.contains(why) && error.contains("refused the connection"), "{error}");
    }
    assert_eq!(server.commands().await, Vec::<String>::new(), "nobody was even asked");
}

#[tokio::test]
async fn a_passing_no_is_tried_again_and_a_lasting_one_is_final() {
    let (folder, clock) = fresh();
    let server = Server::start().await;
    server.script([Fault::Reply(".", "451 4.7.1 Greylisted")]);
    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    let greylisted = outbox.enqueue(ANN, None);
    let mail = outbox.until_attempts(greylisted, 1).await;
    assert!(mail.last_error.unwrap().ends_with("refused the mail: 451 4.7.1 Greylisted"));
    clock.advance(Span::minutes(1));
    outbox.until_state(greylisted, MailState::Sent).await;

    server.script([Fault::Reply("RCPT", "550 5.1.1 No such user")]);
    let unknown = outbox.enqueue("nobody@example.test", None);
    let mail = outbox.until_state(unknown, MailState::Failed).await;
    assert_eq!((mail.attempts, mail.next_attempt_at, mail.done_at), (1, None, Some(clock.now())));
    assert!(mail.last_error.unwrap().ends_with("550 5.1.1 No such user"));
    assert_eq!(server.arrived().await.len(), 1);
}

#[tokio::test]
async fn a_mail_whose_fate_is_unknown_is_sent_again_under_the_same_id() {
    let (folder, clock) = fresh();
    let server = Server::start().await;
    server.script([Fault::DropAfterData]);
    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    let id = outbox.enqueue(ANN, None);
    let mail = outbox.until_attempts(id, 1).await;
    assert!(mail.last_error.unwrap().contains("It may have arrived"));
    let first = server.next_mail().await;
    clock.advance(Span::minutes(1));
    assert_eq!(server.next_mail().await.message_id, first.message_id);
    outbox.until_state(id, MailState::Sent).await;
}

#[tokio::test]
async fn a_restart_loses_nothing_and_doubles_nothing() {
    let (folder, clock) = fresh();
    let server = Server::start().await;
    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    let sent = outbox.enqueue(ANN, None);
    outbox.until_state(sent, MailState::Sent).await;
    server.next().await;
    server.script([Fault::Reply("MAIL", "421 4.3.2 Shutting down")]);
    let waiting = outbox.enqueue("bob@example.test", None);
    outbox.until_attempts(waiting, 1).await;
    outbox.close().await;

    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    clock.advance(Span::minutes(1));
    outbox.until_state(waiting, MailState::Sent).await;
    assert_eq!(server.next_mail().await.to, "bob@example.test");
    assert!(server.arrived().await.is_empty());
}

#[tokio::test]
async fn what_is_on_its_way_at_the_stop_may_arrive_and_the_rest_stays_queued() {
    let (folder, clock) = fresh();
    let server = Server::start().await;
    let outbox = Outbox::open(folder.path(), &clock, over(&server));
    server.script([Fault::Slow(Duration::from_millis(2)), Fault::Silent]);
    let slow = outbox.enqueue(ANN, None);
    server.said("connect").await;
    let stuck = outbox.enqueue("bob@example.test", None);
    server.said("connect").await;
    outbox.stop.send(()).unwrap();
    outbox.worker.await.unwrap();
    let store = outbox.store.read().unwrap();
    let mail = |id: MailId| store.entity::<Mail>(id).unwrap().unwrap();
    assert_eq!(mail(slow).state, MailState::Sent);
    let mail = mail(stuck);
    assert_eq!((mail.state, mail.attempts), (MailState::Queued, 0));
}

#[tokio::test]
async fn many_mails_go_a_few_at_a_time_in_order_and_once_each() {
    let (folder, clock) = fresh();
    let mut server = Server::start().await;
    server.stop().await;
    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    let mut ids = Vec::new();
    for n in 0..40 {
        ids.push(outbox.enqueue(&format!("user{n:02}@example.test"), None));
    }
    for id in &ids {
        outbox.until_attempts(*id, 1).await;
    }
    server.resume().await;
    clock.advance(Span::minutes(1));
    for id in &ids {
        outbox.until_state(*id, MailState::Sent).await;
    }
    let to: Vec<_> = server.arrived().await.into_iter().flat_map(|received| received.to).collect();
    let mut sorted = to.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((to.len(), sorted.len()), (40, 40));
    // With four at a time, a mail overtakes another by a few places at most.
    for (place, expected) in sorted.iter().enumerate() {
        let at = to.iter().position(|to| to == expected).unwrap();
        assert!(at.abs_diff(place) <= 8, "{expected} came as number {at}");
    }
    let most = server.most_at_once();
    assert!((2..=4).contains(&most), "{most} connections at once");
}

#[tokio::test]
async fn without_a_server_mails_wait_until_there_is_one() {
    let (folder, clock) = fresh();
    let mut outbox = Outbox::open(folder.path(), &clock, Transport::OutboxOnly);
    let id = outbox.enqueue(ANN, Some(Span::days(7)));
    let mail = outbox.until(id, |mail| mail.next_attempt_at.is_none()).await;
    assert_eq!((mail.state, mail.attempts), (MailState::Queued, 0));
    outbox.close().await;
    clock.advance(Span::hours(1));

    let server = Server::start().await;
    let mut outbox = Outbox::open(folder.path(), &clock, over(&server));
    outbox.until_state(id, MailState::Sent).await;
    assert_eq!(server.next_mail().await.to, ANN);
}
