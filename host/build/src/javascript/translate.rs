//! One file of the user's: parsed, its types taken away, its async functions made generators.

use std::path::Path;

use oxc::allocator::Allocator;
use oxc::codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc::diagnostics::Diagnostics;
use oxc::parser::Parser;
use oxc::semantic::SemanticBuilder;
use oxc::span::SourceType;
use oxc::transformer::{TransformOptions, Transformer};

use super::facts::Facts;

/// Where the translator's helpers are imported from: `doverb/helpers/asyncToGenerator`.
pub(super) const HELPERS: &str = "doverb/helpers/";

/// A module of JavaScript, as it is run.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) code: String,
    pub(super) imports: Vec<Import>,
    pub(super) facts: Facts,
    /// Where its code came from, unless that is the file's own.
    pub(super) map: Option<Map>,
}

/// A source map.
#[derive(Debug)]
pub(super) struct Map {
    /// As source maps have them, for the SDK.
    pub(super) mappings: String,
    /// Line and column of the code, then of the file, from 0, in order.
    places: Vec<[u32; 4]>,
}

impl Map {
    /// The line and the column of the file that became this one of the code, all from 1.
    pub(super) fn original(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let before = self.places.partition_point(|place| (place[0] + 1, place[1] + 1) <= (line, column));
        let place = self.places[..before].last()?;
        Some((place[2] + 1, place[3] + 1))
    }
}

/// An import, `export ... from` or `import()` of a fixed text.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) specifier: String,
    /// The bytes of the code that hold it, quotes included.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What is wrong with a file, and where, from 1.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) text: String,
}

/// What a file becomes depends on the engine that runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promises {
    /// The engine runs the jobs of promises itself.
    Engine,
    /// The SDK does, and async functions are generators.
    Ours,
}

/// Translates the file `path` with this text.
pub(super) fn translate(path: &Path, text: &str, promises: Promises) -> Result<Translated, Vec<Fault>> {
    let is_typescript = is_typescript(path);
    // Nothing is asynchronous without one of these words; they may be in a comment, at no harm.
    let is_async = promises == Promises::Ours && ["async", "await"].iter().any(|word| text.contains(word));
    if !is_typescript && !is_async {
        return inspect(text.to_owned(), None);
    }
    let (code, map) = transform(path, text, is_typescript, promises)?;
    inspect(code, map)
}

pub(super) fn is_typescript(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "ts" || extension == "mts")
}

fn transform(
    path: &Path,
    text: &str,
    is_typescript: bool,
    promises: Promises,
) -> Result<(String, Option<Map>), Vec<Fault>> {
    let allocator = Allocator::default();
    let kind = if is_typescript { SourceType::ts() } else { SourceType::mjs() };
    let parsed = Parser::new(&allocator, text, kind.with_module(true)).parse();
    refuse(&parsed.diagnostics, text)?;
    let mut program = parsed.program;
    let semantic = SemanticBuilder::new().with_excess_capacity(2.0).with_enum_eval(true).build(&program);
    refuse(&semantic.diagnostics, text)?;
    let mut options = TransformOptions::default();
    options.helper_loader.module_name = "doverb".into();
    let ours = promises == Promises::Ours;
    options.env.es2017.async_to_generator = ours;
    options.env.es2018.async_generator_functions = ours;
    let scoping = semantic.semantic.into_scoping();
    let done = Transformer::new(&allocator, path, &options).build_with_scoping(scoping, &mut program);
    refuse(&done.diagnostics, text)?;
    let options = CodegenOptions {
        comments: CommentOptions::disabled(),
        source_map_path: Some(path.to_owned()),
        ..CodegenOptions::default()
    };
    let printed = Codegen::new().with_options(options).build(&program);
    let map = printed.map.map(|map| Map {
        mappings: map.to_json().mappings,
        places: map
            .get_tokens()
            .map(|it| [it.get_dst_line(), it.get_dst_col(), it.get_src_line(), it.get_src_col()])
            .collect(),
    });
    Ok((printed.code, map))
}

/// Finds what a module of JavaScript imports and defines.
fn inspect(code: String, map: Option<Map>) -> Result<Translated, Vec<Fault>> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, &code, SourceType::mjs()).parse();
    refuse(&parsed.diagnostics, &code)?;
    let semantic = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
    refuse(&semantic.diagnostics, &code)?;
    let record = &parsed.module_record;
    let facts = Facts::of(&parsed.program, record);
    let requested = record.requested_modules.iter().flat_map(|(name, places)| {
        places.iter().filter(|place| !place.is_type).map(|place| (name.to_string(), place.span))
    });
    let dynamic = record.dynamic_imports.iter().filter_map(|import| {
        let span = import.module_request;
        fixed_text(&code[span.start as usize..span.end as usize]).map(|name| (name.to_owned(), span))
    });
    let mut imports: Vec<Import> = requested
        .chain(dynamic)
        .map(|(specifier, span)| Import { specifier, start: span.start as usize, end: span.end as usize })
        .collect();
    imports.sort_by_key(|import| import.start);
    Ok(Translated { code, imports, facts, map })
}

