//! Members of Python's class that no other file is about, each on the wire or in the log.

use doverb_tests::{Client, LATER, Server, request};

/// Whether the server kept the connection after this request, and what `close_connection` was before it.
fn persists(server: &Server, query: &str, version: &str, connection: &str) -> (bool, String) {
    let mut client = server.connect();
    let fields = if connection.is_empty() { String::new() } else { format!("Connection: {connection}\r\n") };
    let response = client.call(format!("GET /persist?{query} HTTP/{version}\r\nHost: a\r\n{fields}\r\n"));
    assert_eq!(response.status, 200, "{}", response.head());
    let says_close = response.field("Connection") == Some("close");
    let kept = !closes(&mut client);
    let speaks_1_1 = response.status_line.starts_with("HTTP/1.1");
    assert_eq!(speaks_1_1 && !kept, says_close, "what it says is what it does: {}", response.head());
    let before = response.text();
    (kept, before)
}

/// A next request gets an answer or an end, so this need not wait for anything not to happen.
fn closes(client: &mut Client) -> bool {
    client.send_what_it_takes(request("GET", "/close", ""));
    client.read_to_end_or_reset().is_empty()
}

#[test]
fn every_combination_of_versions_and_connection_persists_as_in_python() {
    let server = Server::of("probe");
    for protocol in ["HTTP/1.0", "HTTP/1.1"] {
        for version in ["1.0", "1.1"] {
            for connection in ["", "close", "keep-alive", "Keep-Alive", "x, close", "upgrade"] {
                let wish = connection.to_ascii_lowercase();
                let keeps = protocol == "HTTP/1.1"
                    && !wish.contains("close")
                    && (version == "1.1" || wish == "keep-alive");
                let outcome = persists(&server, &format!("protocol={protocol}"), version, connection);
                let expected = (keeps, (!keeps).to_string());
                assert_eq!(outcome, expected, "{protocol}, {version}, {connection:?}");
            }
        }
    }
}

#[test]
fn a_handler_may_close_what_would_persist_but_not_keep_what_its_client_closes() {
    let server = Server::of("probe");
    assert!(!persists(&server, "close=true", "1.1", "").0);
    assert!(!persists(&server, "connection=close", "1.1", "").0, "a Connection field says it too");
    assert!(persists(&server, "close=false", "1.1", "").0);
    assert!(!persists(&server, "close=false", "1.1", "close").0);
    assert!(!persists(&server, "close=false", "1.0", "").0);
    assert!(persists(&server, "protocol=HTTP/1.0&close=false", "1.1", "").0, "in HTTP/1.0 too, as in Python");
}

#[test]
fn the_clients_address_may_be_of_ipv6() {
    let server = Server::with("probe", &["--bind", "::1"]);
    let mut client = server.connect();
    let report = client.get("/headers").text();
    let (local, port) = (client.local_address(), server.address().port());
    for line in
        [format!("client_address=::1:{}", local.port()), format!("server=::1:{port} (\"::1\", {port})")]
    {
        assert!(report.lines().any(|other| other == line), "{line}:\n{report}");
    }
    server.wait_for_log("::1 - - [");
}

#[test]
fn text_is_written_in_iso_8859_1() {
    let server = Server::of("probe");
    let response = server.connect().get("/latin-1?times=300");
    assert_eq!(response.body, (0..=255).collect::<Vec<u8>>().repeat(300));
    server.wait_for_log("write-text: ");
    assert_eq!(
        server.logged("write-text: over the bound of 76800 bytes").len(),
        1,
        "{:?}",
        server.log.lines()
    );
}

#[test]
fn a_client_that_takes_no_text_is_given_up() {
    let server = Server::with("probe", &["--client-timeout", "300ms"]);
    let mut client = server.connect();
    client.send(request("GET", "/latin-1?times=1000000", ""));
    server.wait_for_log("write-text: the client took too long");
}

#[test]
fn flush_headers_sends_the_head_so_far() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("POST", "/flush-headers", "Content-Length: 4\r\n"));
    let first = String::from_utf8(client.read_until(b"X-First: 1\r\n")).expect("ASCII");
    assert!(first.starts_with("HTTP/1.1 200 OK\r\nServer: "), "{first}");
    assert!(!client.has_something(), "the rest is yet to come");
    client.send("body");
    let rest = String::from_utf8(client.read_until(b"\r\n\r\n")).expect("ASCII");
    assert_eq!(rest, "X-Second: 2\r\nContent-Length: 4\r\n\r\n");
    assert_eq!(client.take(4), b"body");
    assert_eq!(client.get("/buffered").status, 200, "the connection goes on");
}

