//! Files written for Python's http.server, served as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use doverb_tests::command::{NO_TOOLS, doverb_with, run};
use doverb_tests::examples::{expect_echo, expect_hello};
use doverb_tests::site::serve;
use doverb_tests::{LATER, Outcome, Server, doverb, guest, repository, request};
use serde_json::{Value, json};

fn members(arguments: &[&str]) -> Server {
    Server::of_source("tests/guests/python/members", arguments)
}

/// A folder with a Python file.
fn folder(source: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("app.py");
    fs::write(&file, source).expect("a file");
    (folder, file)
}

fn build(file: &Path, arguments: &[&str]) -> Outcome {
    let out = file.with_file_name("out.wasm");
    let paths = ["build", file.to_str().expect("UTF-8"), "-o", out.to_str().expect("UTF-8")];
    doverb(&[&paths, arguments].concat())
}

/// It is refused with status 1, and the last line says why.
fn refusal(file: &Path, arguments: &[&str]) -> String {
    let outcome = build(file, arguments);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    let line = outcome.stderr.last().expect("a line").clone();
    let prefix = format!("doverb: {}: ", file.display());
    line.strip_prefix(&prefix).unwrap_or_else(|| panic!("{line}")).to_owned()
}

const HANDLER: &str = "from http.server import BaseHTTPRequestHandler\n\
    class Handler(BaseHTTPRequestHandler):\n    def do_GET(self): pass\n";

#[test]
fn the_example_hello_is_the_yardstick() {
    expect_hello(&Server::of_source("guest/examples/python-hello/app.py", &[]));
}

#[test]
fn a_thousand_connections_fit_in_512_mib() {
    let server = Server::of_source("guest/examples/python-hello/app.py", &["--quiet", "--threads", "2"]);
    let mut clients: Vec<_> = (0..1_000).map(|_| server.connect()).collect();
    clients.iter_mut().for_each(|client| {
        client.send(request("GET", "/", ""));
    });
    clients.iter_mut().for_each(|client| assert_eq!(client.read_response().text(), "Hello, World!"));
    let peak = server.peak_memory();
    assert!(peak < 512 << 20, "{} MiB", peak >> 20);
}

#[test]
fn connections_that_share_an_instance_have_handlers_of_their_own() {
    let server = members(&["--threads", "1", "--workers", "1"]);
    let (mut one, mut other) = (server.connect(), server.connect());
    let count = |client: &mut doverb_tests::Client| {
        let facts: Value = serde_json::from_str(&client.get("/facts").text()).expect("JSON");
        facts["count"].as_u64()
    };
    let counts = [count(&mut one), count(&mut other), count(&mut one), count(&mut one), count(&mut other)];
    assert_eq!(counts, [Some(1), Some(1), Some(2), Some(3), Some(2)]);
    drop(one);
    server.wait_for_log("<finished after 3 requests>");
    assert_eq!(count(&mut other), Some(3));
}

#[test]
fn the_example_echo_streams_in_constant_memory() {
    expect_echo(&Server::of_source("guest/examples/python-echo", &["--cpu-time", "120s"]));
}

#[test]
fn the_example_playground_runs_what_its_visitors_type() {
    let server = Server::of_source("guest/examples/python-playground", &["--cpu-time", "2s"]);
    let run = |program: &str| server.connect().post("/", format!("program={program}"));
    let output = |program: &str| {
        let page = run(program).text();
        let (_, output) = page.split_once("<pre id=\"output\">").expect("an output");
        output.split_once("</pre>").expect("its end").0.to_owned()
    };
    assert_eq!(output("import+math%0D%0Aprint(math.gcd(12%2C+18))%0D%0A6*7"), "6\n42\n");
    let traceback = output("def+f()%3A%0A++return+1/0%0Af()");
    assert!(traceback.contains("File &quot;program&quot;, line 2, in f\n    return 1/0\n"), "{traceback}");
    assert!(traceback.ends_with("ZeroDivisionError: division by zero\n"), "{traceback}");
    assert!(output("open('/etc/passwd')").contains("FileNotFoundError"));
    assert_eq!(run("while+True%3A+pass").status, 504);
    assert_eq!(output("1"), "1\n", "others notice nothing");
}

