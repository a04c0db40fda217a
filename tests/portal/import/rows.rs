//! What becomes of a row.

use rollcall::model::group::BuiltIn;
use serde_json::{Value, json};

use super::{
    super::harness::{Portal, built_in, id},
    actions, apply, by_email, counts, preview, send, wrong,
};

const OWN: &str = "id,name,email,company,phone,groups,projects,state,created_at,last_seen_at,notes";

#[tokio::test]
async fn rows_match_by_id_if_it_is_known_else_by_e_mail() {
    let portal = Portal::start().await;
    let ann = id(&portal.create(json!({"name": "Ann", "email": "ann@people.test"})).await);
    let bo = id(&portal.create(json!({"name": "Bo", "email": "bo@people.test"})).await);
    let unknown = "01935000-0000-7000-8000-000000000000";
    let csv = format!(
        "id,name,email\n{ann},Ann,anne@people.test\n{unknown},Bob,bo@people.test\n{unknown},Cy,cy@people.test\n\
         nonsense,Dee,dee@people.test\n"
    );
    let done = apply(&portal.admin, csv).await;
    assert_eq!(actions(&done), ["update", "update", "create", "create"]);
    assert_eq!(done["rows"][0]["changes"], json!({"email": ["ann@people.test", "anne@people.test"]}));
    assert_eq!(portal.admin.get(&format!("/users/{ann}")).await.ok(200)["email"], "anne@people.test");
    assert_eq!(
        portal.newest_mail("ann@people.test").await["kind"],
        "email-changed",
        "the old address is told"
    );
    assert_eq!(portal.admin.get(&format!("/users/{bo}")).await.ok(200)["name"], "Bob");
    assert_ne!(id(&by_email(&portal, "cy@people.test").await), unknown, "nobody is given an id");

    let csv = format!("id,name,email\n{ann},Ann,bo@people.test\n{bo},Bobby,\n{unknown},X,\n");
    let seen = preview(&portal.admin, csv).await;
    assert_eq!(wrong(&seen["rows"][0]), [("email", "taken")]);
    assert_eq!(seen["rows"][1]["changes"], json!({"name": ["Bob", "Bobby"]}));
    assert_eq!(wrong(&seen["rows"][2]), [("email", "required")]);
}

#[tokio::test]
async fn of_rows_about_one_user_the_first_wins() {
    let portal = Portal::start().await;
    let ann = id(&portal.create(json!({"name": "Ann", "email": "ann@people.test"})).await);
    let csv = format!(
        "id,name,email\n,Cy,cy@people.test\n,Cyd,CY@People.TEST\n,Anna,ann@people.test\n{ann},Anne,ann@people.test\n\
         {ann},Annie,annie@people.test\n,Ann Again,ANN@people.test\n,,dee@people.test\n,Dee,dee@people.test\n"
    );
    let seen = apply(&portal.admin, csv).await;
    assert_eq!(actions(&seen), ["create", "error", "update", "error", "error", "error", "error", "create"]);
    for n in [1, 3, 4, 5] {
        assert_eq!(wrong(&seen["rows"][n]), [("email", "duplicate")]);
    }
    assert!(seen["rows"][1]["errors"][0]["message"].as_str().unwrap().contains("Row 2"));
    assert_eq!(portal.admin.get(&format!("/users/{ann}")).await.ok(200)["name"], "Anna");
}

#[tokio::test]
async fn an_empty_cell_clears_under_our_own_header_and_nowhere_else() {
    let portal = Portal::start().await;
    let project = portal.project("Pier").await;
    let body = json!({"name": "Ann", "email": "ann@people.test", "company": "Acme", "phone": "+1", "notes": "n",
        "groups": [built_in(BuiltIn::Vendor)], "projects": [project]});
    let ann = id(&portal.create(body).await);
    for csv in [
        "name,email,company,phone,notes,groups,projects,state\n,ann@people.test,,, ,,,\n".to_owned(),
        "email\nann@people.test\n".to_owned(),
        format!("{OWN},extra\n{ann},,ann@people.test,,,,,,,,,\n"),
    ] {
        let seen = preview(&portal.admin, csv.clone()).await;
        assert_eq!(counts(&seen), [0, 0, 1, 0], "{csv}: {seen}");
    }
    let own = apply(&portal.admin, format!("{OWN}\n{ann},Ann,ann@people.test,,,,,,,,\n")).await;
    let cleared = json!({"company": ["Acme", null], "phone": ["+1", null], "notes": ["n", null],
        "groups": [["Vendor"], ["Customer"]], "projects": [["Pier"], []]});
    assert_eq!(own["rows"][0]["changes"], cleared);
    let now = portal.admin.get(&format!("/users/{ann}")).await.ok(200);
    assert_eq!((&now["company"], &now["notes"], &now["projects"]), (&Value::Null, &Value::Null, &json!(0)));
    let needed = preview(&portal.admin, format!("{OWN}\n{ann},,,,,,,,,,\n")).await;
    assert_eq!(wrong(&needed["rows"][0]), [("name", "required"), ("email", "required")]);

    let undo = format!("/undo/{}", own["undo_id"].as_str().unwrap());
    portal.admin.post(&undo, json!({})).await.ok(200);
    let back = portal.admin.get(&format!("/users/{ann}")).await.ok(200);
    assert_eq!((&back["company"], &back["groups"][0]["name"]), (&json!("Acme"), &json!("Vendor")));
    assert_eq!(portal.admin.get(&format!("/users/{ann}/projects")).await.ok(200)["total"], 1);
}

