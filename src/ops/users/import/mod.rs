//! Users from CSV: looked at first, row by row, then applied as one batch that can be undone.
//!
//! A file goes through these: its encoding, its table, its columns, each row, the judge, and last
//! the verdicts, a file in which the preview lies until it is applied exactly as it was shown.

mod apply;
mod columns;
mod encoding;
mod job;
mod judge;
mod kept;
mod names;
mod plan;
mod preview;
mod refusal;
mod row;
mod table;
mod verdicts;
mod wrong;

use std::{collections::BTreeMap, sync::Arc};

pub use self::{
    columns::EXTRA,
    job::{Import, Now},
    kept::{Imports, Spooling, cut_short},
};
use crate::{
    model::{
        held::Held,
        id::ImportId,
        import::{ImportState, Row, RowAction},
        page::{Page, Paging},
        permission::Permission,
        policy::{Actor, Grants, Need},
    },
    ops::{Draft, Error, Handle, Portal, Result, csv_cells, error::Unreadable},
};

/// Bytes of a file, at most.
pub const LIMIT: usize = 256 << 20;
/// An import of more rows is answered before it is finished.
pub const AT_ONCE: u64 = 10_000;
/// Rows that are told with the import itself.
pub const TOLD: u32 = 200;

const NEED: Need = Need::permission(Permission::UsersImport);
/// It may change anybody's e-mail, and whoever has the address can have the account.
const APPLY: Need = NEED.and_fresh();

/// What is asked for beside the file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Also do it, without waiting for somebody to look.
    pub apply: bool,
    /// Column → field, by hand.
    pub map: Option<BTreeMap<String, String>>,
    /// Mail a welcome to everybody who is created.
    pub welcome: bool,
    /// Make the groups and projects that are not there.
    pub create_missing: bool,
}

/// An import, and the first of its rows.
pub struct Shown {
    pub id: ImportId,
    pub now: Now,
    pub rows: Vec<Row>,
}

impl Shown {
    fn of(import: &Import) -> Result<Self> {
        let now = import.now();
        let rows = match &now.verdicts {
            Some(verdicts) => verdicts.page(None, Paging { page: 1, per_page: TOLD })?.items,
            None => Vec::new(),
        };
        Ok(Self { id: import.id, now, rows })
    }

    /// Whether it is answered before it is finished: it is long, or waits for its turn.
    pub fn is_long(&self) -> bool {
        self.now.counts.all() > AT_ONCE || self.now.under_way()
    }
}

/// An import whose file may come: who sends it may, and nothing else is wrong with it.
pub struct Receiving<F> {
    options: Options,
    owner: job::Owner,
    held: Held,
    /// What the file comes from.
    pub from: F,
    pub into: Spooling,
}

impl<F> Receiving<F> {
    /// Lets go of what the file came from.
    pub fn received(self) -> Receiving<()> {
        Receiving { options: self.options, owner: self.owner, held: self.held, from: (), into: self.into }
    }
}

/// Opens a place for a file. Nothing of it is read before it is known that it may come.
pub fn receive<F>(
    portal: &Arc<Portal>,
    actor: &Actor,
    options: Draft<Options>,
    file: Draft<F>,
) -> Result<Receiving<F>> {
    let apply = options.as_ref().is_ok_and(|options| options.apply);
    let (owner, held) =
        portal.read(actor, NEED, |tx| Ok((job::Owner::of(tx.grants()), tx.grants().held.clone())))?;
    if apply {
        // Whoever may only look may look at a preview.
        portal.write(actor, APPLY, |_| Ok(()))?;
    }
    let from = file?;
    let options = options?;
    let id = portal.store().entropy().id(portal.now()).map_err(crate::store::Error::from)?;
    let into = portal.imports.spool(id, &owner)?;
    Ok(Receiving { options, owner, held, from, into })
}

/// Looks at the rows of a file that has come, and applies them if that was asked for. Returns when
/// that is done, or when it is clear that it takes a while.
pub fn import(portal: &Arc<Portal>, actor: &Actor, received: Receiving<()>) -> Result<Shown> {
    let import = begin(portal, actor, received)?;
    shown_or_failed(portal, &import)
}

/// The same without waiting at all.
pub fn begin(portal: &Arc<Portal>, actor: &Actor, received: Receiving<()>) -> Result<Arc<Import>> {
    let Receiving { options, owner, held, into, .. } = received;
    let apply = options.apply;
    let (id, spooled) = (into.id, into.whole());
    let import = portal.imports.enter(Import::new(id, (owner, held), options, portal.now()))?;
    job::start(portal, &import, actor, move |work| {
        preview::preview(work, spooled)?;
        if apply { apply::apply(work) } else { Ok(()) }
    })?;
    Ok(import)
}

/// Waits until an import is done with what it does, or known to be long.
fn shown_or_failed(portal: &Portal, import: &Arc<Import>) -> Result<Shown> {
    import.wait(|now| !now.under_way() || (now.counts.all() > AT_ONCE && !now.checking));
    let shown = Shown::of(import)?;
    match shown.now.error.clone() {
        Some(error) => {
            if shown.now.verdicts.is_none() {
                portal.imports.forget(import.id);
            }
            Err(error)
        }
        None => Ok(shown),
    }
}

