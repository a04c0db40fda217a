//! The base as a file, so that a start need not sort a million users anew. It is written now and
//! then and when the index closes; what has changed since is in the store's queue.
//!
//! Numbers are little-endian; the SHA-256 of all before it ends the file.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{
    base::Base,
    directory::Directory,
    error::Error,
    order::{COLUMNS, Column},
    pieces::Pieces,
    sets::Sets,
    texts::{Record, Texts},
};
use crate::model::id::{GroupId, Id, UserId};

/// Ends in the version of the format.
const MAGIC: &[u8; 16] = b"rollcall users 1";

/// How long the hash at the end is.
const HASH: u64 = 32;

/// Puts a base in a file, whole or not at all.
pub fn save(base: &Base, path: &Path) -> Result<(), Error> {
    let new = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut out =
            BufWriter::with_capacity(1 << 18, Hashed { inner: File::create(&new)?, hash: Sha256::new() });
        put(base, &mut out)?;
        let Hashed { mut inner, hash } = out.into_inner()?;
        inner.write_all(&hash.finalize())?;
        inner.sync_all()?;
        fs::rename(&new, path)
    };
    write().map_err(Error::file(path))
}

/// Takes a base out of its file; groups are sorted by the names they have now.
pub fn load(path: &Path, directory: &Directory) -> Result<Base, Error> {
    let read = || -> io::Result<Option<Base>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len().saturating_sub(HASH);
        let hashed = Hashed { inner: (&file).take(length), hash: Sha256::new() };
        let mut from = BufReader::with_capacity(1 << 18, hashed);
        let base = take(&mut from, usize::try_from(length).unwrap_or(usize::MAX), directory)?;
        let ends = from.read(&mut [0])? == 0;
        let hash = from.into_inner().hash.finalize();
        let mut written = Vec::new();
        (&file).read_to_end(&mut written)?;
        Ok(base.filter(|_| ends && hash.as_slice() == written))
    };
    read()
        .map_err(Error::file(path))?
        .ok_or(Error::Unfit("the file of users is damaged or of another version"))
}

fn put(base: &Base, out: &mut impl Write) -> io::Result<()> {
    out.write_all(MAGIC)?;
    out.write_all(&base.sequence.to_le_bytes())?;
    out.write_all(&(base.size() as u64).to_le_bytes())?;
    base.ids.iter().try_for_each(|id| out.write_all(&id.bytes()))?;
    base.states.iter().try_for_each(|state| out.write_all(&[*state]))?;
    base.created.iter().try_for_each(|at| out.write_all(&at.to_le_bytes()))?;
    base.seen.iter().try_for_each(|at| out.write_all(&at.to_le_bytes()))?;
    base.sets.iter().try_for_each(|set| out.write_all(&set.to_le_bytes()))?;
    base.projects.iter().try_for_each(|projects| out.write_all(&projects.to_le_bytes()))?;
    for slot in 0..base.size() as u32 {
        let Record { name, email, company } = base.texts.get(slot);
        for text in [name, email, company] {
            out.write_all(&(text.len() as u32).to_le_bytes())?;
            out.write_all(text.as_bytes())?;
        }
    }
    out.write_all(&(base.groups.all().len() as u64).to_le_bytes())?;
    for set in base.groups.all() {
        out.write_all(&(set.len() as u64).to_le_bytes())?;
        set.iter().try_for_each(|group| out.write_all(&group.bytes()))?;
    }
    for column in COLUMNS {
        let order = base.order(column);
        out.write_all(&(order.len() as u64).to_le_bytes())?;
        order.iter().try_for_each(|slot| out.write_all(&slot.to_le_bytes()))?;
    }
    Ok(())
}

/// `None` when what is there makes no base.
fn take(from: &mut impl Read, most: usize, directory: &Directory) -> io::Result<Option<Base>> {
    if take_array::<16>(from)? != *MAGIC {
        return Ok(None);
    }
    let mut base = Base::default();
    base.sequence = u64::from_le_bytes(take_array(from)?);
    let size = take_count(from, most)?;
    base.ids = take_all(from, size, |bytes| UserId::from_uuid(uuid::Uuid::from_bytes(bytes)))?;
    base.states = take_all(from, size, u8::from_le_bytes)?;
    base.created = take_all(from, size, i64::from_le_bytes)?;
    base.seen = take_all(from, size, i64::from_le_bytes)?;
    base.sets = take_all(from, size, u32::from_le_bytes)?;
    base.projects = take_all(from, size, u64::from_le_bytes)?;
    base.texts = take_texts(from, size, most)?;
    let mut groups = Sets::default();
    for _ in 0..take_count(from, most)? {
        let count = take_count(from, most)?;
        let set: Vec<_> = take_all(from, count, |bytes| GroupId::from_uuid(uuid::Uuid::from_bytes(bytes)))?;
        groups.number(&set, directory);
    }
    base.groups = groups;
    let mut orders: [Pieces<u32>; COLUMNS.len()] = Default::default();
    for order in &mut orders {
        let count = take_count(from, most)?;
        *order = take_all(from, count, u32::from_le_bytes)?;
    }
    let used = base.used().count();
    let known = |set: &u32| (*set as usize) < base.groups.all().len();
    let fits = |order: &Pieces<u32>| order.len() == used && order.iter().all(|slot| (*slot as usize) < size);
    if !orders.iter().all(fits) || !base.used().all(|slot| known(&base.sets[slot as usize])) {
        return Ok(None);
    }
    orders[Column::Groups as usize] = Column::Groups.sorted(&base);
    Ok(Some(base.assembled(Some(orders))))
}

fn take_texts(from: &mut impl Read, size: usize, most: usize) -> io::Result<Texts> {
    let mut texts = Texts::default();
    let mut slot = 0;
    while slot < size {
        let mut some = Vec::new();
        while slot < size && some.len() < 10_000 {
            let mut fields: [String; 3] = Default::default();
            for field in &mut fields {
                let length = u32::from_le_bytes(take_array(from)?) as usize;
                let mut bytes = vec![0; length.min(most)];
                from.read_exact(&mut bytes)?;
                *field = String::from_utf8(bytes).map_err(io::Error::other)?;
            }
            some.push((slot as u32, fields));
            slot += 1;
        }
        texts.put(some.iter().map(|(slot, [name, email, company])| (*slot, Record { name, email, company })));
    }
    Ok(texts)
}

fn take_array<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A count of things that the file has room for.
fn take_count(from: &mut impl Read, most: usize) -> io::Result<usize> {
    let count = u64::from_le_bytes(take_array(from)?);
    usize::try_from(count).ok().filter(|count| *count <= most).ok_or(io::ErrorKind::InvalidData.into())
}

fn take_all<T, const N: usize, C: FromIterator<T>>(
    from: &mut impl Read,
    count: usize,
    make: impl Fn([u8; N]) -> T,
) -> io::Result<C> {
    (0..count).map(|_| take_array(from).map(&make)).collect()
}

/// Hashes what goes through.
struct Hashed<T> {
    inner: T,
    hash: Sha256,
}

impl<T: Write> Write for Hashed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashed<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.hash.update(&bytes[..read]);
        Ok(read)
    }
}
