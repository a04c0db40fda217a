//! What somebody with little, or nothing at all, tried to learn, to spend and to fill up.

use rollcall::model::time::Span;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    binary::Rollcall,
    harness::{Person, Portal, id},
    import::{preview, send, wrong},
};

/// Holds so much and nothing else.
async fn narrow(portal: &Portal, name: &str, permissions: &[&str]) -> Person {
    let group = portal.group(&format!("{name}'s group"), permissions).await;
    portal.person(name, &[group]).await
}

/// An object of so many numbers: in memory many times what it is on the wire.
fn numbers(n: usize) -> Value {
    json!({"passkey": {"a": vec![0; n]}})
}

/// A body that does not come whole.
async fn half_sent(portal: &Portal, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(portal.address).await.unwrap();
    let head = format!(
        "POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{}",
        " ".repeat(length / 2)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn one_place_sends_only_a_few_large_bodies_at_a_time_and_is_in_nobodys_way() {
    let portal = Portal::start().await;
    let (ann, nobody) = (portal.customer("Ann").await, portal.anonymous());
    let large = json!({"email": "a".repeat(40_000), "password": "x"});
    nobody.post("/session", large.clone()).await.problem(401, "invalid-credentials");
    nobody.post("/session/step-up", numbers(30_000)).await.problem(401, "unauthenticated");
    let mut coming = Vec::new();
    for _ in 0..4 {
        coming.push(half_sent(&portal, 40_000).await);
    }
    until(async || nobody.post("/session", large.clone()).await.status == 429).await;
    // What is small needs no turn, though its length be not said; and those with power have their own.
    let small = "11\r\n{\"email\": \"a@x.y\"\r\n12\r\n, \"password\": \"x\"}\r\n0\r\n\r\n";
    let mut stream = TcpStream::connect(portal.address).await.unwrap();
    let head = "POST /api/v1/session HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(format!("{head}{small}").as_bytes()).await.unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).await.unwrap();
    assert!(told.starts_with("HTTP/1.1 401 "), "{told}");
    let ids: Vec<String> = (0..9_000).map(|_| ann.id.clone()).collect();
    let all = json!({"action": "disable", "ids": ids});
    assert_eq!(portal.admin.post("/users/bulk", all).await.ok(200)["done"], 1);
    coming.clear();
    until(async || nobody.post("/session", large.clone()).await.status == 401).await;
}

/// Asks until it is so: the portal takes in at its own pace what was sent.
async fn until(so: impl AsyncFn() -> bool) {
    let asked = async {
        while !so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), asked).await.expect("it comes to be so");
}

#[tokio::test]
async fn a_body_of_very_many_values_is_refused_whoever_sends_it() {
    let portal = Portal::start().await;
    let many = json!({"action": "disable", "ids": vec![0; 50_000]});
    portal.admin.post("/users/bulk", many).await.problem(400, "malformed-request");
    let answer = portal.admin.post("/session/step-up", numbers(300)).await.problem(422, "validation-failed");
    assert_eq!(answer["errors"][0]["field"], "passkey");
    // Commas in a text are a text.
    let notes = json!({"name": "Zoë", "email": "zoe@people.test", "notes": ",[{\\\"".repeat(1_000)});
    portal.admin.post("/users", notes).await.ok(201);
}

#[tokio::test]
async fn who_knows_the_password_signs_in_only_so_often_and_keeps_its_owner_from_nothing() {
    let portal = Portal::configured(|config| {
        (config.limits.sign_in_per_account, config.session.per_user) = (1, 1000);
    })
    .await;
    let (ann, bea) = (portal.customer("Ann").await, portal.customer("Bea").await);
    let body = json!({"email": ann.email, "password": ann.password});
    for _ in 0..60 {
        ann.elsewhere().post("/session", body.clone()).await.ok(200);
    }
    let refused = async |person: &Person, path: &str| {
        portal
            .assert_nothing_happened(async || {
                person.post(path, body.clone()).await.problem(429, "too-many-requests");
            })
            .await;
    };
    refused(&ann.elsewhere(), "/session").await;
    bea.elsewhere().sign_in().await;
    // A browser that she uses is counted apart.
    for _ in 0..60 {
        ann.post("/session", body.clone()).await.ok(200);
    }
    refused(&ann, "/session").await;
    ann.post("/session/step-up", json!({"password": ann.password})).await.problem(429, "too-many-requests");
    // One more after a while, and then not for a longer one.
    portal.advance(Span::seconds(30));
    ann.elsewhere().post("/session", body.clone()).await.ok(200);
    refused(&ann.elsewhere(), "/session").await;
    portal.advance(Span::hours(1));
    ann.post("/session", body.clone()).await.ok(200);
}

#[tokio::test]
async fn what_is_no_proof_uses_up_nobodys_tries() {
    let portal = Portal::configured(|config| config.limits.sign_in_per_account = 1).await;
    let ann = portal.customer("Ann").await;
    let app = ann.add_app(&portal).await;
    let nonsense = json!({"passkey": {}});
    let half = ann.elsewhere();
    half.half_sign_in().await;
    for _ in 0..61 {
        ann.post("/session/step-up", nonsense.clone()).await.invalid(&[("passkey", "invalid")]);
        half.post("/session/second-factor", nonsense.clone()).await.invalid(&[("passkey", "invalid")]);
    }
    portal.advance(Span::seconds(60));
    ann.elsewhere().sign_in_with(&portal, &app).await;
}

#[tokio::test]
async fn what_mails_nobody_uses_up_nobodys_mails() {
    let portal = Portal::start().await;
    let (ann, stranger) = (portal.customer("Ann").await, portal.anonymous());
    for _ in 0..6 {
        for email in ["ann+x@people.test", "new@people.test"] {
            stranger.post("/password/forgot", json!({"email": email})).await.ok(202);
        }
    }
    let mails = async || portal.admin.get("/mail").await.ok(200)["total"].as_u64().unwrap();
    let before = mails().await;
    stranger.post("/password/forgot", json!({"email": ann.email})).await.ok(202);
    assert_eq!(mails().await, before + 1);
    stranger.post("/sign-up", json!({"name": "New", "email": "new@people.test"})).await.ok(202);
    assert_eq!(mails().await, before + 2);
    // One mailbox has one count, however its address is spelled.
    for n in 0..6 {
        let one = json!({"name": "New", "email": format!("new+{n}@people.test")});
        stranger.post("/sign-up", one).await.ok(202);
    }
    assert_eq!(mails().await, before + 6);
}

#[tokio::test]
async fn a_project_out_of_sight_has_no_name_in_the_history_of_what_was_done() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let secret = portal.project("Secret merger").await;
    let all = json!({"action": "add-project", "target": secret, "ids": [ann.id]});
    let undo = portal.admin.post("/users/bulk", all).await.ok(200)["undo_id"].as_str().unwrap().to_owned();
    let target = async |person: &Person| {
        let one = person.get(&format!("/undo/{undo}")).await.ok(200);
        assert_eq!(person.get("/undo").await.ok(200)["items"][0], one);
        one["target"].clone()
    };
    assert_eq!(target(&portal.admin).await, json!({"id": secret, "name": "Secret merger"}));
    assert_eq!(target(&narrow(&portal, "Rita", &["users.read"]).await).await, Value::Null);
    let manages = narrow(&portal, "Pam", &["users.read", "projects.manage"]).await;
    assert_eq!(target(&manages).await["name"], "Secret merger");
}

