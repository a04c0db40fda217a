//! Files that are wrong in every way: a verdict for each row, or one plain refusal.

use serde_json::json;

use super::{
    super::harness::{Answer, Portal},
    actions, by_email, counts, preview, send, wrong,
};

async fn refused(portal: &Portal, csv: impl Into<Vec<u8>>, words: &str) {
    let answer: Answer =
        portal.assert_nothing_happened(async || send(&portal.admin, "?mode=apply", csv).await).await;
    let problem = answer.invalid(&[("file", "invalid")]);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(words), "{words} in {detail}");
    assert_eq!(portal.import_files(), 0, "nothing is left behind");
}

#[tokio::test]
async fn one_plain_refusal() {
    let portal = Portal::start().await;
    refused(&portal, "", "empty").await;
    refused(&portal, "\n\r\n", "no header").await;
    refused(&portal, "a,".repeat(10_000), "10001 columns").await;
    refused(&portal, "name,email\nAnn,\"ann@people.test\nBo,bo@people.test\n", "row 2").await;
    refused(
        &portal,
        [b"name,email\nAnn,".to_vec(), vec![b'x'; 10 << 20]].concat(),
        "longer than eight megabytes",
    )
    .await;
    refused(&portal, [b"name,email\nAnn,\"".to_vec(), b"x,y\n".repeat(3 << 20)].concat(), "Row 2").await;
    let whole = "name,email\nJosé,jose@people.test\nLuis,luis@people.té".as_bytes();
    refused(&portal, &whole[..whole.len() - 1], "in the middle of a character").await;
}

#[tokio::test]
async fn a_verdict_for_each_row() {
    let portal = Portal::start().await;
    let csv = "name,email\nAnn,ann@people.test,extra\nBo\n\"C\0y\",cy@people.test\nDee,dee@people.test,,\n\
               =1+1,=cmd@people.test\n,,\n  Eva  , eva@people.test \nFay,fay@people";
    let seen = preview(&portal.admin, csv).await;
    let expected = ["error", "error", "error", "create", "create", "create", "error"];
    assert_eq!(actions(&seen), expected, "{seen}");
    assert_eq!(wrong(&seen["rows"][0]), [("-", "invalid")]);
    assert_eq!(wrong(&seen["rows"][1]), [("-", "invalid")]);
    assert_eq!(wrong(&seen["rows"][2]), [("name", "invalid")]);
    assert_eq!(seen["rows"][4]["changes"]["name"], json!([null, "=1+1"]));
    assert_eq!(
        (&seen["rows"][5]["row"], &seen["rows"][5]["changes"]["name"]),
        (&json!(8), &json!([null, "Eva"]))
    );
    assert_eq!(wrong(&seen["rows"][6]), [("email", "invalid")]);
}

#[tokio::test]
async fn exactly_one_quote_is_taken_off_a_guarded_cell() {
    let portal = Portal::start().await;
    let csv = "name,email,company\n'=a,a@people.test,''=b\n'tis,b@people.test,'\n''-x,c@people.test,-y\n";
    send(&portal.admin, "?mode=apply", csv).await.ok(200);
    for (email, name, company) in
        [("a", "=a", json!("'=b")), ("b", "'tis", json!("'")), ("c", "'-x", json!("-y"))]
    {
        let user = by_email(&portal, &format!("{email}@people.test")).await;
        assert_eq!((&user["name"], &user["company"]), (&json!(name), &company));
    }
}

#[tokio::test]
async fn other_bodies_and_parameters() {
    let portal = Portal::start().await;
    let csv = "name,email\nAnn,ann@people.test\n";
    let path = "/users/import";
    let json = portal.admin.post(path, json!({"file": csv})).await;
    json.problem(415, "unsupported-media-type");
    portal
        .admin
        .ask("POST", path)
        .body("text/plain", csv)
        .send()
        .await
        .problem(415, "unsupported-media-type");
    let huge = portal
        .admin
        .ask("POST", path)
        .header("content-type", "text/csv")
        .header("content-length", "300000000");
    huge.send().await.problem(413, "too-large");
    let query = "?mode=both&welcome=maybe&create_missing=2";
    send(&portal.admin, query, csv).await.invalid(&[
        ("mode", "invalid"),
        ("welcome", "invalid"),
        ("create_missing", "invalid"),
    ]);
    let anonymous = portal.anonymous();
    anonymous.ask("POST", path).body("text/plain", csv).send().await.problem(401, "unauthenticated");
    portal
        .customer("Carl")
        .await
        .ask("POST", path)
        .body("text/plain", csv)
        .send()
        .await
        .problem(403, "forbidden");
    for path in ["/users/import/nonsense", "/users/import/01935000-0000-7000-8000-000000000000"] {
        portal.admin.get(path).await.problem(404, "not-found");
        portal.admin.delete(path).await.problem(404, "not-found");
        portal.admin.get(&format!("{path}/errors.csv")).await.problem(404, "not-found");
        portal.admin.post(&format!("{path}/apply"), json!({"x": 1})).await.problem(404, "not-found");
    }
    assert_eq!(portal.import_files(), 0);
}

#[tokio::test]
async fn rows_without_end_are_counted_and_told_by_the_page() {
    let portal = Portal::start().await;
    let csv = format!("name,email\n{}", "x,y\n".repeat(5_000));
    let seen = preview(&portal.admin, csv).await;
    assert_eq!(counts(&seen), [0, 0, 0, 5_000]);
    assert_eq!(seen["rows"].as_array().unwrap().len(), 200);
    let path = format!("/users/import/{}", seen["import_id"].as_str().unwrap());
    let last = portal.admin.get(&format!("{path}?action=error&per_page=200&page=25")).await.ok(200);
    assert_eq!((&last["total"], &last["items"][199]["row"]), (&json!(5_000), &json!(5_001)));
    let past = portal.admin.get(&format!("{path}?page=1000000000")).await.ok(200);
    assert_eq!(past["items"], json!([]));
}
