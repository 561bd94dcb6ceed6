//! Memory in a module of Go's, for the adapter and for what the host gives.
//!
//! Go's runtime takes all memory behind its own for itself, also pages that somebody else has grown. So both must get
//! memory from inside of Go's. The adapter wants it before Go can run. And a `cabi_realloc` must not call imports, as a
//! component cannot be left while a result is handed over, but Go's allocator reads the clock now and then.
//!
//! So the functions that hand memory out are no functions of Go's: they are added to the module here, and work on
//! a place in the SDK that is known by its mark.

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ExportKind, ExportSection, Function, FunctionSection, InstructionSink, MemArg,
    Module, TypeSection, ValType,
};
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
pub(super) fn provide(module: &[u8]) -> Result<Option<Vec<u8>>, reencode::Error> {
    let layout = Layout::of(module)?;
    let Some(place) = layout.place else { return Ok(None) };
    let mut made = Module::new();
    let mut adding = Adding { place, functions: layout.functions, ty: 0 };
    adding.parse_core_module(&mut made, Parser::new(0), module)?;
    Ok(Some(made.finish()))
}

#[derive(Default)]
struct Layout {
    /// How many there are, with those that are imported.
    functions: u32,
    /// The address of the place for the adapter.
    place: Option<u32>,
}

impl Layout {
    fn of(module: &[u8]) -> wasmparser::Result<Layout> {
        let mut layout = Layout::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
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
}

/// Copies a module, and adds the functions behind its own.
struct Adding {
    place: u32,
    /// How many functions the module has.
    functions: u32,
    /// The number of the functions' type.
    ty: u32,
}

type Copied = Result<(), reencode::Error>;

impl Reencode for Adding {
    type Error = std::convert::Infallible;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Copied {
        utils::parse_type_section(self, types, section)?;
        self.ty = types.len();
        types.ty().function([ValType::I32; 4], [ValType::I32]);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Copied {
        utils::parse_function_section(self, functions, section)?;
        functions.function(self.ty).function(self.ty);
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Copied {
        utils::parse_export_section(self, exports, section)?;
        exports.export(EXPORT, ExportKind::Func, self.functions);
        exports.export(REALLOC, ExportKind::Func, self.functions + 1);
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Copied {
        utils::parse_code_section(self, code, section)?;
        code.function(&for_adapter(self.place)).function(&for_results(self.place));
        Ok(())
    }

    /// All numbers stay as they are, so no function has to be looked into.
    fn parse_function_body(&mut self, code: &mut CodeSection, body: wasmparser::FunctionBody<'_>) -> Copied {
        code.raw(body.as_bytes());
        Ok(())
    }
}

/// The locals: what the caller gives, and two more.
const ALIGN: u32 = 2;
const SIZE: u32 = 3;
const ADDRESS: u32 = 4;
const END: u32 = 5;
const WORD: MemArg = MemArg { offset: 0, align: 2, memory_index: 0 };

/// A function with two locals of its own.
fn function() -> Function {
    Function::new([(2, ValType::I32)])
}

fn constant(code: &mut InstructionSink<'_>, address: u32) {
    code.i32_const(address.cast_signed());
}

fn load(code: &mut InstructionSink<'_>, address: u32) {
    constant(code, address);
    code.i32_load(WORD);
}

/// ADDRESS = (what is on the stack + align - 1) & -align; END = ADDRESS + size
fn aligned(code: &mut InstructionSink<'_>) {
    code.local_get(ALIGN).i32_add().i32_const(-1).i32_add();
    code.i32_const(0).local_get(ALIGN).i32_sub().i32_and().local_tee(ADDRESS);
    code.local_get(SIZE).i32_add().local_set(END);
}

/// Takes memory for the adapter, as much as there is; traps when it is used up.
fn for_adapter(place: u32) -> Function {
    let mut function = function();
    let code = &mut function.instructions();
    load(code, place);
    constant(code, place);
    code.i32_add();
    aligned(code);
    // if END - place > size: unreachable
    code.local_get(END);
    constant(code, place);
    code.i32_sub();
    load(code, place + SIZE_AT);
    code.i32_gt_u().if_(BlockType::Empty).unreachable().end();
    // used = END - place
    constant(code, place);
    code.local_get(END);
    constant(code, place);
    code.i32_sub().i32_store(WORD).local_get(ADDRESS).end();
    function
}

/// Takes memory from the target if there is enough, else from the scratch; traps when that is used up. Nothing that was taken
/// grows: the host knows the length of a text in UTF-8 before.
fn for_results(place: u32) -> Function {
    let mut function = function();
    let code = &mut function.instructions();
    fits(code, place + TARGET_AT);
    code.if_(BlockType::Empty);
    take(code, place + TARGET_AT);
    code.return_().end();
    fits(code, place + SCRATCH_AT);
    code.i32_eqz().if_(BlockType::Empty).unreachable().end();
    take(code, place + SCRATCH_AT);
    code.end();
    function
}

/// Whether what is wanted ends before the end of the memory that begins and ends where `at` says.
fn fits(code: &mut InstructionSink<'_>, at: u32) {
    load(code, at);
    aligned(code);
    code.local_get(END);
    load(code, at + 4);
    code.i32_le_u();
}

/// Lets that memory begin behind what is taken, and gives the address of this.
fn take(code: &mut InstructionSink<'_>, at: u32) {
    constant(code, at);
    code.local_get(END).i32_store(WORD).local_get(ADDRESS);
}

#[cfg(test)]
mod tests {
    use wasmparser::Validator;

    use super::{EXPORT, REALLOC, provide};

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
}
