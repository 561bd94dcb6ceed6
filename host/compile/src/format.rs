//! Tells by its first bytes and its sections what a file is, before anything is compiled.

use super::error::CompileCause;

const MAGIC: &[u8] = b"\0asm";
/// Version 1, layer 0.
const MODULE: [u8; 4] = [1, 0, 0, 0];
/// Layer 1. The version before it may change until the component model is standard.
const COMPONENT_LAYER: [u8; 2] = [1, 0];

/// Fails unless `bytes` are a whole component: right header, and sections that fill it exactly.
pub(super) fn check(bytes: &[u8]) -> Result<(), CompileCause> {
    if bytes.is_empty() {
        return Err(CompileCause::Empty);
    }
    let Some(after_magic) = bytes.strip_prefix(MAGIC) else { return Err(foreign(bytes)) };
    let Some((header, sections)) = after_magic.split_first_chunk::<4>() else {
        return Err(CompileCause::Truncated);
    };
    if *header == MODULE {
        return Err(CompileCause::Module);
    }
    if header[2..] != COMPONENT_LAYER {
        return Err(CompileCause::NotWasm);
    }
    whole(sections).ok_or(CompileCause::Truncated)
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

/// `None` when the last section goes past the end. Each is an id, a size and that many bytes.
fn whole(mut rest: &[u8]) -> Option<()> {
    while let Some((_id, after_id)) = rest.split_first() {
        let (size, body) = leb128(after_id)?;
        rest = body.get(usize::try_from(size).ok()?..)?;
    }
    Some(())
}

/// An unsigned LEB128 number of at most 32 bits, and what follows it.
fn leb128(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((u32::try_from(value).ok()?, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{CompileCause, check};

    fn component() -> Vec<u8> {
        wat::parse_str("(component (core module (func)) (core module (memory 1)))").unwrap()
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
