//! Which users of the base match, found by the terms on disk. Terms that are exact are taken at
//! their word; the rest are candidates, verified by the matcher on the texts in memory.

use std::{borrow::Cow, collections::HashMap};

use tantivy::schema::Field as TermField;

use super::{
    bits::Bits,
    error::Error,
    language::Text,
    matcher::{Hit, TIERS, find},
    plain,
    query::Field,
    snapshot::Snapshot,
    terms::Terms,
    texts::{Finder, Next, Record},
    wanted::{Want, Wanted},
    words::{
        PART, START, WHOLE, ends_anywhere, first, is_mark, is_simple, normal_address, normal_name, parts_of,
        whole_term,
    },
};
use crate::model::id::GroupId;

/// Words that are remembered while candidates are verified.
const WORDS_KNOWN: usize = 20_000;
/// Terms that candidates are looked up by, of however many a text has; the rarest ones.
const LOOKED_UP: usize = 6;

/// Users by tier, from the best match: each in one tier. A single one when nothing is ranked.
pub fn evaluate(
    snapshot: &Snapshot,
    wanted: &Wanted,
    mut all: Bits,
    ranked: bool,
) -> Result<Vec<Bits>, Error> {
    let mut tiers = vec![all.clone(); if ranked { TIERS - 1 } else { 0 }];
    for (not, want) in &wanted.clauses {
        if all.is_empty() {
            break;
        }
        match want {
            Want::Text(text, groups) => {
                let hits = match snapshot.terms.as_deref() {
                    Some(terms) => {
                        Lookup { snapshot, terms, text, within: &all, ranked: ranked && !not }.hits(groups)?
                    }
                    None => plain::hits(snapshot, text, groups, &all),
                };
                if *not {
                    all.and_not(&hits.any);
                    continue;
                }
                let levels = [&hits.name_whole, &hits.name, &hits.email, &hits.start];
                tiers.iter_mut().zip(levels).for_each(|(tier, level)| tier.and(level));
                all.and(&hits.any);
            }
            want => {
                let users = users(snapshot, want)?;
                if *not { all.and_not(&users) } else { all.and(&users) }
            }
        }
    }
    // A better tier takes its users out of those after it.
    tiers.push(all.clone());
    let mut left = all;
    for tier in &mut tiers {
        tier.and(&left);
        left.and_not(tier);
    }
    Ok(tiers)
}

fn users(snapshot: &Snapshot, want: &Want) -> Result<Bits, Error> {
    let mut users = Bits::none(snapshot.base.size());
    match want {
        Want::User(id) => snapshot.base.slot(*id).into_iter().for_each(|slot| users.set(slot)),
        Want::Projects(projects) => {
            for project in projects {
                users.or(&snapshot.members(*project)?);
            }
        }
        Want::Text(..) => {}
    }
    Ok(users)
}

/// Who has a text, and how.
pub struct Hits {
    pub name_whole: Bits,
    pub name: Bits,
    pub email: Bits,
    pub start: Bits,
    pub any: Bits,
}

impl Hits {
    pub fn none(size: usize) -> Self {
        let none = || Bits::none(size);
        Self { name_whole: none(), name: none(), email: none(), start: none(), any: none() }
    }
}

struct Lookup<'s> {
    snapshot: &'s Snapshot,
    terms: &'s Terms,
    text: &'s Text,
    /// Others need not be looked at.
    within: &'s Bits,
    ranked: bool,
}

/// The fields with terms.
const SEARCHED: [Field; 3] = [Field::Name, Field::Email, Field::Company];

