//! Tells by its first bytes and its sections what a file is, before anything is compiled.

use std::ops::Range;

use doverb_core::snapshot;
use doverb_core::stack::{self, Stack};
use wasmparser::{Chunk, Encoding, Parser, Payload};

use super::error::CompileCause;
use super::files;

const MAGIC: &[u8] = b"\0asm";

/// Where a component's parts are. What it brings along besides its code stands behind all of that, so that the code of
/// components that differ in nothing else is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// How long the code is, which is what comes first.
    pub(super) code: usize,
    /// The content of the section [`doverb_core::snapshot::SECTION`].
    pub(super) snapshot: Option<Range<usize>>,
    /// The content of the section [`FILES`](super::files::SECTION).
    pub(super) files: Option<Range<usize>>,
    /// Deep with the section [`doverb_core::stack::SECTION`].
    pub(super) stack: Stack,
}

impl Layout {
    /// Takes up the next section, which ends at `end`.
    fn add(&mut self, payload: &Payload<'_>, end: usize) {
        if let Payload::CustomSection(section) = payload {
            // Its content is the last of it.
            let content = end - section.data().len()..end;
            match section.name() {
                snapshot::SECTION => return self.snapshot = Some(content),
                files::SECTION => return self.files = Some(content),
                stack::SECTION => return self.stack = Stack::Deep,
                _ => {}
            }
        }
        *self = Layout { code: end, ..Layout::default() };
    }
}

/// Fails unless `bytes` are a whole component: right header, and sections that fill it exactly.
pub(super) fn check(bytes: &[u8]) -> Result<Layout, CompileCause> {
    if bytes.is_empty() {
        return Err(CompileCause::Empty);
    }
    if !bytes.starts_with(MAGIC) {
        return Err(foreign(bytes));
    }
    let mut parser = Parser::new(0);
    let mut rest = bytes;
    let mut layout = Layout::default();
    while !rest.is_empty() {
        let is_header = rest.len() == bytes.len();
        // Never the end: what ends early needs more then.
        let length = match parser.parse(rest, false) {
            Ok(Chunk::Parsed { payload, consumed }) => {
                let length = consumed + inner(&payload)?;
                layout.add(&payload, bytes.len() - rest.len() + length);
                length
            }
            Ok(Chunk::NeedMoreData(_)) => return Err(CompileCause::Truncated),
            Err(_) if is_header => return Err(CompileCause::NotWasm),
            Err(error) => return Err(CompileCause::Invalid(error.to_string())),
        };
        rest = rest.get(length..).ok_or(CompileCause::Truncated)?;
    }
    Ok(layout)
}

/// The names of what a component imports itself.
pub(super) fn imports(component: &[u8]) -> Vec<String> {
    let (mut names, mut depth) = (Vec::new(), 0_u32);
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(imports) if depth == 1 => {
                names.extend(imports.into_iter().map_while(Result::ok).map(|it| it.name.name.to_owned()));
            }
            _ => {}
        }
    }
    names
}

/// The length of what is left to a parser of its own. That is the compiler's business: here it need only be there.
fn inner(payload: &Payload<'_>) -> Result<usize, CompileCause> {
    match payload {
        Payload::Version { encoding: Encoding::Module, .. } => Err(CompileCause::Module),
        Payload::ModuleSection { unchecked_range: range, .. }
        | Payload::ComponentSection { unchecked_range: range, .. } => {
            usize::try_from(range.end - range.start).map_err(|_| CompileCause::Truncated)
        }
        _ => Ok(0),
    }
}

fn foreign(bytes: &[u8]) -> CompileCause {
    let text = bytes.trim_ascii_start();
    if MAGIC.starts_with(bytes) {
        CompileCause::Truncated
    } else if bytes.starts_with(b"\x7fELF") {
        CompileCause::Native
    } else if text.starts_with(b"(") || text.starts_with(b";;") {
        CompileCause::Text
    } else {
        CompileCause::NotWasm
    }
}

#[cfg(test)]
mod tests {
    use super::{CompileCause, check, imports};

    fn component() -> Vec<u8> {
        wat::parse_str("(component (core module (func)) (core module (memory 1)))").unwrap()
    }

    #[test]
    fn imports_are_those_of_the_component_itself() {
        let text = r#"(component (import "a:b/c" (instance))
            (component (import "x:y/z" (instance))) (import "d" (func)))"#;
        assert_eq!(imports(&wat::parse_str(text).unwrap()), ["a:b/c", "d"]);
        assert!(imports(b"nothing").is_empty());
    }

    #[test]
    fn a_component_passes() {
        check(&component()).unwrap();
    }

    #[test]
    fn every_shorter_prefix_is_refused_or_ends_between_sections() {
        let whole = component();
        let refused = (1..whole.len()).filter(|&end| check(&whole[..end]).is_err()).count();
        // Only the bare header and the end of each but the last section look complete.
        assert!(refused >= whole.len() - 4, "{refused} of {} prefixes are refused", whole.len());
        assert!(matches!(check(&whole[..2]), Err(CompileCause::Truncated)));
        assert!(matches!(check(&whole[..6]), Err(CompileCause::Truncated)));
        assert!(matches!(check(&whole[..whole.len() - 1]), Err(CompileCause::Truncated)));
    }

    #[test]
    fn everything_else_is_called_by_its_name() {
        let module = wat::parse_str("(module)").unwrap();
        assert!(matches!(check(&module), Err(CompileCause::Module)));
        assert!(matches!(check(b""), Err(CompileCause::Empty)));
        assert!(matches!(check(b"\n (component)"), Err(CompileCause::Text)));
        assert!(matches!(check(b";; hello\n(component)"), Err(CompileCause::Text)));
        assert!(matches!(check(b"\x7fELF\x02"), Err(CompileCause::Native)));
        assert!(matches!(check(b"#!/bin/sh"), Err(CompileCause::NotWasm)));
        assert!(matches!(check(b"\0asm\x0d\0\x02\0"), Err(CompileCause::NotWasm)));
    }

    #[test]
    fn a_section_size_that_overflows_is_refused() {
        assert!(check(b"\0asm\x0d\0\x01\0\0\xff\xff\xff\xff\xff\x01").is_err());
        assert!(check(b"\0asm\x0d\0\x01\0\0\xff\xff\xff\xff\x0f").is_err());
    }
}
