//! What Python's programs do around their handlers: what they make when they begin, whom they ask before a method, what they
//! run and write by themselves.

use std::fs;
use std::path::{Path, PathBuf};

use doverb_tests::command::doverb_with;
use doverb_tests::server::{command, in_shell};
use doverb_tests::site::Site;
use doverb_tests::{LATER, Server, doverb, repository, request};
use rustix::fs::{CWD, FileType, Mode, mknodat};

fn programs() -> PathBuf {
    repository().join("tests/guests/python/programs")
}

fn program(name: &str, arguments: &[&str]) -> Server {
    Server::of_source(&format!("tests/guests/python/programs/{name}"), arguments)
}

/// A folder with the program that makes files, and nothing else.
fn begins() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["begins.py", "words.txt"] {
        fs::copy(programs().join("begins").join(name), folder.path().join(name)).expect("a file");
    }
    folder
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().display().to_string()).collect();
    names.sort();
    names
}

#[test]
fn what_a_program_makes_and_opens_when_it_begins_is_there() {
    let folder = begins();
    let server = Server::start(&folder.path().join("begins.py"), &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "['new']\nTrue\ntwo\n/first");
    assert_eq!(server.connect().get("/").text(), "['new']\nTrue\nthree\n/first", "the file stays open");
    assert_eq!(server.connect().post("/a", "").text(), "OperationalError", "nobody has granted that");
    server.wait_for_log("--dir .::/app lets it write there");
    assert_eq!(names_in(folder.path()), ["begins.py", "words.txt"], "its author's folder is as it was");
}

#[test]
fn who_writes_where_it_has_made_a_folder_is_told_of_one_that_can_be_granted() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("receives.py");
    fs::copy(programs().join("receives/receives.py"), &file).expect("a file");
    let sent = request("POST", "/", "Content-Type: text/plain; name=a\r\nContent-Length: 4\r\n") + "text";
    let server = Server::start(&file, &["--no-watch"]);
    assert_eq!(server.connect().call(sent.clone()).status, 500);
    server.wait_for_log("--dir .::/app lets it write there");
    let granted =
        Server::start(&file, &["--no-watch", "--dir", &format!("{}::/app", folder.path().display())]);
    let answer = granted.connect().call(sent);
    assert_eq!((answer.status, answer.text()), (201, "text/plain".to_owned()));
    assert_eq!(fs::read_to_string(folder.path().join("received/new/a")).expect("a file"), "text");
}

#[test]
fn with_its_folder_granted_a_program_writes_there_and_what_it_writes_is_no_edit() {
    let folder = begins();
    let grant = format!("{}::/app", folder.path().display());
    for visits in ["/first", "/first,/a,/first"] {
        let server = Server::start(&folder.path().join("begins.py"), &["--watch", "--dir", &grant]);
        assert_eq!(server.connect().get("/").text(), format!("['new']\nTrue\ntwo\n{visits}"));
        if visits == "/first" {
            assert_eq!(server.connect().post("/a", "").text(), "written");
            assert_eq!(fs::read_to_string(folder.path().join("uploads/new/a")).expect("a file"), "text");
            assert_eq!(
                fs::read_to_string(folder.path().join("server.log")).expect("a log"),
                "begins\nposted\n"
            );
            let mark = server.log.lines().len();
            let file = folder.path().join("begins.py");
            let edited = fs::read_to_string(&file).expect("a program") + "\n# edited\n";
            fs::write(file, edited).expect("a program");
            server.log.wait_after(mark, LATER, |line| line.contains("version 2"));
        }
    }
}

#[test]
fn what_the_server_writes_beside_a_program_is_no_file_of_it_and_no_edit() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("visits.py");
    let source = "import doverb, os\nfrom http.server import BaseHTTPRequestHandler\n\
        class Handler(BaseHTTPRequestHandler):\n    \
            def do_GET(self):\n        \
                doverb.store('default')['visits'] += 1\n        \
                self.send_response(200)\n        self.end_headers()\n        \
                self.wfile.write(str(('first', os.listdir('.'))).encode())\n";
    fs::write(&file, source).expect("a program");
    let store = format!("default={}/data.redb", folder.path().display());
    let mut command = command(&["--keyvalue", &store]);
    command.arg(&file);
    let server = Server::spawn(in_shell("", &command, &format!("2>'{}/log'", folder.path().display())));
    let answer = |word: &str| format!("('{word}', ['visits.py'])");
    for _ in 0..3 {
        assert_eq!(server.connect().get("/").text(), answer("first"));
    }
    let log = || fs::read_to_string(folder.path().join("log")).expect("a log");
    assert!(log().contains("GET / HTTP/1.1") && folder.path().join("data.redb").exists(), "{}", log());
    fs::write(&file, source.replace("first", "second")).expect("a program");
    doverb_tests::eventually("the edit is served", || {
        (server.connect().get("/").text() == answer("second")).then_some(())
    });
    assert_eq!(log().matches("reloaded").count(), 1, "{}", log());
}

