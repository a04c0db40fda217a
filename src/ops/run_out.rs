//! Links and API tokens that have run out: whoever finds one first notes it, and no clock that is set
//! back revives it.

use super::{Portal, Result};
use crate::{
    model::{run_out::Runs, time::Timestamp},
    store::{Reader, read::Read},
};

/// Whether it is over. Notes it, without keeping anyone waiting for the disk; once, however often it is
/// shown.
pub(super) fn find(portal: &Portal, tx: &impl Reader, one: &impl Runs, now: Timestamp) -> Result<bool> {
    let over = tx.has_run_out(one, now)?;
    if over && !tx.is_noted_over(one)? {
        let mark = one.mark();
        portal.store().note(move |tx| tx.note(&mark));
    }
    Ok(over)
}
