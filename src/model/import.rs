//! An import of users from CSV: what becomes of each row, and of the whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a row says, or would say, of a user. A column of a file is read as one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Id,
    Name,
    FirstName,
    LastName,
    Email,
    Company,
    Phone,
    Notes,
    Groups,
    /// Names from another system: those that are no group here are a note.
    Roles,
    Projects,
    State,
    /// Yes or no: whether the user may not, or may, sign in.
    Blocked,
    Enabled,
}

impl Field {
    pub const ALL: &[Field] = &[
        Self::Id,
        Self::Name,
        Self::FirstName,
        Self::LastName,
        Self::Email,
        Self::Company,
        Self::Phone,
        Self::Notes,
        Self::Groups,
        Self::Roles,
        Self::Projects,
        Self::State,
        Self::Blocked,
        Self::Enabled,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Email => "email",
            Self::Company => "company",
            Self::Phone => "phone",
            Self::Notes => "notes",
            Self::Groups => "groups",
            Self::Roles => "roles",
            Self::Projects => "projects",
            Self::State => "state",
            Self::Blocked => "blocked",
            Self::Enabled => "enabled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.as_str() == text)
    }
}

/// Where a file comes from, by its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Rollcall's own export: an empty cell clears.
    Rollcall,
    GoogleWorkspace,
    Microsoft365,
    WordPress,
    /// Its columns have the names of our fields.
    Named,
    /// Somebody said which column is which.
    Mapped,
}

impl Source {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rollcall => "rollcall",
            Self::GoogleWorkspace => "google-workspace",
            Self::Microsoft365 => "microsoft-365",
            Self::WordPress => "wordpress",
            Self::Named => "named",
            Self::Mapped => "mapped",
        }
    }
}

/// A column of a file, as it is told to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// What it is read as; `None`: it is left out.
    pub field: Option<Field>,
    /// What stands in its first row, shortened.
    pub sample: String,
}

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    pub encoding: &'static str,
    pub separator: char,
    /// `None`: nobody knows yet which column is which.
    pub source: Option<Source>,
    pub columns: Vec<Column>,
}

/// What is to become of a row, or became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowAction {
    Create,
    Update,
    Unchanged,
    Error,
}

impl RowAction {
    pub const ALL: [RowAction; 4] = [Self::Create, Self::Update, Self::Unchanged, Self::Error];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Unchanged => "unchanged",
            Self::Error => "error",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// How many rows of each kind there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub create: u64,
    pub update: u64,
    pub unchanged: u64,
    pub error: u64,
}

impl Counts {
    pub fn add(&mut self, action: RowAction) {
        *match action {
            RowAction::Create => &mut self.create,
            RowAction::Update => &mut self.update,
            RowAction::Unchanged => &mut self.unchanged,
            RowAction::Error => &mut self.error,
        } += 1;
    }

    pub fn of(&self, action: RowAction) -> u64 {
        match action {
            RowAction::Create => self.create,
            RowAction::Update => self.update,
            RowAction::Unchanged => self.unchanged,
            RowAction::Error => self.error,
        }
    }

    pub fn all(&self) -> u64 {
        self.create + self.update + self.unchanged + self.error
    }

    /// Rows that change something.
    pub fn to_apply(&self) -> u64 {
        self.create + self.update
    }
}

/// Why a row can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// The field it is about; `None`: the row as a whole.
    pub field: Option<String>,
    pub code: String,
    pub message: String,
}

/// A row as it is told: what is to become of it, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// As a spreadsheet counts: the header is row 1.
    pub row: u64,
    pub action: RowAction,
    pub email: Option<String>,
    pub errors: Vec<RowError>,
    /// What was left out, and why; no reason to leave the row.
    pub notes: Vec<String>,
    /// Field → before and after.
    pub changes: BTreeMap<String, (Value, Value)>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportState {
    /// Its rows are being looked at.
    Reading,
    Previewed,
    Applying,
    Applied,
    /// Stopped half-way; what was done is being taken back.
    Undoing,
    Cancelled,
    Failed,
}

impl ImportState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Previewed => "previewed",
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Undoing => "undoing",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}
