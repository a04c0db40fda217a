//! Links and API tokens that have run out: whoever finds one first notes it, and no clock that is set
//! back revives it.

use super::{Portal, Result};
use crate::{
    model::{
        id::Id,
        run_out::{RunOut, Runs},
        time::Timestamp,
    },
    store::{Reader, read::Read},
};

/// Whether it is over, by the time or because it was found to be over before.
pub(super) fn is_over(tx: &impl Reader, one: &impl Runs, now: Timestamp) -> Result<bool> {
    Ok(now >= one.ends() || is_noted(tx, one)?)
}

pub(super) fn is_noted(tx: &impl Reader, one: &impl Runs) -> Result<bool> {
    Ok(tx.entity::<RunOut>(one.id().bytes())?.is_some())
}

/// The same, and notes it, without keeping anyone waiting for the disk; once, however often it is shown.
pub(super) fn find(portal: &Portal, tx: &impl Reader, one: &impl Runs, now: Timestamp) -> Result<bool> {
    let noted = is_noted(tx, one)?;
    if !noted && now >= one.ends() {
        let id = one.id().bytes();
        portal.store().note(move |tx| tx.note(&RunOut(id)));
    }
    Ok(noted || now >= one.ends())
}
