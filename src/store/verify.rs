//! Whether the chain of activities holds, and where it doesn't.

use super::{
    activity::{Anchor, Head, rows_of},
    bytes::Hash,
    chain::{GENESIS, Row},
    codec,
    error::Error,
    kv::{Keys, Pair, Reader, Way},
    read::{Read, trailing_id},
    tables::{Table, key},
};
use crate::model::{
    activity::Action,
    id::{ActivityId, Id, UserId},
    user::User,
};

/// So many troubles are told; a chain that is broken everywhere is broken.
const TOLD: usize = 50;

/// What was found of the chain.
#[derive(Debug)]
pub struct Chain {
    /// The number of the oldest activity.
    pub first: u64,
    /// The end as the store has it; `None`: nothing was ever recorded.
    pub head: Option<Head>,
    /// How many activities there are.
    pub count: u64,
    /// How many of them hold something that was blanked.
    pub blanked: u64,
    /// What does not agree, in words, with number and time.
    pub troubles: Vec<String>,
}

/// Goes through all of it, and compares it with a head that was kept elsewhere.
pub fn verify(tx: &impl Reader, kept: Option<(u64, Hash)>) -> Result<Chain, Error> {
    let (head, anchor) = (tx.activity_head()?, tx.activity_anchor()?);
    let begin = anchor.clone().unwrap_or(Anchor { number: 0, hash: GENESIS });
    let mut walk = Walk {
        expected: begin.number + 1,
        previous: Some(begin.hash),
        chain: Chain { first: begin.number + 1, head, count: 0, blanked: 0, troubles: Vec::new() },
        kept,
    };
    for pair in tx.range(Table::Activities, Keys::all(), Way::Up)? {
        walk.step(tx, pair?)?;
    }
    walk.end();
    walk.beginning(tx, anchor)?;
    walk.kept(&begin);
    let Chain { troubles, .. } = &mut walk.chain;
    let more = troubles.len().saturating_sub(TOLD);
    if more > 0 {
        troubles.truncate(TOLD);
        troubles.push(format!("{more} more of the activity do not agree"));
    }
    Ok(walk.chain)
}

struct Walk {
    expected: u64,
    /// The hash of the one before; `None` where that is not known.
    previous: Option<Hash>,
    chain: Chain,
    /// Still to be found.
    kept: Option<(u64, Hash)>,
}

impl Walk {
    fn trouble(&mut self, row: &Row, what: &str) {
        self.chain.troubles.push(format!("number {}, {}: {what}", row.number, row.at));
    }

    fn step(&mut self, tx: &impl Reader, (key, value): Pair) -> Result<(), Error> {
        self.chain.count += 1;
        let id: ActivityId = trailing_id(&key)?;
        let Ok(row) = codec::decode::<Row>(&value) else {
            self.chain.troubles.push(format!("number {}: it can't be read", self.expected));
            (self.expected, self.previous) = (self.expected + 1, None);
            return Ok(());
        };
        if row.id != id {
            let text = format!("out of order: it stands where number {} belongs", self.expected);
            self.trouble(&row, &text);
            (self.expected, self.previous) = (self.expected + 1, None);
            return Ok(());
        }
        if row.number != self.expected {
            self.gap(&row);
        }
        match self.previous {
            Some(previous) if row.computed(&previous) != row.hash => {
                self.trouble(&row, "changed: it does not agree with its hash and the one before it");
            }
            _ if !row.parts().all(|part| part.holds()) => {
                self.trouble(&row, "changed: a name or a value is not the one that was recorded");
            }
            _ => {}
        }
        self.blanked(tx, &row)?;
        for (table, key) in rows_of(&row) {
            if tx.get(table, &key)?.is_none() {
                self.trouble(&row, &format!("it is missing from {}", table.name()));
            }
        }
        if let Some((_, hash)) = self.kept.take_if(|(number, _)| *number == row.number)
            && hash != row.hash
        {
            self.trouble(&row, "its hash is not the one that was kept elsewhere");
        }
        (self.expected, self.previous) = (row.number.saturating_add(1), Some(row.hash));
        Ok(())
    }

