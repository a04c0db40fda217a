//! `/projects` and their members.

use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};

use super::{
    auth::Caller,
    body::{Body, Fields, Form},
    call::Shared,
    direct::Direct,
    params::{EntityTags, IdText, Params, Whole, paging, versions},
    problem::Problem,
    views::{Created, Done, List, Named, Versioned, etag, list, named, somebody},
};
use crate::{
    model::{
        error::{Code, Refused},
        project::{NewProject, ProjectPatch, ProjectState},
        text::{Description, ProjectName},
    },
    ops::{
        members::{self, InProject, Member},
        projects::{self, ProjectDetails},
    },
};

/// A project.
#[derive(Debug, Clone, Object, serde::Serialize)]
pub struct Project {
    id: String,
    version: u64,
    name: String,
    description: Option<String>,
    /// `active` or `archived`.
    state: String,
    /// How many.
    members: u64,
    created_by: Option<Named>,
    created_at: String,
}

pub fn view(details: ProjectDetails) -> Project {
    let ProjectDetails { project, members, created_by } = details;
    Project {
        id: project.id.to_string(),
        version: project.version,
        name: project.name.to_string(),
        description: project.description.map(|text| text.to_string()),
        state: project.state.as_str().to_owned(),
        members,
        created_by: somebody(created_by),
        created_at: project.created_at.to_string(),
    }
}

fn versioned(details: ProjectDetails) -> Versioned<Project> {
    let tag = etag(details.project.version);
    Versioned::Ok(Direct(view(details)), tag)
}

/// A member of a project.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Member")]
pub struct MemberView {
    user: Named,
    /// `creator`, `admin` or `added`.
    via: String,
    by: Option<Named>,
    since: String,
}

fn member(member: Member) -> MemberView {
    MemberView {
        user: named(member.user),
        via: member.via.as_str().to_owned(),
        by: somebody(member.by),
        since: member.since.to_string(),
    }
}

/// A project that a user is in.
#[derive(Debug, Clone, Object)]
#[oai(rename = "InProject")]
pub struct InProjectView {
    project: Named,
    /// `creator`, `admin` or `added`.
    via: String,
    by: Option<Named>,
    since: String,
}

pub fn in_project(item: InProject) -> InProjectView {
    InProjectView {
        project: named(item.project),
        via: item.via.as_str().to_owned(),
        by: somebody(item.by),
        since: item.since.to_string(),
    }
}

#[derive(Object)]
#[oai(rename = "NewProject", deny_unknown_fields)]
pub struct NewProjectBody {
    name: String,
    description: Option<String>,
    /// `active` (the default) or `archived`.
    state: Option<String>,
}

#[derive(Object)]
#[oai(rename = "ProjectPatch", deny_unknown_fields)]
pub struct ProjectPatchBody {
    name: Option<String>,
    description: Option<String>,
    state: Option<String>,
}

fn state(text: &str) -> Result<ProjectState, Refused> {
    ProjectState::parse(text).ok_or_else(|| Refused::new(Code::Invalid, "The state is active or archived."))
}

impl Form for NewProject {
    type Document = NewProjectBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let name = f.required("name", ProjectName::parse);
        let (description, state) =
            (f.optional("description", Description::parse), f.optional("state", state));
        Some(Self { name: name?, description, state })
    }
}

impl Form for ProjectPatch {
    type Document = ProjectPatchBody;
    fn read(f: &mut Fields) -> Option<Self> {
        Some(Self {
            name: f.changed("name", ProjectName::parse),
            description: f.patch("description", Description::parse),
            state: f.changed("state", state),
        })
    }
}

pub struct ProjectsApi;

#[OpenApi]
impl ProjectsApi {
    /// The projects that the caller may see: their own, or all with [projects.manage].
    #[oai(path = "/projects", method = "get", operation_id = "listProjects")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        /// A part of the name.
        q: Query<Option<String>>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<Project>>, Problem> {
        let mut params = Params::default();
        let query = (q.0.unwrap_or_default(), params.paging(page.0, per_page.0));
        let query = params.finish(query);
        let page = shared.call(&caller, |portal, actor| projects::list(portal, actor, query)).await?;
        Ok(list(page, view))
    }

    /// Creates a project; its creator and all admins are members. [projects.create]
    #[oai(path = "/projects", method = "post", operation_id = "createProject")]
    async fn create(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<NewProject>,
    ) -> Result<Created<Project>, Problem> {
        let draft = body.draft();
        let details = shared.call(&caller, |portal, actor| projects::create(portal, actor, draft)).await?;
        let (place, tag) =
            (format!("/api/v1/projects/{}", details.project.id), etag(details.project.version));
        Ok(Created::Created(Json(view(details)), place, Some(tag)))
    }

    /// One project.
    #[oai(path = "/projects/:id", method = "get", operation_id = "getProject")]
    async fn get(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
    ) -> Result<Versioned<Project>, Problem> {
        let id = id.0.id();
        let project = shared.call(&caller, move |portal, actor| projects::get(portal, actor, id)).await?;
        Ok(versioned(project))
    }

    /// Changes a project. [projects.manage, or its creator]
    #[oai(path = "/projects/:id", method = "patch", operation_id = "updateProject")]
    async fn update(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        /// The version that was read, as `ETag` gave it: the change is made only to that one. One of
        /// several, or `*` for any.
        #[oai(name = "If-Match")]
        if_match: Header<Option<EntityTags>>,
        body: Body<ProjectPatch>,
    ) -> Result<Versioned<Project>, Problem> {
        let (id, versions, draft) = (id.0.id(), versions(if_match.0), body.draft());
        let project = shared
            .call(&caller, move |portal, actor| projects::update(portal, actor, id, versions, draft))
            .await?;
        Ok(versioned(project))
    }

    /// Deletes a project. [projects.manage, or its creator]
    #[oai(path = "/projects/:id", method = "delete", operation_id = "deleteProject")]
    async fn delete(&self, shared: Shared, caller: Caller, id: Path<IdText>) -> Result<Done, Problem> {
        let id = id.0.id();
        shared.call(&caller, move |portal, actor| projects::delete(portal, actor, id)).await?;
        Ok(Done::Done)
    }

    /// Who is in it, why and since when; for its members.
    #[oai(path = "/projects/:id/members", method = "get", operation_id = "listMembers")]
    async fn members(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<MemberView>>, Problem> {
        let (id, paging) = (id.0.id(), paging(page.0, per_page.0));
        let page =
            shared.call(&caller, move |portal, actor| members::list(portal, actor, id, paging)).await?;
        Ok(list(page, member))
    }

    /// Makes a user a member. [projects.manage]
    #[oai(path = "/projects/:id/members/:user_id", method = "put", operation_id = "addMember")]
    async fn add(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        user_id: Path<IdText>,
    ) -> Result<Done, Problem> {
        let (id, user) = (id.0.id(), user_id.0.id());
        shared.call(&caller, move |portal, actor| members::add(portal, actor, id, user)).await?;
        Ok(Done::Done)
    }

    /// Takes a user out. [projects.manage]
    #[oai(path = "/projects/:id/members/:user_id", method = "delete", operation_id = "removeMember")]
    async fn remove(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        user_id: Path<IdText>,
    ) -> Result<Done, Problem> {
        let (id, user) = (id.0.id(), user_id.0.id());
        shared.call(&caller, move |portal, actor| members::remove(portal, actor, id, user)).await?;
        Ok(Done::Done)
    }
}
