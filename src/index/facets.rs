//! The counts beside the list.

use super::{
    bits::Bits,
    error::Error,
    evaluate::evaluate,
    filter::Filter,
    language::Parsed,
    query::{Facets, Query},
    snapshot::Snapshot,
    wanted::Wanted,
};
use crate::model::user::UserState;

/// The counts; when nothing matches, those of the users one typo away, as in the list.
pub fn facets(snapshot: &Snapshot, query: &Query) -> Result<Facets, Error> {
    let parsed = Parsed::read(&query.text, query.field);
    let exact = count(snapshot, query, &parsed)?;
    match parsed.forgiving() {
        Some(forgiving) if exact.total == 0 => {
            let typo = count(snapshot, query, &forgiving)?;
            Ok(if typo.total > 0 { typo } else { exact })
        }
        _ => Ok(exact),
    }
}

fn count(snapshot: &Snapshot, query: &Query, parsed: &Parsed) -> Result<Facets, Error> {
    let (filter, base) = (Filter::new(query, parsed), &snapshot.base);
    let wide = filter.of_any_state_and_group();
    let wanted = Wanted::new(parsed, &snapshot.directory, query);
    let mut facets = Facets::default();

    let mut all = wide.bits(snapshot)?;
    snapshot.overlay.iter().filter_map(|entry| entry.slot).for_each(|slot| all.clear(slot));
    let found = evaluate(snapshot, &wanted, all, false)?.pop().unwrap_or_else(|| Bits::none(0));

    let mut in_group = found.clone();
    if let Some(group) = query.group {
        in_group.and(&base.in_groups(&[group]));
    }
    for state in UserState::ALL.iter().copied() {
        let mut those = in_group.clone();
        those.and(base.in_state(state));
        let count = those.count() as u64;
        *facets.by_state.entry(state).or_default() += count;
        facets.total += if filter.has_state(state) { count } else { 0 };
    }

    let mut in_states = found;
    in_states.and(&filter.in_states(base));
    let mut by_set = vec![0_u64; base.groups.all().len()];
    in_states.iter().for_each(|slot| by_set[base.sets[slot as usize] as usize] += 1);
    for (set, users) in base.groups.all().iter().zip(by_set) {
        set.iter().for_each(|group| *facets.by_group.entry(*group).or_default() += users);
    }

    for user in snapshot.overlay.iter().filter_map(|entry| entry.user.as_ref()) {
        if !wide.admits(&user.doc) || wanted.tier(user).is_none() {
            continue;
        }
        let (in_state, in_group) = (
            filter.has_state(user.doc.state),
            query.group.is_none_or(|group| user.doc.groups.contains(&group)),
        );
        if in_group {
            *facets.by_state.entry(user.doc.state).or_default() += 1;
        }
        if in_state {
            user.doc.groups.iter().for_each(|group| *facets.by_group.entry(*group).or_default() += 1);
        }
        facets.total += u64::from(in_state && in_group);
    }
    facets.by_group.retain(|_, users| *users > 0);
    Ok(facets)
}
