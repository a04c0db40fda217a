//! Users by what their e-mail addresses are like, which no term can say: every address in memory
//! is looked at, a million in some 20 ms.

use super::{error::Error, filter::Filter, language::Parsed, query::Query, snapshot::Snapshot};
use crate::model::{id::UserId, policy::Visibility};

/// Those whose address will do, whatever their state; so many at most.
pub fn with_address(
    snapshot: &Snapshot,
    visibility: &Visibility,
    most: usize,
    will_do: &dyn Fn(&str) -> bool,
) -> Result<Vec<UserId>, Error> {
    let (query, parsed) = (Query { visibility: visibility.clone(), ..Query::default() }, Parsed::default());
    let filter = Filter::new(&query, &parsed).of_any_state_and_group();
    let base = &snapshot.base;
    let mut seen = filter.bits(snapshot)?;
    snapshot.overlay.iter().filter_map(|entry| entry.slot).for_each(|slot| seen.clear(slot));
    let changed = snapshot.overlay.iter().filter_map(|entry| entry.user.as_ref());
    let changed = changed.filter(|user| filter.admits(&user.doc) && will_do(&user.doc.email));
    let mut found: Vec<UserId> = changed.map(|user| user.doc.id).take(most).collect();
    seen.iter().for_each(|slot| {
        if found.len() < most && will_do(base.texts.get(slot).email) {
            found.push(base.ids[slot as usize]);
        }
    });
    Ok(found)
}
