//! Values in a file: redb's, in the mode in which several processes may write.
//!
//! Looks are done side by side, each with the entries as they are when it begins. Changes go to one thread, which does all
//! that have come meanwhile in one transaction, and answers when the system has them on the disk: so that one wait for the disk
//! is that of many.

use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use doverb_core::keyvalue::{
    Answer, Ask, Asking, Entries, EntriesMut, Store, StoreError, change, entry_bytes, look,
};
use doverb_core::log::Log;
use redb::{ReadableDatabase, ReadableTable, StorageError, Table, TableDefinition, TableError};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::opened::Opened;
use crate::patience::{Room, aside};

/// By namespace and key.
const VALUES: TableDefinition<'static, (&str, &str), &[u8]> = TableDefinition::new("values");
/// What entries count, by namespace. Files that were made before each entry counted something of its own have "sizes" instead.
const SIZES: TableDefinition<'static, &str, u64> = TableDefinition::new("room");
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
    pub(crate) fn open(path: &Path, log: &Log) -> Result<File, String> {
        let opened = Arc::new(Opened::begin(path, log)?);
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
        let answers = self.forget_after(changed)?;
        self.confirm()?;
        Ok(answers)
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
    use std::fs;
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn a_file_from_before_entries_counted_is_counted_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data.redb");
        let opened = Opened::begin(&path, &Log::discard()).expect("it is opened");
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
                    File::open(&path, &Log::discard()).unwrap_or_else(|error| panic!("{error}"))
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
