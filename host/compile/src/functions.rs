//! The compiled functions of a component, kept for its next version: after an edit most of them are the same.
//!
//! A file holds those of the last version: [`MAGIC`], the SHA-256 of all that follows, and then the functions, each its key,
//! its length and its code. The key is Cranelift's: a hash of all that the code is made of. Of some functions (one in a
//! hundred or two) it differs from run to run: they are compiled anew.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use wasmparser::{ElementItems, ExternalKind, Parser, Payload};
use wasmtime::CacheStore;

use super::cache::{self, TEMPORARY};

const MAGIC: &[u8] = b"doverb functions 1\n";
const DIGEST: usize = 32;
const KEY: usize = 32;
/// How often a count is told: after each of so many parts.
const PARTS: u64 = 200;

type Key = [u8; KEY];
type Tell = Box<dyn Fn(u64, u64) + Send + Sync>;

/// What the compiler finds of earlier functions and leaves for later, counted as it goes. Its threads share it.
#[derive(Default)]
pub struct Functions {
    file: Vec<u8>,
    known: HashMap<Key, Range<usize>>,
    used: Mutex<HashSet<Key>>,
    new: Mutex<HashMap<Key, Vec<u8>>>,
    done: AtomicU64,
    all: u64,
    tell: Option<Tell>,
}

impl Functions {
    /// The functions in the file `path`, or none when it is not there, not ours alone, or not whole.
    ///
    /// # Safety
    ///
    /// What is in it becomes native code. Only [`save`](Functions::save) may write it, so it must be in a folder that nobody
    /// else can write, as the cache is.
    pub unsafe fn open(path: &Path) -> Functions {
        let file = cache::read_own(path).unwrap_or_default();
        let known = parse(&file).unwrap_or_default();
        Functions { file, known, ..Functions::default() }
    }

    /// Calls `tell` now and then with the number of functions compiled, and with that of all in `wasm`.
    #[must_use]
    pub fn telling(mut self, wasm: &[u8], tell: impl Fn(u64, u64) + Send + Sync + 'static) -> Functions {
        self.all = count(wasm);
        self.tell = Some(Box::new(tell));
        self
    }

    /// Puts those that were used this time in the place of the file, unless they are the same.
    ///
    /// # Errors
    ///
    /// When it cannot be written. The old file is then as it was.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let (used, new) = (lock(&self.used), lock(&self.new));
        if new.is_empty() && used.len() == self.known.len() {
            return Ok(());
        }
        let kept = used.iter().filter_map(|key| Some((key, &self.file[self.known.get(key)?.clone()])));
        let entries: Vec<(&Key, &[u8])> =
            kept.chain(new.iter().map(|(key, code)| (key, code.as_slice()))).collect();
        let mut hasher = Sha256::new();
        write_entries(&entries, |bytes| {
            hasher.update(bytes);
            Ok(())
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
        let mut writer = io::BufWriter::with_capacity(1 << 20, file);
        writer.write_all(MAGIC)?;
        writer.write_all(&hasher.finalize())?;
        write_entries(&entries, |bytes| writer.write_all(bytes))?;
        // Not waited for until it is on the disk: a crash leaves a file whose digest is wrong, and no harm is done.
        writer.into_inner()?.persist(path)?;
        Ok(())
    }

    fn one_more(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(tell) = &self.tell
            && (done == self.all || (done < self.all && done.is_multiple_of((self.all / PARTS).max(1))))
        {
            tell(done, self.all);
        }
    }
}

fn write_entries(
    entries: &[(&Key, &[u8])],
    mut write: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    for (key, code) in entries {
        let length = u32::try_from(code.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        write(key.as_slice())?;
        write(&length.to_le_bytes())?;
        write(code)?;
    }
    Ok(())
}

/// Where the functions of a file are; `None` when it is not whole.
fn parse(file: &[u8]) -> Option<HashMap<Key, Range<usize>>> {
    let (digest, content) = file.strip_prefix(MAGIC)?.split_at_checked(DIGEST)?;
    if Sha256::digest(content).as_slice() != digest {
        return None;
    }
    let mut known = HashMap::new();
    let mut rest = content;
    while !rest.is_empty() {
        let (key, after) = rest.split_first_chunk::<KEY>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let (code, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let start = file.len() - after.len() - code.len();
        known.insert(*key, start..start + code.len());
        rest = after;
    }
    Some(known)
}

/// What the compiler makes of a component: each function with a body, and for those that can be called from elsewhere (they are
/// exported, or in a table) a way in. A handful more is not counted.
fn count(wasm: &[u8]) -> u64 {
    let (mut bodies, mut ways_in) = (0, 0);
    let mut of_module = HashSet::new();
    for section in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        match section {
            Payload::ExportSection(exports) => {
                let exports = exports.into_iter().flatten();
                let functions = exports.filter(|export| export.kind == ExternalKind::Func);
                of_module.extend(functions.map(|export| export.index));
            }
            Payload::ElementSection(elements) => {
                for element in elements.into_iter().flatten() {
                    if let ElementItems::Functions(functions) = element.items {
                        of_module.extend(functions.into_iter().flatten());
                    }
                }
            }
            Payload::CodeSectionStart { count, .. } => bodies += u64::from(count),
            Payload::Version { .. } | Payload::End(_) => {
                ways_in += std::mem::take(&mut of_module).len() as u64
            }
            _ => {}
        }
    }
    bodies + ways_in
}

/// A thread that panics under the lock leaves whole entries.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CacheStore for Functions {
    /// Asked for each function before it is compiled.
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let key = Key::try_from(key).ok()?;
        let place = self.known.get(&key)?.clone();
        self.one_more();
        lock(&self.used).insert(key);
        Some(Cow::Borrowed(&self.file[place]))
    }

