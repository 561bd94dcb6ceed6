//! The entries and the file that keeps them.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

const DIRECTORY: &str = "/data";
const FILE: &str = "/data/guestbook.txt";

/// One entry, as it was signed.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) date: String,
    pub(crate) name: String,
    pub(crate) message: String,
}

/// Many instances share the file: each entry is one line, added by one write at the file's end.
#[derive(Default)]
pub(crate) struct Book {
    /// What there is when no directory was granted.
    unkept: Vec<Entry>,
}

impl Book {
    pub(crate) fn is_kept(&self) -> bool {
        Path::new(DIRECTORY).is_dir()
    }

    pub(crate) fn add(&mut self, entry: &Entry) -> io::Result<()> {
        if !self.is_kept() {
            self.unkept.push(entry.clone());
            return Ok(());
        }
        let mut file = OpenOptions::new().create(true).append(true).open(FILE)?;
        file.write_all(line(entry).as_bytes())
    }

    /// The entries that hold the words, newest first; all of them for no words.
    pub(crate) fn search(&self, words: &str) -> io::Result<Vec<Entry>> {
        let words = words.to_lowercase();
        let mut entries = self.read()?;
        entries.retain(|entry| {
            entry.name.to_lowercase().contains(&words) || entry.message.to_lowercase().contains(&words)
        });
        entries.reverse();
        Ok(entries)
    }

    fn read(&self) -> io::Result<Vec<Entry>> {
        if !self.is_kept() {
            return Ok(self.unkept.clone());
        }
        match fs::read_to_string(FILE) {
            Ok(text) => Ok(text.lines().filter_map(entry).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

fn line(entry: &Entry) -> String {
    let fields = [&entry.date, &entry.name, &entry.message].map(|field| escape(field));
    format!("{}\n", fields.join("\t"))
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
