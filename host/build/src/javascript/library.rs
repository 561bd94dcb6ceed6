//! A library for dynamic linking, as far as [`super::fuse`] puts such together.

use wasm_encoder::reencode;
use wasmparser::{Dylink0Subsection, ExternalKind, KnownCustom, MemInfo, Operator, Parser, Payload, TypeRef};

/// Custom sections with the world of a library.
pub(super) const WORLDS: &str = "component-type";

/// Why there is no module of libraries.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unlinked(pub(super) String);

pub(super) type Error = reencode::Error<Unlinked>;

pub(super) fn unlinked<T>(why: impl Into<String>) -> Result<T, Error> {
    Err(Error::UserError(Unlinked(why.into())))
}

/// What is read of a library.
#[derive(Default)]
pub(super) struct Library<'a> {
    pub(super) needs: Option<MemInfo>,
    pub(super) types: Option<wasmparser::TypeSectionReader<'a>>,
    pub(super) imports: Vec<wasmparser::Import<'a>>,
    /// The types of its own functions.
    pub(super) functions: Vec<u32>,
    pub(super) globals: Option<wasmparser::GlobalSectionReader<'a>>,
    pub(super) exports: Vec<wasmparser::Export<'a>>,
    pub(super) start: Option<u32>,
    pub(super) elements: Option<wasmparser::ElementSectionReader<'a>>,
    pub(super) bodies: Vec<wasmparser::FunctionBody<'a>>,
    pub(super) data: Option<wasmparser::DataSectionReader<'a>>,
    pub(super) worlds: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Library<'a> {
    pub(super) fn read(wasm: &'a [u8]) -> Result<Library<'a>, Error> {
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

    pub(super) fn export(&self, name: &str, kind: ExternalKind) -> Option<u32> {
        let mut exports = self.exports.iter();
        exports.find(|export| export.name == name && export.kind == kind).map(|export| export.index)
    }

    /// The value of a constant that it exports: where in its part of the memory something is.
    pub(super) fn address(&self, name: &str) -> Option<i32> {
        let index = self.export(name, ExternalKind::Global)?;
        let imported = self.imports.iter().filter(|import| matches!(import.ty, TypeRef::Global(_))).count();
        let global = self.globals.clone()?.into_iter().nth((index as usize).checked_sub(imported)?)?.ok()?;
        match global.init_expr.get_operators_reader().read().ok()? {
            Operator::I32Const { value } => Some(value),
            _ => None,
        }
    }

    /// How many of its functions are another's.
    pub(super) fn imported_functions(&self) -> usize {
        self.imports.iter().filter(|import| matches!(import.ty, TypeRef::Func(_))).count()
    }

    /// How many parts of the memory it fills.
    pub(super) fn segments(&self) -> u32 {
        self.data.as_ref().map_or(0, wasmparser::SectionLimited::count)
    }

    /// How many parts of the table.
    pub(super) fn lists(&self) -> u32 {
        self.elements.as_ref().map_or(0, wasmparser::SectionLimited::count)
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
