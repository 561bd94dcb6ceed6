//! Handlers and clients that use up what the system has, and names that come from a component.

use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use doverb_tests::command::run;
use doverb_tests::component::{CLOCKS, Component, TEXT};
use doverb_tests::server::{command, in_shell};
use doverb_tests::{Client, LATER, Outcome, SOON, Server, eventually, guest, request};

use super::{attack, serve};

#[test]
fn the_memory_of_all_handlers_together_is_bounded() {
    // 48 MiB and more are written, and kept for a while.
    let greedy = Component::attacking(
        "(if (i32.eq (memory.grow (i32.const 512)) (i32.const -1)) (then (unreachable)))
         (memory.fill (i32.const 16777216) (i32.const 1) (i32.const 33554432))
         (call $block (call $sleep (i64.const 1500000000)))
         (call $answer)",
    );
    let server = serve(&greedy.importing(CLOCKS), &["--max-memory", "64MiB", "--max-total-memory", "256MiB"]);
    let before = server.memory();
    let mut attackers = attack(&server, 40);
    let statuses: Vec<_> = attackers.iter_mut().map(|client| client.read_response().status).collect();
    assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
    assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
    let most = server.peak_memory().saturating_sub(before);
    assert!(most < 320 << 20, "{} MiB", most >> 20);
    drop(attackers);
    eventually("it is given back", || (server.connect().get("/").status == 200).then_some(()));
}

#[test]
fn the_deep_stacks_of_all_handlers_together_are_memory() {
    // Some 10 MiB of the stack are in use while it sleeps.
    let deep =
        Component::attacking("(call $deep (i32.const 300000)) (call $answer)").importing(CLOCKS).with_core(
            "(func $deep (param i32)
            (if (i32.eqz (local.get 0))
                (then (call $block (call $sleep (i64.const 1500000000))))
                (else (call $deep (i32.sub (local.get 0) (i32.const 1))))))",
        );
    let status = |component: &Component| {
        let server = serve(component, &[]);
        attack(&server, 1)[0].read_response().status
    };
    assert_eq!(status(&deep), 500, "who does not ask for one has none");
    let deep = deep.with_section("doverb:deep-stack");
    assert_eq!(status(&deep), 200);
    let server = serve(&deep, &["--max-memory", "64MiB", "--max-total-memory", "256MiB"]);
    let before = server.memory();
    let mut attackers = attack(&server, 40);
    let statuses: Vec<_> = attackers.iter_mut().map(|client| client.read_response().status).collect();
    assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
    assert!(statuses.contains(&200) && statuses.contains(&503), "{statuses:?}");
    let most = server.peak_memory().saturating_sub(before);
    assert!(most < 320 << 20, "{} MiB", most >> 20);
    drop(attackers);
    eventually("it is given back", || (server.connect().get("/").status == 200).then_some(()));
}

/// A handler with an override that gives a text of so many bytes.
fn giving(bytes: usize, name: &str, params: &str, core: &str) -> Component {
    let give = format!(
        "(drop (memory.grow (i32.const 512)))
         (memory.fill (i32.const {TEXT}) (i32.const 120) (i32.const {bytes}))
         (i32.store (i32.const 16) (i32.const {TEXT})) (i32.store (i32.const 20) (i32.const {bytes}))
         (i32.const 16)"
    );
    Component::attacking("(call $answer)")
        .with_core(&format!("(func (export \"give\") {core} (result i32) {give})"))
        .with_exports(&format!(
            "(func (export \"{name}\") {params} (result string)
                (canon lift (core func $module \"give\") (memory $memory)))"
        ))
}

#[test]
fn a_text_of_42_megabytes_for_a_field_is_not_sent() {
    let timestamp = "(param \"timestamp\" (option u64))";
    for (name, params, core) in
        [("version-string", "", ""), ("date-time-string", timestamp, "(param i32 i64)")]
    {
        let too_much = "a call of the host was given more than 4.0 MiB at once";
        for (bytes, statuses, said) in
            [(42_000_000, [500, 500], too_much), (4_000_000, [200, 501], "the default is used")]
        {
            let server = serve(&giving(bytes, name, params, core), &[]);
            let began = server.processor_time();
            let answers = [server.connect().get("/"), server.connect().call(request("NONE", "/", ""))];
            for (answer, status) in answers.iter().zip(statuses) {
                assert_eq!(answer.status, status, "{name}");
                assert!(answer.raw.len() < 2_000, "{name}: {} bytes", answer.raw.len());
            }
            let line = server.wait_for_log(said);
            assert!(line.len() < 500, "{line}");
            assert!(server.processor_time() - began < Duration::from_secs(3), "{name}");
        }
    }
}

fn granted() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("in.txt"), "from the host").expect("a file");
    let grant = format!("{}::/data", folder.path().display());
    (folder, grant)
}

