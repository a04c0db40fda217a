//! Users from CSV: previewed row by row, applied as one, undone whole.

mod bad_input;
mod command;
mod files;
mod large;
mod rights;
mod round_trip;
mod rows;

use rollcall::model::time::Span;
use serde_json::{Value, json};

use super::harness::{Answer, Person, Portal, id};

/// Sends a file; `query` begins with `?` or is empty.
pub async fn send(person: &Person, query: &str, csv: impl Into<Vec<u8>>) -> Answer {
    person.ask("POST", &format!("/users/import{query}")).body("text/csv", csv).send().await
}

pub async fn preview(person: &Person, csv: impl Into<Vec<u8>>) -> Value {
    send(person, "", csv).await.ok(200)
}

pub async fn apply(person: &Person, csv: impl Into<Vec<u8>>) -> Value {
    send(person, "?mode=apply", csv).await.ok(200)
}

/// The counts of create, update, unchanged and error.
#[track_caller]
pub fn counts(import: &Value) -> [u64; 4] {
    ["create", "update", "unchanged", "error"].map(|kind| import["counts"][kind].as_u64().expect("a count"))
}

/// What becomes of each row, in order.
#[track_caller]
pub fn actions(import: &Value) -> Vec<&str> {
    import["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["action"].as_str().expect("an action"))
        .collect()
}

/// Field and code of everything that is wrong with a row.
#[track_caller]
pub fn wrong(row: &Value) -> Vec<(&str, &str)> {
    assert_eq!(row["action"], "error", "{row}");
    let errors = row["errors"].as_array().expect("errors");
    assert!(
        errors.iter().all(|error| error["message"].as_str().is_some_and(|text| !text.is_empty())),
        "{row}"
    );
    errors.iter().map(|e| (e["field"].as_str().unwrap_or("-"), e["code"].as_str().expect("a code"))).collect()
}

/// A user by their e-mail.
pub async fn by_email(portal: &Portal, email: &str) -> Value {
    let found = portal.admin.get(&format!("/users?q=email:{email}&disabled=include")).await.ok(200);
    let items = found["items"].as_array().expect("a list");
    items.iter().find(|user| user["email"] == email).unwrap_or_else(|| panic!("{email} in {found}")).clone()
}

pub async fn export(portal: &Portal) -> String {
    portal.admin.get("/users.csv").await.text()
}

#[tokio::test]
async fn a_preview_says_what_would_become_of_each_row() {
    let portal = Portal::start().await;
    let ann = portal.create(json!({"name": "Ann", "email": "ann@people.test", "company": "Acme"})).await;
    portal.create(json!({"name": "Bo", "email": "bo@people.test"})).await;
    let csv = "name,email,company,phone\r\nAnn Smith,ann@people.test,,+1\r\nBo,BO@people.test,,\r\n\
               Cy,cy@people.test,Initech,\r\n,dee@people.test,,\r\n";
    let seen = portal.assert_nothing_happened(async || preview(&portal.admin, csv).await).await;
    assert_eq!(counts(&seen), [1, 1, 1, 1]);
    assert_eq!(actions(&seen), ["update", "unchanged", "create", "error"]);
    let rows = seen["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["row"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert_eq!(rows[0]["changes"], json!({"name": ["Ann", "Ann Smith"], "phone": [null, "+1"]}));
    assert_eq!(rows[1]["changes"], json!({}));
    let new = json!({"name": [null, "Cy"], "email": [null, "cy@people.test"], "company": [null, "Initech"],
        "groups": [null, ["Customer"]]});
    assert_eq!(rows[2]["changes"], new);
    assert_eq!(wrong(&rows[3]), [("name", "required")]);
    assert_eq!(rows[3]["email"], "dee@people.test");
    assert_eq!(
        (&seen["undo_id"], &seen["state"], &seen["progress"]),
        (&Value::Null, &json!("previewed"), &json!(1.0))
    );
    let file = &seen["file"];
    assert_eq!(
        (&file["encoding"], &file["separator"], &file["source"]),
        (&json!("UTF-8"), &json!(","), &json!("named"))
    );
    assert_eq!(file["columns"][0], json!({"name": "name", "field": "name", "sample": "Ann Smith"}));

    let path = format!("/users/import/{}", seen["import_id"].as_str().unwrap());
    let all = portal.admin.get(&path).await.ok(200);
    assert_eq!((&all["total"], &all["items"]), (&json!(4), &seen["rows"]));
    assert_eq!((&all["counts"], &all["state"]), (&seen["counts"], &json!("previewed")));
    for (n, action) in ["update", "unchanged", "create", "error"].iter().enumerate() {
        let some = portal.admin.get(&format!("{path}?action={action}")).await.ok(200);
        assert_eq!((&some["total"], &some["items"]), (&json!(1), &json!([rows[n]])));
    }
    let second = portal.admin.get(&format!("{path}?page=2&per_page=3")).await.ok(200);
    assert_eq!((&second["total"], &second["items"]), (&json!(4), &json!([rows[3]])));
    portal
        .admin
        .get(&format!("{path}?action=delete&page=0"))
        .await
        .invalid(&[("action", "invalid"), ("page", "invalid")]);
    assert_eq!(portal.admin.get(&format!("/users/{}", id(&ann))).await.ok(200)["name"], "Ann");
}

#[tokio::test]
async fn what_was_previewed_is_applied_and_undone_whole() {
    let portal = Portal::start().await;
    let ann = portal.create(json!({"name": "Ann", "email": "ann@people.test", "company": "Acme"})).await;
    let csv = "name,email,state\nAnn Smith,ann@people.test,disabled\nCy,cy@people.test,active\nDee,dee,\n";
    let seen = preview(&portal.admin, csv).await;
    let path = format!("/users/import/{}", seen["import_id"].as_str().unwrap());
    let done = portal.admin.post(&format!("{path}/apply"), json!({})).await.ok(200);
    assert_eq!(done["state"], "applied");
    assert_eq!((&done["counts"], &done["rows"]), (&seen["counts"], &seen["rows"]));
    let now = portal.admin.get(&format!("/users/{}", id(&ann))).await.ok(200);
    assert_eq!(
        (&now["name"], &now["state"], &now["company"]),
        (&json!("Ann Smith"), &json!("disabled"), &json!("Acme"))
    );
    let cy = by_email(&portal, "cy@people.test").await;
    assert_eq!((&cy["state"], &cy["groups"][0]["name"]), (&json!("invited"), &json!("Customer")));
    assert_eq!(portal.admin.get("/mail").await.ok(200)["total"], 0, "nothing is mailed unless asked for");

    let activity = portal.admin.get("/activity?per_page=5").await.ok(200);
    let done_by =
        |n: usize| (activity["items"][n]["action"].clone(), activity["items"][n]["actor"]["id"].clone());
    assert_eq!(done_by(0), (json!("users.imported"), json!(portal.admin.id)));
    assert_eq!(done_by(1), (json!("user.created"), json!(portal.admin.id)));
    assert_eq!(done_by(2), (json!("user.disabled"), json!(portal.admin.id)));
    assert_eq!(done_by(3), (json!("user.updated"), json!(portal.admin.id)));
    portal.admin.post(&format!("{path}/apply"), json!({})).await.problem(409, "conflict");

    let undo = format!("/undo/{}", done["undo_id"].as_str().unwrap());
    let undone = portal.admin.post(&undo, json!({})).await.ok(200);
    assert_eq!((&undone["undone"], &undone["kept"]), (&json!(2), &json!([])));
    let back = portal.admin.get(&format!("/users/{}", id(&ann))).await.ok(200);
    assert_eq!((&back["name"], &back["state"]), (&json!("Ann"), &json!("invited")));
    portal.admin.get(&format!("/users/{}", id(&cy))).await.problem(404, "not-found");
}

#[tokio::test]
async fn nothing_to_do_is_nothing_to_undo() {
    let portal = Portal::start().await;
    portal.create(json!({"name": "Ann", "email": "ann@people.test"})).await;
    let done = portal
        .assert_nothing_happened(async || {
            apply(&portal.admin, "name,email\nAnn,ann@people.test\nX,y\n").await
        })
        .await;
    assert_eq!((&done["state"], &done["undo_id"]), (&json!("applied"), &Value::Null));
    assert_eq!(counts(&done), [0, 0, 1, 1]);
}

#[tokio::test]
async fn a_user_changed_since_the_preview_stops_it() {
    let portal = Portal::start().await;
    let ann = portal.create(json!({"name": "Ann", "email": "ann@people.test"})).await;
    let start = async |csv: &str| {
        let seen = preview(&portal.admin, csv).await;
        format!("/users/import/{}/apply", seen["import_id"].as_str().unwrap())
    };
    let changed = start("name,email\nBo,bo@people.test\nAnn Smith,ann@people.test\n").await;
    let taken = start("name,email\nCy,cy@people.test\n").await;
    let other = start("name,email\nDee,dee@people.test\n").await;
    portal.admin.patch(&format!("/users/{}", id(&ann)), json!({"company": "Acme"})).await.ok(200);
    portal.create(json!({"name": "Cyd", "email": "cy@people.test"})).await;
    for path in [&changed, &taken] {
        portal
            .assert_nothing_happened(async || {
                portal.admin.post(path, json!({})).await.problem(412, "stale");
            })
            .await;
    }
    portal.admin.post(&other, json!({})).await.ok(200);
}

#[tokio::test]
async fn welcomes_are_mailed_when_asked_for() {
    let portal = Portal::start().await;
    let csv = "name,email,state\nAnn,ann@people.test,\nBo,bo@people.test,disabled\n";
    send(&portal.admin, "?mode=apply&welcome=true", csv).await.ok(200);
    let mails = portal.admin.get("/mail").await.ok(200);
    assert_eq!((&mails["total"], &mails["items"][0]["to"]), (&json!(1), &json!("ann@people.test")));
    assert_eq!(mails["items"][0]["kind"], "welcome");
    let seen = preview(&portal.admin, "name,email\nCy,cy@people.test\n").await;
    let path = format!("/users/import/{}/apply", seen["import_id"].as_str().unwrap());
    portal
        .admin
        .post(&path, json!({"welcome": "yes", "x": 1}))
        .await
        .invalid(&[("welcome", "type"), ("x", "unknown")]);
    portal.admin.post(&path, json!({"welcome": true})).await.ok(200);
    let token = portal.newest_token("cy@people.test").await;
    let cy = portal.anonymous();
    cy.post("/links/redeem", json!({"token": token, "password": cy.password})).await.ok(200);
    assert_eq!(by_email(&portal, "cy@people.test").await["state"], "active");
}

#[tokio::test]
async fn the_error_rows_come_back_with_their_reason_and_can_be_mended() {
    let portal = Portal::start().await;
    let csv = "name;email;notes\nAnn;ann@people.test;\n=2+3;no address;\"a;b\"\n;cy@people.test;'=x\n";
    let done = apply(&portal.admin, csv).await;
    assert_eq!(counts(&done), [1, 0, 0, 2]);
    let path = format!("/users/import/{}/errors.csv", done["import_id"].as_str().unwrap());
    let answer = portal.admin.get(&path).await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = answer.text();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "name,email,notes,row,error");
    assert!(lines[1].starts_with("'=2+3,no address,\"a;b\",3,\"This is not an e-mail address"), "{text}");
    assert_eq!(lines[2], ",cy@people.test,'=x,4,The name is missing.");
    let formula = preview(&portal.admin, "email,=1+1\nnobody,x\n").await;
    let path = format!("/users/import/{}/errors.csv", formula["import_id"].as_str().unwrap());
    assert!(portal.admin.get(&path).await.text().starts_with("email,'=1+1,row,error\r\nnobody,x,2,"));
    let mended = text.replace("no address", "bo@people.test").replace(",cy@", "Cy,cy@");
    let again = apply(&portal.admin, mended).await;
    assert_eq!(counts(&again), [2, 0, 0, 0]);
    assert_eq!(by_email(&portal, "bo@people.test").await["name"], "=2+3");
    assert_eq!(by_email(&portal, "cy@people.test").await["notes"], "=x");
}

#[tokio::test]
async fn an_import_is_cancelled_forgotten_and_nobody_elses() {
    let portal = Portal::start().await;
    let other = portal.another_admin("Olga").await;
    let seen = preview(&portal.admin, "name,email\nAnn,ann@people.test\n").await;
    let path = format!("/users/import/{}", seen["import_id"].as_str().unwrap());
    other.get(&path).await.problem(404, "not-found");
    other.post(&format!("{path}/apply"), json!({})).await.problem(404, "not-found");
    other.delete(&path).await.problem(404, "not-found");
    portal.admin.get(&path).await.ok(200);
    portal.admin.delete(&path).await.ok(204);
    portal.admin.get(&path).await.problem(404, "not-found");
    portal.admin.post(&format!("{path}/apply"), json!({})).await.problem(404, "not-found");
    portal.admin.delete(&path).await.problem(404, "not-found");
    assert_eq!(portal.import_files(), 0, "its rows are gone with it");

    let seen = preview(&portal.admin, "name,email\nAnn,ann@people.test\n").await;
    let path = format!("/users/import/{}", seen["import_id"].as_str().unwrap());
    assert_eq!(portal.import_files(), 1, "the rows; the file itself is not kept");
    portal.advance(Span::hours(23));
    portal.tidy();
    assert_eq!(portal.import_files(), 1);
    portal.advance(Span::hours(2));
    portal.tidy();
    portal.admin.sign_in().await;
    portal.admin.get(&path).await.problem(404, "not-found");
    assert_eq!(portal.import_files(), 0);
}
