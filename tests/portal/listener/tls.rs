//! https by the portal itself.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
};

use serde_json::json;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;

use super::{answer, authority::Authority, get, one, rest, secure, talk};
use crate::{binary::Rollcall, harness::Portal};

const DOMAIN: &str = "portal.test";

/// A portal with a certificate, and plain HTTP beside it.
async fn encrypted(folder: &Path, authority: &Authority) -> Portal {
    let (chain, key) = authority.issue(DOMAIN).put(folder);
    Portal::empty(move |config| {
        config.public_url = Some(format!("https://{DOMAIN}"));
        (config.tls.cert_file, config.tls.key_file) = (Some(chain.clone()), Some(key.clone()));
        config.tls.redirect_listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await
}

async fn ask(portal: &Portal, authority: &Authority, request: &str) -> String {
    let mut stream = authority.connect(portal.address, DOMAIN).await.expect("a certificate that is trusted");
    stream.write_all(request.as_bytes()).await.unwrap();
    one(&mut stream).await
}

#[tokio::test]
async fn the_portal_speaks_https_with_a_certificate_from_files() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    let portal = encrypted(folder.path(), &authority).await;
    let mut stream = authority.connect(portal.address, DOMAIN).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let set_up = portal.set_up_url.clone().unwrap();
    assert!(set_up.starts_with(&format!("https://{DOMAIN}/setup#")), "{set_up}");
    let body = json!({"token": set_up.split_once('#').unwrap().1, "name": "Ada", "email": "ada@portal.test", "password": "mellow-otter-42-quartz"}).to_string();
    let head = format!(
        "POST /api/v1/setup HTTP/1.1\r\nhost: {DOMAIN}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let made = one(&mut stream).await;
    assert!(made.starts_with("HTTP/1.1 201 Created\r\n"), "{made}");
    assert!(made.contains("set-cookie: __Host-rollcall_session=") && made.contains("; Secure"), "{made}");
    // The same connection is kept.
    stream.write_all(get("/health/ready").as_bytes()).await.unwrap();
    let ready = one(&mut stream).await;
    let ready = answer("", ready.as_bytes());
    assert_eq!((ready.status, ready.text().as_str()), (200, "ready\n"));
    assert_eq!(ready.header("strict-transport-security"), Some("max-age=31536000; includeSubDomains"));
}

/// It is shown all the same: else nobody could read in the browser what is wrong.
#[test]
fn a_certificate_that_has_run_out_is_told_in_the_log() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    let (chain, key) = authority.issue_until(DOMAIN, (2020, 1, 2)).put(folder.path());
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let mut portal = Rollcall::on(&folder.path().join("data"), &serve)
        .env("ROLLCALL_PUBLIC_URL", &format!("https://{DOMAIN}"))
        .env("ROLLCALL_TLS__CERT_FILE", chain.to_str().unwrap())
        .env("ROLLCALL_TLS__KEY_FILE", key.to_str().unwrap())
        .spawn();
    let mut log = BufReader::new(portal.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told = log.find(|line| line.contains("the certificate"));
    portal.kill().unwrap();
    portal.wait().unwrap();
    let told = told.unwrap_or_else(|| panic!("nothing is told; the rest: {:?}", log.collect::<Vec<_>>()));
    assert!(
        told.contains("was good until 2020-01-02T00:00:00.000Z and is no more: browsers refuse it"),
        "{told}"
    );
}

#[tokio::test]
async fn whoever_speaks_no_tls_is_left_standing() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    let portal = encrypted(folder.path(), &authority).await;
    let back = talk(portal.address, get("/").as_bytes()).await;
    assert!(!back.starts_with(b"HTTP/"), "{back:?}");
    assert!(authority.connect(portal.address, "other.test").await.is_err());
    assert!(Authority::new().connect(portal.address, DOMAIN).await.is_err());
    assert!(ask(&portal, &authority, &get("/health/live")).await.ends_with("live\n"));
}

#[tokio::test]
async fn plain_http_is_led_to_https_and_nowhere_else() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    let portal = encrypted(folder.path(), &authority).await;
    let address = portal.redirect_address.expect("a plain port");
    let host = "host: evil.test\r\nconnection: close\r\n";
    for (request, location) in [
        (format!("GET / HTTP/1.1\r\n{host}\r\n"), "/"),
        (format!("GET /users?q=zo%C3%AB HTTP/1.1\r\n{host}\r\n"), "/users?q=zo%C3%AB"),
        (format!("HEAD /me HTTP/1.1\r\n{host}\r\n"), "/me"),
        (format!("GET //evil.test/ HTTP/1.1\r\n{host}\r\n"), "//evil.test/"),
        (format!("GET http://evil.test/me HTTP/1.1\r\n{host}\r\n"), "/me"),
    ] {
        let led = answer(&request, &talk(address, request.as_bytes()).await);
        assert_eq!(led.status, 301, "{request}: {led}");
        assert_eq!(led.header("location"), Some(format!("https://{DOMAIN}{location}").as_str()));
        assert_eq!((led.header("strict-transport-security"), led.body.len()), (None, 0));
        secure(&led);
    }
    // A program is told that it is wrong here.
    for request in [
        format!("GET /api/v1/users HTTP/1.1\r\nauthorization: Bearer rc_secret\r\n{host}\r\n"),
        format!("GET @evil.test HTTP/1.1\r\n{host}\r\n"),
        format!("OPTIONS * HTTP/1.1\r\n{host}\r\n"),
        format!("POST /api/v1/session HTTP/1.1\r\n{host}content-length: 2\r\n\r\n{{}}"),
    ] {
        let refused = answer(&request, &talk(address, request.as_bytes()).await);
        refused.problem(400, "malformed-request");
        assert_eq!(refused.header("location"), None);
        secure(&refused);
    }
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let (folder, old) = (TempDir::new().unwrap(), Authority::new());
    let portal = encrypted(folder.path(), &old).await;
    let mut kept = old.connect(portal.address, DOMAIN).await.unwrap();
    kept.write_all(get("/health/live").as_bytes()).await.unwrap();
    one(&mut kept).await;

    // Half of it: the old one stays.
    let new = Authority::new();
    let issued = new.issue(DOMAIN);
    fs::write(folder.path().join("portal.pem"), &issued.chain).unwrap();
    hang_up();
    assert!(ask(&portal, &old, &get("/health/live")).await.ends_with("live\n"));

    issued.put(folder.path());
    hang_up();
    while new.connect(portal.address, DOMAIN).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert!(old.connect(portal.address, DOMAIN).await.is_err());
    kept.write_all(get("/health/live").as_bytes()).await.unwrap();
    assert!(one(&mut kept).await.ends_with("live\n"), "who is there already stays");
}

