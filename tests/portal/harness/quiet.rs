//! That nothing happened.

use rollcall::{
    model::{
        policy::{Actor, Need},
        user::User,
    },
    store::{
        Keys, Read, Reader, Way,
        tables::Table,
        verify::{Chain, verify},
    },
};

use super::Portal;

/// All that an action could leave behind. What nobody did (last seen) is no part of it.
#[derive(Debug, PartialEq)]
pub struct Traces {
    counts: Vec<(&'static str, u64)>,
    /// By id, name and version.
    pub users: Vec<(String, String, u64)>,
}

impl Traces {
    /// How many of a kind there are.
    pub fn count(&self, kind: &str) -> u64 {
        self.counts.iter().find(|(name, _)| *name == kind).expect("a kind").1
    }
}

impl Portal {
    /// All that could tell that something was done.
    pub fn traces(&self) -> Traces {
        let tables = [
            ("activities", Table::Activities),
            ("mails", Table::Mails),
            ("sessions", Table::Sessions),
            ("tokens", Table::Tokens),
            ("links", Table::Links),
            ("factors", Table::Factors),
            ("users", Table::Users),
            ("groups", Table::Groups),
            ("projects", Table::Projects),
            ("members", Table::Members),
            ("batches", Table::Batches),
            ("batch items", Table::BatchItems),
        ];
        let read = self.inner.read(&Actor::system(), Need::NOTHING, |tx| {
            let counts = tables.iter().map(|(name, table)| Ok((*name, tx.len(*table)?)));
            let users = tx.all::<User>()?.map(|user| {
                let user = user?;
                Ok((user.id.to_string(), user.name.to_string(), user.version))
            });
            Ok(Traces {
                counts: counts.collect::<rollcall::ops::Result<_>>()?,
                users: users.collect::<rollcall::ops::Result<_>>()?,
            })
        });
        read.expect("the store answers")
    }

    /// What `rollcall admin remove-factors` does.
    pub fn remove_factors(&self, email: &str) {
        let request = rollcall::app::control::Request::RemoveFactors { email: email.to_owned() };
        let answer = rollcall::app::control::perform(&self.inner, request);
        assert!(matches!(answer, rollcall::app::control::Answer::Done), "{answer:?}");
    }

    /// All that the store holds now, table by table: keys and values one after the other.
    pub fn everything(&self) -> Vec<(&'static str, Vec<u8>)> {
        let read = self.inner.read(&Actor::system(), Need::NOTHING, |tx| {
            let all = Table::ALL.iter().map(|table| {
                let mut bytes = Vec::new();
                for pair in tx.range(*table, Keys::all(), Way::Up)? {
                    let (key, value) = pair?;
                    bytes.extend([key, value].concat());
                }
                Ok((table.name(), bytes))
            });
            all.collect::<rollcall::ops::Result<_>>()
        });
        read.expect("the store answers")
    }

    /// Expects the chain of activities to hold; what was found of it.
    #[track_caller]
    pub fn assert_chained(&self) -> Chain {
        let found = self.inner.read(&Actor::system(), Need::NOTHING, |tx| Ok(verify(tx, None)?));
        let chain = found.expect("the store answers");
        assert_eq!(chain.troubles, [""; 0]);
        chain
    }

    /// Where its data is.
    pub fn folder(&self) -> std::path::PathBuf {
        self.inner.config().data_dir.clone()
    }

    /// The store's file as it is.
    pub fn store_file(&self) -> Vec<u8> {
        std::fs::read(self.inner.config().data_dir.join("rollcall.redb")).expect("the store's file")
    }

    /// How many files the imports have.
    pub fn import_files(&self) -> usize {
        let folder = self.inner.config().data_dir.join("imports");
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }

    /// Of these those that have come so far that they count as large.
    pub fn large_import_files(&self) -> usize {
        let folder = self.inner.config().data_dir.join("imports");
        let large = |file: std::io::Result<std::fs::DirEntry>| {
            file.and_then(|file| file.metadata()).is_ok_and(|file| file.len() > 1 << 20)
        };
        std::fs::read_dir(folder)
            .map_or(0, |files| files.filter_map(|file| large(file).then_some(())).count())
    }

    /// What the portal does by itself once an hour.
    pub fn tidy(&self) {
        while rollcall::ops::housekeeping::tidy(&self.inner).expect("the store answers") {}
    }

    /// What the portal does by itself when the time for a backup has come.
    pub async fn back_up(&self) {
        let portal = std::sync::Arc::clone(&self.inner);
        let round =
            move || rollcall::app::schedule::round(&portal, &std::sync::atomic::AtomicBool::new(false));
        tokio::task::spawn_blocking(round).await.expect("it runs").expect("the store answers");
    }

    /// Runs something that must leave no trace.
    pub async fn assert_nothing_happened<T>(&self, f: impl AsyncFnOnce() -> T) -> T {
        let before = self.traces();
        let out = f().await;
        assert_eq!(self.traces(), before, "nothing should have happened");
        out
    }

    /// Runs something that may do what it likes, so long as the activity tells of it.
    pub async fn assert_recorded<T>(&self, f: impl AsyncFnOnce() -> T) -> T {
        let before = self.traces();
        let out = f().await;
        let after = self.traces();
        assert!(after == before || after.counts[0].1 > before.counts[0].1, "{before:?} became {after:?}");
        out
    }
}
