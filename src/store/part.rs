//! A part of a transaction, which is kept or given up by itself: in a batch one user is refused
//! and the others are not.

use serde::de::DeserializeOwned;

use super::{
    codec,
    error::Error,
    kv::{Batch, Reader},
    tables::Table,
    write::WriteTx,
};
use crate::model::{mail::Mail, project::Membership, user::User};

/// A record before and after a part of a transaction.
pub struct Changed<E> {
    pub before: Option<E>,
    pub after: Option<E>,
}

/// What a part of a transaction wrote.
pub struct Written {
    pub users: Vec<Changed<User>>,
    pub memberships: Vec<Changed<Membership>>,
    pub mails: Vec<Changed<Mail>>,
}

impl WriteTx<'_> {
    /// Runs a part of the transaction. Ok adds what it wrote to the rest and tells what that is;
    /// Err leaves no trace of it.
    pub fn part<T, E: From<Error>>(
        &mut self,
        f: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E>,
    ) -> Result<(T, Written), E> {
        let mut part = WriteTx {
            base: &*self,
            own: Batch::default(),
            sequence: self.sequence,
            touched: Vec::new(),
            mail: false,
            author: self.author.clone(),
            now: self.now,
            entropy: self.entropy,
        };
        let done = f(&mut part)?;
        let WriteTx { own, sequence, touched, mail, .. } = part;
        let written = Written {
            users: self.changed(Table::Users, &own)?,
            memberships: self.changed(Table::Members, &own)?,
            mails: self.changed(Table::Mails, &own)?,
        };
        self.own.absorb(own);
        self.sequence = sequence;
        self.touched.extend(touched);
        self.mail |= mail;
        Ok((done, written))
    }

    fn changed<E: DeserializeOwned>(&self, table: Table, own: &Batch) -> Result<Vec<Changed<E>>, Error> {
        let mut all = Vec::new();
        for (key, after) in own.of(table) {
            let before = self.get(table, key)?;
            if before != *after {
                let read = |bytes: &Vec<u8>| codec::decode(bytes);
                let before = before.as_ref().map(read).transpose()?;
                all.push(Changed { before, after: after.as_ref().map(read).transpose()? });
            }
        }
        Ok(all)
    }
}
