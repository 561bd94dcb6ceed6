//! One file of the user's: parsed, its types taken away, its async functions made generators.

use std::path::Path;

use oxc::allocator::Allocator;
use oxc::codegen::{Codegen, CodegenOptions, CommentOptions};
use oxc::diagnostics::Diagnostics;
use oxc::parser::{Parser, ParserReturn};
use oxc::semantic::SemanticBuilder;
use oxc::span::SourceType;
use oxc::transformer::{JsxRuntime, TransformOptions, Transformer};

use super::decorators::{self, Decorators};
use super::facts::Facts;
use super::scan::Scan;

/// Where the translator's helpers are imported from: `doverb/helpers/asyncToGenerator`.
pub(super) const HELPERS: &str = "doverb/helpers/";

/// A module of JavaScript, as it is run.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) code: String,
    pub(super) kind: Kind,
    pub(super) scan: Scan,
    pub(super) facts: Facts,
    /// Where its code came from, unless that is the file's own.
    pub(super) map: Option<Map>,
}

/// What kind of module a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Module,
    /// It has `require`, `module` and `exports`.
    CommonJs,
    /// The same, of a kind that is no strict JavaScript.
    Sloppy,
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

/// What decides what kind of module a file is, besides its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A file of the user's own: without imports and exports it is a module if it does not speak of `module`.
    Own,
    /// A file of a package: without imports and exports it is CommonJS.
    Package,
    /// One of a package that says that its files are modules: it is as the user's own are.
    ModulePackage,
}

/// What JSX becomes, as far as a tsconfig.json says so.
#[derive(Clone, Debug, Default)]
pub(super) struct Jsx {
    /// Whether it becomes calls of a function that the file itself has, as `React.createElement`.
    pub(super) is_classic: bool,
    /// The package whose `jsx-runtime` is called otherwise. By default React's.
    pub(super) import_source: Option<String>,
    pub(super) factory: Option<String>,
    pub(super) fragment_factory: Option<String>,
}

/// How files are translated.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    pub(super) origin: Origin,
    pub(super) promises: Promises,
    pub(super) jsx: Jsx,
    pub(super) decorators: Decorators,
}

impl Manner {
    pub(super) fn new(origin: Origin, promises: Promises) -> Manner {
        Manner { origin, promises, jsx: Jsx::default(), decorators: Decorators::default() }
    }
}

/// Translates the file `path` with this text.
pub(super) fn translate(path: &Path, text: &str, manner: &Manner) -> Result<Translated, Vec<Fault>> {
    let (origin, promises) = (manner.origin, manner.promises);
    // The line by which systems start a script is no JavaScript inside of a module.
    let text = text.strip_prefix("#!").map_or_else(|| text.to_owned(), |line| format!("//{line}"));
    let kind = source_type(path);
    // Nothing is asynchronous without one of these words; they may be in a comment, at no harm.
    let is_async = promises == Promises::Ours && ["async", "await"].iter().any(|word| text.contains(word));
    if !kind.is_typescript() && !kind.is_jsx() && !is_async && !is_decorated(&text, kind, origin) {
        return inspect(path, text, origin, None);
    }
    let (code, map) = transform(path, &text, kind, manner)?;
    inspect(path, code, origin, map)
}

/// Whether a file of the user's own has decorators, or an `accessor`. Packages are published without.
fn is_decorated(text: &str, kind: SourceType, origin: Origin) -> bool {
    let may_be = origin == Origin::Own && (text.contains('@') || text.contains("accessor"));
    may_be && decorators::are_in(&Parser::new(&Allocator::default(), text, kind).parse().program)
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

pub(super) fn is_typescript(path: &Path) -> bool {
    matches!(extension(path), "ts" | "mts" | "cts" | "tsx")
}

/// What a file may hold, by its name.
fn source_type(path: &Path) -> SourceType {
    let kind = match extension(path) {
        "ts" | "mts" | "cts" => SourceType::ts(),
        "tsx" => SourceType::tsx(),
        "jsx" => SourceType::jsx(),
        _ => SourceType::mjs(),
    };
    match extension(path) {
        "mjs" | "mts" => kind.with_module(true),
        _ => kind.with_unambiguous(true),
    }
}

/// Parses a file as what it is; what is wrong with it is told as of a module.
fn parse<'a>(
    allocator: &'a Allocator,
    text: &'a str,
    kind: SourceType,
) -> Result<ParserReturn<'a>, Vec<Fault>> {
    let parsed = Parser::new(allocator, text, kind).parse();
    if parsed.diagnostics.errors().next().is_none() {
        return Ok(parsed);
    }
    // A `return` at the top level is CommonJS's alone, and `await` there a module's.
    let others = [kind.with_commonjs(true), kind.with_module(true)];
    let other = others.map(|kind| Parser::new(allocator, text, kind).parse());
    let mut other = other.into_iter().filter(|parsed| parsed.diagnostics.errors().next().is_none());
    match other.next() {
        Some(parsed) => Ok(parsed),
        None => refuse(&parsed.diagnostics, text).map(|()| parsed),
    }
}

