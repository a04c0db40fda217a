//! Backups: one moment of everything, streamed; and what became of those made by the clock.

use std::{
    cmp::Reverse,
    io::{Read, Write},
    sync::Arc,
};

use super::{Draft, Error, Handle, Portal, ReadHandle, Result};
use crate::{
    model::{
        activity::Action,
        backup::{Backup, Verdict},
        id::BackupId,
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Need},
        time::{Span, Timestamp},
    },
    store::{
        backup::{self, Failure},
        read::Read as _,
        tables::Table,
    },
};

const READ: Need = Need::permission(Permission::SettingsWrite);
/// It holds all that there is, so whoever takes it away may see all that there is.
const TAKE: Need = READ.and_everything().and_oneself().and_fresh();

/// After one that failed the next comes this soon, at most.
const SOON: Span = Span::hours(1);

/// A backup that has been allowed and recorded, and waits to be written.
pub struct Moment {
    portal: Arc<Portal>,
    handle: ReadHandle,
    pub at: Timestamp,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub at: String,
    pub instance: String,
    /// Those in the bin included.
    pub users: u64,
    pub groups: u64,
    pub projects: u64,
    pub activities: u64,
}

impl From<backup::Header> for Content {
    fn from(header: backup::Header) -> Self {
        Self {
            users: header.rows(Table::Users),
            groups: header.rows(Table::Groups),
            projects: header.rows(Table::Projects),
            activities: header.rows(Table::Activities),
            at: header.at,
            instance: header.instance,
        }
    }
}

/// Allows and records a backup, and holds on to the moment of which it will be. Nobody who writes
/// waits for it.
pub fn take(portal: &Arc<Portal>, actor: &Actor) -> Result<Moment> {
    portal
        .write(actor, TAKE, |tx| tx.record(Action::PortalBackedUp, None, Vec::new()).map_err(Error::from))?;
    portal.read_on(actor, TAKE).map(|handle| Moment { at: handle.now(), portal: Arc::clone(portal), handle })
}

impl Moment {
    /// Writes all of it, in constant memory, and gives way to whoever waits for a write.
    pub fn write(&self, out: impl Write) -> std::result::Result<Content, Failure> {
        backup::write(&self.handle, self.at, out, || self.portal.store.give_way()).map(Content::from)
    }

    /// What its file is called.
    pub fn file(&self) -> String {
        let digits: String = self.at.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        format!("rollcall-{digits}.backup")
    }
}

/// Reads all of a backup and says what it holds, or what is wrong with it.
pub fn inspect(source: impl Read) -> std::result::Result<Content, Failure> {
    backup::inspect(source).map(Content::from)
}

/// What a restored portal begins with: that it was restored, and of what.
pub fn record_restored(portal: &Arc<Portal>, content: &Content) -> Result<()> {
    let text = format!("From the backup of {} of the portal {}", content.at, content.instance);
    portal.write(&Actor::system(), Need::NOTHING, move |tx| {
        Ok(tx.record(Action::PortalRestored.because(Some(&text)), None, Vec::new())?)
    })
}

/// Those made by the clock, newest first.
pub fn list(portal: &Portal, actor: &Actor, paging: Draft<Paging>) -> Result<Page<Backup>> {
    portal.read(actor, READ, |tx| Ok(paging?.of(all(tx)?)))
}

/// Newest first; there are few. By their time, for ids never go back and the clock may.
fn all(tx: &impl Handle) -> Result<Vec<Backup>> {
    let mut all: Vec<Backup> = tx.all::<Backup>()?.collect::<std::result::Result<_, _>>()?;
    all.sort_by_key(|one| Reverse((one.at, one.id)));
    Ok(all)
}

/// The newest one made by the clock, whatever became of it. One of the future was made while the
/// clock was wrong: how old it is nobody knows, so it is not the newest.
pub fn latest(tx: &impl Handle) -> Result<Option<Backup>> {
    newest(tx, |_| true)
}

/// The newest one that can be restored.
pub fn latest_sound(tx: &impl Handle) -> Result<Option<Backup>> {
    newest(tx, |one| one.verdict == Verdict::Sound)
}

fn newest(tx: &impl Handle, is: impl Fn(&Backup) -> bool) -> Result<Option<Backup>> {
    Ok(all(tx)?.into_iter().find(|one| one.at <= tx.now() && is(one)))
}

/// Whether one that was made before is kept.
pub fn was_ever_sound(portal: &Portal) -> Result<bool> {
    portal.read(&Actor::system(), Need::NOTHING, |tx| Ok(latest_sound(tx)?.is_some()))
}

/// Whether the clock asks for one: none was made yet, or the last is old, or failed a while ago.
pub fn due(portal: &Portal) -> Result<bool> {
    let every = portal.config.backup.every.0;
    portal.read(&Actor::system(), Need::NOTHING, |tx| {
        Ok(latest(tx)?.is_none_or(|last| {
            let wait = if last.verdict == Verdict::Failed { every.min(SOON) } else { every };
            tx.now() >= last.at.plus(wait)
        }))
    })
}

/// Notes what became of one, and says which are no longer to be kept: only files that this portal
/// has made itself are ever removed. Those of the future go first: they would be the newest for
/// years, and push out every one that is made meanwhile.
pub fn note(portal: &Arc<Portal>, made: impl Fn(BackupId) -> Backup + Send + 'static) -> Result<Vec<Backup>> {
    let keep = portal.config.backup.keep;
    portal.write(&Actor::system(), Need::NOTHING, move |tx| {
        let made = made(tx.new_id()?);
        tx.note(&made)?;
        let (mut old, mut sound, mut failed) = (Vec::new(), 0, 0);
        let mut newest_first = all(tx)?;
        newest_first.sort_by_key(|one| one.at > tx.now());
        for one in newest_first {
            let count = if one.verdict == Verdict::Sound { &mut sound } else { &mut failed };
            *count += 1;
            if *count > keep {
                tx.forget::<Backup>(one.id)?;
                old.push(one);
            }
        }
        Ok(old)
    })
}
