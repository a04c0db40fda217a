//! Imports as they are shown.

use std::collections::BTreeMap;

use poem_openapi::Object;

use crate::{
    model::{
        id::ImportId,
        import::{Column, Counts, Recognised, Row},
        page::Page,
    },
    ops::{
        Error,
        users::import::{Now, Shown},
    },
};

/// An import, with the first 200 of its rows.
#[derive(Debug, Clone, Object)]
#[oai(rename = "Import")]
pub struct ImportView {
    import_id: String,
    /// `reading`, `previewed`, `applying`, `applied`, `undoing`, `cancelled` or `failed`.
    state: String,
    /// From 0 to 1: of the file that is read, or of the rows that are applied.
    progress: f64,
    counts: CountsView,
    /// In the order of the file.
    rows: Vec<RowView>,
    /// Undoes all of it; there is one once it is applied and has changed something.
    undo_id: Option<String>,
    /// What the file turned out to be; null until that is known.
    file: Option<FileView>,
    makes: Makes,
    /// Why it failed.
    error: Option<String>,
}

/// How far an import is, and a page of its rows.
#[derive(Debug, Clone, Object)]
pub struct ImportRows {
    items: Vec<RowView>,
    /// How many there are on all pages.
    total: u64,
    page: u64,
    per_page: u32,
    import_id: String,
    /// `reading`, `previewed`, `applying`, `applied`, `undoing`, `cancelled` or `failed`.
    state: String,
    /// From 0 to 1: of the file that is read, or of the rows that are applied.
    progress: f64,
    counts: CountsView,
    undo_id: Option<String>,
    file: Option<FileView>,
    makes: Makes,
    /// Why it failed.
    error: Option<String>,
}

/// How many rows of each kind there are.
#[derive(Debug, Clone, Object)]
#[oai(rename = "ImportCounts")]
pub struct CountsView {
    create: u64,
    update: u64,
    unchanged: u64,
    error: u64,
}

/// What is to become of a row.
#[derive(Debug, Clone, Object)]
#[oai(rename = "ImportRow")]
pub struct RowView {
    /// As a spreadsheet counts: the header is row 1.
    row: u64,
    /// `create`, `update`, `unchanged` or `error`.
    action: String,
    /// The e-mail address as it stands in the row.
    email: Option<String>,
    /// Why it can't be taken.
    errors: Vec<RowErrorView>,
    /// What of it is left out.
    notes: Vec<String>,
    /// Field → [before, after].
    changes: BTreeMap<String, Vec<serde_json::Value>>,
}

#[derive(Debug, Clone, Object)]
#[oai(rename = "ImportRowError")]
pub struct RowErrorView {
    /// Null: the row as a whole.
    field: Option<String>,
    code: String,
    message: String,
}

/// What a file turned out to be.
#[derive(Debug, Clone, Object)]
#[oai(rename = "ImportFile")]
pub struct FileView {
    /// `UTF-8`, `UTF-16LE`, `UTF-16BE` or `Windows-1252`.
    encoding: String,
    /// `,`, `;` or a tab.
    separator: String,
    /// `rollcall`, `google-workspace`, `microsoft-365`, `wordpress`, `named` (its columns have the
    /// names of our fields) or `mapped` (by hand); null while nobody knows which column is which.
    source: Option<String>,
    columns: Vec<ColumnView>,
}

#[derive(Debug, Clone, Object)]
#[oai(rename = "ImportColumn")]
pub struct ColumnView {
    name: String,
    /// What it is read as; null: it is left out. Of a file that is not known, a guess.
    field: Option<String>,
    /// What stands in its first row.
    sample: String,
}

/// The groups and projects that are made when it is applied.
#[derive(Debug, Clone, Object)]
#[oai(rename = "ImportMakes")]
pub struct Makes {
    groups: Vec<String>,
    projects: Vec<String>,
}

impl From<Shown> for ImportView {
    fn from(shown: Shown) -> Self {
        let Shown { id, now, rows } = shown;
        Self {
            import_id: id.to_string(),
            state: now.state.as_str().to_owned(),
            progress: now.progress,
            counts: now.counts.into(),
            rows: rows.into_iter().map(RowView::from).collect(),
            undo_id: now.undo_id.map(|id| id.to_string()),
            makes: makes(&now),
            error: now.error.as_ref().map(words),
            file: now.file.map(FileView::from),
        }
    }
}

pub fn rows((id, now, page): (ImportId, Now, Page<Row>)) -> ImportRows {
    ImportRows {
        items: page.items.into_iter().map(RowView::from).collect(),
        total: page.total,
        page: page.paging.page,
        per_page: page.paging.per_page,
        import_id: id.to_string(),
        state: now.state.as_str().to_owned(),
        progress: now.progress,
        counts: now.counts.into(),
        undo_id: now.undo_id.map(|id| id.to_string()),
        makes: makes(&now),
        error: now.error.as_ref().map(words),
        file: now.file.map(FileView::from),
    }
}

fn makes(now: &Now) -> Makes {
    let (groups, projects) = now.makes();
    Makes { groups, projects }
}

fn words(error: &Error) -> String {
    crate::http::problem::detail(error)
}

impl From<Counts> for CountsView {
    fn from(counts: Counts) -> Self {
        let Counts { create, update, unchanged, error } = counts;
        Self { create, update, unchanged, error }
    }
}

impl From<Row> for RowView {
    fn from(row: Row) -> Self {
        let told = |error: crate::model::import::RowError| RowErrorView {
            field: error.field,
            code: error.code,
            message: error.message,
        };
        let pair = |(field, (before, after))| (field, vec![before, after]);
        Self {
            row: row.row,
            action: row.action.as_str().to_owned(),
            email: row.email,
            errors: row.errors.into_iter().map(told).collect(),
            notes: row.notes,
            changes: row.changes.into_iter().map(pair).collect(),
        }
    }
}

impl From<Recognised> for FileView {
    fn from(file: Recognised) -> Self {
        let column = |Column { name, field, sample }| {
            let field = field.map(|field: crate::model::import::Field| field.as_str().to_owned());
            ColumnView { name, field, sample }
        };
        Self {
            encoding: file.encoding.to_owned(),
            separator: file.separator.to_string(),
            source: file.source.map(|source| source.as_str().to_owned()),
            columns: file.columns.into_iter().map(column).collect(),
        }
    }
}
