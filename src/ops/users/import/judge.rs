//! What is to become of a row, by the rules of doing it by hand.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, hash_map::RandomState},
    hash::BuildHasher,
};

use serde_json::{Value, json};

use super::{
    names::{Missing, Names},
    plan::{Change, Creation, Plan, References},
    row::Given,
    wrong::{Looked, Wrong, gather},
};
use crate::{
    model::{
        error::{Code, FieldError},
        group::BuiltIn,
        id::{GroupId, Id, ProjectId, UserId},
        import::{Row, RowAction, RowError},
        permission::Permission,
        user::{User, UserPatch, UserState},
    },
    ops::{
        Error, Handle, ReadHandle, Result,
        users::{change, checked_groups, keep_an_admin_beside, must_hold_over, state, target, visible},
    },
    store::{Way, read::Read, tables::Table},
};

/// Groups of new users that are remembered as fine, at most.
const REMEMBERED: usize = 1000;

/// Judges rows one after the other, over one moment of the store.
pub struct Judge<'a> {
    tx: &'a ReadHandle,
    names: Names,
    /// Hashes of the users and e-mails that a row is about, and that row: the first wins.
    claims: HashMap<u64, u32>,
    hashes: RandomState,
    /// Admins whom a row before takes away.
    leaving: HashSet<UserId>,
    /// Groups that were found to be fine for somebody new.
    fine: HashMap<Vec<GroupId>, BTreeSet<GroupId>>,
}

/// Field → before and after.
type Changes = BTreeMap<String, (Value, Value)>;

/// A row that is not refused.
#[derive(Default)]
struct Judged {
    plan: Option<Plan>,
    changes: Changes,
    claims: Vec<u64>,
    missing: Missing,
    notes: Vec<String>,
}

impl<'a> Judge<'a> {
    pub fn new(tx: &'a ReadHandle, create_missing: bool) -> Result<Self> {
        Ok(Self {
            tx,
            names: Names::read(tx, create_missing)?,
            claims: HashMap::new(),
            hashes: RandomState::new(),
            leaving: HashSet::new(),
            fine: HashMap::new(),
        })
    }

    /// The groups and projects that the rows want made.
    pub fn missing(self) -> Missing {
        self.names.wanted
    }

    /// What is to become of a row; `number` is the row's.
    pub fn judge(&mut self, number: u64, given: Given) -> Result<(Row, Option<Plan>)> {
        let (row, email) = (number, given.told_email.clone());
        match self.look(&given) {
            Ok(Judged { plan, changes, claims, missing, notes }) => {
                for claim in claims {
                    self.claims.insert(claim, u32::try_from(number).unwrap_or(u32::MAX));
                }
                self.names.wanted.add(missing);
                let action = match &plan {
                    Some(Plan::Create(_)) => RowAction::Create,
                    Some(Plan::Update(change)) => {
                        if takes_an_admin_away(change) {
                            self.leaving.insert(change.before.id);
                        }
                        RowAction::Update
                    }
                    None => RowAction::Unchanged,
                };
                Ok((Row { row, action, email, errors: Vec::new(), notes, changes }, plan))
            }
            Err(Wrong::Row(errors)) => {
                let (action, changes) = (RowAction::Error, Changes::new());
                Ok((Row { row, action, email, errors, notes: Vec::new(), changes }, None))
            }
            Err(Wrong::Fatal(error)) => Err(error),
        }
    }

    fn look(&mut self, given: &Given) -> Looked<Judged> {
        if !self.tx.grants().held.anywhere().holds(Permission::UsersWrite) {
            return Err(Error::lacks(Permission::UsersWrite).into());
        }
        if !given.errors.is_empty() {
            return Err(Wrong::Row(given.errors.iter().cloned().map(RowError::from).collect()));
        }
        match self.find(given)? {
            Some(user) => self.update(given, user),
            None => self.create(given),
        }
    }

