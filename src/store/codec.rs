//! Records: a version byte, then MessagePack with named fields, so that an added field with
//! a default reads old rows, and a dump can be read without this program.

use serde::{Serialize, de::DeserializeOwned};

use super::error::Error;

const RECORD: u8 = 1;

pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![RECORD];
    rmp_serde::encode::write_named(&mut bytes, value).map_err(|error| Error::Damaged(error.to_string()))?;
    Ok(bytes)
}

pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    match bytes.split_first() {
        Some((&RECORD, rest)) => {
            rmp_serde::from_slice(rest).map_err(|error| Error::Damaged(error.to_string()))
        }
        Some((version, _)) => Err(Error::Damaged(format!("a record of unknown version {version}"))),
        None => Err(Error::Damaged("an empty record".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::model::{
        activity::Activity,
        batch::{Batch, BatchItem},
        credential::Credential,
        group::{BuiltIn, Group},
        link::{Link, SignUp},
        mail::Mail,
        project::{Membership, Project},
        session::Session,
        settings::Settings,
        user::User,
    };

    /// Reads bytes as each kind of record: what they are not is an error, never a panic.
    fn read(bytes: &[u8]) {
        macro_rules! each {
            ($($kind:ty),*) => { $(let _ = decode::<$kind>(bytes);)* };
        }
        each!(
            User, Credential, Group, Project, Membership, Session, Link, SignUp, Mail, Activity, Batch,
            BatchItem, Settings
        );
    }

    proptest! {
        #[test]
        fn no_bytes_fail(bytes in vec(any::<u8>(), 0..300)) {
            read(&bytes);
            read(&[&[RECORD], bytes.as_slice()].concat());
        }

        /// A record with a few bytes changed, as a broken disk leaves it.
        #[test]
        fn no_damage_fails(places in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>()) {
            let group = Group::built_in(BuiltIn::Admin).expect("a built-in group");
            for record in [encode(&group), encode(&Settings::default())] {
                let mut bytes = record.expect("it can be written");
                for (place, byte) in &places {
                    let n = place.index(bytes.len());
                    bytes[n] = *byte;
                }
                read(&bytes);
                bytes.truncate(cut.index(bytes.len()));
                read(&bytes);
            }
        }
    }

    #[test]
    fn what_was_written_is_read() {
        for which in BuiltIn::ALL {
            let group = Group::built_in(*which).expect("a built-in group");
            let bytes = encode(&group).expect("it can be written");
            assert_eq!(decode::<Group>(&bytes).expect("it can be read"), group);
        }
        assert!(matches!(decode::<Group>(&[]), Err(Error::Damaged(_))));
        assert!(matches!(decode::<Group>(&[RECORD + 1, 0xc0]), Err(Error::Damaged(_))));
    }
}