#[test]
fn the_attributes_of_a_request_are_those_of_python() {
    let server = members(&[]);
    let mut client = server.connect();
    client.get("/nothing-yet");
    let mut client = server.connect();
    let facts = |client: &mut doverb_tests::Client| -> Value {
        let head = "GET //facts?a=%20b HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a:  two \r\n\r\n";
        serde_json::from_str(&client.call(head).text()).expect("JSON")
    };
    let mut expected = json!({
        "client": 2, "server": true, "requestline": "GET //facts?a=%20b HTTP/1.1",
        "raw": "GET //facts?a=%20b HTTP/1.1\r\n", "command": "GET", "path": "/facts?a=%20b", "version": "HTTP/1.1",
        "scheme": "http",
        "headers": "Message", "x": ["1", "two "], "colour": "blue", "count": 1, "close": false,
        "protocol": "HTTP/1.1", "class": "BaseRequestHandler", "changed": "/changed",
    });
    assert_eq!(facts(&mut client), expected);
    expected["count"] = json!(2);
    assert_eq!(facts(&mut client), expected, "state lasts, and a path that was set is gone");
}

#[test]
fn a_server_says_where_the_handler_is_mounted_unless_it_says_so_itself() {
    let handler = "from http.server import BaseHTTPRequestHandler, HTTPServer\n\
        class Handler(BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.send_response(200)\n        \
        self.end_headers()\n        self.wfile.write(self.server.mount.encode())\n";
    let main = format!("{handler}server = HTTPServer(('', 8000), Handler)\nserver.serve_forever()\n");
    let own = main.replace("server.serve", "server.mount = 'mine'\nserver.serve");
    let folders = [handler, &main, &own].map(folder);
    let place = |path: &str, (_, file): &(tempfile::TempDir, PathBuf)| format!("{path}={}", file.display());
    let places = ["/class", "/main/", "/own"].iter().zip(&folders).map(|(path, file)| place(path, file));
    let server = serve(&places.collect::<Vec<_>>(), &["--no-watch"]);
    for (path, mount) in [("/class", "/class/"), ("/main/x", "/main/"), ("/own", "mine")] {
        assert_eq!(server.connect().get(path).text(), mount, "{path}");
    }
}

#[test]
fn overrides_take_part_in_every_answer() {
    let server = members(&[]);
    let mut client = server.connect();
    let response = client.get("/facts");
    assert_eq!(
        response.names(),
        ["Server", "Date", "Content-Type", "Content-Length", "Access-Control-Allow-Origin"]
    );
    let version = response.field("Server").expect("a Server field");
    assert!(version.starts_with("Members/2 Python/3.") && version.ends_with(" (test)"), "{version}");
    server.wait_for_log("<\"GET /facts HTTP/1.1\" 200 ->");
    let response = client.get("/none");
    assert_eq!((response.status, response.field("Access-Control-Allow-Origin")), (404, Some("*")));
    assert_eq!(response.field("Content-Type"), Some("text/plain"));
    assert_eq!(response.text(), "404: Not Found (there is no &lt;such&gt; page)\n");
    server.wait_for_log("<code 404, message Not Found>");
    client.expect_end();
    server.wait_for_log("<finished after 2 requests>");
    // What the host refuses goes through them as well.
    let response = server.connect().call("GET / HTTP/9.9\r\n\r\n");
    assert_eq!((response.status, response.field("Access-Control-Allow-Origin")), (505, Some("*")));
    assert!(response.text().starts_with("505: Invalid HTTP version (9.9) ("), "{}", response.text());
}

