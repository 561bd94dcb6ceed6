//! From a core module to a component: what C, C++ and Go compilers make knows nothing of components.
//!
//! The module's exports say what its handler's world is, so nobody has to write one. Only imports that the module
//! uses get into the component.

use doverb_wit::{DEPENDENCIES, Export, OUTGOING};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmparser::{
    CompositeInnerType, ExternalKind, FuncType, Parser, Payload, TypeRef,
    ValType::{self, I32, I64},
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap, WorldId};

use super::adapter_memory;
use super::build_dir::CONTRACT;
use super::error::SourceCause;
use super::world::{Told, world};

/// The parameters and results of a core function.
type Lowered = (Vec<ValType>, Vec<ValType>);

/// What the contract's type of an export is for a core module.
fn lowered(export: &Export) -> Lowered {
    let params = export.params.iter().flat_map(|(_, ty)| flat(ty)).collect();
    // What is more than one value is returned by a pointer.
    let result = export.result.map(|ty| match flat(ty)[..] {
        [value] => value,
        _ => I32,
    });
    (params, result.into_iter().collect())
}

/// The values that a type of the contract's exports is for a core module.
fn flat(ty: &str) -> Vec<ValType> {
    let inner = ty.strip_prefix("option<").and_then(|rest| rest.strip_suffix('>'));
    match (ty, inner) {
        (_, Some(inner)) => [vec![I32], flat(inner)].concat(),
        ("string", _) => vec![I32, I32],
        ("u64", _) => vec![I64],
        _ => vec![I32],
    }
}

/// Makes a component of a core module whose functions are named as the contract names them.
pub(super) fn componentize(module: &[u8]) -> Result<Vec<u8>, SourceCause> {
    let facts = Facts::of(module).map_err(|error| SourceCause::Component(error.to_string()))?;
    let world = facts.world()?;
    encode(&facts, module, &world).map_err(|reason| SourceCause::Component(one_line(&reason)))
}

/// wit-component's errors are anyhow's; its causes go on one line.
fn one_line(reason: &str) -> String {
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn encode(facts: &Facts, module: &[u8], world: &str) -> Result<Vec<u8>, String> {
    let (resolve, world) = resolve(world)?;
    let mut module = facts.without_debugging(module);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| format!("{error:#}"))?;
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true);
    // What a handler's `cabi_realloc` gives is taken back after each request: the adapter gets memory of its own.
    encoder.realloc_via_memory_grow(!facts.exports.iter().any(|(name, _)| name == adapter_memory::EXPORT));
    encoder.module(&module).map_err(|error| format!("{error:#}"))?;
    if facts.needs_wasi {
        encoder
            .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)
            .map_err(|error| format!("{error:#}"))?;
    }
    encoder.encode().map_err(|error| format!("{error:#}"))
}

fn resolve(world: &str) -> Result<(Resolve, WorldId), String> {
    let mut resolve = Resolve::default();
    // With what handlers use of WASI.
    for (name, text) in DEPENDENCIES.iter().chain(OUTGOING) {
        resolve.push_source(name, text).map_err(|error| format!("{error:#}"))?;
    }
    let mut contract = SourceMap::default();
    for (name, text) in CONTRACT {
        contract.push_str(name, *text);
    }
    let contract = contract.parse().map_err(|(_, error)| error.to_string())?;
    resolve.push_group(contract).map_err(|error| error.to_string())?;
    let package = resolve.push_source("handler.wit", world).map_err(|error| format!("{error:#}"))?;
    let world = resolve.select_world(&[package], None).map_err(|error| format!("{error:#}"))?;
    Ok((resolve, world))
}

/// What is to be known of a module.
#[derive(Default)]
struct Facts {
    types: Vec<Option<FuncType>>,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    /// The exported functions, each with its number.
    exports: Vec<(String, u32)>,
    needs_wasi: bool,
    /// Where the sections are that only a debugger reads. Names stay: they are in backtraces.
    debugging: Vec<std::ops::Range<u64>>,
}

