//! The stack that a guest's calls have.

/// The name of the custom section of components whose instances need a deep stack. It stands behind all of their code, and what
/// is in it means nothing.
pub const SECTION: &str = "doverb:deep-stack";

/// Beside the stack of a guest's own calls there is room for the host functions that it calls.
const FOR_HOST: usize = 512 * 1024;

/// How deep calls of a component may be inside of each other. More traps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stack {
    /// As deep as programs compiled ahead of time are.
    #[default]
    Usual,
    /// As an interpreter needs it whose every call is several of the machine's. It is memory, and counts as such: each instance
    /// has all of it in [`Limits::max_total_memory`](crate::limits::Limits::max_total_memory), whether it is touched or not, as
    /// nobody is told when it is.
    Deep,
}

impl Stack {
    /// Bytes for the guest's own calls. With the deep one JavaScript's engine ends its calls before, with an error that can be
    /// caught: `host/build/quickjs/engine/src/lib.rs`.
    pub(crate) const fn of_guest(self) -> usize {
        match self {
            Stack::Usual => 512 * 1024,
            Stack::Deep => 16 << 20,
        }
    }

    /// Bytes that it takes in all.
    pub(crate) const fn bytes(self) -> usize {
        self.of_guest() + FOR_HOST
    }

    /// What counts as memory of an instance: the usual one is below what else an instance costs the host.
    pub(crate) const fn counted(self) -> u64 {
        match self {
            Stack::Usual => 0,
            Stack::Deep => self.bytes() as u64,
        }
    }
}