    /// The user that a row is about, by id if it is known here, else by e-mail.
    fn find(&self, given: &Given) -> Looked<Option<User>> {
        let by_id = match given.id.map(|id| visible(self.tx, id)) {
            Some(Ok(user)) => Some(user),
            None | Some(Err(Error::NotFound)) => None,
            Some(Err(other)) => return Err(other.into()),
        };
        let by_email = match &given.email {
            Some(email) => self.tx.user_by_email(email).map_err(Error::from)?,
            None => None,
        };
        match (by_id, by_email) {
            (Some(one), Some(other)) if one.id != other.id => {
                Err(Wrong::told("email", "taken", "The id is one user's, the e-mail address another's."))
            }
            (Some(user), _) => Ok(Some(user)),
            (None, Some(user)) => match visible(self.tx, user.id) {
                Ok(user) => Ok(Some(user)),
                Err(Error::NotFound) => Err(Error::taken(&user, false).into()),
                Err(other) => Err(other.into()),
            },
            (None, None) => Ok(None),
        }
    }

    /// What a row is about, unless an earlier row is about it too.
    fn claim(&self, what: &str, key: &[u8]) -> Looked<u64> {
        let hash = self.hashes.hash_one((what, key));
        match self.claims.get(&hash) {
            Some(earlier) => {
                let text = format!("Row {earlier} is about the same user, and the first one counts.");
                Err(Wrong::told("email", "duplicate", text))
            }
            None => Ok(hash),
        }
    }

    fn create(&mut self, given: &Given) -> Looked<Judged> {
        let mut wrong: Vec<RowError> = Vec::new();
        let mut judged = Judged::default();
        let missing = |text: &str| Err(Error::field("email", Code::Required, text).into());
        let claim = match (&given.email, given.id) {
            (Some(email), _) => self.claim("email", email.folded().as_bytes()),
            (None, Some(_)) => missing("Nobody here has this id, and the e-mail address is missing."),
            (None, None) => missing("The e-mail address is missing."),
        };
        if given.name.is_none() {
            wrong.push(FieldError::new("name", Code::Required, "The name is missing.").into());
        }
        let claim = gather(&mut wrong, claim)?;
        let groups = self.groups(given, &mut judged);
        let groups = gather(&mut wrong, groups)?.flatten().unwrap_or_default();
        let projects = self.projects(given, &mut judged);
        let projects = gather(&mut wrong, projects)?.flatten().unwrap_or_default();
        let (Some(claim), Some(name), Some(email), true) =
            (claim, given.name.clone(), given.email.clone(), wrong.is_empty())
        else {
            return Err(Wrong::Row(wrong));
        };
        let ids = self.fine(&groups)?.into_iter().collect();
        self.may_use(&groups.new)?;
        if !projects.is_empty() {
            self.may_manage_projects()?;
        }
        let creation = Creation {
            name,
            email,
            company: given.company.clone().flatten(),
            phone: given.phone.clone().flatten(),
            notes: given.notes.clone().flatten(),
            groups: References { ids, new: groups.new },
            projects,
            disabled: given.disable,
        };
        judged.claims.push(claim);
        judged.changes = self.told_creation(&creation, &judged.missing);
        judged.plan = Some(Plan::Create(Box::new(creation)));
        Ok(judged)
    }

    /// Groups for somebody new: none beyond what the actor holds, none at all means Customer.
    fn fine(&mut self, groups: &References<GroupId>) -> Looked<BTreeSet<GroupId>> {
        if groups.ids.is_empty() && !groups.new.is_empty() {
            return Ok(BTreeSet::new());
        }
        if let Some(known) = self.fine.get(&groups.ids) {
            return Ok(known.clone());
        }
        let checked = checked_groups(self.tx, &groups.ids, &BTreeSet::new())?;
        if !self.tx.grants().held.over(&checked).holds(Permission::UsersImport) {
            return Err(Error::lacks(Permission::UsersImport).into());
        }
        if self.fine.len() < REMEMBERED {
            self.fine.insert(groups.ids.clone(), checked.clone());
        }
        Ok(checked)
    }