#[tokio::test]
async fn a_preview_tells_nothing_that_its_reader_may_not_read() {
    let portal = Portal::start().await;
    let secret = portal.project("Secret merger").await;
    let member = json!({"name": "Bo", "email": "bo@people.test", "projects": [secret], "notes": "owes us 5"});
    let bo = id(&portal.admin.post("/users", member).await.ok(201));
    portal.create(json!({"name": "Cy", "email": "cy@people.test"})).await;
    let looks = portal.group("Looks", &["users.read", "users.import"]).await;
    let crew = portal.group("Crew", &[]).await;
    let writes = json!({"name": "Writes", "permissions": ["users.write"], "limited_to": [crew]});
    let writes = id(&portal.admin.post("/groups", writes).await.ok(201));
    let eve = portal.person("Eve", &[looks, writes]).await;
    assert_eq!(eve.get(&format!("/users/{bo}")).await.ok(200)["notes"], Value::Null);
    let csv = "name,email,projects\n\
               Bo,bo@people.test,Secret merger\n\
               Cy,cy@people.test,Secret merger\n\
               Bo,bo@people.test,No such thing\n";
    let seen = preview(&eve, csv).await;
    for n in [0, 1] {
        assert_eq!(wrong(&seen["rows"][n]), [("projects", "not-found")], "{seen}");
    }
    for guess in ["owes us 5", "owes us 6"] {
        let seen = preview(&eve, format!("name,email,notes\nBo,bo@people.test,{guess}\n")).await;
        let row = &seen["rows"][0];
        assert_eq!((&row["action"], &row["changes"]), (&json!("unchanged"), &json!({})), "{guess}");
        assert_eq!(row["notes"][0], "The notes are left alone: to read them takes users.write.");
    }
}

