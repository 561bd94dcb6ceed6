//! What a component is given so that a later state of its memory can be taken out of one instance and put into others.
//!
//! A small module is linked behind all others, with the memory of the component and the functions by which its C library
//! and its adapter of WASI forget what they have opened. The component's own code stays as it is, so that what was
//! compiled of it is good for every program.

use std::collections::HashMap;

use doverb_core::snapshot::{BEGIN, PIECE, RESTORE};
use wasm_encoder::{
    Alias, BlockType, CanonicalFunctionSection, CanonicalOption, CodeSection, Component,
    ComponentAliasSection, ComponentExportKind, ComponentExportSection, ComponentTypeSection,
    ComponentValType, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, ImportSection, InstanceSection, MemArg, MemoryType, Module, ModuleArg,
    ModuleSection, PrimitiveValType, TypeSection, ValType,
};
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentTypeRef,
    ExternalKind, Instance, Parser, Payload,
};

/// How many pages the memory has: `func() -> u32`.
pub(super) const SIZE: &str = "snapshot-size";
/// A part of the memory: `func(at: u32, length: u32) -> list<u8>`.
pub(super) const PEEK: &str = "snapshot-peek";
/// Forgets what is open: `func()`.
pub(super) const SEAL: &str = "snapshot-seal";

/// What the linker calls the memory that all libraries share, and two functions of theirs.
const MEMORY: &str = "memory";
const FORGET_DIRECTORIES: &str = "__wasilibc_reset_preopens";
const FORGET_STREAMS: &str = "reset_adapter_state";

/// Where the parts of a component are counted from, and who exports what the accessors need.
#[derive(Default)]
struct Parts {
    types: u32,
    functions: u32,
    modules: u32,
    core_instances: u32,
    core_functions: u32,
    core_memories: u32,
    /// What modules export, of the three names above.
    exporters: HashMap<u32, Vec<&'static str>>,
    /// Who has them: instances by the name.
    instances: HashMap<&'static str, u32>,
}

