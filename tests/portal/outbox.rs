//! The outbox: every mail, what became of it, and what an admin can do about it.

use serde_json::{Value, json};

use rollcall::model::time::Span;

use super::{
    harness::{Portal, id, token},
    smtp::{Fault, Server},
};

const ZOE: &str = "zoe@people.test";

impl Portal {
    async fn welcome(&self, email: &str) -> Value {
        self.create(json!({"name": "Zoë", "email": email, "welcome": {"send": true}})).await
    }

    async fn mail(&self, mail: &Value) -> Value {
        self.admin.get(&format!("/mail/{}", id(mail))).await.ok(200)
    }

    /// Asks until the newest mail to an address is as it should be: the worker notes it after
    /// the server has answered.
    async fn until_mail(&self, to: &str, so: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                let mail = self.newest_mail(to).await;
                if so(&mail) {
                    return mail;
                }
            }
        };
        let deadline = std::time::Duration::from_secs(20);
        match tokio::time::timeout(deadline, wait).await {
            Ok(mail) => mail,
            Err(_) => panic!("it did not become so: {}", self.newest_mail(to).await),
        }
    }

    async fn on_mail(&self, mail: &Value, action: &str) -> super::harness::Answer {
        self.admin.post(&format!("/mail/{}/{action}", id(mail)), json!({})).await
    }
}

#[tokio::test]
async fn without_a_server_mail_waits_and_its_link_is_handed_over() {
    let portal = Portal::start().await;
    assert_eq!(portal.anonymous().get("/portal").await.ok(200)["mail"], "outbox");
    let user = portal.welcome(ZOE).await;
    assert_eq!(user["welcome"], json!({"state": "queued", "at": "2026-11-24T09:00:00.000Z"}));
    let mail = portal.newest_mail(ZOE).await;
    assert_eq!((&mail["state"], &mail["attempts"]), (&json!("queued"), &json!(0)));
    for nothing in ["next_attempt_at", "last_error", "server_reply", "done_at"] {
        assert_eq!(mail[nothing], Value::Null, "{nothing}: nothing claims that it was or will be tried");
    }
    assert_eq!((&mail["to_name"], &mail["user_id"]), (&json!("Zoë"), &user["id"]));
    let link = portal.on_mail(&mail, "link").await.ok(200);
    assert_eq!(link["expires_at"], "2026-12-01T09:00:00.000Z");
    let token = token(&link["url"]);
    for part in ["text", "html"] {
        let text = mail[part].as_str().unwrap();
        assert!(text.contains('…') && !text.contains(&token) && !text.contains("/link#"), "{text}");
    }
    let shown = portal.admin.get("/activity?action=link.shown").await.ok(200);
    assert_eq!((&shown["total"], &shown["items"][0]["actor"]["id"]), (&json!(1), &json!(portal.admin.id)));
    let theirs = portal.admin.get(&format!("/users/{}/activity", id(&user))).await.ok(200);
    assert_eq!(theirs["items"][0], shown["items"][0], "the user's own activity tells of it");
    assert_eq!(shown["items"][0]["subject"], json!({"kind": "user", "id": user["id"], "name": "Zoë"}));
    assert_eq!(shown["items"][0]["changes"], json!({"mail": [null, mail["subject"]]}));
    let about = portal.anonymous().post("/links/inspect", json!({"token": token})).await;
    assert_eq!(about.ok(200)["email"], ZOE);
    let retried = portal.on_mail(&mail, "retry").await.ok(200);
    assert_eq!((&retried["state"], &retried["next_attempt_at"]), (&json!("queued"), &Value::Null));
}

