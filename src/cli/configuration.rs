//! `rollcall config`.

use anyhow::Result;
use figment::value::{Dict, Value};

use super::{Common, say};
use crate::config;

/// Values of these keys are secret.
const SECRET: &[&str] = &["password", "token"];

pub fn print(common: &Common) -> Result<()> {
    let sources = config::sources(common.config.as_deref(), &common.flags())?;
    let config = common.load()?;
    let values: Dict = sources.extract().map_err(|error| config::Error::Invalid(error.to_string()))?;
    let mut lines = Vec::new();
    flatten("", &values, &mut lines);
    if !values.contains_key("public_url") {
        lines.push(("public_url".to_owned(), format!("{:?}", config.public_url())));
    }
    lines.sort();
    for (key, value) in lines {
        let place = sources.find_metadata(&key).map_or("follows from the others".to_owned(), |metadata| {
            match &metadata.source {
                Some(figment::Source::File(path)) => path.display().to_string(),
                _ if metadata.name == "environment" => config::environment::variable(&key),
                _ if metadata.name.contains("TOML") => "built in".to_owned(),
                _ => "command line".to_owned(),
            }
        });
        say(format_args!("{key} = {value}  # {place}"))?;
    }
    Ok(())
}

fn flatten(prefix: &str, values: &Dict, out: &mut Vec<(String, String)>) {
    for (name, value) in values {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Dict(_, inner) => flatten(&key, inner, out),
            _ if SECRET.contains(&name.as_str()) => out.push((key, "(hidden)".to_owned())),
            value => out.push((key, shown(value))),
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, number) => match (number.to_i128(), number.to_u128(), number.to_f64()) {
            (Some(n), _, _) => n.to_string(),
            (_, Some(n), _) => n.to_string(),
            (_, _, n) => n.unwrap_or_default().to_string(),
        },
        Value::Array(_, items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        other => format!("{other:?}"),
    }
}
