//! Opening the index's folder, and building what is in it anew from the store.

use std::{
    collections::HashMap,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    base::Base, directory::Directory, disk::Disk, document::Source, draft::Draft, error::Error, saved,
    terms::Terms,
};
use crate::model::id::ProjectId;

/// After so many users the list shows what there is; then after four times as many, and so on.
const FIRST_SHOWN: u64 = 10_000;

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

    /// Whether there never was an index here: that is no damage.
    pub fn is_new(&self) -> bool {
        fs::read_dir(&self.0).is_ok_and(|mut entries| entries.next().is_none())
    }

    /// What is there, if it is whole, of this version, and not ahead of the store.
    pub fn open(&self, source: &dyn Source, directory: &Directory) -> Result<(Disk, Terms, Base), Error> {
        let panicked = |_| Err(Error::Unreadable("reading it panicked".to_owned()));
        catch_unwind(AssertUnwindSafe(|| self.read(source, directory))).unwrap_or_else(panicked)
    }

    fn read(&self, source: &dyn Source, directory: &Directory) -> Result<(Disk, Terms, Base), Error> {
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
        disk.verify()?;
        let terms = disk.terms(None)?;
        Ok((disk, terms, base))
    }

    /// Everything anew from one scan of the store. Until it is whole, what was there stays.
    pub fn build(
        &self,
        source: &dyn Source,
        directory: &Arc<Directory>,
        watch: &dyn Watch,
    ) -> Result<(Disk, Arc<Base>), Error> {
        let next = self.next();
        remove(&next)?;
        fs::create_dir_all(&next).map_err(Error::file(&next))?;
        let (base, members) = read(source, directory, watch)?;
        let (base, of) = (Arc::new(base), source.count().map_err(Error::Source)?);
        watch.whole(&base);
        write(&base, &members, &next, &|written| watch.goes_on(base.users() as u64 + written, of))?;

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

/// Whoever has an index built.
pub trait Watch {
    /// Told how many users have been read and written, together, of how many; `false` ends it.
    fn goes_on(&self, done: u64, of: u64) -> bool;

    /// Takes what has been read so far: fewer than there are, and no terms yet.
    fn partly(&self, base: Base);

    /// Takes all users; their terms are still missing.
    fn whole(&self, base: &Arc<Base>);
}

/// Every user's projects, each a number, in the order of the slots.
#[derive(Default)]
struct Members {
    projects: Vec<ProjectId>,
    numbers: HashMap<ProjectId, u32>,
    pairs: Vec<(u32, u32)>,
}

impl Members {
    fn push(&mut self, slot: u32, projects: &[ProjectId]) {
        for project in projects {
            let number = *self.numbers.entry(*project).or_insert_with(|| {
                self.projects.push(*project);
                self.projects.len() as u32 - 1
            });
            self.pairs.push((slot, number));
        }
    }
}

/// All users in columns. What is there so far is shown now and then, at longer and longer
/// intervals: sorting it all each time must not take longer than reading.
fn read(source: &dyn Source, directory: &Directory, watch: &dyn Watch) -> Result<(Base, Members), Error> {
    let of = source.count().map_err(Error::Source)?;
    let (mut draft, mut members) = (Draft::new(directory), Members::default());
    let (mut read, mut shown, mut wanted) = (0, FIRST_SHOWN, true);
    let sequence = source.scan(&mut |sequence, user| {
        let slot = draft.push(&user);
        members.push(slot, &user.projects);
        read += 1;
        if read == shown {
            watch.partly(draft.so_far(sequence));
            shown *= 4;
        }
        wanted = watch.goes_on(read, of);
        wanted
    });
    let sequence = sequence.map_err(Error::Source)?;
    if wanted { Ok((draft.so_far(sequence), members)) } else { Err(Error::Unfinished) }
}

/// The terms of all users of a base, into an empty folder.
fn write(base: &Base, members: &Members, dir: &Path, goes_on: &dyn Fn(u64) -> bool) -> Result<(), Error> {
    let mut disk = Disk::create(dir)?;
    let mut pairs = members.pairs.iter().peekable();
    let mut projects = Vec::new();
    for (slot, written) in base.used().zip(1..) {
        projects.clear();
        while let Some((_, project)) = pairs.next_if(|(of, _)| *of == slot) {
            projects.push(members.projects[*project as usize]);
        }
        disk.add(base.ids[slot as usize], slot, base.texts.get(slot), &projects)?;
        if !goes_on(written) {
            return Err(Error::Unfinished);
        }
    }
    disk.commit(base.sequence)?;
    disk.close()
}

/// Removes a file or a folder, if it is there.
fn remove(path: &Path) -> Result<(), Error> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(path)(error)),
        _ => Ok(()),
    }
}