/// The text of a plain string literal.
fn fixed_text(literal: &str) -> Option<&str> {
    let inner = ['"', '\''].iter().find_map(|quote| literal.strip_prefix(*quote)?.strip_suffix(*quote))?;
    (!inner.contains(['\\', '"', '\''])).then_some(inner)
}

fn refuse(diagnostics: &Diagnostics, text: &str) -> Result<(), Vec<Fault>> {
    let faults: Vec<Fault> = diagnostics
        .errors()
        .map(|error| {
            let offset = error.labels.first().map_or(0, |label| label.offset() as usize);
            let (line, column) = place(text, offset);
            let help = error.help.as_ref().map(|help| format!(". {help}")).unwrap_or_default();
            Fault { line, column, text: format!("{}{help}", error.message) }
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The line and the column of a byte, from 1.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Promises, Translated, place, translate};

    fn ours(path: &str, text: &str) -> Translated {
        translate(Path::new(path), text, Promises::Ours).unwrap()
    }

    #[test]
    fn javascript_without_promises_is_left_as_it_is() {
        let text = "// a comment\nimport { x } from \"./x.js\"; export   const y = x;\n";
        let translated = ours("a.js", text);
        assert_eq!(translated.code, text);
        assert!(translated.map.is_none());
        let import = &translated.imports[0];
        assert_eq!(&text[import.start..import.end], "\"./x.js\"");
    }

    #[test]
    fn types_go_and_imports_of_types_with_them() {
        let text = "import { type A, b } from './b.ts'; import type { C } from './c.ts';\n\
                    import { D } from './d.ts';\nexport const e: A = b as unknown as D;";
        let translated = ours("a.ts", text);
        assert!(!translated.code.contains("unknown"), "{}", translated.code);
        let names: Vec<_> = translated.imports.iter().map(|import| &import.specifier[..]).collect();
        assert_eq!(names, ["./b.ts"]);
        assert!(translated.map.is_some());
    }

    #[test]
    fn async_functions_become_generators_where_the_engine_runs_no_jobs() {
        let text = "export class A { async do_GET() { await super.toString(); for await (const x of []) {} } }\n\
                    export async function* f() { yield* f(); }";
        let translated = ours("a.js", text);
        assert!(!translated.code.contains("async "), "{}", translated.code);
        assert!(!translated.code.contains("await "), "{}", translated.code);
        let helpers = translated.imports.iter().all(|import| import.specifier.starts_with(super::HELPERS));
        assert!(helpers && !translated.imports.is_empty(), "{:?}", translated.imports);
        let engine = translate(Path::new("a.js"), text, Promises::Engine).unwrap();
        assert_eq!(engine.code, text);
    }

    #[test]
    fn imports_are_found_wherever_they_are() {
        let text = "import './a.js'; export { b } from './b.js'; export * from './c.js';\n\
                    const d = await import('./d.js'); import(name);";
        let translated = translate(Path::new("a.js"), text, Promises::Engine).unwrap();
        let names: Vec<_> = translated.imports.iter().map(|import| &import.specifier[..]).collect();
        assert_eq!(names, ["./a.js", "./b.js", "./c.js", "./d.js"]);
    }

    #[test]
    fn a_place_in_the_code_is_found_in_the_file() {
        let text = "interface A {\n  b: string;\n}\n\nexport function f(): A {\n  throw new Error('x');\n}\n";
        let translated = ours("a.ts", text);
        let line = translated.code.lines().position(|line| line.contains("throw")).unwrap();
        let column = translated.code.lines().nth(line).unwrap().find("new").unwrap();
        let map = translated.map.unwrap();
        assert_eq!(map.original(line as u32 + 1, column as u32 + 1), Some((6, 9)));
        assert_eq!(map.original(0, 1), None);
    }

    #[test]
    fn faults_have_a_place() {
        let faults =
            translate(Path::new("a.ts"), "const a = 1;\n  const b: = 2;", Promises::Ours).unwrap_err();
        assert_eq!((faults[0].line, faults[0].column), (2, 12), "{faults:?}");
        let faults = translate(Path::new("a.js"), "let a;\nlet a;", Promises::Ours).unwrap_err();
        assert_eq!(faults[0].line, 1, "{faults:?}");
        assert_eq!(place("é\nüx", 5), (2, 2));
    }
}
