//! The counts beside the list of users.

use poem_openapi::{Object, OpenApi, param::Query, payload::Json};

use super::{Answer, matching};
use crate::{
    http::{
        auth::Caller,
        call::Shared,
        params::{IdText, Params},
    },
    ops::{
        Draft,
        users::{self, Facets, Matching},
    },
};

/// How many of those found are in each state and each group.
#[derive(Debug, Clone, Object)]
pub struct UserFacets {
    /// How many the list has.
    total: u64,
    /// Whatever `state` and `disabled` say: the other choices, too.
    states: Vec<StateCount>,
    /// Whatever `group` says. All groups, by name.
    groups: Vec<GroupCount>,
}

#[derive(Debug, Clone, Object)]
struct StateCount {
    /// `active`, `invited`, `pending`, `disabled` or `deleted`.
    state: String,
    users: u64,
}

#[derive(Debug, Clone, Object)]
struct GroupCount {
    id: String,
    name: String,
    users: u64,
}

impl From<Facets> for UserFacets {
    fn from(facets: Facets) -> Self {
        let state = |(state, users): (crate::model::user::UserState, u64)| StateCount {
            state: state.as_str().to_owned(),
            users,
        };
        let groups = facets.groups.into_iter();
        Self {
            total: facets.total,
            states: facets.states.into_iter().map(state).collect(),
            groups: groups.map(|(id, name, users)| GroupCount { id: id.to_string(), name, users }).collect(),
        }
    }
}

pub struct FacetsApi;

#[OpenApi]
impl FacetsApi {
    /// How many of those found are in each state and each group: what the list could be narrowed
    /// to. The parameters are the list's. [users.read]
    #[oai(path = "/users/facets", method = "get", operation_id = "countUsers")]
    #[allow(clippy::too_many_arguments, reason = "one for each parameter of the query")]
    async fn facets(
        &self,
        shared: Shared,
        caller: Caller,
        /// In the search language.
        q: Query<Option<String>>,
        /// `name`, `email`, `company` or `groups`: where plain words are looked for.
        field: Query<Option<String>>,
        /// `exclude` (the default), `include` or `only`.
        disabled: Query<Option<String>>,
        /// `active`, `invited`, `pending`, `disabled` or `deleted`.
        state: Query<Option<String>>,
        group: Query<Option<IdText>>,
        project: Query<Option<IdText>>,
    ) -> Answer<Json<UserFacets>> {
        let mut params = Params::default();
        let matching = matching(&mut params, q, field, disabled, state, group, project);
        let draft: Draft<Matching> = params.finish(matching);
        let facets = shared.call(&caller, |portal, actor| users::facets(portal, actor, draft)).await?;
        Ok(Json(facets.into()))
    }
}
