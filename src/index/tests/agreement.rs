//! Whatever happens in whatever order, the list is what a plain look through the store gives.

use std::collections::{BTreeMap, HashSet};

use proptest::{collection::vec, prelude::*};

use super::{
    Bench, group_id,
    people::{GROUPS, USERS, a_query, a_user},
    project_id, user_id,
};
use crate::{
    index::{
        Disabled, Matched, Names, Query, Sort, Source, UserDocument, collate, directory::Directory,
        language::Parsed, matcher::Normals, overlay::Listed, wanted::Wanted,
    },
    model::{
        id::{GroupId, Id, UserId},
        policy::Visibility,
        user::UserState,
    },
};

#[derive(Debug, Clone)]
enum Step {
    /// Changes that are published together.
    Put(Vec<UserDocument>),
    Purge(u128),
    Rename(u128, &'static str),
    Work,
    Rebuild,
    Kill,
    Ask(Box<Query>),
}

fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => vec(a_user(), 1..6).prop_map(Step::Put),
        2 => (0..USERS).prop_map(Step::Purge),
        1 => (0..GROUPS, prop::sample::select(&["Admin", "anna's friends", "Zoo keepers", "äcme"][..]))
            .prop_map(|(n, name)| Step::Rename(n, name)),
        4 => Just(Step::Work),
        1 => Just(Step::Rebuild),
        1 => Just(Step::Kill),
        8 => a_query().prop_map(|query| Step::Ask(Box::new(query))),
    ]
}

/// The whole list by a plain look through the store: its own filter and order.
fn plain(users: Vec<UserDocument>, names: &Names, query: &Query) -> (Vec<UserId>, Matched) {
    let parsed = Parsed::read(&query.text, query.field);
    let exact = ordered(users.clone(), names, query, &parsed);
    match parsed.forgiving().filter(|_| exact.is_empty()) {
        Some(forgiving) => match ordered(users, names, query, &forgiving) {
            none if none.is_empty() => (none, Matched::Exact),
            some => (some, Matched::Typo),
        },
        None => (exact, Matched::Exact),
    }
}

fn ordered(users: Vec<UserDocument>, names: &Names, query: &Query, parsed: &Parsed) -> Vec<UserId> {
    let directory = Directory::new(names.clone());
    // Whoever sees no project sees nobody in it: here users are without, there it is not asked for.
    let all = Query { projects: None, ..query.clone() };
    let wanted = Wanted::new(parsed, &directory, &all);
    let users = users.into_iter().map(|mut user| {
        user.projects.retain(|project| query.projects.as_ref().is_none_or(|seen| seen.contains(project)));
        user
    });
    let usual = (if parsed.has_text() { Sort::Relevance } else { Sort::Name }, false);
    let (sort, descending) = query.sort.unwrap_or(usual);
    let mut rows = Vec::new();
    for user in users.filter(|user| may_be_listed(user, query, parsed)) {
        let company = user.company.clone().unwrap_or_default();
        let normals = Normals::new(&user.name, &user.email, &company);
        let listed = Listed { doc: user.clone(), normals };
        let Some(tier) = wanted.tier(&listed) else { continue };
        let key = |text: &str| {
            let mut key = Vec::new();
            collate::sort_key(text, &mut key);
            key
        };
        let groups: HashSet<GroupId> = user.groups.iter().copied().collect();
        let mut groups: Vec<&String> = groups.iter().filter_map(|group| names.groups.get(group)).collect();
        groups.sort_by_key(|name| key(name));
        let groups: Vec<&str> = groups.into_iter().map(String::as_str).collect();
        let tier = if sort == Sort::Relevance && parsed.has_text() { tier } else { 0 };
        let column = match sort {
            Sort::Relevance | Sort::Name => key(&user.name),
            Sort::Email => key(&user.email),
            Sort::Company => key(&company),
            Sort::Groups => key(&groups.join("; ")),
            Sort::Created => user.created_at.sort_key().to_vec(),
            Sort::LastSeen => user.last_seen_at.map_or(Vec::new(), |at| at.sort_key().to_vec()),
        };
        rows.push((tier, column, user.id));
    }
    rows.sort();
    if descending {
        rows.reverse();
    }
    rows.into_iter().map(|(_, _, id)| id).collect()
}

fn may_be_listed(user: &UserDocument, query: &Query, parsed: &Parsed) -> bool {
    let by_state = if parsed.states.is_empty() && query.state.is_none() {
        match user.state {
            UserState::Deleted => false,
            UserState::Disabled => query.disabled != Disabled::Exclude,
            _ => query.disabled != Disabled::Only,
        }
    } else {
        query.state.is_none_or(|state| state == user.state)
            && (parsed.states.is_empty() || parsed.states.contains(&user.state))
    };
    by_state
        && !parsed.not_states.contains(&user.state)
        && query.group.is_none_or(|group| user.groups.contains(&group))
        && query.project.is_none_or(|project| user.projects.contains(&project))
        && may_be_seen(user, &query.visibility)
}

fn may_be_seen(user: &UserDocument, visibility: &Visibility) -> bool {
    match visibility {
        Visibility::All => true,
        Visibility::Nobody => false,
        Visibility::Only(id) => *id == user.id,
        Visibility::Groups(groups) => user.groups.iter().any(|group| groups.contains(group)),
    }
}

