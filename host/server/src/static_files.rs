//! Files of a folder, served as `python -m http.server` serves them, with what RFC 9110 has for them beside: validators and
//! conditions (13), ranges (14), and variants that were compressed beforehand (12.5.3).
//!
//! What begins with a dot is not there, but for `.well-known`: a folder that somebody serves often has a `.git` or an `.env`.

mod body;
mod conditions;
mod disk;
mod folder;
mod listing;
mod listings;
mod media_type;
mod ranges;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use doverb_core::exchange::Exchange;
use doverb_core::failure::Failure;
use doverb_core::handler::Handler;
use doverb_core::normal_path::{normal_path, normal_prefix};
use percent_encoding::percent_decode_str;

use self::body::Body;
use self::conditions::{Condition, Validators};
use self::folder::{Coding, Folder, Found, FoundFile};
use self::listings::Listings;
use self::ranges::Selected;

const METHODS: &str = "GET, HEAD, OPTIONS";

/// The files of a folder.
///
/// ```
/// use doverb_server::static_files::StaticFiles;
///
/// # let site = std::env::temp_dir();
/// let handler = StaticFiles::new(&site)?.handler("site");
/// assert_eq!(handler.name(), "site");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct StaticFiles {
    folder: Folder,
    /// The path that it is served at, as [`normal_prefix`] has it.
    below: Vec<u8>,
}

impl StaticFiles {
    /// All that is in a folder, served at the path `/`.
    ///
    /// # Errors
    ///
    /// When the folder can't be opened.
    pub fn new(folder: &Path) -> io::Result<StaticFiles> {
        Ok(StaticFiles { folder: Folder::open(folder)?, below: Vec::new() })
    }

    /// Served at another path, `/site/` or `/site`.
    #[must_use]
    pub fn below(mut self, path: &str) -> StaticFiles {
        self.below = normal_prefix(path.as_bytes());
        self
    }

    /// Of what is right in the folder only what has one of these names, with what is below it. The rest is not there.
    #[must_use]
    pub fn only(mut self, names: BTreeSet<OsString>) -> StaticFiles {
        self.folder.only(names);
        self
    }

    /// Without the files that this names, which is asked whenever it matters: what the server keeps for itself, such as stores and
    /// secrets, may lie in the folder, and is not there for its clients.
    #[must_use]
    pub fn without(mut self, files: impl Fn() -> Vec<PathBuf> + Send + Sync + 'static) -> StaticFiles {
        self.folder.keep_back(Box::new(files));
        self
    }

    /// A handler that serves them, and is called `name` in the log.
    #[must_use]
    pub fn handler(self, name: &str) -> Handler {
        let (folder, below) = (Arc::new(self.folder), Arc::<[u8]>::from(self.below));
        let listings = Listings::default();
        Handler::native_async(name, move |request| {
            Box::pin(answer(request, Arc::clone(&folder), Arc::clone(&below), listings.clone()))
        })
    }
}

async fn answer(
    request: &mut Exchange,
    folder: Arc<Folder>,
    below: Arc<[u8]>,
    listings: Listings,
) -> Result<(), Failure> {
    match &*request.command() {
        "GET" | "HEAD" => {}
        "OPTIONS" => return tell_methods(request, 204),
        _ => return tell_methods(request, 405),
    }
    let Some(path) = path_below(&request.path_only(), &below) else {
        return request.send_error(404, None, None);
    };
    let codings = Coding::accepted(list(request, "Accept-Encoding").as_deref());
    let looked_in = Arc::clone(&folder);
    let failed = match disk::ask(move || looked_in.find(&path, &codings)).await {
        Ok(Found::File(file)) => return send_file(request, *file).await,
        Ok(Found::Folder(relative)) => match listings.entries(folder, relative).await {
            Ok(entries) => return send_listing(request, &entries).await,
            Err(error) => error,
        },
        Ok(Found::FolderWithoutSlash) => return redirect(request),
        Ok(Found::Nothing) => return request.send_error(404, Some("File not found"), None),
        Err(error) => error,
    };
    match failed.kind() {
        io::ErrorKind::PermissionDenied => request.send_error(403, None, None),
        // Descriptors that have run out, for one.
        _ => {
            request.report_failure(&body::unreadable(&failed));
            request.send_error(503, None, None)
        }
    }
}

/// What a path means below another; none for one that can't be a file's. Browsers take out `.` and `..` before they ask.
fn path_below(path: &str, above: &[u8]) -> Option<Vec<u8>> {
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    if decoded.split(|byte| *byte == b'/').any(|segment| matches!(segment, b"." | b"..")) {
        return None;
    }
    let path = normal_path(path.as_bytes());
    let below = path.strip_prefix(above).unwrap_or(&path);
    let is_bad = below.contains(&0) || below.split(|byte| *byte == b'/').any(folder::is_hidden);
    (!is_bad).then(|| below.to_vec())
}

/// A field of a request, also where it comes in several lines: they are one list (RFC 9110, section 5.3).
fn list(request: &Exchange, name: &str) -> Option<String> {
    let mut all = request.headers().filter(|(other, _)| other.eq_ignore_ascii_case(name));
    let first = all.next()?.1.into_owned();
    Some(all.fold(first, |list, (_, value)| list + ", " + &value))
}