#[test]
fn send_response_only_sends_no_server_and_no_date_and_logs_nothing() {
    let mut server = Server::of("probe");
    let response = server.connect().get("/response-only");
    assert_eq!(response.status_line, "HTTP/1.1 200 Only");
    assert_eq!(response.names(), ["Content-Length"]);
    assert!(server.stop().success());
    assert_eq!(server.logged("response-only"), [""; 0]);
}

#[test]
fn a_handler_may_set_how_long_it_waits_for_its_client() {
    let server = Server::of("probe");
    let mut client = server.connect();
    client.send(request("POST", "/set-timeout?ms=200", "Content-Length: 5\r\n") + "abc");
    assert_eq!(client.read_response().status, 408, "the handler was told and could answer");
    client.expect_end_or_reset();
    assert_eq!(server.connect().post("/set-timeout?ms=200", "whole").text(), "5 bytes in 200ms");
}

#[test]
fn a_handler_is_told_which_timeout_is_in_force() {
    let server = Server::with("probe", &["--request-timeout", "7s"]);
    let mut client = server.connect();
    assert_eq!(client.get("/set-timeout?ms=0").text(), "0 bytes in 1ms");
    assert_eq!(client.get("/set-timeout?ms=7000").text(), "0 bytes in 7s");
    assert_eq!(client.get("/set-timeout?ms=18446744073709551615").text(), "0 bytes in 7s");
}

#[test]
fn reads_that_wait_cost_no_thread() {
    let server = Server::with("probe", &["--threads", "1"]);
    let mut clients: Vec<Client> = (0..200).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(request("POST", "/body", "Content-Length: 5\r\n") + "he");
    }
    assert_eq!(server.connect().get("/buffered").status, 200, "one more is served meanwhile");
    for client in &mut clients {
        client.send("llo");
    }
    for mut client in clients {
        assert_eq!(client.read_response().text(), "5 532 hello");
    }
}

#[test]
fn all_statuses_of_python_have_their_phrase() {
    let script = "import http\nfor s in http.HTTPStatus: print(s.value, s.phrase)";
    let mut python = std::process::Command::new("python3");
    python.args(["-c", script]);
    let outcome = doverb_tests::command::run(python, LATER);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    // Phrases that Python 3.13 took over from RFC 9110.
    let renamed = ["413 ", "414 ", "416 ", "418 ", "422 "];
    let phrases = Server::of("probe").connect().get("/statuses").text();
    for status in &outcome.stdout {
        let code = &status[..4];
        let known =
            phrases.lines().any(|line| line == status || renamed.contains(&code) && line.starts_with(code));
        assert!(known, "{status}:\n{phrases}");
    }
    assert!(outcome.stdout.len() > 55, "{outcome:#?}");
}

#[test]
fn the_log_functions_write_what_pythons_do() {
    let server = Server::of("probe");
    let own = server.connect().get("/log").text();
    let (address, date) = own.split_once(' ').expect("two parts");
    assert_eq!(address, "127.0.0.1");
    // 06/Nov/1994 08:49:37
    let shape: String = date.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    assert_eq!((shape.len(), &shape[..3], &shape[6..]), (20, "99/", "/9999 99:99:99"), "{date}");
    for text in ["\"GET /log HTTP/1.1\" - -", "\"GET /log HTTP/1.1\" 299 17", "wrong", "said"] {
        server.log.wait_for(doverb_tests::SOON, |line| {
            line.starts_with("127.0.0.1 - - [") && line.ends_with(&format!("] {text}"))
        });
    }
}

#[test]
fn fields_are_found_whatever_their_case_and_keep_their_order() {
    let server = Server::of("probe");
    let fields =
        "accept: first\r\nX-Repeat: 1\r\nx-REPEAT:\t2 \r\nX-Latin: caf\u{e9}\r\nX-Empty:\r\nx-repeat: 3\r\n";
    let sent: Vec<u8> = request("GET", "/headers", fields).chars().map(|c| c as u8).collect();
    let report = server.connect().call(&sent).text();
    for line in ["accept=Some(\"first\")", "x-all=[\"1\", \"2\", \"3\"]"] {
        assert!(report.lines().any(|other| other == line), "{line}:\n{report}");
    }
    let all = "Host: localhost\naccept: first\nX-Repeat: 1\nx-REPEAT: 2\nX-Latin: caf\u{e9}\nX-Empty: \nx-repeat: 3";
    assert!(report.ends_with(all), "{report}");
}

