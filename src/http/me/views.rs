//! `/me/views`: one's own saved views of the list of users.

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use crate::{
    http::{
        auth::Caller,
        body::{Body, Fields, Form},
        call::Shared,
        params::{IdText, Whole, paging},
        problem::Problem,
        views::{Created, Done, List, list},
    },
    model::{
        text::ViewName,
        view::{self, NewView, ViewPatch, ViewQuery},
    },
    ops::views,
};

/// A search, a sort and filters of the list of users, under a name.
#[derive(Debug, Clone, Object)]
pub struct View {
    id: String,
    name: String,
    /// The list's own query string, such as `q=jose&sort=-created`.
    query: String,
}

fn shown(view: view::View) -> View {
    View { id: view.id.to_string(), name: view.name.to_string(), query: view.query.as_str().to_owned() }
}

#[derive(Object)]
#[oai(rename = "NewView", deny_unknown_fields)]
pub struct NewViewBody {
    /// No other view of yours has it.
    name: String,
    /// Of `q`, `field`, `sort`, `disabled`, `state`, `group` and `project`, each once at most.
    query: String,
}

#[derive(Object)]
#[oai(rename = "ViewPatch", deny_unknown_fields)]
pub struct ViewPatchBody {
    name: Option<String>,
    query: Option<String>,
}

impl Form for NewView {
    type Document = NewViewBody;
    fn read(f: &mut Fields) -> Option<Self> {
        let (name, query) = (f.required("name", ViewName::parse), f.required("query", ViewQuery::parse));
        Some(Self { name: name?, query: query? })
    }
}

impl Form for ViewPatch {
    type Document = ViewPatchBody;
    fn read(f: &mut Fields) -> Option<Self> {
        Some(Self { name: f.changed("name", ViewName::parse), query: f.changed("query", ViewQuery::parse) })
    }
}

pub struct ViewsApi;

#[OpenApi]
impl ViewsApi {
    /// One's saved views of the list of users, by name. [users.read]
    #[oai(path = "/me/views", method = "get", operation_id = "listMyViews")]
    async fn list(
        &self,
        shared: Shared,
        caller: Caller,
        page: Query<Option<Whole>>,
        per_page: Query<Option<Whole>>,
    ) -> Result<Json<List<View>>, Problem> {
        let paging = paging(page.0, per_page.0);
        let page = shared.call(&caller, |portal, actor| views::list(portal, actor, paging)).await?;
        Ok(list(page, shown))
    }

    /// Saves a view; fifty at most. [users.read]
    #[oai(path = "/me/views", method = "post", operation_id = "createMyView")]
    async fn create(
        &self,
        shared: Shared,
        caller: Caller,
        body: Body<NewView>,
    ) -> Result<Created<View>, Problem> {
        let draft = body.draft();
        let view = shared.call(&caller, |portal, actor| views::create(portal, actor, draft)).await?;
        let place = format!("/api/v1/me/views/{}", view.id);
        Ok(Created::Created(Json(shown(view)), place, None))
    }

    /// Renames a view, or has it show something else. [users.read]
    #[oai(path = "/me/views/:id", method = "patch", operation_id = "updateMyView")]
    async fn update(
        &self,
        shared: Shared,
        caller: Caller,
        id: Path<IdText>,
        body: Body<ViewPatch>,
    ) -> Result<Json<View>, Problem> {
        let (id, draft) = (id.0.id(), body.draft());
        let view = shared.call(&caller, move |portal, actor| views::update(portal, actor, id, draft)).await?;
        Ok(Json(shown(view)))
    }

    /// Deletes a view. [users.read]
    #[oai(path = "/me/views/:id", method = "delete", operation_id = "deleteMyView")]
    async fn delete(&self, shared: Shared, caller: Caller, id: Path<IdText>) -> Result<Done, Problem> {
        let id = id.0.id();
        shared.call(&caller, move |portal, actor| views::delete(portal, actor, id)).await?;
        Ok(Done::Done)
    }
}
