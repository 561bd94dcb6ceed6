//! Python programs as people write them: what they would serve with is what serves.

use std::fs;
use std::time::{Duration, SystemTime};

use doverb_tests::{LATER, Server, doverb, eventually, repository, request};

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
fn a_module_of_a_package_runs_as_python_m_runs_it() {
    let server = program("package/shop/handler.py", &[]);
    assert_eq!(server.connect().get("/").text(), "shop from the package\n");
}

#[test]
fn what_a_file_imports_from_by_dots_is_a_package_whatever_lies_in_its_folder() {
    let server = program("bare/shop", &[]);
    assert_eq!(server.connect().get("/").text(), "beside __main__ shop");
}

#[test]
fn a_program_reads_the_files_beside_it_and_writes_none() {
    // Its name is also one of the library's.
    let server = program("beside/site.py", &["--protocol", "HTTP/1.1"]);
    let mut client = server.connect();
    assert_eq!(client.get("/page.html").text(), "<h1>beside</h1>\n");
    assert_eq!(client.get("/.hidden").text(), "secret\n", "as under Python");
    let posted = server.connect().post("/", "");
    assert_eq!(posted.text(), "PermissionError a name a name");
}

#[test]
fn a_program_that_is_started_above_its_folder_finds_what_lies_there() {
    let mut command = doverb_tests::server::command(&["--no-watch".to_owned(), "src/server.py".to_owned()]);
    command.current_dir(repository().join("tests/guests/python/programs/above"));
    let server = Server::spawn(command);
    assert_eq!(server.connect().get("/").text(), "a page\nnear src/server.py");
    // Named from afar it has its own folder.
    let far = program("above/src/server.py", &[]);
    assert_eq!(far.connect().get("/").status, 500);
    far.wait_for_log("FileNotFoundError: [Errno 2] No such file or directory: 'static/page.txt'");
}

#[test]
fn files_beside_a_program_can_be_left_out() {
    let server = program("beside/site.py", &["--no-files"]);
    assert_eq!(server.connect().get("/page.html").status, 404);
}

#[test]
fn a_built_program_has_its_files_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("site.wasm");
    let file = repository().join("tests/guests/python/programs/beside/site.py");
    let outcome = doverb(&["build", &file.display().to_string(), "-o", &out.display().to_string()]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let server = Server::start(&out, &["--no-watch"]);
    assert_eq!(server.connect().get("/page.html").text(), "<h1>beside</h1>\n");
}

/// A program that shows its folder, with files of these names beside it.
fn showing(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text =
        "from http.server import *\nHTTPServer(('', 8000), SimpleHTTPRequestHandler).serve_forever()\n";
    fs::write(folder.path().join("app.py"), text).expect("a file");
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, format!("this is {name}")).expect("a file");
    }
    folder
}

#[test]
fn what_is_hidden_beside_a_program_is_its_own_but_for_what_tools_keep_there() {
    let left_out = [".git/config", ".venv/a.py", ".idea/x", ".DS_Store", "__pycache__/a.pyc"];
    let folder = showing(&[&[".env", ".well-known/a.txt"], &left_out[..]].concat());
    let server = Server::start(&folder.path().join("app.py"), &["--watch"]);
    let listing = server.connect().get("/").text();
    let shown: Vec<_> = listing.lines().filter_map(|line| line.strip_prefix("<li><a href=\"")).collect();
    let names: Vec<_> = shown.iter().map(|line| line.split('"').next().expect("a name")).collect();
    assert_eq!(names, [".env", ".well-known/", "__pycache__/", "app.py"]);
    assert!(!server.connect().get("/__pycache__/").text().contains("pyc\""), "it is empty");
    assert_eq!(server.connect().get("/.well-known/a.txt").text(), "this is .well-known/a.txt");
    assert_eq!(server.connect().get("/.git/config").status, 404);
    let mark = server.log.lines().len();
    fs::write(folder.path().join(".env"), "edited").expect("a file");
    server.log.wait_after(mark, LATER, |line| line.contains("version 2"));
    assert_eq!(server.connect().get("/.env").text(), "edited");
}

#[test]
fn who_builds_a_program_is_told_of_the_hidden_files_in_it() {
    let folder = showing(&[".env", ".keys/a.pem", ".git/config", "b.txt"]);
    let build = |flags: &[&str]| {
        let [file, out] = ["app.py", "app.wasm"].map(|name| folder.path().join(name).display().to_string());
        let outcome = doverb(&[&["build", &file, "-o", &out], flags].concat());
        assert_eq!(outcome.code, Some(0), "{outcome:#?}");
        outcome.stdout.join("\n")
    };
    let told = build(&[]);
    let named = "holds hidden files, which whoever gets it can read: .env, .keys/a.pem. --no-files";
    assert!(told.contains(named), "{told}");
    assert!(!build(&["--no-files"]).contains("hidden"));
}

