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
