//! Where one-time links lie, and sign-ups that wait for theirs.

use serde_json::json;

use super::{Entity, Facts, Index, Noted, index, subject, unique, user_subject};
use crate::{
    model::{
        activity::{Person, Subject},
        id::{Id, LinkId, SignUpId},
        link::{Bearer, Link, SignUp},
    },
    store::{error::Error, kv::Reader, read::Read, tables::Table},
};

impl Entity for Link {
    const TABLE: Table = Table::Links;
    type Id = LinkId;
    fn id(&self) -> LinkId {
        self.id
    }
    fn key_of(id: LinkId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        let bearer = match self.bearer {
            Bearer::User(id) => id.bytes(),
            Bearer::SignUp(id) => id.bytes(),
        };
        vec![
            unique(Table::LinksByToken, *self.token.bytes()),
            index(Table::LinksByBearer, &[&bearer, &self.id.bytes()]),
        ]
    }
    fn subject(&self, tx: &dyn Reader) -> Result<Option<Subject>, Error> {
        match self.bearer {
            Bearer::User(id) => user_subject(tx, id),
            Bearer::SignUp(id) => {
                let name = tx.entity::<SignUp>(id)?.map(|sign_up| sign_up.name.to_string());
                Ok(Some(subject("sign-up", id, &name.unwrap_or_default())))
            }
        }
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![
            ("purpose", json!(self.purpose.as_str())),
            ("email", json!(self.email)),
            ("expires_at", json!(self.expires_at.to_string())),
        ])
    }
    fn person(&self) -> Option<Person> {
        Some(Person::Address(self.email.clone()))
    }
}

/// To whom it was shown is noted; the showing is recorded by itself, each time.
impl Noted for Link {}

impl Entity for SignUp {
    const TABLE: Table = Table::SignUps;
    type Id = SignUpId;
    fn id(&self) -> SignUpId {
        self.id
    }
    fn key_of(id: SignUpId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        vec![unique(Table::SignUpsByEmail, self.email.folded())]
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(Some(subject("sign-up", self.id, self.name.as_str())))
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![("name", json!(self.name)), ("email", json!(self.email)), ("company", json!(self.company))])
    }
    fn person(&self) -> Option<Person> {
        Some(Person::Address(self.email.clone()))
    }
}