    fn groups(&self, given: &Given, judged: &mut Judged) -> Looked<Option<References<GroupId>>> {
        let named = given.groups.as_ref().map(|names| self.names.groups(names, &mut judged.missing));
        let mut groups = named.transpose()?;
        for role in &given.roles {
            match self.names.group(role) {
                Some(id) => {
                    let ids = &mut groups.get_or_insert_default().ids;
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
                None => {
                    let role: String = role.chars().take(100).collect();
                    judged.notes.push(format!("There is no group “{role}” here: the role is left out."));
                }
            }
        }
        Ok(groups)
    }

    fn projects(&self, given: &Given, judged: &mut Judged) -> Looked<Option<References<ProjectId>>> {
        given.projects.as_ref().map(|names| self.names.projects(names, &mut judged.missing)).transpose()
    }

    /// Nobody who looks after some groups alone looks after one that is yet to be made.
    fn may_use(&self, new_groups: &[String]) -> Looked<()> {
        let needed = Permission::UsersWrite;
        if new_groups.is_empty() || self.tx.grants().holds(needed) {
            return Ok(());
        }
        Err(Error::lacks(needed).into())
    }

    fn may_manage_projects(&self) -> Looked<()> {
        let needed = Permission::ProjectsManage;
        if self.tx.grants().holds(needed) { Ok(()) } else { Err(Error::lacks(needed).into()) }
    }

    fn update(&mut self, given: &Given, before: User) -> Looked<Judged> {
        if before.state() == UserState::Deleted {
            return Err(Error::taken(&before, true).into());
        }
        let mut judged =
            Judged { claims: vec![self.claim("user", &before.id.bytes())?], ..Judged::default() };
        let legible = self.legible(given, &before, &mut judged);
        let given = &*legible;
        let groups = self.groups(given, &mut judged)?;
        let (join, leave) = self.moves(given, &before, &mut judged)?;
        let patch = patch(given, &before, groups.as_ref());
        let disable = given.disable && !before.disabled;
        let new_groups = groups.map(|groups| groups.new).unwrap_or_default();
        let moves = !join.is_empty() || !leave.is_empty();
        if patch == UserPatch::default() && new_groups.is_empty() && !disable && !moves {
            return Ok(judged);
        }
        if let Some(email) = patch.email.as_ref().filter(|email| email.folded() != before.email.folded()) {
            judged.claims.push(self.claim("email", email.folded().as_bytes())?);
        }
        target(self.tx, before.id)?;
        must_hold_over(self.tx, &before, Permission::UsersWrite)?;
        self.may_use(&new_groups)?;
        let mut after = change::changed(self.tx, &before, &patch)?;
        if patch.groups.is_none() && !new_groups.is_empty() {
            after.groups.clear();
        }
        if moves {
            self.may_manage_projects()?;
        }
        if disable {
            state::may_disable(self.tx, &before)?;
        }
        let change = Change { before, after, new_groups, disable, join, leave };
        if takes_an_admin_away(&change) {
            keep_an_admin_beside(self.tx, &change.before, &self.leaving)?;
        }
        judged.changes = self.told_change(&change, &judged.missing)?;
        judged.plan = Some(Plan::Update(Box::new(change)));
        Ok(judged)
    }

    /// A row without what the actor may not read of this user: that it is as the row says would tell.
    fn legible<'g>(&self, given: &'g Given, before: &User, judged: &mut Judged) -> Cow<'g, Given> {
        let blind = must_hold_over(self.tx, before, Permission::UsersWrite).is_err();
        if !blind || given.notes.is_none() {
            return Cow::Borrowed(given);
        }
        if given.notes.as_ref().is_some_and(Option::is_some) {
            judged.notes.push("The notes are left alone: to read them takes users.write.".to_owned());
        }
        Cow::Owned(Given { notes: None, ..given.clone() })
    }

    /// The projects that a row takes a user into, and out of.
    fn moves(
        &self,
        given: &Given,
        before: &User,
        judged: &mut Judged,
    ) -> Looked<(References<ProjectId>, Vec<ProjectId>)> {
        let Some(mut wanted) = self.projects(given, judged)? else { return Ok(Default::default()) };
        let now = self.memberships(before.id)?;
        let leave = now.iter().filter(|id| !wanted.ids.contains(id)).copied().collect();
        wanted.ids.retain(|id| !now.contains(id));
        Ok((wanted, leave))
    }

    fn memberships(&self, user: UserId) -> Result<BTreeSet<ProjectId>> {
        let ids = self.tx.ids::<ProjectId>(Table::MembersByUser, &user.bytes(), Way::Up)?;
        Ok(ids.collect::<std::result::Result<_, _>>()?)
    }

    fn told_creation(&self, new: &Creation, missing: &Missing) -> Changes {
        let mut changes = Changes::new();
        let mut add = |field: &str, value: Value| {
            if !value.is_null() {
                changes.insert(field.to_owned(), (Value::Null, value));
            }
        };
        add("name", json!(new.name));
        add("email", json!(new.email));
        add("company", json!(new.company));
        add("phone", json!(new.phone));
        add("notes", json!(new.notes));
        add("groups", json!(self.names.told_groups(&new.groups.ids, &missing.groups)));
        if !new.projects.is_empty() {
            add("projects", json!(self.names.told_projects(&new.projects.ids, &missing.projects)));
        }
        if new.disabled {
            add("state", json!(UserState::Disabled.as_str()));
        }
        changes
    }

    fn told_change(&self, change: &Change, missing: &Missing) -> Result<Changes> {
        let Change { before, after, join, leave, .. } = change;
        let none = Missing::default();
        let mut changes = Changes::new();
        let mut add = |field: &str, was: Value, is: Value| {
            if was != is {
                changes.insert(field.to_owned(), (was, is));
            }
        };
        add("name", json!(before.name), json!(after.name));
        add("email", json!(before.email), json!(after.email));
        add("company", json!(before.company), json!(after.company));
        add("phone", json!(before.phone), json!(after.phone));
        add("notes", json!(before.notes), json!(after.notes));
        let was = self.names.told_groups(&before.groups, &none.groups);
        add("groups", json!(was), json!(self.names.told_groups(&after.groups, &missing.groups)));
        if !join.is_empty() || !leave.is_empty() {
            let now = self.memberships(before.id)?;
            let then = now.iter().filter(|id| !leave.contains(id)).chain(&join.ids);
            let was = self.names.told_projects(&now, &none.projects);
            add("projects", json!(was), json!(self.names.told_projects(then, &missing.projects)));
        }
        if change.disable {
            add("state", json!(before.state().as_str()), json!(UserState::Disabled.as_str()));
        }
        Ok(changes)
    }
}

