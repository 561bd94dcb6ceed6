//! What a path means, whichever way it is written.

use std::borrow::Cow;

/// A path with all that it may be written in other ways taken out (RFC 3986, section 6.2.2): each `%XX` is its byte, there are no
/// empty segments, and `.` and `..` have been followed, as far as the root. So a mount, and who may ask it, can't be gone around by
/// another spelling of its path; and files are looked for by the very path that the mount was found by.
///
/// A slash at its end stays, as the page that it is has others beside it.
///
/// ```
/// use doverb_core::normal_path::normal_path;
///
/// assert_eq!(normal_path(b"/sh%6Fp//./new/../cart/"), &b"/shop/cart/"[..]);
/// assert_eq!(normal_path(b"/../a%2Fb"), &b"/a/b"[..]);
/// ```
pub fn normal_path(path: &[u8]) -> Cow<'_, [u8]> {
    if is_normal(path) {
        return Cow::Borrowed(path);
    }
    let decoded: Cow<'_, [u8]> = percent_encoding::percent_decode(path).into();
    let mut normal = Vec::with_capacity(decoded.len());
    let mut ends_in_folder = false;
    for segment in decoded.split(|byte| *byte == b'/') {
        ends_in_folder = matches!(segment, b"" | b"." | b"..");
        match segment {
            b"" | b"." => {}
            b".." => normal.truncate(normal.iter().rposition(|byte| *byte == b'/').unwrap_or(0)),
            _ => {
                normal.push(b'/');
                normal.extend_from_slice(segment);
            }
        }
    }
    if ends_in_folder || normal.is_empty() {
        normal.push(b'/');
    }
    Cow::Owned(normal)
}

/// The same of the path that something is mounted at, without the slash at its end, which a request's may lack.
///
/// ```
/// use doverb_core::normal_path::normal_prefix;
///
/// assert_eq!((normal_prefix(b"/sh%6Fp/"), normal_prefix(b"/")), (b"/shop".to_vec(), Vec::new()));
/// ```
pub fn normal_prefix(path: &[u8]) -> Vec<u8> {
    let mut prefix = normal_path(path).into_owned();
    if prefix.ends_with(b"/") {
        prefix.pop();
    }
    prefix
}

/// Whether there is nothing in it to take out, as in nearly every request.
fn is_normal(path: &[u8]) -> bool {
    let mut after_slash = false;
    path.first() == Some(&b'/')
        && path.iter().all(|byte| {
            let fits = *byte != b'%' && !(after_slash && matches!(byte, b'/' | b'.'));
            after_slash = *byte == b'/';
            fits
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_path_is_the_same_path() {
        for (path, expected) in [
            ("/", "/"),
            ("", "/"),
            ("//", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b/"),
            ("/a//b///", "/a/b/"),
            ("//a", "/a"),
            ("/%61/%62", "/a/b"),
            ("/a%2fb", "/a/b"),
            ("/a/%2E%2e/b", "/b"),
            ("/a/./b/.", "/a/b/"),
            ("/a/b/..", "/a/"),
            ("/a/..", "/"),
            ("/../../a", "/a"),
            ("/.well-known/x", "/.well-known/x"),
            ("/.../x", "/.../x"),
            ("/a%zz%4", "/a%zz%4"),
            ("/caf%C3%A9/", "/caf\u{e9}/"),
            // Once is enough: a file may be called so.
            ("/%2561", "/%61"),
        ] {
            assert_eq!(normal_path(path.as_bytes()), expected.as_bytes(), "{path}");
        }
    }

    #[test]
    fn what_is_normal_is_not_copied() {
        assert!(matches!(normal_path(b"/a/b.c/"), Cow::Borrowed(_)));
    }
}