/// Nearly every program has one, to be quiet. It is not called, which nobody can tell, until there is another in its place.
#[test]
fn a_log_message_that_does_nothing_is_quiet_and_what_takes_its_place_is_called() {
    let (_folder, file) = folder(
        "from http.server import BaseHTTPRequestHandler\n\n\n\
         class Quiet(BaseHTTPRequestHandler):\n    \
             def do_GET(self):\n        \
                 self.send_response(200)\n        \
                 self.end_headers()\n        \
                 if self.path == '/loud':\n            \
                     type(self).log_message = lambda self, format, *args: print('loud', format % args)\n\n    \
             def log_message(self, format, *args):\n        \
                 pass\n",
    );
    let server = Server::start(&file, &["--no-watch"]);
    for path in ["/quiet", "/loud", "/then"] {
        assert_eq!(server.connect().get(path).status, 200);
    }
    server.wait_for_log("loud \"GET /then HTTP/1.1\" 200 -");
    assert!(server.logged("GET /quiet").is_empty() && server.logged("GET /loud").is_empty());
}

#[test]
fn methods_that_reading_does_not_show_are_found_as_python_finds_them() {
    let server = members(&[]);
    for method in ["SPAM", "M_SEARCH"] {
        assert_eq!(server.connect().call(request(method, "/", "")).text(), method);
    }
    let response = server.connect().call(request("spam", "/", ""));
    assert_eq!(response.status_line, "HTTP/1.1 501 Unsupported method ('spam')");
}

#[test]
fn rfile_and_wfile_are_io_objects() {
    let server = members(&[]);
    let mut client = server.connect();
    let body = client.post("/", "a line\nabcdefgh").text();
    assert_eq!(serde_json::from_str::<Value>(&body).expect("JSON"), json!(["a line\n", "abc", 5, 15]));
    let response = client.get("/wrong-type").text();
    assert!(response.contains("bytes-like object is required, not 'str'"), "{response}");
    assert!(response.ends_with(" and views"), "{response}");
    let response = client.get("/unicode");
    assert_eq!(response.field("X-Refused"), Some("UnicodeEncodeError"));
}

#[test]
fn imports_in_functions_environment_and_files_work() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("in.txt"), "from the host").expect("a file");
    let dir = format!("{}::/data:ro", folder.path().display());
    let server = members(&["--env", "COLOUR=green", "--dir", &dir]);
    let mut client = server.connect();
    assert_eq!(client.get("/lazy").text(), "(0.0, 1.0, 1) late 2026");
    assert_eq!(client.get("/environment").text(), "green");
    assert_eq!(client.get("/files").text(), "from the host");
}

#[test]
fn instances_do_not_draw_the_same_random_numbers() {
    let server = members(&["--isolation", "request"]);
    let draw = || server.connect().get("/random").text();
    assert_ne!(draw(), draw());
}

