//! The index against a store of the tests' own.

mod agreement;
mod building;
mod failures;
mod people;
mod store;
mod words;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use tempfile::TempDir;
use uuid::Uuid;

use super::{Index, Names, Query, Source, Touched, UserDocument};
use crate::model::{
    id::{GroupId, Id, ProjectId, UserId},
    time::Timestamp,
    user::UserState,
};

pub fn user_id(n: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128((n << 64) | (0x7000_8000 << 32) | (n * 7 % 251)))
}

pub fn group_id(n: u128) -> GroupId {
    GroupId::from_uuid(Uuid::from_u128(n))
}

pub fn project_id(n: u128) -> ProjectId {
    ProjectId::from_uuid(Uuid::from_u128(n))
}

/// An active user with nothing but a name and an address.
pub fn user(n: u128, name: &str, email: &str) -> UserDocument {
    UserDocument {
        id: user_id(n),
        name: name.to_owned(),
        email: email.to_owned(),
        company: None,
        groups: Vec::new(),
        projects: Vec::new(),
        state: UserState::Active,
        created_at: Timestamp::from_microseconds(n as i64),
        last_seen_at: None,
    }
}

/// A store of users in a map, with a queue of changes.
#[derive(Default)]
pub struct Fake {
    state: Mutex<State>,
    /// Reading fails while this is set.
    pub broken: AtomicBool,
    pub gate: Gate,
}

/// Holds up whoever reads all users, once so many have been read.
#[derive(Default)]
pub struct Gate {
    shut: Mutex<Option<usize>>,
    moved: Condvar,
}

impl Gate {
    pub fn shut_after(&self, users: usize) {
        *self.shut.lock().unwrap() = Some(users);
    }

    pub fn open(&self) {
        *self.shut.lock().unwrap() = None;
        self.moved.notify_all();
    }

    fn pass(&self, read: usize) {
        let shut = self.shut.lock().unwrap();
        drop(self.moved.wait_while(shut, |shut| shut.is_some_and(|at| read >= at)).unwrap());
    }
}

#[derive(Default)]
struct State {
    users: BTreeMap<UserId, UserDocument>,
    names: Names,
    sequence: u64,
    queue: Vec<(u64, Touched)>,
}

impl Fake {
    fn touch(&self, touched: Touched, change: impl FnOnce(&mut State)) -> (u64, Touched) {
        let mut state = self.state.lock().unwrap();
        change(&mut state);
        state.sequence += 1;
        let row = (state.sequence, touched);
        state.queue.push(row);
        row
    }

    pub fn put(&self, user: UserDocument) -> (u64, Touched) {
        self.touch(Touched::User(user.id), |state| {
            state.users.insert(user.id, user);
        })
    }

    pub fn purge(&self, id: UserId) -> (u64, Touched) {
        self.touch(Touched::User(id), |state| {
            state.users.remove(&id);
        })
    }

    pub fn name(&self, change: impl FnOnce(&mut Names)) -> (u64, Touched) {
        self.touch(Touched::Names, |state| change(&mut state.names))
    }

    pub fn users(&self) -> Vec<UserDocument> {
        self.state.lock().unwrap().users.values().cloned().collect()
    }

    pub fn queued(&self) -> usize {
        self.state.lock().unwrap().queue.len()
    }

    /// Goes back in time, as a backup put back does.
    pub fn forget_sequence(&self) {
        let mut state = self.state.lock().unwrap();
        state.sequence = 0;
        state.queue.clear();
    }

    fn whole(&self) -> Result<(), String> {
        if self.broken.load(SeqCst) { Err("the disk is gone".to_owned()) } else { Ok(()) }
    }
}

impl Source for Fake {
    fn sequence(&self) -> Result<u64, String> {
        self.whole()?;
        Ok(self.state.lock().unwrap().sequence)
    }

    fn names(&self) -> Result<Names, String> {
        self.whole()?;
        Ok(self.state.lock().unwrap().names.clone())
    }

    fn load(&self, ids: &[UserId]) -> Result<Vec<Option<UserDocument>>, String> {
        self.whole()?;
        let state = self.state.lock().unwrap();
        Ok(ids.iter().map(|id| state.users.get(id).cloned()).collect())
    }

    fn count(&self) -> Result<u64, String> {
        Ok(self.state.lock().unwrap().users.len() as u64)
    }

    fn scan(&self, each: &mut dyn FnMut(u64, UserDocument) -> bool) -> Result<u64, String> {
        self.whole()?;
        let (users, sequence) = {
            let state = self.state.lock().unwrap();
            (state.users.clone(), state.sequence)
        };
        for (n, user) in users.into_values().enumerate() {
            self.gate.pass(n);
            if !each(sequence, user) {
                break;
            }
        }
        Ok(sequence)
    }

    fn members(&self, project: ProjectId) -> Result<Vec<UserId>, String> {
        let users = self.users();
        Ok(users.into_iter().filter(|user| user.projects.contains(&project)).map(|user| user.id).collect())
    }

    fn by_email(&self, address: &str) -> Result<Option<UserId>, String> {
        Ok(self.users().into_iter().find(|user| user.email == address).map(|user| user.id))
    }

    fn changes_after(&self, sequence: u64) -> Result<Vec<(u64, Touched)>, String> {
        self.whole()?;
        Ok(self.state.lock().unwrap().queue.iter().copied().filter(|(at, _)| *at > sequence).collect())
    }

    fn trim(&self, up_to: u64) -> Result<(), String> {
        self.state.lock().unwrap().queue.retain(|(at, _)| *at > up_to);
        Ok(())
    }
}

/// An index over a store of the tests' own.
pub struct Bench {
    pub dir: TempDir,
    pub source: Arc<Fake>,
    pub index: Index,
}

impl Bench {
    pub fn new(users: impl IntoIterator<Item = UserDocument>) -> Self {
        let source = Arc::new(Fake::default());
        for user in users {
            source.put(user);
        }
        let dir = tempfile::tempdir().unwrap();
        let index = Index::open(&dir.path().join("index"), source.clone()).unwrap();
        Self { dir, source, index }
    }

    /// Opens the folder again, as after the process was killed.
    pub fn reopened(self) -> Self {
        let Self { dir, source, index } = self;
        drop(index);
        let index = Index::open(&dir.path().join("index"), source.clone()).unwrap();
        Self { dir, source, index }
    }

    /// The names found by a text, in order.
    pub fn names(&self, text: &str) -> Vec<String> {
        self.list(&Query { text: text.to_owned(), limit: 200, ..Query::default() })
    }

    pub fn list(&self, query: &Query) -> Vec<String> {
        let found = self.index.search(query).unwrap();
        let users = self.source.load(&found.ids).unwrap();
        users.into_iter().map(|user| user.expect("a user in the store").name).collect()
    }
}
