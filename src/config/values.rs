//! How values of some kinds are read, and what is said of those that are of none.

use std::{fmt, marker::PhantomData, net::SocketAddr};

use serde::{
    Deserialize, Deserializer,
    de::{self, IntoDeserializer, SeqAccess, Visitor, value::Error as Told},
};

const ADDRESS: &str = "must be an address and port such as 127.0.0.1:8080";

/// A list, or a text with commas or spaces between: in a variable nobody writes brackets.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(List(PhantomData))
}

struct List<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        let read = words.map(|word| T::deserialize(word.to_owned().into_deserializer()));
        read.collect::<Result<_, Told>>().map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = seq.next_element()? {
            all.push(one);
        }
        Ok(all)
    }
}

pub fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let wrong = || de::Error::custom(ADDRESS);
    String::deserialize(deserializer).map_err(|_| wrong())?.parse().map_err(|_| wrong())
}

pub fn maybe_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    address(deserializer).map(Some)
}

/// What a value must be, given what serde calls it. Never the value that was found: it may be a secret.
pub fn must_be(wanted: &str, key: &str) -> String {
    let what = match wanted {
        "u8" => "a whole number from 0 to 255".to_owned(),
        "u16" => "a whole number from 0 to 65535".to_owned(),
        "u32" | "u64" | "usize" => "a whole number".to_owned(),
        "a string" | "string" | "path string" => "a text in quotes".to_owned(),
        "a sequence" => "a list".to_owned(),
        table if table.starts_with("struct ") => format!("a table of settings ([{key}])"),
        other => other.to_owned(),
    };
    format!("must be {what}")
}

pub fn one_of(known: &[&str]) -> String {
    match known.split_last() {
        Some((last, [])) => format!("must be “{last}”"),
        Some((last, rest)) => format!("must be “{}” or “{last}”", rest.join("”, “")),
        None => "must not be set".to_owned(),
    }
}

/// A TOML parser's many lines in one: where, and what. Never the line itself: it may hold a secret.
pub fn syntax(text: &str) -> Option<String> {
    let place = text.strip_prefix("TOML parse error at ")?.lines().next()?;
    let quoted = |line: &&str| {
        line.trim_start_matches([' ', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']).starts_with('|')
    };
    let what: Vec<&str> = text.lines().skip(1).filter(|line| !quoted(line)).map(str::trim).collect();
    Some(format!("{place}: {}", what.join(" ").trim()))
}
