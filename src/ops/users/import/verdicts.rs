//! What is to become of each row, in a file beside the store: a million rows need not be in memory.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, BufWriter, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};

use super::{
    kept::{passes, room},
    plan::Plan,
    refusal::failed,
};
use crate::{
    model::{
        import::{Counts, Row, RowAction},
        page::{Page, Paging},
    },
    ops::{Error, Result},
};

/// Where each row's line begins, and what becomes of it: eight bytes a row.
#[derive(Default)]
struct Index {
    lines: Vec<u64>,
    length: u64,
    counts: Counts,
}

pub struct Writer {
    path: PathBuf,
    out: BufWriter<File>,
    line: Vec<u8>,
    index: Index,
    floor: u64,
}

/// All of them, for reading. The file goes with it.
pub struct Verdicts {
    path: PathBuf,
    file: File,
    index: Index,
}

fn damaged(error: serde_json::Error) -> Error {
    Error::Internal(format!("an import's verdicts: {error}"))
}

impl Writer {
    /// As long as so many bytes of the disk are free.
    pub fn begin(path: PathBuf, floor: u64) -> Result<Self> {
        let out = BufWriter::with_capacity(1 << 18, private(&path).map_err(failed)?);
        Ok(Self { path, out, line: Vec::new(), index: Index::default(), floor })
    }

    /// Adds a row; one that can't be taken with its cells as they stood.
    pub fn add(&mut self, row: &Row, plan: Option<&Plan>, cells: Option<Vec<&str>>) -> Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, &(plan, row, cells)).map_err(damaged)?;
        self.line.push(b'\n');
        self.out.write_all(&self.line).map_err(failed)?;
        let Index { lines, length, counts } = &mut self.index;
        if passes(*length, *length + self.line.len() as u64) {
            room(&self.path, self.floor)?;
        }
        lines.push(*length << 2 | row.action as u64);
        *length += self.line.len() as u64;
        counts.add(row.action);
        Ok(())
    }

    pub fn counts(&self) -> Counts {
        self.index.counts
    }

    pub fn finish(self) -> Result<Verdicts> {
        let Self { path, out, mut index, .. } = self;
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        index.lines.shrink_to_fit();
        Ok(Verdicts { path, file, index })
    }
}

impl Verdicts {
    pub fn counts(&self) -> Counts {
        self.index.counts
    }

    /// A page of all rows, or of those of one kind, in the order of the file.
    pub fn page(&self, action: Option<RowAction>, paging: Paging) -> Result<Page<Row>> {
        let wanted = |line: &u64| action.is_none_or(|action| *line & 3 == action as u64);
        let offset = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
        let lines = self.index.lines.iter().enumerate().filter(|(_, line)| wanted(line));
        let items = lines.skip(offset).take(paging.per_page as usize).map(|(n, _)| self.row(n));
        let items = items.collect::<Result<_>>()?;
        let counts = self.index.counts;
        Ok(Page { items, total: action.map_or(counts.all(), |action| counts.of(action)), paging })
    }

    fn row(&self, n: usize) -> Result<Row> {
        let start = self.index.lines[n] >> 2;
        let end = self.index.lines.get(n + 1).map_or(self.index.length, |line| line >> 2);
        let mut line = vec![0; usize::try_from(end - start).unwrap_or_default()];
        self.file.read_exact_at(&mut line, start).map_err(failed)?;
        let (_, row, _): (IgnoredAny, Row, IgnoredAny) = read(&line)?;
        Ok(row)
    }

    /// The rows that change something, by number, and how, in the order of the file.
    pub fn plans(&self) -> Result<impl Iterator<Item = Result<(u64, Plan)>> + '_> {
        let changes = |action| action == RowAction::Create as u64 || action == RowAction::Update as u64;
        Ok(self.lines(changes)?.map(|line| {
            let (plan, Numbered { row }, _): (Plan, Numbered, IgnoredAny) = read(&line?)?;
            Ok((row, plan))
        }))
    }

    /// The rows that can't be taken, each with its cells.
    pub fn refused(&self) -> Result<impl Iterator<Item = Result<(Row, Vec<String>)>> + '_> {
        Ok(self.lines(|action| action == RowAction::Error as u64)?.map(|line| {
            let (_, row, cells): (IgnoredAny, Row, Vec<String>) = read(&line?)?;
            Ok((row, cells))
        }))
    }

    /// The wanted lines, read from the beginning to the end.
    fn lines(&self, wanted: impl Fn(u64) -> bool) -> Result<impl Iterator<Item = Result<Vec<u8>>>> {
        let mut reader = BufReader::with_capacity(1 << 18, File::open(&self.path).map_err(failed)?);
        Ok(self.index.lines.iter().filter_map(move |line| {
            let mut text = Vec::with_capacity(512);
            match reader.read_until(b'\n', &mut text) {
                Ok(_) => wanted(line & 3).then_some(Ok(text)),
                Err(error) => Some(Err(failed(error))),
            }
        }))
    }
}

fn read<T: DeserializeOwned>(line: &[u8]) -> Result<T> {
    serde_json::from_slice(line).map_err(damaged)
}

#[derive(Deserialize)]
struct Numbered {
    row: u64,
}

impl Drop for Verdicts {
    fn drop(&mut self) {
        // What can't be taken away now is taken away at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

/// A new file for its owner alone.
pub fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).truncate(true).read(true).write(true).mode(0o600).open(path)
}
