//! Makes a component of modules: QuickJS runs their top level, and what it then has in memory is the component.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use doverb_compile::{CompileOptions, Progress, Wasm};
use doverb_core::stack::SECTION;
use wasm_encoder::{ComponentSection, CustomSection};

use super::quickjs::{self, Failed};
use crate::confined::{self, What};
use crate::error::SourceCause;

/// What the evaluation of a module says before the error.
const EVALUATION: &str = "JavaScript module evaluation: ";

/// The name of the engine's functions among those that are kept, in the components that are made for a folder with `wit/`. What the
/// world imports decides where in an instance all else is, and so their code.
pub(super) fn runtime(folder: &Path) -> String {
    let world = fs::read_to_string(folder.join("wit/world.wit")).unwrap_or_default();
    let imports: Vec<&str> =
        world.lines().map(str::trim).filter(|line| line.starts_with("import ")).collect();
    format!("componentize-qjs {}", imports.concat())
}

/// The native code of the engine with the world of a folder with `wit/`. All handlers of the same world have it in common, so that
/// it is compiled once and found by their next versions.
pub(super) fn code(
    folder: &Path,
    options: &CompileOptions,
    progress: &mut dyn Progress,
) -> Result<Arc<[u8]>, SourceCause> {
    let engine = link(folder).and_then(|module| quickjs::component(&module).map_err(unfit));
    let engine = quickjs::instrument(&engine.map_err(SourceCause::Component)?)
        .map_err(|error| SourceCause::Component(unfit(error)))?;
    let engine = Wasm::read_from(Path::new("the JavaScript engine"), &engine[..]);
    // They are not quite those of the components that it makes.
    let runtime = format!("{}, to be run", runtime(folder));
    let code = engine.and_then(|engine| engine.of_runtime(Some(&runtime)).native_code(options, progress));
    Ok(code.map_err(|error| SourceCause::of_compiling(error, unfit))?.into())
}

fn link(folder: &Path) -> Result<Vec<u8>, String> {
    quickjs::link(&folder.join("wit")).map_err(unfit)
}

fn unfit(error: impl Display) -> String {
    format!("the engine does not fit its world: {error:#}")
}

/// Makes the component of a folder with `wit/` and `modules/entry.js`, here and now, by an engine whose native code `code` is.
///
/// # Safety
///
/// `code` runs as it is: it must be what [`doverb_compile::Wasm::native_code`] gave for the folder's engine.
///
/// # Errors
///
/// What the modules' code has thrown, or why no component could be made of them.
pub unsafe fn in_child(folder: &Path, code: &[u8]) -> Result<Vec<u8>, String> {
    // An embedder may be inside of a runtime of its own, where WASI's cannot be waited for.
    let work = || -> Result<Vec<u8>, String> {
        let modules = folder.join("modules");
        let entry = modules.join("entry.js");
        let read = |error: io::Error| format!("{}: {error}", entry.display());
        let source = fs::read_to_string(&entry).map_err(read)?;
        let linked = link(folder)?;
        let engine = quickjs::component(&linked).map_err(unfit)?;
        // SAFETY: the caller's duty is the same.
        let made = unsafe { quickjs::run(&engine, code, &modules, "/entry.js", &source) }.map_err(why)?;
        let world = fs::read_to_string(folder.join("wit/world.wit")).map_err(read)?;
        let made = quickjs::finish(&made, &linked, &world);
        made.map(with_deep_stack).map_err(|error| format!("its imports cannot be cut off: {error:#}"))
    };
    let deep = thread::Builder::new().stack_size(quickjs::THREAD_STACK);
    thread::scope(|scope| match deep.spawn_scoped(scope, work) {
        Ok(working) => working.join().unwrap_or_else(|_| Err("the engine failed".to_owned())),
        Err(error) => Err(format!("no thread can be begun: {error}")),
    })
}

/// Each call of JavaScript is several of the engine's.
fn with_deep_stack(mut component: Vec<u8>) -> Vec<u8> {
    let section = CustomSection { name: SECTION.into(), data: [].as_slice().into() };
    section.append_to_component(&mut component);
    component
}

/// The error that counts, of all that were wrapped around it.
fn why(failed: Failed) -> String {
    let texts = match failed {
        Failed::Thrown(text) => match text.split_once(EVALUATION) {
            Some((_, thrown)) => return thrown.trim_end().to_owned(),
            None => vec![text],
        },
        Failed::Other(texts) => texts,
    };
    if let Some(call) = texts.iter().find_map(|text| called(text)) {
        return format!(
            "Error: {call} is called while the module is loaded. The server is only there when a handler's method \
             runs: call it there"
        );
    }
    let last = texts.iter().map(|text| text.trim_end()).rfind(|text| !text.is_empty());
    last.unwrap_or("it failed without a reason").to_owned()
}

/// The function of the host that was called although there is none yet.
fn called(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("unknown import: `")?;
    let (interface, function) = rest.split_once('`')?.0.split_once('#')?;
    let interface = interface.split_once('/').map_or(interface, |(_, name)| name);
    Some(format!("{}.{function}", interface.split('@').next().unwrap_or(interface)))
}

/// The same in a child process of `builder`, where the user's code can use up only so much.
pub(super) fn confined(
    builder: &Path,
    folder: &Path,
    code: Arc<[u8]>,
    progress: &mut dyn Progress,
) -> Result<Result<Vec<u8>, String>, SourceCause> {
    let what = What("the code at the top level of its modules, which runs when it is built,");
    confined::run(builder, &[folder], code, what, progress)
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn the_hosts_functions_have_their_names() {
        let text = "unknown import: `doverb:handler/response@0.1.0#send-response` has not been defined";
        assert_eq!(called(text).as_deref(), Some("response.send-response"));
        assert_eq!(called("something else"), None);
    }
}
