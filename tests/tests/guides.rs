//! The guides of the languages, followed to the letter: what they say is all of a file is served, and answers.

use std::fs;

use doverb_tests::{Server, repository};

/// The file that a guide shows after "`NAME`, all of it", and its name.
fn first_handler(guide: &str) -> (String, String) {
    let text = fs::read_to_string(repository().join("guest").join(guide)).expect("the guide");
    let (before, after) = text.split_once("`, all of it").expect("a whole file");
    let (_, name) = before.rsplit_once('`').expect("its name");
    let (_, block) = after.split_once("```").expect("a block of code");
    let (_, code) = block.split_once('\n').expect("its language");
    let (code, _) = code.split_once("```").expect("its end");
    (name.to_owned(), code.to_owned())
}

fn follow(guide: &str, answer: &str) {
    let (name, code) = first_handler(guide);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    fs::write(&file, code).expect("a file");
    let server = Server::start(&file, &[]);
    let response = server.connect().get("/?name=Ada");
    assert_eq!((response.status, response.text().as_str()), (200, answer), "{}", response.head());
    assert_eq!(response.field("Content-Type"), Some("text/plain"));
    assert!(response.status_line.starts_with("HTTP/1.1 "), "{}", response.status_line);
}

#[test]
fn the_guide_to_python_works() {
    follow("python/README.md", "Hello, World!\n");
}

#[test]
fn the_guide_to_javascript_works() {
    follow("js/README.md", "Hello, Ada!\n");
}

#[test]
fn the_guide_to_c_works() {
    follow("c/README.md", "Hello, Ada!\n");
}

#[test]
fn the_guide_to_go_works() {
    follow("go/README.md", "Hello, Ada!\n");
}
