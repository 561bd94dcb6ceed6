//! Values in a file: redb's, in the mode in which several processes may write.
//!
//! Looks are done side by side, each with the entries as they are when it begins. Changes go to one thread, which does all
//! that have come meanwhile in one transaction, and answers when the system has them on the disk: so that one wait for the disk
//! is that of many.

use std::fmt::Display;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::ops::Bound;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use doverb_core::keyvalue::{
    Answer, Ask, Asking, Entries, EntriesMut, Store, StoreError, change, entry_bytes, look,
};
use redb::backends::FileBackend;
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, Table,
    TableDefinition, TableError,
};
use rustix::fs::{AtFlags, CWD, OFlags, linkat};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::patience::{Room, aside};

/// By namespace and key.
const VALUES: TableDefinition<'static, (&str, &str), &[u8]> = TableDefinition::new("values");
/// What entries count, by namespace. Files that were made before each entry counted something of its own have "sizes" instead.
const SIZES: TableDefinition<'static, &str, u64> = TableDefinition::new("room");
/// Bytes of the file that are kept in memory.
const CACHE: usize = 16 << 20;
/// Changes of one transaction.
const GROUP: usize = 64;

/// A file with values, open.
pub(crate) struct File {
    opened: Arc<Opened>,
    looks: Room,
    /// Its own, so that who looks need not wait for changes that wait for another server's.
    room: Room,
    changes: Sender<Job>,
}

/// The values of one namespace in it.
pub(crate) struct Namespace {
    pub(crate) file: Arc<File>,
    pub(crate) name: Arc<str>,
    pub(crate) max: u64,
}

struct Opened {
    path: PathBuf,
    /// None after a failure: redb is done with a file then, and whoever comes next opens it anew.
    database: Mutex<Option<Arc<Database>>>,
}

/// A change, and who waits for it.
struct Job {
    namespace: Arc<str>,
    max: u64,
    ask: Ask,
    /// With its place, which is free when the answer has been taken.
    answer: oneshot::Sender<(Result<Answer, StoreError>, OwnedSemaphorePermit)>,
    place: OwnedSemaphorePermit,
}

impl File {
    /// Opens it, and makes it if it is not there.
    pub(crate) fn open(path: &Path) -> Result<File, String> {
        let opened = Arc::new(Opened { path: path.to_owned(), database: Mutex::default() });
        opened.database().map_err(|error| opened.cause(&error))?;
        let (changes, jobs) = mpsc::channel();
        let writer = Arc::clone(&opened);
        thread::Builder::new()
            .name("doverb-keyvalue".into())
            .spawn(move || write(&writer, &jobs))
            .map_err(|error| error.to_string())?;
        Ok(File { opened, looks: Room::default(), room: Room::default(), changes })
    }
}

impl Store for Namespace {
    fn ask(&self, ask: Ask) -> Asking<'_> {
        Box::pin(async move {
            if ask.only_looks() {
                let place = self.file.looks.take(&ask).await?;
                let (opened, namespace) = (Arc::clone(&self.file.opened), Arc::clone(&self.name));
                return aside(place, move || opened.look(&namespace, &ask)).await;
            }
            let place = self.file.room.take(&ask).await?;
            let (answer, answered) = oneshot::channel();
            let (namespace, max) = (Arc::clone(&self.name), self.max);
            let gone = || StoreError::unusable("the thread that writes it has ended");
            let job = Job { namespace, max, ask, answer, place };
            self.file.changes.send(job).map_err(|_| gone())?;
            let (answer, _place) = answered.await.map_err(|_| gone())?;
            answer
        })
    }
}

impl Opened {
    fn database(&self) -> Result<Arc<Database>, StoreError> {
        // Who opens it leaves nothing half done.
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = &*database {
            return Ok(Arc::clone(database));
        }
        let opened = self.guarded(|| open(&self.path).map_err(|cause| self.unusable(cause)))?;
        Ok(Arc::clone(database.insert(Arc::new(opened))))
    }

    fn look(&self, namespace: &str, ask: &Ask) -> Result<Answer, StoreError> {
        let database = self.database()?;
        let looked = self.guarded(|| {
            let transaction = database.begin_read().map_err(|error| self.unusable(error))?;
            let values = match transaction.open_table(VALUES) {
                Ok(values) => values,
                // Nothing was ever put into the file.
                Err(TableError::TableDoesNotExist(_)) => return look(&Nothing, ask),
                Err(error) => return Err(self.unusable(error)),
            };
            look(&Looked { of: self, values, namespace }, ask)
        });
        self.forget_after(looked)
    }

