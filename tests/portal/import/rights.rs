//! Nobody imports more than they may do by hand.

use rollcall::model::group::BuiltIn;
use serde_json::json;

use super::{
    super::harness::{Person, Portal, built_in},
    apply, counts, preview, send, wrong,
};

async fn importer(portal: &Portal, name: &str, more: &[&str]) -> Person {
    let permissions = [&["users.import"], more].concat();
    let group = portal.group(&format!("Importers with {name}"), &permissions).await;
    portal.person(name, &[group]).await
}

#[tokio::test]
async fn importing_alone_changes_nobody() {
    let portal = Portal::start().await;
    let eve = importer(&portal, "Eve", &[]).await;
    let csv = format!("name,email\nNew,new@people.test\nMallory,{}\nAda Admin,ada@portal.test\n", eve.email);
    let done = portal.assert_nothing_happened(async || apply(&eve, csv).await).await;
    assert_eq!(counts(&done), [0, 0, 0, 3]);
    for row in done["rows"].as_array().unwrap() {
        assert_eq!(wrong(row), [("-", "forbidden")]);
        assert_eq!(row["changes"], json!({}), "nothing is told of anybody");
    }
}

#[tokio::test]
async fn nobody_is_found_who_may_not_be_seen() {
    let portal = Portal::start().await;
    let eve = importer(&portal, "Eve", &["users.write"]).await;
    let csv = format!(
        "id,name,email\n{},X,x@people.test\n,Ada,ada@portal.test\n,Nia,nia@people.test\n",
        portal.admin.id
    );
    portal.admin.patch("/settings", json!({"sign_up": "open"})).await.ok(200);
    let seen = preview(&eve, csv).await;
    assert_eq!(counts(&seen), [2, 0, 0, 1], "an id that one may not know is no id");
    assert_eq!(wrong(&seen["rows"][1]), [("email", "taken")]);
}

#[tokio::test]
async fn groups_targets_and_projects_as_by_hand() {
    let portal = Portal::start().await;
    let eve = importer(&portal, "Eve", &["users.read", "users.write"]).await;
    let carl = portal.person("Carl", &[built_in(BuiltIn::Vendor)]).await;
    portal.project("Pier").await;
    let csv = format!(
        "name,email,groups,projects,state\n\
         A,a@people.test,Admin,,\n\
         B,b@people.test,Vendor,Pier,\n\
         C,c@people.test,Vendor,,\n\
         Ada Admin,ada@portal.test,,,\n\
         Ada,ada@portal.test,,,disabled\n\
         Carl,{carl},Vendor; Admin,,\n\
         Eve,{eve},,,disabled\n",
        carl = carl.email,
        eve = eve.email
    );
    let seen = preview(&eve, csv.clone()).await;
    let rows = seen["rows"].as_array().unwrap();
    assert_eq!(wrong(&rows[0]), [("-", "forbidden")], "Admin holds more than Eve does");
    assert_eq!(wrong(&rows[1]), [("projects", "not-found")], "to Eve, who does not see it, it is not there");
    assert_eq!(rows[2]["action"], "create");
    assert_eq!(rows[3]["action"], "unchanged");
    assert_eq!(wrong(&rows[4]), [("email", "duplicate")]);
    assert_eq!(wrong(&rows[5]), [("-", "forbidden")]);
    assert_eq!(wrong(&rows[6]), [("-", "self")]);
    let beyond = preview(&eve, "name,email\nAda,ada@portal.test\n").await;
    assert_eq!(wrong(&beyond["rows"][0]), [("-", "forbidden")], "Ada holds more than Eve does");
    let making =
        send(&eve, "?create_missing=true", "name,email,groups\nD,d@people.test,Night\n").await.ok(200);
    assert_eq!(wrong(&making["rows"][0]), [("groups", "forbidden")]);

    let done = apply(&eve, csv).await;
    assert_eq!(counts(&done), [1, 0, 1, 5]);
    let undo = format!("/undo/{}", done["undo_id"].as_str().unwrap());
    carl.post(&undo, json!({})).await.problem(403, "forbidden");
    eve.post(&undo, json!({})).await.ok(200);
}

#[tokio::test]
async fn the_last_admin_stays_whatever_a_file_says() {
    let portal = Portal::start().await;
    let olga = portal.another_admin("Olga").await;
    let csv = format!("email,groups,state\n{},Vendor,\nada@portal.test,Employee,\n", olga.email);
    let seen = preview(&portal.admin, csv.clone()).await;
    assert_eq!(seen["rows"][0]["action"], "update");
    assert_eq!(wrong(&seen["rows"][1]), [("-", "last-admin")]);
    let both = format!("email,state\nada@portal.test,disabled\n{},disabled\n", olga.email);
    let done = apply(&portal.admin, both).await;
    assert_eq!(wrong(&done["rows"][0]), [("-", "self")]);
    assert_eq!(done["rows"][1]["action"], "update");
    portal.admin.get("/users").await.ok(200);
    olga.get("/users").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_right_that_is_gone_stops_it() {
    let portal = Portal::start().await;
    let permissions = ["users.import", "users.read", "users.write"];
    let group = portal.group("Importers", &permissions).await;
    let eve = portal.person("Eve", std::slice::from_ref(&group)).await;
    let seen = preview(&eve, "name,email,groups\nNia,nia@people.test,Vendor\n").await;
    let path = format!("/users/import/{}/apply", seen["import_id"].as_str().unwrap());
    let without = json!({"permissions": ["users.import", "users.read"]});
    portal.admin.patch(&format!("/groups/{group}"), without).await.ok(200);
    portal
        .assert_nothing_happened(async || {
            eve.post(&path, json!({})).await.problem(403, "forbidden");
        })
        .await;
    portal.admin.patch(&format!("/groups/{group}"), json!({"permissions": []})).await.ok(200);
    eve.post(&path, json!({})).await.problem(403, "forbidden");
    eve.get(path.trim_end_matches("/apply")).await.problem(403, "forbidden");
}

#[tokio::test]
async fn who_may_only_look_may_look_at_a_preview() {
    let portal = Portal::start().await;
    let olga = portal.another_admin("Olga").await;
    let looking = portal.acting_as(&olga, false).await;
    let csv = "name,email\nNia,nia@people.test\n";
    let seen = preview(&looking, csv).await;
    assert_eq!(counts(&seen), [1, 0, 0, 0]);
    portal
        .assert_nothing_happened(async || {
            send(&looking, "?mode=apply", csv).await.problem(403, "impersonating");
            let path = format!("/users/import/{}/apply", seen["import_id"].as_str().unwrap());
            looking.post(&path, json!({})).await.problem(403, "impersonating");
        })
        .await;
}
