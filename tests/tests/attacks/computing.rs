//! Handlers that compute where nothing looks at them: in a row of calls of the host's, and in what comes of a trap.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use doverb_core::computing::{Polled, Stay, poll};
use doverb_core::limits::Limits;
use doverb_core::peer::{Address, Peer};
use doverb_core::turns::take_turns;
use doverb_tests::component::{
    CLOCKS, Component, ENVIRONMENT, Import, LOG, PAUSES, RANDOM, REQUEST, STDOUT, TEXT, TEXT_LENGTH, WFILE,
};
use doverb_tests::conformance::Served;
use doverb_tests::server::command;
use doverb_tests::{Client, SOON, Server, eventually, request};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{attack, others_are_served, serve};

/// An answer, unless one has begun.
const ANSWER: &str = "(call $answer)";
/// The beginning of one.
const BEGIN: &str =
    "(call $send-response (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8))";

/// A handler that calls the host so often, in one function without a loop.
fn straight(import: Option<Import>, before: &str, call: &str, times: usize, after: &str) -> Component {
    let component = Component::attacking(format!("{before}{}{after}", call.repeat(times)));
    import.into_iter().fold(component, Component::importing)
}

/// Eight clients of such a handler: they end by the processor's time, or finish, and all others are served.
fn holds_up_nobody(component: &Component, arguments: &[&str]) {
    let all = [&["--threads", "2", "--cpu-time", "200ms", "--quiet"][..], arguments].concat();
    let mut server = serve(component, &all);
    let mut attackers = attack(&server, 8);
    others_are_served(&server, &attackers);
    let statuses: Vec<_> = attackers.iter_mut().map(|client| client.read_bodiless().status).collect();
    assert!(statuses.iter().all(|status| matches!(status, 200 | 504)), "{statuses:?}");
    drop(attackers);
    assert!(server.stop().success(), "no thread is stuck");
}

/// The connections of a thread share its instances, so that a method may let go of its own.
const SHARED: [&str; 6] = ["--isolation", "worker", "--threads", "1", "--cpu-time", "200ms"];

#[test]
fn methods_that_have_each_other_go_on_without_an_end_use_up_their_time() {
    let resume: String = (1..32).map(|number| format!("(call $resume (i64.const {number}))")).collect();
    let pauses = Component::attacking(format!("{resume}(drop (call $pause (i64.const 1000)))"));
    let pauses = pauses.importing(PAUSES);
    let server = serve(&pauses, &[&SHARED[..], &["--max-instances", "1"]].concat());
    let mut attackers = attack(&server, 4);
    others_are_served(&server, &attackers);
    let mut statuses = attackers.iter_mut().map(|attacker| attacker.read_response().status);
    // With the first one goes the instance that all of them had paused in.
    assert!(statuses.all(|status| matches!(status, 504 | 500)));
    server.wait_for_log("the handler computed for more than 200ms");
    server.wait_for_log("the instance in which it had paused has ended, by the fault of another request");
}

#[test]
fn a_method_that_pauses_for_nobody_comes_to_an_end() {
    let pauses = Component::attacking("(if (call $pause (i64.const 20)) (then (return))) (call $answer)");
    let server = serve(&pauses.importing(PAUSES), &[&SHARED[..], &["--request-timeout", "1s"]].concat());
    let attacker = attack(&server, 1).remove(0);
    attacker.wait_until_read();
    attacker.vanish();
    server.wait_for_log("the client went away in the middle of the answer");
}

fn log_message() -> String {
    format!("(call $log-message (i32.const {TEXT}) (i32.const {TEXT_LENGTH}))")
}

#[test]
fn a_row_of_log_messages_holds_up_nobody() {
    holds_up_nobody(&straight(Some(LOG), "", &log_message(), 600, ANSWER), &[]);
}

#[test]
fn twenty_thousand_log_messages_in_a_row_hold_up_nobody() {
    holds_up_nobody(&straight(Some(LOG), "", &log_message(), 20_000, ANSWER), &[]);
}

#[test]
fn a_row_of_look_ups_of_fields_holds_up_nobody() {
    let call = format!("(call $header (i32.const {TEXT}) (i32.const {TEXT_LENGTH}) (i32.const 8))");
    holds_up_nobody(&straight(Some(REQUEST), "", &call, 2_000, ANSWER), &[]);
}

#[test]
fn a_row_of_writes_holds_up_nobody() {
    let call = format!("(call $write-text (i32.const {TEXT}) (i32.const {TEXT_LENGTH}) (i32.const 8))");
    let before = format!("{BEGIN}(call $end-headers (i32.const 8))");
    holds_up_nobody(&straight(Some(WFILE), &before, &call, 2_000, ""), &[]);
}

