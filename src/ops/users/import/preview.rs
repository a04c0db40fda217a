//! Looks at all rows of a file and writes down what is to become of each.

use std::sync::Arc;

use super::{
    NEED, columns::recognise, job::Work, judge::Judge, kept::Spooled, row, table::Table, verdicts::Writer,
};
use crate::{
    model::import::{Column, ImportState, Recognised, RowAction},
    ops::Result,
};

/// Progress is told, and a wish to stop heard, every so many rows.
const TOLD_EVERY: u64 = 500;
/// Characters of a sample.
const SAMPLE: usize = 60;

pub fn preview(work: &Work, spooled: Spooled) -> Result<()> {
    let Work { portal, import, actor } = work;
    let (columns, file) = header(&spooled, import.options.map.as_ref())?;
    import.change(|now| now.file = Some(file));
    let mut table = Table::open(&spooled.path)?;
    let mut verdicts = Writer::begin(portal.imports.verdicts_of(import.id)?, portal.imports.floor())?;
    let handle = portal.read_on(actor, NEED)?;
    let mut judge = Judge::new(&handle, import.options.create_missing)?;
    let mut cells = csv::StringRecord::new();
    while table.next(&mut cells)? {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let (row, plan) = judge.judge(table.row(), row::read(&columns, &cells))?;
        let kept = (row.action == RowAction::Error).then(|| cells.iter().collect());
        verdicts.add(&row, plan.as_ref(), kept)?;
        if table.row().is_multiple_of(TOLD_EVERY) {
            work.go_on()?;
            // Decoded, the text may be longer than the file.
            let progress = (table.position() as f64 / spooled.length.max(1) as f64).min(0.99);
            import.change(|now| {
                now.progress = progress;
                now.counts = verdicts.counts();
            });
        }
    }
    let missing = judge.missing();
    let verdicts = Arc::new(verdicts.finish()?);
    work.go_on()?;
    drop((table, spooled));
    import.change(|now| {
        now.counts = verdicts.counts();
        now.verdicts = Some(verdicts);
        now.missing = missing;
        now.progress = 1.0;
        now.state = if import.options.apply { ImportState::Applying } else { ImportState::Previewed };
    });
    Ok(())
}

/// What the file is, and which of its columns says what.
fn header(
    spooled: &Spooled,
    map: Option<&std::collections::BTreeMap<String, String>>,
) -> Result<(super::columns::Columns, Recognised)> {
    let mut table = Table::open(&spooled.path)?;
    let mut first = csv::StringRecord::new();
    table.next(&mut first)?;
    let sample = |n| first.get(n).unwrap_or_default().chars().take(SAMPLE).collect();
    let column = |(n, name): (usize, &String)| Column { name: name.clone(), field: None, sample: sample(n) };
    let file = Recognised {
        encoding: table.encoding.as_str(),
        separator: char::from(table.separator),
        source: None,
        columns: table.header.iter().enumerate().map(column).collect(),
    };
    recognise(file, &table.header, map)
}