#[test]
fn what_a_program_makes_when_it_begins_is_made_anew_in_a_folder_that_lacks_it() {
    let folder = begins();
    fs::create_dir(folder.path().join("uploads")).expect("a folder");
    let grant = format!("{}::/app/uploads", folder.path().join("uploads").display());
    for _ in 0..2 {
        let server = Server::start(&folder.path().join("begins.py"), &["--no-watch", "--dir", &grant]);
        assert_eq!(server.connect().get("/").text().lines().next(), Some("['new']"));
        drop(server);
        // The second server has nothing to build, and runs the program no more.
        fs::remove_dir(folder.path().join("uploads/new")).expect("it was made");
    }
}

#[test]
fn a_database_beside_a_program_can_be_read_without_a_grant() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("reads.py");
    let source = "import http.server, os, sqlite3\n\
        if not os.path.exists('made.db'):\n    \
            with sqlite3.connect('made.db') as made: made.executescript('create table a (b); insert into a values (7)')\n\
        class Handler(http.server.BaseHTTPRequestHandler):\n    \
            def do_GET(self):\n        \
                rows = sqlite3.connect('made.db').execute('select b from a').fetchall()\n        \
                self.send_response(200)\n        self.end_headers()\n        self.wfile.write(str(rows).encode())\n\
        http.server.HTTPServer(('', 8000), Handler).serve_forever()\n";
    fs::write(&file, source).expect("a program");
    let server = Server::start(&file, &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "[(7,)]");
}

#[test]
fn who_changes_a_database_that_can_only_be_read_is_told_whatever_the_program_makes_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("writes.py");
    let source = "import http.server, sqlite3\n\
        made = sqlite3.connect('made.db')\n\
        made.execute('create table if not exists a (b)')\n\
        class Handler(http.server.BaseHTTPRequestHandler):\n    \
            def do_GET(self):\n        \
                try:\n            \
                    made.execute('insert into a values (7)')\n            \
                    made.commit()\n            \
                    said = 'written'\n        \
                except sqlite3.Error:\n            \
                    said = 'not written'\n        \
                self.send_response(200)\n        self.end_headers()\n        self.wfile.write(said.encode())\n\
        http.server.HTTPServer(('', 8000), Handler).serve_forever()\n";
    fs::write(&file, source).expect("a program");
    let server = Server::start(&file, &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "not written");
    server.wait_for_log("--dir .::/app lets it write there");
    let granted =
        Server::start(&file, &["--no-watch", "--dir", &format!("{}::/app", folder.path().display())]);
    assert_eq!(granted.connect().get("/").text(), "written");
}

#[test]
fn a_script_of_python_needs_no_ending() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("serve-it");
    fs::write(&script, format!("#!/usr/bin/env python3\n{PLAIN}")).expect("a script");
    let server = Server::start(&script, &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "served");
    fs::write(&script, "#!/bin/sh\n").expect("a script");
    let refused = doverb(&["check", &script.display().to_string()]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.last().is_some_and(|line| line.contains("it is not WebAssembly")), "{refused:?}");
}

#[test]
fn a_program_that_writes_for_ever_when_it_begins_is_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("writes.py");
    let source = "for number in range(1000):\n    open(f'{number}', 'wb').write(bytes(30 << 20))\n";
    fs::write(&file, source).expect("a program");
    let out = folder.path().join("out.wasm").display().to_string();
    let outcome = doverb(&["build", &file.display().to_string(), "-o", &out]);
    assert_eq!(outcome.code, Some(1));
    let said = outcome.stderr.join("\n");
    assert!(said.contains("the program writes more than 64 MiB"), "{said}");
}

#[test]
fn who_is_asked_before_a_method_is_asked() {
    let server = program("looked_at.py", &[]);
    assert_eq!(server.connect().get("/").status, 401);
    assert_eq!(server.connect().call(request("DELETE", "/", "")).status, 401);
    let posted = request("POST", "/place", "X-Key: key\r\nContent-Length: 5\r\n") + "body ";
    assert_eq!(server.connect().call(posted).text(), "body /place");
    assert_eq!(server.connect().call(request("PATCH", "/", "X-Key: key\r\n")).text(), "other PATCH");
}