#[tokio::test]
async fn nothing_in_a_file_lets_anybody_in() {
    let portal = Portal::start().await;
    let dan = portal.disabled("Dan").await;
    let gone = portal.customer("Gone").await;
    portal.admin.delete(&format!("/users/{}", gone.id)).await.ok(204);
    let csv = format!(
        "name,email,state\nDan,{},active\nDaniel,{},active\nGone,{},active\nX,x@people.test,sleeping\n",
        dan.email,
        dan.email.to_uppercase(),
        gone.email
    );
    let seen = apply(&portal.admin, csv).await;
    assert_eq!(seen["rows"][0]["action"], "unchanged");
    assert_eq!(wrong(&seen["rows"][1]), [("email", "duplicate")]);
    assert_eq!(wrong(&seen["rows"][2]), [("email", "in-bin")]);
    assert_eq!(wrong(&seen["rows"][3]), [("state", "invalid")]);
    let renamed = apply(&portal.admin, format!("name,email,state\nDaniel,{},active\n", dan.email)).await;
    assert_eq!(renamed["rows"][0]["changes"], json!({"name": ["Dan", "Daniel"]}));
    assert_eq!(by_email(&portal, &dan.email).await["state"], "disabled");
}

#[tokio::test]
async fn a_file_disables_at_once_everywhere() {
    let portal = Portal::start().await;
    let carl = portal.customer("Carl").await;
    carl.get("/session").await.ok(200);
    let done = apply(&portal.admin, format!("email,state\n{},disabled\n", carl.email)).await;
    assert_eq!(done["rows"][0]["changes"], json!({"state": ["active", "disabled"]}));
    carl.get("/session").await.problem(401, "unauthenticated");
    let new = apply(&portal.admin, "name,email,state\nNia,nia@people.test,disabled\n").await;
    assert_eq!(new["rows"][0]["changes"]["state"], json!([null, "disabled"]));
    assert_eq!(by_email(&portal, "nia@people.test").await["state"], "disabled");
}

#[tokio::test]
async fn groups_replace_and_are_made_on_request() {
    let portal = Portal::start().await;
    let body = json!({"name": "Ann", "email": "ann@people.test", "groups": [built_in(BuiltIn::Vendor)]});
    portal.create(body).await;
    portal.project("Pier").await;
    let csv = "name,email,groups,projects\nAnn,ann@people.test,employee; Night  Shift,pier; Dock\n\
               Bo,bo@people.test,NIGHT shift,Dock\nCy,cy@people.test,Vendor;vendor; ,\n";
    let seen = preview(&portal.admin, csv).await;
    assert_eq!(counts(&seen), [1, 0, 0, 2]);
    assert_eq!(wrong(&seen["rows"][0]), [("groups", "not-found")]);
    assert_eq!(wrong(&seen["rows"][1]), [("groups", "not-found"), ("projects", "not-found")]);
    let seen = send(&portal.admin, "?create_missing=true", csv).await.ok(200);
    assert_eq!(seen["makes"], json!({"groups": ["Night  Shift"], "projects": ["Dock"]}));
    assert_eq!(seen["rows"][0]["changes"]["groups"], json!([["Vendor"], ["Employee", "Night  Shift"]]));
    let path = format!("/users/import/{}/apply", seen["import_id"].as_str().unwrap());
    let done = portal.admin.post(&path, json!({})).await.ok(200);
    let names = |user: &Value| {
        let groups = user["groups"].as_array().unwrap();
        groups.iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&by_email(&portal, "ann@people.test").await), ["Employee", "Night  Shift"]);
    assert_eq!(names(&by_email(&portal, "bo@people.test").await), ["Night  Shift"]);
    assert_eq!(names(&by_email(&portal, "cy@people.test").await), ["Vendor"]);
    let projects = portal.admin.get("/projects").await.ok(200);
    let members: Vec<_> =
        projects["items"].as_array().unwrap().iter().map(|p| (&p["name"], &p["members"])).collect();
    assert_eq!(members, [(&json!("Dock"), &json!(3)), (&json!("Pier"), &json!(2))], "the admin, Ann and Bo");

    let undo = format!("/undo/{}", done["undo_id"].as_str().unwrap());
    portal.admin.post(&undo, json!({})).await.ok(200);
    assert_eq!(names(&by_email(&portal, "ann@people.test").await), ["Vendor"]);
    assert_eq!(
        portal.admin.get("/projects").await.ok(200)["total"],
        1,
        "what was made for it is gone with it"
    );
    assert_eq!(portal.admin.get("/groups").await.ok(200)["total"], 4);
}

#[tokio::test]
async fn everything_wrong_with_a_row_is_told_at_once() {
    let portal = Portal::start().await;
    let long = "x".repeat(201);
    let csv =
        format!("name,email,company,phone,groups\n{long},not an address,\"a\nb\",\u{0},A;B\n,,,,Nobody\n");
    let seen = preview(&portal.admin, csv).await;
    let expected = [("name", "too-long"), ("email", "invalid"), ("company", "invalid"), ("phone", "invalid")];
    assert_eq!(wrong(&seen["rows"][0]), expected);
    assert_eq!(
        wrong(&seen["rows"][1]),
        [("name", "required"), ("email", "required"), ("groups", "not-found")]
    );
}