/// All pages of a list, one after the other.
fn paged(bench: &Bench, query: &Query) -> (Vec<UserId>, Matched) {
    let mut ids = Vec::new();
    loop {
        let query = Query { offset: ids.len() as u64, ..query.clone() };
        let found = bench.index.search(&query).unwrap();
        ids.extend(&found.ids);
        if found.ids.is_empty() || ids.len() as u64 >= found.total {
            assert_eq!(ids.len() as u64, found.total);
            return (ids, found.matched_by);
        }
    }
}

fn counted(users: &[UserDocument], visibility: &Visibility) -> BTreeMap<GroupId, u64> {
    let mut counts = BTreeMap::new();
    for user in users.iter().filter(|user| user.state != UserState::Deleted && may_be_seen(user, visibility))
    {
        for group in user.groups.iter().copied().collect::<HashSet<_>>() {
            *counts.entry(group).or_default() += 1;
        }
    }
    counts
}

/// The counts beside a list are what the list would have, narrowed so.
fn agreed(bench: &Bench, query: &Query) {
    let total = |query: Query| {
        let found = bench.index.search(&query).unwrap();
        (found.total, found.matched_by)
    };
    let (all, matched_by) = total(query.clone());
    let facets = bench.index.facets(query).unwrap();
    assert_eq!(facets.total, all, "{query:?}");
    if matched_by == Matched::Typo {
        return;
    }
    for (group, users) in facets.by_group {
        assert_eq!(total(Query { group: Some(group), ..query.clone() }).0, users, "{group} {query:?}");
    }
    let parsed = Parsed::read(&query.text, query.field);
    for (state, users) in facets.by_state.into_iter().filter(|(_, users)| *users > 0) {
        if parsed.states.is_empty() && parsed.not_states.is_empty() {
            assert_eq!(total(Query { state: Some(state), ..query.clone() }).0, users, "{state:?} {query:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, rng_seed: proptest::test_runner::RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_list_is_what_a_plain_look_gives(
        first in vec(a_user(), 0..20),
        steps in vec(a_step(), 5..30),
        last in vec(a_query(), 12),
    ) {
        let mut bench = Bench::new(first);
        let names = bench.source.name(|names| {
            names.groups.insert(group_id(0), "Admin".to_owned());
            names.groups.insert(group_id(1), "Vendor Anna".to_owned());
            names.projects.insert(project_id(0), "Apollo".to_owned());
            names.projects.insert(project_id(1), "Zoo".to_owned());
        });
        bench.index.publish(&[names]);
        for step in steps.into_iter().chain(last.into_iter().map(|query| Step::Ask(Box::new(query)))) {
            match step {
                Step::Put(users) => {
                    let changes: Vec<_> = users.into_iter().map(|user| bench.source.put(user)).collect();
                    bench.index.publish(&changes);
                }
                Step::Purge(n) => bench.index.publish(&[bench.source.purge(user_id(n))]),
                Step::Rename(n, name) => {
                    let change = bench.source.name(|names| {
                        names.groups.insert(group_id(n), name.to_owned());
                    });
                    bench.index.publish(&[change]);
                }
                Step::Work => { bench.index.work_once().unwrap(); }
                Step::Rebuild => bench.index.rebuild(&|_| {}).unwrap(),
                Step::Kill => bench = bench.reopened(),
                Step::Ask(query) => {
                    let plain = plain(bench.source.users(), &bench.source.names().unwrap(), &query);
                    prop_assert_eq!(paged(&bench, &query), plain, "{:?}", query);
                    let counts = counted(&bench.source.users(), &query.visibility);
                    prop_assert_eq!(bench.index.count_by_group(&query.visibility), counts);
                    agreed(&bench, &query);
                }
            }
        }
        prop_assert_eq!(bench.index.check().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn users_are_found_by_each_of_their_words(names in vec("[\\PC&&[^\u{0}]]{1,20}", 1..5), work in any::<bool>()) {
        let bench = Bench::new([]);
        for (n, name) in names.iter().enumerate() {
            let company = Some(name.chars().rev().collect());
            let email = format!("{}@example.org", name.replace(char::is_whitespace, ""));
            let user = UserDocument { company, ..super::user(n as u128, name, &email) };
            bench.index.publish(&[bench.source.put(user)]);
        }
        if work {
            bench.index.work_once().unwrap();
        }
        for user in bench.source.users() {
            let company = user.company.clone().unwrap();
            let words = user.name.split_whitespace().chain(company.split_whitespace()).chain([user.email.as_str()]);
            for word in words.filter(|word| !word.contains([':', '"', '“', '”', '„']) && !word.starts_with('-')) {
                let query = Query { text: word.to_owned(), limit: 200, ..Query::default() };
                prop_assert!(bench.index.search(&query).unwrap().ids.contains(&user.id), "{}", word);
            }
        }
    }

    #[test]
    fn no_query_fails(text in "\\PC{0,30}|[-\"a: é製@.]{0,30}", offset in any::<u64>(), limit in 0..500u32) {
        let bench = Bench::new([super::user(1, "Ann", "ann@example.org")]);
        let found = bench.index.search(&Query { text, offset, limit, ..Query::default() }).unwrap();
        prop_assert!(found.ids.len() as u64 <= found.total && found.total <= 1);
    }
}

#[test]
fn ids_in_the_tests_are_not_in_the_order_of_their_shards() {
    assert!((0..USERS).map(|n| user_id(n).bytes()[15]).collect::<HashSet<_>>().len() > 8);
}
