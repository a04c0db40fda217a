//! Files of other programs: their encodings, separators and headers.

use rollcall::model::group::BuiltIn;
use serde_json::{Value, json};

use super::{
    super::harness::{Portal, built_in, encode},
    actions, apply, counts, preview, send,
};

fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

#[tokio::test]
async fn encodings_and_separators_are_recognised() {
    let portal = Portal::start().await;
    let western =
        |text: &str| text.chars().map(|c| if c == '€' { 0x80 } else { c as u8 }).collect::<Vec<_>>();
    let text = |separator: &str| format!("name{separator}email\r\nJosé{separator}jose@people.test\r\n");
    for (bytes, encoding, separator) in [
        (text(",").into_bytes(), "UTF-8", ","),
        (format!("\u{feff}{}", text(";")).into_bytes(), "UTF-8", ";"),
        (utf16(&format!("\u{feff}{}", text("\t")), u16::to_le_bytes), "UTF-16LE", "\t"),
        (utf16(&format!("\u{feff}{}", text(",")), u16::to_be_bytes), "UTF-16BE", ","),
        (western(&text(";")), "Windows-1252", ";"),
        (format!("sep=;\r\n{}", text(";")).into_bytes(), "UTF-8", ";"),
        (text(",").replace("\r\n", "\n").into_bytes(), "UTF-8", ","),
        (text(",").replace("\r\n", "\r").into_bytes(), "UTF-8", ","),
    ] {
        let seen = preview(&portal.admin, bytes).await;
        assert_eq!(
            (&seen["file"]["encoding"], &seen["file"]["separator"]),
            (&json!(encoding), &json!(separator))
        );
        assert_eq!(seen["rows"][0]["changes"]["name"], json!([null, "José"]), "{encoding} {separator:?}");
        assert_eq!(counts(&seen), [1, 0, 0, 0]);
    }
    let declared = portal.admin.ask("POST", "/users/import");
    let declared = declared
        .body("text/csv; charset=utf-8; header=present", western("name;email\nZoë €;z@people.test\n"));
    assert_eq!(declared.send().await.ok(200)["rows"][0]["changes"]["name"], json!([null, "Zoë €"]));
}

#[tokio::test]
async fn google_workspace() {
    let portal = Portal::start().await;
    let csv = "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],\
        Password Hash Function [UPLOAD ONLY],Org Unit Path [Required],Status [READ ONLY],Last Sign In [READ ONLY],\
        Work Phone,Mobile Phone,Department\n\
        Ann,Smith,ann@people.test,****,,/,Active,2026/11/01 10:00:00,,+49 1,Sales\n\
        Bo,,bo@people.test,secret-1234,,/,Suspended,Never logged in,+49 2,+49 3,\n";
    let done = apply(&portal.admin, csv).await;
    assert_eq!(done["file"]["source"], "google-workspace");
    let customer = json!([null, ["Customer"]]);
    let ann = json!({"name": [null, "Ann Smith"], "email": [null, "ann@people.test"], "phone": [null, "+49 1"], "groups": customer});
    let bo = json!({"name": [null, "Bo"], "email": [null, "bo@people.test"], "phone": [null, "+49 2"], "groups": customer,
        "state": [null, "disabled"]});
    assert_eq!((&done["rows"][0]["changes"], &done["rows"][1]["changes"]), (&ann, &bo));
    let columns = done["file"]["columns"].as_array().unwrap();
    assert_eq!(columns[3]["field"], Value::Null, "passwords are ignored");
}

#[tokio::test]
async fn microsoft_365() {
    let portal = Portal::start().await;
    let centre = "Block credential,City,Department,Display name,First name,Last name,Licenses,Mobile Phone,Phone number,User principal name,When created\n\
        False,Bonn,,Ann Smith,Ann,Smith,Basic,,+49 1,ann@people.test,2026-01-01\n\
        True,,,,Bo,Berg,,+49 2,,bo@people.test,2026-01-01\n";
    let seen = preview(&portal.admin, centre).await;
    assert_eq!(seen["file"]["source"], "microsoft-365");
    assert_eq!(seen["rows"][0]["changes"]["name"], json!([null, "Ann Smith"]));
    assert_eq!(seen["rows"][1]["changes"]["name"], json!([null, "Bo Berg"]));
    assert_eq!(seen["rows"][1]["changes"]["state"], json!([null, "disabled"]));
    assert_eq!(seen["rows"][1]["changes"]["phone"], json!([null, "+49 2"]));
    let entra = format!(
        "userPrincipalName,displayName,surname,mail,givenName,id,accountEnabled,state,companyName\n\
        ann_x@t.example,Ann,Smith,ann@people.test,Ann,{},True,Ohio,Acme\nbo@people.test,Bo,Berg,,Bo,x,False,,\n",
        portal.admin.id
    );
    let seen = preview(&portal.admin, entra).await;
    assert_eq!(seen["file"]["source"], "microsoft-365");
    assert_eq!(
        seen["rows"][0]["email"], "ann@people.test",
        "their id is not one of ours, their state no state"
    );
    assert_eq!(seen["rows"][0]["changes"]["company"], json!([null, "Acme"]));
    assert_eq!(seen["rows"][1]["changes"]["state"], json!([null, "disabled"]));
    assert_eq!(counts(&seen), [2, 0, 0, 0]);
}