    /// Does several changes, all of them or none. What one of them is refused for is its own answer.
    fn change(&self, group: &[Job]) -> Result<Vec<Result<Answer, StoreError>>, StoreError> {
        let database = self.database()?;
        let changed = self.guarded(|| {
            let transaction = database.begin_write().map_err(|error| self.unusable(error))?;
            let mut answers = Vec::with_capacity(group.len());
            {
                let mut values = transaction.open_table(VALUES).map_err(|error| self.unusable(error))?;
                let mut sizes = transaction.open_table(SIZES).map_err(|error| self.unusable(error))?;
                for job in group {
                    let namespace = &*job.namespace;
                    let mut entries = Changed { of: self, values: &mut values, sizes: &mut sizes, namespace };
                    match change(&mut entries, &job.ask, job.max) {
                        Err(failed @ StoreError::Unusable(_)) => return Err(failed),
                        answer => answers.push(answer),
                    }
                }
            }
            transaction.commit().map_err(|error| self.unusable(error))?;
            Ok(answers)
        });
        self.forget_after(changed)
    }

    /// Closes the file after a failure.
    fn forget_after<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(StoreError::Unusable(_)) = &result {
            self.database.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        result
    }

    /// A damaged file may have redb stop in the middle.
    fn guarded<T>(&self, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(self.unusable("the file is damaged")))
    }

    /// Why it can't be used, without its path.
    fn cause(&self, error: &StoreError) -> String {
        let StoreError::Unusable(cause) = error else { return error.to_string() };
        let path = format!("{}: ", self.path.display());
        cause.strip_prefix(&path).unwrap_or(cause).to_owned()
    }

    fn unusable(&self, cause: impl Display) -> StoreError {
        StoreError::Unusable(format!("{}: {cause}", self.path.display()))
    }
}

fn open(path: &Path) -> Result<Database, String> {
    // What handlers keep is nobody else's to read.
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    if !path.exists() {
        begin(path, &options).map_err(|error| told(path, error))?;
    }
    // Where a file can't be made ready aside, it is in its place.
    let file = options.create(true).truncate(false).open(path);
    file.map_err(DatabaseError::from).and_then(database).map_err(|error| told(path, error))
}

fn database(file: fs::File) -> Result<Database, DatabaseError> {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE).set_concurrency_mode(ConcurrencyMode::MultiWriter);
    builder.set_check_integrity_on_open(file.metadata().is_ok_and(|file| file.len() > 0));
    builder.create_with_backend(FileBackend::new(file)?)
}

/// Makes a file in one step: it has its name when it is whole. So nobody finds half of one, whoever else makes it at the same
/// time, and whenever we are killed. Of several that are made at once the first counts.
fn begin(path: &Path, options: &OpenOptions) -> Result<(), DatabaseError> {
    let folder = folder_of(path);
    let mut nameless = options.clone();
    nameless.custom_flags(OFlags::TMPFILE.bits().cast_signed());
    // Not every file system has files without a name.
    let Ok(file) = nameless.open(folder) else { return Ok(()) };
    drop(database(file.try_clone()?)?);
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
        DatabaseError::Storage(StorageError::Corrupted(what)) => format!("the file is damaged: {what}"),
        DatabaseError::RepairAborted => "the file is damaged".to_owned(),
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
        _ => error.to_string(),
    }
}

/// Does changes as they come, until nobody is left who could ask for some.
fn write(opened: &Opened, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let group: Vec<Job> = std::iter::once(first).chain(jobs.try_iter().take(GROUP - 1)).collect();
        match opened.change(&group) {
            Ok(answers) => {
                for (job, answer) in group.into_iter().zip(answers) {
                    let _ = job.answer.send((answer, job.place));
                }
            }
            Err(error) => {
                let cause = match &error {
                    StoreError::Unusable(cause) => cause.clone(),
                    other => other.to_string(),
                };
                for job in group {
                    let _ = job.answer.send((Err(StoreError::Unusable(cause.clone())), job.place));
                }
            }
        }
    }
}

/// What is in a file that nothing was put into.
struct Nothing;

/// The entries of a namespace as a look finds them.
struct Looked<'a> {
    of: &'a Opened,
    values: redb::ReadOnlyTable<(&'static str, &'static str), &'static [u8]>,
    namespace: &'a str,
}

/// The same within a transaction.
struct Changed<'a, 't> {
    of: &'a Opened,
    values: &'a mut Table<'t, (&'static str, &'static str), &'static [u8]>,
    sizes: &'a mut Table<'t, &'static str, u64>,
    namespace: &'a str,
}

fn get(
    values: &impl ReadableTable<(&'static str, &'static str), &'static [u8]>,
    namespace: &str,
    key: &str,
) -> Result<Option<Vec<u8>>, StorageError> {
    Ok(values.get((namespace, key))?.map(|value| value.value().to_owned()))
}

fn keys(
    values: &impl ReadableTable<(&'static str, &'static str), &'static [u8]>,
    namespace: &str,
    after: Option<&str>,
    most: usize,
) -> Result<Vec<String>, StorageError> {
    let from = match after {
        Some(after) => Bound::Excluded((namespace, after)),
        None => Bound::Included((namespace, "")),
    };
    let mut found = Vec::new();
    for entry in values.range::<(&str, &str)>((from, Bound::Unbounded))?.take(most) {
        let entry = entry?;
        let (of, key) = entry.0.value();
        if of != namespace {
            break;
        }
        found.push(key.to_owned());
    }
    Ok(found)
}

