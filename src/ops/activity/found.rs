//! Which activities a filter admits, newest first, found by the shortest index that holds them.
//! Their ids sort by time, so a stretch of time is a stretch of keys; what is certain by its key
//! is counted without being read.

use std::iter::Peekable;

use crate::{
    model::{
        activity::{Action, Activity, ActivityFilter},
        id::{ActivityId, Id, UserId},
        page::{Page, Paging},
        time::Timestamp,
    },
    store::{
        Error, Keys, Reader, Way,
        chain::Row,
        codec,
        read::Read,
        tables::{Table, key},
    },
};

type Ids<'a> = Box<dyn Iterator<Item = Result<ActivityId, Error>> + 'a>;

/// All that a filter may admit, newest first, and what is known of each by its id alone.
pub struct Candidates<'a> {
    ids: Ids<'a>,
    filter: ActivityFilter,
    certain: Certain,
}

/// Milliseconds between which (both left out) an activity is admitted for certain.
struct Certain {
    after: Option<u64>,
    before: Option<u64>,
    /// The filter asks for more than the index that the candidates come from.
    never: bool,
}

impl<'a> Candidates<'a> {
    /// By a filter.
    pub fn of(tx: &'a impl Reader, filter: ActivityFilter) -> Result<Self, Error> {
        let from = filter.from.map(|from| from.milliseconds());
        let to = filter.to.map(|to| to.milliseconds());
        // An id may be later than its activity, after the clock went back: by so much at most.
        let lead = tx.activity_lead()?;
        let run = |table: Table, prefix: &[u8]| -> Result<Ids<'a>, Error> {
            let mut keys = Keys::prefix(prefix);
            keys.from.extend(from.map(milliseconds_key).into_iter().flatten());
            if let Some(to) = to {
                keys.to = Some(key(&[prefix, &milliseconds_key(to.saturating_add(lead + 1))]));
            }
            Ok(Box::new(tx.ids_in(table, keys, Way::Down)?))
        };
        let ids = match (filter.subject, filter.actor, &filter.action) {
            (Some(subject), _, _) => run(Table::ActivitiesBySubject, subject.as_bytes())?,
            (None, Some(actor), _) => run(Table::ActivitiesByActor, &actor.bytes())?,
            (None, None, None) => run(Table::Activities, &[])?,
            (None, None, Some(_)) => {
                let asked = Action::ALL.iter().filter(|action| filter.asks_for(**action));
                let runs = asked
                    .map(|action| run(Table::ActivitiesByAction, &key(&[action.as_str().as_bytes(), &[0]])));
                merged(runs.collect::<Result<_, _>>()?)
            }
        };
        let asked = [filter.subject.is_some(), filter.actor.is_some(), filter.action.is_some()];
        let never = asked.into_iter().filter(|asked| *asked).count() > 1;
        let after = from.map(|from| from.saturating_add(lead));
        Ok(Self { ids, filter, certain: Certain { after, before: to, never } })
    }

    /// Everything by and on a user.
    pub fn about(tx: &'a impl Reader, user: UserId) -> Result<Self, Error> {
        let runs: [Ids<'a>; 2] = [
            Box::new(tx.ids(Table::ActivitiesBySubject, &user.bytes(), Way::Down)?),
            Box::new(tx.ids(Table::ActivitiesByActor, &user.bytes(), Way::Down)?),
        ];
        let certain = Certain { after: None, before: None, never: false };
        Ok(Self { ids: merged(runs.into()), filter: ActivityFilter::default(), certain })
    }

    /// One page of those that are admitted, and how many there are.
    pub fn page(self, tx: &impl Reader, paging: Paging) -> Result<Page<Activity>, Error> {
        let (mut items, mut total) = (Vec::new(), 0);
        for id in self.ids {
            let id = id?;
            let wanted = total >= paging.offset() && items.len() < paging.per_page as usize;
            let certain = self.certain.admits(id);
            if wanted || !certain {
                let activity = crate::store::activity(tx, id)?;
                let Some(activity) = activity.filter(|one| certain || self.filter.admits(one)) else {
                    continue;
                };
                items.extend(wanted.then_some(activity));
            }
            total += 1;
        }
        Ok(Page { items, total, paging })
    }

    /// All that are admitted, with what lies in the store of each.
    pub fn all(self, tx: &'a impl Reader) -> impl Iterator<Item = Result<(Row, Activity), Error>> + 'a {
        let filter = self.filter;
        self.ids.filter_map(move |id| {
            let read = || -> Result<Option<(Row, Activity)>, Error> {
                let Some(row) = tx.stored::<Row>(Table::Activities, &id?.bytes())? else { return Ok(None) };
                let activity = row.activity()?;
                Ok(filter.admits(&activity).then_some((row, activity)))
            };
            read().transpose()
        })
    }
}

