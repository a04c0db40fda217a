//! The files of the search terms. Reading a mapped file that somebody has cut ends the process;
//! reading an open one is an error, after which the index is built anew. So only the dictionaries,
//! which are wanted whole all the time, are mapped, and looked at before they are used
//! ([`Length::kept`]).

use std::{
    fmt,
    fs::File,
    io,
    ops::Range,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use tantivy::{
    Directory, HasLen,
    directory::{
        DirectoryLock, FileHandle, Lock, MmapDirectory, OwnedBytes, WatchCallback, WatchHandle, WritePtr,
        error::{DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError},
    },
};

/// A folder of files. Writing is left to tantivy's own directory.
#[derive(Clone, Debug)]
pub struct Files {
    folder: PathBuf,
    own: MmapDirectory,
}

impl Files {
    pub fn open(folder: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { folder: folder.to_owned(), own: MmapDirectory::open(folder)? })
    }
}

struct Opened {
    file: File,
    length: usize,
}

/// What is mapped.
const DICTIONARY: &str = "term";

/// A dictionary's file and how long it was.
pub struct Length(Opened);

impl Length {
    /// Of the dictionary of a segment.
    pub fn of(folder: &Path, segment: &str) -> io::Result<Self> {
        Opened::new(&folder.join(segment).with_extension(DICTIONARY)).map(Self)
    }

    /// Whether it is as long as it was.
    pub fn kept(&self) -> bool {
        self.0.file.metadata().is_ok_and(|now| now.len() == self.0.length as u64)
    }
}

impl Opened {
    fn new(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len() as usize;
        Ok(Self { file, length })
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a file of {} bytes", self.length)
    }
}

impl HasLen for Opened {
    fn len(&self) -> usize {
        self.length
    }
}

impl FileHandle for Opened {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let mut bytes = vec![0; range.len()];
        self.file.read_exact_at(&mut bytes, range.start as u64)?;
        Ok(OwnedBytes::new(bytes))
    }
}

impl Directory for Files {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        if path.extension().is_some_and(|kind| kind == DICTIONARY) {
            return self.own.get_file_handle(path);
        }
        match Opened::new(&self.folder.join(path)) {
            Ok(opened) => Ok(Arc::new(opened)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(OpenReadError::FileDoesNotExist(path.to_owned()))
            }
            Err(error) => Err(OpenReadError::wrap_io_error(error, path.to_owned())),
        }
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.own.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.own.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.own.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.own.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.own.atomic_write(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.own.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.own.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.own.watch(callback)
    }
}
