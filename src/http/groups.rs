//! `/groups` and `/permissions`.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    auth::Caller,
    body::{Body, Fields, Form, shortened},
    call::Shared,
    params::{IdText, Params, Whole, paging},
    problem::Problem,
    views::{Created, Done, List, Named, list, named},
};
use crate::{
    model::{
        error::{Code, Refused},
        group::{GroupPatch, NewGroup},
        permission::Permission,
        text::{Description, GroupName},
    },
    ops::{
        groups::{self, GroupDetails},
        permissions,
    },
};

/// A named set of permissions.
#[derive(Debug, Clone, Object)]
pub struct Group {
    id: String,
    name: String,
    description: Option<String>,
    permissions: Vec<String>,
    /// Its permissions reach only the users of these groups; null: everybody. No group at all is nobody.
    limited_to: Option<Vec<Named>>,
    built_in: bool,
    /// How many users are in it, those in the bin left out.
    users: u64,
}

fn view(details: GroupDetails) -> Group {
    let GroupDetails { group, users, limited_to } = details;
    Group {
        id: group.id.to_string(),
        permissions: group.permissions().names(),
        name: group.name.to_string(),
        description: group.description.map(|text| text.to_string()),
        limited_to: limited_to.map(|groups| groups.into_iter().map(named).collect()),
        built_in: group.built_in.is_some(),
        users,
    }
}

/// Something that a group may let its users do.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Permission")]
pub struct PermissionView {
    name: String,
    description: String,
}

#[derive(Object)]
#[oai(rename = "NewGroup", deny_unknown_fields)]
pub struct NewGroupBody {
    name: String,
    description: Option<String>,
    permissions: Option<Vec<String>>,
    /// The groups to whose users its permissions are limited: then it can hold only those that are
    /// about users. Left out or null, it reaches everybody.
    limited_to: Option<Vec<String>>,
}

#[derive(Object)]
#[oai(rename = "GroupPatch", deny_unknown_fields)]
pub struct GroupPatchBody {
    name: Option<String>,
    description: Option<String>,
    permissions: Option<Vec<String>>,
    /// Null lifts the limit.
    limited_to: Option<Vec<String>>,
}

pub fn permission(text: &str) -> Result<Permission, Refused> {
    Permission::parse(text)
        .ok_or_else(|| Refused::new(Code::NotFound, format!("There is no permission “{}”.", shortened(text))))
}

impl Form for NewGroup {
    type Document = NewGroupBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let name = f.required("name", GroupName::parse);
        let description = f.optional("description", Description::parse);
        let permissions = f.list("permissions", permission).unwrap_or_default();
        let limited_to = f.ids("limited_to").map(|ids| ids.into_iter().collect());
        let permissions = permissions.into_iter().collect();
        Some(Self { name: name?, description, permissions, limited_to })
    }
}

impl Form for GroupPatch {
    type Document = GroupPatchBody;
    fn read(f: &mut Fields) -> Option<Self> {
        Some(Self {
            name: f.changed("name", GroupName::parse),
            description: f.patch("description", Description::parse),
            permissions: f.changed_list("permissions", permission).map(|list| list.into_iter().collect()),
            limited_to: f.patch_ids("limited_to").map(|ids| ids.map(|ids| ids.into_iter().collect())),
        })
    }
}

pub struct GroupsApi;

#[OpenApi]
impl GroupsApi {
    /// All groups. [users.read]
    #[oai(path = "/groups", method = "get", operation_id = "listGroups")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<Group>>, Problem> {
        let paging = paging(page.0, per_page.0);
        let page = shared.call(&caller, |portal, actor| groups::list(portal, actor, paging)).await?;
        Ok(list(page, view))
    }

    /// One group. [users.read]
    #[oai(path = "/groups/:id", method = "get", operation_id = "getGroup")]
    async fn get(&self, shared: Shared, caller: Caller, id: Path<IdText>) -> Result<Json<Group>, Problem> {
        let id = id.0.id();
        let group = shared.call(&caller, move |portal, actor| groups::get(portal, actor, id)).await?;
        Ok(Json(view(group)))
    }

    /// Creates a group. [groups.write; with permissions, step-up]
    #[oai(path = "/groups", method = "post", operation_id = "createGroup")]
    async fn create(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<NewGroup>,
    ) -> Result<Created<Group>, Problem> {
        let draft = body.draft();
        let group = shared.call(&caller, |portal, actor| groups::create(portal, actor, draft)).await?;
        let group = view(group);
        let place = format!("/api/v1/groups/{}", group.id);
        Ok(Created::Created(Json(group), place, None))
    }

    /// Changes a group. [groups.write; its permissions, step-up]
    #[oai(path = "/groups/:id", method = "patch", operation_id = "updateGroup")]
    async fn update(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: Body<GroupPatch>,
    ) -> Result<Json<Group>, Problem> {
        let (id, draft) = (id.0.id(), body.draft());
        let group =
            shared.call(&caller, move |portal, actor| groups::update(portal, actor, id, draft)).await?;
        Ok(Json(view(group)))
    }

    /// Deletes a group; one with users only by saying where they go.
    /// [groups.write, step-up]
    #[oai(path = "/groups/:id", method = "delete", operation_id = "deleteGroup")]
    async fn delete(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        /// The group that its users go to.
        move_to: Query<Option<IdText>>,
    ) -> Result<Done, Problem> {
        let mut params = Params::default();
        let (id, move_to) = (id.0.id(), params.id(move_to.0));
        let move_to = params.finish(move_to);
        shared.call(&caller, move |portal, actor| groups::delete(portal, actor, id, move_to)).await?;
        Ok(Done::Done)
    }

    /// The permissions there are: a plain list, for there are few.
    #[oai(path = "/permissions", method = "get", operation_id = "listPermissions")]
    async fn permissions(
        &self,
        shared: Shared,
        caller: Caller,
    ) -> Result<Json<Vec<PermissionView>>, Problem> {
        let all = shared.call(&caller, |portal, actor| permissions::list(portal, actor)).await?;
        let view = |permission: &Permission| PermissionView {
            name: permission.as_str().to_owned(),
            description: permission.description().to_owned(),
        };
        Ok(Json(all.iter().map(view).collect()))
    }
}