#[tokio::test]
async fn what_was_sent_says_so_with_the_servers_words() {
    let smtp = Server::start().await;
    let portal = Portal::with_smtp(&smtp).await;
    assert_eq!(portal.anonymous().get("/portal").await.ok(200)["mail"], "smtp");
    let user = portal.welcome(ZOE).await;
    let arrived = smtp.next_mail().await;
    let mail = portal.until_mail(ZOE, |mail| mail["state"] == "sent").await;
    assert_eq!((&mail["attempts"], &mail["last_error"]), (&json!(1), &Value::Null));
    assert_eq!(mail["server_reply"], "250 2.0.0 Ok: queued as 4F");
    assert_eq!(
        (&mail["next_attempt_at"], &mail["done_at"]),
        (&Value::Null, &json!("2026-11-24T09:00:00.000Z"))
    );
    let port = portal.address.port();
    assert!(arrived.link().starts_with(&format!("http://localhost:{port}/link#")), "{}", arrived.link());
    let user = portal.admin.get(&format!("/users/{}", id(&user))).await.ok(200);
    assert_eq!(user["welcome"]["state"], "sent");
    portal
        .assert_nothing_happened(async || {
            portal.on_mail(&mail, "retry").await.problem(409, "conflict");
            portal.on_mail(&mail, "cancel").await.problem(409, "conflict");
        })
        .await;
    assert!(smtp.arrived().await.is_empty(), "once");
}

