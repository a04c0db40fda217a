//! The activity as JSON lines, verified by what docs/activity.md says and nothing else.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Person, Portal, assert_documented, id};

fn sha(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What is wrong with an export: nothing, if it is whole and as it was recorded.
fn verify(export: &str) -> Result<usize, String> {
    let mut newer: Option<Value> = None;
    let mut count = 0;
    for line in export.lines() {
        let one: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let number = &one["number"];
        let (about, parts) = (&one["subject"], &one["parts"]);
        let lines = [
            text(&one["previous"]),
            number.to_string(),
            text(&one["id"]),
            text(&one["at"]),
            text(&one["action"]),
            text(&one["actor"]["id"]),
            text(&one["acting_as"]["id"]),
            text(&about["kind"]),
            text(&about["id"]),
            text(&one["open"]),
            text(&parts["actor"]["hash"]),
            text(&parts["acting_as"]["hash"]),
            text(&parts["subject"]["hash"]),
        ];
        if one["hash"] != sha(&lines.join("\n")) {
            return Err(format!("number {number} was changed"));
        }
        let mut whole = true;
        let mut shown: Value =
            serde_json::from_str(&text(&one["open"])).map_err(|error| error.to_string())?;
        for part in parts.as_object().unwrap().values().filter(|part| !part.is_null()) {
            if part["text"].is_null() {
                whole = false;
                continue;
            }
            let inside = text(&part["text"]);
            if part["hash"] != sha(&(text(&part["salt"]) + &inside)) {
                return Err(format!("a value of number {number} was changed"));
            }
            let inside: Value = serde_json::from_str(&inside).map_err(|error| error.to_string())?;
            for (field, values) in inside["changes"].as_object().into_iter().flatten() {
                shown["changes"][field] = values.clone();
            }
        }
        let changes = shown["changes"].as_object().cloned().unwrap_or_default();
        for (field, values) in one["changes"].as_object().into_iter().flatten() {
            if whole && changes.get(field) != Some(values) {
                return Err(format!("number {number} shows another {field}"));
            }
        }
        if newer.is_some_and(|newer| newer["previous"] != one["hash"]) {
            return Err(format!("something after number {number} is missing"));
        }
        newer = Some(one);
        count += 1;
    }
    Ok(count)
}

async fn exported(who: &Person, query: &str) -> String {
    let answer = who.get(&format!("/activity.jsonl{query}")).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_documented("GET /activity.jsonl", &answer);
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"activity-2026-11-24.jsonl\"")
    );
    answer.text()
}

#[tokio::test]
async fn whoever_has_an_export_can_verify_it_alone() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let quoted = json!({"name": "Änn \"Quoted\" \\ 田中"});
    portal.admin.patch(&format!("/users/{}", ann.id), quoted).await.ok(200);
    let admin = portal.acting_as(&ann, true).await;
    admin.patch("/me", json!({"company": "Acme"})).await.ok(200);
    let bob = portal.customer("Bob").await;
    portal.admin.delete(&format!("/users/{}?purge=true", bob.id)).await.ok(204);
    let total = portal.admin.get("/activity").await.ok(200)["total"].as_u64().unwrap();
    let export = exported(&portal.admin, "").await;
    assert_eq!(verify(&export), Ok(total as usize));
    let lines: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let oldest = lines.last().unwrap();
    assert_eq!((&oldest["number"], &oldest["previous"]), (&json!(1), &json!("0".repeat(64))));
    assert!(
        lines.iter().any(
            |one| one["parts"]["subject"]["text"].is_null() && one["subject"]["name"] == "a deleted user"
        )
    );
    let listed = portal.admin.get("/activity?per_page=200").await.ok(200);
    assert_eq!(listed["items"][0]["action"], "activity.exported", "and it is recorded");
    for (line, item) in lines.iter().zip(&listed["items"].as_array().unwrap()[1..]) {
        for (field, value) in item.as_object().unwrap() {
            assert_eq!(&line[field], value, "{field} of {item}");
        }
    }
    // What is tampered with is found.
    let (first, second) = (export.lines().next().unwrap(), export.lines().nth(1).unwrap());
    assert!(verify(&export.replacen(second, first, 1)).is_err());
    assert!(verify(&export.replacen(&format!("{second}\n"), "", 1)).unwrap_err().contains("missing"));
    assert!(verify(&export.replace("Ada Admin", "Eve Admin")).is_err());
    assert!(verify(&export.replace("user.created", "user.updated")).is_err());
}