#[test]
fn an_exception_is_a_500_and_a_traceback_as_python_prints_it() {
    let server = members(&[]);
    let mut client = server.connect();
    let response = client.get("/fails");
    assert_eq!((response.status, response.field("Connection")), (500, Some("close")));
    assert!(!response.text().contains("asked for"), "the client learns nothing: {}", response.text());
    server.wait_for_log("ValueError: asked for by /fails");
    let lines = server.logged("stderr: ");
    let start = lines.iter().position(|line| {
        line.contains("Exception occurred during processing of request from ('127.0.0.1', ")
    });
    let shown: Vec<&str> = lines[start.expect("Python's words")..]
        .iter()
        .filter_map(|line| line.split_once("stderr: "))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(shown[1], "Traceback (most recent call last):", "{shown:#?}");
    let of = |text: &str| {
        shown.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {shown:#?}"))
    };
    assert!(of("File \"app.py\", line ") < of("    pages.fail(self.path)"), "{shown:#?}");
    assert!(
        of("File \"pages/__init__.py\", line 2, in fail")
            < of("    raise ValueError(f\"asked for by {path}\")"),
        "{shown:#?}"
    );
    for path in ["/exits", "/nothing"] {
        assert_eq!(server.connect().get(path).status, 500, "{path}");
    }
    assert_eq!(server.connect().get("/environment").status, 200, "the next request is served");
}

#[test]
fn an_exception_behind_the_head_cuts_the_connection() {
    let server = members(&[]);
    let mut client = server.connect();
    client.send(request("GET", "/fails-late", ""));
    let answer = String::from_utf8(client.read_to_end_or_reset()).expect("text");
    assert!(answer.contains("the beginning") && !answer.ends_with("0\r\n\r\n"), "{answer}");
    server.wait_for_log("RuntimeError: late");
    assert_eq!(server.connect().get("/environment").status, 200);
}

#[test]
fn a_raw_connection_is_pythons_too() {
    let server = members(&[]);
    let mut client = server.connect();
    client.send(request("GET", "/upgrade", "Connection: upgrade\r\nUpgrade: shout\r\n"));
    client.read_until(b"\r\n\r\n");
    client.send("hello\n");
    assert_eq!(client.take(8), b"HELLO\n> ");
    client.end_sending();
    client.expect_end();
}

#[test]
fn simple_http_request_handler_serves_a_granted_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a file.txt"), "content").expect("a file");
    fs::create_dir(folder.path().join("sub")).expect("a folder");
    fs::write(folder.path().join("sub/index.html"), "<h1>index</h1>").expect("a file");
    let dir = format!("{}::/www:ro", folder.path().display());
    let server =
        Server::of_source("tests/guests/python/files/app.py", &["--protocol", "HTTP/1.1", "--dir", &dir]);
    let mut client = server.connect();
    let listing = client.get("/").text();
    assert!(
        listing.contains("<a href=\"a%20file.txt\">a file.txt</a>") && listing.contains("sub/"),
        "{listing}"
    );
    let file = client.get("/a%20file.txt");
    assert_eq!((file.text(), file.field("Content-Type")), ("content".to_owned(), Some("text/plain")));
    let since = file.field("Last-Modified").expect("its time").to_owned();
    let fields = format!("If-Modified-Since: {since}\r\n");
    assert_eq!(client.call(request("GET", "/a%20file.txt", &fields)).status, 304);
    let moved = client.get("/sub?q");
    assert_eq!((moved.status, moved.field("Location")), (301, Some("/sub/?q")));
    assert_eq!(client.get("/sub/").text(), "<h1>index</h1>");
    assert_eq!(client.get("/none").status, 404);
    let outside = server.connect().get("/../../etc/passwd");
    assert_eq!(outside.status, 404);
}

#[test]
fn an_edit_of_the_file_or_of_a_module_beside_it_is_taken_up() {
    let source = "from http.server import BaseHTTPRequestHandler\nimport words\n\n\nclass Handler(BaseHTTPRequestHandler):\n\
        \x20   def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n\
        \x20       self.wfile.write(words.WORDS)\n";
    let (folder, file) = folder(source);
    let module = folder.path().join("words.py");
    fs::write(&module, "WORDS = b'one'\n").expect("a file");
    let server = Server::start(&file, &["--watch"]);
    assert_eq!(server.connect().get("/").text(), "one");
    let mut mark = server.log.lines().len();
    let mut edit = |path: &Path, content: &str, text: &str| {
        fs::write(path, content).expect("a file");
        server.log.wait_after(mark, LATER, |line| line.contains(text));
        mark = server.log.lines().len();
        server.connect().get("/").text()
    };
    assert_eq!(edit(&module, "WORDS = b'two'\n", "version 2"), "two");
    assert_eq!(edit(&file, "from http.server import (\n", "app.py:1:"), "two");
    assert_eq!(edit(&file, &source.replace("words.WORDS", "b'three'"), "version 3"), "three");
}

