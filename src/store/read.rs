//! What can be asked of a store, at one moment or within a transaction.

use super::{
    activity::{Anchor, Head},
    codec,
    entity::Entity,
    error::Error,
    kv::{Keys, Reader, Way},
    tables::{Table, meta},
};
use crate::model::{
    id::{Id, MailId, UserId},
    mail::MailKind,
    run_out::{RunOut, Runs},
    settings::Settings,
    text::EmailAddress,
    time::Timestamp,
    user::User,
};

/// Typed reading, the same over a snapshot and over a transaction.
pub trait Read: Reader {
    fn entity<E: Entity>(&self, id: E::Id) -> Result<Option<E>, Error> {
        let key = E::key_of(id);
        match self.memo().filter(|_| E::KEPT) {
            Some(memo) => memo.kept(&key, || self.stored(E::TABLE, &key)),
            None => self.stored(E::TABLE, &key),
        }
    }

    fn stored<T: serde::de::DeserializeOwned>(&self, table: Table, key: &[u8]) -> Result<Option<T>, Error> {
        self.get(table, key)?.map(|bytes| codec::decode(&bytes)).transpose()
    }

    /// The entity that a unique index leads to.
    fn by_index<E: Entity>(&self, index: Table, key: &[u8]) -> Result<Option<E>, Error> {
        let find = || match self.get(index, key)? {
            Some(primary) => self.stored(E::TABLE, &primary),
            None => Ok(None),
        };
        // By a hash, that is: what people type may be as long as one.
        match self.memo().filter(|_| E::KEPT && index == Table::SessionsByToken) {
            Some(memo) => memo.kept(key, find),
            None => find(),
        }
    }

    /// All entities of a kind, in the order of their keys.
    fn all<E: Entity>(&self) -> Result<impl Iterator<Item = Result<E, Error>> + '_, Error> {
        self.below(&[])
    }

    /// All entities whose key begins with this.
    fn below<E: Entity>(&self, prefix: &[u8]) -> Result<impl Iterator<Item = Result<E, Error>> + '_, Error> {
        let pairs = self.range(E::TABLE, Keys::prefix(prefix), Way::Up)?;
        Ok(pairs.map(|pair| codec::decode(&pair?.1)))
    }

    /// The ids at the end of an index's keys that begin with a prefix.
    fn ids<I: Id>(
        &self,
        index: Table,
        prefix: &[u8],
        way: Way,
    ) -> Result<impl Iterator<Item = Result<I, Error>> + '_, Error> {
        self.ids_in(index, Keys::prefix(prefix), way)
    }

    fn ids_in<I: Id>(
        &self,
        index: Table,
        keys: Keys,
        way: Way,
    ) -> Result<impl Iterator<Item = Result<I, Error>> + '_, Error> {
        Ok(self.range(index, keys, way)?.map(|pair| trailing_id(&pair?.0)))
    }

    fn count(&self, index: Table, prefix: &[u8]) -> Result<u64, Error> {
        let mut n = 0;
        for pair in self.range(index, Keys::prefix(prefix), Way::Up)? {
            pair?;
            n += 1;
        }
        Ok(n)
    }

    fn settings(&self) -> Result<Settings, Error> {
        Ok(self.stored(Table::Meta, meta::SETTINGS)?.unwrap_or_default())
    }

    /// By how many milliseconds an activity's id may be ahead of its time: ids never go back, the
    /// clock may.
    fn activity_lead(&self) -> Result<u64, Error> {
        Ok(self.get(Table::Meta, meta::ACTIVITY_LEAD)?.map_or(0, |bytes| number(&bytes)))
    }

    /// The end of the chain of activities; `None`: nothing was recorded yet.
    fn activity_head(&self) -> Result<Option<Head>, Error> {
        self.stored(Table::Meta, meta::ACTIVITY_HEAD)
    }

    /// Up to where the chain was trimmed; `None`: it never was.
    fn activity_anchor(&self) -> Result<Option<Anchor>, Error> {
        self.stored(Table::Meta, meta::ACTIVITY_ANCHOR)
    }

    fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, Error> {
        self.by_index(Table::UsersByEmail, email.folded().as_bytes())
    }

    /// The newest mail of a kind to a user.
    fn newest_mail(&self, user: UserId, kind: MailKind) -> Result<Option<MailId>, Error> {
        let prefix = super::tables::key(&[&user.bytes(), kind.as_str().as_bytes(), &[0]]);
        self.ids(Table::MailsByUser, &prefix, Way::Down)?.next().transpose()
    }

    /// The number of the last change that the search index was told of.
    fn sequence(&self) -> Result<u64, Error> {
        Ok(self.get(Table::Meta, meta::SEQUENCE)?.map_or(0, |bytes| number(&bytes)))
    }

    /// Whether it is over, by the time or because it was found to be over before.
    fn has_run_out(&self, one: &impl Runs, now: Timestamp) -> Result<bool, Error> {
        Ok(now >= one.ends() || self.is_noted_over(one)?)
    }

    fn is_noted_over(&self, one: &impl Runs) -> Result<bool, Error> {
        Ok(self.entity::<RunOut>(one.mark().0)?.is_some())
    }

    /// Whether anyone has ever been here.
    fn has_users(&self) -> Result<bool, Error> {
        Ok(self.len(Table::Users)? > 0)
    }
}

impl<R: Reader + ?Sized> Read for R {}

pub fn trailing_id<I: Id>(key: &[u8]) -> Result<I, Error> {
    key.last_chunk::<16>()
        .and_then(|bytes| I::from_slice(bytes))
        .ok_or_else(|| Error::Damaged("an index key without an id".to_owned()))
}

pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_be_bytes)
}
