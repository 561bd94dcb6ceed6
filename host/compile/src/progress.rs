//! Who watches over work that takes a while, and may end it.

/// Watches over work that takes a while: building and compiling.
///
/// Every method but [`cancelled`](Progress::cancelled) has a default that does nothing.
pub trait Progress {
    /// A step begins: `Compiling hello.wasm`.
    fn step(&mut self, what: &str) {
        let _ = what;
    }

    /// How far the step is, where that is known: `done` of `all`.
    fn portion(&mut self, done: u64, all: u64) {
        let _ = (done, all);
    }

    /// A compiler's diagnostics, as that compiler wrote them: many lines, perhaps in colour.
    fn diagnostics(&mut self, text: &str) {
        let _ = text;
    }

    /// Something that the operator should know, though the work goes on. One line.
    fn note(&mut self, line: &str) {
        let _ = line;
    }

    /// Whether [`diagnostics`](Progress::diagnostics) may be in colour.
    fn color(&self) -> bool {
        false
    }

    /// Whether somebody reads [`diagnostics`](Progress::diagnostics), so that nothing else need repeat them.
    fn is_read(&self) -> bool {
        false
    }

    /// Whether the work should end early. Asked some fifty times a second.
    fn cancelled(&self) -> bool;
}

/// Progress that nobody looks at, of work that nobody cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn cancelled(&self) -> bool {
        false
    }
}
