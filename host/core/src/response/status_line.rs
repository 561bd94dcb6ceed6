//! The first line of an answer, with the two fields that Python writes after it.

use crate::date;

/// The first line and, for `send-response`, the two fields after it. All of it is ISO-8859-1.
pub(crate) struct StatusLine<'a> {
    pub(crate) protocol: &'a str,
    pub(crate) code: u16,
    pub(crate) phrase: &'a [u8],
    pub(crate) stamp: Option<Stamp<'a>>,
}

/// The values of `Server` and `Date`.
pub(crate) struct Stamp<'a> {
    pub(crate) server: &'a [u8],
    /// Now, if the handler has none of its own.
    pub(crate) date: Option<&'a [u8]>,
}

impl StatusLine<'_> {
    pub(crate) fn append(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.protocol.as_bytes());
        let digit = |place: u16| b'0' + (self.code / place % 10) as u8;
        out.extend_from_slice(&[b' ', digit(100), digit(10), digit(1), b' ']);
        out.extend_from_slice(self.phrase);
        out.extend_from_slice(b"\r\n");
        if let Some(stamp) = &self.stamp {
            out.extend_from_slice(b"Server: ");
            out.extend_from_slice(stamp.server);
            out.extend_from_slice(b"\r\nDate: ");
            match stamp.date {
                Some(date) => out.extend_from_slice(date),
                None => date::append_http_now(out),
            }
            out.extend_from_slice(b"\r\n");
        }
    }
}