#[tokio::test]
async fn a_preview_goes_with_the_rights_that_it_was_made_with() {
    let portal = Portal::start().await;
    let all = ["users.read", "users.write", "users.import", "projects.create"];
    let user = json!({"name": "Bo", "email": "bo@people.test", "notes": "owes us 5"});
    portal.create(user).await;
    let group = portal.group("Importers", &all).await;
    let eve = portal.person("Eve", std::slice::from_ref(&group)).await;
    let seen = preview(&eve, "name,email,notes\nBo,bo@people.test,new\n").await;
    assert_eq!(seen["rows"][0]["changes"]["notes"][0], "owes us 5");
    let path = format!("/users/import/{}", seen["import_id"].as_str().unwrap());
    eve.get(&path).await.ok(200);
    let less = json!({"permissions": ["users.read", "users.import", "projects.create"]});
    portal.admin.patch(&format!("/groups/{group}"), less).await.ok(200);
    eve.get(&path).await.problem(404, "not-found");
}

/// A large file that does not come whole.
async fn half_a_file(portal: &Portal, person: &Person) -> TcpStream {
    let mut stream = TcpStream::connect(portal.address).await.unwrap();
    let cookie = person.cookie().unwrap();
    let head = format!(
        "POST /api/v1/users/import HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\ncontent-type: text/csv\r\n\
         content-length: 2000000\r\n\r\nname,email\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all("Zoë,zoe@people.test\n".repeat(55_000).as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn one_person_sends_only_a_few_large_files_at_a_time() {
    let portal = Portal::start().await;
    let eve = narrow(&portal, "Eve", &["users.import"]).await;
    let mut coming = Vec::new();
    for _ in 0..4 {
        coming.push(half_a_file(&portal, &eve).await);
    }
    // Else what is sent below could have the turn of one of these.
    until(async || portal.large_import_files() == 4).await;
    let (small, large) =
        ("name,email\nZoë,zoe@people.test\n", format!("name,email\n\"{}", "x".repeat(1_100_000)));
    until(async || send(&eve, "", large.clone()).await.status == 409).await;
    preview(&eve, small).await;
    assert_ne!(send(&portal.admin, "", large.clone()).await.status, 409);
    coming.clear();
    until(async || send(&eve, "", large.clone()).await.status != 409).await;
}

#[tokio::test]
async fn no_file_is_taken_in_where_the_disk_is_nearly_full() {
    let portal = Portal::configured(|config| {
        config.limits.free_space = serde_json::from_value(json!("1000000 GiB")).unwrap();
    })
    .await;
    let file = "name,email\nZoë,zoe@people.test\n";
    portal
        .assert_nothing_happened(async || {
            send(&portal.admin, "", file).await.problem(503, "unavailable");
        })
        .await;
}

#[tokio::test]
async fn how_many_are_in_a_group_is_told_to_those_who_see_them() {
    let portal = Portal::start().await;
    let group = portal.group("Alpha", &[]).await;
    portal.person("Ann", std::slice::from_ref(&group)).await;
    let path = format!("/groups/{group}");
    let told = async |person: &Person| {
        let problem = person.delete(&path).await.problem(422, "validation-failed");
        problem["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(told(&portal.admin).await, "Alpha has 1 user. Say where they go.");
    let blind = narrow(&portal, "Gil", &["groups.write"]).await;
    assert_eq!(told(&blind).await, "Alpha has users. Say where they go.");
}

#[tokio::test]
async fn a_program_sees_nothing_of_its_owner_by_another_way() {
    let portal = Portal::start().await;
    let program = portal.admin.program(&["users.read", "users.write"]).await;
    let own = &portal.admin.id;
    portal
        .assert_nothing_happened(async || {
            for what in ["sessions", "factors"] {
                program.get(&format!("/users/{own}/{what}")).await.problem(403, "forbidden");
            }
        })
        .await;
    let ann = portal.vendor("Ann").await;
    program.get(&format!("/users/{}/sessions", ann.id)).await.ok(200);
    program.patch(&format!("/users/{}", ann.id), json!({"phone": "1"})).await.ok(200);
    assert_eq!(id(&program.get("/me").await.ok(200)), *own);
}

#[test]
fn what_others_wrote_moves_nothing_on_a_terminal() {
    let folder = folder_with_admin();
    let file = folder.path().join("evil.csv");
    std::fs::write(&file, "name,email\nX,\u{1b}[2J\u{202e}x@y\n").unwrap();
    let ran = Rollcall::on(&folder.path().join("data"), &["import", file.to_str().unwrap()]).run();
    assert!(ran.err.contains("row 2 (\u{fffd}[2J\u{fffd}x@y): "), "{:?}", ran.err);
    std::fs::write(&file, "\u{1b}]0;x\u{7},mail\nX,y\n").unwrap();
    let ran = Rollcall::on(&folder.path().join("data"), &["import", file.to_str().unwrap()]).run();
    assert!(ran.code == Some(1) && !ran.err.contains('\u{1b}'), "{:?}", ran.err);
}

/// A folder beside whose data there is room for files.
fn folder_with_admin() -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().unwrap();
    let create = ["admin", "create", "--name", "Ada", "--email", "ada@portal.test", "--password-stdin"];
    Rollcall::on(&folder.path().join("data"), &create).told("mellow-otter-42-quartz").ok();
    folder
}

#[test]
fn a_damaged_store_is_told_in_one_line_wherever_it_is_damaged() {
    let folder = folder_with_admin();
    let store = folder.path().join("data/rollcall.redb");
    let whole = std::fs::read(&store).unwrap();
    for n in 0..24 {
        // Pages all over the file, and its head.
        let at = if n < 4 { n * 64 } else { (whole.len() / 4096 * n / 24) * 4096 };
        let mut damaged = whole.clone();
        for (i, byte) in damaged[at..(at + 64).min(whole.len())].iter_mut().enumerate() {
            *byte = (i * 37 + n * 101) as u8;
        }
        std::fs::write(&store, &damaged).unwrap();
        let ran = Rollcall::on(&folder.path().join("data"), &["check"]).run();
        assert!(matches!(ran.code, Some(0 | 1)), "{at}: {ran:?}");
        assert!(ran.code == Some(0) || ran.err.starts_with("rollcall: "), "{at}: {ran:?}");
        assert!(!ran.err.contains("panicked"), "{at}: {ran:?}");
    }
}

/// Else an undo that is left in its midst is brought to its end by the portal itself, which sees everybody.
#[tokio::test]
async fn whoever_is_out_of_sight_is_taken_out_of_an_undo_before_it_begins() {
    let portal = Portal::start().await;
    let (ours, others) = (portal.group("Ours", &[]).await, portal.group("Others", &[]).await);
    let max = portal.caretaker("Max", &[&ours, &others]).await;
    let (ann, bo) =
        (portal.person("Ann", std::slice::from_ref(&ours)).await, portal.person("Bo", &[others]).await);
    let body = json!({"action": "disable", "ids": [ann.id, bo.id]});
    let undo = max.post("/users/bulk", body).await.ok(200)["undo_id"].as_str().unwrap().to_owned();
    let group = portal.admin.get("/groups").await.ok(200);
    let own = group["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|g| g["name"] == "Caretakers with Max")
        .map(id)
        .unwrap();
    portal.admin.patch(&format!("/groups/{own}"), json!({"limited_to": [ours]})).await.ok(200);
    let undone = max.post(&format!("/undo/{undo}"), json!({})).await.ok(200);
    assert_eq!(
        (&undone["undone"], &undone["kept"]),
        (&json!(1), &json!([{"id": bo.id, "code": "not-found"}]))
    );
    assert_eq!(portal.admin.get(&format!("/users/{}", bo.id)).await.ok(200)["state"], "disabled");
    assert_eq!(portal.admin.get(&format!("/users/{}", ann.id)).await.ok(200)["state"], "active");
    let done = portal.admin.get(&format!("/undo/{undo}")).await.ok(200);
    assert_eq!((&done["undone"], &done["kept"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn half_a_sign_in_does_not_outlive_being_disabled() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let app = ann.add_app(&portal).await;
    portal.advance(Span::minutes(1));
    ann.half_sign_in().await;
    let path = format!("/users/{}", ann.id);
    portal.admin.post(&format!("{path}/disable"), json!({})).await.ok(200);
    portal.admin.post(&format!("{path}/enable"), json!({})).await.ok(200);
    let code = json!({"code": app.code(&portal)});
    ann.post("/session/second-factor", code).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn nobody_turns_round_the_names_of_others() {
    let portal = Portal::start().await;
    for name in ["\u{202e}abc", "Ann\u{2066}", "A\u{202a}nn"] {
        let body = json!({"name": name, "email": "ann@people.test", "company": name});
        portal
            .anonymous()
            .post("/sign-up", body.clone())
            .await
            .invalid(&[("name", "invalid"), ("company", "invalid")]);
        portal.admin.post("/users", body).await.invalid(&[("name", "invalid"), ("company", "invalid")]);
    }
    let right = json!({"name": "\u{627}\u{62d}\u{645}\u{62f}", "email": "ahmad@people.test"});
    portal.admin.post("/users", right).await.ok(201);
}

#[tokio::test]
async fn a_description_is_short_enough_for_a_list_of_two_hundred() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let body = |n: usize| json!({"name": format!("Dock {n}"), "description": "\u{1f6a2}".repeat(n)});
    ann.post("/projects", body(2_001)).await.invalid(&[("description", "too-long")]);
    for n in [1, 2_000] {
        ann.post("/projects", body(n)).await.ok(201);
    }
    let list = ann.get("/projects?per_page=1&page=2").await.ok(200);
    assert_eq!((&list["total"], &list["items"][0]["name"]), (&json!(2), &json!("Dock 2000")));
}

/// A clock that was ahead for a moment keeps nobody out for as long.
#[tokio::test]
async fn who_was_made_to_wait_by_a_clock_that_was_ahead_does_not_wait_for_it() {
    let portal = Portal::start().await;
    let ann = portal.customer("Ann").await;
    let stranger = portal.anonymous();
    portal.advance(Span::days(10));
    let wrong = json!({"email": ann.email, "password": "not the password at all"});
    for _ in 0..10 {
        stranger.post("/session", wrong.clone()).await.problem(401, "invalid-credentials");
    }
    stranger.post("/session", wrong.clone()).await.problem(429, "too-many-requests");
    portal.advance(Span::days(-10));
    let right = json!({"email": ann.email, "password": ann.password});
    stranger.post("/session", right).await.ok(200);
}