/// As `systemctl reload` does. A portal with a certificate is running, so it is heard.
fn hang_up() {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP).unwrap();
}

#[tokio::test]
async fn the_stop_closes_tls_connections_too() {
    let (folder, authority) = (TempDir::new().unwrap(), Authority::new());
    let portal = encrypted(folder.path(), &authority).await;
    let mut idle = authority.connect(portal.address, DOMAIN).await.unwrap();
    idle.write_all(get("/health/live").as_bytes()).await.unwrap();
    one(&mut idle).await;
    // One that has not even agreed on TLS.
    let mut silent = super::connect(portal.address).await;
    let portal = portal.restart().await;
    assert_eq!((rest(&mut idle).await, rest(&mut silent).await), (Vec::new(), Vec::new()));
    assert!(ask(&portal, &authority, &get("/health/live")).await.ends_with("live\n"));
}

#[test]
fn what_does_not_go_together_stops_the_start() {
    let folder = TempDir::new().unwrap();
    let authority = Authority::new();
    let (chain, key) = authority.issue(DOMAIN).put(folder.path());
    let (chain, key) = (chain.to_str().unwrap().to_owned(), key.to_str().unwrap().to_owned());
    fs::write(folder.path().join("nonsense"), "nonsense").unwrap();
    let nonsense = folder.path().join("nonsense").to_str().unwrap().to_owned();
    fs::write(folder.path().join("other.key"), authority.issue(DOMAIN).key).unwrap();
    let other = folder.path().join("other.key").to_str().unwrap().to_owned();
    let data = folder.path().join("data");
    let file = folder.path().join("rollcall.toml").to_str().unwrap().to_owned();
    let both = format!("cert_file = {chain:?}\nkey_file = {key:?}");
    let https = "public_url = \"https://portal.test\"";
    let acme = "acme.domains = [\"portal.test\"]";
    for (top, tls, code, words) in [
        (https, format!("cert_file = {chain:?}"), 2, ["tls.cert_file", "tls.key_file"]),
        (https, format!("key_file = {key:?}"), 2, ["tls.key_file", "tls.cert_file"]),
        ("public_url = \"http://portal.test\"", both.clone(), 2, ["public_url", "https://"]),
        (
            https,
            "redirect_listen = \"127.0.0.1:0\"".to_owned(),
            2,
            ["tls.redirect_listen", "tls.acme.domains"],
        ),
        (https, format!("{both}\n{acme}"), 2, ["tls.acme.domains", "tls.cert_file"]),
        (https, "acme.contact = \"ada@portal.test\"".to_owned(), 2, ["tls.acme.contact", "tls.acme.domains"]),
        (
            https,
            format!("{acme}\nacme.directory = \"http://ca.test\""),
            2,
            ["tls.acme.directory", "https://"],
        ),
        (https, "acme.domains = [\"*.portal.test\"]".to_owned(), 2, ["tls.acme.domains", "*.portal.test"]),
        (https, "acme.domains = [\"192.0.2.1\"]".to_owned(), 2, ["tls.acme.domains", "192.0.2.1"]),
        (https, "acme.domains = [\"other.test\"]".to_owned(), 2, ["tls.acme.domains", "portal.test"]),
        (https, "acme.domain = \"portal.test\"".to_owned(), 2, ["tls.acme.domain", "no such setting"]),
        (
            https,
            format!("cert_file = {chain:?}\nkey_file = \"/nowhere/key\""),
            1,
            ["tls.key_file", "/nowhere/key"],
        ),
        (https, format!("cert_file = {nonsense:?}\nkey_file = {key:?}"), 1, ["tls.cert_file", &nonsense]),
        (https, format!("cert_file = {chain:?}\nkey_file = {nonsense:?}"), 1, ["tls.key_file", &nonsense]),
        (
            https,
            format!("cert_file = {chain:?}\nkey_file = {other:?}"),
            1,
            ["tls.key_file", "not the certificate's"],
        ),
        (https, format!("{acme}\nacme.ca_file = {nonsense:?}"), 1, ["tls.acme.ca_file", &nonsense]),
    ] {
        fs::write(&file, format!("{top}\n[tls]\n{tls}\n")).unwrap();
        let ran = Rollcall::on(&data, &["serve", "--listen", "127.0.0.1:0", "--config", &file]).run();
        ran.refused(code, &words);
        assert!(code == 1 || ran.err.contains(&file), "the file is named: {ran:?}");
        assert!(!data.exists(), "nothing was begun");
    }
}
