//! Who may be on the list at all, before any word is looked for.

use super::{
    base::Base,
    bits::Bits,
    error::Error,
    language::Parsed,
    query::{Disabled, Query},
    snapshot::Snapshot,
};
use crate::model::{
    id::{GroupId, ProjectId},
    policy::Visibility,
    user::UserState,
};

use super::document::UserDocument;

pub struct Filter<'q> {
    states: Vec<UserState>,
    group: Option<GroupId>,
    project: Option<ProjectId>,
    visibility: &'q Visibility,
}

impl<'q> Filter<'q> {
    pub fn new(query: &'q Query, parsed: &Parsed) -> Self {
        let shown = |state: &UserState| match (query.state, parsed.states.as_slice()) {
            (Some(only), []) => *state == only,
            (only, any @ [_, ..]) => any.contains(state) && only.is_none_or(|only| only == *state),
            (None, []) => match state {
                UserState::Active | UserState::Invited | UserState::Pending => {
                    query.disabled != Disabled::Only
                }
                UserState::Disabled => query.disabled != Disabled::Exclude || parsed.is_one_user(),
                UserState::Deleted => false,
            },
        };
        let states = UserState::ALL.iter().copied().filter(shown);
        Self {
            states: states.filter(|state| !parsed.not_states.contains(state)).collect(),
            group: query.group,
            project: query.project,
            // Nobody is in a project that is as if it were not there.
            visibility: match query.project.is_none_or(|project| query.reaches(project)) {
                true => &query.visibility,
                false => &Visibility::Nobody,
            },
        }
    }

    /// The same for whatever state and group.
    pub fn of_any_state_and_group(&self) -> Self {
        Self { states: UserState::ALL.to_vec(), group: None, ..*self }
    }

    pub fn has_state(&self, state: UserState) -> bool {
        self.states.contains(&state)
    }

    /// The users of the base in a state that passes.
    pub fn in_states(&self, base: &Base) -> Bits {
        let mut bits = Bits::none(base.size());
        self.states.iter().for_each(|state| bits.or(base.in_state(*state)));
        bits
    }

    /// The users of the base who pass.
    pub fn bits(&self, snapshot: &Snapshot) -> Result<Bits, Error> {
        let base = &snapshot.base;
        let mut bits = self.in_states(base);
        match self.visibility {
            Visibility::All => {}
            Visibility::Nobody => return Ok(Bits::none(base.size())),
            Visibility::Only(id) => {
                let mut only = Bits::none(base.size());
                base.slot(*id).into_iter().for_each(|slot| only.set(slot));
                bits.and(&only);
            }
            Visibility::Groups(groups) => bits.and(&base.in_groups(groups)),
        }
        if let Some(group) = self.group {
            bits.and(&base.in_groups(&[group]));
        }
        if let Some(project) = self.project {
            bits.and(&snapshot.members(project)?);
        }
        Ok(bits)
    }

    /// Whether a changed user passes.
    pub fn admits(&self, user: &UserDocument) -> bool {
        let seen = match self.visibility {
            Visibility::All => true,
            Visibility::Nobody => false,
            Visibility::Only(id) => *id == user.id,
            Visibility::Groups(groups) => user.groups.iter().any(|group| groups.contains(group)),
        };
        seen && self.states.contains(&user.state)
            && self.group.is_none_or(|group| user.groups.contains(&group))
            && self.project.is_none_or(|project| user.projects.contains(&project))
    }
}