#[test]
fn a_request_that_opens_all_files_has_a_bound_and_others_open_theirs() {
    let (_folder, grant) = granted();
    let server = Server::with("probe", &["--dir", &grant, "--max-files", "64"]);
    let mut greedy = [(); 4].map(|()| server.connect());
    for client in &mut greedy {
        let response = client.get("/open");
        assert!(response.text().contains(" open: "), "{}", response.text());
        let report = server.connect().get("/ls").text();
        assert!(report.contains("read /data/in.txt: from the host"), "{report}");
    }
}

/// A pipe in the place of a file.
fn with_pipe(folder: &Path, name: &str) {
    let path = folder.join(name);
    let _ = std::fs::remove_file(&path);
    let mut mkfifo = Command::new("mkfifo");
    mkfifo.arg(&path);
    let made = run(mkfifo, SOON);
    assert_eq!(made.code, Some(0), "{made:#?}");
    assert!(path.metadata().expect("it is there").file_type().is_fifo());
}

#[test]
fn a_pipe_in_a_granted_folder_ends_with_its_request_and_with_the_server() {
    let (folder, grant) = granted();
    with_pipe(folder.path(), "in.txt");
    let arguments = ["--dir", &grant, "--request-timeout", "500ms", "--grace", "2s", "--threads", "1"];
    let mut server = Server::with("probe", &arguments);
    let mut blocked = [(); 4].map(|()| server.connect());
    for client in &mut blocked {
        client.send(request("GET", "/ls", "")).wait_until_read();
    }
    assert_eq!(server.connect().get("/buffered").status, 200);
    blocked.iter_mut().for_each(|client| assert_eq!(client.read_response().status, 504));
    assert_eq!(server.connect().get("/buffered").status, 200);
    assert!(server.stop().success());
    // One that is still blocked when the signal comes.
    let mut server = Server::with("probe", &["--dir", &grant, "--grace", "500ms", "--threads", "1"]);
    let mut client = server.connect();
    client.send(request("GET", "/ls", "")).wait_until_read();
    assert!(server.stop().success());
    client.expect_end_or_reset();
}

#[test]
fn six_hundred_requests_that_open_a_pipe_leave_others_their_files() {
    let (folder, grant) = granted();
    // The handler writes it, and waits for somebody who reads.
    with_pipe(folder.path(), "out.txt");
    let arguments = ["--dir", &grant, "--max-files", "32", "--grace", "500ms", "--threads", "1", "--quiet"];
    let mut server = Server::with("probe", &arguments);
    let mut blocked: Vec<_> = (0..600).map(|_| server.connect()).collect();
    blocked.iter_mut().for_each(|client| client.send(request("GET", "/ls", "")).wait_until_read());
    for _ in 0..8 {
        let report = server.connect().get("/open").text();
        let (opened, _) = report.split_once(" open: ").expect(&report);
        assert!(opened.parse::<u32>().expect(&report) > 8, "{report}");
    }
    // All but a few are told that the file is busy, and their handlers go on.
    let told = || blocked.iter().filter(|client| client.has_something()).count();
    eventually("they are told", || (told() >= 500).then_some(()));
    server.wait_for_log("a file is busy (1 so far)");
    assert!(told() < 600, "some hang");
    assert!(server.stop().success());
}

