//! What has been read and decoded of one moment of the store, for whoever asks for it again
//! before the next commit. Most requests begin with the same few records: a session, its user,
//! their groups.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Two readers at a time seldom want the same part.
const PARTS: usize = 16;
/// Values in a part; a full one begins anew, so that reading everybody fills no memory.
const MOST: usize = 256;

type Key = (TypeId, [u8; 32]);
type Kept = Arc<dyn Any + Send + Sync>;

#[derive(Default)]
pub struct Memo([Mutex<HashMap<Key, Kept>>; PARTS]);

impl Memo {
    /// What is kept under a key, or else is made and kept. Ids and hashes are keys; of longer ones
    /// nothing is kept.
    pub fn kept<T, E>(&self, key: &[u8], make: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        T: Any + Clone + Send + Sync,
    {
        let mut bytes = [0; 32];
        let Some(start) = bytes.get_mut(..key.len()) else { return make() };
        start.copy_from_slice(key);
        // Ids and hashes end in random bytes.
        let part = &self.0[key.last().map_or(0, |last| usize::from(*last)) % PARTS];
        let key = (TypeId::of::<T>(), bytes);
        let known = part.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known.and_then(|known| known.downcast::<T>().ok()) {
            return Ok(T::clone(&known));
        }
        let made = make()?;
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        if part.len() >= MOST {
            part.clear();
        }
        part.insert(key, Arc::new(made.clone()));
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_once_is_kept_by_type_and_key() {
        let memo = Memo::default();
        let ask = |key: &[u8], value: u32| memo.kept(key, || Ok::<_, ()>(value));
        assert_eq!((ask(b"a", 1), ask(b"a", 2), ask(b"b", 3)), (Ok(1), Ok(1), Ok(3)));
        assert_eq!(memo.kept(b"a", || Ok::<_, ()>("text")), Ok("text"));
        assert_eq!(memo.kept(b"c", || Err::<u32, _>("no")), Err("no"));
        assert_eq!(ask(b"c", 4), Ok(4));
        let long = [7; 33];
        assert_eq!((ask(&long, 5), ask(&long, 6)), (Ok(5), Ok(6)));
    }

    #[test]
    fn it_never_holds_more_than_its_parts_do() {
        let memo = Memo::default();
        for n in 0..100_000_u32 {
            let made = memo.kept(&n.to_be_bytes(), || Ok::<_, ()>(n));
            assert_eq!(made, Ok(n));
        }
        let held: usize = memo.0.iter().map(|part| part.lock().unwrap().len()).sum();
        assert!(held <= PARTS * MOST);
    }
}