#[test]
fn of_two_servers_the_program_s_own_is_served() {
    let server = program("two_servers.py", &[]);
    server.wait_for_log("its server for port 9000 is left out: one server is served");
    assert_eq!(server.connect().get("/").text(), "127.0.0.1 True True");
}

#[test]
fn a_server_that_a_thread_serves_may_refuse_everything() {
    let server = program("no_method.py", &[]);
    assert_eq!(server.connect().get("/").status, 501);
    assert_eq!(server.connect().post("/", "").status, 501);
}

#[test]
fn a_head_that_is_written_by_hand_is_checked_like_any_other() {
    let server = program("by_hand.py", &[]);
    let answer = server.connect().get("/");
    assert_eq!((answer.status, answer.text().as_str()), (202, "body"));
    assert_eq!(answer.field("X-Way"), Some("by hand"));
    assert!(answer.head().contains("202 Taken"), "{}", answer.head());
    for path in ["/bad", "/split", "/none"] {
        assert_eq!(server.connect().get(path).status, 500, "{path}");
    }
}

#[test]
fn scripts_of_python_run_in_the_same_interpreter() {
    let server = program("cgi/cgi.py", &[]);
    let answer = server.connect().get("/cgi-bin/script.py?a=1");
    assert_eq!((answer.status, answer.text().as_str()), (200, "GET [] \n"));
    assert_eq!(answer.field("X-Query"), Some("a=1"));
    assert_eq!(server.connect().post("/cgi-bin/script.py", "body").text(), "POST [''] body\n");
    assert_eq!(server.connect().get("/child").text(), "None ['argument'] given 3 1");
    assert_eq!(server.connect().get("/cgi-bin/by-its-line").text(), "by its first line\n");
    assert_eq!(server.connect().get("/cgi-bin/notes.txt").status, 403, "it is no script");
}

#[test]
fn a_program_that_waits_for_more_than_its_clients_in_one_loop_is_served() {
    let server = program("waits_for_several.py", &[]);
    assert_eq!(server.connect().get("/one").text(), "told /one");
    assert_eq!(server.connect().get("/two").text(), "told /two");
}

#[test]
fn a_script_that_lies_in_a_package_runs_in_its_folder() {
    let server = program("package/shop/script.py", &[]);
    let first = r#""""Run as `python -m shop.handler`.""""#;
    assert_eq!(server.connect().get("/").text(), format!("{first} words Thread-1 (process_request_thread)"));
    assert_eq!(server.connect().get("/").text(), format!("{first} words Thread-2 (process_request_thread)"));
}

const HANDLER: &str = "from http.server import BaseHTTPRequestHandler\n\
    class H(BaseHTTPRequestHandler):\n    def do_GET(self): self.send_error(418)\n";

#[test]
fn what_a_program_prints_when_it_begins_is_kept_up_to_a_bound() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("app.py");
    let prints = "import sys\nfor line in range(20_000):\n    print('x' * 100)\n    print('y' * 100, file=sys.stderr)\n";
    fs::write(&file, format!("{prints}{HANDLER}")).expect("a file");
    let server = Server::start(&file, &["--no-watch"]);
    assert_eq!(server.connect().get("/").status, 418);
    fs::write(&file, format!("{prints}{HANDLER}raise ValueError('at the end')\n")).expect("a file");
    let outcome = doverb(&[Path::new("build"), &file]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr.len());
    let said = outcome.stderr.join("\n");
    assert!(said.contains("ValueError: at the end") && said.len() < 200_000, "{} bytes", said.len());
}

#[test]
fn a_program_that_ends_its_interpreter_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, ends) in
        [("exit", "import os\nos._exit(0)\n".to_owned()), ("deep", format!("x = {}1\n", "-".repeat(500_000)))]
    {
        let file = folder.path().join(format!("{name}.py"));
        fs::write(&file, ends + HANDLER).expect("a file");
        let outcome = doverb(&[Path::new("build"), &file]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        let is_told = |line: &String| line.contains("The program has ended its interpreter: ");
        assert!(outcome.stderr.iter().any(is_told), "{outcome:?}");
    }
}

