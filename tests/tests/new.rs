//! `doverb new`: what it writes can be served at once, and nothing is written over.

use std::fs;
use std::path::Path;

use doverb_tests::command::run;
use doverb_tests::examples::expect_hello;
use doverb_tests::server::in_shell;
use doverb_tests::sources::serve_package;
use doverb_tests::{Outcome, SOON, Server, doverb};

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
    let server = serve_package(&path, &[]);
    expect_hello(&server);
    edit(&path);
    server.wait_for_log("(version 2) in ");
    assert_eq!(server.connect().get("/").text(), "Hello, everybody!");
}

/// The first edit that anybody makes: another text, of another length, and nothing else.
fn edit(folder: &Path) {
    let files =
        [folder.to_owned(), folder.join("src")].into_iter().filter_map(|folder| fs::read_dir(folder).ok());
    for file in files.flatten().flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
        let text = fs::read_to_string(&file).expect("a text");
        if text.contains("Hello, World!") {
            fs::write(&file, text.replace("Hello, World!", "Hello, everybody!")).expect("a file");
        }
    }
}

#[test]
fn a_new_handler_in_rust_is_served() {
    serves_hello("rust");
}

/// Of a method that nobody calls its author is told, whichever language it is in.
fn tells_of_the_wrong_case(lang: &str, file: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(new_in(&folder, "hello", lang).code, Some(0));
    let path = folder.path().join("hello");
    let text = fs::read_to_string(path.join(file)).expect("a text");
    fs::write(path.join(file), text.replace("do_GET", "do_get")).expect("a file");
    let server = serve_package(&path, &[]);
    server.wait_for_log("do_get serves nothing that clients send: the method for GET is do_GET");
    assert_eq!(server.connect().get("/").status, 501);
}

#[test]
fn a_method_in_the_wrong_case_is_told_of_in_rust() {
    tells_of_the_wrong_case("rust", "src/lib.rs");
}

#[test]
fn a_method_in_the_wrong_case_is_told_of_in_python() {
    tells_of_the_wrong_case("python", "app.py");
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
    fs::write(folder.path().join("taken/mine"), "").expect("a file");
    let outcome = new_in(&folder, "taken", "python");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr[0].ends_with("it is there already. Choose another name"), "{outcome:#?}");
    assert_eq!(fs::read_dir(folder.path().join("taken")).expect("it is there").count(), 1);
}

#[test]
fn a_name_that_some_language_would_not_take_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["9", "caf\u{e9}", "a\u{1}"] {
        let outcome = new_in(&folder, name, "python");
        assert_eq!(outcome.code, Some(1), "{name}");
        assert!(outcome.stderr[0].contains("a handler's name has letters from a to z"), "{outcome:#?}");
    }
}

#[test]
fn a_folder_of_any_case_and_languages_by_their_other_names() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, lang) in [("My_Shop", "golang"), ("Site 2", "JavaScript"), ("a.b", "c++"), ("Py", "py")] {
        assert_eq!(new_in(&folder, name, lang).code, Some(0), "{name} {lang}");
    }
    let module = fs::read_to_string(folder.path().join("My_Shop/go.mod")).expect("a module");
    assert!(module.starts_with("module my-shop\n"), "{module}");
}

#[test]
fn a_language_may_stand_before_the_name_and_is_none_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop");
    let path = path.to_str().expect("UTF-8");
    let outcome = doverb(&["new", "Python", path]);
    assert_eq!(outcome.stdout, [format!("{path}: a handler in Python. Serve it: doverb serve {path}")]);
    for (arguments, expected) in [
        (
            &["go"][..],
            "go: it is a language. Name the handler too: doverb new go hello (or ./go for a folder that is called so)",
        ),
        (
            &["cobol", "x"][..],
            "cobol: it is no language that there is. doverb new --list says which there are",
        ),
        (&["go", "x", "--lang", "c"][..], "go: the language is given twice"),
    ] {
        let outcome = doverb(&[&["new"][..], arguments].concat());
        assert_eq!(outcome.code, Some(2), "{outcome:#?}");
        assert!(outcome.stderr[0].ends_with(expected), "{outcome:#?}");
    }
}

#[test]
fn a_handler_begins_in_the_folder_where_one_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().join("shop");
    fs::create_dir(&here).expect("a folder");
    fs::write(here.join("notes.txt"), "mine").expect("a file");
    let new = || {
        let mut command = std::process::Command::new(doverb_tests::artifacts::binary());
        command.args(["new", ".", "--lang", "python"]).current_dir(&here).output().expect("it runs").status
    };
    assert!(new().success());
    assert!(here.join("app.py").exists() && here.join("notes.txt").exists());
    assert!(!new().success(), "app.py is there now");
}

#[test]
fn what_there_is_is_listed() {
    let outcome = doverb(&["new", "--list"]);
    assert_eq!(outcome.code, Some(0));
    let text = outcome.stdout.join("\n");
    for word in ["--lang js, javascript", "--lang cpp, c++", "--template form", "--template api"] {
        assert!(text.contains(word), "{text}");
    }
    let outcome = doverb(&["new", "x", "--lang", "go", "--template", "api"]);
    assert_eq!(
        outcome.stderr,
        ["doverb: there is no template for an API in Go yet: doverb new --list says what there is"]
    );
}

fn from_template(lang: &str, template: &str) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine");
    let outcome = doverb(&["new", path.to_str().expect("UTF-8"), "-l", lang, "-t", template]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let server = serve_package(&path, &["--no-watch"]);
    (folder, server)
}

#[test]
fn a_form_shows_what_was_filled_in() {
    for lang in ["python", "js", "ts", "rust"] {
        let (_folder, server) = from_template(lang, "form");
        assert!(server.connect().get("/").text().contains("<h1>Hello!</h1>"), "{lang}");
        let answer = server.connect().post("/", "name=A%26B").text();
        assert!(
            answer.contains("<h1>Hello, A&amp;B!</h1>") || answer.contains("Hello, A&#38;B!"),
            "{lang}: {answer}"
        );
    }
}

#[test]
fn an_api_answers_in_json_and_its_test_passes() {
    for (lang, test) in [("python", "python3 -m unittest"), ("js", "node --test"), ("ts", "node --test")] {
        let (folder, server) = from_template(lang, "api");
        let mut client = server.connect();
        assert_eq!(client.post("/todos", r#"{"text":"x"}"#).status, 201, "{lang}");
        let list = client.get("/todos").text().replace(' ', "");
        assert_eq!(list, r#"[{"id":1,"text":"x"}]"#, "{lang}");
        assert_eq!(client.post("/todos", "nonsense").status, 400, "{lang}");
        let tested = std::process::Command::new("sh")
            .args(["-c", test])
            .current_dir(folder.path().join("mine"))
            .output()
            .expect("a shell");
        assert!(tested.status.success(), "{lang}: {tested:?}");
    }
}

#[test]
fn a_handler_may_be_in_folders_that_are_not_there_and_one_that_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let outcome = new_in(&folder, "some/where/shop", "rust");
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert!(folder.path().join("some/where/shop/src/lib.rs").is_file());
    // A disk without room, as far as a shell can make one.
    let mut new = std::process::Command::new(doverb_tests::artifacts::binary());
    new.args(["new", "--lang", "rust"]).arg(folder.path().join("late"));
    let outcome = run(in_shell("ulimit -f 0", &new, ""), SOON);
    assert!(outcome.code == Some(1) && outcome.stderr[0].contains("too large"), "{outcome:#?}");
    assert!(!folder.path().join("late").exists(), "the next try is not told that it is there already");
}