#[test]
fn a_file_without_a_handler_or_with_several_is_refused() {
    let (_folder, file) = folder("class Other: pass\n");
    assert!(
        refusal(&file, &[])
            .starts_with("there is no handler in it. Derive a class from http.server.BaseHTTPRequestHandler")
    );
    let (_folder, file) =
        folder(&format!("{HANDLER}class Second(BaseHTTPRequestHandler):\n    def do_POST(self): pass\n"));
    assert_eq!(
        refusal(&file, &[]),
        "it has several handler classes: Handler, Second. Choose one with --class NAME"
    );
    assert_eq!(
        refusal(&file, &["--class", "Third"]),
        "there is no handler class 'Third' in it. It has Handler, Second"
    );
    let (_folder, file) = folder("import http.server\nclass H(http.server.BaseHTTPRequestHandler): pass\n");
    assert_eq!(refusal(&file, &[]), "its class H has no do_* method. Add one: def do_GET(self)");
}

#[test]
fn a_class_is_chosen_by_its_name() {
    let (_folder, file) =
        folder(&format!("{HANDLER}class Second(BaseHTTPRequestHandler):\n    def do_POST(self): pass\n"));
    let outcome = build(&file, &["--class", "Second"]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert!(outcome.stdout[0].ends_with(", serves POST"), "{outcome:#?}");
}

#[test]
fn what_does_not_compile_is_named_by_file_and_line() {
    let (_folder, file) = folder(&format!("{HANDLER}\nx = (\n"));
    let outcome = build(&file, &[]);
    assert!(outcome.stderr[0].starts_with("app.py:5:5: SyntaxError: "), "{outcome:#?}");
    assert_eq!(
        outcome.stderr.last().expect("a line"),
        &format!("doverb: {}: it does not build (1 error above). Fix it and try again", file.display())
    );
}

#[test]
fn an_exception_at_import_is_shown_as_python_shows_it() {
    let (_folder, file) = folder(&format!("{HANDLER}\n\ndef number():\n    return int('x')\n\n\nnumber()\n"));
    let outcome = build(&file, &[]);
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    let expected =
        ["Traceback (most recent call last):", "  File \"app.py\", line 10, in <module>", "    number()"];
    assert_eq!(outcome.stderr[..3], expected, "{outcome:#?}");
    assert!(
        outcome.stderr.contains(&"ValueError: invalid literal for int() with base 10: 'x'".to_owned()),
        "{outcome:#?}"
    );
}

/// A wheel is an archive with the package and a few words about it.
fn wheel(folder: &Path, name: &str, tag: &str) -> PathBuf {
    let script = "import sys, zipfile\n\
        path, name, tag = sys.argv[1:]\n\
        with zipfile.ZipFile(path, 'w') as wheel:\n\
        \x20   info = name + '-1.0.dist-info/'\n\
        \x20   speed = '' if 'any' in tag else '\\ntry:\\n    from . import speed\\nexcept ImportError:\\n    pass\\n'\n\
        \x20   need = 'from . import speed\\n' if name == 'needs' else ''\n\
        \x20   wheel.writestr(name + '/__init__.py', need + 'GREETING = b\"from a package\"\\n' + speed)\n\
        \x20   if speed: wheel.writestr(name + '/speed.abi3.so', 'native')\n\
        \x20   wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: ' + name + '\\nVersion: 1.0\\n')\n\
        \x20   wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: ' + tag + '\\n')\n\
        \x20   wheel.writestr(info + 'RECORD', '')\n";
    let path = folder.join(format!("{name}-1.0-{tag}.whl"));
    let mut python = Command::new("python3");
    python.args(["-c", script]).arg(&path).args([name, tag]);
    assert_eq!(run(python, LATER).code, Some(0));
    path
}

#[test]
fn pure_packages_of_requirements_txt_are_bundled() {
    let (folder, file) = folder(
        "from http.server import BaseHTTPRequestHandler\nfrom greetings import GREETING\n\n\nclass Handler(BaseHTTPRequestHandler):\n\
         \x20   def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n        self.wfile.write(GREETING)\n",
    );
    let wheel = wheel(folder.path(), "greetings", "py3-none-any");
    fs::write(folder.path().join("requirements.txt"), format!("{}\n", wheel.display())).expect("a file");
    let server = Server::start(&file, &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "from a package");
}

#[test]
fn a_package_goes_without_its_compiled_part_and_one_that_cannot_is_named() {
    let program = |package: &str| {
        format!(
            "from http.server import BaseHTTPRequestHandler\nfrom {package} import GREETING\n\n\nclass Handler(BaseHTTPRequestHandler):\n\
             \x20   def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n        self.wfile.write(GREETING)\n"
        )
    };
    let (folder, file) = folder(&program("greetings"));
    let wheels = ["greetings", "needs"].map(|name| wheel(folder.path(), name, "py3-none-linux_x86_64"));
    let list = wheels.map(|wheel| format!("{}\n", wheel.display())).concat();
    fs::write(folder.path().join("requirements.txt"), list).expect("a file");
    let server = Server::start(&file, &["--no-watch"]);
    assert_eq!(server.connect().get("/").text(), "from a package");
    fs::write(&file, program("needs")).expect("a file");
    let refusal = refusal(&file, &[]);
    let expected = "it needs needs, which is compiled, and a component runs pure Python alone. Take one of pure Python \
                    in its place, or ask a server that has it (--allow-http HOST)";
    assert_eq!(refusal, expected);
}

#[test]
fn a_package_that_cannot_be_installed_is_no_hindrance_unless_it_is_imported() {
    let program = "from http.server import BaseHTTPRequestHandler\n\nclass Handler(BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.send_error(404)\n";
    let (folder, file) = folder(program);
    let wheel = wheel(folder.path(), "native", "cp314-cp314-manylinux_2_17_x86_64");
    // As a shell of Windows writes it.
    let list = format!("\u{feff}{}\r\n", wheel.display());
    let list: Vec<u8> = list.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.path().join("requirements.txt"), list).expect("a file");
    let server = Server::start(&file, &["--no-watch"]);
    assert_eq!(server.connect().get("/").status, 404);
    fs::write(&file, format!("import native\n{program}")).expect("a file");
    let refusal = refusal(&file, &[]);
    assert!(refusal.starts_with("it needs native, which could not be installed: "), "{refusal}");
    assert!(refusal.contains("native-1.0-cp314"), "{refusal}");
}

