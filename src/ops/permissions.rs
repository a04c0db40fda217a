//! The permissions there are.

use super::{Portal, Result};
use crate::model::{
    permission::Permission,
    policy::{Actor, Need},
};

pub fn list(portal: &Portal, actor: &Actor) -> Result<&'static [Permission]> {
    portal.read(actor, Need::SIGNED_IN, |_| Ok(Permission::ALL))
}
