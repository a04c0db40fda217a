//! One search on one snapshot.

use super::{
    error::Error,
    evaluate::evaluate,
    filter::Filter,
    language::Parsed,
    marks::Marker,
    order::Column,
    page::{Tier, page},
    query::{Found, Matched, Query, Sort},
    snapshot::Snapshot,
    wanted::Wanted,
};

/// The page asked for; when nothing matches, the users one typo away.
pub fn search(snapshot: &Snapshot, query: &Query) -> Result<Found, Error> {
    let parsed = Parsed::read(&query.text, query.field);
    let (ids, total) = list(snapshot, query, &parsed)?;
    if total == 0
        && query.typos
        && let Some(forgiving) = parsed.forgiving()
    {
        let (ids, total) = list(snapshot, query, &forgiving)?;
        if total > 0 {
            let marker = Marker::new(&forgiving, &snapshot.directory);
            return Ok(Found { ids, total, matched_by: Matched::Typo, marker });
        }
    }
    let marker = Marker::new(&parsed, &snapshot.directory);
    Ok(Found { ids, total, matched_by: Matched::Exact, marker })
}

fn list(
    snapshot: &Snapshot,
    query: &Query,
    parsed: &Parsed,
) -> Result<(Vec<crate::model::id::UserId>, u64), Error> {
    let usual = if parsed.has_text() { Sort::Relevance } else { Sort::Name };
    let (sort, descending) = query.sort.unwrap_or((usual, false));
    let ranked = sort == Sort::Relevance && parsed.has_text();
    let filter = Filter::new(query, parsed);
    let wanted = Wanted::new(parsed, &snapshot.directory, query);

    let mut listed = filter.bits(snapshot)?;
    let changed = || snapshot.overlay.iter();
    changed().filter_map(|entry| entry.slot).for_each(|slot| listed.clear(slot));
    let found = evaluate(snapshot, &wanted, listed, ranked)?;
    let mut tiers: Vec<Tier> = found.into_iter().map(|base| Tier { base, changed: Vec::new() }).collect();
    for entry in changed() {
        let Some(user) = entry.user.as_ref().filter(|user| filter.admits(&user.doc)) else { continue };
        if let Some(tier) = wanted.tier(user) {
            tiers[if ranked { tier } else { 0 }].changed.push(entry.clone());
        }
    }
    Ok(page(&snapshot.base, tiers, column(sort), descending, query.offset, query.limit))
}

fn column(sort: Sort) -> Column {
    match sort {
        Sort::Relevance | Sort::Name => Column::Name,
        Sort::Email => Column::Email,
        Sort::Company => Column::Company,
        Sort::Groups => Column::Groups,
        Sort::Created => Column::Created,
        Sort::LastSeen => Column::LastSeen,
    }
}
