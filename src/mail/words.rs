//! The words of every letter, once: the text and the HTML of a mail are both made from the
//! same blocks, so neither can say more than the other.

use serde::Serialize;

use super::letter::{FactorChange, Letter, Letterhead, Welcome};
use super::link::MARK;
use crate::model::time::Timestamp;

/// A piece of a mail, from top to bottom.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Block {
    Paragraph(String),
    /// What the settings say: line breaks are kept.
    Lines(String),
    /// What a person wrote to the reader: set apart, line breaks kept.
    Quote(String),
    /// Labels with their values, one under the other.
    Facts(Vec<Fact>),
    /// What to do, and the address that does it. Stands after words that end in a colon, for
    /// the text has the address alone.
    Button {
        label: String,
        url: String,
    },
    /// Smaller than the rest.
    Note(String),
}

#[derive(Debug, Serialize)]
pub struct Fact {
    label: &'static str,
    value: String,
    /// An address of the portal's, to be opened. What a person wrote never is, whatever it looks like.
    is_place: bool,
}

#[derive(Debug)]
pub struct Words {
    pub subject: String,
    pub blocks: Vec<Block>,
    /// Why the reader has this mail, in the footer.
    pub reason: String,
}

use Block::{Button, Facts, Lines, Note, Paragraph, Quote};

