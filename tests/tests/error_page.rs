//! What `send_error` sends, as Python's does.

use std::process::Command;

use doverb_tests::command::run;
use doverb_tests::{LATER, Server, request};

#[test]
fn an_error_has_pythons_fields_in_pythons_order() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let response = client.get("/error?code=404");
    assert_eq!(response.status_line, "HTTP/1.1 404 Not Found");
    assert_eq!(response.names(), ["Server", "Date", "Connection", "Content-Type", "Content-Length"]);
    assert_eq!(response.field("Connection"), Some("close"));
    assert_eq!(response.field("Content-Type"), Some("text/html;charset=utf-8"));
    client.expect_end();
}

#[test]
fn the_page_says_code_message_and_explanation() {
    let server = Server::of("probe");
    let page = server.connect().get("/error?code=404&message=Not+here&explain=Look+elsewhere").text();
    for text in ["Error response", "Error code: 404", "Message: Not here.", "Look elsewhere."] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[test]
fn the_page_is_escaped() {
    let server = Server::of("probe");
    let path = "/error?code=400&message=%3Cb%3E%26&explain=%3Cscript%3E";
    let response = server.connect().get(path);
    assert_eq!(response.reason(), "<b>&", "the status line is no HTML");
    let page = response.text();
    assert!(page.contains("&lt;b&gt;&amp;") && page.contains("&lt;script&gt;"), "{page}");
    assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
}

#[test]
fn an_unknown_code_has_question_marks() {
    let server = Server::of("probe");
    let response = server.connect().get("/error?code=799");
    assert_eq!(response.status_line, "HTTP/1.1 799 ???");
    assert!(response.text().contains("Message: ???."), "{}", response.text());
}

#[test]
fn errors_without_a_body_have_none() {
    let server = Server::of("probe");
    for code in [204, 205, 304] {
        let mut client = server.connect();
        let response = client.get(&format!("/error?code={code}"));
        assert_eq!(response.status, code);
        // RFC 9110, section 15.3.6: a 205 says that nothing follows.
        let names = ["Server", "Date", "Connection", "Content-Length"];
        assert_eq!(response.names(), names[..if code == 205 { 4 } else { 3 }]);
        client.expect_end();
    }
}

#[test]
fn an_informational_error_is_followed_by_the_final_answer() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let response = client.get("/error?code=103");
    assert_eq!((response.status, response.names()), (103, vec!["Server", "Date"]));
    assert_eq!(client.read_response().status, 500, "the handler sent no final one");
    client.expect_end_or_reset();
}

/// What Python's `%` makes of a template, none where it raises.
fn formatted_by_python(templates: &[&str]) -> Vec<Option<String>> {
    let script = r#"
import html, json, sys
esc = lambda text: html.escape(text, quote=False)
values = {"code": 404, "message": esc("it's <a> & \"b\""), "explain": esc("na\u00efve\t\u2192\u2028\U0001f980")}
def render(template):
    try: return template % values
    except (KeyError, TypeError, ValueError): return None
print(json.dumps([render(template) for template in json.loads(sys.argv[1])]))
"#;
    let mut python = Command::new("python3");
    python.args(["-c", script]).arg(serde_json::to_string(templates).expect("texts are JSON"));
    let outcome = run(python, LATER);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    serde_json::from_str(&outcome.stdout.concat()).expect("it prints JSON")
}

fn formatted(server: &Server, template: &str) -> Option<String> {
    let response = server.connect().post("/format", template);
    (response.status == 404).then(|| response.text())
}

#[test]
fn templates_are_formatted_as_python_does() {
    let server = Server::of("probe");
    let templates = [
        "",
        "plain → ü",
        "100%%",
        "%(code)d %(message)s %(explain)s",
        "%%(code)d",
        "%(code)s|%(code)r|%(code)a",
        "%(message)r",
        "%(message)a",
        "%(explain)r",
        "%(explain)a",
        "%(code)i %(code)u",
        "%(code)6d|%(code)-6d|%(code)06d",
        "%(code)+d|%(code) d|%(code)+ d|%(code)-+8d|",
        "%(code).5d|%(code)8.5d|%(code)08.5d|%(code)-8.5d|",
        "%(code)x %(code)X %(code)o %(code)#x %(code)#X %(code)#o",
        "%(code)#010x|%(code)-#10x|%(code)+#x",
        "%(message)30s|%(message)-30s|%(message)030s|",
        "%(message).7s|%(message).s|%(message)10.3s",
        "%(explain).3r|%(explain)20.8a",
        "%(code)5s|%(code)05s|%(code).2s|%(code)#s|%(code)+s",
        "%(cause)s",
        "%()s",
        "%(Code)d",
        "%(code )d",
        "100%",
        "% d",
        "%(code",
        "%(code)",
        "%(code)5",
        "%(code)5.",
        "%(message)d",
        "%(message)x",
        "%(explain)i",
        "%(a(b)c)s",
        "%(code)y",
        "%(code)%",
    ];
    for (template, python) in templates.iter().zip(formatted_by_python(&templates)) {
        assert_eq!(formatted(&server, template), python, "{template:?}");
    }
}

