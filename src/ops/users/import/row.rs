//! What one row says, as far as that can be told without looking at who is here.

use super::columns::Columns;
use crate::model::{
    error::{Code, FieldError, Refused},
    id::UserId,
    import::{Field, Source},
    text::{Company, EmailAddress, FullName, GroupName, Notes, Phone, ProjectName, fold_name},
};

/// Names in one cell, at most.
const NAMES: usize = 10_000;

/// What a row says. `None` leaves a field alone; an inner `None` clears it.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pub id: Option<UserId>,
    pub name: Option<FullName>,
    pub email: Option<EmailAddress>,
    pub company: Option<Option<Company>>,
    pub phone: Option<Option<Phone>>,
    pub notes: Option<Option<Notes>>,
    pub groups: Option<Vec<GroupName>>,
    /// Groups named by another system.
    pub roles: Vec<String>,
    pub projects: Option<Vec<ProjectName>>,
    pub disable: bool,
    /// The e-mail as it stands in the row, to find it by.
    pub told_email: Option<String>,
    pub errors: Vec<FieldError>,
}

/// Reads one row.
pub fn read(columns: &Columns, row: &csv::StringRecord) -> Given {
    let mut reader = Reader { columns, row, clears: columns.source == Source::Rollcall, errors: Vec::new() };
    let mut given = Given::default();
    let beyond = row.iter().skip(columns.width).any(|cell| !cell.trim().is_empty());
    if row.len() < columns.width || beyond {
        let text = format!("This row has {} cells, the header {}.", row.len(), columns.width);
        reader.errors.push(FieldError::new("", Code::Invalid, text));
    }
    given.told_email = reader.text(Field::Email).map(|text| text.trim().chars().take(300).collect());
    given.id = reader.text(Field::Id).and_then(|text| text.trim().parse().ok());
    given.name = reader.name();
    given.email = reader.needed(Field::Email, EmailAddress::parse);
    given.company = reader.optional(Field::Company, Company::parse);
    given.phone = reader.optional(Field::Phone, Phone::parse);
    given.notes = reader.optional(Field::Notes, Notes::parse);
    given.groups = reader.names(Field::Groups, GroupName::parse, |name| fold_name(name.as_str()));
    given.projects = reader.names(Field::Projects, ProjectName::parse, |name| fold_name(name.as_str()));
    given.roles = reader.text(Field::Roles).map(|text| list(text, &[',', ';', '|'])).unwrap_or_default();
    given.disable = reader.disables();
    given.errors = reader.errors;
    given
}

struct Reader<'a> {
    columns: &'a Columns,
    row: &'a csv::StringRecord,
    /// An empty cell clears.
    clears: bool,
    errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    /// A cell that says something.
    fn text(&self, field: Field) -> Option<&'a str> {
        self.columns.cell(self.row, field).filter(|text| !text.trim().is_empty())
    }

    fn is_cleared(&self, field: Field) -> bool {
        self.clears && self.columns.cell(self.row, field).is_some_and(|text| text.trim().is_empty())
    }

    fn parsed<T>(&mut self, field: Field, text: &str, parse: fn(&str) -> Result<T, Refused>) -> Option<T> {
        parse(text).map_err(|refused| self.errors.push(refused.at(field.as_str()))).ok()
    }

    /// What can't be cleared.
    fn needed<T>(&mut self, field: Field, parse: fn(&str) -> Result<T, Refused>) -> Option<T> {
        match self.text(field) {
            Some(text) => self.parsed(field, text, parse),
            None if self.is_cleared(field) => self.parsed(field, "", parse),
            None => None,
        }
    }

    fn optional<T>(&mut self, field: Field, parse: fn(&str) -> Result<T, Refused>) -> Option<Option<T>> {
        match self.text(field) {
            Some(text) => self.parsed(field, text, parse).map(Some),
            None => self.is_cleared(field).then_some(None),
        }
    }

    /// The name, or first and last name where there is none.
    fn name(&mut self) -> Option<FullName> {
        if self.text(Field::Name).is_some() || self.is_cleared(Field::Name) {
            return self.needed(Field::Name, FullName::parse);
        }
        let parts = [self.text(Field::FirstName), self.text(Field::LastName)];
        let whole = parts.into_iter().flatten().map(str::trim).collect::<Vec<_>>().join(" ");
        if whole.is_empty() { None } else { self.parsed(Field::Name, &whole, FullName::parse) }
    }

    /// Names in one cell, each once.
    fn names<T>(
        &mut self,
        field: Field,
        parse: fn(&str) -> Result<T, Refused>,
        fold: impl Fn(&T) -> String,
    ) -> Option<Vec<T>> {
        let Some(text) = self.text(field) else { return self.is_cleared(field).then(Vec::new) };
        let parts = list(text, &[';']);
        if parts.len() > NAMES {
            let text = format!("At most {NAMES} names can stand in one cell.");
            self.errors.push(FieldError::new(field.as_str(), Code::TooLong, text));
            return None;
        }
        let (mut names, mut folded) = (Vec::with_capacity(parts.len()), Vec::new());
        for part in parts {
            let Some(name) = self.parsed(field, &part, parse) else { continue };
            let key = fold(&name);
            if !folded.contains(&key) {
                folded.push(key);
                names.push(name);
            }
        }
        Some(names)
    }

    /// Whether the user may not sign in. Nothing in a file lets anybody in.
    fn disables(&mut self) -> bool {
        let word = |reader: &Self, field| reader.text(field).map(|text| text.trim().to_lowercase());
        let yes = ["true", "yes", "1", "ja", "oui", "sí", "si", "blocked"];
        let no = ["false", "no", "0", "nein", "non"];
        let state = match word(self, Field::State).as_deref() {
            None | Some("active" | "invited" | "pending" | "enabled") => false,
            Some("disabled" | "suspended" | "archived" | "blocked" | "inactive") => true,
            Some(_) => {
                let text = "The state is none that is known: active, invited, pending or disabled.";
                self.errors.push(FieldError::new("state", Code::Invalid, text));
                false
            }
        };
        let blocked = word(self, Field::Blocked).is_some_and(|text| yes.contains(&text.as_str()));
        let enabled = word(self, Field::Enabled).is_none_or(|text| !no.contains(&text.as_str()));
        state || blocked || !enabled
    }
}

/// What stands between separators, trimmed, without the empty.
fn list(text: &str, separators: &[char]) -> Vec<String> {
    text.split(separators).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