fn transform(
    path: &Path,
    text: &str,
    kind: SourceType,
    manner: &Manner,
) -> Result<(String, Option<Map>), Vec<Fault>> {
    let allocator = Allocator::default();
    let parsed = parse(&allocator, text, kind)?;
    let mut program = parsed.program;
    if decorators::are_in(&program) {
        let refused = decorators::translate(&allocator, &mut program, manner.decorators);
        let faults = refused.into_iter().map(|(offset, why)| {
            let (line, column) = place(text, offset);
            Fault { line, column, text: why.to_owned() }
        });
        let faults: Vec<Fault> = faults.collect();
        if !faults.is_empty() {
            return Err(faults);
        }
    }
    let semantic = SemanticBuilder::new().with_excess_capacity(2.0).with_enum_eval(true).build(&program);
    refuse(&semantic.diagnostics, text)?;
    let mut options = TransformOptions::default();
    options.helper_loader.module_name = "doverb".into();
    if let Decorators::Legacy { emits_metadata } = manner.decorators {
        options.decorator.legacy = true;
        options.decorator.emit_decorator_metadata = emits_metadata;
    }
    options.jsx.runtime = if manner.jsx.is_classic { JsxRuntime::Classic } else { JsxRuntime::Automatic };
    if !manner.jsx.is_classic {
        options.jsx.import_source.clone_from(&manner.jsx.import_source);
    }
    options.jsx.pragma.clone_from(&manner.jsx.factory);
    options.jsx.pragma_frag.clone_from(&manner.jsx.fragment_factory);
    let ours = manner.promises == Promises::Ours;
    options.env.es2017.async_to_generator = ours;
    options.env.es2018.async_generator_functions = ours;
    options.env.es2026.explicit_resource_management = ours;
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

/// Finds what a module of JavaScript asks for and defines.
fn inspect(path: &Path, code: String, origin: Origin, map: Option<Map>) -> Result<Translated, Vec<Fault>> {
    let allocator = Allocator::default();
    let kind = match extension(path) {
        "mjs" | "mts" => SourceType::mjs(),
        _ => SourceType::unambiguous(),
    };
    let parsed = parse(&allocator, &code, kind)?;
    let semantic = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
    refuse(&semantic.diagnostics, &code)?;
    let record = &parsed.module_record;
    let scan = Scan::of(&parsed.program, record, semantic.semantic.scoping());
    // A file of types has nothing left, and then it exports nothing either.
    let is_script = !parsed.program.source_type.is_module() && !parsed.program.body.is_empty();
    let is_common = is_script && (origin == Origin::Package || is_named_common(path) || scan.is_common());
    let kind = match is_common {
        false => Kind::Module,
        true if is_strict(&code) && !scan.makes_globals => Kind::CommonJs,
        true => Kind::Sloppy,
    };
    let mut facts = Facts::of(&parsed.program, record);
    if is_common {
        facts.read_common(&parsed.program);
    }
    drop(parsed);
    Ok(Translated { code, kind, scan, facts, map })
}

fn is_named_common(path: &Path) -> bool {
    matches!(extension(path), "cjs" | "cts")
}

/// Whether what was written to be sloppy means something in the strict code of a module, too.
fn is_strict(code: &str) -> bool {
    let allocator = Allocator::default();
    let wrapped = format!("(function (exports, require, module, __filename, __dirname) {{{code}\n}})");
    let parsed = Parser::new(&allocator, &wrapped, SourceType::mjs()).parse();
    let is_whole = parsed.diagnostics.errors().next().is_none();
    is_whole
        && SemanticBuilder::new()
            .with_check_syntax_error(true)
            .build(&parsed.program)
            .diagnostics
            .errors()
            .next()
            .is_none()
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

    use super::{Kind, Manner, Origin, Promises, Translated, place, translate};

    fn ours(path: &str, text: &str) -> Translated {
        translate(Path::new(path), text, &Manner::new(Origin::Own, Promises::Ours)).unwrap()
    }

    fn engines(path: &str, text: &str) -> Translated {
        translate(Path::new(path), text, &Manner::new(Origin::Own, Promises::Engine)).unwrap()
    }

    fn specifiers(translated: &Translated) -> Vec<&str> {
        translated.scan.requests.iter().map(|request| &request.specifier[..]).collect()
    }

    #[test]
    fn javascript_without_promises_is_left_as_it_is() {
        let text = "// a comment\nimport { x } from \"./x.js\"; export   const y = x;\n";
        let translated = ours("a.js", text);
        assert_eq!(translated.code, text);
        assert!(translated.map.is_none());
        let import = &translated.scan.requests[0];
        assert_eq!(&text[import.start..import.end], "\"./x.js\"");
    }

    #[test]
    fn types_go_and_imports_of_types_with_them() {
        let text = "import { type A, b } from './b.ts'; import type { C } from './c.ts';\n\
                    import { D } from './d.ts';\nexport const e: A = b as unknown as D;";
        let translated = ours("a.ts", text);
        assert!(!translated.code.contains("unknown"), "{}", translated.code);
        assert_eq!(specifiers(&translated), ["./b.ts"]);
        assert!(translated.map.is_some());
    }

    #[test]
    fn async_functions_become_generators_where_the_engine_runs_no_jobs() {
        let text = "export class A { async do_GET() { await super.toString(); for await (const x of []) {} } }\n\
                    export async function* f() { yield* f(); }";
        let translated = ours("a.js", text);
        assert!(!translated.code.contains("async "), "{}", translated.code);
        assert!(!translated.code.contains("await "), "{}", translated.code);
        let asked = specifiers(&translated);
        assert!(!asked.is_empty() && asked.iter().all(|name| name.starts_with(super::HELPERS)), "{asked:?}");
        assert_eq!(engines("a.js", text).code, text);
    }

    #[test]
    fn imports_are_found_wherever_they_are() {
        let text = "import './a.js'; export { b } from './b.js'; export * from './c.js';\n\
                    const d = await import('./d.js'); import(name);";
        assert_eq!(specifiers(&engines("a.js", text)), ["./a.js", "./b.js", "./c.js", "./d.js"]);
    }

    #[test]
    fn commonjs_is_known_by_its_words_and_what_it_requires_by_what_runs() {
        let text = "if (process.env.NODE_ENV === 'production') module.exports = require('./a'); \
                    else module.exports = require('./b');\ntry { require('c') } catch {}";
        let translated = engines("a.js", text);
        assert_eq!((translated.kind, specifiers(&translated)), (Kind::CommonJs, vec!["./a", "c"]));
        let optional: Vec<_> = translated.scan.requests.iter().map(|request| request.is_optional).collect();
        assert_eq!(optional, [false, true]);
        assert_eq!(engines("a.js", "const octal = 010; exports.octal = octal;").kind, Kind::Sloppy);
        assert_eq!(engines("a.js", "made = 1; exports.made = made;").kind, Kind::Sloppy);
        assert_eq!(engines("a.js", "console.log(1);").kind, Kind::Module);
        assert_eq!(engines("a.cjs", "console.log(1);").kind, Kind::CommonJs);
        assert_eq!(
            engines("a.js", "function f(require) { require('x'); } f(); exports.f = f;").scan.requests,
            []
        );
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
        let manner = Manner::new(Origin::Own, Promises::Ours);
        let faults = translate(Path::new("a.ts"), "const a = 1;\n  const b: = 2;", &manner).unwrap_err();
        assert_eq!((faults[0].line, faults[0].column), (2, 12), "{faults:?}");
        let faults = translate(Path::new("a.js"), "let a;\nlet a;", &manner).unwrap_err();
        assert_eq!(faults[0].line, 1, "{faults:?}");
        assert_eq!(place("é\nüx", 5), (2, 2));
    }
}