#[test]
fn a_row_of_fields_holds_up_nobody() {
    let call = format!(
        "(call $send-header (i32.const {TEXT}) (i32.const 8) (i32.const {TEXT}) (i32.const {TEXT_LENGTH}) (i32.const 8))"
    );
    holds_up_nobody(&straight(None, BEGIN, &call, 2_000, "(call $end-headers (i32.const 8))"), &[]);
}

#[test]
fn a_row_of_random_numbers_holds_up_nobody() {
    // As much as one call gives.
    let call = "(call $random (i64.const 262144) (i32.const 8))";
    holds_up_nobody(&straight(Some(RANDOM), "", call, 5_000, ANSWER), &[]);
}

#[test]
fn a_row_of_looks_at_clocks_holds_up_nobody() {
    let call = "(call $wall-clock (i32.const 8))(drop (call $monotonic-clock))";
    holds_up_nobody(&straight(Some(CLOCKS), "", call, 10_000, ANSWER), &[]);
}

#[test]
fn a_row_of_looks_at_the_environment_holds_up_nobody() {
    let variable = format!("LONG={}", "x".repeat(100_000));
    let call = "(call $environment (i32.const 8))";
    holds_up_nobody(&straight(Some(ENVIRONMENT), "", call, 5_000, ANSWER), &["--env", &variable]);
}

#[test]
fn a_row_of_lines_to_stdout_holds_up_nobody() {
    // As much as one call may write.
    let call = format!("(call $write (local.get $out) (i32.const {TEXT}) (i32.const 8192) (i32.const 8))");
    let before = "(local $out i32) (local.set $out (call $stdout))";
    // The local must stand at the function's beginning.
    let attack = Component::attacking("(call $lines)(call $answer)")
        .importing(STDOUT)
        .with_core(&format!("(func $lines {before}{})", call.repeat(2_000)));
    holds_up_nobody(&attack, &[]);
}

#[test]
fn lines_for_the_log_without_an_end_are_bounded_and_counted() {
    let line = format!("(call $log-message (i32.const {TEXT}) (i32.const 1000))");
    let attack = Component::attacking(format!("(loop $on {line} (br $on))")).importing(LOG);
    let server = serve(&attack, &["--cpu-time", "300ms"]);
    let began = Instant::now();
    for _ in 0..2 {
        let told = server.connect().call(request("ATTACK", "/", "")).status;
        assert_eq!(told, 504);
        // Others have their lines meanwhile: a little for each request is free.
        assert_eq!(server.connect().get("/said").status, 200);
        server.wait_for_log("GET /said");
    }
    let seconds = began.elapsed().as_secs() + 1;
    let lines = server.logged("xxxxxxxx").len() as u64;
    // A thousand bytes each.
    assert!((16..=seconds * 512 + 2 * 16).contains(&lines), "{lines} lines in {seconds} s");
    // It is told in a second that follows, once there is more.
    eventually("what was dropped is told", || {
        server.connect().call(request("ATTACK", "/", ""));
        (!server.logged("lines for its log were dropped").is_empty()).then_some(())
    });
}

#[test]
fn a_call_that_is_given_too_much_is_refused_at_once() {
    let call = "(call $log-message (i32.const 0) (i32.const 16000000))";
    let server = serve(&straight(Some(LOG), "", call, 600, ANSWER), &["--threads", "1"]);
    let began = server.processor_time();
    let mut attackers = attack(&server, 8);
    others_are_served(&server, &attackers);
    for client in &mut attackers {
        assert_eq!(client.read_response().status, 500);
    }
    server.wait_for_log("a call of the host was given more than 4.0 MiB at once");
    assert!(server.processor_time() - began < Duration::from_secs(3));
}

#[test]
fn a_second_signal_ends_the_process_whatever_its_threads_do() {
    let endless = straight(Some(LOG), "", &log_message(), 20_000, ANSWER);
    for component in [endless, Component::attacking("(loop $on (br $on))")] {
        let mut server = serve(&component, &["--threads", "2", "--cpu-time", "10m", "--quiet"]);
        let attackers = attack(&server, 8);
        attackers.iter().for_each(Client::wait_until_read);
        server.signal(Signal::TERM);
        server.wait_for_log("draining");
        let began = Instant::now();
        server.signal(Signal::TERM);
        assert_eq!(server.wait().code(), Some(143));
        // A second, and some for a machine that is busy.
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
}

/// A name as C++ makes them, of which each part doubles what it stands for.
fn hostile(bytes: usize) -> String {
    let mut name = "_Z1f1tIiiES_IS0_S0_E".to_owned();
    let digits = |mut number: usize| {
        let mut text = Vec::new();
        loop {
            text.push(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36]);
            number /= 36;
            if number == 0 {
                break;
            }
        }
        text.reverse();
        String::from_utf8(text).expect("ASCII")
    };
    for number in 1.. {
        if name.len() >= bytes {
            break;
        }
        let number = digits(number);
        name.push_str(&format!("S_IS{number}_S{number}_E"));
    }
    name
}