fn takes_an_admin_away(change: &Change) -> bool {
    let admin = BuiltIn::Admin.id();
    change.before.groups.contains(&admin) && (change.disable || !change.after.groups.contains(&admin))
}

/// What a row changes of a user's own fields; of groups only those that are there already.
fn patch(given: &Given, before: &User, groups: Option<&References<GroupId>>) -> UserPatch {
    fn other<T: PartialEq + Clone>(given: &Option<T>, before: &T) -> Option<T> {
        given.as_ref().filter(|given| *given != before).cloned()
    }
    // Found by the e-mail, that is the key, and stays as it is spelled.
    let by_id = given.id == Some(before.id);
    let customer = [BuiltIn::Customer.id()];
    let other_groups = |groups: &&References<GroupId>| match (groups.ids.as_slice(), groups.new.is_empty()) {
        ([], false) => false,
        ([], true) => before.groups != customer.into(),
        (ids, _) => before.groups != ids.iter().copied().collect() || !groups.new.is_empty(),
    };
    UserPatch {
        name: other(&given.name, &before.name),
        email: other(&given.email, &before.email).filter(|_| by_id),
        company: other(&given.company, &before.company),
        phone: other(&given.phone, &before.phone),
        notes: other(&given.notes, &before.notes),
        groups: groups.filter(other_groups).map(|groups| groups.ids.clone()),
    }
}
