//! The structure, held to what ARCHITECTURE.md says: who may know whom, which crate belongs to
//! which layer, how long a file may be, and that what is generated or said twice agrees.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Each layer, and what it may know of.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &["model"]),
    ("entropy", &["model"]),
    ("password", &["model"]),
    ("config", &["model"]),
    ("store", &["model", "clock", "entropy"]),
    ("index", &["model", "store"]),
    ("mail", &["model", "clock", "config", "store"]),
    ("ops", &["model", "clock", "entropy", "password", "config", "store", "index", "mail"]),
    ("http", &["model", "config", "ops"]),
    ("app", &["model", "clock", "entropy", "password", "config", "store", "index", "mail", "ops", "http"]),
    ("cli", &["model", "clock", "config", "ops", "http", "app"]),
    ("main", &["cli"]),
];

/// What a layer may take from one that it otherwise knows nothing of: plain words.
const WORDS: &[(&str, &[&str])] = &[
    // How a list is asked for and what became of it; the mark in a mail where its link belongs.
    ("http", &["index::query", "mail::link"]),
    // Whether a folder may be missing, and why it can't be opened.
    ("cli", &["store::Missing", "store::OpenError"]),
];

/// Crates that one layer alone knows.
const CRATES: &[(&str, &[&str])] = &[
    ("redb", &["store/kv.rs", "store/kv/power_cut.rs"]),
    ("rustix", &["store/space.rs", "http/server", "cli/serve.rs"]),
    ("hyper", &["http/server", "http/large.rs", "http/mod.rs", "http/assets.rs"]),
    ("hyper_util", &["http/server"]),
    ("instant_acme", &["http/server"]),
    ("rcgen", &["http/server"]),
    ("x509_parser", &["http/server"]),
    ("rmp_serde", &["store/codec.rs"]),
    ("tantivy", &["index"]),
    ("icu_collator", &["index"]),
    ("mail_send", &["mail"]),
    ("mail_builder", &["mail"]),
    ("smtp_proto", &["mail"]),
    ("minijinja", &["mail"]),
    ("poem", &["http"]),
    ("poem_openapi", &["http"]),
    ("rust_embed", &["http"]),
    ("argon2", &["password.rs"]),
    ("zxcvbn", &["password.rs"]),
    ("getrandom", &["entropy.rs"]),
    ("hmac", &["entropy.rs"]),
    // Seals what must be read again; and does the sums of TLS.
    ("aws_lc_rs", &["entropy.rs", "mail", "http", "cli"]),
    ("totp_rs", &["ops"]),
    ("qrcode", &["ops"]),
    ("webauthn_rs", &["ops"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("figment", &["config", "cli/configuration.rs"]),
    ("csv", &["ops"]),
    ("memchr", &["index/texts.rs"]),
    ("mimalloc", &["main.rs"]),
    ("encoding_rs", &["ops"]),
];

/// Operations that read, or note, past the gate: who somebody is comes before what they may do, and so
/// does what holds up their guesses; that a thing was used, or found to have run out, is nobody's doing.
const PAST_THE_GATE: [&str; 4] = ["ops/devices.rs", "ops/run_out.rs", "ops/sessions.rs", "ops/tokens.rs"];

/// Files that open connections.
const OUTWARD: [&str; 3] = ["cli/health.rs", "cli/remote.rs", "http/server/acme/client.rs"];

/// Lines that a file has at most.
const LONGEST: usize = 500;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder whose name ends so, with their path from there.
fn files(folder: &Path, ending: &str) -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(ending) {
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "no {ending} in {}", folder.display());
    found.sort();
    found
}

fn sources() -> Vec<(String, String)> {
    files(&root().join("src"), ".rs").into_iter().map(|(name, text)| (name, code(&text))).collect()
}

/// The code alone: no comments.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// `ops` of `ops/users/list.rs`, `clock` of `clock.rs`.
fn layer(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// How many `super::` lead from a file to the crate's root.
fn depth(file: &str) -> usize {
    file.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").count()
}

/// Everything of the crate that a file names, as `store::tables`: the first two parts of a path.
fn names(file: &str, text: &str) -> BTreeSet<String> {
    let up = "super::".repeat(depth(file));
    let mut found = BTreeSet::new();
    for start in ["crate::", &up] {
        for (at, _) in text.match_indices(start) {
            let before = text[..at].chars().next_back();
            if before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '$') {
                found.extend(heads(&text[at + start.len()..], 2));
            }
        }
    }
    found
}

/// The first parts of all paths of a use tree (`a::{b::C, d}` has `a::b` and `a::d`).
fn heads(text: &str, parts: usize) -> Vec<String> {
    if parts == 0 {
        return vec![String::new()];
    }
    if let Some(inside) = text.strip_prefix('{') {
        let (mut branches, mut depth, mut from) = (Vec::new(), 0_usize, 0);
        for (at, c) in inside.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    branches.extend(heads(inside[from..at].trim(), parts));
                    from = at + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
        return branches;
    }
    let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        return Vec::new();
    }
    match text[name.len()..].strip_prefix("::") {
        Some(rest) => {
            let rest = heads(rest, parts - 1);
            rest.into_iter()
                .map(|tail| if tail.is_empty() { name.clone() } else { format!("{name}::{tail}") })
                .collect()
        }
        None => vec![name],
    }
}