#[tokio::test]
async fn while_the_server_is_down_all_goes_on_and_the_outbox_says_why() {
    let mut smtp = Server::start().await;
    let portal = Portal::with_smtp(&smtp).await;
    smtp.stop().await;
    let user = portal.welcome(ZOE).await;
    assert_eq!(user["welcome"]["state"], "queued");
    let mail = portal.until_mail(ZOE, |mail| mail["attempts"] == 1).await;
    assert!(mail["last_error"].as_str().unwrap().contains("refused the connection"), "{mail}");
    assert_eq!(
        (&mail["state"], &mail["next_attempt_at"]),
        (&json!("queued"), &json!("2026-11-24T09:01:00.000Z"))
    );
    portal.advance(Span::minutes(1));
    let mail = portal.until_mail(ZOE, |mail| mail["attempts"] == 2).await;
    assert_eq!(mail["next_attempt_at"], "2026-11-24T09:03:00.000Z");
    smtp.resume().await;
    portal.advance(Span::minutes(2));
    assert_eq!(smtp.next_mail().await.to, ZOE);
    let mail = portal.until_mail(ZOE, |mail| mail["state"] == "sent").await;
    assert_eq!((&mail["attempts"], &mail["last_error"]), (&json!(3), &Value::Null));
    assert!(smtp.arrived().await.is_empty(), "once");
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_says_nothing() {
    let smtp = Server::start().await;
    smtp.script([Fault::Silent]);
    let portal = Portal::with_smtp(&smtp).await;
    portal.welcome(ZOE).await;
    smtp.said("connect").await;
    let mail = portal.newest_mail(ZOE).await;
    assert_eq!((&mail["state"], &mail["attempts"]), (&json!("queued"), &json!(0)));
    let found = portal.admin.get("/users?q=zoe").await.ok(200);
    assert_eq!(found["items"][0]["welcome"]["state"], "queued");
}

#[tokio::test]
async fn what_the_server_refuses_failed_and_can_be_tried_again() {
    let smtp = Server::start().await;
    smtp.script([Fault::Reply("RCPT", "550 5.1.1 No such user")]);
    let portal = Portal::with_smtp(&smtp).await;
    portal.welcome(ZOE).await;
    let mail = portal.until_mail(ZOE, |mail| mail["state"] == "failed").await;
    assert!(mail["last_error"].as_str().unwrap().contains("No such user"), "{mail}");
    assert_eq!(
        (&mail["next_attempt_at"], &mail["done_at"]),
        (&Value::Null, &json!("2026-11-24T09:00:00.000Z"))
    );
    let failed = portal.admin.get("/mail?state=failed").await.ok(200);
    assert_eq!((&failed["total"], &failed["items"][0]["id"]), (&json!(1), &mail["id"]));
    portal.tidy();
    assert_eq!(portal.admin.get("/mail?state=failed").await.ok(200), failed, "by its own list");
    assert_eq!(portal.admin.get("/stats").await.ok(200)["failed_mail"], 1);
    portal
        .assert_nothing_happened(async || portal.on_mail(&mail, "cancel").await.problem(409, "conflict"))
        .await;
    assert_eq!(portal.on_mail(&mail, "retry").await.ok(200)["state"], "queued");
    assert_eq!(portal.admin.get("/stats").await.ok(200)["failed_mail"], 0);
    assert_eq!(smtp.next_mail().await.to, ZOE);
    let mail = portal.until_mail(ZOE, |mail| mail["state"] == "sent").await;
    assert_eq!(mail["attempts"], 2);
    let retried = portal.admin.get("/activity?action=mail.retried").await.ok(200);
    assert_eq!((&retried["total"], &retried["items"][0]["subject"]["id"]), (&json!(1), &mail["id"]));
}

#[tokio::test]
async fn what_is_cancelled_does_not_go_out() {
    let mut smtp = Server::start().await;
    let portal = Portal::with_smtp(&smtp).await;
    smtp.stop().await;
    portal.welcome(ZOE).await;
    let mail = portal.until_mail(ZOE, |mail| mail["attempts"] == 1).await;
    let cancelled = portal.on_mail(&mail, "cancel").await.ok(200);
    assert_eq!((&cancelled["state"], &cancelled["next_attempt_at"]), (&json!("cancelled"), &Value::Null));
    portal.assert_nothing_happened(async || portal.on_mail(&mail, "cancel").await.ok(200)).await;
    smtp.resume().await;
    portal.advance(Span::hours(1));
    portal.admin.sign_in().await;
    // Another mail goes out, and this one stays.
    portal.welcome("bob@people.test").await;
    assert_eq!(smtp.next_mail().await.to, "bob@people.test");
    assert_eq!(portal.mail(&mail).await["state"], "cancelled");
    portal.on_mail(&mail, "retry").await.ok(200);
    assert_eq!(smtp.next_mail().await.to, ZOE, "unless somebody wants it to");
    let activity = portal.admin.get("/activity?action=mail").await.ok(200);
    assert_eq!(activity["total"], 2);
}

#[tokio::test]
async fn a_mail_whose_link_is_dead_is_not_sent() {
    let mut smtp = Server::start().await;
    let portal = Portal::with_smtp(&smtp).await;
    smtp.stop().await;
    let user = portal.welcome(ZOE).await;
    let mail = portal.until_mail(ZOE, |mail| mail["attempts"] == 1).await;
    portal.admin.post(&format!("/users/{}/password-link", id(&user)), json!({})).await.ok(200);
    portal
        .assert_nothing_happened(async || {
            portal.on_mail(&mail, "retry").await.problem(409, "conflict");
            portal.on_mail(&mail, "link").await.problem(410, "link-expired");
        })
        .await;
    smtp.resume().await;
    portal.advance(Span::minutes(1));
    let mail = portal.until_mail(ZOE, |mail| mail["state"] == "failed").await;
    assert!(mail["last_error"].as_str().unwrap().contains("link does not work any more"), "{mail}");
    assert!(smtp.arrived().await.is_empty());
}

#[tokio::test]
async fn the_copy_for_the_records_has_no_link() {
    let smtp = Server::start().await;
    let portal = Portal::with_smtp(&smtp).await;
    let welcome = json!({"send": true, "bcc_me": true, "subject": "Willkommen bei Künig & Söhne 製作所", "message": "See you <soon>."});
    portal.create(json!({"name": "Zoë", "email": ZOE, "welcome": welcome})).await;
    let mut arrived = [smtp.next_mail().await, smtp.next_mail().await];
    arrived.sort_by_key(|mail| mail.to != ZOE);
    let [welcome, copy] = arrived;
    assert_eq!((welcome.to.as_str(), copy.to.as_str()), (ZOE, portal.admin.email.as_str()));
    for mail in [&welcome, &copy] {
        assert_eq!(mail.subject, "Willkommen bei Künig & Söhne 製作所");
        assert!(
            mail.text.contains("See you <soon>.") && mail.html.contains("See you &lt;soon&gt;."),
            "{}",
            mail.html
        );
    }
    assert!(!copy.text.contains("/link#") && !copy.html.contains("/link#"), "{}", copy.text);
    assert!(copy.text.contains("The one-time link stood here"), "{}", copy.text);
    assert!(!copy.text.contains(&welcome.token()) && !copy.html.contains(&welcome.token()));
    let mail = portal.newest_mail(&portal.admin.email).await;
    assert_eq!((&mail["kind"], &mail["has_link"]), (&json!("welcome-copy"), &json!(false)));
    portal
        .assert_nothing_happened(async || portal.on_mail(&mail, "link").await.problem(404, "not-found"))
        .await;
}

#[tokio::test]
async fn each_user_has_the_mails_that_went_to_them() {
    let portal = Portal::start().await;
    let user = portal.welcome(ZOE).await;
    portal.welcome("bob@people.test").await;
    let path = format!("/users/{}", id(&user));
    portal.admin.post(&format!("{path}/send-welcome"), json!({})).await.ok(200);
    portal.admin.patch(&path, json!({"email": "moved@people.test"})).await.ok(200);
    let mails = portal.admin.get(&format!("{path}/mail")).await.ok(200);
    let kinds: Vec<_> = mails["items"].as_array().unwrap().iter().map(|mail| &mail["kind"]).collect();
    assert_eq!(kinds, ["email-changed", "welcome", "welcome"]);
    assert_eq!(mails["items"][0]["to"], ZOE, "the old address is told");
    let paged = portal.admin.get(&format!("{path}/mail?per_page=1&page=2")).await.ok(200);
    assert_eq!((&paged["total"], &paged["items"][0]), (&json!(3), &mails["items"][1]));
    let all = portal.admin.get("/mail?state=queued&per_page=2&page=2").await.ok(200);
    assert_eq!((&all["total"], all["items"].as_array().unwrap().len()), (&json!(4), 2));
    assert_eq!(portal.admin.get("/mail?state=sent").await.ok(200)["total"], 0);
    portal.admin.get("/mail?state=lost").await.invalid(&[("state", "invalid")]);
    portal.admin.get("/mail?page=0").await.invalid(&[("page", "invalid")]);
    for missing in ["nonsense", "0192c4a0-0000-7000-8000-000000000000"] {
        portal.admin.get(&format!("/mail/{missing}")).await.problem(404, "not-found");
        portal.admin.post(&format!("/mail/{missing}/retry"), json!({})).await.problem(404, "not-found");
    }
}

#[tokio::test]
async fn a_link_is_shown_only_to_those_who_hold_what_its_user_holds() {
    let portal = Portal::start().await;
    let readers = portal.group("Readers", &["users.read", "mail.read"]).await;
    let managers = portal.group("Managers", &["users.read", "users.write", "mail.read"]).await;
    let (reader, manager) =
        (portal.person("Rita", &[readers]).await, portal.person("Max", &[managers]).await);
    let vendor = super::harness::built_in(rollcall::model::group::BuiltIn::Vendor);
    let admin = super::harness::built_in(rollcall::model::group::BuiltIn::Admin);
    let body = |email: &str, group: &str| json!({"name": "New", "email": email, "groups": [group], "welcome": {"send": true}});
    portal.create(body("vendor@people.test", &vendor)).await;
    portal.create(body("boss@people.test", &admin)).await;
    let link = async |email: &str| format!("/mail/{}/link", id(&portal.newest_mail(email).await));
    let (to_vendor, to_boss) = (link("vendor@people.test").await, link("boss@people.test").await);
    portal
        .assert_nothing_happened(async || {
            reader.post(&to_vendor, json!({})).await.problem(403, "forbidden");
            let problem = manager.post(&to_boss, json!({})).await.problem(403, "forbidden");
            assert!(problem["detail"].as_str().unwrap().contains("settings.write"), "{problem}");
            portal.anonymous().get("/mail").await.problem(401, "unauthenticated");
        })
        .await;
    manager.post(&to_vendor, json!({})).await.ok(200);
    assert_eq!(reader.get("/mail").await.ok(200)["total"], 2);
}

#[tokio::test]
async fn what_was_queued_before_the_stop_goes_out_after_the_start() {
    let mut smtp = Server::start().await;
    let portal = Portal::with_smtp(&smtp).await;
    smtp.stop().await;
    portal.welcome(ZOE).await;
    portal.until_mail(ZOE, |mail| mail["attempts"] == 1).await;
    let portal = portal.restart().await;
    smtp.resume().await;
    portal.advance(Span::minutes(1));
    let arrived = smtp.next_mail().await;
    let about = portal.anonymous().post("/links/inspect", json!({"token": arrived.token()})).await;
    assert_eq!(about.ok(200)["purpose"], "welcome");
    portal.until_mail(ZOE, |mail| mail["state"] == "sent").await;
    assert!(smtp.arrived().await.is_empty(), "once");
}