#[test]
fn files_of_guests_leave_descriptors_to_connections() {
    let (_folder, grant) = granted();
    let path = guest("probe");
    let path = path.to_str().expect("a path in UTF-8");
    let server = command(&[path, "--no-watch", "--threads", "1", "--dir", &grant]);
    let server = Server::spawn(in_shell("ulimit -n 200", &server, ""));
    for _ in 0..3 {
        // The one before has its own until the server sees that its client has gone.
        let opened = eventually("it can open files", || {
            let report = server.connect().get("/open").text();
            let (opened, why) = report.split_once(" open: ").expect(&report);
            assert!(!why.contains("No such file"), "it has its folder: {report}");
            opened.parse::<u32>().ok().filter(|opened| *opened >= 8)
        });
        assert!(opened < 100, "{opened}");
    }
    let mut all = [(); 50].map(|()| server.connect());
    all.iter_mut().for_each(|client| assert_eq!(client.get("/buffered").status, 200));
}

#[test]
fn descriptors_that_run_out_are_told_to_clients_and_once_to_the_log() {
    let path = guest("hello");
    let server = command(&[path.to_str().expect("a path in UTF-8"), "--no-watch", "--threads", "1"]);
    let server = Server::spawn(in_shell("ulimit -n 64", &server, ""));
    let mut first = server.connect();
    assert_eq!(first.get("/").status, 200);
    let mut clients: Vec<_> = (0..80).map(|_| server.connect()).collect();
    let told = clients.last_mut().expect("eighty").read_response();
    assert_eq!((told.status, told.field("Retry-After")), (503, Some("1")));
    assert_eq!(first.get("/").status, 200, "who is connected is served");
    assert_eq!(server.logged("ulimit -n").len(), 1, "{:#?}", server.log.lines());
    assert!(server.logged("ulimit -n")[0].contains("1 so far"));
    drop(clients);
    eventually("there is room again", || {
        let mut client = server.connect();
        // This ends by itself, be it served or refused.
        client.send_what_it_takes("GET / HTTP/1.0\r\n\r\n");
        client.read_to_end_or_reset().starts_with(b"HTTP/1.1 200").then_some(())
    });
}

#[test]
fn a_component_of_many_parts_is_refused_by_the_name_of_its_bound() {
    let get = r#"(core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f"))) (export "do-GET" (func $f))"#;
    let each = |text: &str, times: usize| text.repeat(times);
    let many = "(core instance (instantiate $m))";
    let memories =
        r#"(core module $n (memory 1)) "#.to_owned() + &each("(core instance (instantiate $n))", 9);
    let tables =
        r#"(core module $n (table 1 funcref)) "#.to_owned() + &each("(core instance (instantiate $n))", 33);
    // Of components within it those count that are instances.
    let nested = format!("(component $n (core module $m) {}) ", each(many, 30))
        + &each("(instance (instantiate $n))", 3);
    // An instance of these takes no memory that counts.
    let globals = format!("(core module $n {})", each("(global (mut i64) (i64.const 1))", 50_000));
    let of_one = globals.clone().replace(
        "(core module $n ",
        &format!("(core module $n {} ", each("(global i64 (i64.const 1))", 100_000)),
    ) + "(core instance (instantiate $n))";
    let of_all = globals + &each("(core instance (instantiate $n))", 3);
    for (parts, bound) in [
        (of_one, "more than 2048 KiB for its globals and functions"),
        (of_all, "more than 2048 KiB for its globals and functions"),
        (each(many, 64), "more than 64 core instances"),
        (nested, "more than 64 core instances"),
        (memories, "9 memories, more than 8"),
        (tables, "33 tables, more than 32"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("parts.wasm");
        let text = format!("(component {get} {parts})");
        std::fs::write(&path, wat::parse_str(text).expect("it can be encoded")).expect("a file");
        let Outcome { code, stderr, .. } = run(command(&[path.as_os_str()]), LATER);
        assert_eq!((code, stderr.len()), (Some(1), 1), "{stderr:#?}");
        assert!(stderr[0].contains(bound), "{bound}: {}", stderr[0]);
    }
}

#[test]
fn as_many_parts_as_may_be_are_served_though_there_is_one_instance() {
    let parts = "(core instance (instantiate $m))".repeat(62);
    let text = format!(
        r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) {parts}
            (func $f (canon lift (core func $i "f"))) (export "do-GET" (func $f)))"#
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("parts.wasm");
    std::fs::write(&path, wat::parse_str(text).expect("it can be encoded")).expect("a file");
    let server = Server::start(&path, &["--no-watch", "--max-instances", "1"]);
    // It answers nothing, which is a fault of the handler's, and not of the pool's.
    assert_eq!(server.connect().get("/").status, 500);
}