#[test]
fn use_trees_are_read() {
    let names = names(
        "ops/users/list.rs",
        "use crate::{a::{b::C, self}, d, e::F};\n f(crate::g::h()); super::super::super::i::J",
    );
    let expected = ["a::b", "a::self", "d", "e::F", "g::h", "i::J"];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn no_layer_knows_one_above_it() {
    let rules: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    // Tests may look wherever they like.
    for (file, text) in sources().iter().filter(|(file, _)| file != "lib.rs" && !file.contains("/tests")) {
        let own = layer(file);
        let allowed = rules.get(own).unwrap_or_else(|| panic!("{file}: no such layer in the table"));
        let words = WORDS.iter().find(|(name, _)| *name == own).map_or(&[][..], |(_, words)| words);
        for name in names(file, text) {
            let other = name.split("::").next().unwrap();
            let fine = other == own || allowed.contains(&other) || words.contains(&name.as_str());
            if rules.contains_key(other) && !fine {
                wrong.push(format!("{file} knows {name}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn each_crate_is_known_to_its_layer_alone() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (name, places) in CRATES {
        let users: Vec<_> =
            sources.iter().filter(|(_, text)| uses(text, name)).map(|(file, _)| file).collect();
        assert!(!users.is_empty(), "nobody uses {name}: take it out of the table");
        let inside = |file: &str, place: &str| {
            file.strip_prefix(place).is_some_and(|rest| rest.starts_with(['/', '.'])) || place == file
        };
        let known = |file: &str| places.iter().any(|place| inside(file, place));
        wrong.extend(users.iter().filter(|file| !known(file)).map(|file| format!("{file} uses {name}")));
    }
    assert_eq!(wrong, [""; 0]);
}

fn uses(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    text.match_indices(&format!("{name}::")).any(|(at, _)| !text[..at].ends_with(part))
        || text.contains(&format!("use {name};"))
}

/// poem-openapi links an XML parser with open advisories (deny.toml says which), and reads YAML:
/// nothing here may hand it a caller's bytes.
#[test]
fn no_body_is_xml_or_yaml() {
    for (file, text) in sources() {
        let found = ["payload::Xml", "payload::Yaml", "web::Xml", "web::Yaml", "Xml<", "Yaml<"];
        assert!(!found.iter().any(|name| text.contains(name)), "{file} reads XML or YAML");
    }
}

/// Who connects to somewhere, beside the mail's transport (the one user of its crate): the orders of
/// certificates, and the command line to a portal that its user names.
#[test]
fn nothing_is_asked_of_anywhere_else() {
    let mut asking: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| {
            text.contains("TcpStream::connect") || text.contains("client::conn") || uses(text, "reqwest")
        })
        .map(|(file, _)| file)
        .collect();
    asking.sort();
    assert_eq!(asking, OUTWARD);
}

#[test]
fn the_gate_is_the_way_to_the_store() {
    let past = |text: &str| {
        let text: String = text.split_whitespace().collect();
        ["store().read(", "store().note(", "store().write("].iter().any(|way| text.contains(way))
    };
    let mut found: Vec<_> = sources()
        .into_iter()
        .filter(|(file, text)| ["ops", "http", "cli"].contains(&layer(file)) && past(text))
        .map(|(file, _)| file)
        .collect();
    found.sort();
    assert_eq!(found, PAST_THE_GATE);
}

#[test]
fn no_other_program_is_started() {
    for (file, text) in sources() {
        assert!(!text.contains("process::Command"), "{file} starts a program");
    }
}

#[test]
fn files_are_short() {
    let folders = [("src", ".rs"), ("tests", ".rs")].map(|(folder, ending)| (root().join(folder), ending));
    for (folder, ending) in folders {
        for (file, text) in files(&folder, ending) {
            let lines = text.lines().count();
            assert!(lines <= LONGEST, "{}/{file} has {lines} lines, {LONGEST} at most", folder.display());
        }
    }
}

#[test]
fn whatever_the_architecture_names_is_there() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let quoted = text.split('`').skip(1).step_by(2);
    let tops = ["src/", "tests/", "frontend/", "config/", "benches/", ".ci/"];
    let is_path = |name: &&str| {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        plain
            && (tops.iter().any(|top| name.starts_with(top))
                || name.ends_with(".toml")
                || name.ends_with(".md"))
    };
    let named: Vec<_> = quoted.filter(is_path).collect();
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !root().join(name).exists()).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names what is not there: {missing:?}");
}

#[test]
fn the_server_and_the_browser_have_the_same_pages() {
    let text = fs::read_to_string(root().join("frontend/src/routes.ts")).unwrap();
    let keys = text.lines().filter_map(|line| line.trim().strip_prefix("\"/")?.split_once("\":"));
    let browser: BTreeSet<String> = keys.map(|(path, _)| format!("/{}", nameless(path))).collect();
    let server: BTreeSet<String> = rollcall::http::PAGES.iter().map(|page| (*page).to_owned()).collect();
    assert_eq!(browser, server);
}

/// `users/:id` as `users/:`.
fn nameless(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with(':') { ":" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn the_checked_in_document_is_the_one_that_is_served() {
    let kept = fs::read_to_string(root().join("frontend/openapi.json")).unwrap();
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let (kept, served) = (read(&kept), read(&rollcall::http::document()));
    assert!(kept == served, "run: cargo run -- openapi > frontend/openapi.json");
}