impl Facts {
    fn of(module: &[u8]) -> wasmparser::Result<Facts> {
        let mut facts = Facts::default();
        let mut end = 0;
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            facts.add(&payload, end)?;
            end = match &payload {
                Payload::CodeSectionStart { range, .. } => range.end,
                Payload::CodeSectionEntry(body) => body.range().end,
                other => other.as_section().map_or(end, |(_, range)| range.end),
            };
        }
        Ok(facts)
    }

    /// Takes up one section; the one before it ended at `end`.
    fn add(&mut self, payload: &Payload<'_>, end: u64) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(types) => {
                for group in types.clone() {
                    self.types.extend(group?.into_types().map(|ty| match ty.composite_type.inner {
                        CompositeInnerType::Func(ty) => Some(ty),
                        _ => None,
                    }));
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.clone().into_imports() {
                    let import = import?;
                    self.needs_wasi |= import.module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
                    if let TypeRef::Func(ty) = import.ty {
                        self.functions.push(ty);
                    }
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions.clone() {
                    self.functions.push(ty?);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports.clone() {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exports.push((export.name.to_owned(), export.index));
                    }
                }
            }
            Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                self.debugging.push(end..section.range().end);
            }
            _ => {}
        }
        Ok(())
    }

    fn without_debugging(&self, module: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(module.len());
        let mut from = 0;
        for range in &self.debugging {
            kept.extend_from_slice(&module[from..range.start as usize]);
            from = range.end as usize;
        }
        kept.extend_from_slice(&module[from..]);
        kept
    }

    /// The handler's world in WIT.
    fn world(&self) -> Result<String, SourceCause> {
        let mut exports = Vec::new();
        for (name, index) in &self.exports {
            let Some(export) = doverb_wit::export(name) else { continue };
            if !is_label(name) {
                return Err(SourceCause::Component(no_label(name)));
            }
            exports.push((name.as_str(), self.check(name, *index, export)?));
        }
        // Only what is used gets into the component.
        Ok(world(doverb_wit::POWERS, exports))
    }

    /// Which of the contract's types for it an export has.
    fn check(&self, name: &str, index: u32, export: &Export) -> Result<Told, SourceCause> {
        let ty = self.functions.get(index as usize).and_then(|ty| self.types.get(*ty as usize)?.as_ref());
        let is = |export: &Export| {
            let (params, results) = lowered(export);
            ty.is_some_and(|ty| ty.params() == params && ty.results() == results)
        };
        if is(export) {
            return Ok(Told::Plainly);
        }
        if export.of_connection().is_some_and(|told| is(&told)) {
            return Ok(Told::Connection);
        }
        let (params, results) = lowered(export);
        let found = ty.map_or("no function".into(), |ty| core_type(ty.params(), ty.results()));
        let expected = core_type(&params, &results);
        Err(SourceCause::Component(format!(
            "it exports {name} as {found}, and the contract's {name}: {} is {expected}",
            export.wit()
        )))
    }
}

/// A function's type in the text format of WebAssembly.
fn core_type(params: &[ValType], results: &[ValType]) -> String {
    let words = |keyword: &str, types: &[ValType]| {
        let types: Vec<_> = types.iter().map(ToString::to_string).collect();
        if types.is_empty() { String::new() } else { format!(" ({keyword} {})", types.join(" ")) }
    };
    format!("(func{}{})", words("param", params), words("result", results))
}

/// Whether the component model can spell it: words between single hyphens, each in one case, the first with a letter first.
fn is_label(name: &str) -> bool {
    let is_word = |word: &str| {
        let is = |of: fn(&u8) -> bool| word.bytes().all(|byte| byte.is_ascii_digit() || of(&byte));
        !word.is_empty() && (is(u8::is_ascii_lowercase) || is(u8::is_ascii_uppercase))
    };
    name.split('-').all(is_word)
}