#[test]
fn a_handler_may_parse_the_fields_bytes_by_a_class_of_its_own() {
    let server = Server::of("probe");
    let sent = b"GET /message-class HTTP/1.1\r\nHost: a\r\nx-A:  \xe9\xff \r\nX-a:\t2\r\n\r\n";
    let report = server.connect().call(sent).text();
    assert_eq!(report, "Host= a\nx-A=  \\xe9\\xff \nX-a=\\t2");
}

#[test]
fn the_request_is_told_exactly_as_it_was_sent() {
    let server = Server::of("probe");
    let facts = |line: &[u8]| {
        let report = server.connect().call([line, b"\r\nHost: a\r\n\r\n"].concat()).text();
        ["requestline=", "command=", "path=", "request_version="].map(|name| {
            let line = report.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} {report}")).to_owned()
        })
    };
    let seen = facts(b"GET //headers?\xe9=%20 HTTP/1.0");
    assert_eq!(seen, ["GET //headers?\u{e9}=%20 HTTP/1.0", "GET", "/headers?\u{e9}=%20", "HTTP/1.0"]);
    let seen = facts(b"GET ///headers HTTP/1.1");
    assert_eq!(seen, ["GET ///headers HTTP/1.1", "GET", "/headers", "HTTP/1.1"]);
    let mut old = server.connect();
    old.send("GET /headers\r\n\r\n");
    let report = String::from_utf8(old.read_to_end()).expect("UTF-8");
    assert!(
        report
            .starts_with("requestline=GET /headers\ncommand=GET\npath=/headers\nrequest_version=HTTP/0.9\n")
    );
}

#[test]
fn rfile_has_lines_as_pythons_has() {
    let server = Server::of("probe");
    let body = "first line\n!a\nbb\nccc\n\nlast";
    let expected = "readline(4) firs\nreadline t line\\n\nread(1) !\nreadlines(5) a\\n\nreadlines(5) bb\\n\nfor ccc\\n\nfor \\n\nfor last\nat the end ";
    let mut client = server.connect();
    assert_eq!(client.post("/readline", body).text(), expected);
    let chunks: String = body.chars().map(|letter| format!("1\r\n{letter}\r\n")).collect();
    let chunked = request("POST", "/readline", "Transfer-Encoding: chunked\r\n") + &chunks + "0\r\n\r\n";
    assert_eq!(client.call(chunked).text(), expected, "never past the body");
    assert_eq!(client.get("/count").text(), "1");
}

#[test]
fn a_client_is_told_to_continue_once_and_never_in_the_middle_of_a_head() {
    let server = Server::of("probe");
    for how in ["wait", "hand", "twice", "hints", "head"] {
        let mut client = server.connect();
        // The first answer sets HTTP/1.0 for the connection, where the host does not tell it before `do_POST`.
        assert_eq!(client.get("/persist?protocol=HTTP/1.0&close=false").status, 200);
        client.send(request(
            "POST",
            &format!("/continue?how={how}"),
            "Content-Length: 3\r\nExpect: 100-continue\r\n",
        ));
        let told = client.read_response();
        assert_eq!((told.status, told.fields.len()), (100, 0), "{how}");
        client.send("abc");
        if how == "hints" {
            let hints = client.read_response();
            assert_eq!((hints.status, hints.names()), (103, vec!["Link"]));
        }
        let response = client.read_response();
        assert_eq!(response.status, 200, "{how}: {}", response.head());
        match how {
            "head" => assert_eq!(response.field("X-Bytes"), Some("3")),
            _ => assert_eq!(response.text(), "3 bytes", "{how}"),
        }
    }
}

#[test]
fn protocol_version_is_what_the_server_says_unless_set() {
    let server = Server::start(&bare(), &["--no-watch", "--protocol", "HTTP/1.0"]);
    let response = server.connect().get("/");
    assert_eq!(
        (response.status_line.as_str(), response.field("Connection")),
        ("HTTP/1.0 500 Internal Server Error", Some("close"))
    );
    let server = Server::start(&bare(), &["--no-watch"]);
    assert_eq!(server.connect().get("/").status_line, "HTTP/1.1 500 Internal Server Error");
}

/// A handler that sets nothing and answers nothing.
fn bare() -> std::path::PathBuf {
    let text = r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f"))) (export "do-GET" (func $f)))"#;
    let path = doverb_tests::cache().with_file_name("bare.wasm");
    std::fs::write(&path, wat::parse_str(text).expect("it is valid")).expect("a file");
    path
}
