//! Servers that do what no server should, and those that can't be spoken to: each is an error of the guest's, nothing waits for
//! ever, and what is counted of it.

use doverb_tests::tls::Certificate;
use doverb_tests::upstream::Upstream;
use doverb_tests::{Client, Server, eventually, guest, server};

fn caller_of(upstream: &Upstream, flags: &[&str]) -> Server {
    let authority = upstream.authority();
    Server::with("outgoing", &[&["--allow-http", &authority], flags].concat())
}

fn ask(server: &Server, url: &str) -> (u16, String) {
    let answer = server.connect().get(&format!("/?url={url}"));
    (answer.status, answer.text())
}

#[test]
fn whatever_a_server_sends_is_an_error_or_an_answer() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &["--http-timeout", "5s"]);
    for (what, status, says) in [
        ("endless-head", 502, "HttpResponseHeaderSectionSize"),
        ("endless-1xx", 502, "HttpResponseHeaderSectionSize"),
        ("1xx", 200, "hello"),
        ("trailers?100", 200, "hello"),
        ("trailers?1000000", 502, ""),
        ("endless-trailers", 502, ""),
        ("extension?100", 200, "hello"),
        ("extension?1000000", 502, ""),
        ("endless-extension", 502, ""),
        ("two-lengths", 502, "HttpProtocolError"),
        ("length", 502, "HttpProtocolError"),
        ("chunk", 502, ""),
        ("lone-line-ends", 200, "hello"),
    ] {
        let answer = ask(&server, &upstream.url(&format!("/odd/{what}")));
        assert!(answer.0 == status && answer.1.contains(says), "{what}: {answer:?}");
    }
    upstream.wait_for_open(1);
    assert_eq!(ask(&server, &upstream.url("/")).1, "200 [content-length] hello");
}

#[test]
fn a_head_that_comes_byte_by_byte_is_waited_for_only_so_long() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &["--http-timeout", "300ms"]);
    assert_eq!(ask(&server, &upstream.url("/odd/dripping-head")).1, "timed out");
}

#[test]
fn what_comes_behind_an_answer_is_no_answer_to_the_next_request() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &["--threads", "1"]);
    let mut client = server.connect();
    for _ in 0..20 {
        let longer = client.get(&format!("/?url={}", upstream.url("/odd/longer"))).text();
        assert!(longer.ends_with(" hello"), "{longer}");
        let next = client.get(&format!("/?url={}", upstream.url("/"))).text();
        assert!(next.ends_with(" hello"), "{next}");
    }
    let many = client.get(&format!("/many?count=20&url={}", upstream.url("/odd/longer"))).text();
    assert!(!many.contains("forged"), "{many}");
}

#[test]
fn a_server_that_resets_in_the_midst_is_an_error() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &[]);
    let url = upstream.url("/odd/reset");
    let answer = server.connect().get(&format!("/large?method=POST&size=100000&url={url}"));
    assert_eq!(answer.status, 502, "{}", answer.text());
    let answer = ask(&server, &url);
    assert!(answer.0 == 502 && answer.1.contains("the connection was closed"), "{answer:?}");
}

#[test]
fn a_server_of_http_2_alone_is_named_in_one_line() {
    let plain = Upstream::new();
    let server = caller_of(&plain, &[]);
    for _ in 0..2 {
        assert_eq!(ask(&server, &plain.url("/odd/http2")).0, 502);
    }
    let line = server.wait_for_log("HTTP/2");
    let says = format!(
        "a request to {} has failed: it speaks HTTP/2 alone, and requests are HTTP/1.1",
        plain.authority()
    );
    assert!(line.contains(&says), "{line}");
    assert_eq!(server.logged("HTTP/2 alone").len(), 1, "once");

    let certificate = Certificate::new();
    let secure = Upstream::secure_with(&certificate, &["h2"]);
    let authority = secure.authority();
    let mut command = server::command(&["--no-watch", "--allow-http", &authority]);
    command.arg(guest("outgoing")).env("SSL_CERT_FILE", certificate.cert());
    let server = Server::spawn(command);
    let answer = ask(&server, &secure.url("/"));
    assert!(answer.0 == 502 && answer.1.contains("TLS: the handshake has failed"), "{answer:?}");
    server.wait_for_log(&format!("a request to {authority} has failed: it speaks HTTP/2 alone"));
}

#[test]
fn a_proxy_that_is_not_used_is_named_where_a_server_cannot_be_reached() {
    // Nobody has such a name.
    let mut command = server::command(&["--no-watch", "--allow-http", "nobody.invalid"]);
    command.arg(guest("outgoing")).env("http_proxy", "http://proxy.example:3128");
    let server = Server::spawn(command);
    assert_eq!(ask(&server, "http://nobody.invalid/").0, 502);
    let line = server.wait_for_log("nobody.invalid");
    assert!(
        line.contains("it cannot be reached directly, and the proxy of http_proxy is not used"),
        "{line}"
    );
    // One that is near needs no proxy.
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let mut command = server::command(&["--no-watch", "--allow-http", &free.to_string()]);
    command.arg(guest("outgoing")).env("http_proxy", "http://proxy.example:3128");
    let server = Server::spawn(command);
    assert_eq!(ask(&server, &format!("http://{free}/")).0, 502);
    assert!(server.logged("proxy").is_empty());
}

#[test]
fn calls_are_counted_by_what_came_of_them_and_never_by_whom_they_were_for() {
    let upstream = Upstream::new();
    let server = caller_of(&upstream, &["--status", "127.0.0.1:0", "--http-timeout", "100ms"]);
    let status = server.status_address();
    let shown = |path: &str, expected: &[&str]| {
        eventually(&format!("{expected:?}"), || {
            let page = Client::connect(status).get(path).text();
            expected.iter().all(|text| page.contains(text)).then_some(page)
        })
    };
    let text = shown("/metrics", &["# EOF\n"]);
    assert!(!text.contains("http_client") && !text.contains("doverb_http"), "nobody has called: {text}");
    let at = |path: &str| upstream.url(path);
    for url in [at("/"), at("/"), at("/to?/"), at("/hold"), at("/cut"), "http://else.example/".to_owned()] {
        let _ = server.connect().get(&format!("/?redirects=0&url={url}"));
    }
    let count = |label: &str, value: &str, count: u32| {
        format!("http_client_request_duration_seconds_count{{{label}=\"{value}\",mount=\"/\"}} {count}\n")
    };
    let expected = [
        count("http_response_status_code", "200", 3),
        count("http_response_status_code", "302", 1),
        count("error_type", "timeout", 1),
        "doverb_http_refusals_total{reason=\"not-granted\",mount=\"/\"} 1\n".to_owned(),
        "doverb_http_answers_cut_total{error_type=\"incomplete\",mount=\"/\"} 1\n".to_owned(),
        "doverb_http_under_way{mount=\"/\"} 0\n".to_owned(),
        "# TYPE http_client_request_duration_seconds histogram\n".to_owned(),
        "_bucket{le=\"+Inf\",error_type=\"timeout\",mount=\"/\"} 1\n".to_owned(),
    ];
    let text = shown("/metrics", &expected.each_ref().map(String::as_str));
    assert!(!text.contains("else.example") && !text.contains(&upstream.authority()), "{text}");
    let numbers = [0, 4, 1, 1, 1].map(|number| format!("<td class=\"n\">{number}")).concat();
    let row = format!("<tr><td>/<td class=\"long\">incomplete, not-granted, timeout{numbers}");
    shown("/", &["<h2>Calls to other servers</h2>", &row]);
}
