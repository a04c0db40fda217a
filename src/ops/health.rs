//! Whether the portal can be used, and how much is in it.

mod records;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::{Error, Handle, Portal, Result, backups};
use crate::{
    entropy,
    model::{
        backup::Verdict,
        policy::{Actor, Need},
    },
    store::{
        Hash, Reader,
        read::Read,
        tables::Table,
        verify::{Chain, verify},
    },
};

/// Why the portal is not ready, in a word that anybody may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unready {
    Stopping,
    /// The store can't be written, or not even read.
    Store,
    /// The disk is nearly full.
    Space,
    /// The list of users is behind the store, or being built anew.
    Index,
}

impl Unready {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopping => "stopping",
            Self::Store => "store",
            Self::Space => "space",
            Self::Index => "index",
        }
    }
}

/// What was found last, so that the log is told of changes alone.
#[derive(Default)]
pub struct Readiness {
    stopping: AtomicBool,
    last: Mutex<Option<Unready>>,
}

/// From now on the portal is not ready: it finishes what is under way.
pub fn stop(portal: &Portal) {
    portal.readiness.stopping.store(true, Ordering::SeqCst);
}

/// Whether the portal can be used as it should; if not, the log says more, once.
pub fn ready(portal: &Arc<Portal>) -> std::result::Result<(), Unready> {
    let found = look(portal).err();
    let mut last = portal.readiness.last.lock().unwrap_or_else(PoisonError::into_inner);
    let unready = found.as_ref().map(|(unready, _)| *unready);
    match &found {
        Some((_, why)) if *last != unready => tracing::warn!("not ready: {why}"),
        None if last.is_some() => tracing::info!("ready again"),
        _ => {}
    }
    *last = unready;
    unready.map_or(Ok(()), Err)
}

/// Whether this is the token for the metrics. Hashes are compared: how much of a wrong one is right does
/// not show in time.
pub fn opens_metrics(portal: &Portal, shown: &str) -> bool {
    let token = portal.config().metrics.token.as_ref();
    token.is_some_and(|token| entropy::hash_text(token.expose()) == entropy::hash_text(shown))
}

fn look(portal: &Arc<Portal>) -> std::result::Result<(), (Unready, String)> {
    let not = |unready: Unready, why: String| Err((unready, why));
    if portal.readiness.stopping.load(Ordering::SeqCst) {
        return not(Unready::Stopping, "it is stopping".to_owned());
    }
    if let Some(trouble) = portal.store().trouble() {
        return not(Unready::Store, trouble);
    }
    // Whoever writes next must not be the first to find out that the writer is gone.
    let written = portal.write(&Actor::system(), Need::NOTHING, |tx| Ok(tx.sequence()?));
    if let Err(error) = written {
        return not(Unready::Store, error.to_string());
    }
    let floor = portal.config().limits.free_space.0;
    match portal.store().free_space() {
        Ok(free) if free < floor => {
            return not(Unready::Space, format!("{free} bytes are free on its disk (limits.free_space)"));
        }
        Ok(_) => {}
        Err(error) => return not(Unready::Space, format!("its disk can't be asked: {error}")),
    }
    if portal.index.is_behind() {
        return not(Unready::Index, "the search index is behind the store".to_owned());
    }
    Ok(())
}

/// Name, what it is, how many.
pub fn metrics(portal: &Portal) -> Result<Vec<(&'static str, &'static str, u64)>> {
    let writable = u64::from(portal.store().trouble().is_none());
    let behind = u64::from(portal.index.is_behind());
    let waiting = portal.index.waiting() as u64;
    let free = portal.store().free_space().unwrap_or(0);
    portal.read(&Actor::system(), Need::NOTHING, |tx| {
        let mut all = vec![
            ("users", "Users, those in the bin included.", tx.len(Table::Users)?),
            ("sessions", "Sessions.", tx.len(Table::Sessions)?),
            ("projects", "Projects.", tx.len(Table::Projects)?),
            ("activities", "Recorded activities.", tx.len(Table::Activities)?),
            ("mails_queued", "Mails that wait in the outbox.", tx.len(Table::MailsDue)?),
            ("mails_failed", "Mails that were given up.", tx.len(Table::MailsFailed)?),
            ("store_writable", "1 when the store can be written, 0 when it is only read.", writable),
            ("index_behind", "1 when the list of users is behind the store.", behind),
            ("index_waiting", "Changed users that are in memory and not yet on disk.", waiting),
            ("free_bytes", "Free space on the disk of the data folder.", free),
        ];
        // One that failed is no younger backup.
        if let Some(sound) = backups::latest_sound(tx)? {
            let age = tx.now().since(sound.at).as_seconds().max(0).unsigned_abs();
            all.push(("backup_age_seconds", "Since the last backup by the clock that can be restored.", age));
        }
        if let Some(last) = backups::latest(tx)? {
            let failed = u64::from(last.verdict == Verdict::Failed);
            all.push(("backup_failed", "Whether the last backup by the clock failed.", failed));
        }
        Ok(all)
    })
}

/// What was found of a portal's data.
pub struct Checked {
    /// What is wrong, in words.
    pub troubles: Vec<String>,
    pub activity: Chain,
}

/// Looks for what is wrong with the store, the activity in it, the search index, or their
/// agreement; given the number and hash of an activity that were kept elsewhere, it must be there.
pub fn check(portal: &Portal, kept: Option<(u64, Hash)>) -> Result<Checked> {
    let mut troubles = Vec::new();
    if !portal.store().check_integrity()? {
        troubles.push("store: it was not closed cleanly and had to be repaired".to_owned());
    }
    let activity = portal.read(&Actor::system(), Need::NOTHING, |tx| {
        troubles.extend(records::check(tx)?.iter().map(|text| format!("store: {text}")));
        let chain = verify(tx, kept)?;
        troubles.extend(chain.troubles.iter().map(|text| format!("activity: {text}")));
        Ok(chain)
    })?;
    // It reads all users: what keeps it from that has been told by then, if the store has.
    let disagreements = match portal.index.check() {
        Ok(disagreements) => disagreements,
        Err(error) if troubles.is_empty() => return Err(Error::Internal(error.to_string())),
        Err(error) => vec![error.to_string()],
    };
    troubles.extend(disagreements.into_iter().map(|text| format!("search index: {text}")));
    Ok(Checked { troubles, activity })
}

/// Builds the search index anew from the store.
pub fn reindex(portal: &Portal, progress: &dyn Fn(u64)) -> Result<()> {
    portal.index.rebuild(progress).map_err(|error| Error::Internal(error.to_string()))
}
