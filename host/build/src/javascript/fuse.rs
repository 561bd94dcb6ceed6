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
use wasmparser::{Dylink0Subsection, ExternalKind, KnownCustom, MemInfo, Operator, Parser, Payload, TypeRef};

/// What an embedder calls before all else.
pub(super) const INITIALIZE: &str = "_initialize";
/// Custom sections with the world of a library.
pub(super) const WORLDS: &str = "component-type";

const PAGE: u32 = 65536;
const HEAP_ALIGNMENT: u32 = 16;
/// Calls of no function at all are to be seen.
const NULL_SLOTS: u32 = 1;

/// Why there is no module of libraries.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unlinked(String);

type Error = reencode::Error<Unlinked>;

fn unlinked<T>(why: impl Into<String>) -> Result<T, Error> {
    Err(Error::UserError(Unlinked(why.into())))
}

/// What is read of a library.
#[derive(Default)]
struct Library<'a> {
    needs: Option<MemInfo>,
    types: Option<wasmparser::TypeSectionReader<'a>>,
    imports: Vec<wasmparser::Import<'a>>,
    /// The types of its own functions.
    functions: Vec<u32>,
    globals: Option<wasmparser::GlobalSectionReader<'a>>,
    exports: Vec<wasmparser::Export<'a>>,
    start: Option<u32>,
    elements: Option<wasmparser::ElementSectionReader<'a>>,
    bodies: Vec<wasmparser::FunctionBody<'a>>,
    data: Option<wasmparser::DataSectionReader<'a>>,
    worlds: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Library<'a> {
    fn read(wasm: &'a [u8]) -> Result<Library<'a>, Error> {
        let mut library = Library::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(types) => library.types = Some(types),
                Payload::ImportSection(imports) => {
                    library.imports = imports.into_imports().collect::<Result<_, _>>()?;
                }
                Payload::FunctionSection(functions) => {
                    library.functions = functions.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::GlobalSection(globals) => library.globals = Some(globals),
                Payload::ExportSection(exports) => {
                    library.exports = exports.into_iter().collect::<Result<_, _>>()?;
                }
                Payload::StartSection { func, .. } => library.start = Some(func),
                Payload::ElementSection(elements) => library.elements = Some(elements),
                Payload::CodeSectionEntry(body) => library.bodies.push(body),
                Payload::DataSection(data) => library.data = Some(data),
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Dylink0(parts) => library.needs = needs(parts)?,
                    _ if section.name().starts_with(WORLDS) => {
                        library.worlds.push((section.name(), section.data()));
                    }
                    _ => {}
                },
                Payload::TableSection(_) | Payload::MemorySection(_) | Payload::TagSection(_) => {
                    return unlinked("a library has a memory, a table or tags of its own");
                }
                _ => {}
            }
        }
        Ok(library)
    }

    fn export(&self, name: &str, kind: ExternalKind) -> Option<u32> {
        let mut exports = self.exports.iter();
        exports.find(|export| export.name == name && export.kind == kind).map(|export| export.index)
    }

    /// The value of a constant that it exports: where in its part of the memory something is.
    fn address(&self, name: &str) -> Option<i32> {
        let index = self.export(name, ExternalKind::Global)?;
        let imported = self.imports.iter().filter(|import| matches!(import.ty, TypeRef::Global(_))).count();
        let global = self.globals.clone()?.into_iter().nth((index as usize).checked_sub(imported)?)?.ok()?;
        match global.init_expr.get_operators_reader().read().ok()? {
            Operator::I32Const { value } => Some(value),
            _ => None,
        }
    }

    /// How many of its functions are another's.
    fn imported_functions(&self) -> usize {
        self.imports.iter().filter(|import| matches!(import.ty, TypeRef::Func(_))).count()
    }
}

/// How much of the memory and the table it takes.
fn needs(parts: wasmparser::Dylink0SectionReader<'_>) -> wasmparser::Result<Option<MemInfo>> {
    for part in parts {
        if let Dylink0Subsection::MemInfo(needs) = part? {
            return Ok(Some(needs));
        }
    }
    Ok(None)
}

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
    function_count: u32,
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
        for library in libraries {
            let mut places = Places {
                types: self.types.len(),
                functions: Vec::new(),
                globals: Vec::new(),
                segments: 0,
                lists: 0,
            };
            if let Some(types) = library.types.clone() {
                places.parse_type_section(&mut self.types, types)?;
            }
            places.segments = all.iter().zip(libraries).map(|(_, it): (&Places, _)| segments(it)).sum();
            places.lists = all.iter().zip(libraries).map(|(_, it): (&Places, _)| lists(it)).sum();
            self.import(library, &mut places);
            all.push(places);
        }
        for (library, places) in libraries.iter().zip(&mut all) {
            for ty in &library.functions {
                places.functions.push(self.function_count);
                self.functions.function(places.types + ty);
                self.function_count += 1;
            }
        }
        self.resolve_functions(libraries, &mut all)?;
        for number in 0..libraries.len() {
            let globals = self.globals_of(libraries, number, layout, &all)?;
            all[number].globals = globals;
        }
        Ok(all)
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
                self.function_count += 1;
                self.function_count - 1
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
            let mut places =
                Places { types: 0, functions: Vec::new(), globals: globals.clone(), segments: 0, lists: 0 };
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
        self.types.ty().function([], []);
        self.functions.function(self.types.len() - 1);
        self.code.function(&function);
        self.exports.export(INITIALIZE, ExportKind::Func, self.function_count);
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

fn segments(library: &Library<'_>) -> u32 {
    library.data.as_ref().map_or(0, wasmparser::SectionLimited::count)
}

fn lists(library: &Library<'_>) -> u32 {
    library.elements.as_ref().map_or(0, wasmparser::SectionLimited::count)
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
