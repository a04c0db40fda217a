//! An activity as it lies in the store: chained to the one before it, so that nobody can change,
//! leave out or move one unseen. What belongs to a person lies beside the chain, which holds a
//! salted hash of it: taken away together with its salt, it is gone, and the chain still holds.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use super::bytes::{Hash, Salt};
use super::{
    codec,
    error::Error,
    kv::{Keys, Reader, Way},
    read::Read,
    tables::Table,
};
use crate::model::{
    activity::{Action, Activity, Change, Named, Subject},
    id::{ActivityId, Id, UserId},
    text::EmailAddress,
    time::Timestamp,
};

/// Before the first activity of all.
pub const GENESIS: Hash = Hash::new([0; 32]);

/// What has no values of a person's own. All that is not named here is somebody's.
const THINGS: [&str; 4] = ["group", "project", "settings", "batch"];

/// What of a person's record tells of the portal, not of the person, and outlives them.
const OPEN: [&str; 9] =
    ["groups", "state", "project", "via", "purpose", "kind", "expires_at", "write", "until"];

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub id: ActivityId,
    /// One more than the one before it.
    pub number: u64,
    pub at: Timestamp,
    pub action: Action,
    pub actor: Option<Who>,
    pub acting_as: Option<Who>,
    pub subject: Option<About>,
    /// JSON of what is nobody's own.
    pub open: String,
    pub hash: Hash,
}

/// Somebody, and what of this activity is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub id: UserId,
    pub part: Part,
}

/// What it was done to; `None` as its part: nothing of it is a person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub kind: String,
    pub id: Uuid,
    pub part: Option<Part>,
    /// Whose part it is, where the id does not say so: a [`Person`]'s key, by which it is found
    /// when that person goes. No part of the chain.
    pub of: Option<Salt>,
}

/// Values of one person's, as JSON, and the hash that the chain holds of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub hash: Hash,
    /// `None`: blanked, for the person is gone.
    pub kept: Option<Kept>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub salt: Salt,
    pub text: String,
}

/// Values as they stand in a part.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Values {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Of the actor's API token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    changes: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Part {
    fn seal(salt: Salt, values: &Values) -> Result<Self, Error> {
        let kept = Kept { salt, text: text_of(values)? };
        Ok(Self { hash: kept.hash(), kept: Some(kept) })
    }

    /// Whether what is there is what the chain says; what is blanked can't be otherwise.
    pub fn holds(&self) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept.hash() == self.hash)
    }

    /// The e-mail addresses among its values.
    pub fn addresses(&self) -> Vec<EmailAddress> {
        let values = self.values().ok().flatten().unwrap_or_default();
        let email = values.changes.get("email").and_then(Value::as_array).cloned().unwrap_or_default();
        email.iter().filter_map(|value| EmailAddress::parse(value.as_str()?).ok()).collect()
    }

    fn values(&self) -> Result<Option<Values>, Error> {
        self.kept.as_ref().map(|kept| read(&kept.text)).transpose()
    }
}

impl Kept {
    fn hash(&self) -> Hash {
        let digest = Sha256::new().chain_update(self.salt.to_string()).chain_update(&self.text);
        Hash::new(digest.finalize().into())
    }
}

fn text_of(values: &Values) -> Result<String, Error> {
    serde_json::to_string(values).map_err(|error| Error::Damaged(format!("an activity: {error}")))
}

fn read(text: &str) -> Result<Values, Error> {
    serde_json::from_str(text).map_err(|error| Error::Damaged(format!("an activity: {error}")))
}

/// The values of each part: nobody's, the actor's, whom they acted as, the subject's.
fn split(activity: &Activity) -> [Values; 4] {
    let (mut open, mut subject) = (Values::default(), Values::default());
    let named = |named: &Option<Named>| {
        let name = named.as_ref().map(|named| named.name.clone());
        Values { name, ..Values::default() }
    };
    let (mut actor, acting_as) = (named(&activity.actor), named(&activity.acting_as));
    let personal = activity.subject.as_ref().is_some_and(|about| !THINGS.contains(&about.kind.as_str()));
    let acted = activity.actor.is_some();
    for Change { field, before, after } in &activity.changes {
        let part = match field.as_str() {
            field if !personal || OPEN.contains(&field) => &mut open,
            // Whoever acts as somebody does it in a session of their own.
            "device" if activity.acting_as.is_some() => &mut actor,
            _ => &mut subject,
        };
        part.changes.insert(field.clone(), json!([before, after]));
    }
    let of_subject = if personal { &mut subject } else { &mut open };
    of_subject.name = activity.subject.as_ref().map(|about| about.name.clone());
    of_subject.reason = activity.reason.clone();
    actor.token = activity.token.clone();
    // Somebody not signed in comes from where the subject does, for all that is known.
    let of_origin = if acted { &mut actor } else { of_subject };
    of_origin.origin = activity.origin.clone();
    [open, actor, acting_as, subject]
}