#[test]
fn a_pipe_in_the_place_of_a_program_is_opened_by_nobody() {
    let site = Site::new(&["hello"]);
    let pipe = site.path("pipe.py");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
    let server = site.serve_folder(&["--no-watch"]);
    server.wait_for_log("(pipe.py): it cannot be read: it is no regular file; it is not served");
    assert_eq!(server.connect().get("/hello").text(), "Hello, World!");
}

/// A folder with a program that serves `text`, and a list of packages.
fn with_a_list(text: &str, list: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("app.py");
    fs::write(&file, text).expect("a file");
    fs::write(folder.path().join("requirements.txt"), list).expect("a file");
    (folder, file)
}

const PLAIN: &str = "from http.server import BaseHTTPRequestHandler\nclass Handler(BaseHTTPRequestHandler):\n    \
    def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n        self.wfile.write(b'served')\n";

/// An index of packages that nobody has, and that is asked once.
const NO_INDEX: [(&str, &str); 2] = [("PIP_INDEX_URL", "http://127.0.0.1:1/simple"), ("PIP_RETRIES", "1")];

#[test]
fn packages_that_cannot_be_fetched_are_missing_only_to_who_imports_them() {
    let text = format!("# It may need no_such_package and legacy_cgi.\n{PLAIN}");
    let (folder, file) = with_a_list(&text, "no-such-package==1\nlegacy-cgi\n");
    let mut command = command(&["--no-watch".to_owned(), file.display().to_string()]);
    command.envs(NO_INDEX);
    let server = Server::spawn(command);
    assert_eq!(server.connect().get("/").text(), "served");
    server.wait_for_log(
        "the index of packages cannot be reached, and for now these are left out: no-such-package, legacy-cgi",
    );
    drop(server);
    for (import, needed) in [("no_such_package", "no-such-package"), ("cgi", "legacy-cgi")] {
        fs::write(&file, format!("import {import}\n{PLAIN}")).expect("a file");
        let out = folder.path().join("out.wasm").display().to_string();
        let outcome = doverb_with(&["build", &file.display().to_string(), "-o", &out], &NO_INDEX);
        assert_eq!(outcome.code, Some(1));
        let said = outcome.stderr.last().expect("a line");
        let expected = format!(
            "app.py: it needs {needed}, which could not be installed: the index of packages cannot be reached"
        );
        assert!(said.ends_with(&expected), "{said}");
    }
}

#[test]
fn packages_that_a_program_imports_nowhere_are_not_looked_for() {
    let (_folder, file) = with_a_list(PLAIN, "no-such-package==1\nanother>=2\n");
    let mut command = command(&["--no-watch".to_owned(), file.display().to_string()]);
    command.envs(NO_INDEX);
    let server = Server::spawn(command);
    assert_eq!(server.connect().get("/").text(), "served");
    server.wait_for_log(
        "what the program does not import is left out of requirements.txt: no-such-package, another",
    );
    assert!(!server.log.lines().iter().any(|line| line.contains("cannot be reached")), "nobody was asked");
}

#[test]
fn what_a_program_turns_out_to_import_is_installed_after_all() {
    let hidden = "import builtins\ngetattr(builtins, '__imp' + 'ort__')('no_such' + '_package')\n";
    let (folder, file) = with_a_list(&format!("{hidden}{PLAIN}"), "no-such-package==1\n");
    let out = folder.path().join("out.wasm").display().to_string();
    let outcome = doverb_with(&["build", &file.display().to_string(), "-o", &out], &NO_INDEX);
    assert_eq!(outcome.code, Some(1));
    let said = outcome.stderr.join("\n");
    assert!(said.contains("left out of requirements.txt: no-such-package"), "{said}");
    let expected =
        "it needs no-such-package, which could not be installed: the index of packages cannot be reached";
    assert!(said.ends_with(expected), "{said}");
}

#[test]
fn a_program_that_looks_above_its_folder_is_told_where_to_start_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let scripts = folder.path().join("scripts");
    fs::create_dir(&scripts).expect("a folder");
    fs::write(folder.path().join("page.html"), "above").expect("a file");
    let file = scripts.join("serve.py");
    let text = "import pathlib\nROOT = pathlib.Path(__file__).resolve().parent.parent\n";
    fs::write(&file, format!("{text}{}", PLAIN.replace("b'served'", "(ROOT / 'page.html').read_bytes()")))
        .expect("a file");
    let said = "it looks for files above its own folder, and sees none there. Start it from the folder above: \
        doverb serve FOLDER/serve.py";
    let server = Server::start(&file, &["--no-watch"]);
    server.wait_for_log(said);
    assert_ne!(server.connect().get("/").text(), "above");
    let mut command = command(&["--no-watch".to_owned(), "scripts/serve.py".to_owned()]);
    command.current_dir(folder.path());
    let server = Server::spawn(command);
    assert_eq!(server.connect().get("/").text(), "above");
}

