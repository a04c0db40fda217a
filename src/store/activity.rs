//! The activity, written: each chained to the one before it, trimmed from its beginning alone,
//! and blanked where it holds values of a person who is gone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    bytes::{Hash, Salt},
    chain::{GENESIS, Row},
    codec,
    error::Error,
    kv::{Keys, Reader, Way},
    read::Read,
    tables::{Table, key, meta},
    write::{Author, WriteTx},
};
use crate::{
    entropy,
    model::{
        activity::{Action, Activity, Change, Person, Recorded, Subject},
        id::{ActivityId, Id, MailId, UserId},
        mail::Mail,
        time::Timestamp,
    },
};

/// The end of the chain, written with every activity: what is cut off is missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub number: u64,
    pub hash: Hash,
    pub id: ActivityId,
}

/// The last activity that was trimmed: what is left begins after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    pub number: u64,
    pub hash: Hash,
}

/// Somebody whose values are being blanked, and how far that is.
#[derive(Debug, Serialize, Deserialize)]
struct Blanking {
    user: Option<UserId>,
    after: Option<ActivityId>,
}

impl WriteTx<'_> {
    /// Records something that was done, for what changes no entity too.
    pub fn record(
        &mut self,
        recorded: impl Into<Recorded>,
        subject: Option<Subject>,
        changes: Vec<Change>,
    ) -> Result<(), Error> {
        self.record_of(recorded, subject, changes, None)
    }

    /// The same, and whose values it holds, where the subject does not say so itself. Without a
    /// word they are those of whoever does it.
    pub fn record_of(
        &mut self,
        recorded: impl Into<Recorded>,
        subject: Option<Subject>,
        changes: Vec<Change>,
        person: Option<Person>,
    ) -> Result<(), Error> {
        let Recorded { action, reason } = recorded.into();
        let head = self.activity_head()?;
        let mut id: ActivityId = self.new_id()?;
        // In the order of their numbers, also where the clock went back over a restart.
        if let Some(head) = head.as_ref().filter(|head| id <= head.id) {
            id = ActivityId::from_uuid(uuid::Uuid::from_u128(head.id.uuid().as_u128() + 1));
        }
        let made = id.made_at().map_or(0, Timestamp::milliseconds);
        let lead = made.saturating_sub(self.now.milliseconds());
        if lead > 0 && lead > self.activity_lead()? {
            self.own.set(Table::Meta, meta::ACTIVITY_LEAD.to_vec(), Some(lead.to_be_bytes().to_vec()));
        }
        let Author { actor, acting_as, token, origin } = self.author.clone();
        let number = head.as_ref().map_or(1, |head| head.number + 1);
        let at = self.now;
        let activity =
            Activity { id, number, at, action, actor, acting_as, token, subject, origin, changes, reason };
        let previous = head.map_or(GENESIS, |head| head.hash);
        let row = sealed(&activity, &previous, person)?;
        self.chain(row)
    }

    /// Adds a row to the chain, at its end.
    pub(super) fn chain(&mut self, row: Row) -> Result<(), Error> {
        let head = Head { number: row.number, hash: row.hash, id: row.id };
        self.own.set(Table::Meta, meta::ACTIVITY_HEAD.to_vec(), Some(codec::encode(&head)?));
        self.own.set(Table::Activities, row.id.bytes().to_vec(), Some(codec::encode(&row)?));
        for (table, key) in rows_of(&row) {
            self.own.set(table, key, Some(Vec::new()));
        }
        Ok(())
    }

    /// Takes away the oldest activity, up to the first that is not of before a moment, and records
    /// where what is left begins. How many went.
    pub fn trim_activity(&mut self, before: Timestamp, days: u16, most: usize) -> Result<usize, Error> {
        let mut old: Vec<Row> = Vec::new();
        for pair in self.range(Table::Activities, Keys::all(), Way::Up)?.take(most) {
            let row: Row = codec::decode(&pair?.1)?;
            if row.at >= before {
                break;
            }
            old.push(row);
        }
        let Some(last) = old.last() else { return Ok(0) };
        let anchor = Anchor { number: last.number, hash: last.hash };
        self.own.set(Table::Meta, meta::ACTIVITY_ANCHOR.to_vec(), Some(codec::encode(&anchor)?));
        for row in &old {
            self.own.set(Table::Activities, row.id.bytes().to_vec(), None);
            for (table, key) in rows_of(row) {
                self.own.set(table, key, None);
            }
        }
        let text = format!("{} older than {days} days", old.len());
        self.record(Action::ActivityTrimmed.because(Some(&text)), None, anchor.changes(old.len()))?;
        Ok(old.len())
    }

    /// Blanks what the activity holds of somebody who goes: at once, as far as it is not much;
    /// [`Self::go_on_blanking`] does the rest.
    pub fn blank(&mut self, person: &Person, most: usize) -> Result<(), Error> {
        self.begin_blanking(person)?;
        self.go_on_blanking(most).map(drop)
    }

    fn begin_blanking(&mut self, person: &Person) -> Result<(), Error> {
        let user = match person {
            Person::User(id) => Some(*id),
            Person::Address(_) => None,
        };
        let blanking = codec::encode(&Blanking { user, after: None })?;
        self.own.set(Table::Blanking, key_of(person).bytes().to_vec(), Some(blanking));
        Ok(())
    }

    /// Blanks so many rows at most; true when there are more.
    pub fn go_on_blanking(&mut self, most: usize) -> Result<bool, Error> {
        let mut left = most;
        loop {
            let next = self.range(Table::Blanking, Keys::all(), Way::Up)?.next().transpose()?;
            let Some((person, blanking)) = next else { return Ok(false) };
            if left == 0 {
                return Ok(true);
            }
            let blanking: Blanking = codec::decode(&blanking)?;
            if blanking.user.is_none() {
                self.forget_mails_to(&person)?;
            }
            let ids = self.to_blank(&person, &blanking, left)?;
            let all = ids.len() < left;
            left -= ids.len();
            let after = ids.last().copied().or(blanking.after);
            for id in ids {
                self.blank_one(id, &person, blanking.user)?;
            }
            let rest = (!all).then(|| codec::encode(&Blanking { after, ..blanking })).transpose()?;
            self.own.set(Table::Blanking, person, rest);
        }
    }

    /// The mails to an address that was no user's then.
    fn forget_mails_to(&mut self, address: &[u8]) -> Result<(), Error> {
        let mails = self.ids(Table::MailsByUser, address, Way::Up)?;
        let mails: Vec<MailId> = mails.collect::<Result<_, Error>>()?;
        mails.into_iter().try_for_each(|mail| self.forget::<Mail>(mail))
    }

    /// The next of those that hold something of a person, in order.
    fn to_blank(
        &self,
        person: &[u8],
        blanking: &Blanking,
        most: usize,
    ) -> Result<BTreeSet<ActivityId>, Error> {
        let of_user = [Table::ActivitiesBySubject, Table::ActivitiesByActor];
        let tables = of_user.into_iter().filter(|_| blanking.user.is_some());
        let mut ids = BTreeSet::new();
        for table in tables.chain([Table::ActivitiesByPerson]) {
            let mut keys = Keys::prefix(person);
            if let Some(after) = blanking.after {
                keys.from = key(&[person, &after.bytes(), &[0]]);
            }
            for id in self.ids_in::<ActivityId>(table, keys, Way::Up)?.take(most) {
                ids.insert(id?);
            }
        }
        Ok(ids.into_iter().take(most).collect())
    }

    fn blank_one(&mut self, id: ActivityId, person: &[u8], user: Option<UserId>) -> Result<(), Error> {
        let Some(mut row) = self.stored::<Row>(Table::Activities, &id.bytes())? else { return Ok(()) };
        for who in [&mut row.actor, &mut row.acting_as].into_iter().flatten() {
            if Some(who.id) == user {
                who.part.kept = None;
            }
        }
        if let Some(about) = &mut row.subject {
            let own = user.is_some_and(|user| about.kind == "user" && about.id == user.uuid());
            if own {
                for address in about.part.iter().flat_map(|part| part.addresses()) {
                    // Unless it is somebody else's by now.
                    if self.user_by_email(&address)?.is_none() {
                        self.begin_blanking(&Person::Address(address))?;
                    }
                }
            }
            if own || about.of.is_some_and(|of| of.bytes() == person) {
                if about.of.take().is_some() {
                    self.own.set(Table::ActivitiesByPerson, key(&[person, &id.bytes()]), None);
                }
                if let Some(part) = &mut about.part {
                    part.kept = None;
                }
            }
        }
        self.own.set(Table::Activities, id.bytes().to_vec(), Some(codec::encode(&row)?));
        Ok(())
    }
}

