//! What is added to a page of HTML while somebody develops it, beside the length that its handler may have declared.

use std::sync::Arc;

use super::Answer;
use crate::downstream::Downstream;

impl Answer {
    /// Adds bytes to the body, if it is to be a page of HTML. Its handler knows nothing of it.
    pub(crate) fn add_to_pages(&mut self, tail: &Arc<[u8]>) {
        self.tail = Some(Arc::clone(tail));
    }

    pub(super) fn tail_length(&self) -> u64 {
        self.tail.as_ref().map_or(0, |tail| tail.len() as u64)
    }

    pub(super) fn pass_tail(&mut self, down: &mut dyn Downstream) {
        if let Some(tail) = self.tail.take() {
            down.data(&tail);
        }
    }

    /// The head is complete: whether it is a page's is known, and with it its length.
    pub(super) fn settle_tail(&mut self) {
        let is = |name: &[u8], value: &[u8], wanted: &str, begins: &[u8]| {
            name.eq_ignore_ascii_case(wanted.as_bytes())
                && value.get(..begins.len()).is_some_and(|start| start.eq_ignore_ascii_case(begins))
        };
        let is_page = self.head.fields().any(|(name, value)| is(name, value, "Content-Type", b"text/html"))
            && !self.head.fields().any(|(name, value)| {
                is(name, value, "Content-Encoding", b"") || is(name, value, "Content-Range", b"")
            });
        if !is_page || matches!(self.status(), 204 | 205 | 304) {
            self.tail = Some(Arc::default());
        }
        if let Some(length) = self.declared {
            self.push_length(length + self.tail_length());
        }
    }
}