impl Row {
    /// An activity as it is to lie in the store, after the one with this hash.
    pub fn seal(
        activity: &Activity,
        previous: &Hash,
        mut salt: impl FnMut() -> Result<Salt, Error>,
    ) -> Result<Self, Error> {
        let [open, actor, acting_as, about] = split(activity);
        let mut who = |named: &Option<Named>, values| -> Result<Option<Who>, Error> {
            let Some(named) = named else { return Ok(None) };
            Ok(Some(Who { id: named.id, part: Part::seal(salt()?, values)? }))
        };
        let (actor, acting_as) = (who(&activity.actor, &actor)?, who(&activity.acting_as, &acting_as)?);
        let subject = match &activity.subject {
            None => None,
            Some(Subject { kind, id, .. }) => {
                let personal = !THINGS.contains(&kind.as_str());
                let part = personal.then(|| Part::seal(salt()?, &about)).transpose()?;
                Some(About { kind: kind.clone(), id: *id, part, of: None })
            }
        };
        let open = text_of(&open)?;
        let Activity { id, number, at, action, .. } = *activity;
        let mut row = Self { id, number, at, action, actor, acting_as, subject, open, hash: GENESIS };
        row.hash = row.computed(previous);
        Ok(row)
    }

    /// What the hash is of, as docs/activity.md tells it to those who verify an export.
    pub fn computed(&self, previous: &Hash) -> Hash {
        let id = |who: &Option<Who>| who.as_ref().map(|who| who.id.to_string()).unwrap_or_default();
        let hash = |part: Option<&Part>| part.map(|part| part.hash.to_string()).unwrap_or_default();
        let of = |who: &Option<Who>| hash(who.as_ref().map(|who| &who.part));
        let about = self.subject.as_ref();
        let lines = [
            previous.to_string(),
            self.number.to_string(),
            self.id.to_string(),
            self.at.to_string(),
            self.action.as_str().to_owned(),
            id(&self.actor),
            id(&self.acting_as),
            about.map(|about| about.kind.clone()).unwrap_or_default(),
            about.map(|about| about.id.to_string()).unwrap_or_default(),
            self.open.clone(),
            of(&self.actor),
            of(&self.acting_as),
            hash(about.and_then(|about| about.part.as_ref())),
        ];
        Hash::new(Sha256::digest(lines.join("\n")).into())
    }

    /// The activity; what was blanked in it has no value, and a name that says so.
    pub fn activity(&self) -> Result<Activity, Error> {
        let mut changes = Map::new();
        let (mut token, mut origin, mut reason) = (None, None, None);
        let mut take = |values: Option<Values>| -> Option<String> {
            let values = values?;
            changes.extend(values.changes);
            token = token.take().or(values.token);
            origin = origin.take().or(values.origin);
            reason = reason.take().or(values.reason);
            values.name
        };
        let open = take(Some(read(&self.open)?));
        let mut named = |who: &Option<Who>| -> Result<Option<Named>, Error> {
            let Some(who) = who else { return Ok(None) };
            let name = take(who.part.values()?).unwrap_or_else(|| gone("user"));
            Ok(Some(Named { id: who.id, name }))
        };
        let (actor, acting_as) = (named(&self.actor)?, named(&self.acting_as)?);
        let subject = match &self.subject {
            None => None,
            Some(About { kind, id, part: None, .. }) => {
                Some(Subject { kind: kind.clone(), id: *id, name: open.unwrap_or_default() })
            }
            Some(About { kind, id, part: Some(part), .. }) => {
                let name = take(part.values()?).unwrap_or_else(|| gone(kind));
                Some(Subject { kind: kind.clone(), id: *id, name })
            }
        };
        let changes = changes.into_iter().map(|(field, values)| {
            let [before, after] = match values {
                Value::Array(pair) => pair.try_into().unwrap_or_default(),
                _ => [Value::Null, Value::Null],
            };
            Change { field, before, after }
        });
        let changes = changes.collect();
        let Self { id, number, at, action, .. } = *self;
        Ok(Activity { id, number, at, action, actor, acting_as, token, subject, origin, changes, reason })
    }

    /// All that is a person's in it.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        let who = [&self.actor, &self.acting_as].into_iter().flatten().map(|who| &who.part);
        who.chain(self.subject.iter().filter_map(|about| about.part.as_ref()))
    }
}

/// The hash that a row was chained to.
pub fn before(tx: &impl Reader, row: &Row) -> Result<Hash, Error> {
    let keys = Keys { from: Vec::new(), to: Some(row.id.bytes().to_vec()) };
    match tx.range(Table::Activities, keys, Way::Down)?.next().transpose()? {
        Some((_, before)) => Ok(codec::decode::<Row>(&before)?.hash),
        None => Ok(tx.activity_anchor()?.map_or(GENESIS, |anchor| anchor.hash)),
    }
}

/// What stands for the name of somebody, or something of somebody's, that is blanked.
fn gone(kind: &str) -> String {
    format!("a deleted {kind}")
}
