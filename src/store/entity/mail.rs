//! Where mails lie.

use serde_json::json;

use super::{Entity, Facts, Index, Noted, index, subject};
use crate::{
    model::{
        activity::{Person, Subject},
        id::{Id, MailId},
        mail::{Mail, MailKind, MailState},
        time::Timestamp,
    },
    store::{activity, error::Error, kv::Reader, tables::Table},
};

impl Entity for Mail {
    const TABLE: Table = Table::Mails;
    type Id = MailId;
    fn id(&self) -> MailId {
        self.id
    }
    fn key_of(id: MailId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        let id = self.id.bytes();
        // Those that are not to be tried come last: a server may be configured one day.
        let due = self.next_attempt_at.map_or([0xff; 8], Timestamp::sort_key);
        let queued = self.state == MailState::Queued;
        let mut all: Vec<Index> = queued.then(|| index(Table::MailsDue, &[&due, &id])).into_iter().collect();
        all.extend((self.state == MailState::Failed).then(|| index(Table::MailsFailed, &[&id])));
        // Of an undone create it is kept that they were written to; other mails go with whoever
        // has the address, also those from before they were a user.
        let known = self.user.is_some()
            || matches!(self.kind, MailKind::SignUp | MailKind::InBin | MailKind::Declined);
        let whom = known.then(|| self.person()).flatten().map(|person| activity::key_of(&person));
        all.extend(whom.map(|whom| {
            index(Table::MailsByUser, &[whom.bytes(), self.kind.as_str().as_bytes(), &[0], &id])
        }));
        all
    }
    /// A new state of the welcome mail shows in the list of users only when it is read anew.
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(Some(subject("mail", self.id, &self.subject)))
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![
            ("to", json!(self.to)),
            ("kind", json!(self.kind.as_str())),
            ("state", json!(self.state.as_str())),
        ])
    }
    fn person(&self) -> Option<Person> {
        Some(self.user.map_or_else(|| Person::Address(self.to.clone()), Person::User))
    }
}
impl Noted for Mail {}
