//! One module of libraries for dynamic linking: the engine, and what tells it of a handler's world.
//!
//! As modules of their own they would have a memory and a table that another one defines, and globals that say where in it their
//! parts begin. wasmtime fills such a table anew, function by function, for each instance, and looks in it for what one calls of the
//! other. Here each part has its place beforehand, so that all of it is constants, and what is called is known.

use std::collections::{HashMap, HashSet};

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataCountSection, DataSection, ElementSection, Elements,
    EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    ImportSection, Instruction, MemorySection, MemoryType, Module, RefType, TableSection, TableType,
    TypeSection, ValType,
};
use wasmparser::{ExternalKind, Operator, TypeRef};

use super::library::{Error, Library, Unlinked, unlinked};

/// What an embedder calls before all else.
pub(super) const INITIALIZE: &str = "_initialize";

const PAGE: u32 = 65536;
const HEAP_ALIGNMENT: u32 = 16;
/// Calls of no function at all are to be seen.
const NULL_SLOTS: u32 = 1;

/// Where the parts of libraries begin.
struct Layout {
    memory: Vec<u32>,
    table: Vec<u32>,
    /// Slots of functions whose place somebody asks for, behind those of all libraries.
    asked: u32,
    heap: u32,
}

impl Layout {
    /// The stack comes first, so that what overflows it leaves the memory.
    fn of(libraries: &[Library<'_>], stack: u32) -> Result<Layout, Error> {
        let (mut address, mut slot) = (stack, NULL_SLOTS);
        let (mut memory, mut table) = (Vec::new(), Vec::new());
        for library in libraries {
            let Some(needs) = library.needs else { return unlinked("a library does not say what it needs") };
            address = address.next_multiple_of(1 << needs.memory_alignment);
            slot = slot.next_multiple_of(1 << needs.table_alignment);
            memory.push(address);
            table.push(slot);
            address += needs.memory_size;
            slot += needs.table_size;
        }
        Ok(Layout { memory, table, asked: slot, heap: address.next_multiple_of(HEAP_ALIGNMENT) })
    }

    fn pages(&self) -> u32 {
        self.heap.div_ceil(PAGE)
    }
}

/// What an index of a library's means in the one module.
#[derive(Default)]
struct Places {
    types: u32,
    functions: Vec<u32>,
    globals: Vec<Global>,
    segments: u32,
    lists: u32,
}

#[derive(Clone, Copy)]
enum Global {
    Variable(u32),
    Constant(i32),
}

impl Reencode for Places {
    type Error = Unlinked;

    fn type_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.types + index)
    }

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        self.functions
            .get(index as usize)
            .copied()
            .map_or_else(|| unlinked("a function that is not there"), Ok)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, Error> {
        match self.globals.get(index as usize) {
            Some(Global::Variable(index)) => Ok(*index),
            _ => unlinked("a place in the memory is to be changed"),
        }
    }

    fn data_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.segments + index)
    }

    fn element_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.lists + index)
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error> {
        if let Operator::GlobalGet { global_index } = operator
            && let Some(Global::Constant(value)) = self.globals.get(global_index as usize)
        {
            return Ok(Instruction::I32Const(*value));
        }
        reencode::utils::instruction(self, operator)
    }
}

/// The module while it is put together.
#[derive(Default)]
struct Fused<'a> {
    types: TypeSection,
    imports: ImportSection,
    /// Functions that the module imports, which several libraries may ask for.
    imported: HashMap<(&'a str, &'a str), u32>,
    functions: FunctionSection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
    /// Functions whose slots somebody asks for.
    asked: Vec<u32>,
}

/// Puts libraries into one module, whose memory begins with a stack of so many bytes.
pub(super) fn fuse(libraries: &[&[u8]], stack: u32) -> Result<Vec<u8>, Error> {
    let libraries = libraries.iter().map(|wasm| Library::read(wasm)).collect::<Result<Vec<_>, _>>()?;
    let layout = Layout::of(&libraries, stack)?;
    let mut fused = Fused::default();
    let pointer = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    fused.globals.global(pointer, &ConstExpr::i32_const(stack.cast_signed()));
    let mut places = fused.place(&libraries, &layout)?;
    for (library, places) in libraries.iter().zip(&mut places) {
        fused.fill(library, places)?;
    }
    fused.export(&libraries, &mut places)?;
    fused.initialize(&libraries, &mut places)?;
    let asked = ConstExpr::i32_const(layout.asked.cast_signed());
    fused.elements.active(None, &asked, Elements::Functions((&fused.asked).into()));
    Ok(fused.finish(&libraries, &layout))
}

