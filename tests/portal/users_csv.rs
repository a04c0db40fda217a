//! The export of all users.

use rollcall::model::group::BuiltIn;
use serde_json::json;

use super::harness::{Answer, Portal, START, built_in, id};

const HEADER: &str = "id,name,email,company,phone,groups,projects,state,created_at,last_seen_at,notes";

/// The rows, read as any program reads CSV, the header first.
fn rows(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200, "{answer}");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(answer.body.as_slice());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn everyone_is_in_it_but_the_bin() {
    let portal = Portal::start().await;
    let (ann, bo) = (portal.customer("Ann").await, portal.vendor("Bo").await);
    let gone = portal.customer("Gone").await;
    portal.admin.post(&format!("/users/{}/disable", bo.id), json!({})).await.ok(200);
    portal.admin.delete(&format!("/users/{}", gone.id)).await.ok(204);
    portal.create(json!({"name": "Ida", "email": "ida@people.test"})).await;
    for query in ["", "?q=ann", "?disabled=exclude", "?page=2&per_page=1", "?state=active"] {
        let answer = portal.admin.get(&format!("/users.csv{query}")).await;
        let rows = rows(&answer);
        let all: Vec<_> = rows[1..].iter().map(|row| (row[1].as_str(), row[7].as_str())).collect();
        let expected = [("Ada Admin", "active"), ("Ann", "active"), ("Bo", "disabled"), ("Ida", "invited")];
        assert_eq!(all, expected, "{query}");
        assert_eq!(rows[2][0], ann.id);
    }
}

#[tokio::test]
async fn it_is_a_file_with_a_header() {
    let portal = Portal::start().await;
    let answer = portal.admin.get("/users.csv").await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    let disposition = "attachment; filename=\"users-2026-11-24.csv\"";
    assert_eq!(answer.header("content-disposition"), Some(disposition));
    let text = answer.text();
    let lines: Vec<&str> = text.split("\r\n").collect();
    let ada = format!("{},Ada Admin,ada@portal.test,,,Admin,,active,{START},{START},", portal.admin.id);
    assert_eq!(lines, [HEADER, &ada, ""]);
}

#[tokio::test]
async fn cells_are_quoted_and_none_is_a_formula() {
    let portal = Portal::start().await;
    let body = json!({
        "name": "O\"Hara, \"Al\"", "email": "=cmd@people.test", "company": "=HYPERLINK(\"x\")", "phone": "+46 8 1",
        "notes": "-1\nline two, with a comma",
        "groups": [built_in(BuiltIn::Vendor), portal.group("@Work", &[]).await],
        "projects": [portal.project("Pier, 2").await, portal.project("＝Dock").await],
    });
    let user = id(&portal.create(body).await);
    let answer = portal.admin.get("/users.csv").await;
    let row = rows(&answer).remove(2);
    let expected = [
        user.as_str(),
        "O\"Hara, \"Al\"",
        "'=cmd@people.test",
        "'=HYPERLINK(\"x\")",
        "'+46 8 1",
        "'@Work; Vendor",
        "Pier, 2; ＝Dock",
        "invited",
        START,
        "",
        "'-1\nline two, with a comma",
    ];
    assert_eq!(row, expected);
    assert!(answer.text().contains("\"O\"\"Hara, \"\"Al\"\"\""));
}

#[tokio::test]
async fn quotes_before_a_formula_are_kept_apart() {
    let portal = Portal::start().await;
    for (n, (name, cell)) in
        [("'=x", "''=x"), ("''-x", "'''-x"), ("'tis", "'tis"), ("-", "'-"), ("＋1", "'＋1")]
            .into_iter()
            .enumerate()
    {
        portal.create(json!({"name": name, "email": format!("n{n}@people.test")})).await;
        assert_eq!(rows(&portal.admin.get("/users.csv").await)[n + 2][1], cell);
    }
}

#[tokio::test]
async fn an_export_is_recorded() {
    let portal = Portal::start().await;
    let exporters = portal.group("Exporters", &["users.export"]).await;
    let eve = portal.person("Eve", &[exporters]).await;
    portal.create(json!({"name": "Bo", "email": "bo@people.test", "notes": "secret"})).await;
    let answer = eve.get("/users.csv").await;
    assert_eq!(rows(&answer).len(), 4);
    assert!(!answer.text().contains("secret"), "notes are for those who may change users");
    let newest = &portal.admin.get("/activity?per_page=1").await.ok(200)["items"][0];
    assert_eq!((&newest["action"], &newest["actor"]["id"]), (&json!("users.exported"), &json!(eve.id)));
}

#[tokio::test]
async fn a_long_file_comes_whole() {
    let portal = Portal::start().await;
    let notes = "ä".repeat(9_000);
    for n in 0..40 {
        portal
            .create(
                json!({"name": format!("Long {n}"), "email": format!("n{n}@people.test"), "notes": notes}),
            )
            .await;
    }
    let rows = rows(&portal.admin.get("/users.csv").await);
    assert_eq!(rows.len(), 42);
    assert!(rows[2..].iter().all(|row| row[10] == notes));
}