/// One page of everything. Nothing is counted: numbers have no gaps.
pub fn page_of_all(tx: &impl Reader, paging: Paging) -> Result<Page<Activity>, Error> {
    let total = tx.len(Table::Activities)?;
    let last = tx.activity_head()?.map_or(0, |head| head.number);
    let keys = match last.checked_sub(paging.offset()) {
        Some(newest) if paging.offset() < total => up_to(tx, newest)?,
        _ => return Ok(Page { items: Vec::new(), total, paging }),
    };
    let ids = tx.ids_in(Table::Activities, keys, Way::Down)?.take(paging.per_page as usize);
    let items = crate::store::activities(tx, ids).collect::<Result<_, _>>()?;
    Ok(Page { items, total, paging })
}

/// The keys up to the activity with a number: it is found by halving what lies between two ids,
/// for ids and numbers grow together.
fn up_to(tx: &impl Reader, number: u64) -> Result<Keys, Error> {
    let key_of = |id: u128| id.to_be_bytes().to_vec();
    // Between: nothing before `low` is newer, nothing from `high` on is as old.
    let (mut low, mut high) = (0, u128::MAX);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let keys = Keys { from: key_of(middle), to: Some(key_of(high)) };
        let first = tx.range(Table::Activities, keys, Way::Up)?.next().transpose()?;
        let row: Option<Row> = first.map(|(_, row)| codec::decode(&row)).transpose()?;
        match row.filter(|row| row.number <= number) {
            Some(row) if row.number == number => {
                high = row.id.uuid().as_u128().saturating_add(1);
                break;
            }
            Some(row) => low = row.id.uuid().as_u128(),
            None => high = middle,
        }
    }
    Ok(Keys { from: Vec::new(), to: Some(key_of(high)) })
}

impl Certain {
    fn admits(&self, id: ActivityId) -> bool {
        let at = id.made_at().map_or(0, Timestamp::milliseconds);
        !self.never
            && self.after.is_none_or(|after| at > after)
            && self.before.is_none_or(|before| at < before)
    }
}

/// As an id begins (RFC 9562, 5.7).
pub(super) fn milliseconds_key(milliseconds: u64) -> [u8; 6] {
    let [_, _, key @ ..] = milliseconds.min((1 << 48) - 1).to_be_bytes();
    key
}

/// Several descending runs as one, without doubles.
fn merged(runs: Vec<Ids<'_>>) -> Ids<'_> {
    Box::new(Merged { runs: runs.into_iter().map(Iterator::peekable).collect() })
}

struct Merged<'a> {
    runs: Vec<Peekable<Ids<'a>>>,
}

impl Iterator for Merged<'_> {
    type Item = Result<ActivityId, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut newest = None;
        for run in &mut self.runs {
            match run.peek() {
                Some(Ok(id)) => newest = newest.max(Some(*id)),
                Some(Err(_)) => return run.next(),
                None => {}
            }
        }
        let newest = newest?;
        for run in &mut self.runs {
            run.next_if(|id| matches!(id, Ok(id) if *id == newest));
        }
        Some(Ok(newest))
    }
}

#[cfg(test)]
#[path = "found/tests.rs"]
mod tests;
