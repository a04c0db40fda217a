//! A page of the list: the users of the base and the changed ones, merged in one order.

use std::sync::Arc;

use super::{base::Base, bits::Bits, order::Column, overlay::Entry};
use crate::model::id::UserId;

/// So many slots are counted at a time on the way to a page.
const BLOCK: usize = 1024;

/// Users who match equally well.
pub struct Tier {
    pub base: Bits,
    /// The changed ones.
    pub changed: Vec<Arc<Entry>>,
}

/// What is cut from a list.
struct Cut {
    skip: usize,
    take: usize,
    ids: Vec<UserId>,
}

impl Cut {
    fn put(&mut self, id: UserId) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.take > 0 {
            self.take -= 1;
            self.ids.push(id);
        }
    }
}

/// How many users there are, and those of one page, sorted by a column within each tier.
pub fn page(
    base: &Base,
    tiers: Vec<Tier>,
    column: Column,
    descending: bool,
    offset: u64,
    limit: u32,
) -> (Vec<UserId>, u64) {
    let counts: Vec<usize> = tiers.iter().map(|tier| tier.base.count() + tier.changed.len()).collect();
    let total: usize = counts.iter().sum();
    let skip = usize::try_from(offset).unwrap_or(usize::MAX).min(total);
    let take = (limit as usize).min(total - skip);
    // Descending is the same list from its other end.
    let skip = if descending { total - skip - take } else { skip };
    let mut cut = Cut { skip, take, ids: Vec::with_capacity(take) };
    for (tier, count) in tiers.into_iter().zip(counts) {
        if cut.take == 0 {
            break;
        }
        if cut.skip >= count {
            cut.skip -= count;
        } else {
            walk(base, tier, column, &mut cut);
        }
    }
    if descending {
        cut.ids.reverse();
    }
    (cut.ids, total as u64)
}

/// Goes through the order from its beginning: counting the bits of a million users before the page
/// costs a millisecond, and needs no rank in memory for each.
fn walk(base: &Base, tier: Tier, column: Column, cut: &mut Cut) {
    let mut changed: Vec<_> =
        tier.changed.iter().filter_map(|entry| Some((entry.place(column, base), entry.row()?))).collect();
    changed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| column.compare(&a.1, &b.1)));
    let mut from = 0;
    for (place, row) in changed {
        run(base, column, (from, place as usize), &tier.base, cut);
        if cut.take == 0 {
            return;
        }
        from = place as usize;
        cut.put(row.id);
    }
    run(base, column, (from, base.users()), &tier.base, cut);
}

fn run(base: &Base, column: Column, (from, to): (usize, usize), bits: &Bits, cut: &mut Cut) {
    for block in base.order(column).slices(from, to).flat_map(|slice| slice.chunks(BLOCK)) {
        if cut.skip >= BLOCK {
            cut.skip -= bits.count_among(block);
            continue;
        }
        for slot in block {
            if bits.has(*slot) {
                if cut.take == 0 {
                    return;
                }
                cut.put(base.ids[*slot as usize]);
            }
        }
    }
}
