//! Which host a request is for, and which path.

use crate::head::RequestHead;

/// The authority that a request is for, and its path from the first slash on.
pub(crate) fn parts(head: &RequestHead) -> (&[u8], &[u8]) {
    let (target, host) = (head.path(), || head.value("host").unwrap_or_default());
    if target.starts_with(b"/") {
        return (host(), target);
    }
    if head.is_connect() {
        return (target, b"/");
    }
    // A whole URI, whose authority counts more than the field (RFC 9112, section 3.2.2).
    let Some(colon) = memchr::memmem::find(target, b"://") else {
        return (host(), b"/");
    };
    let rest = &target[colon + 3..];
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    let path = if rest[end..].starts_with(b"/") { &rest[end..] } else { b"/" };
    (&rest[..end], path)
}

/// The host that a request is for, without its port: empty where it names none.
pub(crate) fn host_of(head: &RequestHead) -> &[u8] {
    without_port(parts(head).0)
}

pub(crate) fn without_port(authority: &[u8]) -> &[u8] {
    let end = match authority.first() {
        Some(b'[') => memchr::memchr(b']', authority).map(|end| end + 1),
        _ => memchr::memchr(b':', authority),
    };
    let host = &authority[..end.unwrap_or(authority.len())];
    host.strip_suffix(b".").unwrap_or(host)
}
