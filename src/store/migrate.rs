//! The store's own version, and the way from an older one to this.

mod chained;

use super::{
    error::Error,
    kv::{Batch, Kv, Reader},
    tables::{Table, meta},
};
use crate::model::time::Timestamp;

/// Counts up with every change of shape that an older program could not read.
pub const VERSION: u32 = 2;

/// What a store says of itself.
pub enum Found {
    Empty,
    Version(u32),
    /// A redb file, but not one of ours.
    Foreign,
}

pub fn found(kv: &Kv) -> Result<Found, Error> {
    let snapshot = kv.read()?;
    Ok(match snapshot.get(Table::Meta, meta::VERSION)? {
        Some(bytes) => {
            bytes.try_into().map_or(Found::Foreign, |bytes| Found::Version(u32::from_be_bytes(bytes)))
        }
        None if snapshot.is_empty()? => Found::Empty,
        None => Found::Foreign,
    })
}

/// Whether a migration was cut off half-way.
pub fn under_way(kv: &Kv) -> Result<bool, Error> {
    Ok(kv.read()?.get(Table::Meta, meta::MIGRATING)?.is_some())
}

/// Brings an older store to this version, one step after the other, each a little in each commit: cut
/// off, it goes on from there. From a step's first commit on, an older program refuses the file: it
/// has the step's version, and `MIGRATING` until the step has come to its end.
pub fn go_on(kv: &Kv, now: Timestamp) -> Result<(), Error> {
    let Found::Version(version) = found(kv)? else {
        return Err(Error::Damaged("it has no version".to_owned()));
    };
    let from = if under_way(kv)? { version - 1 } else { version };
    for step in from..VERSION {
        match step {
            1 => chained::go_on(kv, now)?,
            _ => return Err(Error::Damaged(format!("there is no way from version {step}"))),
        }
    }
    Ok(())
}

/// Marks a store that was just begun.
pub fn begin(kv: &Kv, instance: &str) -> Result<(), Error> {
    let mut batch = Batch::default();
    batch.set(Table::Meta, meta::VERSION.to_vec(), Some(VERSION.to_be_bytes().to_vec()));
    batch.set(Table::Meta, meta::INSTANCE.to_vec(), Some(instance.as_bytes().to_vec()));
    for group in crate::model::group::BuiltIn::ALL {
        let Some(group) = crate::model::group::Group::built_in(*group) else { continue };
        use super::entity::Entity;
        let key = crate::model::group::Group::key_of(group.id);
        for row in group.indexes() {
            batch.set(row.table, row.key, Some(key.clone()));
        }
        batch.set(Table::Groups, key, Some(super::codec::encode(&group)?));
    }
    // There from the start, so that the first change is recorded as one.
    let settings = super::codec::encode(&crate::model::settings::Settings::default())?;
    batch.set(Table::Meta, meta::SETTINGS.to_vec(), Some(settings));
    kv.commit(&batch)
}
