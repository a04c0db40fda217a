//! From version 1 to 2: the activity is chained, in the order in which it was recorded. What was
//! of people who are gone by then is blanked; that they were has been recorded, who they were
//! need not be known any more.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    model::{
        activity::{Action, Activity, Change, Named, Person, Subject},
        id::{ActivityId, Id, MailId, SignUpId, UserId},
        link::SignUp,
        mail::Mail,
        text::EmailAddress,
        time::Timestamp,
    },
    store::{
        activity::{Head, rows_of, sealed},
        chain::{GENESIS, Row},
        codec,
        entity::Entity,
        error::Error,
        kv::{Batch, Keys, Kv, Reader, Way},
        read::Read,
        tables::{Table, key, meta},
    },
};

/// So many in one commit.
const AT_ONCE: usize = 5_000;

/// An activity as version 1 had it.
#[derive(Deserialize)]
struct Old {
    id: ActivityId,
    at: Timestamp,
    action: Action,
    actor: Option<Named>,
    acting_as: Option<Named>,
    #[serde(default)]
    token: Option<String>,
    subject: Option<Subject>,
    origin: Option<String>,
    changes: Vec<Change>,
    reason: Option<String>,
}

pub fn go_on(kv: &Kv, now: Timestamp) -> Result<(), Error> {
    let all = kv.read()?.len(Table::Activities)?;
    loop {
        let snapshot = kv.read()?;
        let mut head = snapshot.activity_head()?;
        let mut batch = Batch::default();
        let from = head.as_ref().map_or(Vec::new(), |head| key(&[&head.id.bytes(), &[0]]));
        let mut some = 0;
        for pair in snapshot.range(Table::Activities, Keys { from, to: None }, Way::Up)?.take(AT_ONCE) {
            let old: Old = codec::decode(&pair?.1)?;
            head = Some(add(&mut batch, chained(&*snapshot, old, head.as_ref())?)?);
            some += 1;
        }
        let ended = some < AT_ONCE;
        let done = head.as_ref().map_or(0, |head| head.number);
        if ended {
            mails(&*snapshot, &mut batch)?;
            if let Some(head) = &head {
                add(&mut batch, told(head, now)?)?;
            }
        }
        batch.set(Table::Meta, meta::VERSION.to_vec(), Some(2_u32.to_be_bytes().to_vec()));
        batch.set(Table::Meta, meta::MIGRATING.to_vec(), (!ended).then(Vec::new));
        drop(snapshot);
        kv.commit(&batch)?;
        tracing::info!("the activity is being chained: {done} of {all}");
        if ended {
            return Ok(());
        }
    }
}

/// Mails to those who are no users are found by their address now.
fn mails(tx: &impl Reader, batch: &mut Batch) -> Result<(), Error> {
    for mail in tx.all::<Mail>()? {
        let mail = mail?;
        for row in mail.indexes().into_iter().filter(|_| mail.user.is_none()) {
            batch.set(row.table, row.key, Some(Vec::new()));
        }
    }
    Ok(())
}

/// What is chained says that it was not from the beginning.
fn told(head: &Head, now: Timestamp) -> Result<Row, Error> {
    let id = ActivityId::from_uuid(uuid::Uuid::from_u128(head.id.uuid().as_u128() + 1));
    let reason = format!("{} from before", head.number);
    let activity = Activity {
        id,
        number: head.number + 1,
        at: now,
        action: Action::ActivityChained,
        actor: None,
        acting_as: None,
        token: None,
        subject: None,
        origin: None,
        changes: Vec::new(),
        reason: Some(reason),
    };
    sealed(&activity, &head.hash, None)
}

fn add(batch: &mut Batch, row: Row) -> Result<Head, Error> {
    let head = Head { number: row.number, hash: row.hash, id: row.id };
    batch.set(Table::Activities, row.id.bytes().to_vec(), Some(codec::encode(&row)?));
    for (table, key) in rows_of(&row) {
        batch.set(table, key, Some(Vec::new()));
    }
    batch.set(Table::Meta, meta::ACTIVITY_HEAD.to_vec(), Some(codec::encode(&head)?));
    Ok(head)
}

fn chained(tx: &impl Reader, old: Old, head: Option<&Head>) -> Result<Row, Error> {
    let person = person(tx, &old)?;
    let sign_up = old.subject.as_ref().is_some_and(|subject| subject.kind == "sign-up");
    let address_gone = match &person {
        Some(Person::Address(address)) => !known(tx, address)?,
        _ => sign_up,
    };
    let Old { id, at, action, actor, acting_as, token, subject, origin, changes, reason } = old;
    let number = head.map_or(1, |head| head.number + 1);
    let activity =
        Activity { id, number, at, action, actor, acting_as, token, subject, origin, changes, reason };
    let previous = head.map_or(GENESIS, |head| head.hash);
    let mut row = sealed(&activity, &previous, person)?;
    let gone = |id: UserId| -> Result<bool, Error> { Ok(tx.get(Table::Users, &id.bytes())?.is_none()) };
    for who in [&mut row.actor, &mut row.acting_as].into_iter().flatten() {
        if gone(who.id)? {
            who.part.kept = None;
        }
    }
    if let Some(about) = &mut row.subject
        && let Some(part) = &mut about.part
        && (address_gone || (about.kind == "user" && gone(UserId::from_uuid(about.id))?))
    {
        (part.kept, about.of) = (None, None);
    }
    Ok(row)
}

/// Whose values it holds, as far as that can still be told; `None`: the subject's or the actor's.
fn person(tx: &impl Reader, old: &Old) -> Result<Option<Person>, Error> {
    let Some(subject) = old.subject.as_ref() else { return Ok(None) };
    if subject.kind == "mail"
        && let Some(Mail { user: Some(user), .. }) = tx.entity(MailId::from_uuid(subject.id))?
    {
        return Ok(Some(Person::User(user)));
    }
    if subject.kind == "sign-up"
        && let Some(sign_up) = tx.entity::<SignUp>(SignUpId::from_uuid(subject.id))?
    {
        return Ok(Some(Person::Address(sign_up.email)));
    }
    let addresses = old.changes.iter().filter(|change| matches!(change.field.as_str(), "email" | "to"));
    let texts = addresses.flat_map(|change| [&change.after, &change.before]).filter_map(Value::as_str);
    let address = texts.filter_map(|text| EmailAddress::parse(text).ok()).next();
    Ok(address.filter(|_| matches!(subject.kind.as_str(), "mail" | "sign-up")).map(Person::Address))
}

/// Whether an address is anybody's now.
fn known(tx: &impl Reader, address: &EmailAddress) -> Result<bool, Error> {
    let user = tx.user_by_email(address)?.is_some();
    let sign_up = || tx.by_index::<SignUp>(Table::SignUpsByEmail, address.folded().as_bytes());
    Ok(user || sign_up()?.is_some())
}
