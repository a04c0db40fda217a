use std::cell::Cell;

use super::*;
use crate::{
    clock::Clock,
    model::{activity::Subject, time::Span, time::Timestamp},
    store::{Missing, Snapshot, Store, WriteTx, kv_types::Pairs},
};

/// Counts what is read of a store.
struct Counted {
    snapshot: std::sync::Arc<Snapshot>,
    records: Cell<u64>,
    keys: Cell<u64>,
}

impl Reader for Counted {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.records.set(self.records.get() + u64::from(table == Table::Activities));
        self.snapshot.get(table, key)
    }
    fn range(&self, table: Table, keys: Keys, way: Way) -> Result<Pairs<'_>, Error> {
        let pairs = self.snapshot.range(table, keys, way)?;
        Ok(Box::new(pairs.inspect(|_| self.keys.set(self.keys.get() + 1))))
    }
    fn len(&self, table: Table) -> Result<u64, Error> {
        self.snapshot.len(table)
    }
}

const BEGIN: &str = "2026-01-01T00:00:00Z";
const ACTIONS: [Action; 4] =
    [Action::UserCreated, Action::UserUpdated, Action::MailQueued, Action::SessionStarted];

fn begin() -> Timestamp {
    Timestamp::parse(BEGIN).unwrap()
}

/// A hundred activities every hundred minutes, of four kinds and about ten users; then the last
/// thousand minutes over again, for the clock went back.
fn filled(activities: u32) -> (tempfile::TempDir, Store, Counted) {
    let folder = tempfile::TempDir::new_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let clock = Clock::manual(begin());
    let store = Store::open(folder.path(), Missing::Begin, clock.clone()).unwrap();
    for batch in 0..activities / 100 + 10 {
        if batch == activities / 100 {
            clock.advance(Span::minutes(-1000));
        }
        let together = move |tx: &mut WriteTx<'_>| {
            for n in 0..100_u32 {
                let id = uuid::Uuid::from_u128(u128::from(n % 10) + 1);
                let subject = Subject { kind: "user".to_owned(), id, name: format!("User {n}") };
                tx.record(ACTIONS[n as usize % 4], Some(subject), Vec::new())?;
            }
            Ok::<_, Error>(())
        };
        store.write(together).unwrap();
        clock.advance(Span::minutes(100));
    }
    let snapshot = store.read().unwrap();
    (folder, store, Counted { snapshot, records: Cell::new(0), keys: Cell::new(0) })
}

#[test]
fn a_page_is_what_a_plain_look_gives_for_as_little_reading_as_can_be() {
    const ALL: u32 = 20_000;
    let (_folder, _store, tx) = filled(ALL);
    let mut plain: Vec<Activity> =
        crate::store::activities(&*tx.snapshot, tx.snapshot.ids(Table::Activities, &[], Way::Down).unwrap())
            .collect::<Result<_, _>>()
            .unwrap();
    plain.sort_by_key(|one| std::cmp::Reverse(one.id));
    assert_eq!(plain.len() as u32, ALL + 1000);
    let at = |minutes| Some(begin().plus(Span::minutes(minutes)));
    let subject = Some(uuid::Uuid::from_u128(4));
    let action = |text: &str| Some(text.to_owned());
    let filter = ActivityFilter::default();
    // The filter; the keys and the records that may be read at most, beside the page's own.
    let asked = [
        (ActivityFilter { from: at(1000), to: at(1300), ..filter.clone() }, 1400, 1400),
        (ActivityFilter { from: at(5000), to: at(5100), ..filter.clone() }, 1200, 1200),
        (ActivityFilter { to: at(500), ..filter.clone() }, 1600, 1100),
        (ActivityFilter { from: at(19_900), ..filter.clone() }, 1200, 1200),
        (ActivityFilter { action: action("user.created"), ..filter.clone() }, 5300, 0),
        (ActivityFilter { action: action("user"), ..filter.clone() }, 10_600, 0),
        (ActivityFilter { action: action("mail"), from: at(1000), to: at(1300), ..filter.clone() }, 400, 400),
        (ActivityFilter { action: action("no-such"), ..filter.clone() }, 0, 0),
        (ActivityFilter { subject, ..filter.clone() }, 2200, 0),
        (ActivityFilter { subject, from: at(1000), to: at(1300), ..filter.clone() }, 150, 150),
        (ActivityFilter { subject, action: action("mail"), ..filter.clone() }, 2200, 2200),
        (ActivityFilter { from: at(300), to: at(200), ..filter.clone() }, 1200, 1200),
    ];
    for (filter, keys, records) in asked {
        let all: Vec<&Activity> = plain.iter().filter(|one| filter.admits(one)).collect();
        for page in [1, 2, 40] {
            let paging = Paging { page, per_page: 50 };
            tx.keys.set(0);
            tx.records.set(0);
            let found = Candidates::of(&tx, filter.clone()).unwrap().page(&tx, paging).unwrap();
            assert_eq!(found.total, all.len() as u64, "{filter:?}");
            let wanted = all.iter().skip(paging.offset() as usize).take(50).copied();
            assert!(found.items.iter().eq(wanted), "page {page} of {filter:?}");
            assert!(tx.keys.get() <= keys, "{} keys for {filter:?}", tx.keys.get());
            assert!(tx.records.get() <= records + 50, "{} records for {filter:?}", tx.records.get());
        }
        let exported = Candidates::of(&tx, filter.clone()).unwrap().all(&tx).map(|one| one.unwrap().1);
        assert!(exported.eq(all.into_iter().cloned()), "{filter:?}");
    }
}

#[test]
fn a_page_of_everything_costs_the_same_at_any_depth() {
    const ALL: u32 = 20_000;
    let (_folder, _store, tx) = filled(ALL);
    let ids = tx.snapshot.ids(Table::Activities, &[], Way::Down).unwrap();
    let plain: Vec<Activity> =
        crate::store::activities(&*tx.snapshot, ids).collect::<Result<_, _>>().unwrap();
    for (page, per_page) in [(1, 50), (2, 50), (211, 100), (420, 50), (421, 50), (21_000, 1), (u32::MAX, 200)]
    {
        let paging = Paging { page: page.into(), per_page };
        tx.keys.set(0);
        let found = page_of_all(&tx, paging).unwrap();
        assert_eq!(found.total, plain.len() as u64);
        let wanted = plain.iter().skip(paging.offset() as usize).take(per_page as usize);
        assert!(found.items.iter().eq(wanted), "page {page} of {per_page}");
        assert!(tx.keys.get() <= 130 + u64::from(per_page), "{} keys for page {page}", tx.keys.get());
    }
}
