//! Takes from a module the imports that a handler has no use for: QuickJS is linked with a whole C library.
//!
//! What is called nevertheless ends the handler. That is how a panic ends it without words of its own: the SDK has said
//! in the log what is wrong.

use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ExportSection, Function, FunctionSection, ImportSection, Instruction, Module,
};
use wasmparser::{Parser, Payload, TypeRef};

use super::fuse::INITIALIZE;
use super::quickjs::{LOADER, MAKERS};

type Error = reencode::Error<Infallible>;

/// What QuickJS and the SDK need: `Date` has the time from the one and its zone from the other, and `Math.random` its
/// seed; and what is there only where a handler asks for it.
const KEPT: [&str; 5] =
    ["wasi:clocks/wall-clock@", "wasi:cli/environment@", "wasi:random/", "wasi:keyvalue/", "wasi:config/"];

/// What timers need, which are there only if the world says so.
const KEPT_FOR_TIMERS: [&str; 2] = ["wasi:clocks/monotonic-clock@", "wasi:io/poll@"];

/// What `fetch` needs, where it is.
const KEPT_FOR_FETCH: [&str; 3] = ["wasi:http/", "wasi:io/streams@", "wasi:io/error@"];

fn is_cut(name: &str, world: &str) -> bool {
    let has_timers = KEPT_FOR_TIMERS.iter().any(|kept| world.contains(kept));
    let timers = KEPT_FOR_TIMERS.iter().filter(|_| has_timers);
    let has_fetch = world.contains("wasi:http/outgoing-handler@");
    let fetch = KEPT_FOR_FETCH.iter().filter(|_| has_fetch);
    name == LOADER
        || name.starts_with("wasi:")
            && !KEPT.iter().chain(timers).chain(fetch).any(|kept| name.starts_with(kept))
}

/// The module with functions that trap in the place of those imports, and without what made it. The text of its world says which it
/// has.
pub(super) fn stub(module: &[u8], world: &str) -> Result<Module, Error> {
    let mut stub = Stub { world, ..Stub::default() };
    stub.count(module)?;
    let mut stubbed = Module::new();
    stub.parse_core_module(&mut stubbed, Parser::new(0), module)?;
    Ok(stubbed)
}

#[derive(Default)]
struct Stub<'a> {
    world: &'a str,
    /// The functions of the module, by their number before.
    functions: Vec<u32>,
    /// The types of those that are cut.
    cut: Vec<u32>,
}

impl Stub<'_> {
    /// Says which function gets which number: imports that stay, then the module's own, then what takes the place of the others.
    fn count(&mut self, module: &[u8]) -> Result<(), Error> {
        let (mut imports, mut own) = (Vec::new(), 0);
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if let TypeRef::Func(ty) = import.ty {
                            imports.push((is_cut(import.module, self.world), ty));
                        }
                    }
                }
                Payload::FunctionSection(section) => own = section.count(),
                _ => {}
            }
        }
        self.cut = imports.iter().filter_map(|(is_cut, ty)| is_cut.then_some(*ty)).collect();
        let kept = u32::try_from(imports.len() - self.cut.len()).expect("imports are counted in 32 bits");
        let (mut here, mut there) = (0..kept, kept + own..);
        let imported = imports.iter().map(|(is_cut, _)| if *is_cut { there.next() } else { here.next() });
        self.functions = imported.chain((kept..kept + own).map(Some)).flatten().collect();
        Ok(())
    }
}

impl Reencode for Stub<'_> {
    type Error = Infallible;

    fn function_index(&mut self, index: u32) -> Result<u32, Error> {
        Ok(self.functions[index as usize])
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for import in section.into_imports() {
            let import = import?;
            if !is_cut(import.module, self.world) {
                self.parse_import(imports, import)?;
            }
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        reencode::utils::parse_function_section(self, functions, section)?;
        for ty in self.cut.clone() {
            functions.function(self.type_index(ty)?);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        reencode::utils::parse_code_section(self, code, section)?;
        for _ in &self.cut {
            let mut function = Function::new([]);
            function.instruction(&Instruction::Unreachable);
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        Ok(())
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: wasmparser::Export<'_>,
    ) -> Result<(), Error> {
        if export.name == INITIALIZE || MAKERS.contains(&export.name) {
            return Ok(());
        }
        reencode::utils::parse_export(self, exports, export)
    }
}
