//! How many users there are, by what: for the overview.

use super::{
    base::NOBODY, bits::Bits, error::Error, filter::Filter, language::Parsed, query::Census, query::Query,
    snapshot::Snapshot,
};
use crate::model::{policy::Visibility, time::Span, time::Timestamp, user::UserState};

const DAY: i64 = Span::days(1).as_seconds() * 1_000_000;

/// Counts all whom somebody may see; by day of their making those made since a moment.
pub fn census(snapshot: &Snapshot, visibility: &Visibility, since: Timestamp) -> Result<Census, Error> {
    let (query, parsed) = (Query { visibility: visibility.clone(), ..Query::default() }, Parsed::default());
    let filter = Filter::new(&query, &parsed).of_any_state_and_group();
    let base = &snapshot.base;
    let mut seen: Bits = filter.bits(snapshot)?;
    snapshot.overlay.iter().filter_map(|entry| entry.slot).for_each(|slot| seen.clear(slot));

    let states = UserState::ALL.len();
    let mut by_set = vec![0_u64; base.groups.all().len() * states];
    let mut created = std::collections::BTreeMap::<i64, u64>::new();
    let (from, deleted) = (since.microseconds(), UserState::Deleted as u8);
    seen.iter().for_each(|slot| {
        let n = slot as usize;
        let state = base.states[n];
        if state == NOBODY {
            return;
        }
        by_set[base.sets[n] as usize * states + usize::from(state)] += 1;
        if base.created[n] >= from && state != deleted {
            *created.entry((base.created[n] - from) / DAY).or_default() += 1;
        }
    });
    let mut census = Census::default();
    for (set, counts) in base.groups.all().iter().zip(by_set.chunks(states)) {
        for (state, users) in UserState::ALL.iter().zip(counts).filter(|(_, users)| **users > 0) {
            *census.by_state.entry(*state).or_default() += users;
            set.iter().for_each(|group| *census.by_group.entry((*group, *state)).or_default() += users);
        }
    }
    for user in snapshot.overlay.iter().filter_map(|entry| entry.user.as_ref()) {
        let doc = &user.doc;
        if !filter.admits(doc) {
            continue;
        }
        *census.by_state.entry(doc.state).or_default() += 1;
        doc.groups.iter().for_each(|group| *census.by_group.entry((*group, doc.state)).or_default() += 1);
        let at = doc.created_at.microseconds();
        if at >= from && doc.state != UserState::Deleted {
            *created.entry((at - from) / DAY).or_default() += 1;
        }
    }
    census.created = created.into_iter().map(|(day, users)| (since.plus(Span::days(day)), users)).collect();
    Ok(census)
}
