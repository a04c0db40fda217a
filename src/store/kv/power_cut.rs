//! The power goes, at every moment there is: a disk that keeps every write and sync in order is
//! cut off after each of them, with what was not synced there in part, torn between sectors, or
//! not at all. The store opens every time, and holds exactly what some commit left: none that was
//! answered before is missing, and none is there in part.

use std::{
    io,
    sync::{Arc, Mutex},
};

use redb::StorageBackend;

use super::*;

/// What a disk writes whole.
const SECTOR: usize = 512;

#[derive(Debug, Clone)]
enum Step {
    Write(u64, Vec<u8>),
    Length(u64),
    Sync,
}

/// A disk in memory that remembers how it came to be.
#[derive(Debug, Clone, Default)]
struct Disk(Arc<Mutex<(Vec<u8>, Vec<Step>)>>);

fn failed(text: &str) -> io::Error {
    io::Error::other(text.to_owned())
}

impl Disk {
    fn of(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new((bytes, Vec::new()))))
    }

    fn steps(&self) -> Vec<Step> {
        self.0.lock().unwrap().1.clone()
    }

    fn take(&self, step: Step) {
        let (bytes, steps) = &mut *self.0.lock().unwrap();
        apply(bytes, &step, |_| true);
        steps.push(step);
    }
}

/// Does one step to a disk, as far as its sectors reach it.
fn apply(bytes: &mut Vec<u8>, step: &Step, reaches: impl Fn(usize) -> bool) {
    match step {
        Step::Write(at, data) => {
            let at = *at as usize;
            for (n, sector) in data.chunks(SECTOR).enumerate().filter(|(n, _)| reaches(*n)) {
                let from = at + n * SECTOR;
                if bytes.len() < from + sector.len() {
                    bytes.resize(from + sector.len(), 0);
                }
                bytes[from..from + sector.len()].copy_from_slice(sector);
            }
        }
        Step::Length(length) => bytes.resize(*length as usize, 0),
        Step::Sync => {}
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, io::Error> {
        Ok(self.0.lock().unwrap().0.len() as u64)
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let disk = self.0.lock().unwrap();
        let from = offset as usize;
        let found = disk.0.get(from..from + out.len()).ok_or_else(|| failed("past the end"))?;
        out.copy_from_slice(found);
        Ok(())
    }
    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        self.take(Step::Length(len));
        Ok(())
    }
    fn sync_data(&self) -> Result<(), io::Error> {
        self.take(Step::Sync);
        Ok(())
    }
    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        self.take(Step::Write(offset, data.to_vec()));
        Ok(())
    }
}

/// Commit number `n`: a row that says so, some that every commit overwrites, one that it takes away.
fn commit(n: u32) -> Batch {
    let mut batch = Batch::default();
    let number = n.to_be_bytes().to_vec();
    batch.set(Table::Meta, b"last".to_vec(), Some(number.clone()));
    batch.set(Table::Users, number.clone(), Some(vec![n as u8; 40 + (n as usize * 97) % 3000]));
    batch.set(Table::Activities, number.clone(), Some(number.clone()));
    for shared in 0..4_u8 {
        batch.set(Table::Groups, vec![shared], Some(number.clone()));
    }
    if n > 5 {
        batch.set(Table::Users, (n - 5).to_be_bytes().to_vec(), None);
    }
    batch
}

/// The commit that a store is at, when all in it is of just that one and those before.
fn whole(kv: &Kv) -> u32 {
    let tx = kv.read().unwrap();
    let Some(last) = tx.get(Table::Meta, b"last").unwrap() else {
        assert_eq!(tx.len(Table::Users).unwrap() + tx.len(Table::Activities).unwrap(), 0);
        return 0;
    };
    let last = u32::from_be_bytes(last.try_into().unwrap());
    for shared in 0..4_u8 {
        assert_eq!(tx.get(Table::Groups, &[shared]).unwrap().unwrap(), last.to_be_bytes());
    }
    let numbers = |table| -> Vec<u32> {
        let rows = tx.range(table, Keys::all(), Way::Up).unwrap();
        rows.map(|row| u32::from_be_bytes(row.unwrap().0.try_into().unwrap())).collect()
    };
    assert_eq!(numbers(Table::Activities), (1..=last).collect::<Vec<_>>());
    assert_eq!(numbers(Table::Users), (last.saturating_sub(5).max(0) + 1..=last).collect::<Vec<_>>());
    last
}

/// Opens what a power cut has left.
fn reopened(bytes: Vec<u8>, when: &str) -> u32 {
    let disk = Disk::of(bytes);
    let kv = Kv::on(disk).unwrap_or_else(|_| panic!("it does not open after {when}"));
    let last = whole(&kv);
    // It is a store like any other: it can be written.
    kv.commit(&commit(last + 1)).unwrap();
    assert_eq!(whole(&kv), last + 1);
    last
}

/// Numbers that look like chance and are the same in every run (xorshift64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// So many commits; every cut is tried whole, without what was not synced, and torn so many ways.
fn cut_everywhere(commits: u32, torn: usize) -> usize {
    let disk = Disk::default();
    let kv = Kv::on(disk.clone()).unwrap_or_else(|_| panic!("a new one opens"));
    // How many steps had been taken when each commit was answered, and how many when it began.
    let (mut answered, mut begun) = (vec![disk.steps().len()], vec![0]);
    for n in 1..=commits {
        begun.push(disk.steps().len());
        kv.commit(&commit(n)).unwrap();
        answered.push(disk.steps().len());
    }
    let steps = disk.steps();
    drop(kv);
    let (mut safe, mut safe_to, mut chance, mut tries) = (Vec::new(), 0, Chance(0x5eed), 0);
    for cut in answered[0]..=steps.len() {
        // What was synced is there, whatever happens.
        while let Some(next) = steps[safe_to..cut].iter().position(|step| matches!(step, Step::Sync)) {
            for step in &steps[safe_to..=safe_to + next] {
                apply(&mut safe, step, |_| true);
            }
            safe_to += next + 1;
        }
        let least = answered.iter().rposition(|at| *at <= cut).unwrap() as u32;
        let most = begun.iter().rposition(|at| *at <= cut).unwrap() as u32;
        let mut hold = |bytes: Vec<u8>, how: &str| {
            let last = reopened(bytes, &format!("step {cut} of {}, {how}", steps.len()));
            assert!((least..=most).contains(&last), "step {cut}, {how}: {last} of {least} to {most}");
            tries += 1;
        };
        hold(safe.clone(), "nothing unsynced");
        let mut all = safe.clone();
        for step in &steps[safe_to..cut] {
            apply(&mut all, step, |_| true);
        }
        hold(all, "everything");
        for _ in 0..if safe_to == cut { 0 } else { torn } {
            let mut some = safe.clone();
            for step in &steps[safe_to..cut] {
                // A file's length is kept in order by its file system; sectors come as they like.
                let bits = chance.next();
                apply(&mut some, step, |n| bits >> (n % 64) & 1 == 1);
            }
            hold(some, "torn");
        }
    }
    tries
}

#[test]
fn a_power_cut_leaves_a_committed_state() {
    let tries = cut_everywhere(12, 3);
    println!("power cuts tried: {tries}");
    assert!(tries > 500, "{tries}");
}
