//! Where second factors lie. Their subject is the user: "who took my passkey away?" is asked of
//! a user's page.

use serde_json::json;

use super::{Entity, Facts, Index, unique, user_subject};
use crate::{
    model::{
        activity::Subject,
        factor::{Factor, Means},
        id::{FactorId, Id, UserId},
    },
    store::{
        error::Error,
        kv::Reader,
        tables::{Table, key},
    },
};

impl Entity for Factor {
    const TABLE: Table = Table::Factors;
    type Id = (UserId, FactorId);
    fn id(&self) -> Self::Id {
        (self.user, self.id)
    }
    fn key_of((user, id): Self::Id) -> Vec<u8> {
        key(&[&user.bytes(), &id.bytes()])
    }
    fn indexes(&self) -> Vec<Index> {
        match &self.means {
            Means::Passkey { credential, .. } => {
                vec![unique(Table::FactorsByCredential, credential.as_slice())]
            }
            _ => Vec::new(),
        }
    }
    fn subject(&self, tx: &dyn Reader) -> Result<Option<Subject>, Error> {
        user_subject(tx, self.user)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![
            ("factor", json!(self.name)),
            ("kind", json!(self.kind().as_str())),
            ("left", json!(self.left())),
        ])
    }
}
