//! A backup that was made by the clock, and whether it can be restored.

use serde::{Deserialize, Serialize};

use super::{id::BackupId, time::Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    pub id: BackupId,
    /// The moment of the store that it holds.
    pub at: Timestamp,
    /// The file's name in the folder of backups.
    pub file: String,
    /// In bytes.
    pub size: u64,
    /// How many users it holds, those in the bin included.
    pub users: u64,
    pub verdict: Verdict,
    /// Why it failed, for people.
    pub error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Written, and opened again: all of it is there and agrees.
    Sound,
    Failed,
}

impl Verdict {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Failed => "failed",
        }
    }
}
