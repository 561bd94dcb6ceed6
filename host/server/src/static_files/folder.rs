//! The folder whose files are served: which of them a path means, without a way out.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use doverb_core::granted_folders;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

/// Files up to this size are read when they are found.
const SMALL: u64 = 64 * 1024;
/// Entries of a folder that are listed, in the order of their names, and those that are read for it.
const MAX_LISTED: usize = 10_000;
const MAX_READ: usize = 100_000;
const INDICES: [&str; 2] = ["index.html", "index.htm"];

/// An open folder. What is put in its place later is another one.
pub(super) struct Folder {
    fd: OwnedFd,
    path: PathBuf,
    /// What is visible of what is right in it; none for all.
    only: Option<BTreeSet<OsString>>,
    /// Tells which files are nobody's to read, by whatever name they lie there.
    kept_back: Option<KeptBack>,
}

/// Asked at each look: a file may have come since.
pub(super) type KeptBack = Box<dyn Fn() -> Vec<PathBuf> + Send + Sync>;

/// What a file is, whatever it is called.
type Identity = (u64, u64);

/// How a file was compressed beforehand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
}

/// What a path means.
pub(super) enum Found {
    File(Box<FoundFile>),
    /// A folder without an index: here, below the one that is served.
    Folder(PathBuf),
    FolderWithoutSlash,
    Nothing,
}

pub(super) struct FoundFile {
    pub(super) file: Arc<File>,
    pub(super) metadata: Metadata,
    /// Bytes of it.
    pub(super) size: u64,
    /// The name that was asked for, whatever its coding.
    pub(super) name: PathBuf,
    pub(super) coding: Option<Coding>,
    /// Whether others may get it in another coding.
    pub(super) has_codings: bool,
    /// All of it, where it is small.
    pub(super) content: Option<Arc<[u8]>>,
}

/// What tells one state of a folder from another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stamp {
    is: Identity,
    modified: SystemTime,
}

/// What there is in a folder.
pub(super) struct Listing {
    pub(super) entries: Vec<Entry>,
    /// How many there are besides, at least.
    pub(super) more: usize,
}

/// What is listed of a folder.
pub(super) struct Entry {
    /// As the system has it.
    pub(super) name: Vec<u8>,
    pub(super) is_folder: bool,
    pub(super) is_link: bool,
}

impl Coding {
    const ALL: [Coding; 2] = [Coding::Brotli, Coding::Gzip];

    pub(super) fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Coding::Brotli => ".br",
            Coding::Gzip => ".gz",
        }
    }

    /// Those that a client takes (RFC 9110, section 12.5.3), first what it likes best, and of what it likes alike ours to choose
    /// among. None that it likes less than the file as it is.
    pub(super) fn accepted(field: Option<&str>) -> Vec<Coding> {
        let members: Vec<(&str, f32)> = field.unwrap_or_default().split(',').map(weighed).collect();
        let weight = |coding: &str| {
            let of = |name: &str| members.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
            of(coding).map(|(_, weight)| *weight)
        };
        let of_others = weight("*").unwrap_or(0.0);
        let plain = weight("identity").unwrap_or(0.0);
        let weights = Coding::ALL.map(|coding| (coding, weight(coding.name()).unwrap_or(of_others)));
        let mut taken: Vec<_> =
            weights.into_iter().filter(|(_, weight)| *weight > 0.0 && *weight >= plain).collect();
        taken.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        taken.into_iter().map(|(coding, _)| coding).collect()
    }
}

/// A member of the list, with its weight: 1 where none is said that can be understood.
fn weighed(member: &str) -> (&str, f32) {
    let mut parts = member.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let weight = weight.and_then(|weight| weight.parse::<f32>().ok()).filter(|weight| weight.is_finite());
    (name, weight.map_or(1.0, |weight| weight.clamp(0.0, 1.0)))
}

impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Folder> {
        let path = granted_folders::place(path)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Folder { fd: rustix::fs::open(&path, flags, Mode::empty())?, path, only: None, kept_back: None })
    }

    pub(super) fn only(&mut self, names: BTreeSet<OsString>) {
        self.only = Some(names);
    }

    pub(super) fn keep_back(&mut self, files: KeptBack) {
        self.kept_back = Some(files);
    }

    fn kept_back(&self) -> BTreeSet<Identity> {
        let files = self.kept_back.as_ref().map(|files| files()).unwrap_or_default();
        files.iter().filter_map(|file| Some(identity(&fs::metadata(file).ok()?))).collect()
    }

    /// Whether it is one of those that are visible, or below one.
    fn shows(&self, path: &Path) -> bool {
        let Some(only) = &self.only else { return true };
        let first = path.components().find(|part| *part != Component::CurDir);
        match first {
            None => true,
            Some(Component::Normal(name)) => only.contains(name),
            Some(_) => false,
        }
    }

    /// Opens what lies below the folder, without waiting for anybody: a pipe that nobody writes to opens at once.
    fn open_below(&self, path: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::ResolveFlags;
            let below = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
            match rustix::fs::openat2(&self.fd, path, flags, Mode::empty(), below) {
                Ok(fd) => return Ok(File::from(fd)),
                // A kernel, or a sandbox around it, that does not know the call.
                Err(Errno::NOSYS | Errno::PERM) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let whole = fs::canonicalize(self.path.join(path))?;
        if !whole.starts_with(&self.path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(File::from(rustix::fs::open(&whole, flags | OFlags::NOFOLLOW, Mode::empty())?))
    }

    /// What a decoded path means; `codings` are those that the client takes.
    pub(super) fn find(&self, path: &[u8], codings: &[Coding]) -> io::Result<Found> {
        let ends_with_slash = path.ends_with(b"/");
        let inner = match path.iter().position(|byte| *byte != b'/') {
            Some(start) => &path[start..],
            None => b"",
        };
        let trimmed = inner.strip_suffix(b"/").unwrap_or(inner);
        let relative =
            if trimmed.is_empty() { Path::new(".") } else { Path::new(OsStr::from_bytes(trimmed)) };
        let Some((file, metadata)) = self.look(relative)? else {
            return Ok(Found::Nothing);
        };
        if metadata.is_dir() {
            if !ends_with_slash {
                return Ok(Found::FolderWithoutSlash);
            }
            for index in INDICES {
                let index = relative.join(index);
                if let Some((file, metadata)) = self.look(&index)?.filter(|(_, metadata)| metadata.is_file())
                {
                    return self.chosen(file, metadata, index, codings);
                }
            }
            return Ok(Found::Folder(relative.to_owned()));
        }
        // A file has nothing below it, and what is neither is nobody's.
        if ends_with_slash || !metadata.is_file() {
            return Ok(Found::Nothing);
        }
        self.chosen(file, metadata, relative.to_owned(), codings)
    }

    /// What is there; none when there is nothing, or a link that leads out.
    fn look(&self, path: &Path) -> io::Result<Option<(File, Metadata)>> {
        if !self.shows(path) {
            return Ok(None);
        }
        match self.open_below(path) {
            Ok(file) => {
                let metadata = file.metadata()?;
                let is_kept_back = metadata.is_file() && self.kept_back().contains(&identity(&metadata));
                Ok((!is_kept_back).then_some((file, metadata)))
            }
            Err(error) => match error.raw_os_error().map(Errno::from_raw_os_error) {
                None
                | Some(
                    Errno::NOENT
                    | Errno::NOTDIR
                    | Errno::LOOP
                    | Errno::XDEV
                    | Errno::NAMETOOLONG
                    | Errno::NXIO
                    | Errno::INVAL
                    | Errno::NODEV,
                ) => Ok(None),
                Some(_) => Err(error),
            },
        }
    }

    /// The file, or what it was compressed to.
    fn chosen(&self, file: File, metadata: Metadata, name: PathBuf, codings: &[Coding]) -> io::Result<Found> {
        let mut has_codings = false;
        let mut chosen = None;
        for coding in Coding::ALL {
            let mut compressed = name.clone().into_os_string();
            compressed.push(coding.ending());
            let there = self.look(Path::new(&compressed)).ok().flatten();
            if let Some((file, of_it)) = there.filter(|(_, of_it)| of_it.is_file()) {
                has_codings = true;
                let place = codings.iter().position(|taken| *taken == coding);
                let best = chosen.as_ref().map(|(_, _, _, place)| *place);
                if let Some(place) = place.filter(|place| best.is_none_or(|best| *place < best)) {
                    chosen = Some((file, of_it, coding, place));
                }
            }
        }
        let (file, metadata, coding) = match chosen {
            Some((file, metadata, coding, _)) => (file, metadata, Some(coding)),
            None => (file, metadata, None),
        };
        let content = if metadata.len() <= SMALL { Some(read(&file, metadata.len())?) } else { None };
        // What has become shorter in this moment has the length that it has.
        let size = content.as_ref().map_or(metadata.len(), |content| content.len() as u64);
        let file = Arc::new(file);
        Ok(Found::File(Box::new(FoundFile { file, metadata, size, name, coding, has_codings, content })))
    }

    /// What tells that a folder below has changed.
    pub(super) fn stamp(&self, folder: &Path) -> io::Result<Stamp> {
        let metadata = self.open_below(folder)?.metadata()?;
        Ok(Stamp { is: identity(&metadata), modified: metadata.modified()? })
    }

    /// What there is in a folder below. Of very many entries no more are kept meanwhile than are listed, and as many again.
    pub(super) fn listing(&self, folder: &Path) -> io::Result<Listing> {
        let opened = self.open_below(folder)?;
        let (mut found, mut more, kept_back) = (Vec::new(), 0, self.kept_back());
        let device = opened.metadata()?.dev();
        for entry in rustix::fs::Dir::read_from(&opened)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes().to_vec();
            let is_kept_back = kept_back.contains(&(device, entry.ino()));
            if !is_hidden(&name) && !is_kept_back && self.shows(&folder.join(OsStr::from_bytes(&name))) {
                found.push((String::from_utf8_lossy(&name).to_lowercase(), name, entry.file_type()));
            }
            if found.len() >= 2 * MAX_LISTED {
                found.select_nth_unstable_by(MAX_LISTED, by_name);
                more += found.len() - MAX_LISTED;
                found.truncate(MAX_LISTED);
            }
            if found.len() + more >= MAX_READ {
                break;
            }
        }
        found.sort_by(by_name);
        more += found.len().saturating_sub(MAX_LISTED);
        found.truncate(MAX_LISTED);
        let entry = |(_, name, kind): Named| {
            let is_folder = match kind {
                FileType::Directory => true,
                FileType::Symlink | FileType::Unknown => {
                    let path = folder.join(OsStr::from_bytes(&name));
                    self.look(&path).ok().flatten().is_some_and(|(_, metadata)| metadata.is_dir())
                }
                _ => false,
            };
            Entry { name, is_folder, is_link: kind == FileType::Symlink }
        };
        Ok(Listing { entries: found.into_iter().map(entry).collect(), more })
    }
}

