//! Whether the index says what the store says.

use std::collections::HashSet;

use super::{
    Index, Query, document::Source, error::Error, order::COLUMNS, query::Disabled, snapshot::Snapshot,
    words::normal,
};
use crate::model::id::UserId;

/// How many disagreements are told.
const TOLD: usize = 20;
/// Of so many users one is looked for by a word of the name.
const LOOKED_FOR: usize = 1000;

pub fn check(index: &Index, snapshot: &Snapshot, source: &dyn Source) -> Result<Vec<String>, Error> {
    let mut wrong = Vec::new();
    let base = &snapshot.base;
    let changed: HashSet<UserId> = snapshot.overlay.iter().map(|entry| entry.id).collect();
    let mut users = 0;
    let mut looked_for = Vec::new();
    let mut unseen = base.users();
    let sequence = source
        .scan(&mut |_, user| {
            let slot = base.slot(user.id);
            unseen -= usize::from(slot.is_some());
            let known = slot.and_then(|slot| base.get(slot));
            if !changed.contains(&user.id) && !known.is_some_and(|known| known.agrees(&user)) {
                wrong.push(format!("user {} is not in the list as in the store", user.id));
            }
            if users % LOOKED_FOR == 0 {
                looked_for.push((user.id, user.name, user.state));
            }
            users += 1;
            true
        })
        .map_err(Error::Source)?;
    if sequence > snapshot.overlay.sequence {
        wrong.push("the list lags behind the store, or the store has changed during the check".to_owned());
    }
    let gone = snapshot.overlay.iter().filter(|entry| entry.slot.is_some() && entry.user.is_none()).count();
    if unseen > gone {
        wrong.push(format!("{} users of the list are not in the store", unseen - gone));
    }
    let mut documents: Vec<u32> = snapshot.terms.iter().flat_map(|terms| terms.documents()).collect();
    documents.sort_unstable();
    if !documents.iter().copied().eq(base.used()) {
        wrong.push("the search terms on disk are not those of the users in the list".to_owned());
    }
    for column in COLUMNS {
        let order = base.order(column);
        let mut two = order.iter().zip(order.iter().skip(1));
        if two.any(|(a, b)| column.compare(&base.row(*a), &base.row(*b)).is_ge()) {
            wrong.push(format!("the order by {column:?} is wrong"));
        }
    }
    for (id, name, state) in looked_for {
        let Some(word) = normal(&name).split(' ').next().map(str::to_owned).filter(|word| !word.is_empty())
        else {
            continue;
        };
        let query = Query {
            text: format!("name:\"{word}\" {id}"),
            disabled: Disabled::Include,
            state: Some(state),
            limit: 1,
            ..Query::default()
        };
        if index.search(&query)?.ids != [id] {
            wrong.push(format!("user {id} is not found by the word {word}"));
        }
    }
    wrong.truncate(TOLD);
    Ok(wrong)
}