/// The words of a letter.
pub fn words(head: &Letterhead, letter: &Letter) -> Words {
    let portal = &head.portal_name;
    match letter {
        Letter::Welcome(welcome) => Words {
            subject: welcome.subject.clone(),
            blocks: welcome_blocks(welcome, None),
            reason: format!("You get this mail because an account was made for you at {portal}."),
        },
        Letter::WelcomeCopy(welcome) => Words {
            subject: welcome.subject.clone(),
            blocks: welcome_blocks(
                welcome,
                Some("The one-time link stood here. Only the recipient gets it."),
            ),
            reason: format!("You get this copy because you made the account of {}.", welcome.name),
        },
        Letter::SignUp { email, expires } => Words {
            subject: format!("Confirm your address for {portal}"),
            blocks: vec![
                paragraph("Hello,"),
                Paragraph(format!("Somebody signed up at {portal} with the address {email}.")),
                paragraph("If it was you, confirm the address and choose a password:"),
                button("Confirm my address"),
                Note(format!(
                    "{} {}",
                    once(expires),
                    "If it was not you, ignore this mail: without the link there is no account."
                )),
            ],
            reason: format!("You get this mail because your address was entered at {portal}."),
        },
        Letter::AccountExists { name, email, sign_in_url, forgot_url } => Words {
            subject: format!("You already have an account at {portal}"),
            blocks: vec![
                hello(name),
                Paragraph(format!(
                    "Somebody tried to sign up at {portal} with the address {email}. There is an account with this address already, so no new one was made."
                )),
                paragraph("If it was you, sign in:"),
                Button { label: "Sign in".into(), url: sign_in_url.clone() },
                Facts(vec![place("Forgotten your password?", forgot_url)]),
                note("If it was not you, there is nothing to do: your account is unchanged."),
            ],
            reason: account_reason(portal),
        },
        Letter::AccountDisabledContact { name, email, user_url } => Words {
            subject: format!("A disabled user tried to sign up at {portal}"),
            blocks: vec![
                paragraph("Hello,"),
                Paragraph(format!(
                    "Somebody tried to sign up at {portal} with the address of a disabled user. No account was made and nothing was sent to that address."
                )),
                Facts(vec![fact("User", name), fact("E-mail", email)]),
                Paragraph(format!("If {name} is to come back, enable the account on the user's page:")),
                Button { label: "Open the user's page".into(), url: user_url.clone() },
            ],
            reason: format!("You get this mail because you are the support contact of {portal}."),
        },
        Letter::InBin { email } => Words {
            subject: format!("Your sign-up at {portal}"),
            blocks: vec![
                paragraph("Hello,"),
                Paragraph(format!(
                    "Somebody tried to sign up at {portal} with the address {email}. This address can't be used at the moment, so no account was made."
                )),
                Paragraph(match contact(head) {
                    Some(contact) => format!("If it was you, ask for help: {contact}"),
                    None => "If it was you, ask the people who run the portal for help.".into(),
                }),
                note("If it was not you, there is nothing to do."),
            ],
            reason: format!("You get this mail because your address was entered at {portal}."),
        },
        Letter::PasswordReset { name, email, expires } => Words {
            subject: format!("Choose a new password for {portal}"),
            blocks: vec![
                hello(name),
                Paragraph(format!("Here you choose a new password for your account {email}:")),
                button("Choose a new password"),
                Note(format!(
                    "{} If you did not ask for it, ignore this mail: your password stays as it is.",
                    once(expires)
                )),
            ],
            reason: account_reason(portal),
        },
        Letter::PasswordChanged { name, email, at, forgot_url } => Words {
            subject: format!("Your password at {portal} was changed"),
            blocks: vec![
                hello(name),
                Paragraph(format!("The password of your account {email} was changed on {}.", moment(*at))),
                paragraph("If it was you, there is nothing to do. If it was not, choose a new one at once:"),
                Button { label: "Choose a new password".into(), url: forgot_url.clone() },
            ],
            reason: account_reason(portal),
        },
        Letter::FactorChanged { name, email, change, at, forgot_url } => Words {
            subject: format!("Your second factors at {portal} were changed"),
            blocks: vec![
                hello(name),
                Paragraph(format!("{} on {}.", factor_change(change, email), moment(*at))),
                paragraph(
                    "If you know about this, there is nothing to do. If not, choose a new password at once, then look at the second factors on your profile page:",
                ),
                Button { label: "Choose a new password".into(), url: forgot_url.clone() },
            ],
            reason: account_reason(portal),
        },
        Letter::TokenCreated { name, email, token, at, forgot_url } => Words {
            subject: format!("An API token of yours at {portal} was made"),
            blocks: vec![
                hello(name),
                Paragraph(format!(
                    "The API token “{token}” was made for your account {email} on {}. A program that has it can act in your name.",
                    moment(*at)
                )),
                paragraph(
                    "If you know about this, there is nothing to do. If not, choose a new password at once (with it your API tokens end):",
                ),
                Button { label: "Choose a new password".into(), url: forgot_url.clone() },
            ],
            reason: account_reason(portal),
        },
        Letter::EmailChange { new_email, expires } => Words {
            subject: format!("Confirm your new address for {portal}"),
            blocks: vec![
                paragraph("Hello,"),
                Paragraph(format!(
                    "Somebody wants to use the address {new_email} for their account at {portal}."
                )),
                paragraph("If it was you, confirm it:"),
                button("Confirm my new address"),
                Note(format!("{} If it was not you, ignore this mail: nothing changes.", once(expires))),
            ],
            reason: format!("You get this mail because your address was entered at {portal}."),
        },
        Letter::EmailChanged { name, old_email, new_email, at } => Words {
            subject: format!("Your address at {portal} was changed"),
            blocks: vec![
                hello(name),
                Paragraph(format!("The e-mail address of your account was changed on {}.", moment(*at))),
                Facts(vec![fact("Until now", old_email), fact("From now on", new_email)]),
                Paragraph(match contact(head) {
                    Some(contact) => format!("If you don't know about this, tell us: {contact}"),
                    None => "If you don't know about this, tell the people who run the portal.".into(),
                }),
            ],
            reason: account_reason(portal),
        },
        Letter::Approved { name, sign_in_url } => Words {
            subject: format!("Welcome to {portal}"),
            blocks: vec![
                hello(name),
                Paragraph(format!(
                    "Your account at {portal} is approved. Sign in with the password you chose:"
                )),
                Button { label: "Sign in".into(), url: sign_in_url.clone() },
            ],
            reason: account_reason(portal),
        },
        Letter::Declined { name, message } => Words {
            subject: format!("Your sign-up at {portal}"),
            blocks: [
                Some(hello(name)),
                Some(Paragraph(format!(
                    "Your sign-up at {portal} was declined. What you entered is deleted."
                ))),
                message.as_ref().map(|text| Quote(text.trim().to_owned())),
                contact(head).map(|contact| Note(format!("If you have questions, ask: {contact}"))),
            ]
            .into_iter()
            .flatten()
            .collect(),
            reason: format!("You get this mail because you signed up at {portal}."),
        },
        Letter::SignUpReminder { name, waiting, pending_url } => Words {
            subject: format!("{} for approval at {portal}", waits(*waiting)),
            blocks: vec![
                hello(name),
                Paragraph(format!(
                    "{} to be let in at {portal}. They have signed up and proven their e-mail address. Approve or decline them here:",
                    waits(*waiting)
                )),
                Button { label: "See who waits".into(), url: pending_url.clone() },
                note("This comes once a day while somebody waits. It can be turned off in the settings."),
            ],
            reason: format!("You get this mail because you may approve users at {portal}."),
        },
        Letter::Impersonated { name, by, reason, at } => Words {
            subject: format!("An admin logged in as you at {portal}"),
            blocks: vec![
                hello(name),
                Paragraph(format!(
                    "{by} logged in to {portal} as you on {} and gave this reason:",
                    moment(*at)
                )),
                Quote(reason.clone()),
                paragraph("What was done is in the activity on your profile page."),
            ],
            reason: account_reason(portal),
        },
        Letter::Test { name, at } => Words {
            subject: format!("Test mail from {portal}"),
            blocks: vec![
                hello(name),
                Paragraph(format!(
                    "This is the test mail that you asked for on {}. {portal} can send mail.",
                    moment(*at)
                )),
            ],
            reason: format!("You get this mail because you asked for it in the settings of {portal}."),
        },
    }
}

