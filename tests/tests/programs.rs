//! Python programs as people write them: what they would serve with is what serves.

use doverb_tests::{Server, doverb, repository, request};

fn program(name: &str, arguments: &[&str]) -> Server {
    Server::of_source(&format!("tests/guests/python/programs/{name}"), arguments)
}

#[test]
fn what_main_has_set_is_served() {
    let mut command = doverb_tests::server::command(&[
        "--no-watch".to_owned(),
        repository().join("tests/guests/python/programs/state.py").display().to_string(),
    ]);
    command.args(["--", "--name", "somebody"]);
    let server = Server::spawn(command);
    assert_eq!(server.connect().get("/").text(), "mark set somebody hello\n");
}

#[test]
fn a_server_at_the_top_level_with_a_handler_that_a_function_makes() {
    let server = program("closure.py", &[]);
    let mut client = server.connect();
    assert_eq!(client.get("/").text(), "from a closure\n");
    assert_eq!(client.get("/").text(), "from a closure\n", "the connection is kept, as its class has it");
    server.wait_for_log("said \"GET / HTTP/1.1\" 200 -");
    assert_eq!(client.call(request("PUT", "/", "")).status, 501);
}

#[test]
fn an_application_of_wsgi() {
    let server = program("application.py", &[]);
    let answer = server.connect().post("/a/b", "text");
    assert_eq!((answer.status, answer.text()), (201, "POST text".to_owned()));
    assert_eq!(answer.field("X-Path"), Some("/a/b"));
    assert!(answer.head().starts_with("HTTP/1.0 201 Made") || answer.head().starts_with("HTTP/1.1 201 Made"));
}

#[test]
fn a_program_that_ends_without_serving_says_so() {
    let file = repository().join("tests/guests/python/programs/no_server.py").display().to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out.wasm").display().to_string();
    let outcome = doverb(&["build", &file, "-o", &out]);
    assert_eq!(outcome.code, Some(1));
    let said = outcome.stderr.join("\n");
    assert!(said.contains("it ends without serving: nothing calls serve_forever"), "{said}");
}