fn tell_methods(request: &mut Exchange, status: u16) -> Result<(), Failure> {
    request.send_response(status, None)?;
    request.send_header("Allow", METHODS)?;
    if status != 204 {
        request.send_header("Content-Length", "0")?;
    }
    request.end_headers()
}

/// To the same with a slash, so that what a page names is found beside it.
fn redirect(request: &mut Exchange) -> Result<(), Failure> {
    let query = request.query().map_or(String::new(), |query| format!("?{query}"));
    let path = request.path_only();
    // With two slashes it would be a host's name.
    let location = format!("/{}/{query}", path.trim_start_matches('/'));
    request.send_response(301, None)?;
    request.send_header("Location", &location)?;
    request.send_header("Content-Length", "0")?;
    request.end_headers()
}

async fn send_listing(request: &mut Exchange, entries: &[u8]) -> Result<(), Failure> {
    let head = listing::head(&request.path_only());
    send_head(request, 200, "text/html; charset=utf-8", None, (head.len() + entries.len()) as u64)?;
    request.end_headers()?;
    if &*request.command() == "HEAD" {
        return Ok(());
    }
    request.write(head.as_bytes())?;
    listings::send(request, entries).await
}

async fn send_file(request: &mut Exchange, file: FoundFile) -> Result<(), Failure> {
    let validators = Validators::of(&file.metadata, file.coding, SystemTime::now());
    match conditions::check(&validators, |name| list(request, name)) {
        Condition::Met => {}
        Condition::NotModified => {
            request.send_response(304, None)?;
            send_validators(request, &file, &validators)?;
            return request.end_headers();
        }
        Condition::Failed => return request.send_error(412, None, None),
    }
    let size = file.size;
    let wants_range = &*request.command() == "GET"
        && conditions::takes_range(&validators, list(request, "If-Range").as_deref());
    let range = list(request, "Range").filter(|_| wants_range);
    let media_type = media_type::of(&file.name);
    let body = Body::new(file.file.clone(), file.content.clone());
    match ranges::select(range.as_deref(), size) {
        Selected::Whole => {
            send_head(request, 200, &media_type, None, size)?;
            send_validators(request, &file, &validators)?;
            request.end_headers()?;
            body.send(request, 0, size).await
        }
        Selected::One(range) => {
            let part = ranges::content_range(&range, size);
            send_head(request, 206, &media_type, Some(&part), range.end() - range.start() + 1)?;
            send_validators(request, &file, &validators)?;
            request.end_headers()?;
            body.send(request, *range.start(), range.end() + 1).await
        }
        Selected::Several(ranges) => {
            let parts = ranges::Parts::new(&ranges, &media_type, size);
            send_head(request, 206, &parts.content_type(), None, parts.length())?;
            send_validators(request, &file, &validators)?;
            request.end_headers()?;
            for (head, range) in parts.iter() {
                request.write(head.as_bytes())?;
                body.send(request, *range.start(), range.end() + 1).await?;
            }
            request.write(parts.end().as_bytes()).map(drop)
        }
        Selected::None => {
            request.send_response(416, None)?;
            request.send_header("Content-Range", &format!("bytes */{size}"))?;
            request.send_header("Content-Length", "0")?;
            request.end_headers()
        }
    }
}

/// What every answer with a body begins with.
fn send_head(
    request: &mut Exchange,
    status: u16,
    content_type: &str,
    content_range: Option<&str>,
    length: u64,
) -> Result<(), Failure> {
    request.send_response(status, None)?;
    request.send_header("Content-Type", content_type)?;
    if let Some(content_range) = content_range {
        request.send_header("Content-Range", content_range)?;
    }
    request.send_header("Content-Length", &length.to_string())
}

fn send_validators(request: &mut Exchange, file: &FoundFile, validators: &Validators) -> Result<(), Failure> {
    request.send_header("ETag", &validators.etag)?;
    if let Some(modified) = validators.last_modified() {
        request.send_header("Last-Modified", &modified)?;
    }
    if request.is_developed() {
        // A browser would guess for how long it may keep it.
        request.send_header("Cache-Control", "no-cache")?;
    }
    request.send_header("Accept-Ranges", "bytes")?;
    if let Some(coding) = file.coding {
        request.send_header("Content-Encoding", coding.name())?;
    }
    if file.has_codings {
        request.send_header("Vary", "Accept-Encoding")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{normal_prefix, path_below};

    #[test]
    fn a_path_is_decoded_below_its_mount() {
        for (path, mount, expected) in [
            ("/a%20b/c.txt", "/", Some("/a b/c.txt")),
            ("/site/a", "/site/", Some("/a")),
            ("/site", "/site/", Some("")),
            ("/.well-known/x", "/", Some("/.well-known/x")),
            ("/.git/config", "/", None),
            ("/%73ite//a", "/site/", Some("/a")),
            ("/site/b/../a/", "/site/", None),
            ("/a/..%2f..%2fetc/passwd", "/", None),
            ("/%2e%2e/x", "/", None),
            ("/a/.%2egit/config", "/", None),
            ("/a%00b", "/", None),
        ] {
            let found = path_below(path, &normal_prefix(mount.as_bytes()))
                .map(|path| String::from_utf8(path).unwrap());
            assert_eq!(found.as_deref(), expected, "{path}");
        }
    }
}