#[test]
fn a_pool_that_is_used_up_says_which_part_it_lacks() {
    let parts = "(core module $n (memory 1)) ".to_owned() + &"(core instance (instantiate $n))".repeat(4);
    let sleeps = Component::attacking("(call $block (call $sleep (i64.const 2000000000)))(call $answer)");
    // Of memories there are two for each of four instances, and this takes five.
    let server = serve(&sleeps.importing(CLOCKS).with_exports(&parts), &["--max-instances", "4"]);
    let mut attackers = attack(&server, 1);
    attackers.iter().for_each(Client::wait_until_read);
    assert_eq!(server.connect().get("/").status, 503);
    server.wait_for_log("the pool of instances has nothing left: maximum concurrent limit of 8 for memory");
    assert_eq!(attackers[0].read_response().status, 200);
    assert_eq!(server.connect().get("/").status, 200);
}

/// What is told of a component that cannot be served: lines that are short, and steer no terminal.
fn is_told_in_short(component: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("named.wasm");
    std::fs::write(&path, wat::parse_str(component).expect("it can be encoded")).expect("a file");
    let Outcome { code, stdout, stderr } = run(command(&[path.as_os_str()]), LATER);
    assert_eq!((code, stdout.len()), (Some(1), 0), "{stderr:#?}");
    assert_eq!(stderr.len(), 1, "{stderr:#?}");
    assert!(!stderr[0].contains(char::is_control), "{:?}", stderr[0]);
    assert!(stderr[0].len() < 2_000, "{} bytes: {:.300}", stderr[0].len(), stderr[0]);
}

#[test]
fn names_of_a_component_are_cut_and_escaped() {
    let get = r#"(core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))"#;
    let escapes = r"\1b[2J\1b]0;owned\07";
    for name in [escapes, &"long".repeat(20_000), &"long".repeat(250_000)] {
        is_told_in_short(&format!(
            r#"(component (import "{name}" (func)) {get} (export "do-GET" (func $f)))"#
        ));
        is_told_in_short(&format!(
            r#"(component (import "{name}:{name}/{name}" (instance)) {get} (export "do-GET" (func $f)))"#
        ));
        is_told_in_short(&format!(
            r#"(component (import "doverb:handler/request@0.1.0" (instance (export "{name}" (func))))
                {get} (export "do-GET" (func $f)))"#
        ));
        is_told_in_short(&format!(r#"(component {get} (export "{name}" (func $f)))"#));
        is_told_in_short(&format!(
            r#"(component (core module $n (import "{name}" "{name}" (func))) (core instance (instantiate $n))
                {get} (export "do-GET" (func $f)))"#
        ));
    }
    // Thousands of them.
    let many: String = (0..5_000).map(|number| format!(r#"(export "name{number}" (func $f))"#)).collect();
    is_told_in_short(&format!("(component {get} {many})"));
}

#[test]
fn a_component_whose_instances_copy_gigabytes_as_they_begin_is_refused() {
    let data = "x".repeat(6 << 20);
    let parts =
        format!(r#"(core module $d (import "libc" "memory" (memory 256)) (data (i32.const 0) "{data}"))"#)
            + &r#"(core instance (instantiate $d (with "libc" (instance $libc))))"#.repeat(50);
    let folder = tempfile::tempdir().expect("a folder");
    let file = Component::default().with_exports(&parts).file(folder.path());
    let Outcome { code, stderr, .. } = run(command(&[file.as_os_str()]), LATER);
    assert_eq!((code, stderr.len()), (Some(1), 1), "{stderr:#?}");
    assert!(stderr[0].contains("each of its instances copies 300 MiB of data as it begins"), "{}", stderr[0]);
}

#[test]
fn a_memory_that_is_larger_than_an_instance_may_have_comes_with_the_flag() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = "(core module $large (memory 65536)) (core instance (instantiate $large))";
    let file = Component::default().with_exports(large).file(folder.path());
    let Outcome { code, stderr, .. } = run(command(&[file.as_os_str()]), LATER);
    assert_eq!((code, stderr.len()), (Some(1), 1), "{stderr:#?}");
    assert!(
        stderr[0].contains("a memory of 4294967296 bytes") && stderr[0].contains("--max-memory"),
        "{}",
        stderr[0]
    );
}