#[test]
fn a_program_has_temporary_files_of_its_own() {
    let server = program("temporary.py", &[]);
    let text = server.connect().get("/files").text();
    assert_eq!(text, "b'a' two b'three' 1 /tmp []");
}

#[test]
fn temporary_files_are_bounded_and_what_is_removed_makes_room() {
    let server = program("temporary.py", &["--scratch", "1MiB"]);
    // What its C library makes of a disk that is full.
    assert_eq!(server.connect().get("/full").text(), "I/O error at 1");
    server.wait_for_log("temporary: an instance's /tmp is full: it may hold 1.0 MiB");
    for _ in 0..20 {
        assert_eq!(server.connect().get("/again").text(), "again");
    }
}

#[test]
fn without_a_scratch_folder_there_are_no_temporary_files() {
    let server = program("temporary.py", &["--scratch", "0"]);
    assert_eq!(server.connect().get("/files").status, 500);
    server.wait_for_log("No usable temporary directory");
}

#[test]
fn a_file_beside_a_program_is_as_old_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let text =
        "from http.server import *\nHTTPServer(('', 8000), SimpleHTTPRequestHandler).serve_forever()\n";
    fs::write(folder.path().join("app.py"), text).expect("a file");
    let page = fs::File::create(folder.path().join("page.html")).expect("a file");
    page.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)).expect("a time");
    let server = Server::start(&folder.path().join("app.py"), &[]);
    let mut client = server.connect();
    assert_eq!(client.get("/page.html").field("Last-Modified"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    let since = "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    assert_eq!(server.connect().call(request("GET", "/page.html", since)).status, 304);
}

#[test]
fn an_edit_of_a_file_beside_a_program_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["site.py", "config.txt", "page.html"] {
        let from = repository().join("tests/guests/python/programs/beside").join(name);
        fs::copy(from, folder.path().join(name)).expect("a file");
    }
    let server = Server::start(&folder.path().join("site.py"), &["--watch"]);
    let mark = server.log.lines().len();
    fs::write(folder.path().join("page.html"), "edited").expect("a file");
    server.log.wait_after(mark, LATER, |line| line.contains("version 2"));
    assert_eq!(server.connect().get("/page.html").text(), "edited");
}

#[test]
fn globals_are_the_same_for_all_clients() {
    let server = program("counter.py", &["--threads", "2"]);
    let counts: Vec<String> = (0..20).map(|_| server.connect().get("/").text()).collect();
    let expected: Vec<String> = (1..=20).map(|count| format!("{count}\n")).collect();
    assert_eq!(counts, expected);
    server.wait_for_log("counter: one instance serves all clients");
}

#[test]
fn while_a_handler_waits_others_are_served_and_its_globals_stay() {
    let server = program("counter.py", &["--threads", "2"]);
    assert_eq!(server.connect().get("/").text(), "1\n");
    let mut waiting = server.connect();
    waiting.send(request("GET", "/wait", ""));
    server.wait_for_log("counter stdout: waits");
    let mut other = server.connect();
    assert_eq!(other.get("/").text(), "3\n", "it has the globals of the one that waits");
    assert!(!waiting.has_something(), "the other was answered meanwhile");
    assert_eq!(waiting.read_response().text(), "3\n", "as of a thread");
    assert_eq!(other.get("/").text(), "4\n");
}

#[test]
fn with_workers_a_program_has_several_instances() {
    let server = program("counter.py", &["--threads", "1", "--workers", "2"]);
    let mut clients: Vec<_> = (0..2).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(request("GET", "/wait", ""));
    }
    let counts: Vec<String> = clients.iter_mut().map(|client| client.read_response().text()).collect();
    assert_eq!(counts, ["1\n", "1\n"]);
}

#[test]
fn an_exception_behind_a_whole_answer_lets_it_go_and_keeps_the_instance() {
    let server = program("counter.py", &[]);
    assert_eq!(server.connect().get("/late").text(), "1\n");
    server.wait_for_log("KeyError: 'behind the answer'");
    assert_eq!(server.connect().get("/").text(), "2\n");
}

#[test]
fn an_exception_in_the_midst_of_an_answer_cuts_it_and_keeps_the_instance() {
    let server = program("counter.py", &[]);
    let mut client = server.connect();
    client.send(request("GET", "/streamed", ""));
    let answer = String::from_utf8(client.read_to_end_or_reset()).expect("text");
    assert!(answer.contains("the beginning") && !answer.ends_with("0\r\n\r\n"), "{answer}");
    server.wait_for_log("KeyError: 'in the midst'");
    assert_eq!(server.connect().get("/").text(), "2\n");
}

