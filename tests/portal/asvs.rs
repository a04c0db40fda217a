//! docs/asvs.md against the standard and against this tree: every requirement of level 1 and 2 is
//! listed once, and every test it names is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// ASVS 5.0.0: each section, and the numbers of its requirements at level 1 and 2.
const REQUIREMENTS: &str = "
    1.1: 1-2        1.2: 1-9        1.3: 1-11       1.4: 1-3        1.5: 1-2
    2.1: 1-3        2.2: 1-3        2.3: 1-4        2.4: 1
    3.2: 1-2        3.3: 1-4        3.4: 1-6        3.5: 1-5        3.7: 1-2
    4.1: 1-3        4.2: 1          4.3: 1-2        4.4: 1-4
    5.1: 1          5.2: 1-3        5.3: 1-2        5.4: 1-3
    6.1: 1-3        6.2: 1-12       6.3: 1-4        6.4: 1-4        6.5: 1-5        6.6: 1-3        6.8: 1-4
    7.1: 1-3        7.2: 1-4        7.3: 1-2        7.4: 1-5        7.5: 1-2        7.6: 1-2
    8.1: 1-2        8.2: 1-3        8.3: 1          8.4: 1
    9.1: 1-3        9.2: 1-4
    11.1: 1-2       11.2: 1-3       11.3: 1-3       11.4: 1-4       11.5: 1         11.6: 1
    12.1: 1-3       12.2: 1-2       12.3: 1-4
    13.1: 1         13.2: 1-5       13.3: 1-2       13.4: 1-5
    14.1: 1-2       14.2: 1-4       14.3: 1-3
    15.1: 1-3       15.2: 1-3       15.3: 1-7
    16.1: 1         16.2: 1-5       16.3: 1-4       16.4: 1-3       16.5: 1-3
";

/// Chapters that have nothing to apply to are one row each.
const WHOLE: &[&str] = &["10", "17"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    fs::read_to_string(root().join("docs/asvs.md")).expect("docs/asvs.md")
}

/// The cells of every row of the page's tables.
fn rows(page: &str) -> Vec<Vec<String>> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| id "));
    rows.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// `1.2.6 – 1.2.8` and `6.2.4, 6.2.12` as the requirements they stand for.
fn listed(cell: &str) -> Vec<String> {
    let mut all = Vec::new();
    for part in cell.split(", ") {
        let (from, to) = part.split_once(" – ").unwrap_or((part, part));
        let split = |id: &str| {
            let (section, number) = id.rsplit_once('.').unwrap_or_else(|| panic!("{id} is no requirement"));
            (section.to_owned(), number.parse::<u32>().unwrap_or_else(|_| panic!("{id}")))
        };
        let ((section, first), (other, last)) = (split(from), split(to));
        if section == other {
            all.extend((first..=last).map(|number| format!("{section}.{number}")));
        } else {
            // A whole range of sections: its chapter stands for it.
            all.push(section.split('.').next().expect("a chapter").to_owned());
        }
    }
    all
}

fn required() -> BTreeSet<String> {
    let mut all: BTreeSet<String> = WHOLE.iter().map(|chapter| (*chapter).to_owned()).collect();
    let mut words = REQUIREMENTS.split_whitespace();
    while let (Some(section), Some(numbers)) = (words.next(), words.next()) {
        let section = section.trim_end_matches(':');
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let [first, last] = [first, last].map(|number| number.parse::<u32>().expect("a number"));
        all.extend((first..=last).map(|number| format!("{section}.{number}")));
    }
    all
}

#[test]
fn every_requirement_is_answered_once() {
    let mut answered: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows(&page()) {
        assert_eq!(row.len(), 4, "{row:?}");
        assert!(!row[2].is_empty(), "{row:?} says nothing");
        for id in listed(&row[0]) {
            *answered.entry(id).or_default() += 1;
        }
    }
    let twice: Vec<_> = answered.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert_eq!(answered.into_keys().collect::<BTreeSet<_>>(), required());
}

/// A name in the last column is a test's, or a file's.
#[test]
fn whatever_is_named_as_proof_is_there() {
    let mut code = String::new();
    for folder in ["src", "tests/portal", "tests/faults"] {
        gather(&root().join(folder), &mut code);
    }
    let browser = ["tests/browser", "frontend/src/lib", "src"];
    for row in rows(&page()) {
        let documented = row[2].contains("SECURITY.md") || row[2].starts_with("n/a");
        assert!(documented || row[3].contains('`'), "{row:?} shows nothing");
        for name in row[3].split('`').skip(1).step_by(2) {
            let there = if name.contains('.') {
                let below = |folder: &str| found(&root().join(folder), name);
                root().join(name).exists() || browser.iter().any(|folder| below(folder))
            } else {
                code.contains(&format!("fn {name}("))
            };
            assert!(there, "docs/asvs.md names {name}, which is not there");
        }
    }
}

fn gather(folder: &Path, into: &mut String) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            gather(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push_str(&fs::read_to_string(path).expect("a source"));
        }
    }
}

/// Whether a file of this name lies below a folder.
fn found(folder: &Path, name: &str) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.map(|entry| entry.expect("an entry").path()).any(|path| {
        if path.is_dir() && !path.ends_with("node_modules") {
            found(&path, name)
        } else {
            path.ends_with(name)
        }
    })
}
