//! The search terms on disk, as of one commit: which users have a term.

use std::{collections::HashMap, path::Path, sync::Arc};

use tantivy::{
    DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term,
    index::SegmentId,
    query::{EnableScoring, FuzzyTermQuery, Query},
    schema::{Field, IndexRecordOption},
};

use super::{
    bits::Bits,
    error::Error,
    files::Length,
    schema::{Fields, SLOT},
};

/// Never changed: what it answers, it answers as of its commit.
#[derive(Clone)]
pub struct Terms {
    searcher: Searcher,
    pub fields: Fields,
    known: HashMap<SegmentId, Arc<Known>>,
}

/// What is known of a segment, whose files never change.
struct Known {
    /// The slot of each document.
    slots: Vec<u32>,
    dictionary: Length,
}

impl Terms {
    /// Takes over what the earlier one knows of the segments that are still there.
    pub fn new(
        folder: &Path,
        searcher: Searcher,
        fields: Fields,
        earlier: Option<&Self>,
    ) -> Result<Self, Error> {
        let mut all = HashMap::new();
        for segment in searcher.segment_readers() {
            let id = segment.segment_id();
            let known = match earlier.and_then(|earlier| earlier.known.get(&id)) {
                Some(known) => known.clone(),
                None => Arc::new(Known {
                    slots: read_slots(segment)?,
                    dictionary: Length::of(folder, &id.uuid_string())?,
                }),
            };
            all.insert(id, known);
        }
        Ok(Self { searcher, fields, known: all })
    }

    /// That nobody has cut what is mapped into memory: to be asked before it is used.
    pub fn whole(&self) -> Result<(), Error> {
        match self.known.values().all(|known| known.dictionary.kept()) {
            true => Ok(()),
            false => Err(Error::Unfit("a file of it was cut")),
        }
    }

    /// The slots of all documents.
    pub fn documents(&self) -> impl Iterator<Item = u32> + '_ {
        self.segments().flat_map(|(segment, slots)| segment.doc_ids_alive().map(|doc| slots[doc as usize]))
    }

    /// Adds the users who have a term.
    pub fn collect(&self, field: Field, text: &str, into: &mut Bits) -> Result<(), Error> {
        let term = Term::from_field_text(field, text);
        for (segment, slots) in self.segments() {
            let index = segment.inverted_index(field)?;
            let Some(mut blocks) = index.read_block_postings(&term, IndexRecordOption::Basic)? else {
                continue;
            };
            while !blocks.docs().is_empty() {
                put(blocks.docs(), segment, slots, into);
                blocks.advance();
            }
        }
        Ok(())
    }

    /// Adds the users who have a term one typo away: a letter other, more, less, or two swapped.
    pub fn collect_typos(&self, field: Field, text: &str, into: &mut Bits) -> Result<(), Error> {
        let query = FuzzyTermQuery::new(Term::from_field_text(field, text), 1, true);
        let weight = query.weight(EnableScoring::disabled_from_searcher(&self.searcher))?;
        for (segment, slots) in self.segments() {
            let mut found = weight.scorer(segment, 1.0)?;
            while found.doc() != TERMINATED {
                put(&[found.doc()], segment, slots, into);
                found.advance();
            }
        }
        Ok(())
    }

    /// In how many documents a term is, deleted ones included.
    pub fn frequency(&self, field: Field, text: &str) -> Result<u64, Error> {
        Ok(self.searcher.doc_freq(&Term::from_field_text(field, text))?)
    }

    fn segments(&self) -> impl Iterator<Item = (&SegmentReader, &[u32])> {
        let slots = |segment: &SegmentReader| {
            self.known.get(&segment.segment_id()).map_or(&[][..], |known| &known.slots)
        };
        self.searcher.segment_readers().iter().map(move |segment| (segment, slots(segment)))
    }
}

fn put(docs: &[DocId], segment: &SegmentReader, slots: &[u32], into: &mut Bits) {
    match segment.alive_bitset() {
        None => docs.iter().for_each(|doc| into.set(slots[*doc as usize])),
        Some(alive) => {
            docs.iter().filter(|doc| alive.is_alive(**doc)).for_each(|doc| into.set(slots[*doc as usize]));
        }
    }
}

fn read_slots(segment: &SegmentReader) -> Result<Vec<u32>, Error> {
    let column = segment.fast_fields().u64(SLOT)?;
    let slot = |doc| column.first(doc).and_then(|slot| u32::try_from(slot).ok()).unwrap_or(u32::MAX);
    Ok((0..segment.max_doc()).map(slot).collect())
}