#[test]
fn conversions_that_make_no_sense_in_a_page_are_refused() {
    let server = Server::of("probe");
    // And `%s`, which shows the whole dictionary.
    let templates = ["%s", "%(code)c", "%(code)f", "%(code)e", "%(code)g", "%(code)ld", "%(code)10000d"];
    assert!(formatted_by_python(&templates).iter().all(Option::is_some), "Python takes them");
    for template in templates {
        assert_eq!(formatted(&server, template), None, "{template}");
    }
}

#[test]
fn a_message_that_would_end_the_line_is_refused() {
    let server = Server::of("probe");
    let response = server.connect().get("/error?code=404&message=a%0d%0aSet-Cookie:+evil");
    assert_eq!(response.status, 500);
    assert_eq!(response.values("Set-Cookie"), [""; 0]);
}

#[test]
fn an_error_is_logged_as_in_python() {
    let server = Server::of("probe");
    let _ = server.connect().get("/error?code=404&message=Not+here");
    let line = server.wait_for_log("code 404, message Not here");
    assert!(line.starts_with("127.0.0.1 - - ["), "{line}");
    server.wait_for_log("\"GET /error?code=404&message=Not+here HTTP/1.1\" 404 -");
}

#[test]
fn attributes_change_the_page_the_server_field_and_the_phrases() {
    let server = Server::of("probe");
    let mut client = server.connect();
    let report = client.get("/attrs").text();
    for line in [
        "protocol_version=HTTP/1.1",
        "server_version=Doverb/0.1.0",
        "sys_version=\"\"",
        "error_content_type=text/html;charset=utf-8",
        "timeout=30s",
        "responses(404)=Some(\"Not Found\")",
        "responses(799)=None",
        "bad protocol=true",
        "bad server=true",
        "bad format=true",
        "bad code=true",
        "then Probe/1 Wasm/2 1.5s",
    ] {
        assert!(report.lines().any(|other| other == line), "{line}:\n{report}");
    }
    let response = client.get("/error?code=799");
    assert_eq!(response.status_line, "HTTP/1.1 799 Probed");
    assert_eq!(response.field("Server"), Some("Probe/1 Wasm/2"));
    assert_eq!(response.field("Content-Type"), Some("text/x-error"));
    assert_eq!(response.text(), "E 799 Probed as the probe set it 100%");
}

#[test]
fn attributes_last_as_long_as_the_connection() {
    let server = Server::of("probe");
    let _ = server.connect().get("/attrs");
    assert_eq!(server.connect().get("/buffered").field("Server"), Some("Doverb/0.1.0"));
}

#[test]
fn dates_are_those_of_http() {
    let server = Server::of("probe");
    let date = |query: &str| server.connect().get(&format!("/date?t={query}")).text();
    assert_eq!(date("784111777"), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(date("0"), "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_eq!(date("253402300799"), "Fri, 31 Dec 9999 23:59:59 GMT");
    assert!(date("253402300800").starts_with("failure: invalid field"));
}

#[test]
fn every_date_from_1970_to_9999_is_pythons() {
    let script = "import email.utils, random\nrandom.seed(1)\nfor t in [random.randrange(253402300800) for _ in range(200)]: print(t, email.utils.formatdate(t, usegmt=True))";
    let mut python = Command::new("python3");
    python.args(["-c", script]);
    let outcome = run(python, LATER);
    assert_eq!((outcome.code, outcome.stdout.len()), (Some(0), 200), "{outcome:#?}");
    let server = Server::of("probe");
    let mut client = server.connect();
    for line in outcome.stdout {
        let (time, date) = line.split_once(' ').expect("a time and its date");
        assert_eq!(client.get(&format!("/date?t={time}")).text(), date, "{time}");
    }
    for time in ["253402300800", "18446744073709551615"] {
        assert!(
            client.get(&format!("/date?t={time}")).text().starts_with("failure: invalid field"),
            "{time}"
        );
    }
}

#[test]
fn a_handler_without_an_answer_of_its_own_for_head_sends_none() {
    let server = Server::of("hello");
    let mut client = server.connect();
    let response = client.call(request("HEAD", "/", ""));
    assert_eq!(response.status, 501);
    client.expect_end();
}