impl Parts {
    fn of(component: &[u8]) -> Result<Parts, String> {
        let mut parts = Parts::default();
        let mut depth = 0_u32;
        // Whether the module that is read is one of the component itself, and defines its memory.
        let (mut module, mut defines_memory) = (None, false);
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(|error| error.to_string())? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => {
                    depth -= 1;
                    if depth == 1 {
                        module = None;
                    }
                }
                Payload::ModuleSection { .. } if depth == 1 => {
                    module = Some(parts.modules);
                    defines_memory = false;
                    parts.modules += 1;
                }
                Payload::MemorySection(_) => defines_memory = true,
                Payload::ExportSection(exports) if depth == 2 && module.is_some() => {
                    for export in exports {
                        let export = export.map_err(|error| error.to_string())?;
                        let of_memory = export.name == MEMORY && defines_memory;
                        let wanted = [MEMORY, FORGET_DIRECTORIES, FORGET_STREAMS];
                        let name = wanted.into_iter().find(|name| *name == export.name);
                        if let (Some(name), Some(module)) =
                            (name.filter(|name| *name != MEMORY || of_memory), module)
                        {
                            parts.exporters.entry(module).or_default().push(name);
                        }
                    }
                }
                payload if depth == 1 => parts.count(&payload).map_err(|error| error.to_string())?,
                _ => {}
            }
        }
        Ok(parts)
    }

    /// Counts what a section of the component itself defines.
    fn count(&mut self, payload: &Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::ComponentTypeSection(types) => self.types += types.count(),
            Payload::ComponentImportSection(imports) => {
                for import in imports.clone() {
                    match import?.ty {
                        ComponentTypeRef::Func(_) => self.functions += 1,
                        ComponentTypeRef::Type(_) => self.types += 1,
                        ComponentTypeRef::Module(_) => self.modules += 1,
                        _ => {}
                    }
                }
            }
            Payload::InstanceSection(instances) => {
                for instance in instances.clone() {
                    if let Instance::Instantiate { module_index, .. } = instance? {
                        for name in self.exporters.get(&module_index).into_iter().flatten() {
                            self.instances.entry(name).or_insert(self.core_instances);
                        }
                    }
                    self.core_instances += 1;
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases.clone() {
                    self.count_alias(&alias?);
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions.clone() {
                    match function? {
                        CanonicalFunction::Lift { .. } => self.functions += 1,
                        _ => self.core_functions += 1,
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports.clone() {
                    match export?.kind {
                        ComponentExternalKind::Func => self.functions += 1,
                        ComponentExternalKind::Type => self.types += 1,
                        ComponentExternalKind::Module => self.modules += 1,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn count_alias(&mut self, alias: &ComponentAlias<'_>) {
        let counted = match alias {
            ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, .. } => &mut self.core_functions,
            ComponentAlias::CoreInstanceExport { kind: ExternalKind::Memory, .. } => &mut self.core_memories,
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Func, .. } => &mut self.functions,
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, .. }
            | ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } => &mut self.types,
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Module, .. }
            | ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, .. } => &mut self.modules,
            _ => return,
        };
        *counted += 1;
    }

    fn instance_with(&self, name: &str) -> Result<u32, String> {
        self.instances.get(name).copied().ok_or_else(|| format!("none of its modules exports {name}"))
    }
}

/// The component with accessors.
pub(super) fn add(component: &[u8]) -> Result<Vec<u8>, String> {
    let parts = Parts::of(component)?;
    let mut added = component.to_vec();
    // A section is encoded behind its number, as in a component that has nothing else.
    let mut section = |section: &dyn Fn(&mut Component)| {
        let mut alone = Component::new();
        section(&mut alone);
        added.extend_from_slice(&alone.finish()[Component::HEADER.len()..]);
    };
    let types = types(parts.types);
    section(&|component| {
        component.section(&types);
    });
    let accessors = accessors();
    section(&|component| {
        component.section(&ModuleSection(&accessors));
    });
    let arguments = [
        (MEMORY, ModuleArg::Instance(parts.instance_with(MEMORY)?)),
        ("libc", ModuleArg::Instance(parts.instance_with(FORGET_DIRECTORIES)?)),
        ("adapter", ModuleArg::Instance(parts.instance_with(FORGET_STREAMS)?)),
    ];
    let mut instances = InstanceSection::new();
    instances.instantiate(parts.modules, arguments);
    section(&|component| {
        component.section(&instances);
    });
    let aliases = aliases(parts.core_instances, parts.instance_with(MEMORY)?);
    section(&|component| {
        component.section(&aliases);
    });
    let (lifted, exports) = lifts(&parts);
    section(&|component| {
        component.section(&lifted);
    });
    section(&|component| {
        component.section(&exports);
    });
    Ok(added)
}

/// What of the accessors the component exports, with the place of its type in [`types`].
const EXPORTS: [(&str, u32); 5] = [(BEGIN, 0), (RESTORE, 2), (SIZE, 3), (PEEK, 4), (SEAL, 5)];
/// What of the accessors the lifted functions use.
const REALLOC: &str = "realloc";

/// The types of the exports, the first being the component's type number `first`.
fn types(first: u32) -> ComponentTypeSection {
    let number = ComponentValType::Primitive(PrimitiveValType::U32);
    let bytes = ComponentValType::Type(first + 1);
    let none: [(&str, ComponentValType); 0] = [];
    let mut types = ComponentTypeSection::new();
    types.function().params([("pages", number)]).result(None);
    types.defined_type().list(PrimitiveValType::U8);
    types.function().params([("piece", bytes)]).result(None);
    types.function().params(none).result(Some(number));
    types.function().params([("at", number), ("length", number)]).result(Some(bytes));
    types.function().params(none).result(None);
    types
}

fn aliases(accessors: u32, memory: u32) -> ComponentAliasSection {
    let mut aliases = ComponentAliasSection::new();
    for name in EXPORTS.map(|(name, _)| name).into_iter().chain([REALLOC]) {
        aliases.alias(Alias::CoreInstanceExport { instance: accessors, kind: ExportKind::Func, name });
    }
    aliases.alias(Alias::CoreInstanceExport { instance: memory, kind: ExportKind::Memory, name: MEMORY });
    aliases
}

fn lifts(parts: &Parts) -> (CanonicalFunctionSection, ComponentExportSection) {
    let (mut lifted, mut exports) = (CanonicalFunctionSection::new(), ComponentExportSection::new());
    let realloc = parts.core_functions + EXPORTS.len() as u32;
    for (number, (name, ty)) in (0..).zip(EXPORTS) {
        let options = [CanonicalOption::Memory(parts.core_memories), CanonicalOption::Realloc(realloc)];
        lifted.lift(parts.core_functions + number, parts.types + ty, options);
        exports.export(name, ComponentExportKind::Func, parts.functions + number, None);
    }
    (lifted, exports)
}

/// Room behind the memory that is restored, in pages: for one piece, and for what [`PEEK`] returns.
const SCRATCH: i32 = 2;
const PAGE_BITS: i32 = 16;

/// The module behind the accessors.
fn accessors() -> Module {
    let mut types = TypeSection::new();
    let i32s = |count| vec![ValType::I32; count];
    for (params, results) in [(1, 0), (2, 0), (0, 1), (2, 1), (0, 0), (4, 1)] {
        types.ty().function(i32s(params), i32s(results));
    }
    let mut imports = ImportSection::new();
    let memory =
        MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    imports.import(MEMORY, MEMORY, EntityType::Memory(memory));
    imports.import("libc", FORGET_DIRECTORIES, EntityType::Function(4));
    imports.import("adapter", FORGET_STREAMS, EntityType::Function(4));
    let imported = 2;
    let (mut functions, mut exports, mut code) =
        (FunctionSection::new(), ExportSection::new(), CodeSection::new());
    let bodies = [
        (BEGIN, 0, begin()),
        (RESTORE, 1, restore()),
        (SIZE, 2, size()),
        (PEEK, 3, peek()),
        (SEAL, 4, seal()),
        (REALLOC, 5, realloc()),
    ];
    for (number, (name, ty, body)) in (imported..).zip(bodies) {
        functions.function(ty);
        exports.export(name, ExportKind::Func, number);
        code.function(&body);
    }
    let mut globals = GlobalSection::new();
    let scratch = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    globals.global(scratch, &ConstExpr::i32_const(0));
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&globals)
        .section(&exports)
        .section(&code);
    module
}