#[test]
fn a_chunked_body_arrives_however_it_is_read() {
    let server = program("chunked.py", &[]);
    let chunked = "Transfer-Encoding: chunked\r\n";
    let body = "5\r\nhello\r\nc\r\n and the end\r\n0\r\n\r\n";
    for way in ["by_lines", "by_bytes", "by_length", "by_either", "whole"] {
        let sent = format!("{}{body}", request("POST", &format!("/{way}"), chunked));
        assert_eq!(server.connect().call(sent).text(), "hello and the end", "{way}");
    }
    for way in ["by_length", "by_either", "whole"] {
        assert_eq!(server.connect().post(&format!("/{way}"), "hello").text(), "hello", "{way}");
    }
}

#[test]
fn a_program_sees_what_lies_above_its_folder_where_it_is_started_there() {
    let project = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| {
        let file = project.path().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("folders");
        fs::write(file, text).expect("a file");
    };
    put("package.json", "{}");
    put("public/page.txt", "a page");
    put("server/near.txt", "near");
    // A page's own module is no component.
    put("server/page.wasm", "\0asm\u{1}\0\0\0");
    put(
        "server/app.py",
        r#"
import pathlib
from http.server import BaseHTTPRequestHandler, HTTPServer

ROOT = pathlib.Path(__file__).resolve().parent.parent

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        found = [(ROOT / "public/page.txt").read_text(), (ROOT / "server/near.txt").read_text()]
        found.append(str(len((ROOT / "server/page.wasm").read_bytes())))
        try:
            (ROOT / "public/page.txt").write_text("")
        except OSError as error:
            found.append(str(error))
        self.wfile.write(" ".join(found).encode())

HTTPServer(("", 8000), Handler).serve_forever()
"#,
    );
    let serve = |folder: &str, file: &str| {
        let mut command = doverb_tests::server::command(&["--no-watch".to_owned(), file.to_owned()]);
        command.current_dir(project.path().join(folder));
        Server::spawn(command)
    };
    let server = serve("", "server/app.py");
    let answer = server.connect().get("/").text();
    assert_eq!(answer, "a page near 8 [Errno 13] Permission denied: '/app/public/page.txt'");
    server.wait_for_log("--dir ./public::/app/public lets it write there");
    // Who serves a file of a project does not give it the project.
    let inside = serve("server", "app.py");
    let mut client = inside.connect();
    client.send(request("GET", "/", ""));
    inside.wait_for_log(
        "Outside of /app there are only granted directories: --dir HOST_FOLDER::/public grants one.",
    );
}

#[test]
fn threads_run_when_they_are_waited_for() {
    let answer = program("threads.py", &[]).connect().get("/").text();
    let (found, for_ever) = answer.split_once("True, ").unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(found, "[[1, 2], ([1, 2], False), [1, 2], ");
    assert!(for_ever.contains("this would wait for ever: there is one thread"), "{answer}");
}

#[test]
fn what_a_sandbox_lacks_is_said_where_it_is_used() {
    let server = program("absent.py", &[]);
    server.wait_for_log(
        "the program wraps its socket in TLS; only the server speaks it, once it has a certificate and its key",
    );
    let answer = server.connect().get("/").text();
    assert_eq!(answer.lines().count(), 7, "{answer}");
    for line in answer.lines() {
        // A program that is not there is told of in Python's words.
        let is_told = [
            "cannot be used here: ",
            "a socket cannot be wrapped here: ",
            "subprocess: [Errno 2] No such file or directory: 'ls'",
        ];
        assert!(is_told.iter().any(|text| line.contains(text)), "{line}");
    }
    server.wait_for_log("ls cannot be run here: a sandbox has no programs but those of Python");
}

#[test]
fn the_whole_library_can_be_imported_in_a_request() {
    let server = program("library.py", &["--cpu-time", "60s", "--request-timeout", "120s"]);
    assert_eq!(server.connect().get("/").text(), "");
    assert_eq!(server.connect().get("/codecs").text(), "");
}

/// What no sandbox can give, or this Python's hashes have not: it is told in words.
const NOT_HERE: [&str; 3] =
    ["isinstance(os.getloadavg(), tuple)", "shutil.disk_usage(\"/\")", "hashlib.new(\"sm3\""];

