//! Where saved views lie.

use serde_json::json;

use super::{Entity, Facts, Index, subject, unique};
use crate::{
    model::{
        activity::{Person, Subject},
        id::{Id, UserId, ViewId},
        text::fold_name,
        view::View,
    },
    store::{
        error::Error,
        kv::Reader,
        tables::{Table, key},
    },
};

impl Entity for View {
    const TABLE: Table = Table::Views;
    type Id = (UserId, ViewId);
    fn id(&self) -> Self::Id {
        (self.user, self.id)
    }
    fn key_of((user, id): Self::Id) -> Vec<u8> {
        key(&[&user.bytes(), &id.bytes()])
    }
    fn indexes(&self) -> Vec<Index> {
        let name = fold_name(self.name.as_str());
        vec![unique(Table::ViewsByName, key(&[&self.user.bytes(), name.as_bytes()]))]
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(Some(subject("view", self.id, self.name.as_str())))
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![("name", json!(self.name)), ("query", json!(self.query))])
    }
    fn person(&self) -> Option<Person> {
        Some(Person::User(self.user))
    }
}
