//! What a handler in native code asks for beside the answer: the request and its body.

use std::borrow::Cow;

use super::Exchange;
use crate::destination;
use crate::failure::Failure;
use crate::latin1;
use crate::peer::Peer;

impl Exchange {
    /// The method: `GET`.
    #[must_use]
    pub fn command(&self) -> Cow<'_, str> {
        latin1::decode(self.request().method())
    }

    /// The target as it was sent, with its query.
    #[must_use]
    pub fn path(&self) -> Cow<'_, str> {
        latin1::decode(self.request().path())
    }

    /// The host that the request is for, without its port; empty where it names none.
    #[must_use]
    pub fn host(&self) -> Cow<'_, str> {
        latin1::decode(destination::host_of(self.request()))
    }

    /// The path of the mount that the request came by, with a slash at its end.
    #[must_use]
    pub fn mount(&self) -> &str {
        self.terms.path()
    }

    /// Whether the server is to end, so that what takes long should come to its end.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.site.is_draining()
    }

    /// Whether somebody develops what is served, and wants to see each change at once.
    #[must_use]
    pub fn is_developed(&self) -> bool {
        self.site.development().is_some()
    }

    /// The target up to its query.
    #[must_use]
    pub fn path_only(&self) -> Cow<'_, str> {
        let path = self.request().path();
        latin1::decode(&path[..memchr::memchr(b'?', path).unwrap_or(path.len())])
    }

    /// What stands behind the target's question mark, as it was sent; none without one.
    #[must_use]
    pub fn query(&self) -> Option<Cow<'_, str>> {
        let path = self.request().path();
        memchr::memchr(b'?', path).map(|at| latin1::decode(&path[at + 1..]))
    }

    /// The version that the client spoke, as it was sent: `HTTP/1.1`.
    #[must_use]
    pub fn request_version(&self) -> &str {
        self.request().version_text()
    }

    /// The parties of the connection.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        self.down.peer()
    }

    /// The first value of the request's field with this name, compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = self.request().fields().find(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| latin1::decode(value))
    }

    /// The request's fields in order, name and value.
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.request().fields().map(|(name, value)| (latin1::decode(name), latin1::decode(value)))
    }

    /// Up to `size` bytes of the request's body, as soon as there are any; none at its end. Sends what was written first
    /// if it has to wait.
    ///
    /// # Errors
    ///
    /// As `rfile.read` of the contract.
    pub async fn read_body(&mut self, size: u32) -> Result<Vec<u8>, Failure> {
        self.read(size).await
    }

    /// The fields after a chunked body, once it was read to its end.
    ///
    /// # Errors
    ///
    /// As `rfile.trailers` of the contract.
    pub fn body_trailers(&self) -> Result<Vec<(String, String)>, Failure> {
        self.trailers()
    }

    /// Tells the log why the answer is not what it should be: its client is not told.
    pub fn report_failure(&mut self, why: &str) {
        self.log_failure(why);
    }

    /// Sends what was written, and waits until the system has taken it.
    ///
    /// # Errors
    ///
    /// As `wfile.flush` of the contract.
    pub async fn flush_body(&mut self) -> Result<(), Failure> {
        self.flush().await
    }
}
