use super::*;
use crate::mail::letter::{FactorChange, Welcome};
use crate::mail::link::{self, MARK};
use crate::model::time::Timestamp;

fn head() -> Letterhead {
    Letterhead {
        portal_name: "Müller & Söhne".into(),
        accent_color: "#0b6e4f".into(),
        public_url: "https://portal.test".into(),
        support_email: Some("help@portal.test".into()),
        support_url: None,
    }
}

fn welcome() -> Welcome {
    Welcome {
        name: "José <b>Núñez</b>".into(),
        email: "jose@example.test".into(),
        subject: "Welcome".into(),
        intro: "We are glad to work with you.".into(),
        message: Some("See you on Monday.\nBring <script>alert(1)</script> & tea.\n\nAnn".into()),
        sign_in_url: "https://portal.test/".into(),
        expires: "7 days".into(),
    }
}

/// Every letter there is; a new variant does not compile before it stands here.
fn all() -> Vec<(Letter, bool)> {
    let (name, email) = ("Ann".to_owned(), "ann@example.test".to_owned());
    let at = Timestamp::parse("2026-11-24T02:43:15Z").unwrap();
    let url = |path: &str| format!("https://portal.test{path}");
    let letters = vec![
        Letter::Welcome(welcome()),
        Letter::WelcomeCopy(welcome()),
        Letter::SignUp { email: email.clone(), expires: "24 hours".into() },
        Letter::AccountExists {
            name: name.clone(),
            email: email.clone(),
            sign_in_url: url("/"),
            forgot_url: url("/forgot"),
        },
        Letter::AccountDisabledContact {
            name: name.clone(),
            email: email.clone(),
            user_url: url("/users/1"),
        },
        Letter::InBin { email: email.clone() },
        Letter::PasswordReset { name: name.clone(), email: email.clone(), expires: "1 hour".into() },
        Letter::PasswordChanged { name: name.clone(), email: email.clone(), at, forgot_url: url("/forgot") },
        Letter::FactorChanged {
            name: name.clone(),
            email: email.clone(),
            change: FactorChange::Added("Passkey “Laptop <1>”".into()),
            at,
            forgot_url: url("/forgot"),
        },
        Letter::TokenCreated {
            name: name.clone(),
            email: email.clone(),
            token: "Nightly <1>".into(),
            at,
            forgot_url: url("/forgot"),
        },
        Letter::EmailChange { new_email: email.clone(), expires: "24 hours".into() },
        Letter::EmailChanged {
            name: name.clone(),
            old_email: "old@example.test".into(),
            new_email: email,
            at,
        },
        Letter::Approved { name: name.clone(), sign_in_url: url("/") },
        Letter::Declined { name: name.clone(), message: Some("We only serve shops.".into()) },
        Letter::SignUpReminder { name: name.clone(), waiting: 3, pending_url: url("/users?state=pending") },
        Letter::Impersonated { name: name.clone(), by: "Ada".into(), reason: "Asked for help".into(), at },
        Letter::Test { name, at },
    ];
    letters
        .into_iter()
        .map(|letter| {
            let linked = match letter {
                Letter::Welcome(_)
                | Letter::SignUp { .. }
                | Letter::PasswordReset { .. }
                | Letter::EmailChange { .. } => true,
                Letter::WelcomeCopy(_)
                | Letter::AccountExists { .. }
                | Letter::AccountDisabledContact { .. }
                | Letter::InBin { .. }
                | Letter::PasswordChanged { .. }
                | Letter::FactorChanged { .. }
                | Letter::TokenCreated { .. }
                | Letter::EmailChanged { .. }
                | Letter::Approved { .. }
                | Letter::Declined { .. }
                | Letter::SignUpReminder { .. }
                | Letter::Impersonated { .. }
                | Letter::Test { .. } => false,
            };
            (letter, linked)
        })
        .collect()
}

#[test]
fn every_letter_is_whole_in_text_and_html() {
    for (letter, linked) in all() {
        let mail = render(&head(), &letter);
        assert!(!mail.subject.is_empty() && !mail.subject.contains('\n'), "{letter:?}");
        assert_eq!(mail.text.contains(MARK), linked, "{letter:?}");
        assert_eq!(mail.html.contains(MARK), linked, "{letter:?}");
        for part in [&mail.text, &mail.html] {
            assert!(part.contains("help@portal.test"), "{part}");
            assert!(!part.contains("undefined") && !part.contains("{{") && !part.contains("{%"), "{part}");
        }
        assert!(mail.text.contains("Müller & Söhne") && mail.html.contains("Müller &amp; Söhne"));
        assert!(!mail.text.contains("\n\n\n") && !mail.text.starts_with('\n'), "{}", mail.text);
        assert!(mail.html.ends_with("</html>"));
        // Reading a mail loads nothing from anywhere.
        assert!(!mail.html.contains("src=") && !mail.html.contains("url("));
    }
}

