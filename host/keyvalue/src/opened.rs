//! A file that is open, as long as it is the one that has its name.
//!
//! Somebody may remove it, empty it or put another one in its place while it is served. What would be written to it then would be
//! lost with the last who has it open: so that is looked at before each use.

use std::fmt::Display;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use doverb_core::advice::advised;
use doverb_core::keyvalue::StoreError;
use doverb_core::log::Log;
use redb::backends::FileBackend;
use redb::{Builder, ConcurrencyMode, Database, DatabaseError, StorageError};
use rustix::fs::{AtFlags, CWD, OFlags, linkat};

/// Bytes of the file that are kept in memory.
const CACHE: usize = 16 << 20;

/// A file of redb's.
pub(crate) struct Opened {
    path: PathBuf,
    log: Log,
    served: Mutex<Served>,
}

/// What is served under its name.
struct Served {
    /// None after a failure: redb is done with a file then, and whoever comes next opens it anew.
    database: Option<Arc<Database>>,
    file: Identity,
    /// As the process has it, while it is open.
    descriptor: RawFd,
}

/// What a file is, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    number: u64,
}

/// What has the name of the file that is served.
enum Found {
    /// The file itself, or what cannot be looked at.
    Itself,
    Emptied,
    Another,
    Nothing,
}

impl Opened {
    /// Opens it, and makes it if it is not there.
    pub(crate) fn begin(path: &Path, log: &Log) -> Result<Opened, String> {
        let served = guarded(|| {
            if !path.exists() {
                make(path).map_err(|error| told(path, error))?;
            }
            // Where a file can't be made ready aside, it is in its place.
            open(path, true)
        });
        let served = served.unwrap_or_else(|()| Err(DAMAGED.into()))?;
        Ok(Opened { path: path.to_owned(), log: log.clone(), served: Mutex::new(served) })
    }

    /// The values in the file that has its name.
    pub(crate) fn database(&self) -> Result<Arc<Database>, StoreError> {
        // Who opens it leaves nothing half done.
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        match served.find(&self.path) {
            Found::Itself => {}
            Found::Nothing => return Err(self.unusable(served.missing())),
            Found::Emptied => {
                *served = self.open_anew()?;
                self.tell("it was emptied while it was served: its values are lost, and it begins anew");
            }
            Found::Another => {
                *served = self.open_anew().map_err(|error| self.another(&error))?;
                self.tell("another file has taken its place, whose values are served from now on");
            }
        }
        if let Some(database) = &served.database {
            return Ok(Arc::clone(database));
        }
        *served = self.open_anew()?;
        let database = served.database.as_ref().map(Arc::clone);
        database.ok_or_else(|| self.unusable(DAMAGED))
    }

    /// Whether what was just written is in the file that has its name.
    pub(crate) fn confirm(&self) -> Result<(), StoreError> {
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        match served.find(&self.path) {
            Found::Itself => Ok(()),
            Found::Nothing => Err(self.unusable(served.missing())),
            Found::Emptied | Found::Another => Err(self.unusable("it was replaced at that moment")),
        }
    }

    /// Closes the file after a failure.
    pub(crate) fn forget_after<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::Unusable(_)) = &result {
            self.served.lock().unwrap_or_else(PoisonError::into_inner).database = None;
        }
        result
    }

    /// A damaged file may have redb stop in the middle.
    pub(crate) fn guarded<T>(&self, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        guarded(work).unwrap_or_else(|()| Err(self.unusable(DAMAGED)))
    }

    pub(crate) fn unusable(&self, cause: impl Display) -> StoreError {
        StoreError::Unusable(advised(&format!("{}: {cause}", self.path.display())))
    }

    fn open_anew(&self) -> Result<Served, StoreError> {
        let served = guarded(|| open(&self.path, false)).unwrap_or_else(|()| Err(DAMAGED.into()));
        served.map_err(|cause| self.unusable(cause))
    }

    /// Why what has its name cannot be served in its place.
    fn another(&self, error: &StoreError) -> StoreError {
        let text = match error {
            StoreError::Unusable(cause) => cause.clone(),
            other => other.to_string(),
        };
        StoreError::Unusable(format!("{text}, which has taken the place of the file that was served"))
    }

    fn tell(&self, what: &str) {
        self.log.message(format_args!("{}: {what}", self.path.display()));
    }
}