/// Makes the memory as large as it shall be, and room for a piece behind it.
fn begin() -> Function {
    let mut body = Function::new([]);
    let mut code = body.instructions();
    code.local_get(0).memory_size(0).i32_gt_u().if_(BlockType::Empty);
    code.local_get(0).memory_size(0).i32_sub().memory_grow(0);
    code.i32_const(-1).i32_eq().if_(BlockType::Empty).unreachable().end().end();
    code.memory_size(0).i32_const(PAGE_BITS).i32_shl().global_set(0);
    code.i32_const(SCRATCH).memory_grow(0);
    code.i32_const(-1).i32_eq().if_(BlockType::Empty).unreachable().end().end();
    body
}

/// Puts what a piece has in its place. A piece is a row of these: where, how many bytes, the bytes.
fn restore() -> Function {
    let (at, end, length) = (0, 1, 2);
    let word = |offset| MemArg { offset, align: 0, memory_index: 0 };
    let mut body = Function::new([(1, ValType::I32)]);
    let mut code = body.instructions();
    code.local_get(at).local_get(end).i32_add().local_set(end);
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    code.local_get(at).local_get(end).i32_ge_u().br_if(1);
    code.local_get(at).i32_load(word(0)).local_get(at).i32_const(8).i32_add();
    code.local_get(at).i32_load(word(4)).local_tee(length).memory_copy(0, 0);
    code.local_get(at).i32_const(8).i32_add().local_get(length).i32_add().local_set(at);
    code.br(0).end().end().end();
    body
}

fn size() -> Function {
    let mut body = Function::new([]);
    body.instructions().memory_size(0).end();
    body
}

/// A list of what is where it is: nothing is copied.
fn peek() -> Function {
    let word = |offset| MemArg { offset, align: 2, memory_index: 0 };
    let mut body = Function::new([]);
    let mut code = body.instructions();
    code.global_get(0).local_get(0).i32_store(word(0));
    code.global_get(0).local_get(1).i32_store(word(4));
    code.global_get(0).end();
    body
}

fn seal() -> Function {
    let mut body = Function::new([]);
    body.instructions().call(0).call(1).end();
    body
}

/// There is one list at a time, and it is in the room behind the memory.
fn realloc() -> Function {
    let mut body = Function::new([]);
    let mut code = body.instructions();
    code.local_get(3).i32_const(PIECE as i32).i32_gt_u().if_(BlockType::Empty).unreachable().end();
    code.global_get(0).end();
    body
}
