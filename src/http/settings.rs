//! `/settings`.

use poem_openapi::{Object, OpenApi, payload::Json};

use super::{
    auth::Caller,
    body::{Body, Fields, Form, NoBody},
    call::Shared,
    portal::Support,
    problem::Problem,
    users::views::Queued,
};
use crate::{
    model::{
        error::{Code, Refused},
        settings::Settings as Model,
        settings::{AccentColor, SettingsPatch, SignUpPolicy},
        text::{EmailAddress, Message, PortalName, Subject, WebAddress},
    },
    ops::settings,
};

/// What admins set in the browser.
#[derive(Debug, Clone, Object)]
pub struct Settings {
    portal_name: String,
    /// As `#rrggbb`.
    accent_color: String,
    support: Support,
    /// `open`, `approval` or `closed`.
    sign_up: String,
    /// Let in without approval.
    allowed_domains: Vec<String>,
    /// Not let in by sign-up, and neither are the domains below them.
    refused_domains: Vec<String>,
    /// Mail those who may approve once a day while somebody waits.
    sign_up_reminder: bool,
    welcome: WelcomeText,
    /// In characters, 8 to 64.
    password_min_length: u16,
    require_factor_groups: Vec<String>,
    /// How many days the deleted wait in the bin, 1 to 365.
    bin_days: u16,
    /// How many days activity is kept; 0 is for ever.
    activity_days: u16,
    impersonation_notice: bool,
}

/// The welcome mail's subject and first words, as new mails begin with.
#[derive(Debug, Clone, Object)]
pub struct WelcomeText {
    subject: String,
    text: String,
}

impl From<Model> for Settings {
    fn from(settings: Model) -> Self {
        Self {
            welcome: WelcomeText { subject: settings.welcome_subject(), text: settings.welcome_text() },
            portal_name: settings.portal_name,
            accent_color: settings.accent_color.as_str().to_owned(),
            support: Support {
                email: settings.support_email.map(|email| email.to_string()),
                url: settings.support_url.map(|url| url.to_string()),
            },
            sign_up: settings.sign_up.as_str().to_owned(),
            allowed_domains: settings.allowed_domains,
            refused_domains: settings.refused_domains,
            sign_up_reminder: settings.sign_up_reminder,
            password_min_length: settings.password_min_length,
            require_factor_groups: settings.require_factor_groups.iter().map(ToString::to_string).collect(),
            bin_days: settings.bin_days,
            activity_days: settings.activity_days,
            impersonation_notice: settings.impersonation_notice,
        }
    }
}

/// Some of the settings; what is left out stays.
#[derive(Object)]
#[oai(rename = "SettingsPatch", deny_unknown_fields)]
pub struct SettingsBody {
    portal_name: Option<String>,
    accent_color: Option<String>,
    support: Option<SupportBody>,
    sign_up: Option<String>,
    allowed_domains: Option<Vec<String>>,
    refused_domains: Option<Vec<String>>,
    sign_up_reminder: Option<bool>,
    welcome: Option<WelcomeTextBody>,
    password_min_length: Option<u16>,
    require_factor_groups: Option<Vec<String>>,
    bin_days: Option<u16>,
    activity_days: Option<u16>,
    impersonation_notice: Option<bool>,
}

#[derive(Object)]
#[oai(rename = "SupportPatch", deny_unknown_fields)]
pub struct SupportBody {
    email: Option<String>,
    url: Option<String>,
}

/// Null or "" goes back to Rollcall's own words.
#[derive(Object)]
#[oai(rename = "WelcomeTextPatch", deny_unknown_fields)]
pub struct WelcomeTextBody {
    subject: Option<String>,
    text: Option<String>,
}

impl Form for SettingsPatch {
    type Document = SettingsBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let mut patch = Self {
            portal_name: f.changed("portal_name", PortalName::parse),
            accent_color: f.changed("accent_color", AccentColor::parse),
            sign_up: f.changed("sign_up", policy),
            allowed_domains: f.changed_list("allowed_domains", domain),
            refused_domains: f.changed_list("refused_domains", domain),
            sign_up_reminder: f.changed_flag("sign_up_reminder"),
            password_min_length: f.number("password_min_length", 8, 64),
            require_factor_groups: f.changed_ids("require_factor_groups"),
            bin_days: f.number("bin_days", 1, 365),
            activity_days: f.number("activity_days", 0, 3650),
            impersonation_notice: f.changed_flag("impersonation_notice"),
            ..Self::default()
        };
        if let Some((email, url)) = f.changed_object("support", &["email", "url"], |f| {
            (f.patch("email", EmailAddress::parse), f.patch("url", web))
        }) {
            (patch.support_email, patch.support_url) = (email, url);
        }
        if let Some((subject, text)) = f.changed_object("welcome", &["subject", "text"], |f| {
            (f.patch("subject", Subject::parse), f.patch("text", Message::parse))
        }) {
            (patch.welcome_subject, patch.welcome_text) = (subject, text);
        }
        Some(patch)
    }
}

fn policy(text: &str) -> Result<SignUpPolicy, Refused> {
    SignUpPolicy::parse(text)
        .ok_or_else(|| Refused::new(Code::Invalid, "Sign-up is open, approval or closed."))
}

/// The part of an address behind the @.
fn domain(text: &str) -> Result<String, Refused> {
    let bare = text.trim().trim_start_matches('@');
    EmailAddress::parse(&format!("name@{bare}"))
        .map(|email| email.domain())
        .map_err(|_| Refused::new(Code::Invalid, format!("“{bare}” is not a domain, such as example.com.")))
}

/// An address that is safe to show as a link: a page or a mailbox, never a script.
fn web(text: &str) -> Result<WebAddress, Refused> {
    let safe = ["https://", "http://", "mailto:"].iter().any(|scheme| text.trim().starts_with(scheme));
    match safe {
        true => WebAddress::parse(text),
        false => Err(Refused::new(Code::Invalid, "The address begins with https://, http:// or mailto:.")),
    }
}

pub struct SettingsApi;

#[OpenApi]
impl SettingsApi {
    /// The settings. [settings.write]
    #[oai(path = "/settings", method = "get", operation_id = "getSettings")]
    async fn get(&self, shared: Shared, caller: Caller) -> Result<Json<Settings>, Problem> {
        let found = shared.call(&caller, |portal, actor| settings::get(portal, actor)).await?;
        Ok(Json(found.into()))
    }

    /// Changes some of them. [settings.write; what then guards less, step-up]
    #[oai(path = "/settings", method = "patch", operation_id = "updateSettings")]
    async fn update(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<SettingsPatch>,
    ) -> Result<Json<Settings>, Problem> {
        let draft = body.draft();
        let changed = shared.call(&caller, |portal, actor| settings::update(portal, actor, draft)).await?;
        Ok(Json(changed.into()))
    }

    /// Sends a mail to whoever asks. [settings.write]
    #[oai(path = "/settings/test-mail", method = "post", operation_id = "sendTestMail")]
    async fn test_mail(&self, shared: Shared, caller: Caller, body: NoBody) -> Result<Json<Queued>, Problem> {
        let nothing = body.draft();
        let mail = shared.call(&caller, |portal, actor| settings::test_mail(portal, actor, nothing)).await?;
        Ok(Json(Queued { mail_id: mail.to_string() }))
    }
}