#[test]
fn the_text_says_what_the_html_says() {
    for (letter, _) in all() {
        let mail = render(&head(), &letter);
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = flat(&mail.text);
        for cell in visible(&mail.html) {
            let only_html = cell == "If the button does not work, open this address:" || button(&cell);
            assert!(only_html || text.contains(&cell), "{cell:?} is not in {text}");
        }
    }
}

/// The text has a button's address alone.
fn button(label: &str) -> bool {
    [
        "Choose a password",
        "Confirm my address",
        "Sign in",
        "Open the user's page",
        "Choose a new password",
        "Confirm my new address",
        "See who waits",
    ]
    .contains(&label)
}

/// The texts between the tags of the body, unescaped.
fn visible(html: &str) -> Vec<String> {
    let body = html.split_once("<body").unwrap().1.split_once('>').unwrap().1;
    body.split('<')
        .skip(1)
        .filter_map(|piece| piece.split_once('>'))
        .map(|(_, text)| {
            let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
            let text = text.replace("&#x27;", "'").replace("&#x2f;", "/").replace("&amp;", "&");
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .filter(|text| !text.is_empty())
        .collect()
}

#[test]
fn what_people_typed_is_escaped_in_html_and_keeps_its_line_breaks() {
    let mail = render(&head(), &Letter::Welcome(welcome()));
    assert!(!mail.html.contains("<script>") && !mail.html.contains("<b>"));
    assert!(mail.html.contains("See you on Monday.<br>\nBring &lt;script&gt;"), "{}", mail.html);
    assert!(mail.text.contains("See you on Monday.\nBring <script>alert(1)</script> & tea.\n\nAnn\n"));
    assert!(mail.text.contains("Hello José <b>Núñez</b>,"));
}

#[test]
fn what_people_typed_is_no_link_whatever_it_looks_like() {
    let (name, email) = ("https://evil.test/reset".to_owned(), "https-fan@people.test".to_owned());
    let user_url = "https://portal.test/users/1".to_owned();
    let disabled = Letter::AccountDisabledContact { name: name.clone(), email: email.clone(), user_url };
    let welcome = Letter::Welcome(Welcome { name, email, ..welcome() });
    for letter in [disabled, welcome] {
        let html = render(&head(), &letter).html;
        let targets: Vec<&str> =
            html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert!(html.contains("https-fan@people.test"), "{html}");
        assert!(!targets.iter().any(|to| to.contains("evil") || to.contains("fan")), "{targets:?}");
    }
}

#[test]
fn the_link_is_filled_in_wherever_it_belongs() {
    let mail = render(&head(), &Letter::Welcome(welcome()));
    let url = "https://portal.test/link#abc_-123";
    let (text, html) = (link::fill(&mail.text, url), link::fill(&mail.html, url));
    assert!(text.contains(&format!("choose a password:\n\n{url}\n")), "{text}");
    assert_eq!(html.matches(&format!("href=\"{url}\"")).count(), 2);
    assert!(!text.contains(MARK) && !html.contains(MARK));
}

#[test]
fn the_copy_of_a_welcome_differs_only_in_the_link() {
    let welcomed = render(&head(), &Letter::Welcome(welcome()));
    let copy = render(&head(), &Letter::WelcomeCopy(welcome()));
    assert_eq!(copy.subject, welcomed.subject);
    assert!(copy.text.contains("The one-time link stood here. Only the recipient gets it."));
    assert!(copy.text.contains("See you on Monday.") && copy.text.contains("jose@example.test"));
}

#[test]
fn a_subject_is_one_line() {
    let letter = Letter::Welcome(Welcome { subject: "Hello\r\nBcc: x@y.test\u{7}".into(), ..welcome() });
    assert_eq!(render(&head(), &letter).subject, "Hello Bcc: x@y.test");
}

#[test]
fn the_button_can_be_read_on_any_accent() {
    for (accent, background, ink) in [
        ("#0b6e4f", "#0b6e4f", "#ffffff"),
        ("#FFD400", "#ffd400", "#000000"),
        ("red;position:fixed", "#1f5fbf", "#ffffff"),
        ("#fff", "#1f5fbf", "#ffffff"),
    ] {
        let head = Letterhead { accent_color: accent.into(), ..head() };
        let html = render(&head, &Letter::Welcome(welcome())).html;
        assert!(html.contains(&format!("bgcolor=\"{background}\"")), "{accent}");
        assert!(html.contains(&format!("font-weight:600;color:{ink};text-decoration:none")), "{accent}");
    }
}