/// An entry by the name that it is sorted by, and that which it has.
type Named = (String, Vec<u8>, FileType);

fn by_name(one: &Named, other: &Named) -> Ordering {
    (&one.0, &one.1).cmp(&(&other.0, &other.1))
}

impl Stamp {
    /// Whether the folder has last changed so long ago.
    pub(super) fn is_older(&self, now: SystemTime, time: Duration) -> bool {
        now.duration_since(self.modified).is_ok_and(|since| since >= time)
    }
}

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// Whether a file or folder of this name is not there for anybody.
pub(super) fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".") && name != b".well-known"
}

fn read(file: &File, size: u64) -> io::Result<Arc<[u8]>> {
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(size).read_to_end(&mut content)?;
    Ok(content.into())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn name(folder: &Folder, path: &[u8], codings: &[Coding]) -> String {
        match folder.find(path, codings).unwrap() {
            Found::File(file) => format!("{} {:?}", file.name.display(), file.coding),
            Found::Folder(relative) => {
                let listing = folder.listing(&relative).unwrap();
                let names =
                    listing.entries.iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned());
                format!("[{}]", names.collect::<Vec<_>>().join(" "))
            }
            Found::FolderWithoutSlash => "/".into(),
            Found::Nothing => "nothing".into(),
        }
    }

    #[test]
    fn what_a_path_means_and_no_way_out() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("secret"), "x").unwrap();
        let site = place.path().join("site");
        fs::create_dir_all(site.join("sub/empty")).unwrap();
        fs::create_dir(site.join("list")).unwrap();
        for file in ["index.html", "b.txt", "sub/index.htm", "list/B", "list/a", "list/.hidden", "b.txt.gz"] {
            fs::write(site.join(file), file).unwrap();
        }
        symlink("../secret", site.join("out")).unwrap();
        symlink(place.path().join("secret"), site.join("far")).unwrap();
        symlink("b.txt", site.join("in")).unwrap();
        symlink("round", site.join("round")).unwrap();
        let folder = Folder::open(&site).unwrap();
        for (path, expected) in [
            ("/", "./index.html None"),
            ("/b.txt", "b.txt None"),
            ("/b.txt/", "nothing"),
            ("/in", "in None"),
            ("/out", "nothing"),
            ("/far", "nothing"),
            ("/round", "nothing"),
            ("/../secret", "nothing"),
            ("/sub", "/"),
            ("/sub/", "sub/index.htm None"),
            ("/sub/empty/", "[]"),
            ("/list/", "[a B]"),
            ("/b.txt/c", "nothing"),
            ("", "/"),
        ] {
            assert_eq!(name(&folder, path.as_bytes(), &[]), expected, "{path}");
        }
        let accepted = Coding::accepted(Some("gzip, br;q=0"));
        assert_eq!(name(&folder, b"/b.txt", &accepted), "b.txt Some(Gzip)");
    }

    #[test]
    fn what_is_not_named_is_not_there() {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir(site.path().join("sub")).unwrap();
        for file in ["shop.py", "style.css", "sub/x", "sub/shop.py"] {
            fs::write(site.path().join(file), file).unwrap();
        }
        symlink("shop.py", site.path().join("sub/link")).unwrap();
        let mut folder = Folder::open(site.path()).unwrap();
        folder.only(["style.css", "sub"].map(OsString::from).into());
        for (path, expected) in [
            ("/", "[style.css sub]"),
            ("/shop.py", "nothing"),
            ("//shop.py", "nothing"),
            ("/sub/shop.py", "sub/shop.py None"),
            ("/style.css", "style.css None"),
        ] {
            assert_eq!(name(&folder, path.as_bytes(), &[]), expected, "{path}");
        }
    }

    #[test]
    fn a_coding_is_used_where_it_is_taken() {
        use Coding::{Brotli, Gzip};
        for (field, expected) in [
            ("gzip, deflate, br", &[Brotli, Gzip][..]),
            ("gzip;q=0, *", &[Brotli]),
            ("*;q=0", &[]),
            ("GZIP ; q=0.1", &[Gzip]),
            ("identity", &[]),
            ("", &[]),
            ("br;q=0.2, gzip;q=0.9", &[Gzip, Brotli]),
            ("*", &[Brotli, Gzip]),
            ("*;q=0.5, gzip", &[Gzip, Brotli]),
            ("identity, gzip;q=0.5", &[]),
            ("identity;q=0.5, gzip;q=0.5", &[Gzip]),
            ("identity;q=0, gzip", &[Gzip]),
            ("gzip;q=nan, br;q=-1", &[Gzip]),
            ("gzip;q=0.000;q=1", &[]),
            (",,;q=1,gzip;x=y;q=0", &[]),
        ] {
            assert_eq!(Coding::accepted(Some(field)), expected, "{field}");
        }
        assert_eq!(Coding::accepted(None), []);
    }
}