    fn gap(&mut self, row: &Row) {
        match (self.expected, row.number.checked_sub(1)) {
            (from, Some(to)) if from == to => {
                self.trouble(row, &format!("number {from} before it is missing"))
            }
            (from, Some(to)) if from < to => {
                self.trouble(row, &format!("numbers {from} to {to} before it are missing"));
            }
            (from, _) => self.trouble(row, &format!("out of order: number {from} should stand here")),
        }
        self.previous = None;
    }

    /// Only what was of somebody who is gone may be blanked.
    fn blanked(&mut self, tx: &impl Reader, row: &Row) -> Result<(), Error> {
        if row.parts().all(|part| part.kept.is_some()) {
            return Ok(());
        }
        self.chain.blanked += 1;
        let mut users: Vec<UserId> = Vec::new();
        for who in [&row.actor, &row.acting_as].into_iter().flatten() {
            users.extend(who.part.kept.is_none().then_some(who.id));
        }
        if let Some(about) = row.subject.as_ref().filter(|about| about.kind == "user") {
            let blanked = about.part.as_ref().is_some_and(|part| part.kept.is_none());
            users.extend(blanked.then(|| UserId::from_uuid(about.id)));
        }
        for id in users {
            if tx.entity::<User>(id)?.is_some() {
                self.trouble(row, &format!("blanked, though user {id} is still there"));
            }
        }
        Ok(())
    }

    fn end(&mut self) {
        let last = self.expected - 1;
        let trouble = match &self.chain.head {
            None if self.chain.count == 0 => None,
            None => Some("the store does not say where it ends".to_owned()),
            Some(head) if last + 1 == head.number => {
                Some(format!("cut off at the end: number {}, the last, is missing", head.number))
            }
            Some(head) if last < head.number => {
                Some(format!("cut off at the end: numbers {} to {} are missing", last + 1, head.number))
            }
            Some(head) if last > head.number => {
                Some(format!("it should end with number {}, but goes on to {last}", head.number))
            }
            Some(head) if self.previous.is_some_and(|hash| hash != head.hash) => {
                Some(format!("number {last}, the last, is not the one that the store names"))
            }
            Some(_) => None,
        };
        self.chain.troubles.extend(trouble);
    }

    /// The beginning must be the one that the last trimming recorded.
    fn beginning(&mut self, tx: &impl Reader, anchor: Option<Anchor>) -> Result<(), Error> {
        let prefix = key(&[Action::ActivityTrimmed.as_str().as_bytes(), &[0]]);
        let newest = tx.ids::<ActivityId>(Table::ActivitiesByAction, &prefix, Way::Down)?.next();
        let told = match newest.transpose()? {
            Some(id) => super::activity(tx, id)?,
            None => None,
        };
        let value = |field: &str| {
            let change = told.as_ref()?.changes.iter().find(|change| change.field == field)?;
            Some(change.after.clone())
        };
        let told = value("up_to").and_then(|n| n.as_u64()).zip(value("hash"));
        let told = told.and_then(|(number, hash)| Some((number, hash.as_str()?.parse::<Hash>().ok()?)));
        if told != anchor.map(|anchor| (anchor.number, anchor.hash)) {
            let text = "its beginning is not the one that was recorded when it was trimmed";
            self.chain.troubles.push(text.to_owned());
        }
        Ok(())
    }

    /// What was kept elsewhere and not found.
    fn kept(&mut self, begin: &Anchor) {
        let Some((number, hash)) = self.kept.take() else { return };
        let trouble = match number {
            n if n == begin.number && hash == begin.hash => return,
            n if n < begin.number => format!("number {n} was trimmed, so it can't be compared any more"),
            n if n == begin.number => format!("number {n}, the last that was trimmed, had another hash"),
            n => format!("number {n}, which was kept elsewhere, is not there"),
        };
        self.chain.troubles.push(trouble);
    }
}
