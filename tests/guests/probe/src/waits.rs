//! Waits for the client and for a clock of `ms=` milliseconds at once.

use std::cell::OnceCell;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use doverb_guest::*;
use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::{Pollable, poll};

use crate::raw::compute;
use crate::{number, text};

pub(crate) fn serve(handler: &mut impl BaseHTTPRequestHandler, path: &str) -> Option<Result> {
    Some(match path {
        "/waits/input" => input(handler),
        "/waits/output" => output(handler),
        "/waits/known" => known(handler),
        "/waits/raw" => raw(handler),
        "/waits/labour" => labour(handler),
        _ => return None,
    })
}

fn clock(handler: &impl BaseHTTPRequestHandler) -> Result<Pollable> {
    Ok(monotonic_clock::subscribe_duration(number(handler, "ms")? * 1_000_000))
}

/// Waits until the client has something to be read. False when the clock was first.
fn has_come(handler: &impl BaseHTTPRequestHandler, client: &Pollable) -> Result<bool> {
    if handler.query().get("ask").is_none() {
        return Ok(poll(&[&clock(handler)?, client]).contains(&1));
    }
    while !client.ready() {
        clock(handler)?.block();
    }
    Ok(true)
}

/// Computes and sleeps for `ms=` milliseconds each, so often as `times=` says, with a line after each.
fn labour(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let time = Duration::from_millis(number(handler, "ms")?);
    handler.send_response(200)?;
    handler.end_headers()?;
    for round in 0..number(handler, "times")? {
        compute(time);
        handler.wfile().write_all(format!("round {round}\n").as_bytes())?;
        handler.wfile().flush()?;
        std::thread::sleep(time);
    }
    Ok(())
}

thread_local! {
    /// Kept for all requests of the instance.
    static CLIENT: OnceCell<Pollable> = const { OnceCell::new() };
}

/// Says what comes, and `tick` for every time that the clock was first.
fn input(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.end_headers()?;
    let mut buffer = [0; 1024];
    loop {
        let client = |kept: &OnceCell<_>| has_come(handler, kept.get_or_init(|| handler.rfile().subscribe()));
        if !CLIENT.with(client)? {
            handler.wfile().write_all(b"tick")?;
            continue;
        }
        match handler.rfile().read(&mut buffer) {
            Ok(0) => return Ok(handler.wfile().write_all(b"end")?),
            Ok(bytes) => handler.wfile().write_all(&buffer[..bytes])?,
            Err(error) => {
                handler.log_message(&format!("the wait ended: {error}"));
                return Err(error.into());
            }
        }
    }
}

/// Writes as long as there is room, says in the log when there is none, and waits until there is again.
fn output(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(200)?;
    handler.end_headers()?;
    let client = handler.wfile().subscribe();
    while poll(&[&client, &clock(handler)?]).contains(&0) {
        let began = Instant::now();
        handler.wfile().write_all(&[b'x'; 60_000])?;
        if began.elapsed() > Duration::from_secs(1) {
            handler.log_message("a write has waited");
        }
    }
    handler.log_message("there is no room");
    client.block();
    handler.log_message("there is room again");
    if let Err(error) = handler.wfile().write_all(b"end") {
        handler.log_message(&format!("the write failed: {error}"));
        return Err(error.into());
    }
    Ok(())
}

/// What is ready without a wait.
fn known(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let (input, output) = (handler.rfile().subscribe(), handler.wfile().subscribe());
    let never = monotonic_clock::subscribe_duration(u64::MAX);
    let ready = match handler.query().get("of") {
        Some("nothing") => poll(&[]),
        Some("twice") => poll(&[&input, &never, &input, &output, &output]),
        Some("now") => {
            let past = monotonic_clock::subscribe_instant(0);
            past.block();
            poll(&[&input, &past])
        }
        _ => poll(&[&never, &input]),
    };
    input.block();
    output.block();
    drop(input);
    // It may get the place that the other had.
    let clock = monotonic_clock::subscribe_duration(u64::MAX);
    let answer =
        format!("{ready:?} {} {} {}", output.ready(), clock.ready(), handler.rfile().subscribe().ready());
    text(handler, &answer)
}

/// An echo that says `tick` when the clock was first and `silence` when the client took too long.
fn raw(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    handler.send_response(101)?;
    handler.send_header("Connection", "Upgrade")?;
    handler.send_header("Upgrade", "echo")?;
    handler.end_headers()?;
    let timeout = Duration::from_millis(number(handler, "timeout")?);
    if !timeout.is_zero() {
        handler.set_timeout(timeout);
    }
    let burn = Duration::from_millis(number(handler, "burn")?);
    let (mut connection, client) = (handler.connection(), handler.rfile().subscribe());
    let mut buffer = [0; 1024];
    loop {
        if !has_come(handler, &client)? {
            compute(burn);
            connection.write_all(b"tick")?;
            continue;
        }
        let began = Instant::now();
        match connection.read(&mut buffer) {
            Ok(0) => return Ok(connection.write_all(b"bye")?),
            Ok(bytes) => connection.write_all(&buffer[..bytes])?,
            Err(error) if error.kind() == ErrorKind::TimedOut && !timeout.is_zero() => {
                let at_once = began.elapsed() < timeout / 2;
                connection.write_all(if at_once { b"silence" } else { b"waited twice" })?;
            }
            Err(error) => {
                handler.log_message(&format!("the connection failed: {error}"));
                return Err(error.into());
            }
        }
    }
}
