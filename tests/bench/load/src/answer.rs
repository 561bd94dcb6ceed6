//! An answer as it comes in.

use anyhow::{Context as _, Result, ensure};

/// Where an answer's body begins, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) head: usize,
    pub(crate) body: Option<usize>,
}

impl Answer {
    /// Reads a head, which must be a 200. None when it is not whole yet.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Answer>> {
        let mut fields = [httparse::EMPTY_HEADER; 32];
        let mut response = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(head) = response.parse(bytes)? else {
            return Ok(None);
        };
        ensure!(response.code == Some(200), "the answer's status is {:?}", response.code);
        let length = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"));
        let length = length.map(|field| std::str::from_utf8(field.value)?.parse().context("the length"));
        Ok(Some(Answer { head, body: length.transpose()? }))
    }

    /// All of it, when it has a length.
    pub(crate) fn size(&self) -> Result<usize> {
        Ok(self.head + self.body.context("the answer has no Content-Length")?)
    }
}
