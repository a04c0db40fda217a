//! A real SMTP server for the tests, on a port of its own: it keeps what it gets, lets a
//! test await the next mail, and fails in every way a test asks for.

mod mime;
mod session;
mod tls;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{JoinHandle, JoinSet},
};

pub use mime::Mail;
pub use tls::{Authority, Certificate};

/// A test that waits longer than this for a mail has failed.
const DEADLINE: Duration = Duration::from_secs(20);

/// What the server offers. Without anything: plain text, no sign-in.
#[derive(Clone, Default)]
pub struct Offer {
    pub encryption: Encryption,
    /// Whoever sends must sign in with these.
    pub credentials: Option<(&'static str, &'static str)>,
    /// Such as `PLAIN LOGIN`; both when empty.
    pub mechanisms: &'static str,
}

#[derive(Clone, Default)]
pub enum Encryption {
    #[default]
    None,
    StartTls(tokio_rustls::TlsAcceptor),
    Tls(tokio_rustls::TlsAcceptor),
}

/// What goes wrong in one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Accepts and says nothing, not even a greeting.
    Silent,
    /// Answers a command with something else: `EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`,
    /// `STARTTLS`, `greeting`, or `.` for the answer to the message.
    Reply(&'static str, &'static str),
    /// Keeps the mail and closes without an answer.
    DropAfterData,
    /// Says one byte in each such time.
    Slow(Duration),
    /// Never says goodbye.
    SilentQuit,
}

/// A mail as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub hello: String,
    pub encrypted: bool,
    pub signed_in_as: Option<String>,
    pub from: String,
    pub to: Vec<String>,
    pub data: Vec<u8>,
}

/// What the sessions share with the test.
struct Shared {
    offer: Offer,
    faults: Mutex<VecDeque<Fault>>,
    now: AtomicUsize,
    most: AtomicUsize,
    inbox: mpsc::UnboundedSender<Received>,
    commands: mpsc::UnboundedSender<String>,
}

pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    inbox: tokio::sync::Mutex<mpsc::UnboundedReceiver<Received>>,
    commands: tokio::sync::Mutex<mpsc::UnboundedReceiver<String>>,
    task: Option<JoinHandle<()>>,
}

impl Server {
    /// Plain text, no sign-in.
    pub async fn start() -> Self {
        Self::offering(Offer::default()).await
    }

    pub async fn offering(offer: Offer) -> Self {
        let (inbox, received) = mpsc::unbounded_channel();
        let (commands, said) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            offer,
            faults: Mutex::default(),
            now: AtomicUsize::default(),
            most: AtomicUsize::default(),
            inbox,
            commands,
        });
        let mut server = Self {
            address: ([127, 0, 0, 1], 0).into(),
            shared,
            inbox: received.into(),
            commands: said.into(),
            task: None,
        };
        server.resume().await;
        server
    }

    /// Each of the next connections gets one of these; those after them get none.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().unwrap().extend(faults);
    }

    /// How many connections there have been at the same time.
    pub fn most_at_once(&self) -> usize {
        self.shared.most.load(Ordering::SeqCst)
    }

    /// Closes the port and all connections: from now on they are refused.
    pub async fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            // An aborted task has let go of its port once it is joined.
            let _aborted = task.await;
            self.shared.now.store(0, Ordering::SeqCst);
        }
    }

    /// Listens again at the same address.
    pub async fn resume(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        self.task = Some(tokio::spawn(accept(listener, Arc::clone(&self.shared))));
    }

    /// The next mail that arrives.
    pub async fn next(&self) -> Received {
        let mut inbox = self.inbox.lock().await;
        match tokio::time::timeout(DEADLINE, inbox.recv()).await {
            Ok(Some(received)) => received,
            _ => panic!("no mail arrived within {DEADLINE:?}"),
        }
    }

    /// The next mail, read.
    pub async fn next_mail(&self) -> Mail {
        self.next().await.mail()
    }

    /// What has arrived and nobody has asked for yet.
    pub async fn arrived(&self) -> Vec<Received> {
        let mut inbox = self.inbox.lock().await;
        std::iter::from_fn(|| inbox.try_recv().ok()).collect()
    }

    /// Waits until somebody says such a command; those before it are forgotten.
    pub async fn said(&self, command: &str) {
        let mut commands = self.commands.lock().await;
        let wait = async { while commands.recv().await.is_some_and(|said| said != command) {} };
        tokio::time::timeout(DEADLINE, wait)
            .await
            .unwrap_or_else(|_| panic!("nobody said {command} within {DEADLINE:?}"));
    }

    /// The commands said so far that nobody has asked for yet, without their arguments;
    /// `connect` for each connection.
    pub async fn commands(&self) -> Vec<String> {
        let mut commands = self.commands.lock().await;
        std::iter::from_fn(|| commands.try_recv().ok()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, and with it the connections.
    let mut sessions = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        sessions.spawn(serve(stream, Arc::clone(&shared)));
        while sessions.try_join_next().is_some() {}
    }
}

/// One connection. That the other side goes away is no fault of the server's.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let fault = shared.faults.lock().unwrap().pop_front();
    let now = shared.now.fetch_add(1, Ordering::SeqCst) + 1;
    shared.most.fetch_max(now, Ordering::SeqCst);
    shared.note("connect");
    let _gone = session::run(stream, &shared, fault).await;
    shared.now.fetch_sub(1, Ordering::SeqCst);
}

impl Shared {
    fn note(&self, command: &str) {
        // The test may have ended.
        let _ = self.commands.send(command.to_owned());
    }
}
