//! What was found to have run out.

use super::{Entity, Facts, Noted};
use crate::{
    model::{activity::Subject, run_out::RunOut},
    store::{error::Error, kv::Reader, tables::Table},
};

impl Entity for RunOut {
    const TABLE: Table = Table::RunOut;
    type Id = [u8; 16];
    fn id(&self) -> Self::Id {
        self.0
    }
    fn key_of(id: Self::Id) -> Vec<u8> {
        id.to_vec()
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(None)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(Vec::new())
    }
}
impl Noted for RunOut {}