    /// Given each function that was compiled.
    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        self.one_more();
        let Ok(key) = Key::try_from(key) else {
            return false;
        };
        lock(&self.new).insert(key, value);
        true
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    use wasmtime::CacheStore;

    use super::{Functions, count};

    const KEYS: [[u8; 32]; 3] = [[1; 32], [2; 32], [3; 32]];

    fn open(path: &Path) -> Functions {
        // SAFETY: a test gives what it has read to no compiler, unless `save` wrote it.
        unsafe { Functions::open(path) }
    }

    fn get(functions: &Functions, key: usize) -> Option<Vec<u8>> {
        functions.get(&KEYS[key]).map(std::borrow::Cow::into_owned)
    }

    fn saved(path: &Path) {
        let functions = Functions::default();
        assert!(functions.insert(&KEYS[0], b"one".to_vec()) && functions.insert(&KEYS[1], b"two".to_vec()));
        functions.save(path).unwrap();
    }

    #[test]
    fn what_was_used_last_is_kept_and_the_rest_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("functions");
        saved(&path);
        let second = open(&path);
        assert_eq!((get(&second, 0), get(&second, 2)), (Some(b"one".to_vec()), None));
        second.insert(&KEYS[2], b"three".to_vec());
        second.save(&path).unwrap();
        let third = open(&path);
        let found = [0, 1, 2].map(|key| get(&third, key));
        assert_eq!(found, [Some(b"one".to_vec()), None, Some(b"three".to_vec())]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_that_is_damaged_or_not_ours_alone_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("functions");
        saved(&path);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).unwrap();
            assert_eq!(get(&open(&path), 0), None, "byte {at}");
        }
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(get(&open(&path), 0), None, "cut after {end}");
        }
        fs::write(&path, &whole).unwrap();
        assert!(get(&open(&path), 0).is_some());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(get(&open(&path), 0), None);
    }

    #[test]
    fn the_code_is_the_same_and_every_function_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("functions");
        let text = |data: &str| {
            format!(
                r#"(component (core module (memory 1) (data (i32.const 0) "{data}")
                (func (result i32) i32.const 7) (func (param i32) (result i32) local.get 0 i32.load)))"#
            )
        };
        let told = Arc::new(Mutex::new(Vec::new()));
        let compile = |data: &str| {
            let wasm = wat::parse_str(text(data)).unwrap();
            let told = Arc::clone(&told);
            let tell = move |done, all| told.lock().unwrap().push((done, all));
            let functions = Arc::new(open(&path).telling(&wasm, tell));
            let code = crate::incremental_compiler(&functions).unwrap().precompile_component(&wasm).unwrap();
            functions.save(&path).unwrap();
            let plain = crate::compiler().unwrap().precompile_component(&wasm).unwrap();
            assert!(code == plain, "reuse changes nothing");
            functions.new.lock().unwrap().len()
        };
        let (first, edited) = (compile("first"), compile("other"));
        // Cranelift does not give every function the same key each time.
        assert!(
            first >= 8 && edited <= first / 2,
            "{edited} of {first} are new, though only data has changed"
        );
        let told = told.lock().unwrap();
        assert!(told.contains(&(2, 2)), "{told:?}");
    }

    #[test]
    fn functions_of_nested_modules_are_counted() {
        let wasm = r#"(component
            (core module (table 1 funcref) (elem (i32.const 0) $a) (func $a (export "a")) (func (export "b")) (func))
            (component (core module (func))))"#;
        assert_eq!(count(&wat::parse_str(wasm).unwrap()), 4 + 2, "and two ways in");
        assert_eq!(count(b"no wasm"), 0);
    }
}
