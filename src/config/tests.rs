//! What is said of a configuration that is wrong: one line, with the key and where it stands.

use std::path::Path;

use super::{Config, Flags, load, load_without_mail};

fn read(text: &str) -> (String, Result<Config, String>) {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("rollcall.toml");
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap().to_owned();
    (path, load(Some(&file), &Flags::default()).map_err(|error| error.to_string()))
}

#[track_caller]
fn refused(text: &str, what: &str) {
    let (path, read) = read(text);
    let error = read.expect_err(text);
    assert_eq!(error.strip_prefix("configuration: "), Some(&*format!("{what}, in {path}")), "{text}");
}

#[test]
fn a_value_of_another_kind_is_told_in_peoples_words() {
    let address = "must be an address and port such as 127.0.0.1:8080";
    refused("listen = \"localhost:9130\"", &format!("listen: {address}"));
    refused("listen = 8080", &format!("listen: {address}"));
    refused("[tls]\nredirect_listen = \":80\"", &format!("tls.redirect_listen: {address}"));
    refused("[smtp]\nport = 70000", "smtp.port: must be a whole number from 0 to 65535");
    refused("[smtp]\nport = \"many\"", "smtp.port: must be a whole number from 0 to 65535");
    refused("[smtp]\nport = 0", "smtp.port must be a whole number from 1 to 65535");
    refused("[limits]\nconnections = -1", "limits.connections: must be a whole number");
    refused(
        "[limits]\nsign_up_puzzle = 33",
        "limits.sign_up_puzzle must be 32 at most: no browser solves more",
    );
    refused("smtp = \"smtp.example.com\"", "smtp: must be a table of settings ([smtp])");
    refused("[log]\nformat = \"xml\"", "log.format: must be “text” or “json”");
    refused("trusted_proxies = 1", "trusted_proxies: must be a list of texts");
    refused(
        "trusted_proxies = \"10.0.0.0/8,x\"",
        "trusted_proxies: `x` is no address or network such as 10.0.0.0/8",
    );
}

#[test]
fn what_is_no_toml_is_told_in_a_line_without_the_line_itself() {
    let (path, read) = read("[smtp]\nhost = \"a\"\npassword = \"hunter2\" x\n");
    let error = read.unwrap_err();
    assert!(error.starts_with("configuration: line 3, column 22: "), "{error}");
    assert!(error.ends_with(&format!(", in {path}")), "{error}");
    assert!(!error.contains("hunter2") && error.lines().count() == 1, "{error}");
}

#[test]
fn a_list_may_be_a_text() {
    for text in ["\"127.0.0.1, 10.0.0.0/8\"", "\"127.0.0.1 10.0.0.0/8\"", "[\"127.0.0.1\", \"10.0.0.0/8\"]"] {
        let config = read(&format!("trusted_proxies = {text}")).1.unwrap();
        assert_eq!(config.trusted_proxies.len(), 2, "{text}");
        assert!(config.trusted_proxies[1].holds([10, 1, 2, 3].into()));
    }
    assert!(read("trusted_proxies = \"\"").1.unwrap().trusted_proxies.is_empty());
    let acme = "public_url = \"https://a.test\"\ntls.acme.domains = \"a.test b.test\"";
    assert_eq!(read(acme).1.unwrap().tls.acme.domains, ["a.test", "b.test"]);
}

#[test]
fn what_sends_no_mail_asks_for_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rollcall.toml");
    std::fs::write(&file, "[smtp]\nhost = \"mail.test\"\nfrom = \"a@a.test\"\nusername = \"a\"\npassword_file = \"/nowhere/password\"").unwrap();
    assert!(load(Some(&file), &Flags::default()).is_err());
    assert_eq!(load_without_mail(Some(&file), &Flags::default()).unwrap().smtp.host, None);
    std::fs::write(&file, "[smtp]\nhost = \"mail.test\"").unwrap();
    assert!(load_without_mail(Some(&file), &Flags::default()).is_err(), "what is wrong is wrong");
}

#[test]
fn mail_is_set_up_wholly_or_refused() {
    refused(
        "[smtp]\nfrom = \"Portal\"",
        "smtp.from must be like portal@example.com or Portal <portal@example.com>",
    );
    assert!(read("[smtp]\nfrom = \"Portal <portal@example.com>\"").1.is_ok());
    let both = "[smtp]\npassword = \"a\"\npassword_file = \"b\"";
    refused(both, "smtp.password_file can't be set together with smtp.password: give one of them");
    for place in ["/nowhere/password", "/tmp"] {
        let (path, read) = read(&format!("[smtp]\npassword_file = \"{place}\""));
        let error = read.unwrap_err();
        assert!(error.starts_with(&format!("configuration: smtp.password_file {place} can't be read: ")));
        assert!(error.ends_with(&format!(", in {path}")), "{error}");
    }
}

#[test]
fn an_address_that_is_none_is_refused() {
    for url in
        ["http://a\\nb", "https://[::1", "http://a<b>", "http://host:99999", "http://:80", "https://a/b"]
    {
        let what = "public_url must be like https://portal.example.com, without a path";
        refused(&format!("public_url = \"{url}\""), what);
    }
    let directory = "tls.acme.directory must be an address that begins with https://";
    for url in ["https:// x", "http://acme.test/directory", "https://"] {
        refused(&format!("[tls.acme]\ndirectory = \"{url}\""), directory);
    }
}

#[test]
fn a_folder_is_no_file() {
    let error = load(Some(Path::new("/tmp")), &Flags::default()).unwrap_err().to_string();
    assert!(error.starts_with("the configuration file /tmp (--config) can't be read: "), "{error}");
}
