//! Where sessions lie.

use serde_json::json;

use super::{Entity, Facts, Index, Noted, index, unique, user_subject};
use crate::{
    model::{
        activity::Subject,
        id::{Id, SessionId},
        session::{Session, SessionSeen},
    },
    store::{error::Error, kv::Reader, tables::Table},
};

impl Entity for Session {
    const TABLE: Table = Table::Sessions;
    const KEPT: bool = true;
    type Id = SessionId;
    fn id(&self) -> SessionId {
        self.id
    }
    fn key_of(id: SessionId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        let id = self.id.bytes();
        let mut all = vec![
            unique(Table::SessionsByToken, *self.token.bytes()),
            index(Table::SessionsByUser, &[&self.user.bytes(), &id]),
        ];
        let other = self.impersonation.as_ref().map(|acting| acting.user);
        all.extend(other.map(|user| index(Table::SessionsByUser, &[&user.bytes(), &id])));
        all
    }
    /// Under impersonation the subject is whom it is about.
    fn subject(&self, tx: &dyn Reader) -> Result<Option<Subject>, Error> {
        user_subject(tx, self.impersonation.as_ref().map_or(self.user, |acting| acting.user))
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        let acting = self.impersonation.as_ref();
        Ok(vec![
            ("device", json!(Some(&self.device).filter(|device| !device.is_empty()))),
            ("write", json!(acting.map(|acting| acting.write))),
            ("until", json!(acting.map(|acting| acting.until.to_string()))),
        ])
    }
}

impl Entity for SessionSeen {
    const TABLE: Table = Table::SessionsSeen;
    const KEPT: bool = true;
    type Id = SessionId;
    fn id(&self) -> SessionId {
        self.session
    }
    fn key_of(id: SessionId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(None)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(Vec::new())
    }
}
impl Noted for SessionSeen {}
