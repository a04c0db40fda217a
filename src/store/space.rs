//! How much room there is on the disk.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Bytes that must be possible to write before a store that refused is tried again.
const PROBE: usize = 1 << 20;

/// Bytes that are free, for whoever is not root, where this file or folder is.
pub fn free(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Writes as much as a commit may take beside the store, and takes it away again.
pub fn probe(folder: &Path) -> io::Result<()> {
    let path = folder.join(".space");
    let write = || {
        let mut file = File::create(&path)?;
        // Not zeros: a file system may keep those without room for them.
        file.write_all(&vec![0xa5; PROBE])?;
        file.sync_all()
    };
    let written = write();
    let removed = fs::remove_file(&path);
    written.and(removed)
}
