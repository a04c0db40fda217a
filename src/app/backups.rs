//! Backups as files: written under another name until they are whole, opened again to see whether
//! they can be restored, restored into a folder that becomes a portal only when it is sound.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use anyhow::{Context, Result, bail};

use super::App;
use crate::{
    clock::Clock,
    config::Config,
    entropy,
    model::credential::Secret,
    ops::{
        backups::{Content, inspect, record_restored},
        factors, health,
    },
    store::{
        GROWING, Missing,
        backup::{self, Options},
    },
};

/// What the name of a folder begins with that a backup is tried in.
const SCRATCH: &str = ".rollcall-verify-";

/// Puts a file together, its owner's alone: its name is there only when all of it is, durably.
pub fn save<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
    may_stand_at(path)?;
    let new = beside(path, "new");
    let saved = fresh(&new).and_then(|file| {
        let mut out = BufWriter::new(file);
        let written = write(&mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        File::open(parent(path))?.sync_all()?;
        Ok(written)
    });
    if saved.is_err() {
        // Nothing to be missed.
        let _ = fs::remove_file(&new);
    }
    saved.with_context(|| format!("{} can't be written", path.display()))
}

/// A file is replaced by another; a folder, a device or a link is not.
pub fn may_stand_at(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => bail!("{} is not a file: choose another name", path.display()),
        _ => Ok(()),
    }
}

/// Made here and now: what stands there is left from before, and may be open to others or lead
/// elsewhere.
fn fresh(path: &Path) -> Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    Ok(OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Copies a backup that comes from elsewhere, and keeps it only if all of it came.
pub fn receive(path: &Path, mut source: impl Read) -> Result<Content> {
    save(path, |out| {
        io::copy(&mut source, out)?;
        out.flush()?;
        Ok(inspect(BufReader::new(File::open(beside(path, "new"))?))?)
    })
}

/// Restores a backup into a folder of its own, checks everything there, and removes it again.
pub fn verify(config: &Config, file: &Path, folder: Scratch, stopping: &AtomicBool) -> Result<Content> {
    let config = Config { data_dir: folder.0.join("portal"), ..config.clone() };
    let content = grow(&config, file, None, stopping)?;
    let app = reopen(config)?;
    sound(&app)?;
    Ok(content)
}

/// A stream that breaks off when the portal stops.
pub struct Stoppable<'a, S> {
    pub stream: S,
    pub stopping: &'a AtomicBool,
}

impl<S> Stoppable<'_, S> {
    fn go_on(&self) -> io::Result<()> {
        match self.stopping.load(Relaxed) {
            true => Err(io::Error::other("the portal is stopping")),
            false => Ok(()),
        }
    }
}

impl<S: Write> Write for Stoppable<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.go_on()?;
        self.stream.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl<S: Read> Read for Stoppable<'_, S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.go_on()?;
        self.stream.read(bytes)
    }
}

/// Takes away what processes that are gone have left in a folder of backups. All who make something
/// there hold on to it, by what this answers with, and the system lets go for whoever dies: so
/// where nobody else does, what has one of our names is left over. (A process's number would not
/// tell: in another container there are the same ones.) Where folders can't be held, all stays.
pub fn occupy(folder: &Path) -> Option<File> {
    let held = File::open(folder).ok()?;
    if held.try_lock().is_ok() {
        sweep(folder);
    }
    held.lock_shared().ok().map(|()| held)
}

fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let removed = match entry.file_type() {
            Ok(kind) if kind.is_dir() && is_scratch(&entry.file_name()) => fs::remove_dir_all(entry.path()),
            Ok(kind) if kind.is_file() && is_untried(&entry.file_name()) => fs::remove_file(entry.path()),
            _ => continue,
        };
        if let Err(error) = removed {
            tracing::warn!("{} is left over and can't be removed: {error}", entry.path().display());
        }
    }
}

