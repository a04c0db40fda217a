//! Searching while there are no terms on disk: every text is looked at. It takes longer, and
//! answers the same.

use super::{
    bits::Bits,
    evaluate::Hits,
    language::Text,
    matcher::{Hit, Normals, tiers},
    snapshot::Snapshot,
    texts::{Finder, Record},
    words::is_simple,
};
use crate::model::id::GroupId;

/// Who of those within has a text, and how.
pub fn hits(snapshot: &Snapshot, text: &Text, groups: &[(GroupId, Hit)], within: &Bits) -> Hits {
    let base = &snapshot.base;
    let mut hits = Hits::none(base.size());
    let by_group: Vec<Hit> = base.groups.all().iter().map(|set| best(set, groups)).collect();
    let letters = (text.words.is_ascii() && !text.typo).then(|| Finder::new(&text.words));
    for slot in within.iter() {
        let group = by_group.get(base.sets[slot as usize] as usize).copied().unwrap_or(Hit::None);
        if group == Hit::None && letters.as_ref().is_some_and(|letters| lacks(base.texts.all(slot), letters))
        {
            continue;
        }
        let Record { name, email, company } = base.texts.get(slot);
        let found = tiers(text, &Normals::new(name, email, company), group);
        let levels = [&mut hits.name_whole, &mut hits.name, &mut hits.email, &mut hits.start, &mut hits.any];
        for (level, bits) in levels.into_iter().enumerate() {
            if found >> level & 1 == 1 {
                bits.set(slot);
            }
        }
    }
    hits
}

fn best(set: &[GroupId], groups: &[(GroupId, Hit)]) -> Hit {
    let hits = groups.iter().filter(|(group, _)| set.contains(group)).map(|(_, hit)| *hit);
    hits.max().unwrap_or(Hit::None)
}

/// Whether a text surely has not these letters: folding changes nothing in it that could make them.
fn lacks(texts: &str, letters: &Finder) -> bool {
    !letters.text().contains(' ') && is_simple(texts) && !letters.stand_in_any_case(texts)
}
