//! Opening the index's folder, and building what is in it anew from the store.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    base::Base, directory::Directory, disk::Disk, document::Source, draft::Draft, error::Error, saved,
};

/// The names in the index's folder.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn terms(&self) -> PathBuf {
        self.0.join("terms")
    }

    /// Where the terms are built anew, while those in use stay.
    fn next(&self) -> PathBuf {
        self.0.join("terms.new")
    }

    /// Where those in use go while they are replaced.
    fn old(&self) -> PathBuf {
        self.0.join("terms.old")
    }

    pub fn users(&self) -> PathBuf {
        self.0.join("users")
    }

    /// What is there, if it is whole, of this version, and not ahead of the store.
    pub fn open(&self, source: &dyn Source, directory: &Directory) -> Result<(Disk, Base), Error> {
        let base = saved::load(&self.users(), directory)?;
        let disk = Disk::open(&self.terms())?;
        let (kept, now) = (disk.sequence()?, source.sequence().map_err(Error::Source)?);
        if base.sequence > kept || kept > now {
            return Err(Error::Unfit("it is of another time than the store"));
        }
        // Every change is one number; the queue has all from the saved users on, or they are too old.
        let changes = source.changes_after(base.sequence).map_err(Error::Source)?;
        if changes.first().map_or(now, |(first, _)| first - 1) != base.sequence {
            return Err(Error::Unfit("the store no longer knows what has changed since"));
        }
        Ok((disk, base))
    }

    /// Everything anew from one scan of the store. Until it is whole, what was there stays.
    pub fn build(
        &self,
        source: &dyn Source,
        directory: &Arc<Directory>,
        progress: &dyn Fn(u64),
    ) -> Result<(Disk, Base), Error> {
        let next = self.next();
        remove(&next)?;
        fs::create_dir_all(&next).map_err(Error::file(&next))?;
        let mut disk = Disk::create(&next)?;
        let mut draft = Draft::new(directory);
        let mut failed = None;
        let mut users = 0;
        let sequence = source.scan(&mut |user| {
            if failed.is_none() {
                let slot = draft.push(&user);
                failed = disk.add(&user, slot).err();
                users += 1;
                progress(users);
            }
        });
        let sequence = sequence.map_err(Error::Source)?;
        if let Some(error) = failed {
            return Err(error);
        }
        disk.commit(sequence)?;
        disk.close()?;
        let base = draft.build(sequence);

        // Without its file of users a folder is built anew: no stop in between mixes old and new.
        let (users, terms) = (self.users(), self.terms());
        let old = self.old();
        remove(&users)?;
        remove(&old)?;
        if terms.exists() {
            fs::rename(&terms, &old).map_err(Error::file(&terms))?;
        }
        fs::rename(&next, &terms).map_err(Error::file(&terms))?;
        saved::save(&base, &users)?;
        // Left where it is when it can't be removed now, for the next time.
        remove(&old).unwrap_or_else(|reason| tracing::warn!(%reason, "old search terms are left over"));
        Ok((Disk::open(&terms)?, base))
    }
}

/// Removes a file or a folder, if it is there.
fn remove(path: &Path) -> Result<(), Error> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(path)(error)),
        _ => Ok(()),
    }
}
