//! A socket in the data folder, for the command line to reach a portal that is running: whoever
//! may open the folder may use it. One line of JSON each way.

use std::{
    io::{BufRead, BufReader, BufWriter, Read, Write},
    os::unix::{fs::PermissionsExt, net::UnixStream as BlockingStream},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt},
    net::{UnixListener, UnixStream},
};

use crate::{
    model::{
        credential::Password,
        policy::Actor,
        text::{EmailAddress, FullName},
    },
    ops::{self, Error, Portal, admin, backups},
};

/// A longer line is no request of ours.
const LINE: u64 = 64 << 10;

#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    Create { name: String, email: String, password: Option<String> },
    ResetPassword { email: String },
    RemoveFactors { email: String },
    List,
}

/// What a line asks for: an answer in a line, or a backup after it.
#[derive(Debug, Serialize, Deserialize)]
enum Call {
    Do(Request),
    BackUp,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// A one-time address, and when it runs out.
    Link {
        url: String,
        expires_at: String,
    },
    Done,
    /// Name, e-mail, state.
    Admins(Vec<(String, String, String)>),
    Refused(String),
}

/// So often a portal that has no socket yet is asked again.
const STARTING: u32 = 10;
/// After an accept or a try to connect that failed.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);
/// For whoever asked for a backup and does not take it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

pub fn path(folder: &Path) -> PathBuf {
    folder.join("control.sock")
}

impl Request {
    /// Whether names and addresses are any: known before a folder is opened, or made.
    pub fn judge(&self) -> Result<(), String> {
        let judged = match self {
            Self::Create { name, email, .. } => full_name(name).and_then(|_| address(email)).map(drop),
            Self::ResetPassword { email } | Self::RemoveFactors { email } => address(email).map(drop),
            Self::List => Ok(()),
        };
        judged.map_err(|error| words(&error))
    }
}

fn full_name(text: &str) -> ops::Result<FullName> {
    FullName::parse(text).map_err(|refused| refused.at("name").into())
}

fn address(text: &str) -> ops::Result<EmailAddress> {
    EmailAddress::parse(text).map_err(|refused| refused.at("email").into())
}

/// Does what was asked, in this process.
pub fn perform(portal: &Arc<Portal>, request: Request) -> Answer {
    run(portal, request).unwrap_or_else(|error| Answer::Refused(words(&error)))
}

fn run(portal: &Arc<Portal>, request: Request) -> ops::Result<Answer> {
    let link =
        |shown: ops::links::Shown| Answer::Link { url: shown.url, expires_at: shown.expires_at.to_string() };
    Ok(match request {
        Request::Create { name, email, password } => {
            let (name, email) = (full_name(&name)?, address(&email)?);
            let password = password.as_deref().map(Password::new);
            admin::create(portal, name, email, password)?.map_or(Answer::Done, link)
        }
        Request::ResetPassword { email } => link(admin::reset_password(portal, address(&email)?)?),
        Request::RemoveFactors { email } => {
            admin::remove_factors(portal, address(&email)?)?;
            Answer::Done
        }
        Request::List => Answer::Admins(
            admin::list(portal)?
                .into_iter()
                .map(|(name, email, state)| (name, email, state.as_str().to_owned()))
                .collect(),
        ),
    })
}

/// One line, for a terminal.
fn words(error: &Error) -> String {
    match error {
        Error::Invalid { fields, .. } => {
            fields.iter().map(|field| field.message.as_str()).collect::<Vec<_>>().join(" ")
        }
        Error::NotFound => "no user has this e-mail address".to_owned(),
        other => other.to_string(),
    }
}

/// Asks the portal that is running on a folder.
pub fn ask(folder: &Path, request: Request) -> anyhow::Result<Answer> {
    Ok(call(folder, &Call::Do(request))?.0)
}

/// The backup of the portal that is running on a folder, or why it makes none.
pub fn back_up(folder: &Path) -> anyhow::Result<Result<impl Read, String>> {
    match call(folder, &Call::BackUp)? {
        (Answer::Done, rest) => Ok(Ok(rest)),
        (Answer::Refused(why), _) => Ok(Err(why)),
        (other, _) => anyhow::bail!("not understood: {other:?}"),
    }
}

/// The answer, and what comes after it.
fn call(folder: &Path, call: &Call) -> anyhow::Result<(Answer, BufReader<BlockingStream>)> {
    let mut stream = reach(folder)?;
    serde_json::to_writer(&mut stream, call)?;
    stream.write_all(b"\n")?;
    let (mut line, mut rest) = (String::new(), BufReader::new(stream));
    rest.read_line(&mut line)?;
    Ok((serde_json::from_str(&line)?, rest))
}

/// A portal that is just starting holds the folder a moment before it has its socket.
#[expect(clippy::disallowed_methods, reason = "another process is waited for, in real time")]
fn reach(folder: &Path) -> std::io::Result<BlockingStream> {
    let mut tries = 0..STARTING;
    loop {
        match BlockingStream::connect(path(folder)) {
            Err(_) if tries.next().is_some() => std::thread::sleep(PAUSE),
            reached => return reached,
        }
    }
}

/// Makes the socket. A portal without it is still a portal.
pub fn bind(folder: &Path) -> Option<UnixListener> {
    let path = path(folder);
    // The store's lock is ours, so a socket that is there is left from a process that is gone.
    let _ = std::fs::remove_file(&path);
    let bound = UnixListener::bind(&path);
    let private = std::fs::Permissions::from_mode(0o600);
    match bound.and_then(|listener| std::fs::set_permissions(&path, private).map(|()| listener)) {
        Ok(listener) => Some(listener),
        Err(error) => {
            tracing::warn!("the command line can't reach this portal: {}: {error}", path.display());
            None
        }
    }
}

/// Answers until `stop`.
pub async fn listen(portal: Arc<Portal>, listener: UnixListener, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(tokio::spawn(converse(Arc::clone(&portal), stream))),
                Err(error) => {
                    tracing::warn!("control.sock: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
    let _ = std::fs::remove_file(path(&portal.config().data_dir));
}

async fn converse(portal: Arc<Portal>, mut stream: UnixStream) {
    let mut line = String::new();
    if tokio::io::BufReader::new((&mut stream).take(LINE)).read_line(&mut line).await.is_err() {
        return;
    }
    // From here on it may block: a backup is written as fast as it is taken.
    let Ok(stream) = stream.into_std() else { return };
    let answered = tokio::task::spawn_blocking(move || {
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        match serde_json::from_str(&line) {
            Ok(Call::Do(request)) => say(&stream, &perform(&portal, request)),
            Ok(Call::BackUp) => send_backup(&portal, &stream),
            Err(error) => say(&stream, &Answer::Refused(format!("not understood: {error}"))),
        }
    });
    if let Ok(Err(error)) = answered.await {
        tracing::warn!("control.sock: an answer broke off: {error}");
    }
}

fn say(mut stream: &BlockingStream, answer: &Answer) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(answer)?;
    text.push(b'\n');
    stream.write_all(&text)
}

fn send_backup(portal: &Arc<Portal>, stream: &BlockingStream) -> std::io::Result<()> {
    match backups::take(portal, &Actor::system()) {
        Ok(moment) => {
            say(stream, &Answer::Done)?;
            moment.write(BufWriter::new(stream)).map(|_| ()).map_err(std::io::Error::other)
        }
        Err(error) => say(stream, &Answer::Refused(words(&error))),
    }
}