impl<'a> Fused<'a> {
    /// Says what each index of each library means.
    fn place(&mut self, libraries: &[Library<'a>], layout: &Layout) -> Result<Vec<Places>, Error> {
        let mut all = Vec::new();
        let (mut segments, mut lists) = (0, 0);
        for library in libraries {
            let mut places = Places { types: self.types.len(), segments, lists, ..Places::default() };
            segments += library.segments();
            lists += library.lists();
            if let Some(types) = library.types.clone() {
                places.parse_type_section(&mut self.types, types)?;
            }
            self.import(library, &mut places);
            all.push(places);
        }
        for (library, places) in libraries.iter().zip(&mut all) {
            for ty in &library.functions {
                places.functions.push(self.function_count());
                self.functions.function(places.types + ty);
            }
        }
        self.resolve_functions(libraries, &mut all)?;
        for number in 0..libraries.len() {
            let globals = self.globals_of(libraries, number, layout, &all)?;
            all[number].globals = globals;
        }
        Ok(all)
    }

    /// All that it imports are functions, and they come first.
    fn function_count(&self) -> u32 {
        self.imports.len() + self.functions.len()
    }

    /// Imports what no library has. The place of another's function is not known yet.
    fn import(&mut self, library: &Library<'a>, places: &mut Places) {
        for import in &library.imports {
            let TypeRef::Func(ty) = import.ty else { continue };
            if import.module == "env" {
                places.functions.push(u32::MAX);
                continue;
            }
            let index = *self.imported.entry((import.module, import.name)).or_insert_with(|| {
                self.imports.import(import.module, import.name, EntityType::Function(places.types + ty));
                self.imports.len() - 1
            });
            places.functions.push(index);
        }
    }

    fn resolve_functions(&self, libraries: &[Library<'a>], all: &mut [Places]) -> Result<(), Error> {
        for (number, library) in libraries.iter().enumerate() {
            let functions = library.imports.iter().filter(|import| matches!(import.ty, TypeRef::Func(_)));
            for (index, import) in functions.enumerate().filter(|(_, import)| import.module == "env") {
                all[number].functions[index] = found(libraries, all, import.name)?;
            }
        }
        Ok(())
    }

    fn globals_of(
        &mut self,
        libraries: &[Library<'a>],
        number: usize,
        layout: &Layout,
        all: &[Places],
    ) -> Result<Vec<Global>, Error> {
        let library = &libraries[number];
        let mut globals = Vec::new();
        for import in &library.imports {
            if !matches!(import.ty, TypeRef::Global(_)) {
                continue;
            }
            globals.push(match (import.module, import.name) {
                ("env", "__stack_pointer") => Global::Variable(0),
                ("env", "__memory_base") => Global::Constant(layout.memory[number].cast_signed()),
                ("env", "__table_base") => Global::Constant(layout.table[number].cast_signed()),
                ("GOT.mem", "__heap_base") => Global::Constant(layout.heap.cast_signed()),
                ("GOT.mem", "__heap_end") => Global::Constant((layout.pages() * PAGE).cast_signed()),
                ("GOT.mem", name) => {
                    let mut addresses = libraries.iter().zip(&layout.memory);
                    let address =
                        addresses.find_map(|(it, base)| Some(it.address(name)? + base.cast_signed()));
                    Global::Constant(address.map_or_else(|| unlinked(name), Ok)?)
                }
                ("GOT.func", name) => {
                    let slot = layout.asked + u32::try_from(self.asked.len()).expect("functions are few");
                    self.asked.push(found(libraries, all, name)?);
                    Global::Constant(slot.cast_signed())
                }
                (module, name) => return unlinked(format!("a global {module}.{name} is nowhere")),
            });
        }
        let own = library.globals.clone().map_or(0, |own| own.count());
        let next = self.globals.len();
        globals.extend((next..next + own).map(Global::Variable));
        if let Some(own) = library.globals.clone() {
            let mut places = Places { globals: globals.clone(), ..Places::default() };
            places.parse_global_section(&mut self.globals, own)?;
        }
        Ok(globals)
    }

    /// Takes over what a library holds.
    fn fill(&mut self, library: &Library<'a>, places: &mut Places) -> Result<(), Error> {
        if let Some(elements) = library.elements.clone() {
            places.parse_element_section(&mut self.elements, elements)?;
        }
        for body in &library.bodies {
            places.parse_function_body(&mut self.code, body.clone())?;
        }
        if let Some(data) = library.data.clone() {
            places.parse_data_section(&mut self.data, data)?;
        }
        Ok(())
    }

    fn export(&mut self, libraries: &[Library<'a>], places: &mut [Places]) -> Result<(), Error> {
        self.exports.export("memory", ExportKind::Memory, 0);
        let mut names = HashSet::new();
        for (library, places) in libraries.iter().zip(places) {
            for export in &library.exports {
                // Each library may have an allocator; the first one's is for all.
                if export.kind == ExternalKind::Func && is_of_world(export.name) && names.insert(export.name)
                {
                    let function = places.function_index(export.index)?;
                    self.exports.export(export.name, ExportKind::Func, function);
                }
            }
        }
        Ok(())
    }

    /// What the tools' convention has run once all libraries are there, in its order.
    fn initialize(&mut self, libraries: &[Library<'a>], places: &mut [Places]) -> Result<(), Error> {
        let mut calls = Vec::new();
        for (library, places) in libraries.iter().zip(&mut *places) {
            calls.extend(library.start.map(|start| places.function_index(start)).transpose()?);
        }
        for name in ["__wasm_apply_data_relocs", "__wasm_call_ctors", INITIALIZE] {
            for (library, places) in libraries.iter().zip(&mut *places) {
                let function = library.export(name, ExternalKind::Func);
                calls.extend(function.map(|index| places.function_index(index)).transpose()?);
            }
        }
        let mut function = Function::new([]);
        for call in calls {
            function.instruction(&Instruction::Call(call));
        }
        function.instruction(&Instruction::End);
        self.exports.export(INITIALIZE, ExportKind::Func, self.function_count());
        self.types.ty().function([], []);
        self.functions.function(self.types.len() - 1);
        self.code.function(&function);
        Ok(())
    }

    fn finish(self, libraries: &[Library<'a>], layout: &Layout) -> Vec<u8> {
        let slots = u64::from(layout.asked) + self.asked.len() as u64;
        let (mut tables, mut memories, mut module) =
            (TableSection::new(), MemorySection::new(), Module::new());
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: slots,
            maximum: Some(slots),
            shared: false,
        });
        let minimum = layout.pages().into();
        memories.memory(MemoryType {
            minimum,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        module.section(&self.types).section(&self.imports).section(&self.functions);
        module.section(&tables).section(&memories).section(&self.globals).section(&self.exports);
        module.section(&self.elements).section(&DataCountSection { count: self.data.len() });
        module.section(&self.code).section(&self.data);
        for (name, data) in libraries.iter().flat_map(|library| &library.worlds) {
            module.section(&CustomSection { name: (*name).into(), data: (*data).into() });
        }
        module.finish()
    }
}

/// Whether a function is for the component: names of WIT have no underscores, those of C that are the libraries' own have.
fn is_of_world(name: &str) -> bool {
    name.starts_with("cabi_") || !name.contains('_')
}

/// The function that a library exports by this name.
fn found(libraries: &[Library<'_>], all: &[Places], name: &str) -> Result<u32, Error> {
    for (library, places) in libraries.iter().zip(all) {
        let Some(index) = library.export(name, ExternalKind::Func) else { continue };
        // A library may hand on what is another's; none of ours does.
        if index as usize >= library.imported_functions() {
            return Ok(places.functions[index as usize]);
        }
    }
    unlinked(format!("no library has a function {name}"))
}

#[cfg(test)]
mod tests {
    use super::{INITIALIZE, fuse};
    use wasmtime::{Engine, Instance, Module, Store};

    const STACK: u32 = 1024;
    const FIRST: &str = r#"(module
        (@dylink.0 (mem-info (memory 6 2) (table 1 0)))
        (import "env" "memory" (memory 1))
        (import "env" "__indirect_function_table" (table 1 funcref))
        (import "env" "__memory_base" (global $here i32))
        (import "env" "__table_base" (global $slots i32))
        (import "env" "__stack_pointer" (global $stack (mut i32)))
        (import "GOT.mem" "__heap_base" (global $heap (mut i32)))
        (global $count (mut i32) (i32.const 0))
        (global (export "five_is_at") i32 (i32.const 2))
        (elem (global.get $slots) func $seven)
        (data (global.get $here) "\03\00\05\00")
        (start $begun)
        (func $begun (global.set $count (i32.const 100)))
        (func $seven (result i32) (i32.const 7))
        (func (export "times_two") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
        (func (export "three") (result i32) (i32.load16_u (global.get $here)))
        (func (export "seven") (result i32) (call_indirect (result i32) (global.get $slots)))
        (func (export "count") (result i32) (global.get $count))
        (func (export "heap") (result i32) (global.get $heap))
        (func (export "stack") (result i32) (global.get $stack))
        (func (export "__wasm_call_ctors") (global.set $count (i32.add (global.get $count) (i32.const 1)))))"#;
    const SECOND: &str = r#"(module
        (@dylink.0 (mem-info (memory 4 2) (table 1 0)))
        (import "env" "times_two" (func $two (param i32) (result i32)))
        (import "out" "side" (func $side (result i32)))
        (import "env" "memory" (memory 1))
        (import "env" "__indirect_function_table" (table 1 funcref))
        (import "env" "__memory_base" (global $here i32))
        (import "env" "__table_base" (global $slots i32))
        (import "GOT.mem" "five_is_at" (global $five (mut i32)))
        (import "GOT.func" "times_two" (global $two (mut i32)))
        (elem (global.get $slots) func $eleven)
        (data (global.get $here) "\09\00\00\00")
        (func $eleven (result i32) (i32.const 11))
        (func (export "eighteen") (result i32) (call $two (i32.load (global.get $here))))
        (func (export "eleven") (result i32) (call_indirect (result i32) (global.get $slots)))
        (func (export "five") (result i32) (i32.load16_u (global.get $five)))
        (func (export "eight") (result i32)
            (call_indirect (param i32) (result i32) (i32.const 4) (global.get $two)))
        (func (export "side") (result i32) (call $side)))"#;

    fn fused(libraries: &[&str]) -> Result<Vec<u8>, String> {
        let libraries: Vec<_> = libraries.iter().map(|text| wat::parse_str(text).unwrap()).collect();
        let libraries: Vec<&[u8]> = libraries.iter().map(|wasm| &wasm[..]).collect();
        fuse(&libraries, STACK).map_err(|error| error.to_string())
    }

    #[test]
    fn libraries_find_their_own_and_each_others_in_one_module() {
        let engine = Engine::default();
        let module = Module::new(&engine, fused(&[FIRST, SECOND]).unwrap()).unwrap();
        let imports: Vec<_> = module.imports().map(|import| (import.module(), import.name())).collect();
        assert_eq!(imports, [("out", "side")]);
        let exports: Vec<_> = module.exports().map(|export| export.name().to_owned()).collect();
        assert!(
            !exports.iter().any(|name| name == "times_two" || name == "__wasm_call_ctors"),
            "{exports:?}"
        );
        let mut store = Store::new(&engine, ());
        let side = wasmtime::Func::wrap(&mut store, || 42);
        let instance = Instance::new(&mut store, &module, &[side.into()]).unwrap();
        instance.get_typed_func::<(), ()>(&mut store, INITIALIZE).unwrap().call(&mut store, ()).unwrap();
        let mut of = |name: &str| {
            let function = instance.get_typed_func::<(), i32>(&mut store, name).unwrap();
            function.call(&mut store, ()).unwrap()
        };
        let names = ["three", "seven", "eighteen", "eleven", "five", "eight", "side"];
        assert_eq!(names.map(&mut of), [3, 7, 18, 11, 5, 8, 42]);
        assert_eq!(of("count"), 101, "what begins a library comes before what constructs it");
        // Parts of 6 and 4 bytes, each at a multiple of 4, and the heap at one of 16.
        assert_eq!([of("stack"), of("heap")], [1024, 1040]);
    }

    #[test]
    fn what_no_library_has_is_named() {
        let error = fused(&[SECOND]).unwrap_err();
        assert!(error.contains("no library has a function times_two"), "{error}");
        let error = fused(&["(module (memory 1))"]).unwrap_err();
        assert!(error.contains("of its own"), "{error}");
        let error = fused(&["(module)"]).unwrap_err();
        assert!(error.contains("what it needs"), "{error}");
    }
}
