//! What the portal keeps for its own use: what its housekeeping remembers, and how many users
//! were there each day.

use super::{Entity, Facts, Noted};
use crate::{
    model::{
        activity::Subject,
        chores::Chores,
        visits::{Day, Visits},
    },
    store::{
        error::Error,
        kv::Reader,
        tables::{Table, key, meta},
    },
};

impl Entity for Chores {
    const TABLE: Table = Table::Meta;
    type Id = ();
    fn id(&self) {}
    fn key_of((): ()) -> Vec<u8> {
        meta::CHORES.to_vec()
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(None)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(Vec::new())
    }
}
impl Noted for Chores {}

impl Entity for Visits {
    const TABLE: Table = Table::Visits;
    type Id = (Day, u64);
    fn id(&self) -> Self::Id {
        (self.day, Visits::fingerprint(&self.groups))
    }
    fn key_of((day, groups): Self::Id) -> Vec<u8> {
        key(&[&day.sort_key(), &groups.to_be_bytes()])
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(None)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(Vec::new())
    }
}
impl Noted for Visits {}