#[test]
fn a_handler_that_has_nothing_to_do_with_http_is_refused_and_one_that_answers_anything_else_fails() {
    let (folder, file) = with_a_list(
        "import socketserver\nclass Echo(socketserver.BaseRequestHandler):\n    def handle(self):\n        \
         self.request.sendall(self.request.recv(100).upper())\n\
         socketserver.TCPServer(('', 8000), Echo).serve_forever()\n",
        "",
    );
    let out = folder.path().join("out.wasm").display().to_string();
    let outcome = doverb(&["build", &file.display().to_string(), "-o", &out]);
    assert_eq!(outcome.code, Some(1));
    let said = outcome.stderr.last().expect("a line");
    let expected = "its server hands what comes to Echo, which speaks no HTTP: Doverb serves that alone. Derive it from \
        http.server.BaseHTTPRequestHandler, with a do_GET";
    assert!(said.ends_with(expected), "{said}");
    let text = fs::read_to_string(&file).expect("the file");
    fs::write(&file, format!("# It knows of HTTP/1.1.\n{text}")).expect("a file");
    let server = Server::start(&file, &["--no-watch"]);
    assert_eq!(server.connect().get("/").status, 500);
    server.wait_for_log("ValueError: it answers with b'GET / HTTP/1.1");
    server.wait_for_log("and that is no HTTP, which is all that Doverb serves");
}

#[test]
fn a_program_that_asks_for_another_process_goes_on_as_the_one_that_serves() {
    for (name, says, goes_on) in [
        ("daemon", "from the background", "child"),
        ("workers", "from a worker", "child"),
        ("ticks", "from the parent of 2, with 0 ticks", "parent"),
    ] {
        let server = program(&format!("forks/{name}.py"), &[]);
        assert_eq!(server.connect().get("/").text(), says);
        server.wait_for_log(&format!("there is one here, which goes on as the {goes_on}"));
    }
}

#[test]
fn where_processes_are_for_requests_one_does_what_all_would() {
    let server = program("forks/mixin.py", &[]);
    assert_eq!(server.connect().get("/").text(), "49 0 [1, 4, 9]");
    let daemon = program("forks/daemon.py", &[]);
    assert_eq!(daemon.connect().get("/fork").status, 500);
    daemon.wait_for_log("os.fork cannot be used here");
    assert_eq!(daemon.connect().get("/").status, 200, "it goes on");
}

#[test]
fn who_writes_where_no_sandbox_has_a_folder_is_told_what_grants_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("far.py");
    for (writes, grant) in [
        ("import os\nos.makedirs('/mnt/far/away', exist_ok=True)\n", "--dir HOST_FOLDER::/mnt grants one"),
        ("open('../data/list.json', 'w').close()\n", "--dir ../data::/data grants one"),
    ] {
        fs::write(&file, writes.to_owned() + HANDLER).expect("a file");
        let outcome = doverb(&[Path::new("build"), &file]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.stderr.iter().any(|line| line.contains(grant)), "{outcome:?}");
    }
}

#[test]
fn files_that_are_too_many_for_a_component_can_be_read_where_they_lie() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("media.py");
    let serves = "from http.server import HTTPServer, SimpleHTTPRequestHandler\n\
        HTTPServer(('', 8000), SimpleHTTPRequestHandler).serve_forever()\n";
    fs::write(&file, serves).expect("a file");
    let film = fs::File::create(folder.path().join("film.mp4")).expect("a file");
    film.set_len(65 << 20).expect("room for a file with nothing in it");
    fs::write(folder.path().join("page.html"), "a page").expect("a file");
    let server = Server::start(&file, &["--no-watch"]);
    let grant = format!("--dir {}::/app:ro", folder.path().display());
    server.wait_for_log(&grant);
    assert_eq!(server.connect().get("/page.html").status, 404);
    let granted =
        Server::start(&file, &["--no-watch", "--dir", grant.strip_prefix("--dir ").expect("a flag")]);
    assert_eq!(granted.connect().get("/page.html").text(), "a page");
}

#[test]
fn an_object_that_fails_whatever_it_is_asked_is_not_asked() {
    let server = program("proxies.py", &[]);
    assert_eq!(server.connect().get("/a").text(), "/a");
}
