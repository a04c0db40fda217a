//! What a request is made of, each by itself: reading a query, a page of the list, a record, CSV.
//! `cargo bench --bench parts`; compare runs of one machine only.

// Time is what this is about.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::{collections::BTreeSet, hint::black_box, sync::Arc};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rollcall::{
    index::{Index, Names, Query, Sort, Source, Touched, UserDocument, language::Parsed},
    model::{
        id::{GroupId, Id, ProjectId, UserId},
        text::{Company, EmailAddress, FullName},
        time::Timestamp,
        user::{Standing, User, UserState},
    },
    ops::csv_cells,
    store::codec,
};
use uuid::Uuid;

const GIVEN: [&str; 8] = ["Anna", "José", "Łukasz", "Иван", "田中", "Jürgen", "Olivia", "محمد"];
const FAMILY: [&str; 7] = ["García", "Smith", "Żak", "Петров", "太郎", "Strauß", "O’Hara"];

fn user(n: u64) -> UserDocument {
    let at =
        |list: &[&str]| list[(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % list.len()].to_owned();
    UserDocument {
        id: UserId::from_uuid(Uuid::from_u128(u128::from(n) << 64 | 0x7000_8000 << 32)),
        name: format!("{} {}", at(&GIVEN), at(&FAMILY)),
        email: format!("person.{n}@example.org"),
        company: (!n.is_multiple_of(5)).then(|| format!("Company {}", n % 997)),
        groups: vec![GroupId::from_uuid(Uuid::from_u128(u128::from(n % 4)))],
        projects: Vec::new(),
        state: if n.is_multiple_of(15) { UserState::Disabled } else { UserState::Active },
        created_at: Timestamp::from_microseconds(n as i64),
        last_seen_at: None,
    }
}

/// So many made-up users, which never change.
struct Made(u64);

impl Source for Made {
    fn sequence(&self) -> Result<u64, String> {
        Ok(1)
    }
    fn names(&self) -> Result<Names, String> {
        Ok(Names::default())
    }
    fn load(&self, ids: &[UserId]) -> Result<Vec<Option<UserDocument>>, String> {
        Ok(vec![None; ids.len()])
    }
    fn count(&self) -> Result<u64, String> {
        Ok(self.0)
    }
    fn scan(&self, each: &mut dyn FnMut(u64, UserDocument) -> bool) -> Result<u64, String> {
        let _all = (0..self.0).all(|n| each(1, user(n)));
        Ok(1)
    }
    fn members(&self, _: ProjectId) -> Result<Vec<UserId>, String> {
        Ok(Vec::new())
    }
    fn by_email(&self, _: &str) -> Result<Option<UserId>, String> {
        Ok(None)
    }
    fn changes_after(&self, _: u64) -> Result<Vec<(u64, Touched)>, String> {
        Ok(Vec::new())
    }
    fn trim(&self, _: u64) -> Result<(), String> {
        Ok(())
    }
}

fn language(c: &mut Criterion) {
    let mut group = c.benchmark_group("query language");
    for query in ["j", "josé garcía", "name:ann -company:\"big co\" is:invited", "東京 zoe.smith@example"]
    {
        group.bench_function(query, |b| b.iter(|| Parsed::read(black_box(query), None)));
    }
}

fn pages(c: &mut Criterion) {
    let mut group = c.benchmark_group("pages");
    for users in [1_000, 100_000] {
        let folder = tempfile::tempdir().unwrap();
        let index = Index::open(folder.path(), Arc::new(Made(users))).unwrap();
        index.rebuild(&|_| {}).unwrap();
        let mut page = |what: &str, query: Query| {
            group.bench_function(BenchmarkId::new(what, users), |b| b.iter(|| index.search(&query).unwrap()));
        };
        let sort = Some((Sort::Company, true));
        page("first", Query { sort, ..Query::default() });
        page("last", Query { sort, offset: users - users / 10, ..Query::default() });
        for text in ["p", "anna", "arcí", "xnna"] {
            page(&format!("search {text}"), Query { text: text.to_owned(), ..Query::default() });
        }
    }
}

fn record() -> User {
    User {
        id: UserId::from_uuid(Uuid::from_u128(7)),
        version: 3,
        name: FullName::parse("José García").unwrap(),
        email: EmailAddress::parse("jose@example.org").unwrap(),
        company: Company::parse("Bäckerei Krüger GmbH").ok(),
        phone: None,
        notes: None,
        groups: BTreeSet::from([GroupId::from_uuid(Uuid::from_u128(1))]),
        standing: Standing::Active,
        disabled: false,
        deleted_at: None,
        created_at: Timestamp::from_microseconds(1_764_000_000_000_000),
    }
}

fn records(c: &mut Criterion) {
    let mut group = c.benchmark_group("records");
    let (user, bytes) = (record(), codec::encode(&record()).unwrap());
    group.bench_function("encode a user", |b| b.iter(|| codec::encode(black_box(&user)).unwrap()));
    group.bench_function("decode a user", |b| b.iter(|| codec::decode::<User>(black_box(&bytes)).unwrap()));
}

const ROWS: u64 = 1000;

fn written() -> Vec<u8> {
    let mut out = csv_cells::writer(Vec::new());
    for user in (0..ROWS).map(user) {
        let company = user.company.unwrap_or_default();
        out.write_record([user.name, user.email, company].map(|cell| csv_cells::guard(&cell))).unwrap();
    }
    out.into_inner().unwrap()
}

fn cells(c: &mut Criterion) {
    let mut group = c.benchmark_group("CSV");
    let file = written();
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("write", |b| b.iter(written));
    group.bench_function("read", |b| {
        b.iter(|| {
            let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_slice());
            let read =
                |row: csv::StringRecord| row.iter().map(|cell| csv_cells::unguard(cell).len()).sum::<usize>();
            rows.records().map(|row| read(row.unwrap())).sum::<usize>()
        });
    });
}

criterion_group!(parts, language, pages, records, cells);
criterion_main!(parts);