/// The beginning of a sentence that ends in a moment.
fn factor_change(change: &FactorChange, email: &str) -> String {
    match change {
        FactorChange::Added(what) => format!("{what}: this second factor was added to your account {email}"),
        FactorChange::Removed(what) => {
            format!("{what}: this second factor was removed from your account {email}")
        }
        FactorChange::NewCodes => {
            format!("New recovery codes were made for your account {email}; the older ones are void")
        }
        FactorChange::RemovedByAdmin => {
            format!("An admin removed all second factors of your account {email}")
        }
    }
}

/// A welcome; in its copy a note stands in place of the link.
fn welcome_blocks(welcome: &Welcome, in_place: Option<&str>) -> Vec<Block> {
    let mut blocks = vec![hello(&welcome.name)];
    if !welcome.intro.trim().is_empty() {
        blocks.push(Lines(welcome.intro.trim().to_owned()));
    }
    if let Some(message) = welcome.message.as_deref().filter(|text| !text.trim().is_empty()) {
        blocks.push(Quote(message.trim().to_owned()));
    }
    blocks.push(Facts(vec![place("Sign in at", &welcome.sign_in_url), fact("Your e-mail", &welcome.email)]));
    blocks.push(paragraph("To get in, choose a password:"));
    match in_place {
        None => {
            blocks.push(button("Choose a password"));
            blocks.push(Note(format!(
                "{} Later, open it all the same: the page offers to mail you a fresh one.",
                once(&welcome.expires)
            )));
        }
        Some(note) => blocks.push(Note(note.to_owned())),
    }
    blocks
}

fn fact(label: &'static str, value: &str) -> Fact {
    Fact { label, value: value.to_owned(), is_place: false }
}

fn place(label: &'static str, url: &str) -> Fact {
    Fact { label, value: url.to_owned(), is_place: true }
}

fn paragraph(text: &str) -> Block {
    Paragraph(text.to_owned())
}

fn note(text: &str) -> Block {
    Note(text.to_owned())
}

fn hello(name: &str) -> Block {
    Paragraph(format!("Hello {name},"))
}

/// The button that the one-time link belongs to.
fn button(label: &str) -> Block {
    Button { label: label.to_owned(), url: MARK.to_string() }
}

fn once(expires: &str) -> String {
    format!("The link works once, for {expires}.")
}

fn account_reason(portal: &str) -> String {
    format!("You get this mail because you have an account at {portal}.")
}

/// Whom to ask, as the settings have it.
pub fn contact(head: &Letterhead) -> Option<String> {
    let ways = [&head.support_email, &head.support_url];
    let ways: Vec<&str> =
        ways.into_iter().flatten().map(String::as_str).filter(|way| !way.is_empty()).collect();
    (!ways.is_empty()).then(|| ways.join(" · "))
}

fn waits(people: u64) -> String {
    if people == 1 { "1 person waits".to_owned() } else { format!("{people} people wait") }
}

/// A moment in words. The reader's time zone is not known, so it says its own.
fn moment(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.microseconds()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%-d %B %Y at %H:%M UTC").to_string()
}
