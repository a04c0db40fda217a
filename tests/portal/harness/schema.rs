//! Answers held against the API document: every field that it names and no other, each of its type.

use std::sync::LazyLock;

use serde_json::Value;

use super::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&rollcall::http::document()).expect("a JSON document"));

/// Expects an answer to be one that the document names for this operation, such as `GET /users`.
#[track_caller]
pub fn assert_documented(operation: &str, answer: &Answer) {
    let (method, path) = operation.split_once(' ').expect("a method and a path");
    let known = &DOCUMENT["paths"][path][method.to_lowercase()]["responses"][answer.status.to_string()];
    assert!(known.is_object(), "{operation}: {} is not in the document: {answer}", answer.status);
    let Some(content) = known["content"].as_object() else {
        assert!(answer.body.is_empty(), "{operation}: the document knows no body: {answer}");
        return;
    };
    let (kind, content) = content.iter().next().expect("a content type");
    assert_eq!(answer.header("content-type"), Some(kind.as_str()), "{operation}");
    for (name, header) in known["headers"].as_object().into_iter().flatten() {
        let there = answer.header(&name.to_lowercase()).is_some();
        assert!(there || header["required"] != true, "{operation}: {name} is missing");
    }
    if kind.contains("json") && kind != "application/jsonl" {
        holds(&content["schema"], &answer.json(), operation);
    }
}

#[track_caller]
fn holds(schema: &Value, value: &Value, place: &str) {
    if value.is_null() && schema["nullable"] == true {
        return;
    }
    let inner = schema["allOf"].get(0).unwrap_or(schema);
    if let Some(name) = inner["$ref"].as_str() {
        let name = name.rsplit('/').next().expect("a name");
        return holds(&DOCUMENT["components"]["schemas"][name], value, place);
    }
    let fits = match inner["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => {
            for item in value.as_array().into_iter().flatten() {
                holds(&inner["items"], item, place);
            }
            value.is_array()
        }
        Some("object") => {
            object(inner, value, place);
            value.is_object()
        }
        // Anything goes.
        _ => true,
    };
    assert!(fits, "{place}: {value} is not {inner}");
}

#[track_caller]
fn object(schema: &Value, value: &Value, place: &str) {
    let fields = value.as_object().unwrap_or_else(|| panic!("{place}: {value} is no object"));
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(fields.contains_key(name), "{place}: {name} is missing in {value}");
    }
    for (name, inner) in fields {
        let place = format!("{place} {name}");
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, Value::Object(_)) => holds(&schema["additionalProperties"], inner, &place),
            (Value::Null, _) => panic!("{place} is not in the document"),
            (known, _) => holds(known, inner, &place),
        }
    }
}
