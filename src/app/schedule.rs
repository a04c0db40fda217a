//! Backups by the clock: made, tried, noted; the old ones removed.

use std::{
    fs, io,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use anyhow::{Result, bail};
use tokio::sync::oneshot;

use super::backups::{Scratch, Stoppable, occupy, save, verify};
use crate::{
    model::{
        backup::{Backup, Verdict},
        policy::Actor,
    },
    ops::{
        Portal,
        backups::{self, Content, Moment},
    },
};

/// The clock is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A backup under way is waited for this long at the end. It is only a copy: then it is left.
const FAREWELL: Duration = Duration::from_secs(5);
/// One at a time: whether one is due depends on the one before.
static TURN: Mutex<()> = Mutex::new(());

/// Makes backups when their time has come, until `stop`.
pub async fn keep(portal: Arc<Portal>, stop: impl Future<Output = ()>) {
    if portal.config().backup.folder.is_none() {
        return;
    }
    let stopping = Arc::new(AtomicBool::new(false));
    tokio::pin!(stop);
    loop {
        // A thread of its own: a process that ends does not wait for it.
        let (done, mut ended) = oneshot::channel::<()>();
        let (own, stopping_too) = (Arc::clone(&portal), Arc::clone(&stopping));
        let started = thread::Builder::new().name("backup".to_owned()).spawn(move || {
            if let Err(error) = round(&own, &stopping_too) {
                tracing::error!("backups can't be looked after: {error:#}");
            }
            drop(done);
        });
        if let Err(error) = started {
            tracing::error!("backups can't be looked after: {error}");
        }
        tokio::select! {
            () = &mut stop => {
                stopping.store(true, Relaxed);
                let _ = tokio::time::timeout(FAREWELL, ended).await;
                return;
            }
            _ = &mut ended => {}
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Makes one if it is due. That it failed is noted and logged; an error is that not even this
/// could be done.
pub fn round(portal: &Arc<Portal>, stopping: &AtomicBool) -> Result<()> {
    let Some(folder) = portal.config().backup.folder.clone() else { return Ok(()) };
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if !backups::due(portal)? {
        return Ok(());
    }
    let moment = backups::take(portal, &Actor::system())?;
    let made = make(portal, &moment, &folder, stopping);
    if stopping.load(Relaxed) {
        return Ok(());
    }
    let (at, file) = (moment.at, moment.file());
    let (size, users, verdict, error) = match made {
        Ok((content, size)) => {
            tracing::info!("backup {file}: {} users, {size} bytes, sound", content.users);
            (size, content.users, Verdict::Sound, None)
        }
        Err(error) => {
            let text = format!("{error:#}");
            tracing::error!("the backup failed: {text}");
            (0, 0, Verdict::Failed, Some(text))
        }
    };
    let old = backups::note(portal, move |id| {
        let (file, error) = (file.clone(), error.clone());
        Backup { id, at, file, size, users, verdict, error }
    })?;
    for one in old.iter().filter(|one| one.verdict == Verdict::Sound) {
        let path = folder.join(&one.file);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!("the old backup {} can't be removed: {error}", path.display());
            }
            _ => {}
        }
    }
    Ok(())
}

/// The name is there only once the file was opened again and found sound.
fn make(portal: &Portal, moment: &Moment, folder: &Path, stopping: &AtomicBool) -> Result<(Content, u64)> {
    // Where there were some before, another disk is missing, and this one would fill in its place.
    if !folder.exists() && backups::was_ever_sound(portal)? {
        bail!(
            "the folder {} is gone: is its disk mounted? Make the folder if backups are to begin anew there",
            folder.display()
        );
    }
    fs::create_dir_all(folder)?;
    let _held = occupy(folder);
    let (name, untried) = (folder.join(moment.file()), folder.join(format!("{}.untried", moment.file())));
    let made = save(&untried, |out| Ok(moment.write(Stoppable { stream: out, stopping })?))
        .and_then(|_| verify(portal.config(), &untried, Scratch::within(folder)?, stopping))
        .and_then(|content| {
            let size = fs::metadata(&untried)?.len();
            fs::rename(&untried, &name)?;
            fs::File::open(folder)?.sync_all()?;
            Ok((content, size))
        });
    if made.is_err() {
        // Nothing to be missed.
        let _ = fs::remove_file(&untried);
    }
    made
}
