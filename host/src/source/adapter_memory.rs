//! Memory for the adapter in a module of Go's.
//!
//! Go's runtime takes all memory behind its own for itself, also pages that somebody else has grown. So the adapter must
//! get its memory from inside of Go's, and before Go can run. The SDK has a place for it, known by a mark; here a
//! function that hands it out is added to the module, as no function written in Go can be called that early.

use std::ops::Range;

use wasmparser::{DataKind, ExternalKind, Operator, Parser, Payload, TypeRef};

/// What stands in the place, as guest/go/adapter.go has it: how much is used, how much there is, the mark.
const MARK: &[u8; 16] = b"doverb\0adapter\xd0\xfe";
const MARK_AT: u32 = 16;
const SIZE_AT: u32 = 8;

/// What wit-component takes for the adapter in the place of `cabi_realloc`.
pub(super) const EXPORT: &str = "cabi_realloc_adapter";

/// The module with the function, or `None` when it has no place for the adapter.
pub(super) fn provide(module: &[u8]) -> wasmparser::Result<Option<Vec<u8>>> {
    let layout = Layout::of(module)?;
    Ok(layout.place.map(|place| layout.with_function(module, place)))
}

/// A section: its number, and where its content is.
struct Section {
    id: u8,
    content: Range<usize>,
}

#[derive(Default)]
struct Layout {
    sections: Vec<Section>,
    types: u32,
    functions: u32,
    /// The address of the place for the adapter.
    place: Option<u32>,
}

impl Layout {
    fn of(module: &[u8]) -> wasmparser::Result<Layout> {
        let mut layout = Layout::default();
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                layout.sections.push(Section { id, content: range.start as usize..range.end as usize });
            }
            match payload {
                Payload::TypeSection(types) => layout.types = types.count(),
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        layout.functions += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(functions) => layout.functions += functions.count(),
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        if export.kind == ExternalKind::Func && export.name == EXPORT {
                            return Ok(Layout::default());
                        }
                    }
                }
                Payload::DataSection(segments) => {
                    for segment in segments {
                        let segment = segment?;
                        if let DataKind::Active { offset_expr, .. } = segment.kind
                            && let Operator::I32Const { value } = offset_expr.get_operators_reader().read()?
                            && let Some(at) = memchr::memmem::find(segment.data, MARK)
                        {
                            layout.place = (value as u32 + at as u32).checked_sub(MARK_AT);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(layout)
    }

    fn with_function(&self, module: &[u8], place: u32) -> Vec<u8> {
        let mut made = module[..8].to_vec();
        for section in &self.sections {
            let content = &module[section.content.clone()];
            let item = match section.id {
                // (func (param i32 i32 i32 i32) (result i32))
                1 => vec![0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f],
                3 => unsigned(self.types),
                7 => [&[EXPORT.len() as u8], EXPORT.as_bytes(), &[0], &unsigned(self.functions)].concat(),
                10 => body(place),
                _ => Vec::new(),
            };
            let content = if item.is_empty() { content.to_vec() } else { appended(content, &item) };
            made.push(section.id);
            made.extend(unsigned(content.len() as u32));
            made.extend(content);
        }
        made
    }
}

/// A list with one more item: its count goes before.
fn appended(content: &[u8], item: &[u8]) -> Vec<u8> {
    let length = content.iter().position(|byte| byte & 0x80 == 0).map_or(0, |at| at + 1);
    let count = content[..length].iter().rev().fold(0, |sum: u32, byte| sum << 7 | u32::from(byte & 0x7f));
    [&unsigned(count + 1), &content[length..], item].concat()
}

/// Takes `size` bytes, the third parameter being the alignment and the fourth the size; traps when the place is full.
fn body(place: u32) -> Vec<u8> {
    let constant = |value: u32| [vec![0x41], signed(value as i32)].concat();
    let load = |offset: u32| [constant(place), vec![0x28, 2], unsigned(offset)].concat();
    let (align, size, address, used) = (2, 3, 4, 5);
    let code = [
        // address = (place + used + align - 1) & -align
        load(0),
        constant(place),
        vec![0x6a, 0x20, align, 0x6a, 0x41, 0x7f, 0x6a],
        vec![0x41, 0, 0x20, align, 0x6b, 0x71, 0x22, address],
        // used = address + size - place
        vec![0x20, size, 0x6a],
        constant(place),
        vec![0x6b, 0x21, used],
        // if used > the size of the place: unreachable
        vec![0x20, used],
        load(SIZE_AT),
        vec![0x4b, 0x04, 0x40, 0x00, 0x0b],
        constant(place),
        vec![0x20, used, 0x36, 2, 0],
        vec![0x20, address, 0x0b],
    ]
    .concat();
    // Two locals of the type i32.
    let function = [vec![1, 2, 0x7f], code].concat();
    [unsigned(function.len() as u32), function].concat()
}

fn unsigned(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn signed(mut value: i32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = value as u8 & 0x7f;
        value >>= 7;
        let is_last = (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0);
        bytes.push(if is_last { byte } else { byte | 0x80 });
        if is_last {
            return bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::Validator;

    use super::{EXPORT, provide, signed};

    const PLACE: u32 = 70_000;

    fn module(functions: &str) -> Vec<u8> {
        let place = r#"\20\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00doverb\00adapter\d0\fe"#;
        let text = format!(
            "(module {functions} (memory (export \"memory\") 2) (data (i32.const 8) \"first\") \
             (data (i32.const {PLACE}) \"{place}\"))"
        );
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn the_function_hands_out_the_place_aligned_until_it_is_full() {
        let with = provide(&module("(func (export \"f\") (param i64))")).unwrap().unwrap();
        Validator::new().validate_all(&with).unwrap();
        let engine = wasmtime::Engine::default();
        let module = wasmtime::Module::new(&engine, &with).unwrap();
        let mut store = wasmtime::Store::new(&engine, ());
        let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
        let take = instance.get_typed_func::<(u32, u32, u32, u32), u32>(&mut store, EXPORT).unwrap();
        let mut take = |align, size| take.call(&mut store, (0, 0, align, size));
        // The head of the place has 32 bytes, and the place 256.
        assert_eq!(take(1, 3).unwrap(), PLACE + 32);
        assert_eq!(take(16, 100).unwrap(), (PLACE + 35).next_multiple_of(16));
        assert_eq!(take(1, 50).unwrap(), (PLACE + 35).next_multiple_of(16) + 100);
        assert!(take(1, 100).is_err());
        assert!(take(1, 8).is_ok());
    }

    #[test]
    fn other_modules_are_left_alone() {
        let none =
            wat::parse_str("(module (func (export \"f\")) (memory 1) (data (i32.const 0) \"doverb\"))")
                .unwrap();
        assert_eq!(provide(&none).unwrap(), None);
        let has = format!("(func (export \"{EXPORT}\"))");
        assert_eq!(provide(&module(&has)).unwrap(), None);
        assert!(provide(b"no module").is_err());
    }

    #[test]
    fn numbers_have_the_shortest_form() {
        for (value, bytes) in
            [(0, &[0][..]), (63, &[63]), (64, &[0xc0, 0]), (-1, &[0x7f]), (-65, &[0xbf, 0x7f])]
        {
            assert_eq!(signed(value), bytes, "{value}");
        }
    }
}
