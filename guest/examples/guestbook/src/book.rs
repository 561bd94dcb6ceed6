//! The entries, and where they are kept: in a folder, if one was granted, else in a store.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use doverb_guest::{Result, Store, StoreError, store};

const DIRECTORY: &str = "/data";
const FILE: &str = "/data/guestbook.txt";
/// The store's number of entries so far, and where an entry is by its own number.
const COUNT: &str = "entries";
const ENTRY: &str = "entry/";
/// Entries that are fetched at once.
const AT_ONCE: usize = 250;

/// One entry, as it was signed.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) date: String,
    pub(crate) name: String,
    pub(crate) message: String,
}

/// Many instances share the place: each entry is one line of the file, added by one write at its end, or a value of the store
/// under a number that no other has.
#[derive(Default)]
pub(crate) struct Book {
    /// What there is when nothing was granted.
    unkept: Vec<Entry>,
}

enum Place {
    Folder,
    Store(Store),
    Nowhere,
}

impl Place {
    fn find() -> Result<Place> {
        if Path::new(DIRECTORY).is_dir() {
            return Ok(Place::Folder);
        }
        match store("default") {
            Ok(store) => Ok(Place::Store(store)),
            Err(StoreError::AccessDenied) => Ok(Place::Nowhere),
            Err(error) => Err(error.into()),
        }
    }
}

impl Book {
    pub(crate) fn is_kept(&self) -> Result<bool> {
        Ok(!matches!(Place::find()?, Place::Nowhere))
    }

    pub(crate) fn add(&mut self, entry: &Entry) -> Result {
        match Place::find()? {
            Place::Folder => {
                let mut file = OpenOptions::new().create(true).append(true).open(FILE)?;
                file.write_all(format!("{}\n", line(entry)).as_bytes())?;
            }
            Place::Store(store) => {
                let number = store.increment(COUNT, 1)?;
                store.set(&format!("{ENTRY}{number:010}"), line(entry))?;
            }
            Place::Nowhere => self.unkept.push(entry.clone()),
        }
        Ok(())
    }

    /// The entries that hold the words, newest first; all of them for no words.
    pub(crate) fn search(&self, words: &str) -> Result<Vec<Entry>> {
        let words = words.to_lowercase();
        let mut entries = self.read()?;
        entries.retain(|entry| {
            entry.name.to_lowercase().contains(&words) || entry.message.to_lowercase().contains(&words)
        });
        entries.reverse();
        Ok(entries)
    }

    fn read(&self) -> Result<Vec<Entry>> {
        match Place::find()? {
            Place::Folder => Ok(of_file(fs::read_to_string(FILE))?),
            Place::Store(store) => Ok(of_store(&store)?),
            Place::Nowhere => Ok(self.unkept.clone()),
        }
    }
}

fn of_file(text: io::Result<String>) -> io::Result<Vec<Entry>> {
    match text {
        Ok(text) => Ok(text.lines().filter_map(entry).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn of_store(store: &Store) -> std::result::Result<Vec<Entry>, StoreError> {
    let keys = store.keys().collect::<std::result::Result<Vec<_>, _>>()?;
    let keys: Vec<_> = keys.into_iter().filter(|key| key.starts_with(ENTRY)).collect();
    let mut entries = Vec::with_capacity(keys.len());
    for keys in keys.chunks(AT_ONCE) {
        let lines = store.get_many(keys)?.into_iter().flatten();
        entries.extend(lines.filter_map(|line| entry(&String::from_utf8(line).ok()?)));
    }
    Ok(entries)
}

fn line(entry: &Entry) -> String {
    [&entry.date, &entry.name, &entry.message].map(|field| escape(field)).join("\t")
}

/// None for a line that somebody else wrote.
fn entry(line: &str) -> Option<Entry> {
    let mut fields = line.split('\t').map(unescape);
    Some(Entry { date: fields.next()?, name: fields.next()?, message: fields.next()? })
}

fn escape(field: &str) -> String {
    field.replace('\\', "\\\\").replace('\t', "\\t").replace('\r', "").replace('\n', "\\n")
}

fn unescape(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}
