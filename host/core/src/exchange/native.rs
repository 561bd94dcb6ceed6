//! What a handler in native code asks for beside the answer: the request's fields and its body.

use std::borrow::Cow;

use super::Exchange;
use crate::failure::Failure;
use crate::request::latin1;

impl Exchange {
    /// The first value of the request's field with this name, compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = self.request.fields().find(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| latin1(value))
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

    /// Sends what was written, and waits until the system has taken it.
    ///
    /// # Errors
    ///
    /// As `wfile.flush` of the contract.
    pub async fn flush_body(&mut self) -> Result<(), Failure> {
        self.flush().await
    }
}
