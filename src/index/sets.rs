//! The sets of groups that users are in, each kept once: a user holds a number.

use std::{collections::HashMap, sync::Arc};

use super::directory::Directory;
use crate::model::id::GroupId;

#[derive(Debug, Clone, Default)]
pub struct Sets {
    numbers: Arc<HashMap<Box<[GroupId]>, u32>>,
    list: Arc<Vec<Box<[GroupId]>>>,
    /// What the users of each set are sorted by in the column of groups.
    keys: Arc<Vec<Box<[u8]>>>,
}

impl Sets {
    /// The number of a set, a new one if it is new. The order of the groups does not matter.
    pub fn number(&mut self, groups: &[GroupId], directory: &Directory) -> u32 {
        let mut set = groups.to_vec();
        set.sort_unstable();
        set.dedup();
        if let Some(number) = self.numbers.get(set.as_slice()) {
            return *number;
        }
        let number = self.list.len() as u32;
        Arc::make_mut(&mut self.keys).push(directory.sort_key(&set).into());
        Arc::make_mut(&mut self.list).push(set.clone().into());
        Arc::make_mut(&mut self.numbers).insert(set.into(), number);
        number
    }

    /// The same under other names; `None` when they sort as before.
    pub fn renamed(&self, directory: &Directory) -> Option<Self> {
        let keys: Vec<Box<[u8]>> = self.list.iter().map(|set| directory.sort_key(set).into()).collect();
        (keys != *self.keys).then(|| Self { keys: Arc::new(keys), ..self.clone() })
    }

    pub fn groups(&self, number: u32) -> &[GroupId] {
        self.list.get(number as usize).map_or(&[], |set| set)
    }

    pub fn key(&self, number: u32) -> &[u8] {
        self.keys.get(number as usize).map_or(&[], |key| key)
    }

    /// For each set, how many different keys come before its own.
    pub fn ranks(&self) -> Vec<u32> {
        let mut sorted: Vec<&[u8]> = self.keys.iter().map(|key| &**key).collect();
        sorted.sort_unstable();
        sorted.dedup();
        self.keys.iter().map(|key| sorted.partition_point(|other| *other < &**key) as u32).collect()
    }

    pub fn all(&self) -> &[Box<[GroupId]>] {
        &self.list
    }
}