#[tokio::test]
async fn it_is_filtered_as_the_list_is_and_each_line_still_stands_for_itself() {
    let portal = Portal::start().await;
    portal.create(json!({"name": "Zoë", "email": "zoe@people.test"})).await;
    portal.create(json!({"name": "Max", "email": "max@people.test"})).await;
    let export = exported(&portal.admin, "?action=user.created&from=2026-11-24T09:00:00Z").await;
    assert_eq!(export.lines().count(), 3, "the admin and two users: {export}");
    for line in export.lines() {
        assert_eq!(verify(line), Ok(1));
    }
    assert_eq!(exported(&portal.admin, "?to=2026-11-24T09:00:00Z").await, "");
    portal.admin.get("/activity.jsonl?to=never").await.invalid(&[("to", "invalid")]);
    portal.customer("Cem").await.get("/activity.jsonl").await.problem(403, "forbidden");
}

#[tokio::test]
async fn notes_are_left_out_for_who_may_not_read_them_and_it_verifies_all_the_same() {
    let portal = Portal::start().await;
    let user = json!({"name": "Zoë", "email": "zoe@people.test", "notes": "difficult"});
    let user = id(&portal.create(user).await);
    let auditors = portal.group("Auditors", &["activity.read"]).await;
    let auditor = portal.person("Otto", &[auditors]).await;
    assert!(exported(&portal.admin, "").await.contains("difficult"));
    let export = exported(&auditor, "").await;
    assert!(!export.contains("difficult"), "{export}");
    assert!(verify(&export).is_ok());
    let created = exported(&auditor, &format!("?action=user.created&subject={user}")).await;
    let created: Value = serde_json::from_str(&created).unwrap();
    assert_eq!(created["changes"]["email"], json!([null, "zoe@people.test"]));
    let part = &created["parts"]["subject"];
    assert_eq!((&part["salt"], &part["text"]), (&Value::Null, &Value::Null), "or it could be tried out");
}

#[tokio::test]
async fn what_is_trimmed_is_recorded_and_the_rest_holds() {
    use rollcall::model::time::Span;
    let portal = Portal::start().await;
    portal.customer("Ann").await;
    portal.advance(Span::days(400));
    portal.admin.sign_in().await;
    let before = portal.assert_chained();
    portal.admin.patch("/settings", json!({"activity_days": 30})).await.ok(200);
    portal.tidy();
    let after = portal.assert_chained();
    assert!(after.first > 5, "{after:?}");
    let trimmed = portal.admin.get("/activity?action=activity.trimmed").await.ok(200);
    let changes = &trimmed["items"][0]["changes"];
    assert_eq!(changes["up_to"], json!([null, after.first - 1]));
    assert_eq!(changes["count"], json!([null, after.first - 1]));
    assert!(after.head.unwrap().number > before.head.unwrap().number);
    let export = portal.admin.get("/activity.jsonl").await.text();
    assert!(verify(&export).is_ok());
    let oldest: Value = serde_json::from_str(export.lines().last().unwrap()).unwrap();
    assert_eq!((&oldest["number"], &oldest["previous"]), (&json!(after.first), &changes["hash"][1]));
    let portal = portal.restart().await;
    portal.assert_chained();
    portal.advance(Span::days(31));
    portal.tidy();
    assert!(portal.assert_chained().first > after.first);
    portal.assert_nothing_happened(async || portal.tidy()).await;
}
