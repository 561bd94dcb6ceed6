//! The head of the request: the server gives all of it in one call, with the places of its parts.

use std::cell::{Cell, RefCell};

use crate::bindings;
use crate::words;

std::thread_local! {
    /// There once the handler has asked for a part of it.
    static HEAD: RefCell<Option<Head>> = const { RefCell::new(None) };
    /// A bit for each length that the name of a field has; all of them until the head is there. Most fields that are asked for
    /// are not there.
    static LENGTHS: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// What `request.head` of the contract gives: numbers, then the text that they are places in.
pub(crate) struct Head(Vec<u8>);

/// A part of the head that is always there, by where its place stands among the numbers.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Method = 1,
    Path = 3,
    Version = 5,
    Requestline = 7,
    Section = 9,
}

/// Bytes of a number, of those before the fields, and of those of a field.
const NUMBER: usize = 4;
const FIXED: usize = 11 * NUMBER;
const A_FIELD: usize = 4 * NUMBER;

impl Head {
    fn fetch() -> Head {
        let head = Head(bindings::request::head());
        LENGTHS.set(head.places().fold(0, |lengths, [(from, to), _]| lengths | bit(to.wrapping_sub(from))));
        head
    }

    /// Outside of a request the list is empty, and so are all parts.
    fn numbers(&self) -> &[u8] {
        self.0.get(..FIXED).unwrap_or(&[0; FIXED])
    }

    fn text(&self, (from, to): (usize, usize)) -> &[u8] {
        self.0.get(from..to).unwrap_or_default()
    }

    pub(crate) fn part(&self, part: Part) -> &[u8] {
        self.text(place(self.numbers(), part as usize))
    }

    /// The places of the fields in order: of each the name's and the value's.
    fn places(&self) -> impl Iterator<Item = [(usize, usize); 2]> {
        let count = number(self.numbers(), 0);
        let table = self.0.get(FIXED..).and_then(|rest| rest.get(..A_FIELD * count)).unwrap_or_default();
        table.as_chunks().0.iter().map(|field: &[u8; A_FIELD]| [place(field, 0), place(field, 2)])
    }

    /// The fields in order, name and value.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.places().map(|[name, value]| (self.text(name), self.text(value)))
    }

    /// The values of the fields with this name.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let name = name.as_bytes();
        let found = self.places().filter(move |&[(from, to), _]| {
            // Nearly all are told apart by their lengths.
            to.wrapping_sub(from) == name.len() && words::is_same_name(self.text((from, to)), name)
        });
        found.map(|[_, value]| self.text(value))
    }
}

/// False where the request has surely no field with a name as long as this one.
#[inline]
pub(crate) fn may_have(name: &str) -> bool {
    LENGTHS.get() & bit(name.len()) != 0
}

/// Names of 63 bytes and more share one.
#[inline]
fn bit(length: usize) -> u64 {
    1 << length.min(63)
}

fn number(numbers: &[u8], at: usize) -> usize {
    let bytes = numbers[NUMBER * at..].first_chunk();
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
}

fn place(numbers: &[u8], at: usize) -> (usize, usize) {
    (number(numbers, at), number(numbers, at + 1))
}

/// The server calls for another request, or for another part of one.
pub(crate) fn forget() {
    HEAD.take();
    LENGTHS.set(u64::MAX);
}

pub(crate) fn with_head<R>(look: impl FnOnce(&Head) -> R) -> R {
    HEAD.with_borrow_mut(|head| look(head.get_or_insert_with(Head::fetch)))
}

/// A part of the head as text.
pub(crate) fn text(part: Part) -> String {
    with_head(|head| latin1(head.part(part)))
}

pub(crate) fn method_is(method: &str) -> bool {
    with_head(|head| head.part(Part::Method) == method.as_bytes())
}

/// ISO-8859-1 to Unicode: each byte is the character of the same number.
#[inline(never)]
pub(crate) fn latin1(bytes: &[u8]) -> String {
    words::ascii(bytes).unwrap_or_else(|| bytes.iter().copied().map(char::from).collect())
}