#[test]
fn a_trap_in_a_function_with_a_hostile_name_is_logged_at_once_and_cut() {
    for bytes in [240, 646, 1 << 20] {
        let name = hostile(bytes);
        let core = format!("(func ${name} (unreachable))");
        let server = serve(
            &Component::attacking(format!("(call ${name})")).with_core(&core),
            &["--threads", "1", "--cpu-time", "10m"],
        );
        let (began, before) = (server.processor_time(), server.memory());
        let mut attackers = attack(&server, 1);
        others_are_served(&server, &attackers);
        assert_eq!(attackers[0].read_response().status, 500);
        let line = server.log.wait_for(SOON, |line| line.contains("_Z1f1tIiiES_"));
        assert!(line.len() < 400, "{} bytes: {line}", line.len());
        let (time, memory) = (server.processor_time() - began, server.memory().saturating_sub(before));
        assert!(time < Duration::from_secs(2), "{bytes}: {time:?}");
        assert!(memory < 64 << 20, "{bytes}: {} MiB", memory >> 20);
    }
}

#[test]
fn instructions_that_fill_all_of_a_memory_let_others_go_on_between_them() {
    let fill = "(drop (memory.grow (i32.const 1700)))
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 120000000))
        (call $answer)";
    let folder = tempfile::tempdir().expect("a folder");
    let good = folder.path().join("good.wasm");
    std::fs::write(&good, Component::default().bytes()).expect("a file");
    let bad = Component::attacking(fill).file(folder.path());
    let mounts = [format!("/={}", good.display()), format!("/bad={}", bad.display())];
    let bounds = ["--no-watch", "--threads", "1", "--max-memory", "128MiB"];
    let server = Server::spawn(command(&[&bounds[..], &mounts.each_ref().map(String::as_str)].concat()));
    let begin = |_| {
        let mut client = server.connect();
        client.send(request("ATTACK", "/bad", ""));
        client
    };
    let began = server.processor_time();
    let mut attackers: Vec<Client> = (0..12).map(begin).collect();
    // One that has filled its memory shows what its mount does, and the others queue from then on.
    assert_eq!(server.connect().get("/").status, 200);
    let before = server.processor_time() - began;
    for client in &mut attackers {
        assert_eq!(client.read_bodiless().status, 200);
    }
    let all = server.processor_time() - began;
    assert!(before < all / 2, "{before:?} of {all:?} were computed before others went on");
}

/// Polled as the threads that serve do it, and those in the background.
#[test]
fn an_instance_of_a_mount_that_computes_for_long_leaves_its_thread_before_it_begins() {
    let fill = "(drop (memory.grow (i32.const 1700)))
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 100000000))
        (call $answer)";
    let service = Served::new(&Component::attacking(fill).bytes(), Limits::default()).service();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _within = runtime.enter();
    take_turns();

    let attack = || {
        let (mut client, stream) = tokio::io::duplex(65_536);
        let request = request("ATTACK", "/", "Connection: close\r\n");
        runtime.block_on(client.write_all(request.as_bytes())).expect("room for it");
        let nobody = Address::of_unix(None);
        (client, doverb_http1::serve(Arc::clone(&service), stream, Peer::new(nobody.clone(), nobody), 1))
    };

    // The first shows what its mount does.
    let (mut client, first) = attack();
    drop(runtime.spawn(async move { (client.read_to_end(&mut Vec::new()).await, client) }));
    runtime.block_on(first);
    let (_client, second) = attack();
    let (mut second, context) = (pin!(second), &mut Context::from_waker(Waker::noop()));
    let computed = ThreadTime::now();
    while poll(second.as_mut(), context, Stay::MayLeave) == Polled::Waits {}
    let before = computed.elapsed();
    let mut times = 0;
    while poll(second.as_mut(), context, Stay::Stays) == Polled::Computes {
        times += 1;
    }
    let all = computed.elapsed();
    assert!(before < all / 4, "it had computed for {before:?} of {all:?} when it left");
    assert!(times > 1, "it came back before it began");
}
