//! Components whose native code takes very long to make, or very much memory.

use std::fs;
use std::path::Path;

use doverb_tests::component::Component;
use doverb_tests::{LATER, Server};

/// A function in which each block needs what was computed in all before: what a compiler does with it grows faster than it does.
fn costly(functions: usize, blocks: usize) -> Component {
    let block = |at: usize| {
        let (one, other) = (at % 7, (at * 5 + 3) % 7);
        format!(
            "(local.set {one} (i32.add (local.get {other}) (i32.const {at})))
             (if (local.get {one}) (then (local.set {other} (i32.xor (local.get {one}) (local.get {other})))))"
        )
    };
    let body: String = (0..blocks).map(block).collect();
    // Each is another one: what is the same is compiled once.
    let function = |number: usize| {
        format!("(func (local i32 i32 i32 i32 i32 i32 i32) (local.set 0 (i32.const {number})) {body})")
    };
    Component::default().with_core(&(0..functions).map(function).collect::<String>())
}

fn put(folder: &Path, name: &str, component: &Component) {
    // In one step.
    fs::write(folder.join("new"), component.bytes()).expect("a file");
    fs::rename(folder.join("new"), folder.join(name)).expect("a file");
}

#[test]
fn components_that_take_too_long_to_compile_are_refused_and_others_are_served_meanwhile() {
    let folder = tempfile::tempdir().expect("a folder");
    let names: Vec<String> = (0..5).map(|number| format!("m{number}")).collect();
    for name in &names {
        put(folder.path(), &format!("{name}.wasm"), &Component::default());
    }
    let mut server = Server::start(folder.path(), &["--watch", "--compile-time", "3s", "--threads", "1"]);
    let mark = server.log.mark();
    let costly = costly(12, 30_000);
    for name in &names {
        put(folder.path(), &format!("{name}.wasm"), &costly);
    }
    for name in &names {
        let line = server.log.wait_after(mark, LATER, |line| {
            line.contains(&format!("{name}.wasm")) && line.contains("the old version goes on serving")
        });
        assert!(
            line.contains("takes more than 3 s and was stopped. Allow more with --compile-time"),
            "{line}"
        );
        assert!(names.iter().all(|name| server.connect().get(&format!("/{name}")).status == 200));
    }
    assert!(server.stop().success());
}

#[test]
fn a_component_that_takes_too_much_memory_to_compile_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    // Each instance has what it puts into the table of another.
    let elements = "$f ".repeat(500_000);
    let each = "(core instance (instantiate $elements (with \"other\" (instance (export \"table\" (table $table))))))";
    let text = format!(
        "(core module $other (table (export \"table\") 500000 funcref))
        (core instance $other (instantiate $other))
        (alias core export $other \"table\" (core table $table))
        (core module $elements (import \"other\" \"table\" (table 500000 funcref)) (func $f)
            (elem (i32.const 0) func {elements}))
        {}",
        each.repeat(55)
    );
    put(folder.path(), "costly.wasm", &Component::default().with_exports(&text));
    let costly = folder.path().join("costly.wasm");
    let arguments = ["check".as_ref(), costly.as_os_str(), "--compile-memory".as_ref(), "2GiB".as_ref()];
    let outcome = doverb_tests::doverb(&arguments);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let said = outcome.stderr.join("\n");
    assert!(said.contains("takes more than 2048 MiB of memory and was stopped"), "{said}");
}