#[test]
fn a_missing_tool_is_one_line_that_says_how_to_install_it() {
    let hello = repository().join("guest/examples/python-hello/app.py");
    // Where the base was made before, none is needed any more.
    let cache = tempfile::tempdir().expect("a folder");
    let cache = ("DOVERB_CACHE_DIR", cache.path().to_str().expect("UTF-8"));
    let nothing: Vec<_> = NO_TOOLS.into_iter().chain([cache]).collect();
    let outcome = doverb_with(&["serve", hello.to_str().expect("UTF-8")], &nothing);
    assert_eq!(outcome.code, Some(1));
    let [line] = &outcome.stderr[..] else { panic!("{outcome:#?}") };
    assert!(
        line.contains(
            "componentize-py is missing. Install it: python3 -m venv ~/.local/share/doverb/tools && "
        ),
        "{line}"
    );
    assert!(line.ends_with("pip install componentize-py==0.25.1"), "{line}");
}

#[test]
fn programs_in_a_folder_of_handlers_do_not_see_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = "import os\nfrom http.server import BaseHTTPRequestHandler\n\
        class Handler(BaseHTTPRequestHandler):\n    def do_GET(self):\n        self.send_response(200)\n\
        \x20       self.end_headers()\n        names = os.listdir('/app') if os.path.isdir('/app') else []\n\
        \x20       self.wfile.write(repr([name for name in names if 'wasm' in name or 'two' in name]).encode())\n";
    fs::write(folder.path().join("one.py"), source).expect("a file");
    fs::write(folder.path().join("two.py"), source).expect("a file");
    fs::copy(guest("hello"), folder.path().join("index.wasm")).expect("a file");
    let server = Server::start(folder.path(), &["--no-watch"]);
    assert_eq!(server.connect().get("/one/x").text(), "[]");
    assert_eq!(server.connect().get("/two/").text(), "[]");
    assert_eq!(server.connect().get("/").text(), "Hello, World!");
}
