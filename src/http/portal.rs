//! `/portal`, `/setup`, `/sign-up`, `/password`: what everybody may call.

use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use super::{
    auth::{self, Caller},
    body::{Body, Fields, Form},
    call::Shared,
    cookies::WithCookies,
    links::Token,
    problem::Problem,
    session::Session,
    views::{Accepted, Done, accepted},
};
use crate::{
    model::{
        puzzle::Solution,
        text::{Company, EmailAddress, FullName, PortalName},
    },
    ops::{
        password::{self, Candidate},
        portal::{self, Setup},
        sign_up::{self, NewSignUp},
    },
};

/// What everybody may know of this portal.
#[derive(Debug, Clone, Object)]
pub struct Portal {
    name: String,
    accent_color: String,
    /// `open`, `approval` or `closed`.
    sign_up: String,
    /// Nobody is here yet.
    setup_required: bool,
    /// `smtp`, or `outbox` when no mail server is configured.
    mail: String,
    support: Support,
    /// In characters.
    password_min_length: u16,
    /// How many days the deleted wait in the bin.
    bin_days: u16,
    /// How long one may act as another user, in minutes.
    impersonation_minutes: i64,
}

/// Whom to ask.
#[derive(Debug, Clone, Object)]
pub struct Support {
    pub email: Option<String>,
    pub url: Option<String>,
}

/// Names the portal and makes the first admin.
#[derive(Object)]
#[oai(rename = "Setup", deny_unknown_fields)]
pub struct SetupBody {
    /// From the address that the terminal shows.
    token: String,
    portal_name: Option<String>,
    name: String,
    email: String,
    password: String,
}

impl Form for Setup {
    type Document = SetupBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let (token, portal_name) = (f.token("token"), f.optional("portal_name", PortalName::parse));
        let (name, email) = (f.required("name", FullName::parse), f.required("email", EmailAddress::parse));
        let password = f.password("password");
        Some(Self { token, portal_name, name: name?, email: email?, password: password? })
    }
}

#[derive(Object)]
#[oai(rename = "SignUp", deny_unknown_fields)]
pub struct SignUpBody {
    name: String,
    email: String,
    company: Option<String>,
    puzzle: Option<SolutionBody>,
}

/// The answer to the puzzle of a 429.
#[derive(Object)]
#[oai(rename = "PuzzleSolution", deny_unknown_fields)]
pub struct SolutionBody {
    challenge: String,
    answer: String,
}

impl Form for NewSignUp {
    type Document = SignUpBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let (name, email) = (f.required("name", FullName::parse), f.required("email", EmailAddress::parse));
        let company = f.optional("company", Company::parse);
        let puzzle = f.object("puzzle", solution).flatten();
        Some(Self { name: name?, email: email?, company, puzzle })
    }
}

fn solution(f: &mut Fields) -> Option<Solution> {
    // One that is too long solves nothing, and is answered like any other.
    let short = |text: &str| Ok(text.chars().take(Solution::MOST).collect::<String>());
    let (challenge, answer) = (f.required("challenge", short), f.required("answer", short));
    Some(Solution { challenge: challenge?, answer: answer? })
}

#[derive(Object)]
#[oai(rename = "ForgotPassword", deny_unknown_fields)]
pub struct ForgotBody {
    email: String,
}

pub struct Forgot(EmailAddress);

impl Form for Forgot {
    type Document = ForgotBody;
    fn read(f: &mut Fields) -> Option<Self> {
        f.required("email", EmailAddress::parse).map(Self)
    }
}

/// A password to judge, and the words it must not be made of.
#[derive(Object)]
#[oai(rename = "PasswordCandidate", deny_unknown_fields)]
pub struct CandidateBody {
    password: String,
    name: Option<String>,
    email: Option<String>,
    company: Option<String>,
}

impl Form for Candidate {
    type Document = CandidateBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let short = |text: &str| Ok(text.chars().take(300).collect::<String>());
        let password = f.password("password");
        let (name, email, company) =
            (f.optional("name", short), f.optional("email", short), f.optional("company", short));
        Some(Self { password: password?, name, email, company })
    }
}