impl Lookup<'_> {
    fn hits(&self, groups: &[(GroupId, Hit)]) -> Result<Hits, Error> {
        let mut hits = Hits::none(self.snapshot.base.size());
        for field in SEARCHED.into_iter().filter(|field| self.looked(*field)) {
            let found = self.starts(field)?;
            hits.start.or(&found);
            match field {
                Field::Name => hits.name = found,
                Field::Email => hits.email = found,
                _ => {}
            }
        }
        if self.ranked && self.looked(Field::Name) {
            hits.name_whole = self.wholes(&hits.name)?;
        }
        let named = |least| groups.iter().filter(|(_, hit)| *hit >= least).map(|(group, _)| *group).collect();
        let (started, any): (Vec<_>, Vec<_>) = (named(Hit::Start), named(Hit::Part));
        if !started.is_empty() {
            hits.start.or(&self.snapshot.base.in_groups(&started));
        }
        hits.any = hits.start.clone();
        if any.len() > started.len() {
            hits.any.or(&self.snapshot.base.in_groups(&any));
        }
        self.add_parts(&mut hits.any)?;
        Ok(hits)
    }

    fn none(&self) -> Bits {
        Bits::none(self.snapshot.base.size())
    }

    fn looked(&self, field: Field) -> bool {
        self.text.field.is_none_or(|only| only == field)
    }

    fn field(&self, field: Field) -> TermField {
        let fields = &self.terms.fields;
        match field {
            Field::Email => fields.email,
            Field::Company => fields.company,
            _ => fields.name,
        }
    }

    /// Those who have the text from the start of a word in a field.
    fn starts(&self, field: Field) -> Result<Bits, Error> {
        let (terms, text, on) = (self.terms, self.text, self.field(field));
        let mut found = self.none();
        let term = self.term(&text.words);
        if let Some(term) = term.as_deref().filter(|_| !text.words.contains(' ')) {
            terms.collect(on, term, &mut found)?;
        } else {
            found = self.all_of(on, self.within.clone(), self.pieces())?;
            found.keep(|slot| find(&self.normal(field, slot), text) >= Hit::Start);
        }
        if field == Field::Email
            && let Some(address) = text.address.as_deref()
        {
            let mut whole = self.none();
            terms.collect(on, first(address, START), &mut whole)?;
            if !fits(address, START) {
                whole.and(self.within);
                whole.keep(|slot| find(&self.normal(field, slot), text) >= Hit::Start);
            }
            found.or(&whole);
        }
        if text.typo {
            let mut close = self.none();
            // Of a long word no more letters than leave room for one too many in a term.
            terms.collect_typos(on, first(&text.words, START - 1), &mut close)?;
            if !fits(&text.words, START - 1) {
                close.and(self.within);
                close.keep(|slot| find(&self.normal(field, slot), text) >= Hit::Start);
            }
            found.or(&close);
        }
        Ok(found)
    }

    /// The one term that the last word of the text stands for, when there is one.
    fn term(&self, last: &str) -> Option<String> {
        let whole = self.text.closed && !ends_anywhere(last);
        if whole {
            fits(last, WHOLE).then(|| whole_term(last))
        } else {
            fits(last, START).then(|| last.to_owned())
        }
    }

    /// Terms that whoever has the words in a row has.
    fn pieces(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let (before, last) = match self.text.words.rsplit_once(' ') {
            Some((before, last)) => (before.split(' '), last),
            None => ("".split(' '), self.text.words.as_str()),
        };
        let start = |word| Cow::Borrowed(first(word, START));
        let whole = move |word| if fits(word, WHOLE) { Cow::Owned(whole_term(word)) } else { start(word) };
        let before = before.filter(|word| !word.is_empty()).map(whole);
        before.chain(std::iter::once_with(move || self.term(last).map_or_else(|| start(last), Cow::Owned)))
    }

    /// Of those whose name has the text from a start, those who have it as whole words.
    fn wholes(&self, starts: &Bits) -> Result<Bits, Error> {
        let words = &self.text.words;
        let mut found = self.none();
        if !words.contains(' ') && fits(words, WHOLE) {
            self.terms.collect(self.field(Field::Name), &whole_term(words), &mut found)?;
            return Ok(found);
        }
        found.or(starts);
        found.and(self.within);
        found.keep(|slot| find(&self.normal(Field::Name, slot), self.text) >= Hit::Whole);
        Ok(found)
    }

    /// Adds those who have the text inside a word.
    fn add_parts(&self, any: &mut Bits) -> Result<(), Error> {
        let text = self.text;
        let on = self.terms.fields.parts;
        if text.part && text.field.is_none() && text.words.chars().count() == PART {
            self.terms.collect(on, &text.words, any)?;
        } else if text.part {
            self.add_verified(self.all_of(on, self.but(any), parts_of(&text.words).map(Cow::Borrowed))?, any);
        }
        match text.address.as_deref() {
            Some(address) if address.chars().count() >= PART => {
                self.add_verified(self.all_of(on, self.but(any), parts_of(address).map(Cow::Borrowed))?, any);
            }
            _ => {}
        }
        Ok(())
    }

    fn add_verified(&self, mut candidates: Bits, any: &mut Bits) {
        let (text, texts) = (self.text, &self.snapshot.base.texts);
        let mut next = Next::default();
        // Many candidates of a common part. An address that was typed has signs in it.
        let plain = text.part && text.address.is_none() && text.field.is_none() && !text.typo;
        let finder = (plain && !text.words.starts_with(is_mark)).then(|| Finder::new(&text.words));
        let mut known = HashMap::new();
        candidates.keep(|slot| match &finder {
            // Letters that stand there as they are do so in the folded text.
            Some(finder) => {
                finder.stand_in(texts, slot, &mut next) || self.has_within_words(slot, finder, &mut known)
            }
            None => self.has(slot),
        });
        any.or(&candidates);
    }

    /// Those within who are not found yet.
    fn but(&self, found: &Bits) -> Bits {
        let mut left = self.within.clone();
        left.and_not(found);
        left
    }

    /// Those of the found who have all the terms; of many terms, the rarest are looked up.
    fn all_of<'t>(
        &self,
        on: TermField,
        mut found: Bits,
        terms: impl Iterator<Item = Cow<'t, str>>,
    ) -> Result<Bits, Error> {
        if found.is_empty() {
            return Ok(found);
        }
        let mut by_users = Vec::new();
        for term in terms {
            by_users.push((self.terms.frequency(on, &term)?, term));
        }
        by_users.sort_unstable();
        by_users.dedup();
        for (_, term) in by_users.into_iter().take(LOOKED_UP) {
            if found.is_empty() {
                break;
            }
            let mut having = self.none();
            self.terms.collect(on, &term, &mut having)?;
            found.and(&having);
        }
        Ok(found)
    }

    /// Whether a user has the text at all.
    fn has(&self, slot: u32) -> bool {
        let mut fields = SEARCHED.into_iter().filter(|field| self.looked(*field));
        fields.any(|field| find(&self.normal(field, slot), self.text) > Hit::None)
    }

    /// The same for letters that lie within one word. What was found out of a word holds wherever it
    /// stands, and people share their names.
    fn has_within_words<'t>(
        &'t self,
        slot: u32,
        letters: &Finder<'_>,
        known: &mut HashMap<&'t str, bool>,
    ) -> bool {
        let Record { name, email, company } = self.snapshot.base.texts.get(slot);
        // Letters within ASCII need no normal text, for nothing that folding does comes between
        // them, but for an apostrophe; and it makes no others of what is within ASCII.
        let stand = |text: &str| letters.text().is_ascii() && letters.stand_in_any_case(text);
        let mut word_has = |word: &'t str| {
            if is_simple(word) {
                return stand(word);
            }
            if let Some(has) = known.get(word) {
                return *has;
            }
            let has = find(&normal_name(word), self.text) > Hit::None;
            if known.len() < WORDS_KNOWN {
                known.insert(word, has);
            }
            has
        };
        let mut words_have = |text: &'t str| {
            // A mark after a space belongs to what is before the space.
            match text.split_whitespace().any(|word| word.starts_with(is_mark)) {
                true => find(&normal_name(text), self.text) > Hit::None,
                false => text.split_whitespace().any(&mut word_has),
            }
        };
        words_have(name)
            || words_have(company)
            || match is_simple(email) {
                true => stand(email),
                false => find(&normal_address(email), self.text) > Hit::None,
            }
    }

    fn normal(&self, field: Field, slot: u32) -> String {
        let Record { name, email, company } = self.snapshot.base.texts.get(slot);
        match field {
            Field::Email => normal_address(email),
            Field::Company => normal_name(company),
            _ => normal_name(name),
        }
    }
}

fn fits(text: &str, most: usize) -> bool {
    first(text, most).len() == text.len()
}
