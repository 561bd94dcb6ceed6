//! Memory in a module of Go's, for the adapter and for what the host gives.
//!
//! Go's runtime takes all memory behind its own for itself, also pages that somebody else has grown. So both must get
//! memory from inside of Go's. The adapter wants it before Go can run. And a `cabi_realloc` must not call imports, as a
//! component cannot be left while a result is handed over, but Go's allocator reads the clock now and then.
//!
//! So the functions that hand memory out are no functions of Go's: they are added to the module here, and work on
//! a place in the SDK that is known by its mark.

use std::ops::Range;

use wasmparser::{DataKind, ExternalKind, Operator, Parser, Payload, TypeRef};

/// What stands in the place, as guest/go/adapter.go has it: how much is used and how much there is for the adapter, the
/// mark, where a target and a scratch begin and end.
const MARK: &[u8; 16] = b"doverb\0adapter\xd0\xfe";
const MARK_AT: u32 = 16;
const SIZE_AT: u32 = 8;
const TARGET_AT: u32 = 32;
const SCRATCH_AT: u32 = 40;

/// What wit-component takes for the adapter in the place of `cabi_realloc`.
pub(super) const EXPORT: &str = "cabi_realloc_adapter";

const REALLOC: &str = "cabi_realloc";

/// The module with the functions, or `None` when it has no place for the adapter.
pub(super) fn provide(module: &[u8]) -> wasmparser::Result<Option<Vec<u8>>> {
    let layout = Layout::of(module)?;
    Ok(layout.place.map(|place| layout.with_functions(module, place)))
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
                        if export.kind == ExternalKind::Func && [EXPORT, REALLOC].contains(&export.name) {
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

    fn with_functions(&self, module: &[u8], place: u32) -> Vec<u8> {
        let export = |name: &str, function: u32| {
            [&[name.len() as u8], name.as_bytes(), &[0], &unsigned(function)].concat()
        };
        let mut made = module[..8].to_vec();
        for section in &self.sections {
            let items = match section.id {
                // (func (param i32 i32 i32 i32) (result i32))
                1 => vec![vec![0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f]],
                3 => vec![unsigned(self.types); 2],
                7 => vec![export(EXPORT, self.functions), export(REALLOC, self.functions + 1)],
                10 => vec![function(&for_adapter(place)), function(&for_results(place))],
                _ => Vec::new(),
            };
            let content = appended(&module[section.content.clone()], &items);
            made.push(section.id);
            made.extend(unsigned(content.len() as u32));
            made.extend(content);
        }
        made
    }
}

/// A list with more items: their count goes before.
fn appended(content: &[u8], items: &[Vec<u8>]) -> Vec<u8> {
    if items.is_empty() {
        return content.to_vec();
    }
    let length = content.iter().position(|byte| byte & 0x80 == 0).map_or(0, |at| at + 1);
    let count = content[..length].iter().rev().fold(0, |sum: u32, byte| sum << 7 | u32::from(byte & 0x7f));
    [&unsigned(count + items.len() as u32), &content[length..], &items.concat()].concat()
}

/// The locals: what the caller gives, and two more.
const ALIGN: u8 = 2;
const SIZE: u8 = 3;
const ADDRESS: u8 = 4;
const END: u8 = 5;

fn function(code: &[u8]) -> Vec<u8> {
    // Two locals of the type i32.
    let function = [&[1, 2, 0x7f], code, &[0x0b]].concat();
    [unsigned(function.len() as u32), function].concat()
}

fn constant(value: u32) -> Vec<u8> {
    [vec![0x41], signed(value as i32)].concat()
}

fn load(at: u32) -> Vec<u8> {
    [constant(at), vec![0x28, 2, 0]].concat()
}

/// ADDRESS = (what is on the stack + align - 1) & -align; END = ADDRESS + size
fn aligned() -> Vec<u8> {
    let address = [0x20, ALIGN, 0x6a, 0x41, 0x7f, 0x6a, 0x41, 0, 0x20, ALIGN, 0x6b, 0x71, 0x22, ADDRESS];
    [&address[..], &[0x20, SIZE, 0x6a, 0x21, END]].concat()
}

/// Takes memory for the adapter, as much as there is; traps when it is used up.
fn for_adapter(place: u32) -> Vec<u8> {
    [
        load(place),
        constant(place),
        vec![0x6a],
        aligned(),
        // if END - place > size: unreachable
        vec![0x20, END],
        constant(place),
        vec![0x6b],
        load(place + SIZE_AT),
        vec![0x4b, 0x04, 0x40, 0x00, 0x0b],
        // used = END - place
        constant(place),
        vec![0x20, END],
        constant(place),
        vec![0x6b, 0x36, 2, 0, 0x20, ADDRESS],
    ]
    .concat()
}

/// Takes memory from the target if there is enough, else from the scratch; traps when that is used up. Nothing that was taken
/// grows: the host knows the length of a text in UTF-8 before.
fn for_results(place: u32) -> Vec<u8> {
    let take = |at: u32| [constant(place + at), vec![0x20, END, 0x36, 2, 0, 0x20, ADDRESS]].concat();
    let fits =
        |at: u32| [load(place + at), aligned(), vec![0x20, END], load(place + at + 4), vec![0x4d]].concat();
    [
        fits(TARGET_AT),
        vec![0x04, 0x40],
        take(TARGET_AT),
        vec![0x0f, 0x0b],
        fits(SCRATCH_AT),
        vec![0x45, 0x04, 0x40, 0x00, 0x0b],
        take(SCRATCH_AT),
    ]
    .concat()
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

    use super::{EXPORT, REALLOC, provide, signed};

    const PLACE: u32 = 70_000;

    fn module(functions: &str) -> Vec<u8> {
        let head = r#"\30\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00doverb\00adapter\d0\fe"#;
        // A target of 16 bytes at 1000, a scratch of 100 at 2000.
        let ends = r#"\e8\03\00\00\f8\03\00\00\d0\07\00\00\34\08\00\00"#;
        let text = format!(
            "(module {functions} (memory (export \"memory\") 2) (data (i32.const 8) \"first\") \
             (data (i32.const {PLACE}) \"{head}{ends}\"))"
        );
        wat::parse_str(text).unwrap()
    }

    /// Calls a function of the module again and again with alignments and sizes; `None` is a trap.
    fn take<const N: usize>(name: &str, calls: [(u32, u32); N]) -> [Option<u32>; N] {
        let with = provide(&module("(func (export \"f\") (param i64))")).unwrap().unwrap();
        Validator::new().validate_all(&with).unwrap();
        let engine = wasmtime::Engine::default();
        let module = wasmtime::Module::new(&engine, &with).unwrap();
        let mut store = wasmtime::Store::new(&engine, ());
        let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
        let take = instance.get_typed_func::<(u32, u32, u32, u32), u32>(&mut store, name).unwrap();
        calls.map(|(align, size)| take.call(&mut store, (0, 0, align, size)).ok())
    }

    #[test]
    fn the_adapter_gets_the_place_aligned_until_it_is_full() {
        // The head of the place has 48 bytes, and the place 256.
        let second = (PLACE + 51).next_multiple_of(16);
        let taken = take(EXPORT, [(1, 3), (16, 100), (1, 50), (1, 100), (1, 8)]);
        assert_eq!(taken, [Some(PLACE + 48), Some(second), Some(second + 100), None, Some(second + 150)]);
    }

    #[test]
    fn results_go_into_the_target_while_they_fit_and_into_the_scratch_else() {
        let taken = take(REALLOC, [(1, 3), (4, 8), (1, 10), (1, 0), (8, 80), (1, 20), (1, 4)]);
        let expected = [Some(1000), Some(1004), Some(2000), Some(1012), Some(2016), None, Some(1012)];
        assert_eq!(taken, expected);
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
