//! `ROLLCALL_*`, with `__` between levels. A value is read as the kind of value that its setting
//! has, so that a password of digits stays as it was written.

use figment::{
    Metadata, Profile, Provider,
    providers::{Env, Format, Toml},
    value::{Dict, Map, Value},
};

pub const PREFIX: &str = "ROLLCALL_";

pub struct Environment;

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment")
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let known = Toml::string(super::DEFAULT).data()?.remove(&Profile::Default).unwrap_or_default();
        let known = Value::from(known);
        let mut all = Dict::new();
        for (key, text) in Env::prefixed(PREFIX).split("__").iter() {
            // What has no value of its own in the defaults is a text.
            let value = match known.find_ref(key.as_str()) {
                None | Some(Value::String(..)) => Value::from(text),
                Some(Value::Array(..)) if !text.trim_start().starts_with('[') => Value::from(text),
                Some(_) => text.parse().unwrap_or(Value::from(text)),
            };
            put(&mut all, key.as_str(), value);
        }
        Ok(Profile::Default.collect(all))
    }
}

fn put(dict: &mut Dict, key: &str, value: Value) {
    let Some((head, rest)) = key.split_once('.') else {
        dict.insert(key.to_owned(), value);
        return;
    };
    let inner = dict.entry(head.to_owned()).or_insert_with(|| Value::from(Dict::new()));
    if let Value::Dict(_, inner) = inner {
        put(inner, rest, value);
    }
}

/// The variable that sets a key.
pub fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}
