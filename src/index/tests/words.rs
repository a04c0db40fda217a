//! What a search finds, through the whole of the index: on disk and in the overlay alike.

use super::{Bench, group_id, project_id, user};
use crate::{
    index::{Field, Matched, Query, UserDocument},
    model::user::UserState,
};

fn people() -> Vec<UserDocument> {
    let mut people = Vec::new();
    for (n, (name, email, company)) in [
        ("José García", "jose@example.org", "Straße GmbH"),
        ("Łukasz Nowak", "l.nowak+news@example.com", ""),
        ("田中 太郎", "tanaka@example.jp", "東京製作所"),
        ("Αλέξανδρος Παπαδόπουλος", "alex@example.gr", "ΟΔΟΣ"),
        ("Işıl Iğdır", "isil@xn--bcher-kva.example", ""),
        ("مُحَمَّد أحمد", "mohamed@example.eg", ""),
        ("김영희", "younghee@example.kr", "서울 전자"),
        ("Anna Banana", "anna@fruit.example", "Acme & Sons"),
        ("Anne Marie Smith", "am.smith@example.net", "Smithsonian"),
        ("สมชาย ใจดี", "somchai@example.th", ""),
        ("Mary O'Brien", "mary@example.ie", "D’Arcy & Sons"),
        ("Conor O’Brien", "conor.o'brien@example.ie", ""),
        ("しか\u{3099}", "shiga@example.jp", ""),
        ("かえで", "kaede@example.jp", ""),
        ("Bartholomew Featherstonehaugh-Cholmondeley", "bart@example.uk", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let company = Some(company.to_owned()).filter(|company| !company.is_empty());
        people.push(UserDocument { company, ..user(n as u128 + 1, name, email) });
    }
    people
}

/// Asks twice: of an index built from the store, and of one that has them all in the overlay.
fn both(asked: impl Fn(&Bench)) {
    asked(&Bench::new(people()));
    let bench = Bench::new([]);
    let changes: Vec<_> = people().into_iter().map(|user| bench.source.put(user)).collect();
    bench.index.publish(&changes);
    asked(&bench);
    bench.index.work_once().unwrap();
    asked(&bench);
}

#[test]
fn words_of_every_script_are_found_as_people_type_them() {
    both(|bench| {
        for (typed, name) in [
            ("jose", "José García"),
            ("GARCÍ", "José García"),
            ("strasse", "José García"),
            ("lukasz", "Łukasz Nowak"),
            ("製作", "田中 太郎"),
            ("作所", "田中 太郎"),
            ("太", "田中 太郎"),
            ("οδος", "Αλέξανδρος Παπαδόπουλος"),
            ("παπαδοπουλοσ", "Αλέξανδρος Παπαδόπουλος"),
            ("isil", "Işıl Iğdır"),
            ("IGDIR", "Işıl Iğdır"),
            ("محمد", "مُحَمَّد أحمد"),
            ("مُحَمَّد", "مُحَمَّد أحمد"),
            ("احمد", "مُحَمَّد أحمد"),
            ("김", "김영희"),
            ("기", "김영희"),
            ("ㄱ", "김영희"),
            ("영희", "김영희"),
            ("서울", "김영희"),
            ("ใจ", "สมชาย ใจดี"),
            ("ชาย", "สมชาย ใจดี"),
            ("anan", "Anna Banana"),
            ("jose@exam", "José García"),
            ("ose@exam", "José García"),
            ("nowak+n", "Łukasz Nowak"),
            ("l.nowak+news@example.com", "Łukasz Nowak"),
            ("bucher.ex", "Işıl Iğdır"),
            ("bücher", "Işıl Iğdır"),
            ("üch", "Işıl Iğdır"),
            ("xn--bcher", "Işıl Iğdır"),
            ("featherstonehaugh-chol", "Bartholomew Featherstonehaugh-Cholmondeley"),
            ("featherstoneha", "Bartholomew Featherstonehaugh-Cholmondeley"),
            ("tonehaugh", "Bartholomew Featherstonehaugh-Cholmondeley"),
            ("ann smi", "Anne Marie Smith"),
            ("が", "しか\u{3099}"),
            ("か\u{3099}", "しか\u{3099}"),
            ("しが", "しか\u{3099}"),
            ("か", "かえで"),
            ("darcy", "Mary O'Brien"),
            ("d'arcy", "Mary O'Brien"),
            ("arcy", "Mary O'Brien"),
            ("\"mary obrien\"", "Mary O'Brien"),
            ("conor.o'b", "Conor O’Brien"),
            ("name: jose", "José García"),
        ] {
            assert_eq!(bench.names(typed), [name], "{typed}");
        }
        assert_eq!(bench.names("na"), Vec::<String>::new());
        assert_eq!(bench.names("jose nowak"), Vec::<String>::new());
        for typed in
            ["obrien", "o'brien", "o’brien", "OʼBRIEN", "o´brien", "o`b", "brien", "obr", "obri", "rien"]
        {
            assert_eq!(bench.names(typed), ["Conor O’Brien", "Mary O'Brien"], "{typed}");
        }
    });
}

#[test]
fn the_search_language_finds_what_it_says() {
    both(|bench| {
        assert_eq!(bench.names("\"anne marie\""), ["Anne Marie Smith"]);
        assert_eq!(bench.names("\"marie ann\""), Vec::<String>::new());
        assert_eq!(bench.names("\"anne mar"), ["Anne Marie Smith"]);
        assert_eq!(bench.names("ann -company:acme"), ["Anne Marie Smith"]);
        assert_eq!(bench.names("email:smith"), ["Anne Marie Smith"]);
        assert_eq!(bench.names("name:fruit"), Vec::<String>::new());
        assert_eq!(bench.names(&super::user_id(3).to_string()), ["田中 太郎"]);
        let query = |field| Query { text: "smith".to_owned(), field, ..Query::default() };
        assert_eq!(bench.list(&query(Some(Field::Company))), ["Anne Marie Smith"]);
        assert_eq!(bench.list(&query(Some(Field::Groups))), Vec::<String>::new());
        assert_eq!(bench.names("- \" ()").len(), people().len());
        assert_eq!(bench.names("name:").len(), people().len());
    });
}

#[test]
fn the_best_match_comes_first() {
    both(|bench| {
        assert_eq!(bench.names("ann"), ["Anna Banana", "Anne Marie Smith"]);
        // Whole word before start, e-mail before company.
        assert_eq!(bench.names("anne"), ["Anne Marie Smith"]);
        assert_eq!(bench.names("ana"), ["Anna Banana", "田中 太郎"]);
    });
    let ordered = Bench::new([
        user(1, "Anna", "x1@x"),
        user(2, "Ann", "x2@x"),
        user(3, "Zed", "ann@x"),
        user(4, "Abe Hannah", "x4@x"),
        UserDocument { company: Some("Ann Ltd".to_owned()), ..user(5, "Bob", "x5@x") },
    ]);
    assert_eq!(ordered.names("ann"), ["Ann", "Anna", "Zed", "Bob", "Abe Hannah"]);
}

#[test]
fn one_typo_is_forgiven_when_nothing_matches() {
    both(|bench| {
        for typed in ["josse", "jsoe", "jove", "garca", "nwoak"] {
            let found = bench.index.search(&Query { text: typed.to_owned(), ..Query::default() }).unwrap();
            assert_eq!((found.total, found.matched_by), (1, Matched::Typo), "{typed}");
        }
        let none = bench.index.search(&Query { text: "xyzzy".to_owned(), ..Query::default() }).unwrap();
        assert_eq!((none.total, none.matched_by), (0, Matched::Exact));
    });
}

#[test]
fn one_typo_is_forgiven_anywhere_in_a_long_word() {
    let bench =
        Bench::new([user(1, "Maximiliane Wolkensteinberger", "m@x"), user(2, "Max Wolkenstein", "w@x")]);
    for typed in [
        "wolkensteinbreger",
        "wolkensteinbergr",
        "wolkensteinbergerx",
        "wolkenstienberger",
        "wolkkensteinberg",
        "vvolkensteinberger",
        "olkensteinberger",
        "wolkensteiberger",
        "maximilliane",
        "wolkenstemn",
    ] {
        let found = bench.index.search(&Query { text: typed.to_owned(), ..Query::default() }).unwrap();
        let expected = match typed {
            "vvolkensteinberger" => (0, Matched::Exact),
            "olkensteinberger" => (1, Matched::Exact),
            "wolkenstemn" => (2, Matched::Typo),
            _ => (1, Matched::Typo),
        };
        assert_eq!((found.total, found.matched_by), expected, "{typed}");
    }
}

#[test]
fn groups_and_projects_are_found_by_the_names_they_have_now() {
    let ann =
        UserDocument { groups: vec![group_id(1)], projects: vec![project_id(1)], ..user(1, "Ann", "a@x") };
    let bob = UserDocument { groups: vec![group_id(2)], ..user(2, "Bob", "b@x") };
    let bench = Bench::new([ann, bob]);
    let named = bench.source.name(|names| {
        names.groups.insert(group_id(1), "Key Accounts".to_owned());
        names.groups.insert(group_id(2), "Vendor".to_owned());
        names.projects.insert(project_id(1), "Apollo".to_owned());
    });
    bench.index.publish(&[named]);
    for (typed, names) in [
        ("account", &["Ann"][..]),
        ("counts", &["Ann"]),
        ("group:vend", &["Bob"]),
        ("-group:vend", &["Ann"]),
        ("group:\"key accounts\"", &["Ann"]),
        ("project:apollo", &["Ann"]),
        ("apollo", &[]),
    ] {
        assert_eq!(bench.names(typed), names, "{typed}");
    }
    let renamed = bench.source.name(|names| {
        names.groups.insert(group_id(1), "Wholesale".to_owned());
    });
    bench.index.publish(&[renamed]);
    assert_eq!(bench.names("account"), Vec::<String>::new());
    assert_eq!(bench.names("wholesale"), ["Ann"]);
}

#[test]
fn states_are_listed_as_asked_for() {
    let people = UserState::ALL
        .iter()
        .enumerate()
        .map(|(n, state)| UserDocument { state: *state, ..user(n as u128, state.as_str(), "x@x") });
    let bench = Bench::new(people);
    use crate::index::Disabled::{Include, Only};
    let shown = |text: &str, disabled| {
        bench.list(&Query { text: text.to_owned(), disabled, ..Query::default() }).join(" ")
    };
    assert_eq!(bench.names("").join(" "), "active invited pending");
    assert_eq!(shown("", Include), "active disabled invited pending");
    assert_eq!(shown("", Only), "disabled");
    assert_eq!(bench.names("is:disabled is:deleted").join(" "), "deleted disabled");
    assert_eq!(bench.names("-is:pending").join(" "), "active invited");
    assert_eq!(shown("-is:disabled", Include), "active invited pending");
    let binned = Query { state: Some(UserState::Deleted), ..Query::default() };
    assert_eq!(bench.list(&binned), ["deleted"]);
}
