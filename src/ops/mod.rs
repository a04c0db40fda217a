//! What the portal does: a function for each thing, named by its verb, in a file by its noun.
//!
//! [`Portal`] is the gate: [`Portal::read`] and [`Portal::write`] are the only ways to a
//! transaction. They work out what the actor holds inside that transaction, check it against
//! the operation's [`Need`], and only then hand it out.

pub mod activity;
pub mod admin;
pub mod backups;
pub mod batches;
pub mod csv_cells;
pub mod demo;
pub mod devices;
pub mod error;
pub mod factors;
mod grants;
pub mod groups;
pub mod health;
pub mod housekeeping;
pub mod impersonation;
mod letters;
pub mod limits;
pub mod links;
pub mod mail;
pub mod me;
pub mod members;
pub mod password;
pub mod permissions;
pub mod portal;
pub mod projects;
pub mod puzzle;
mod reminder;
mod run_out;
pub mod sessions;
pub mod settings;
pub mod shares;
pub mod sign_up;
pub mod stats;
pub mod tokens;
pub mod users;
pub mod views;

use std::{ops::Deref, ops::DerefMut, sync::Arc};

pub use self::error::{Draft, Error, Result};
use self::grants::{author, granted, present};
pub(crate) use self::grants::{held_by, impersonated, permissions_of};
use crate::{
    config::Config,
    index::Index,
    model::{
        credential::Secret,
        permission::Permission,
        policy::{Actor, Grants, Need},
        time::Timestamp,
    },
    password::Passwords,
    store::{
        self, Keys, Memo, Reader, Snapshot, Store, Way, WriteTx, Written, kv_types::Pairs, tables::Table,
    },
};

pub struct Portal {
    store: Arc<Store>,
    pub(crate) index: Arc<Index>,
    pub(crate) config: Config,
    pub(crate) passwords: Passwords,
    pub(crate) limits: limits::Limits,
    pub(crate) puzzles: puzzle::Puzzles,
    pub(crate) imports: users::import::Imports,
    pub(crate) ceremonies: factors::Ceremonies,
    pub(crate) passkeys: factors::Passkeys,
    live: batches::Live,
    readiness: health::Readiness,
    /// Lets whoever reads the terminal set the portal up; another at every start.
    setup_token: Secret,
}

/// What both kinds of transaction offer an operation beside reading.
pub trait Handle: Reader + Sized {
    fn grants(&self) -> &Grants;
    fn now(&self) -> Timestamp;
}

/// Permission to read, at one moment.
pub struct ReadHandle {
    snapshot: Arc<Snapshot>,
    grants: Grants,
    now: Timestamp,
}

/// Permission to write, in one transaction.
pub struct WriteHandle<'a, 'b> {
    tx: &'a mut WriteTx<'b>,
    grants: Grants,
}