/// An import of one's own; any other is not there.
fn own(portal: &Portal, actor: &Actor, id: ImportId) -> Result<Arc<Import>> {
    own_if(portal, actor, id, |_, _| true)
}

/// The same for reading what it shows: not for whoever holds less than when it was made.
fn legible(portal: &Portal, actor: &Actor, id: ImportId) -> Result<Arc<Import>> {
    own_if(portal, actor, id, |grants, import| grants.held.covers(&import.held))
}

fn own_if(
    portal: &Portal,
    actor: &Actor,
    id: ImportId,
    fits: fn(&Grants, &Import) -> bool,
) -> Result<Arc<Import>> {
    portal.read(actor, NEED, |tx| {
        let import = portal.imports.get(id).ok_or(Error::NotFound)?;
        let own = import.owner == job::Owner::of(tx.grants()) && fits(tx.grants(), &import);
        if own { Ok(import) } else { Err(Error::NotFound) }
    })
}

/// How far an import is, and a page of its rows.
pub fn get(
    portal: &Portal,
    actor: &Actor,
    id: ImportId,
    query: Draft<(Option<RowAction>, Paging)>,
) -> Result<(ImportId, Now, Page<Row>)> {
    let import = legible(portal, actor, id)?;
    let (action, paging) = query?;
    let now = import.now();
    let page = match &now.verdicts {
        Some(verdicts) => verdicts.page(action, paging)?,
        None => Page { items: Vec::new(), total: 0, paging },
    };
    Ok((id, now, page))
}

/// Applies exactly what was previewed.
pub fn apply(
    portal: &Arc<Portal>,
    actor: &Actor,
    id: ImportId,
    welcome: Draft<Option<bool>>,
) -> Result<Shown> {
    let import = own(portal, actor, id)?;
    portal.write(actor, APPLY, |_| Ok(()))?;
    import.take_up(welcome?)?;
    job::start(portal, &import, actor, |work| {
        apply::check_fresh(work)?;
        apply::apply(work)
    })?;
    shown_or_failed(portal, &import)
}

/// Ends an import: one that is being applied is taken back, any other is forgotten.
pub fn cancel(portal: &Portal, actor: &Actor, id: ImportId) -> Result<()> {
    let import = own(portal, actor, id)?;
    import.cancel();
    if !matches!(import.now().state, ImportState::Applying | ImportState::Undoing) {
        portal.imports.forget(id);
        import.change(|now| now.verdicts = None);
    }
    Ok(())
}

/// The rows that can't be taken, to be written as CSV: as they stood, with the reason beside them.
pub struct Refused {
    header: Vec<String>,
    verdicts: Arc<verdicts::Verdicts>,
}

pub fn refused(portal: &Portal, actor: &Actor, id: ImportId) -> Result<Refused> {
    let now = legible(portal, actor, id)?.now();
    let unread = || Error::Conflict("This import is not read to its end yet.".to_owned());
    let verdicts = now.verdicts.ok_or_else(unread)?;
    let names = now.file.map(|file| file.columns.into_iter().map(|column| column.name).collect());
    Ok(Refused { header: names.unwrap_or_default(), verdicts })
}

impl Refused {
    pub fn write(&self, out: impl std::io::Write) -> Result<()> {
        let failed = |error: csv::Error| Error::Unavailable(error.to_string());
        let width = self.header.len();
        // A file of such rows, mended and sent again, has these columns already.
        let kept: Vec<usize> = (0..width).filter(|n| !EXTRA.contains(&self.header[*n].as_str())).collect();
        let mut csv = csv_cells::writer(out);
        let names = kept.iter().map(|n| csv_cells::reguard(&self.header[*n]));
        csv.write_record(names.chain(EXTRA.map(str::to_owned))).map_err(failed)?;
        for refused in self.verdicts.refused()? {
            let (row, cells) = refused?;
            let why: Vec<&str> = row.errors.iter().map(|error| error.message.as_str()).collect();
            let (number, why) = (row.row.to_string(), csv_cells::guard(&why.join(" ")));
            let cell = |n: &usize| cells.get(*n).map(|cell| csv_cells::reguard(cell)).unwrap_or_default();
            csv.write_record(kept.iter().map(cell).chain([number, why])).map_err(failed)?;
        }
        csv.flush().map_err(|error| Error::Unavailable(error.to_string()))
    }
}

/// A body that is announced as too long, or of another kind.
pub fn check_body(length: Option<usize>, is_csv: bool) -> Draft<()> {
    if length.is_some_and(|length| length > LIMIT) {
        return Err(Error::Unreadable(Unreadable::TooLarge(LIMIT)));
    }
    if is_csv { Ok(()) } else { Err(Error::Unreadable(Unreadable::MediaType("text/csv"))) }
}