fn is_scratch(name: &OsStr) -> bool {
    let number = name.to_str().and_then(|name| name.strip_prefix(SCRATCH));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

fn is_untried(name: &OsStr) -> bool {
    let name = name.to_str().and_then(|name| name.strip_prefix("rollcall-"));
    name.is_some_and(|name| name.ends_with(".backup.untried") || name.ends_with(".backup.untried.new"))
}

/// A folder to try a backup in, which goes when it is no longer needed.
pub struct Scratch(PathBuf);

impl Scratch {
    /// In a folder where nobody else writes.
    pub fn within(folder: &Path) -> Result<Self> {
        let folder = folder.join(format!("{SCRATCH}{}", std::process::id()));
        // Of a process that was killed and had the same number.
        let _ = fs::remove_dir_all(&folder);
        Self::make(folder)
    }

    /// Where anybody may write: a name that nobody guesses, and nobody's folder but ours.
    pub fn temporary() -> Result<Self> {
        let name: String = entropy::random()?.iter().map(|byte| format!("{byte:02x}")).collect();
        Self::make(std::env::temp_dir().join(format!("{SCRATCH}{name}")))
    }

    fn make(folder: PathBuf) -> Result<Self> {
        let made = fs::DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| format!("{} can't be made, to try the backup in", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!("{} can't be removed: {error}", self.0.display());
        }
    }
}

/// What a folder was restored to.
pub struct Restored {
    pub content: Content,
    /// Authenticator apps whose secrets don't open without the key of the portal that was backed up.
    pub closed_apps: u64,
}

/// Restores a backup into the data folder, which must be empty or missing. It becomes a portal
/// once all of it is there and sound; until then the folder is none. A key that opens nothing is
/// another portal's.
pub fn restore(config: &Config, file: &Path, key: Option<Secret>) -> Result<Restored> {
    let folder = &config.data_dir;
    let growing = folder.join(GROWING);
    vacant(folder)?;
    // What a restore that was killed has left.
    if growing.exists() {
        fs::remove_dir_all(&growing)?;
    }
    let inner = Config { data_dir: growing.clone(), ..config.clone() };
    let with_key = key.is_some();
    let grown = grow(&inner, file, key, &AtomicBool::new(false)).and_then(|content| {
        let app = reopen(inner)?;
        sound(&app)?;
        let (apps, opened) = factors::apps(&app.portal)?;
        if with_key && apps > 0 && opened == 0 {
            bail!(
                "the key is not that of the portal which was backed up: it opens none of its {apps} authenticator apps"
            );
        }
        record_restored(&app.portal, &content)?;
        Ok(Restored { content, closed_apps: apps - opened })
    });
    let moved = grown.and_then(|restored| {
        // The marker last: with it the folder is a portal, and the store beside it is whole.
        for name in ["key", "rollcall.redb", "instance"] {
            fs::rename(growing.join(name), folder.join(name))?;
        }
        File::open(folder)?.sync_all()?;
        Ok(restored)
    });
    // The search index goes with it: it is built from the store at the start.
    let _ = fs::remove_dir_all(&growing);
    moved
}

/// A mounted disk's own folder, and what a restore that was killed has left, are nobody's.
fn vacant(folder: &Path) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.with_context(|| format!("the data folder {} can't be read", folder.display()))?,
    };
    for entry in entries {
        let name = entry?.file_name();
        if name != GROWING && name != "lost+found" {
            bail!(
                "{} is not empty: a backup is restored into a folder that is empty or missing; name another with --data-dir",
                folder.display()
            );
        }
    }
    Ok(())
}

fn grow(config: &Config, file: &Path, key: Option<Secret>, stopping: &AtomicBool) -> Result<Content> {
    let unreadable = || format!("{} can't be restored", file.display());
    let stream = File::open(file).with_context(unreadable)?;
    let source = BufReader::new(Stoppable { stream, stopping });
    let restored = backup::restore(source, &config.data_dir, Options { key });
    restored.map(Content::from).with_context(unreadable)
}

fn reopen(mut config: Config) -> Result<App> {
    // Nothing is sent from there.
    (config.smtp.host, config.backup.folder) = (None, None);
    App::open(config, Missing::Refuse, Clock::system())
}

fn sound(app: &App) -> Result<()> {
    let troubles = health::check(&app.portal, None)?.troubles;
    match troubles.first() {
        None => Ok(()),
        Some(first) => bail!("it is not sound: {first} ({} troubles in all)", troubles.len()),
    }
}