fn no_label(name: &str) -> String {
    format!(
        "{name} can't be the name of an export: a method is words of letters and digits with single hyphens between them, \
         each word all in upper or all in lower case. Serve others with do-ANY"
    )
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use wasmparser::ValType::{I32, I64};

    use super::{componentize, is_label, lowered};

    fn made(functions: &str) -> Result<Vec<u8>, String> {
        let text = format!("(module {functions} (memory (export \"memory\") 1))");
        componentize(&wat::parse_str(text).unwrap()).map_err(|error| error.to_string())
    }

    fn outer_names(component: &[u8]) -> (Vec<String>, Vec<String>) {
        let (mut imports, mut exports, mut depth) = (Vec::new(), Vec::new(), 0);
        for payload in Parser::new(0).parse_all(component) {
            match payload.unwrap() {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 0 => {
                    imports.extend(section.into_iter().map(|import| import.unwrap().name.name.to_owned()));
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    exports.extend(section.into_iter().map(|export| export.unwrap().name.name.to_owned()));
                }
                _ => {}
            }
        }
        (imports, exports)
    }

    #[test]
    fn the_exports_are_the_world_and_only_used_imports_stay() {
        let component = made(
            r#"(import "doverb:handler/response@0.1.0" "end-headers" (func $end (param i32)))
            (func (export "do-GET") (call $end (i32.const 0)))
            (func (export "do-M-SEARCH"))
            (func (export "handle-expect-100") (result i32) (i32.const 1))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "something-else") (param i64))"#,
        );
        let (imports, exports) = outer_names(&component.unwrap());
        // `types` is where `failure` comes from.
        assert_eq!(imports, ["doverb:handler/types@0.1.0", "doverb:handler/response@0.1.0"]);
        assert_eq!(exports, ["do-GET", "do-M-SEARCH", "handle-expect-100"]);
    }

    #[test]
    fn wasi_is_there_when_it_is_used() {
        let component = made(
            r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
            (func (export "do-GET"))"#,
        );
        assert!(component.is_ok(), "{component:?}");
    }

    #[test]
    fn an_export_of_the_wrong_type_is_named_with_the_right_one() {
        let error = made(r#"(func (export "do-GET") (param i32))"#).unwrap_err();
        let expected = "it exports do-GET as (func (param i32)), and the contract's do-GET: func() is (func)";
        assert!(error.contains(expected), "{error}");
        let error = made(r#"(func (export "log-error") (param i64) (result i32))"#).unwrap_err();
        assert!(error.contains("log-error as (func (param i64) (result i32))"), "{error}");
        assert!(error.contains("log-error: func(message: string) is (func (param i32 i32))"), "{error}");
    }

    /// A type that `flat` does not know is not taken for another.
    #[test]
    fn every_export_of_the_contract_has_a_core_type() {
        let types = doverb_wit::EXPORTS
            .iter()
            .flat_map(|export| export.params.iter().map(|(_, ty)| *ty).chain(export.result));
        for ty in types {
            let inner = ty.strip_prefix("option<").map_or(ty, |rest| rest.trim_end_matches('>'));
            assert!(["bool", "u16", "u64", "string"].contains(&inner), "{ty}");
        }
        let of = |name| lowered(doverb_wit::export(name).unwrap());
        assert_eq!(of("send-error"), (vec![I32; 7], vec![]));
        assert_eq!(of("log-request"), (vec![I32, I32, I32, I64], vec![]));
        assert_eq!(of("date-time-string"), (vec![I32, I64], vec![I32]));
        assert_eq!(of("handle-expect-100"), (vec![], vec![I32]));
        assert_eq!(of("switch-connection"), (vec![I64], vec![]));
    }

    #[test]
    fn a_method_that_no_label_spells_is_named() {
        let error = made(r#"(func (export "do-Get"))"#).unwrap_err();
        assert!(error.contains("do-Get can't be the name of an export"), "{error}");
        for name in ["do-GET", "do-x-rate", "do-2FA", "do-A-1", "setup"] {
            assert!(is_label(name), "{name}");
        }
        for name in ["do-", "do-Get", "do-A--B", "do-A_B", "do-A!"] {
            assert!(!is_label(name), "{name}");
        }
    }

    #[test]
    fn methods_that_differ_in_case_alone_are_refused_and_so_is_what_is_no_module() {
        let error = made(r#"(func (export "do-GET")) (func (export "do-get"))"#).unwrap_err();
        assert!(error.contains("do-"), "{error}");
        assert!(componentize(b"no module").is_err());
    }

    #[test]
    fn what_only_a_debugger_reads_is_left_out() {
        let with =
            r#"(func (export "do-GET")) (@custom ".debug_info" "secret path") (@custom "kept" "kept words")"#;
        let component = made(with).unwrap();
        let has = |text: &str| component.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!has("secret path"));
        assert!(has("kept words"));
    }
}
