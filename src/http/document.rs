//! The API document, made true, where poem-openapi would have it otherwise: answers always carry
//! every field, null when empty; in a PATCH null clears; a body that needs no field may be left out;
//! and some operations need nobody to be signed in.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::model::page::Paging;

/// What leaves out its empty fields.
const LEAVES_OUT: &[&str] = &["Problem"];

/// What may be asked by whoever is not signed in; to those who are, it may answer more.
const FOR_ANYBODY: &[&str] = &[
    "getPortal",
    "setUp",
    "inspectSetUp",
    "signUp",
    "forgotPassword",
    "checkPassword",
    "signIn",
    "showSecondFactor",
    "beginPasskeySignIn",
    "signInByPasskey",
    "inspectLink",
    "resendLink",
    "redeemLink",
];

/// The document that the code generates, completed.
pub fn complete(generated: &str) -> String {
    let Ok(mut document) = serde_json::from_str::<Value>(generated) else { return generated.to_owned() };
    let answers = answers(&document);
    let mut with_needed = BTreeSet::new();
    let schemas = document["components"]["schemas"].as_object_mut();
    for (name, schema) in schemas.into_iter().flatten() {
        let Some(schema) = schema.as_object_mut() else { continue };
        if answers.contains(name) {
            carry_all(schema);
        } else if name.ends_with("Patch") {
            may_be_null(schema);
        }
        if schema.contains_key("required") {
            with_needed.insert(name.clone());
        }
    }
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let most = match parameter["name"].as_str() {
                Some("page") => None,
                Some("per_page") => Some(Paging::MOST),
                _ => continue,
            };
            parameter["schema"]["minimum"] = json!(1);
            if let Some(most) = most {
                parameter["schema"]["maximum"] = json!(most);
            }
        }
        if operation["operationId"].as_str().is_some_and(|id| FOR_ANYBODY.contains(&id))
            && let Some(ways) = operation["security"].as_array_mut()
        {
            ways.insert(0, json!({}));
        }
        let needed = names(&operation["requestBody"]).iter().any(|name| with_needed.contains(name));
        if operation["requestBody"]["content"].get("application/json").is_some() && !needed {
            operation["requestBody"]["required"] = json!(false);
        }
    }
    format!("{document:#}")
}

/// The names of all schemas that stand in an answer.
fn answers(document: &Value) -> BTreeSet<String> {
    let operations = document["paths"].as_object().into_iter().flat_map(Map::values);
    let operations = operations.flat_map(|path| path.as_object().into_iter().flat_map(Map::values));
    let mut open: Vec<String> = operations.flat_map(|operation| names(&operation["responses"])).collect();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !LEAVES_OUT.contains(&name.as_str()) && found.insert(name.clone()) {
            open.extend(names(&document["components"]["schemas"][&name]));
        }
    }
    found
}

/// The names of the schemas that a part of the document refers to.
fn names(part: &Value) -> Vec<String> {
    match part {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|text| text.strip_prefix("#/components/schemas/")).map(str::to_owned);
            own.into_iter().chain(fields.values().flat_map(names)).collect()
        }
        Value::Array(items) => items.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

/// Every field is there, and what was optional may be null.
fn carry_all(schema: &mut Map<String, Value>) {
    may_be_null(schema);
    let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let all: Vec<&String> = fields.keys().collect();
    let all = json!(all);
    schema.insert("required".to_owned(), all);
}

/// What is optional may be null.
fn may_be_null(schema: &mut Map<String, Value>) {
    let required: BTreeSet<String> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().map(text).collect();
    let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (_, field) in fields.iter_mut().filter(|(name, _)| !required.contains(*name)) {
        // What stands beside a `$ref` counts for nothing (OpenAPI 3.0.3).
        if field.get("$ref").is_some() {
            *field = json!({"allOf": [field.clone()]});
        }
        field["nullable"] = json!(true);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
