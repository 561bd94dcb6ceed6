//! `doverb new`: what it writes can be served at once, and nothing is written over.

use std::fs;

use doverb_tests::examples::expect_hello;
use doverb_tests::{Outcome, Server, doverb};

fn new_in(folder: &tempfile::TempDir, name: &str, lang: &str) -> Outcome {
    let path = folder.path().join(name);
    doverb(&["new", path.to_str().expect("UTF-8"), "--lang", lang])
}

fn serves_hello(lang: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let outcome = new_in(&folder, "my-hello", lang);
    let path = folder.path().join("my-hello");
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let [line] = &outcome.stdout[..] else { panic!("{outcome:#?}") };
    assert!(line.ends_with(&format!(". Serve it: doverb serve {}", path.display())), "{line}");
    expect_hello(&Server::start(&path, &["--no-watch"]));
}

#[test]
fn a_new_handler_in_rust_is_served() {
    serves_hello("rust");
}

#[test]
fn a_new_handler_in_python_is_served() {
    serves_hello("python");
}

#[test]
fn a_new_handler_in_javascript_is_served() {
    serves_hello("js");
}

#[test]
fn a_new_handler_in_typescript_is_served() {
    serves_hello("ts");
}

#[test]
fn a_new_handler_in_go_is_served() {
    serves_hello("go");
}

#[test]
fn a_new_handler_in_c_is_served() {
    serves_hello("c");
}

#[test]
fn a_new_handler_in_cpp_is_served() {
    serves_hello("cpp");
}

#[test]
fn what_is_there_is_not_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("taken")).expect("a folder");
    let outcome = new_in(&folder, "taken", "python");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr[0].ends_with("it is there already. Choose another name"), "{outcome:#?}");
    assert_eq!(fs::read_dir(folder.path().join("taken")).expect("it is there").count(), 0);
}

#[test]
fn a_name_that_some_language_would_not_take_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["Hello", "9", "a b", "a_b", "-a"] {
        let outcome = new_in(&folder, name, "python");
        assert_eq!(outcome.code, Some(1), "{name}");
        assert!(outcome.stderr[0].contains("a handler's name has small letters"), "{outcome:#?}");
    }
}
