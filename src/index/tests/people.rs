//! Made-up users and queries for the property tests: few names, so that much is alike.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{group_id, project_id, user_id};
use crate::{
    index::{Disabled, Field, Query, Sort, UserDocument},
    model::{policy::Visibility, time::Timestamp, user::UserState},
};

/// Users there may be.
pub const USERS: u128 = 24;
pub const GROUPS: u128 = 4;

const NAMES: &[&str] = &[
    "Ann",
    "anna",
    "ANNA",
    "Ánna",
    "Hannah",
    "Zoë",
    "zoe",
    "José",
    "Łukasz",
    "東京",
    "製作所",
    "ああああ",
    "김영희",
    "محمد",
    "Smith",
    "O'Brien",
    "O’Brien",
    "Jean-Luc",
    "Featherstonehaugh",
    "สมชาย",
    "é",
    "ß",
    "★",
    "x",
];
const COMPANIES: &[&str] = &["Acme", "acme & sons", "Anna's", "東京製作所", "Société Générale", "", "Zoo"];
const HOSTS: &[&str] = &["example.org", "acme.example", "xn--bcher-kva.example"];

const SORTS: &[Sort] =
    &[Sort::Relevance, Sort::Name, Sort::Email, Sort::Company, Sort::Groups, Sort::Created, Sort::LastSeen];

pub fn a_user() -> impl Strategy<Value = UserDocument> {
    let times = (0..5i64, option::of(0..3i64));
    let member = (vec(0..GROUPS, 0..3), vec(0..3u128, 0..3));
    let texts = (vec(select(NAMES), 1..3), select(HOSTS), option::of(select(COMPANIES)));
    (0..USERS, texts, member, select(UserState::ALL), times).prop_map(
        |(n, (names, host, company), (groups, projects), state, (created, seen))| UserDocument {
            id: user_id(n),
            email: format!("{}.{n}@{host}", names[0].to_lowercase()),
            name: names.join(" "),
            company: company.map(str::to_owned),
            groups: groups.into_iter().map(group_id).collect(),
            projects: projects.into_iter().map(project_id).collect(),
            state,
            created_at: Timestamp::from_microseconds(created),
            last_seen_at: seen.map(Timestamp::from_microseconds),
        },
    )
}

fn a_term() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        select(NAMES).prop_map(str::to_owned),
        select(COMPANIES).prop_map(str::to_owned),
        select(
            &[
                "ann.3@ex",
                "nn.3@exa",
                "example.org",
                "zoo",
                "nna",
                "an",
                "a",
                "ああ",
                "あああ",
                "featherstonehau",
                "ㄱ",
                "bücher",
                "cher",
                "xam",
                "obrie",
                "brien",
                "o’br"
            ][..]
        )
        .prop_map(str::to_owned),
        (select(NAMES), 0..5usize, 1..6usize).prop_map(|(name, skip, take)| name
            .chars()
            .skip(skip)
            .take(take)
            .collect()),
    ];
    let before =
        select(&["", "", "", "-", "name:", "email:", "company:", "group:", "project:", "-name:", "is:"][..]);
    (before, word, select(&["", "", "\"", "\" "][..])).prop_map(|(before, word, quote)| match quote {
        "" => format!("{before}{word}"),
        "\"" => format!("{before}\"{word}"),
        _ => format!("{before}\"{word}\""),
    })
}

pub fn a_query() -> impl Strategy<Value = Query> {
    let visibility = prop_oneof![
        6 => Just(Visibility::All),
        1 => Just(Visibility::Nobody),
        1 => (0..USERS).prop_map(|n| Visibility::Only(user_id(n))),
        2 => vec(0..GROUPS, 0..3).prop_map(|groups| Visibility::Groups(groups.into_iter().map(group_id).collect())),
    ];
    let chosen = (
        option::weighted(0.1, select(UserState::ALL)),
        option::weighted(0.1, (0..GROUPS).prop_map(group_id)),
        option::weighted(0.1, (0..3u128).prop_map(project_id)),
        option::weighted(0.2, select(&[Field::Name, Field::Email, Field::Company, Field::Groups][..])),
    );
    let sort = option::of((select(SORTS), any::<bool>()));
    let disabled = select(&[Disabled::Exclude, Disabled::Include, Disabled::Only][..]);
    let projects = option::weighted(0.3, vec((0..3u128).prop_map(project_id), 0..3));
    (vec(a_term(), 0..3), sort, disabled, chosen, (visibility, projects)).prop_map(
        |(terms, sort, disabled, (state, group, project, field), (visibility, projects))| Query {
            text: terms.join(" "),
            field,
            typos: true,
            sort,
            disabled,
            state,
            group,
            project,
            visibility,
            projects,
            offset: 0,
            limit: 7,
        },
    )
}