#[derive(Debug, Clone, Object)]
pub struct PasswordVerdict {
    /// 0 (guessed at once) to 4 (very hard to guess).
    score: u8,
    accepted: bool,
    /// What would help.
    message: Option<String>,
}

/// Signed in for the first time.
#[derive(ApiResponse)]
pub enum SetUp {
    #[oai(status = 201)]
    Created(Json<Session>, #[oai(header = "Set-Cookie")] String, #[oai(header = "Location")] String),
}

pub struct PortalApi;

#[OpenApi]
impl PortalApi {
    /// What everybody may know of this portal.
    #[oai(path = "/portal", method = "get", operation_id = "getPortal")]
    async fn about(&self, shared: Shared, caller: Caller) -> Result<Json<Portal>, Problem> {
        let about = shared.call(&caller, |portal, actor| portal::about(portal, actor)).await?;
        let settings = about.settings;
        Ok(Json(Portal {
            name: settings.portal_name,
            accent_color: settings.accent_color.as_str().to_owned(),
            sign_up: settings.sign_up.as_str().to_owned(),
            setup_required: about.setup_required,
            mail: if about.sends_mail { "smtp" } else { "outbox" }.to_owned(),
            support: Support {
                email: settings.support_email.map(|email| email.to_string()),
                url: settings.support_url.map(|url| url.to_string()),
            },
            password_min_length: settings.password_min_length,
            bin_days: settings.bin_days,
            impersonation_minutes: (about.impersonation.as_seconds() + 59) / 60,
        }))
    }

    /// Names the portal and makes the first admin; once, with the token from the terminal.
    #[oai(path = "/setup", method = "post", operation_id = "setUp")]
    async fn set_up(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<Setup>,
    ) -> Result<WithCookies<SetUp>, Problem> {
        let (device, typed, draft) = (caller.device.clone(), body.typed("password"), body.draft());
        let begun = shared
            .call_hashing(&caller, move |portal, actor| portal::set_up(portal, actor, &device, typed, draft))
            .await?;
        let (cookie, more) = auth::cookies(shared.portal.config(), &caller, &begun);
        let session = Session::from(begun.session);
        let place = format!("/api/v1/users/{}", session.user.id);
        Ok(WithCookies(SetUp::Created(Json(session), cookie, place), more))
    }

    /// Whether this is the token from the terminal: so that nobody fills in a form in vain.
    #[oai(path = "/setup/inspect", method = "post", operation_id = "inspectSetUp")]
    async fn inspect_set_up(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<Token>,
    ) -> Result<Done, Problem> {
        let draft = body.draft().map(|form| form.0);
        shared.call(&caller, |portal, actor| portal::inspect_set_up(portal, actor, draft)).await?;
        Ok(Done::Done)
    }

    /// Asks for an account; the answer is the same for every address. Past the pace of one address
    /// of origin, 429 has a `puzzle`, and the same call with its answer passes.
    #[oai(path = "/sign-up", method = "post", operation_id = "signUp")]
    async fn sign_up(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<NewSignUp>,
    ) -> Result<Accepted, Problem> {
        let draft = body.draft();
        shared.call(&caller, |portal, actor| sign_up::sign_up(portal, actor, draft)).await?;
        Ok(accepted())
    }

    /// Mails a link to choose a new password; the answer is the same for every address.
    #[oai(path = "/password/forgot", method = "post", operation_id = "forgotPassword")]
    async fn forgot(&self, shared: Shared, caller: Caller, body: Body<Forgot>) -> Result<Accepted, Problem> {
        let draft = body.draft().map(|form| form.0);
        shared.call(&caller, |portal, actor| password::forgot(portal, actor, draft)).await?;
        Ok(accepted())
    }

    /// How good a password would be. Nothing is kept.
    #[oai(path = "/password/check", method = "post", operation_id = "checkPassword")]
    async fn check(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<Candidate>,
    ) -> Result<Json<PasswordVerdict>, Problem> {
        let draft = body.draft();
        let verdict =
            shared.call_hashing(&caller, |portal, actor| password::judge(portal, actor, draft)).await?;
        let password::Verdict { score, accepted, message } = verdict;
        Ok(Json(PasswordVerdict { score, accepted, message }))
    }
}
