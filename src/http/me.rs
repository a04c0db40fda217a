//! `/me`: one's own account.

mod factors;
pub mod tokens;
mod views;

use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};

pub use self::{
    factors::{FactorView, FactorsApi, factor},
    tokens::TokensApi,
    views::ViewsApi,
};
use super::{
    activity::{ActivityView, activity},
    auth::{self, Caller},
    body::{Body, Fields, Form},
    call::Shared,
    cookies::WithCookies,
    params::{EntityTags, IdText, Whole, paging, versions},
    problem::Problem,
    projects::{self, Project},
    session::{ListedSession, listed},
    users::views::{User, versioned},
    views::{Accepted, Done, List, Versioned, accepted, list},
};
use crate::{
    model::text::{Company, EmailAddress, FullName, Phone},
    ops::{
        self,
        me::{self, NewEmail, ProfilePatch},
        password::{self, Change},
        sessions,
    },
};

#[derive(Object)]
#[oai(rename = "ProfilePatch", deny_unknown_fields)]
pub struct ProfileBody {
    name: Option<String>,
    company: Option<String>,
    phone: Option<String>,
}

impl Form for ProfilePatch {
    type Document = ProfileBody;
    fn read(f: &mut Fields) -> Option<Self> {
        Some(Self {
            name: f.changed("name", FullName::parse),
            company: f.patch("company", Company::parse),
            phone: f.patch("phone", Phone::parse),
        })
    }
}

#[derive(Object)]
#[oai(rename = "EmailChange", deny_unknown_fields)]
pub struct EmailBody {
    email: String,
    password: String,
}

impl Form for NewEmail {
    type Document = EmailBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let (email, password) = (f.required("email", EmailAddress::parse), f.password("password"));
        Some(Self { email: email?, password: password? })
    }
}

#[derive(Object)]
#[oai(rename = "PasswordChange", deny_unknown_fields)]
pub struct PasswordBody {
    current: String,
    new: String,
}

impl Form for Change {
    type Document = PasswordBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let (current, new) = (f.password("current"), f.password("new"));
        Some(Self { current: current?, new: new? })
    }
}

pub struct MeApi;

#[OpenApi]
impl MeApi {
    /// Oneself.
    #[oai(path = "/me", method = "get", operation_id = "getMe")]
    async fn get(&self, shared: Shared, caller: Caller) -> Result<Versioned<User>, Problem> {
        let user = shared.call(&caller, |portal, actor| me::get(portal, actor)).await?;
        Ok(versioned(user))
    }

    /// Changes one's own profile.
    #[oai(path = "/me", method = "patch", operation_id = "updateMe")]
    async fn update(
        &self,
        shared: Shared,
        caller: Caller,
        /// The version that was read, as `ETag` gave it: the change is made only to that one. One of
        /// several, or `*` for any.
        #[oai(name = "If-Match")]
        if_match: Header<Option<EntityTags>>,
        body: Body<ProfilePatch>,
    ) -> Result<Versioned<User>, Problem> {
        let (versions, draft) = (versions(if_match.0), body.draft());
        let user =
            shared.call(&caller, move |portal, actor| me::update(portal, actor, versions, draft)).await?;
        Ok(versioned(user))
    }

    /// Asks a new address to confirm that it is one's own. [step-up]
    #[oai(path = "/me/email", method = "post", operation_id = "changeEmail")]
    async fn email(&self, shared: Shared, caller: Caller, body: Body<NewEmail>) -> Result<Accepted, Problem> {
        let (typed, draft) = (body.typed("password"), body.draft());
        shared.call_hashing(&caller, |portal, actor| me::ask_email(portal, actor, typed, draft)).await?;
        Ok(accepted())
    }

    /// Changes one's password; all other sessions end, and this one goes on under a new token.
    #[oai(path = "/me/password", method = "post", operation_id = "changePassword")]
    async fn password(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<Change>,
    ) -> Result<WithCookies<Versioned<User>>, Problem> {
        let (new, draft) = (body.typed("new"), body.draft());
        let (user, begun) =
            shared.call_hashing(&caller, |portal, actor| password::change(portal, actor, new, draft)).await?;
        let (cookie, mut cookies) = auth::cookies(shared.portal.config(), &caller, &begun);
        cookies.push(cookie);
        Ok(WithCookies(versioned(user), cookies))
    }

    /// Where one is signed in.
    #[oai(path = "/me/sessions", method = "get", operation_id = "listMySessions")]
    async fn sessions(
        &self,
        shared: Shared,
        caller: Caller,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<ListedSession>>, Problem> {
        let paging = paging(page.0, per_page.0);
        let page = shared.call(&caller, |portal, actor| sessions::list_own(portal, actor, paging)).await?;
        Ok(list(page, listed))
    }

    /// Signs out everywhere but here. [step-up]
    #[oai(path = "/me/sessions", method = "delete", operation_id = "endMySessions")]
    async fn end_sessions(&self, shared: Shared, caller: Caller) -> Result<Done, Problem> {
        shared.call(&caller, |portal, actor| sessions::revoke_own(portal, actor, None)).await?;
        Ok(Done::Done)
    }

    /// Signs out on one device. [step-up]
    #[oai(path = "/me/sessions/:id", method = "delete", operation_id = "endMySession")]
    async fn end_session(&self, shared: Shared, caller: Caller, id: Path<IdText>) -> Result<Done, Problem> {
        let id = id.0.id();
        shared.call(&caller, move |portal, actor| sessions::revoke_own(portal, actor, Some(id))).await?;
        Ok(Done::Done)
    }

    /// The projects one is in.
    #[oai(path = "/me/projects", method = "get", operation_id = "listMyProjects")]
    async fn projects(
        &self,
        shared: Shared,
        caller: Caller,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<Project>>, Problem> {
        let paging = paging(page.0, per_page.0);
        let page =
            shared.call(&caller, |portal, actor| ops::projects::list_own(portal, actor, paging)).await?;
        Ok(list(page, projects::view))
    }

    /// What one did, and what was done to one's account.
    #[oai(path = "/me/activity", method = "get", operation_id = "listMyActivity")]
    async fn activity(
        &self,
        shared: Shared,
        caller: Caller,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<ActivityView>>, Problem> {
        let paging = paging(page.0, per_page.0);
        let page =
            shared.call(&caller, |portal, actor| ops::activity::list_own(portal, actor, paging)).await?;
        Ok(list(page, activity))
    }
}