/// One line each of what a handler may do with a module of the library.
#[test]
fn the_library_does_in_a_request_what_it_does_under_cpython() {
    let file = repository().join("tests/guests/python/programs/uses.py");
    let python = doverb_tests::python::Python::run(&file);
    let server = program("uses.py", &["--cpu-time", "60s", "--request-timeout", "120s"]);
    let asked = "GET / HTTP/1.1\r\nHost: a\r\nAccept: x\r\nConnection: close\r\n\r\n";
    let answers = [python.connect(), server.connect()].map(|mut client| {
        client.send(asked.as_bytes());
        client.read_response().text()
    });
    let [theirs, ours] = answers.each_ref().map(|text| text.lines().collect::<Vec<_>>());
    assert!(ours.len() > 240 && ours.len() == theirs.len(), "{} of {}", ours.len(), theirs.len());
    let differ = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs);
    let (expected, others): (Vec<_>, Vec<_>) =
        differ.partition(|(ours, _)| NOT_HERE.iter().any(|use_of| ours.contains(use_of)));
    assert!(others.is_empty(), "{others:#?}");
    assert_eq!(expected.len(), NOT_HERE.len(), "{expected:#?}");
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
fn an_application_of_wsgi_finds_the_environment_that_was_granted() {
    let mut command = doverb_tests::server::command(&[
        "--no-watch".to_owned(),
        repository().join("tests/guests/python/programs/environment.py").display().to_string(),
    ]);
    command.args(["--env", "GRANTED=yes"]);
    let server = Server::spawn(command);
    assert_eq!(server.connect().get("/").text(), "yes /app []");
    server.wait_for_log("\"GET / HTTP/1.1\" 200 11");
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

/// What a program of the collection is asked: lines `# > METHOD TARGET BODY` at its beginning.
fn asked(source: &str) -> Vec<Vec<u8>> {
    let lines = source.lines().map_while(|line| line.strip_prefix("# > "));
    let request_of = |line: &str| {
        let mut parts = line.splitn(3, ' ');
        let (method, target) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let body = parts.next().unwrap_or_default().replace("\\r\\n", "\r\n");
        let fields =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        [request(method, target, &fields).as_bytes(), body.as_bytes()].concat()
    };
    lines.map(request_of).collect()
}

/// The same programs under CPython and under Doverb: whatever a client can ask of them, the answers are the same.
#[test]
fn a_collection_of_programs_answers_as_under_cpython() {
    let folder = repository().join("tests/guests/python/collection");
    let mut files: Vec<_> =
        fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "py"));
    files.sort();
    assert!(files.len() >= 12, "{files:?}");
    let mut differ = Vec::new();
    for file in files {
        let name = file.file_name().expect("a name").display().to_string();
        let requests = asked(&fs::read_to_string(&file).expect("a program"));
        let mut command =
            doverb_tests::server::command(&["--no-watch".to_owned(), file.display().to_string()]);
        command.args(["--", "8000"]);
        let server = Server::spawn(command);
        let python = doverb_tests::python::Python::run(&file);
        for sent in requests {
            let ours = facts(&mut server.connect(), &sent);
            let theirs = facts(&mut python.connect(), &sent);
            if ours != theirs {
                let sent = String::from_utf8_lossy(&sent).into_owned();
                differ.push(format!("{name}: {sent}CPython: {theirs:?}\nDoverb: {ours:?}\n"));
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// What of an answer must be the same.
fn facts(client: &mut doverb_tests::Client, sent: &[u8]) -> (u16, Option<String>, String) {
    client.send(sent);
    let is_head = sent.starts_with(b"HEAD ");
    let answer = if is_head { client.read_bodiless() } else { client.read_response() };
    // The words of a page for an error are the host's.
    let is_page = answer.status >= 400 && answer.text().contains("<title>Error response");
    let text = if is_page { String::new() } else { answer.text() };
    (answer.status, answer.field("Content-Type").map(str::to_owned), text)
}

#[test]
fn a_programs_own_server_turns_clients_away_and_is_told_of_failures() {
    let server = program("turns_away.py", &[]);
    assert_eq!(server.connect().get("/fail").status, 500);
    server.wait_for_log("the program was told 127.0.0.1");
    server.wait_for_log("a connection has ended");
    assert_eq!(server.connect().get("/close").text(), "let in");
    let answer = server.connect().get("/");
    assert_eq!((answer.status, answer.field("Connection")), (403, Some("close")));
}

#[test]
fn what_a_program_keeps_of_a_connection_goes_with_it() {
    let server = program("kept.py", &[]);
    let mut kept = server.connect();
    assert_eq!(kept.get("/").text(), "1 handlers, 1 served");
    let closing = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for _ in 0..3 {
        // The answer closes it.
        assert_eq!(server.connect().call(closing).text(), "2 handlers, 1 served");
        // Its client closes it, which the server sees after the answer.
        let mut other = server.connect();
        assert_eq!(other.get("/").text(), "2 handlers, 1 served");
        drop(other);
        eventually("the end of the other's handler", || {
            (server.connect().call(closing).text() == "2 handlers, 1 served").then_some(())
        });
    }
    assert_eq!(kept.get("/").text(), "1 handlers, 2 served");
}
