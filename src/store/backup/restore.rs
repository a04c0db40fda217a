//! Reading a backup: only to see that all of it is there, or into an empty folder.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder},
    io::Read,
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use super::{
    super::{
        codec, folder,
        kv::{Batch, Kv, OpenFailure},
        migrate,
        tables::{Table, meta},
    },
    FORMAT, Failure, Header,
    frames::{Frames, Kind},
};
use crate::{
    entropy,
    model::{
        credential::Secret,
        mail::{Mail, MailState},
        time::Timestamp,
    },
};

/// Bytes of rows that are committed together.
const TOGETHER: usize = 8 << 20;

/// What stands in a mail that was still to go.
const HELD: &str =
    "Held back: the portal was restored from a backup, and this mail may have been sent since.";

/// How a backup becomes a portal.
#[derive(Default)]
pub struct Options {
    /// The file `key` of the portal that was backed up; without it there is a new one.
    pub key: Option<Secret>,
}

/// Reads all of a backup and says what it holds, or what is wrong with it.
pub fn inspect(source: impl Read) -> Result<Header, Failure> {
    read(source, |_, _, _, _| Ok(()))
}

/// Makes the store in a folder that is there and empty. What it holds is durable when this returns.
pub fn restore(source: impl Read, folder: &Path, options: Options) -> Result<Header, Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if fs::read_dir(folder)?.next().is_some() {
        return Err(Failure::NotEmpty(folder.to_owned()));
    }
    let store = folder.join(folder::STORE);
    folder::private(&store)?;
    let kv = Kv::open(&store).map_err(|failure| match failure {
        OpenFailure::Locked => Failure::NotEmpty(folder.to_owned()),
        OpenFailure::Io(error) => error.into(),
        OpenFailure::Foreign(text) => Failure::Folder(text),
    })?;
    let random = entropy::random().map_err(super::super::Error::from)?;
    let instance: String = random[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let (mut batch, mut size) = (Batch::default(), 0);
    let header = read(source, |header, table, key, value| {
        if table.passing() {
            return Ok(());
        }
        size += key.len() + value.len();
        let value = match table {
            Table::Meta if key == meta::INSTANCE => instance.clone().into_bytes(),
            Table::Mails => held_back(value, header)?,
            _ => value,
        };
        batch.set(table, key, Some(value));
        if size >= TOGETHER {
            kv.commit(&std::mem::take(&mut batch))?;
            size = 0;
        }
        Ok(())
    })?;
    kv.commit(&batch)?;
    if let Some(key) = options.key {
        folder::create(&folder.join(folder::KEY), key.expose())?;
    }
    Ok(header)
}

/// A mail that was still to go is kept, and goes only if somebody says so: the portal that was
/// backed up has probably sent it.
fn held_back(value: Vec<u8>, header: &Header) -> Result<Vec<u8>, Failure> {
    let mail: Mail = codec::decode(&value)?;
    if mail.state != MailState::Queued {
        return Ok(value);
    }
    let done_at = Timestamp::parse(&header.at);
    let (state, last_error) = (MailState::Cancelled, Some(HELD.to_owned()));
    Ok(codec::encode(&Mail { state, last_error, done_at, next_attempt_at: None, ..mail })?)
}

/// All rows in their order, each once its frame was found whole.
fn read(
    source: impl Read,
    mut row: impl FnMut(&Header, Table, Vec<u8>, Vec<u8>) -> Result<(), Failure>,
) -> Result<Header, Failure> {
    let mut frames = Frames::begin(source)?;
    let header = match frames.next()? {
        (Kind::Header, json) => header(&json)?,
        _ => return Err(Failure::Damaged("it does not say what it is".to_owned())),
    };
    let mut found = BTreeMap::<String, u64>::new();
    loop {
        let rows = match frames.next()? {
            (Kind::Rows, rows) => rows,
            (Kind::End, _) => break,
            (Kind::Header, _) => return Err(Failure::Damaged("it begins twice".to_owned())),
        };
        let (table, mut rest) = table(&rows, &header)?;
        while !rest.is_empty() {
            let (key, value) = (part(&mut rest)?, part(&mut rest)?);
            row(&header, table, key, value)?;
            *found.entry(table.name().to_owned()).or_default() += 1;
        }
    }
    frames.finish()?;
    if found != header.tables {
        return Err(Failure::Damaged("it does not hold as many rows as it says".to_owned()));
    }
    Ok(header)
}

fn header(json: &[u8]) -> Result<Header, Failure> {
    let header: Header =
        serde_json::from_slice(json).map_err(|error| Failure::Damaged(format!("its beginning: {error}")))?;
    if header.format > FORMAT || header.store > migrate::VERSION {
        return Err(Failure::Newer(header.program));
    }
    if Timestamp::parse(&header.at).is_none() {
        return Err(Failure::Damaged("its time is none".to_owned()));
    }
    // It is repeated in the activity.
    if header.instance.len() > 64 || !header.instance.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Failure::Damaged("its portal is none".to_owned()));
    }
    Ok(header)
}

fn table<'a>(rows: &'a [u8], header: &Header) -> Result<(Table, &'a [u8]), Failure> {
    let short = || Failure::Damaged("rows without a table".to_owned());
    let (length, rest) = rows.split_first().ok_or_else(short)?;
    let (name, rest) = rest.split_at_checked(usize::from(*length)).ok_or_else(short)?;
    let table = Table::ALL.into_iter().find(|table| table.name().as_bytes() == name);
    // A table that is not known here came later.
    Ok((table.ok_or_else(|| Failure::Newer(header.program.clone()))?, rest))
}

fn part(rest: &mut &[u8]) -> Result<Vec<u8>, Failure> {
    let short = || Failure::Damaged("a row is cut off".to_owned());
    let (length, after) = rest.split_first_chunk::<4>().ok_or_else(short)?;
    let (part, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize).ok_or_else(short)?;
    *rest = after;
    Ok(part.to_vec())
}