/// What the entries of a namespace count, one by one.
fn counted(
    values: &impl ReadableTable<(&'static str, &'static str), &'static [u8]>,
    namespace: &str,
) -> Result<u64, StorageError> {
    let mut bytes = 0;
    for entry in values.range::<(&str, &str)>((namespace, "")..)? {
        let (key, value) = entry?;
        let (of, key) = key.value();
        if of != namespace {
            break;
        }
        bytes += entry_bytes(key, value.value().len());
    }
    Ok(bytes)
}

impl Entries for Nothing {
    fn get(&self, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    fn keys(&self, _: Option<&str>, _: usize) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}

impl Entries for Looked<'_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        get(&self.values, self.namespace, key).map_err(|error| self.of.unusable(error))
    }

    fn keys(&self, after: Option<&str>, most: usize) -> Result<Vec<String>, StoreError> {
        keys(&self.values, self.namespace, after, most).map_err(|error| self.of.unusable(error))
    }
}

impl Entries for Changed<'_, '_> {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        get(self.values, self.namespace, key).map_err(|error| self.of.unusable(error))
    }

    fn keys(&self, after: Option<&str>, most: usize) -> Result<Vec<String>, StoreError> {
        keys(self.values, self.namespace, after, most).map_err(|error| self.of.unusable(error))
    }
}

impl EntriesMut for Changed<'_, '_> {
    fn put(&mut self, key: &str, value: Option<&[u8]>) -> Result<Option<usize>, StoreError> {
        let had = match value {
            Some(value) => self.values.insert((self.namespace, key), value),
            None => self.values.remove((self.namespace, key)),
        };
        let had = had.map_err(|error| self.of.unusable(error))?;
        Ok(had.map(|had| had.value().len()))
    }

    fn size(&self) -> Result<u64, StoreError> {
        let size = self.sizes.get(self.namespace).map_err(|error| self.of.unusable(error))?;
        match size {
            Some(size) => Ok(size.value()),
            None => counted(self.values, self.namespace).map_err(|error| self.of.unusable(error)),
        }
    }

    fn set_size(&mut self, size: u64) -> Result<(), StoreError> {
        self.sizes.insert(self.namespace, size).map(drop).map_err(|error| self.of.unusable(error))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn a_file_from_before_entries_counted_is_counted_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data.redb");
        let opened = Opened { path: path.clone(), database: Mutex::default() };
        let database = opened.database().expect("it is opened");
        let transaction = database.begin_write().expect("a transaction");
        {
            let mut values = transaction.open_table(VALUES).expect("the table");
            for (namespace, key) in [("a", "x"), ("b", "1"), ("b", "22"), ("c", "")] {
                values.insert((namespace, key), &b"value"[..]).expect("it is there");
            }
        }
        transaction.commit().expect("it is kept");
        let transaction = database.begin_write().expect("a transaction");
        let mut values = transaction.open_table(VALUES).expect("the table");
        let mut sizes = transaction.open_table(SIZES).expect("the table");
        let mut entries = Changed { of: &opened, values: &mut values, sizes: &mut sizes, namespace: "b" };
        let before = entry_bytes("1", 5) + entry_bytes("22", 5);
        assert_eq!(entries.size().expect("it is counted"), before);
        change(&mut entries, &Ask::Delete(vec!["1".into()]), 0).expect("less is always taken");
        assert_eq!(entries.size().expect("it is remembered"), entry_bytes("22", 5));
    }

    #[test]
    fn those_who_make_a_file_at_once_have_the_same() {
        for _ in 0..20 {
            let folder = tempfile::tempdir().expect("a folder");
            let (path, barrier) = (folder.path().join("data.redb"), Barrier::new(8));
            let files: Vec<File> = thread::scope(|scope| {
                let make = || {
                    barrier.wait();
                    File::open(&path).unwrap_or_else(|error| panic!("{error}"))
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
                threads.into_iter().map(|thread| thread.join().expect("it is opened")).collect()
            });
            let runtime =
                tokio::runtime::Builder::new_multi_thread().enable_time().build().expect("a runtime");
            for (number, file) in (1..).zip(files) {
                let values = Namespace { file: Arc::new(file), name: "n".into(), max: 1 << 20 };
                let sum = runtime.block_on(values.ask(Ask::Increment("n".into(), 1))).expect("a sum");
                assert_eq!(sum, Answer::Number(number), "all have one file");
            }
            let names: Vec<_> =
                fs::read_dir(&folder).expect("it").flatten().map(|entry| entry.file_name()).collect();
            assert_eq!(names, ["data.redb"], "nothing is left beside it");
        }
    }
}
