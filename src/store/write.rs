//! The one write path. An entity changes only through [`WriteTx::save`] and [`WriteTx::remove`],
//! and both ask for the action: a write that is not recorded does not compile.

use serde_json::Value;

use super::{
    codec,
    entity::{Entity, Facts, Noted, Touched},
    error::Error,
    kv::{Batch, Keys, Layered, Pairs, Reader, Way},
    read::Read,
    tables::{Table, meta},
};
use crate::{
    entropy::Entropy,
    model::{
        activity::{Change, Named, Recorded, Subject},
        credential::Secret,
        id::*,
        mail::Mail,
        time::Timestamp,
    },
};

/// In whose name a transaction's activity is recorded.
#[derive(Debug, Clone, Default)]
pub struct Author {
    pub actor: Option<Named>,
    pub acting_as: Option<Named>,
    /// The name of the API token that did it.
    pub token: Option<String>,
    pub origin: Option<String>,
}

/// A transaction: what it writes, it reads back; nothing reaches the store unless its closure returns Ok.
pub struct WriteTx<'a> {
    pub(super) base: &'a dyn Reader,
    pub(super) own: Batch,
    pub(super) sequence: u64,
    pub(super) touched: Vec<(u64, Touched)>,
    pub(super) mail: bool,
    pub(super) author: Author,
    pub(super) now: Timestamp,
    pub(super) entropy: &'a Entropy,
}

impl Reader for WriteTx<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match self.own.get(table, key) {
            Some(value) => Ok(value.clone()),
            None => self.base.get(table, key),
        }
    }
    fn range(&self, table: Table, keys: Keys, way: Way) -> Result<Pairs<'_>, Error> {
        let base = self.base;
        // The layered view borrows only what outlives this call.
        Layered { base, over: &self.own }.into_range(table, keys, way)
    }
    fn len(&self, table: Table) -> Result<u64, Error> {
        Layered { base: self.base, over: &self.own }.len(table)
    }
}

impl<'a> WriteTx<'a> {
    pub(super) fn new(base: &'a dyn Reader, sequence: u64, now: Timestamp, entropy: &'a Entropy) -> Self {
        let (own, touched, author) = (Batch::default(), Vec::new(), Author::default());
        Self { base, own, sequence, touched, mail: false, author, now, entropy }
    }

    /// Says in whose name the rest happens; the gate does, before anything else.
    pub fn author(&mut self, author: Author) {
        self.author = author;
    }

    /// For somebody who was nobody until now: signing in is their own doing.
    pub fn author_if_nobody(&mut self, user: &crate::model::user::User) {
        if self.author.actor.is_none() && self.author.origin.is_some() {
            self.author.actor = Some(Named { id: user.id, name: user.name.to_string() });
        }
    }

    /// Says that the rest is this user's own doing.
    pub fn author_is(&mut self, user: &crate::model::user::User) {
        let actor = Some(Named { id: user.id, name: user.name.to_string() });
        self.author = Author { actor, origin: self.author.origin.take(), ..Author::default() };
    }

