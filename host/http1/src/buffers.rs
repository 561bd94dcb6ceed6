//! Spare buffers of a thread: an idle connection has none, a busy one finds one that is warm.

use std::cell::RefCell;

/// What a buffer holds without growing: nearly every head, and nearly every answer.
pub(crate) const SIZE: usize = 8 * 1024;
/// Buffers that a thread keeps for later.
const SPARE: usize = 128;

thread_local! {
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer with room for [`SIZE`] bytes.
pub(crate) fn take() -> Vec<u8> {
    let spare = BUFFERS.with_borrow_mut(Vec::pop);
    spare.unwrap_or_else(|| Vec::with_capacity(SIZE))
}

/// Takes a buffer back. One that has grown goes to the allocator.
pub(crate) fn give(mut buffer: Vec<u8>) {
    if !(SIZE..=2 * SIZE).contains(&buffer.capacity()) {
        return;
    }
    buffer.clear();
    BUFFERS.with_borrow_mut(|buffers| {
        if buffers.len() < SPARE {
            buffers.push(buffer);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_and_comes_back_empty() {
        let mut buffer = take();
        buffer.extend_from_slice(b"secret");
        let place = buffer.as_ptr();
        give(buffer);
        let again = take();
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
    }

    #[test]
    fn a_large_one_and_those_beyond_the_bound_are_not_kept() {
        give(Vec::with_capacity(1 << 20));
        assert!(take().capacity() <= 2 * SIZE);
        for buffer in (0..2 * SPARE).map(|_| Vec::with_capacity(SIZE)).collect::<Vec<_>>() {
            give(buffer);
        }
        assert_eq!(BUFFERS.with_borrow(Vec::len), SPARE);
    }
}
