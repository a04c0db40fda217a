//! The search terms' files: opening, writing, committing. One process writes.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tantivy::{
    Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError,
    merge_policy::LogMergePolicy,
};

use super::{
    error::Error,
    files::Files,
    schema::{Fields, VERSION, register},
    terms::Terms,
    texts::Record,
};
use crate::model::id::{ProjectId, UserId};

/// What one writing thread gathers before it writes a segment.
const BUFFER: usize = 24 << 20;
/// The same while everything is built anew.
const BUILDING: usize = 80 << 20;

/// Another process can't have the index, for it can't have the store. But one that is started by
/// this one has its files open for a moment, and so may still hold the lock of a writer that is gone.
const TRIES: u32 = 100;
const A_MOMENT: Duration = Duration::from_millis(20);

/// The share of deleted documents from which a segment is written anew.
const DELETED: f32 = 0.3;

fn writer(index: &Index, threads: usize, buffer: usize) -> Result<IndexWriter<TantivyDocument>, Error> {
    for _ in 0..TRIES {
        match index.writer_with_num_threads(threads, buffer) {
            Err(TantivyError::LockFailure(..)) => std::thread::park_timeout(A_MOMENT),
            done => return Ok(done?),
        }
    }
    Ok(index.writer_with_num_threads(threads, buffer)?)
}

pub struct Disk {
    folder: PathBuf,
    index: Index,
    reader: IndexReader,
    writer: IndexWriter<TantivyDocument>,
    fields: Fields,
}

impl Disk {
    /// Makes an empty one in an empty folder.
    pub fn create(dir: &Path) -> Result<Self, Error> {
        let (schema, fields) = Fields::new();
        let index = Index::create(Files::open(dir)?, schema, IndexSettings::default())?;
        Self::with(dir, index, fields, 2, BUILDING)
    }

    /// Opens what is there; refuses what another version has written.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let (schema, fields) = Fields::new();
        let index = Index::open(Files::open(dir)?)?;
        if index.schema() != schema {
            return Err(Error::Unfit("it has other fields"));
        }
        Self::with(dir, index, fields, 1, BUFFER)
    }

    fn with(dir: &Path, index: Index, fields: Fields, threads: usize, buffer: usize) -> Result<Self, Error> {
        register(index.tokenizers());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = writer(&index, threads, buffer)?;
        let mut merges = LogMergePolicy::default();
        // Deleted users' terms cost every search that comes by them.
        merges.set_del_docs_ratio_before_merge(DELETED);
        writer.set_merge_policy(Box::new(merges));
        Ok(Self { folder: dir.to_owned(), index, reader, writer, fields })
    }

    /// The change that the last commit has come to.
    pub fn sequence(&self) -> Result<u64, Error> {
        let payload = self.index.load_metas()?.payload.unwrap_or_default();
        let (version, sequence) = payload.split_once(' ').ok_or(Error::Unfit("its commit says nothing"))?;
        if version.parse() != Ok(VERSION) {
            return Err(Error::Unfit("another version of Rollcall has written it"));
        }
        sequence.parse().map_err(|_| Error::Unfit("its commit says nothing"))
    }

    /// That every file still has what was written to it.
    pub fn verify(&self) -> Result<(), Error> {
        let damaged = self.index.validate_checksum()?;
        if damaged.is_empty() { Ok(()) } else { Err(Error::Unfit("some of its files are damaged")) }
    }

    /// Adds a user who has no terms yet.
    pub fn add(&self, id: UserId, slot: u32, texts: Record<'_>, projects: &[ProjectId]) -> Result<(), Error> {
        self.writer.add_document(self.fields.document(id, slot, texts, projects))?;
        Ok(())
    }

    /// Forgets a user's terms.
    pub fn delete(&self, id: UserId) {
        self.writer.delete_term(self.fields.user(id));
    }

    /// Makes everything since the last commit durable.
    pub fn commit(&mut self, sequence: u64) -> Result<(), Error> {
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&format!("{VERSION} {sequence}"));
        commit.commit()?;
        Ok(())
    }

    /// The terms as of the last commit.
    pub fn terms(&self, earlier: Option<&Terms>) -> Result<Terms, Error> {
        self.reader.reload()?;
        Terms::new(&self.folder, self.reader.searcher(), self.fields, earlier)
    }

    /// Ends the writing, after the merges that are under way.
    pub fn close(self) -> Result<(), Error> {
        Ok(self.writer.wait_merging_threads()?)
    }
}