impl Served {
    fn find(&self, path: &Path) -> Found {
        match fs::metadata(path) {
            Ok(metadata) if Identity::of(&metadata) != self.file => Found::Another,
            Ok(metadata) if metadata.len() == 0 => Found::Emptied,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Found::Nothing
            }
            _ => Found::Itself,
        }
    }

    /// What to do where it is not there any more. Its values are, for as long as it is open.
    fn missing(&self) -> String {
        let kept = if self.database.is_some() {
            format!(" (until this server ends it is /proc/{}/fd/{})", std::process::id(), self.descriptor)
        } else {
            String::new()
        };
        format!("it was removed while it was served. Put it back{kept}, or an empty file to begin anew")
    }
}

impl Identity {
    fn of(metadata: &Metadata) -> Identity {
        Identity { device: metadata.dev(), number: metadata.ino() }
    }
}

const DAMAGED: &str = "the file is damaged";

/// Nothing where it has stopped in the middle.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, ()> {
    catch_unwind(AssertUnwindSafe(work)).map_err(drop)
}

/// What handlers keep is nobody else's to read.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

fn open(path: &Path, creates: bool) -> Result<Served, String> {
    let file = options().create(creates).truncate(false).open(path);
    let file = file.map_err(|error| why(path, &error))?;
    let metadata = file.metadata().map_err(|error| why(path, &error))?;
    if !metadata.is_file() {
        return Err("it is a pipe or a device, and not a file".to_owned());
    }
    let descriptor = file.as_raw_fd();
    let database = database(file, metadata.len()).map_err(|error| told(path, error))?;
    Ok(Served { database: Some(Arc::new(database)), file: Identity::of(&metadata), descriptor })
}

fn database(file: fs::File, length: u64) -> Result<Database, DatabaseError> {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE).set_concurrency_mode(ConcurrencyMode::MultiWriter);
    builder.set_check_integrity_on_open(length > 0);
    builder.create_with_backend(FileBackend::new(file)?)
}

/// Makes a file in one step: it has its name when it is whole. So nobody finds half of one, whoever else makes it at the same
/// time, and whenever we are killed. Of several that are made at once the first counts.
fn make(path: &Path) -> Result<(), DatabaseError> {
    let folder = folder_of(path);
    let mut nameless = options();
    nameless.custom_flags(OFlags::TMPFILE.bits().cast_signed());
    // Not every file system has files without a name.
    let Ok(file) = nameless.open(folder) else { return Ok(()) };
    drop(database(file.try_clone()?, 0)?);
    file.sync_all()?;
    let own = format!("/proc/self/fd/{}", file.as_raw_fd());
    match linkat(CWD, own, CWD, path, AtFlags::SYMLINK_FOLLOW) {
        // Its name must outlive a loss of power as well.
        Ok(()) => fs::File::open(folder)?.sync_all().map_err(Into::into),
        // Another one was first, or there is no /proc.
        Err(_) => Ok(()),
    }
}

fn told(path: &Path, error: DatabaseError) -> String {
    match error {
        DatabaseError::Storage(StorageError::Io(error)) => why(path, &error),
        DatabaseError::Storage(StorageError::Corrupted(what)) => format!("{DAMAGED}: {what}"),
        DatabaseError::RepairAborted => DAMAGED.to_owned(),
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            "another program has it open, which does not share it".to_owned()
        }
        other => other.to_string(),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What the system says, and what it means here.
fn why(path: &Path, error: &io::Error) -> String {
    let folder = folder_of(path);
    match error.kind() {
        ErrorKind::NotFound if !folder.is_dir() => format!("there is no folder {}", folder.display()),
        ErrorKind::IsADirectory => "it is a folder, and not a file".to_owned(),
        ErrorKind::InvalidData => "it is a file of another kind".to_owned(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!(
                "it cannot be written ({error}). Let the server's user write there, or name another place"
            )
        }
        _ => advised(&error.to_string()),
    }
}
