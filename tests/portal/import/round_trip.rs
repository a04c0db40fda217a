//! Export then import is nothing, and the next export is byte for byte the same, whatever people
//! are called.

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rollcall::model::group::BuiltIn;
use serde_json::{Value, json};

use super::{
    super::harness::{Portal, built_in, id},
    apply, counts, export, preview, send,
};

#[derive(Debug, Clone)]
struct Someone {
    name: String,
    local: String,
    company: String,
    phone: String,
    notes: String,
    /// Which of the groups, and of the projects, they are in.
    groups: Vec<usize>,
    projects: Vec<usize>,
    disabled: bool,
}

/// Texts that CSV, spreadsheets and Unicode make hard.
fn text(longest: usize) -> impl Strategy<Value = String> {
    let hard = prop::sample::select(vec![
        "'",
        "=",
        "+",
        "-",
        "@",
        "＝",
        "＋",
        "－",
        "＠",
        "\"",
        ",",
        ";",
        "\\",
        "\u{200b}",
        "\u{301}",
        "é",
        "東",
        " ",
        "\u{a0}",
        "\u{feff}",
        "\u{202e}",
        "👩‍🚀",
        "ß",
        "Å",
        "ﬁ",
        "#",
        "|",
        "sep=",
        "id",
        "\u{fffd}",
        "NULL",
        "0",
        "1e3",
    ]);
    let any = any::<char>().prop_map(String::from);
    vec(prop_oneof![4 => hard.prop_map(str::to_owned), 1 => any], 1..longest).prop_map(|parts| parts.concat())
}

fn someone() -> impl Strategy<Value = Someone> {
    let lines = vec(text(6), 0..4).prop_map(|lines| lines.join("\n"));
    let maybe = |text: BoxedStrategy<String>| prop_oneof![Just(String::new()), text];
    (
        text(8),
        "[a-z'=+#!$%&*/?^_`{|}~-]{1,8}",
        maybe(text(6).boxed()),
        maybe(text(6).boxed()),
        lines,
        vec(0..3_usize, 0..3),
        vec(0..3_usize, 0..3),
        any::<bool>(),
    )
        .prop_map(|(name, local, company, phone, notes, groups, projects, disabled)| Someone {
            name,
            local,
            company,
            phone,
            notes,
            groups,
            projects,
            disabled,
        })
}

/// Makes whatever the API takes; the ids of what it took.
async fn make(portal: &Portal, path: &str, names: &[String]) -> Vec<String> {
    let mut ids = Vec::new();
    for name in names {
        let answer = portal.admin.post(path, json!({"name": name})).await;
        if answer.status == 201 {
            ids.push(id(&answer.json()));
        }
    }
    ids
}

async fn fill(portal: &Portal, people: &[Someone], groups: &[String], projects: &[String]) -> usize {
    let mut made = 0;
    let mut groups = make(portal, "/groups", groups).await;
    groups.push(built_in(BuiltIn::Vendor));
    let projects = make(portal, "/projects", projects).await;
    let some = |ids: &[String], wanted: &[usize]| -> Vec<Value> {
        wanted.iter().filter_map(|n| ids.get(*n)).map(|id| json!(id)).collect()
    };
    for (n, one) in people.iter().enumerate() {
        let body = json!({
            "name": one.name, "email": format!("{}{n}@bücher.test", one.local), "company": one.company,
            "phone": one.phone, "notes": one.notes, "groups": some(&groups, &one.groups),
            "projects": some(&projects, &one.projects),
        });
        let answer = portal.admin.post("/users", body).await;
        if answer.status == 201 {
            made += 1;
            if one.disabled {
                let path = format!("/users/{}/disable", id(&answer.json()));
                portal.admin.post(&path, json!({})).await.ok(200);
            }
        }
    }
    made
}

/// The columns that another portal has too.
fn without_ids(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let kept = [1, 2, 3, 4, 5, 6, 7, 10];
    reader.records().map(|row| kept.iter().map(|n| row.as_ref().unwrap()[*n].to_owned()).collect()).collect()
}

async fn round(people: Vec<Someone>, groups: Vec<String>, projects: Vec<String>) -> usize {
    let portal = Portal::start().await;
    let made = fill(&portal, &people, &groups, &projects).await;
    let first = export(&portal).await;
    let all = made as u64 + 1;
    let seen = preview(&portal.admin, first.clone()).await;
    assert_eq!(counts(&seen), [0, 0, all, 0], "{seen}");
    let before = portal.traces();
    let done = apply(&portal.admin, first.clone()).await;
    assert_eq!((counts(&done), &done["undo_id"]), ([0, 0, all, 0], &Value::Null));
    assert_eq!(portal.traces(), before);
    let second = export(&portal).await;
    assert_eq!(first, second);

    let other = Portal::start().await;
    let done = send(&other.admin, "?mode=apply&create_missing=true", first.clone()).await.ok(200);
    let joins = !projects.is_empty() && counts(&done)[1] == 1;
    assert_eq!(counts(&done), [made as u64, u64::from(joins), u64::from(!joins), 0], "{done}");
    assert_eq!(without_ids(&export(&other).await), without_ids(&first));
    let again = apply(&other.admin, first).await;
    assert_eq!(counts(&again), [0, 0, all, 0], "{again}");
    made
}

#[test]
fn export_then_import_is_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let cases = (vec(someone(), 0..6), vec(text(5), 0..3), vec(text(5), 0..3));
    let made = std::cell::Cell::new(0);
    runner
        .run(&cases, |(people, groups, projects)| {
            made.set(made.get() + runtime.block_on(round(people, groups, projects)));
            Ok(())
        })
        .unwrap();
    assert!(made.get() > 20, "the API took {} of them", made.get());
}
