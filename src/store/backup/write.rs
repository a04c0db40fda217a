//! Writing a backup of one moment.

use std::io::Write;

use super::{
    super::{
        kv::{Keys, Reader, Way},
        migrate,
        tables::{Table, meta},
    },
    FORMAT, Failure, Header,
    frames::{Kind, Writer},
};
use crate::model::time::Timestamp;

/// Bytes of rows that are sealed together.
const TOGETHER: usize = 256 << 10;

/// Writes all of a moment but what lets somebody in or is half-way. `give_way` is called
/// between the parts.
pub fn write(
    tx: &impl Reader,
    at: Timestamp,
    out: impl Write,
    give_way: impl Fn(),
) -> Result<Header, Failure> {
    let kept = || Table::ALL.into_iter().filter(|table| !table.passing());
    let instance = tx.get(Table::Meta, meta::INSTANCE)?.unwrap_or_default();
    let mut header = Header {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        store: migrate::VERSION,
        instance: String::from_utf8_lossy(&instance).into_owned(),
        at: at.to_string(),
        tables: kept()
            .map(|table| Ok((table.name().to_owned(), tx.len(table)?)))
            .collect::<Result<_, Failure>>()?,
    };
    header.tables.retain(|_, rows| *rows > 0);
    let json =
        |header: &Header| serde_json::to_vec(header).map_err(|error| Failure::Damaged(error.to_string()));
    let mut frames = Writer::begin(out)?;
    frames.frame(Kind::Header, &json(&header)?)?;
    for table in kept() {
        let mut rows = begin(table);
        for pair in tx.range(table, Keys::all(), Way::Up)? {
            let (key, value) = pair?;
            for part in [key, value] {
                rows.extend_from_slice(&(part.len() as u32).to_be_bytes());
                rows.extend_from_slice(&part);
            }
            if rows.len() >= TOGETHER {
                frames.frame(Kind::Rows, &rows)?;
                give_way();
                rows = begin(table);
            }
        }
        if rows.len() > begin(table).len() {
            frames.frame(Kind::Rows, &rows)?;
        }
    }
    frames.frame(Kind::End, &[])?;
    frames.finish()?;
    Ok(header)
}

/// Rows say which table they are of: its name, after the name's length.
fn begin(table: Table) -> Vec<u8> {
    let name = table.name().as_bytes();
    [&[name.len() as u8], name].concat()
}