impl Anchor {
    /// As the activity tells of it.
    fn changes(&self, count: usize) -> Vec<Change> {
        let change =
            |field: &str, after: Value| Change { field: field.to_owned(), before: Value::Null, after };
        vec![
            change("count", json!(count)),
            change("up_to", json!(self.number)),
            change("hash", json!(self.hash.to_string())),
        ]
    }
}

/// A row of the chain, with the key of whose values it holds.
pub(super) fn sealed(activity: &Activity, previous: &Hash, person: Option<Person>) -> Result<Row, Error> {
    // One asking of the system gives two salts, and most rows need no more.
    let mut spare = None;
    let mut row = Row::seal(activity, previous, || match spare.take() {
        Some(salt) => Ok(salt),
        None => {
            let [first, second] = halves(entropy::random()?);
            spare = Some(second);
            Ok(first)
        }
    })?;
    if let Some(about) = row.subject.as_mut().filter(|about| about.part.is_some() && about.kind != "user") {
        let doer = activity.acting_as.as_ref().or(activity.actor.as_ref());
        let person = person.or(doer.map(|doer| Person::User(doer.id)));
        about.of = person.as_ref().map(key_of);
    }
    Ok(row)
}

/// By what an activity is found beside its time.
pub(super) fn rows_of(row: &Row) -> Vec<(Table, Vec<u8>)> {
    let id = row.id.bytes();
    let by_action = key(&[row.action.as_str().as_bytes(), &[0], &id]);
    let by_subject =
        row.subject.iter().map(|one| (Table::ActivitiesBySubject, key(&[one.id.as_bytes(), &id])));
    let of = row.subject.iter().filter_map(|one| one.of);
    let by_person = of.map(|of| (Table::ActivitiesByPerson, key(&[of.bytes(), &id])));
    let named = [&row.actor, &row.acting_as].into_iter().flatten();
    let by_actor = named.map(|one| (Table::ActivitiesByActor, key(&[&one.id.bytes(), &id])));
    by_subject.chain(by_person).chain(by_actor).chain([(Table::ActivitiesByAction, by_action)]).collect()
}

fn halves(random: [u8; 32]) -> [Salt; 2] {
    let (mut first, mut second) = ([0; 16], [0; 16]);
    first.copy_from_slice(&random[..16]);
    second.copy_from_slice(&random[16..]);
    [first, second].map(Salt::new)
}

/// A user's id; of somebody who is no user, what a hash makes of their address.
pub(super) fn key_of(person: &Person) -> Salt {
    match person {
        Person::User(id) => Salt::new(id.bytes()),
        Person::Address(address) => {
            let [half, _] = halves(Sha256::digest(address.folded()).into());
            half
        }
    }
}