#[tokio::test]
async fn wordpress() {
    let portal = Portal::start().await;
    portal
        .create(json!({"name": "Cy", "email": "cy@people.test", "groups": [built_in(BuiltIn::Vendor)]}))
        .await;
    let csv = "ID,user_login,user_pass,display_name,user_email,user_registered,roles\n\
        1,ann,$P$B1234,Ann,ann@people.test,2026-01-01 10:00:00,\"administrator,vendor\"\n\
        2,bo,$P$B1234,Bo,bo@people.test,2026-01-01 10:00:00,subscriber\n\
        3,cy,$P$B1234,Cy,cy@people.test,2026-01-01 10:00:00,editor\n";
    let seen = preview(&portal.admin, csv).await;
    assert_eq!(seen["file"]["source"], "wordpress");
    assert_eq!(actions(&seen), ["create", "create", "unchanged"], "unknown roles change nothing");
    assert_eq!(seen["rows"][0]["changes"]["groups"], json!([null, ["Vendor"]]));
    assert_eq!(seen["rows"][1]["changes"]["groups"], json!([null, ["Customer"]]));
    for (n, role) in ["administrator", "subscriber", "editor"].iter().enumerate() {
        let notes = seen["rows"][n]["notes"].as_array().unwrap();
        assert_eq!(notes.len(), 1);
        assert!(notes[0].as_str().unwrap().contains(role));
    }
}

#[tokio::test]
async fn others_are_mapped_by_hand() {
    let portal = Portal::start().await;
    let csv = "Vorname;Nachname;E-Mail-Adresse;Firma;Kennwort\nJörg;Weiß;joerg@people.test;Acme;geheim\n";
    let refused = portal.assert_nothing_happened(async || send(&portal.admin, "", csv).await).await;
    let problem = refused.invalid(&[("map", "required")]);
    let columns = problem["file"]["columns"].as_array().unwrap();
    let told: Vec<_> =
        columns.iter().map(|c| (c["name"].as_str().unwrap(), c["field"].as_str().unwrap_or(""))).collect();
    let guessed = [
        ("Vorname", "first_name"),
        ("Nachname", "last_name"),
        ("E-Mail-Adresse", "email"),
        ("Firma", "company"),
        ("Kennwort", ""),
    ];
    assert_eq!(told, guessed);
    assert_eq!((&problem["file"]["source"], &columns[0]["sample"]), (&Value::Null, &json!("Jörg")));
    send(&portal.admin, "?mode=apply", csv).await.invalid(&[("map", "required")]);

    let map = |map: Value| format!("?map={}", encode(&map.to_string()));
    let right = json!({"Vorname": "first_name", "Nachname": "last_name", "E-Mail-Adresse": "email"});
    let seen = send(&portal.admin, &map(right), csv).await.ok(200);
    assert_eq!(seen["file"]["source"], "mapped");
    assert_eq!(seen["rows"][0]["changes"]["name"], json!([null, "Jörg Weiß"]));
    assert_eq!(seen["rows"][0]["changes"].get("company"), None, "what is not mapped is left out");
    for (wrong, code) in [
        (json!({"Vorname": "name"}), "required"),
        (json!({"Vorname": "password", "E-Mail-Adresse": "email"}), "unknown"),
        (json!({"Name": "name", "E-Mail-Adresse": "email"}), "unknown"),
    ] {
        send(&portal.admin, &map(wrong), csv).await.invalid(&[("map", code)]);
    }
    for wrong in ["?map=name", "?map=%7B%22a%22%3A1%7D", "?map=%5B%5D"] {
        send(&portal.admin, wrong, csv).await.invalid(&[("map", "invalid")]);
    }
    assert_eq!(portal.import_files(), 1, "what is refused leaves nothing behind");
}