impl Portal {
    pub(crate) fn new(
        store: Arc<Store>,
        index: Arc<Index>,
        config: Config,
        passwords: Passwords,
    ) -> Result<Self> {
        let limits = limits::Limits::new(&config.limits);
        let puzzles = puzzle::Puzzles::new(config.limits.sign_up_puzzle)?;
        let setup_token = store.entropy().secret().map_err(store::Error::from)?;
        let imports = users::import::Imports::begin(&config.data_dir, config.limits.free_space.0);
        let (ceremonies, passkeys) = (factors::Ceremonies::default(), factors::Passkeys::new(&config));
        let (live, readiness) = (batches::Live::default(), health::Readiness::default());
        Ok(Self {
            store,
            index,
            config,
            passwords,
            limits,
            puzzles,
            imports,
            ceremonies,
            passkeys,
            live,
            readiness,
            setup_token,
        })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn now(&self) -> Timestamp {
        self.store.clock().now()
    }

    /// Waits until this moment has come.
    pub async fn until(&self, moment: Timestamp) {
        self.store.clock().until(moment).await;
    }

    pub(crate) fn setup_token(&self) -> &Secret {
        &self.setup_token
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Reads, if the actor has what is needed.
    pub fn read<T>(&self, actor: &Actor, need: Need, f: impl FnOnce(&ReadHandle) -> Result<T>) -> Result<T> {
        f(&self.read_on(actor, need)?)
    }

    /// Permission to read that outlives the call: for what is streamed.
    pub fn read_on(&self, actor: &Actor, need: Need) -> Result<ReadHandle> {
        let snapshot = self.store.read()?;
        let now = self.now();
        let grants = granted(&*snapshot, actor, need, false, now, &self.config)?;
        Ok(ReadHandle { snapshot, grants, now })
    }

    /// Writes, if the actor has what is needed; Ok means durable. The closure may be run again
    /// after a conflict, so it changes nothing but the transaction.
    pub fn write<T: Send + 'static>(
        self: &Arc<Self>,
        actor: &Actor,
        need: Need,
        f: impl Fn(&mut WriteHandle<'_, '_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (portal, actor) = (Arc::clone(self), actor.clone());
        self.store.write(move |tx| {
            let grants = granted(tx, &actor, need, true, tx.now(), &portal.config)?;
            portal.pace(&grants, need, tx.now())?;
            let author = author(tx, &grants, actor.origin.clone())?;
            tx.author(author);
            f(&mut WriteHandle { tx, grants })
        })
    }
}

impl Portal {
    /// What one writes stays, and a full disk stops everybody: those who look after nobody change
    /// so much an hour. To leave, nobody waits.
    fn pace(&self, grants: &Grants, need: Need, now: Timestamp) -> Result<()> {
        match grants.real {
            Some(user) if !need.leaving && !grants.held.anywhere().holds(Permission::UsersWrite) => {
                self.limits.changes.spend(&user.to_string(), now)
            }
            _ => Ok(()),
        }
    }
}

impl Reader for ReadHandle {
    fn get(&self, table: Table, key: &[u8]) -> std::result::Result<Option<Vec<u8>>, crate::store::Error> {
        self.snapshot.get(table, key)
    }
    fn range(
        &self,
        table: Table,
        keys: Keys,
        way: Way,
    ) -> std::result::Result<Pairs<'_>, crate::store::Error> {
        self.snapshot.range(table, keys, way)
    }
    fn len(&self, table: Table) -> std::result::Result<u64, crate::store::Error> {
        self.snapshot.len(table)
    }
    fn memo(&self) -> Option<&Memo> {
        self.snapshot.memo()
    }
}

impl Handle for ReadHandle {
    fn grants(&self) -> &Grants {
        &self.grants
    }
    fn now(&self) -> Timestamp {
        self.now
    }
}

impl Reader for WriteHandle<'_, '_> {
    fn get(&self, table: Table, key: &[u8]) -> std::result::Result<Option<Vec<u8>>, crate::store::Error> {
        self.tx.get(table, key)
    }
    fn range(
        &self,
        table: Table,
        keys: Keys,
        way: Way,
    ) -> std::result::Result<Pairs<'_>, crate::store::Error> {
        self.tx.range(table, keys, way)
    }
    fn len(&self, table: Table) -> std::result::Result<u64, crate::store::Error> {
        self.tx.len(table)
    }
}

impl Handle for WriteHandle<'_, '_> {
    fn grants(&self) -> &Grants {
        &self.grants
    }
    fn now(&self) -> Timestamp {
        self.tx.now()
    }
}

impl<'b> Deref for WriteHandle<'_, 'b> {
    type Target = WriteTx<'b>;
    fn deref(&self) -> &WriteTx<'b> {
        self.tx
    }
}

impl DerefMut for WriteHandle<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.tx
    }
}

impl WriteHandle<'_, '_> {
    /// Runs a part of the transaction that is kept or given up by itself (see [`WriteTx::part`]).
    fn part<T>(&mut self, f: impl FnOnce(&mut WriteHandle<'_, '_>) -> Result<T>) -> Result<(T, Written)> {
        let grants = self.grants.clone();
        self.tx.part(|tx| f(&mut WriteHandle { tx, grants }))
    }
}
