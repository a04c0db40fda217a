//! Whether every record can be read, stands under its own key and is found by its indexes, and
//! whether an index leads anywhere else: a store that was restored, or that somebody else wrote
//! to, may look whole and not be.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    model::{
        backup::Backup,
        batch::{Batch, BatchItem},
        chores::Chores,
        credential::Credential,
        factor::Factor,
        group::Group,
        link::{Link, SignUp},
        mail::Mail,
        project::{Membership, Project},
        run_out::RunOut,
        session::{Session, SessionSeen},
        settings::Settings,
        token::{Token, TokenUsed},
        user::{LastSeen, User},
        view::View,
        visits::Visits,
    },
    store::{Entity, Error, Keys, Reader, Way, codec, tables::Table},
};

/// So many troubles are told; a store that is damaged everywhere is damaged.
const TOLD: u64 = 50;

/// What is wrong, in words. Reads one record at a time.
pub fn check(tx: &impl Reader) -> Result<Vec<String>, Error> {
    let mut look = Look { tx, troubles: Vec::new(), found: 0 };
    look.one::<Settings>()?;
    look.one::<Chores>()?;
    look.all::<User>(&[Table::UsersByEmail], &[Table::UsersByGroup, Table::UsersInBin])?;
    look.all::<LastSeen>(&[], &[])?;
    look.all::<Visits>(&[], &[])?;
    look.all::<Credential>(&[], &[])?;
    look.all::<Factor>(&[Table::FactorsByCredential], &[])?;
    look.all::<Group>(&[Table::GroupsByName], &[])?;
    look.all::<Project>(&[Table::ProjectsByName], &[])?;
    look.all::<Membership>(&[], &[Table::MembersByUser])?;
    look.memberships()?;
    look.all::<Session>(&[Table::SessionsByToken], &[Table::SessionsByUser])?;
    look.all::<SessionSeen>(&[], &[])?;
    look.all::<Token>(&[Table::TokensByHash], &[Table::TokensByUser])?;
    look.all::<TokenUsed>(&[], &[])?;
    look.all::<RunOut>(&[], &[])?;
    look.all::<Link>(&[Table::LinksByToken], &[Table::LinksByBearer])?;
    look.all::<SignUp>(&[Table::SignUpsByEmail], &[])?;
    look.all::<Mail>(&[], &[Table::MailsDue, Table::MailsFailed, Table::MailsByUser])?;
    look.all::<Batch>(&[], &[])?;
    look.all::<BatchItem>(&[], &[])?;
    look.all::<View>(&[Table::ViewsByName], &[])?;
    look.all::<Backup>(&[], &[])?;
    if look.found > TOLD {
        look.troubles.push(format!("{} more of the records do not agree", look.found - TOLD));
    }
    Ok(look.troubles)
}

struct Look<'a, R> {
    tx: &'a R,
    troubles: Vec<String>,
    /// Those that are not told too.
    found: u64,
}

impl<R: Reader> Look<'_, R> {
    fn trouble(&mut self, text: impl FnOnce() -> String) {
        self.found += 1;
        if self.found <= TOLD {
            self.troubles.push(text());
        }
    }

    /// What there is one of.
    fn one<E: Entity<Id = ()>>(&mut self) -> Result<(), Error> {
        let key = E::key_of(());
        if self.tx.get(E::TABLE, &key)?.is_some_and(|bytes| codec::decode::<E>(&bytes).is_err()) {
            self.trouble(|| format!("{} {} can't be read", E::TABLE.name(), text(&key)));
        }
        Ok(())
    }

    /// The records of one kind, and the indexes that are theirs alone.
    fn all<E: Entity>(&mut self, unique: &[Table], others: &[Table]) -> Result<(), Error> {
        let (tx, mut led) = (self.tx, BTreeMap::<Table, u64>::new());
        for pair in tx.range(E::TABLE, Keys::all(), Way::Up)? {
            let (key, bytes) = pair?;
            let named = || format!("{} {}", E::TABLE.name(), ids(&key));
            let Ok(record) = codec::decode::<E>(&bytes) else {
                self.trouble(|| format!("{} can't be read", named()));
                continue;
            };
            if E::key_of(record.id()) != key {
                self.trouble(|| format!("{} is the record of another", named()));
                continue;
            }
            for row in record.indexes() {
                match tx.get(row.table, &row.key)? {
                    None => self.trouble(|| format!("{} of {} is missing", row.table.name(), named())),
                    Some(to) if row.unique && to != key => {
                        self.trouble(|| format!("{} of {} leads to another", row.table.name(), named()));
                    }
                    Some(_) => *led.entry(row.table).or_default() += 1,
                }
            }
        }
        // Where each has its row, and there are no more rows, none leads elsewhere.
        let surplus = |index: Table| -> Result<u64, Error> {
            Ok(tx.len(index)?.abs_diff(led.get(&index).copied().unwrap_or_default()))
        };
        for index in unique {
            if surplus(*index)? > 0 {
                self.index::<E>(*index)?;
            }
        }
        for index in others {
            let rows = surplus(*index)?;
            if rows > 0 {
                self.trouble(|| {
                    format!("{} has rows that are of no {}: {rows}", index.name(), E::TABLE.name())
                });
            }
        }
        Ok(())
    }

    /// Each row leads to the record that has its key.
    fn index<E: Entity>(&mut self, index: Table) -> Result<(), Error> {
        let tx = self.tx;
        for pair in tx.range(index, Keys::all(), Way::Up)? {
            let (key, to) = pair?;
            let record = tx.get(E::TABLE, &to)?.and_then(|bytes| codec::decode::<E>(&bytes).ok());
            let has = |record: E| record.indexes().iter().any(|row| row.table == index && row.key == key);
            if !record.is_some_and(has) {
                self.trouble(|| {
                    format!(
                        "{} {} leads to {} {}, whose it is not",
                        index.name(),
                        text(&key),
                        E::TABLE.name(),
                        ids(&to)
                    )
                });
            }
        }
        Ok(())
    }

    fn memberships(&mut self) -> Result<(), Error> {
        let tx = self.tx;
        for pair in tx.range(Table::Members, Keys::all(), Way::Up)? {
            let (key, _) = pair?;
            let Some((project, user)) = key.split_at_checked(16) else { continue };
            for (table, id) in [(Table::Projects, project), (Table::Users, user)] {
                if tx.get(table, id)?.is_none() {
                    self.trouble(|| {
                        format!("members {} names {} {}, who is not there", ids(&key), table.name(), ids(id))
                    });
                }
            }
        }
        Ok(())
    }
}

/// A record's key as people see it: the ids that it is made of.
fn ids(key: &[u8]) -> String {
    let ids: Option<Vec<String>> =
        key.chunks(16).map(|id| Uuid::from_slice(id).ok().map(|id| id.to_string())).collect();
    ids.map_or_else(|| hex(key), |ids| ids.join("/"))
}

/// An index's key as people see it: an address or a name, or the bytes of a hash.
fn text(key: &[u8]) -> String {
    let text = std::str::from_utf8(key).ok().filter(|text| !text.contains(char::is_control));
    text.map_or_else(|| hex(key), |text| format!("“{text}”"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
