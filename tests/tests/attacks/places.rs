//! Handlers that never come back, trap or sleep where no method is called: in overrides, in what is around their calls, and before
//! there is an instance.

use doverb_tests::component::{CLOCKS, Component, TEXT};
use doverb_tests::server::command;
use doverb_tests::{Server, request};

/// What is done at a place.
const DEEDS: [(&str, &str); 3] = [
    ("loops", "(loop $on (br $on))"),
    ("traps", "(unreachable)"),
    ("sleeps", "(call $block (call $sleep (i64.const 300000000000)))"),
];

/// An override: its name, its type, its core function's parameters and what that gives.
const OVERRIDES: [(&str, &str, &str, Gives); 12] = [
    ("setup", "", "", Gives::Nothing),
    ("finish", "", "", Gives::Nothing),
    ("switch-connection", "(param \"id\" u64)", "i64", Gives::Nothing),
    ("handle-expect-100", "(result bool)", "", Gives::Number),
    (
        "send-error",
        "(param \"code\" u16) (param \"message\" (option string)) (param \"explain\" (option string))",
        "i32 i32 i32 i32 i32 i32 i32",
        Gives::Nothing,
    ),
    (
        "log-request",
        "(param \"code\" (option u16)) (param \"size\" (option u64))",
        "i32 i32 i32 i64",
        Gives::Nothing,
    ),
    ("log-error", "(param \"message\" string)", "i32 i32", Gives::Nothing),
    ("log-message", "(param \"message\" string)", "i32 i32", Gives::Nothing),
    ("version-string", "(result string)", "", Gives::Text),
    ("date-time-string", "(param \"timestamp\" (option u64)) (result string)", "i32 i64", Gives::Text),
    ("log-date-time-string", "(result string)", "", Gives::Text),
    ("address-string", "(result string)", "", Gives::Text),
];

#[derive(Clone, Copy)]
enum Gives {
    Nothing,
    Number,
    Text,
}

impl Gives {
    fn core(self) -> (&'static str, String) {
        match self {
            Gives::Nothing => ("", String::new()),
            Gives::Number => ("(result i32)", "(i32.const 1)".into()),
            Gives::Text => (
                "(result i32)",
                format!(
                    "(i32.store (i32.const 16) (i32.const {TEXT})) (i32.store (i32.const 20) (i32.const 4)) (i32.const 16)"
                ),
            ),
        }
    }
}

/// A component whose core module has a `$place` at which that is done, and more.
fn doing(deed: &str, core: &str, exports: &str) -> Component {
    let place = format!("(func $place (export \"place\") {deed}) {core}");
    Component::attacking("(call $answer)").importing(CLOCKS).with_core(&place).with_exports(exports)
}

/// One with an override at which that is done.
fn overriding(deed: &str, (name, ty, params, gives): (&str, &str, &str, Gives)) -> Component {
    let params = if params.is_empty() { String::new() } else { format!("(param {params})") };
    let (result, value) = gives.core();
    let core = format!("(func (export \"own\") {params} {result} (call $place) {value})");
    let exports = format!(
        "(func (export \"{name}\") {ty}
            (canon lift (core func $module \"own\") (memory $memory) (realloc $realloc)))"
    );
    doing(deed, &core, &exports)
}

/// Clients of such a handler are told, each in its time; another's are served meanwhile, and the server ends when it is to.
fn hurts_nobody_else(what: &str, component: &Component, statuses: &[u16]) {
    let folder = tempfile::tempdir().expect("a folder");
    let good = folder.path().join("good.wasm");
    std::fs::write(&good, Component::default().bytes()).expect("a file");
    let (good, bad) =
        (format!("/={}", good.display()), format!("/bad={}", component.file(folder.path()).display()));
    let bounds = ["--threads", "1", "--cpu-time", "100ms", "--request-timeout", "500ms", "--grace", "2s"];
    for isolation in ["connection", "worker", "request"] {
        let mut arguments = vec!["--no-watch", "--isolation", isolation, &good, &bad];
        arguments.extend(bounds);
        let mut server = Server::spawn(command(&arguments));
        let requests = [
            request("GET", "/bad", "Connection: close\r\n"),
            request("NONE", "/bad", ""),
            request("GET", "/bad", "Expect: 100-continue\r\nContent-Length: 1\r\n") + "x",
            request("POST", "/bad", "Content-Length: 1\r\n") + "x",
        ];
        let mut attackers: Vec<_> = requests
            .into_iter()
            .map(|request| {
                let mut client = server.connect();
                client.send(request);
                client
            })
            .collect();
        for _ in 0..4 {
            assert_eq!(server.connect().get("/").status, 200, "{what} {isolation}");
        }
        let told: Vec<_> = attackers.iter_mut().map(|client| client.read_bodiless().status).collect();
        assert!(told.iter().all(|status| statuses.contains(status)), "{what} {isolation}: {told:?}");
        drop(attackers);
        assert_eq!(server.connect().get("/").status, 200, "{what} {isolation}");
        assert!(server.stop().success(), "{what} {isolation}");
    }
}

#[test]
fn an_override_that_does_not_come_back_ends_with_its_request() {
    for (deed, text) in DEEDS {
        for one in OVERRIDES {
            hurts_nobody_else(
                &format!("{} {deed}", one.0),
                &overriding(text, one),
                &[100, 200, 400, 417, 500, 501, 503, 504],
            );
        }
    }
}

#[test]
fn a_start_that_does_not_come_back_ends_with_its_request() {
    for (deed, text) in DEEDS {
        let start = doing(text, "(start $place)", "");
        hurts_nobody_else(&format!("start {deed}"), &start, &[500, 504]);
    }
}

#[test]
fn what_is_around_a_call_ends_with_its_request() {
    let after = "(func (export \"after\") (param i32) (call $place))
        (func (export \"own\") (result i32) (i32.const 16))";
    let exports = "(func (export \"version-string\") (result string)
        (canon lift (core func $module \"own\") (memory $memory) (post-return (core func $module \"after\"))))";
    let allocate =
        "(func (export \"allocate\") (param i32 i32 i32 i32) (result i32) (call $place) (i32.const 8388608))
        (func (export \"own\") (param i32 i32))";
    let message = "(func (export \"log-message\") (param \"message\" string)
        (canon lift (core func $module \"own\") (memory $memory) (realloc (core func $module \"allocate\"))))";
    let end = "(type $thing (resource (rep i32) (dtor (func $module \"end\"))))
        (core func $new (canon resource.new $thing))
        (core func $drop (canon resource.drop $thing))
        (core module $second
            (import \"things\" \"new\" (func $new (param i32) (result i32)))
            (import \"things\" \"drop\" (func $drop (param i32)))
            (func (export \"own\") (call $drop (call $new (i32.const 1)))))
        (core instance $second (instantiate $second
            (with \"things\" (instance (export \"new\" (func $new)) (export \"drop\" (func $drop))))))
        (func (export \"do-POST\") (canon lift (core func $second \"own\")))";
    for (deed, text) in DEEDS {
        let component = doing(text, after, exports);
        hurts_nobody_else(&format!("post-return {deed}"), &component, &[500, 504]);
        let component = doing(text, allocate, message);
        hurts_nobody_else(&format!("allocation {deed}"), &component, &[100, 200, 500, 501, 504]);
        let component = doing(text, "(func (export \"end\") (param i32) (call $place))", end);
        hurts_nobody_else(&format!("destructor {deed}"), &component, &[100, 200, 500, 501, 504]);
    }
}