    /// The moment of this transaction: one for all of it.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn new_id<I: Id>(&self) -> Result<I, Error> {
        Ok(self.entropy.id(self.now)?)
    }

    pub fn new_secret(&self) -> Result<Secret, Error> {
        Ok(self.entropy.secret()?)
    }

    pub fn link_token(&self, link: LinkId) -> Secret {
        self.entropy.link_token(link)
    }

    /// Writes an entity and what was done to it. What is already so is left alone and not recorded.
    pub fn save<E: Entity>(&mut self, entity: E, recorded: impl Into<Recorded>) -> Result<E, Error> {
        self.save_about(entity, recorded, None)
    }

    /// The same, recorded as about something else than what the entity says now.
    pub fn save_about<E: Entity>(
        &mut self,
        mut entity: E,
        recorded: impl Into<Recorded>,
        subject: Option<Subject>,
    ) -> Result<E, Error> {
        let stored: Option<E> = self.entity(entity.id())?;
        let before = stored.clone().or_else(E::unsaved);
        if let Some(before) = &before
            && codec::encode(before)? == codec::encode(&entity)?
        {
            return Ok(entity);
        }
        entity.bump();
        let old_facts = before.as_ref().map(|b| b.facts(self)).transpose()?.unwrap_or_default();
        self.put(stored.as_ref(), Some(&entity))?;
        let changes = differences(old_facts, entity.facts(self)?);
        let subject = subject.map_or_else(|| entity.subject(self), |subject| Ok(Some(subject)))?;
        self.record_of(recorded, subject, changes, entity.person())?;
        Ok(entity)
    }

    /// Takes an entity out, if it is there, and records that.
    pub fn remove<E: Entity>(&mut self, id: E::Id, recorded: impl Into<Recorded>) -> Result<(), Error> {
        let Some(before) = self.entity::<E>(id)? else { return Ok(()) };
        let (facts, subject) = (before.facts(self)?, before.subject(self)?);
        self.put(Some(&before), None)?;
        self.record_of(recorded, subject, differences(facts, Facts::new()), before.person())
    }

    /// Writes what nobody did: when somebody was last seen, what became of a mail.
    pub fn note<E: Noted>(&mut self, entity: &E) -> Result<(), Error> {
        let before: Option<E> = self.entity(entity.id())?;
        self.put(before.as_ref(), Some(entity))
    }

    /// Takes away what goes with something that is removed or has run out by itself.
    pub fn forget<E: Noted>(&mut self, id: E::Id) -> Result<(), Error> {
        match self.entity::<E>(id)? {
            Some(before) => self.put(Some(&before), None),
            None => Ok(()),
        }
    }

    /// Puts a mail into the outbox; what caused it is the activity.
    pub fn enqueue(&mut self, mail: &Mail) -> Result<(), Error> {
        self.mail = true;
        self.note(mail)
    }

    /// Writes what is there already: where an answer must not tell, by the time it takes or by a
    /// disk that is full, whether anything was written.
    pub fn write_anyway(&mut self) -> Result<(), Error> {
        let same = self.get(Table::Meta, meta::INSTANCE)?;
        self.own.set(Table::Meta, meta::INSTANCE.to_vec(), same);
        Ok(())
    }

    /// Says that there may be mail to send.
    pub fn wake_mail(&mut self) {
        self.mail = true;
    }

    /// The record, its index rows, and the search index's queue. Keeps unique keys unique.
    fn put<E: Entity>(&mut self, before: Option<&E>, after: Option<&E>) -> Result<(), Error> {
        let Some(some) = after.or(before) else { return Ok(()) };
        let primary = E::key_of(some.id());
        let old = before.map(Entity::indexes).unwrap_or_default();
        let new = after.map(Entity::indexes).unwrap_or_default();
        for gone in old.iter().filter(|o| !new.iter().any(|n| (n.table, &n.key) == (o.table, &o.key))) {
            self.own.set(gone.table, gone.key.clone(), None);
        }
        for row in new {
            let value = if row.unique { primary.clone() } else { Vec::new() };
            if row.unique
                && let Some(holder) = self.get(row.table, &row.key)?
                && holder != primary
            {
                return Err(Error::Taken { index: row.table, holder });
            }
            self.own.set(row.table, row.key, Some(value));
        }
        self.own.set(E::TABLE, primary, after.map(codec::encode).transpose()?);
        // What is taken away is touched as if it had just been made.
        if let Some(touched) = some.touched(after.and(before)) {
            self.touch(touched);
        }
        Ok(())
    }

    fn touch(&mut self, touched: Touched) {
        self.sequence += 1;
        let value = match touched {
            Touched::User(id) => id.bytes().to_vec(),
            Touched::Names => Vec::new(),
        };
        self.own.set(Table::IndexQueue, self.sequence.to_be_bytes().to_vec(), Some(value));
        self.own.set(Table::Meta, meta::SEQUENCE.to_vec(), Some(self.sequence.to_be_bytes().to_vec()));
        self.touched.push((self.sequence, touched));
    }

    /// Takes what the search index has dealt with out of its queue.
    pub fn trim_queue(&mut self, up_to: u64) -> Result<(), Error> {
        let keys = Keys { from: Vec::new(), to: Some((up_to + 1).to_be_bytes().to_vec()) };
        let done: Vec<Vec<u8>> = self
            .range(Table::IndexQueue, keys, Way::Up)?
            .map(|pair| Ok(pair?.0))
            .collect::<Result<_, Error>>()?;
        for row in done {
            self.own.set(Table::IndexQueue, row, None);
        }
        Ok(())
    }
}

/// Every field that is not the same before and after.
fn differences(before: Facts, after: Facts) -> Vec<Change> {
    let names: Vec<&'static str> =
        if after.is_empty() { &before } else { &after }.iter().map(|f| f.0).collect();
    let value = |facts: &Facts, name: &str| {
        facts.iter().find(|fact| fact.0 == name).map_or(Value::Null, |fact| fact.1.clone())
    };
    names
        .into_iter()
        .map(|name| Change {
            field: name.to_owned(),
            before: value(&before, name),
            after: value(&after, name),
        })
        .filter(|change| change.before != change.after)
        .collect()
}
