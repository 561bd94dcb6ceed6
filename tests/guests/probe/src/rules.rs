//! Every call that the contract says fails, made so that it fails. A line of the report is the call and its failure.

use std::fmt::Display;

use doverb_guest::__private::response;
use doverb_guest::*;

use crate::text;

pub(crate) fn serve(handler: &mut impl BaseHTTPRequestHandler, path: &str) -> Option<Result> {
    Some(match path {
        "/rules/attributes" => attributes(handler),
        "/rules/head" => head(handler),
        "/rules/answer" => answer(handler),
        "/rules/answer-chunks" => answer_chunks(handler, path),
        "/rules/answer-text-chunks" => answer_chunks(handler, path),
        "/rules/read" => read(handler),
        "/rules/flush" => flush(handler),
        "/rules/flush-headers" => flush_headers(handler),
        _ => return None,
    })
}

#[derive(Default)]
struct Report(Vec<String>);

impl Report {
    fn note<T, E: Display>(&mut self, call: &str, result: std::result::Result<T, E>) {
        let failure = result.err().map_or("it did not fail".to_owned(), |failure| failure.to_string());
        self.0.push(format!("{call}: {failure}"));
    }

    fn text(&self) -> String {
        self.0.join("\n")
    }
}

fn attributes(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let (long, control) = ("x".repeat(1_025), "a\x1b");
    let mut report = Report::default();
    report.note("set-protocol-version", handler.set_protocol_version("HTTP/2"));
    for bad in [&long, control, "\u{100}"] {
        report.note("set-server-version", handler.set_server_version(bad));
        report.note("set-sys-version", handler.set_sys_version(bad));
        report.note("set-error-content-type", handler.set_error_content_type(bad));
    }
    for bad in ["%(cause)s", "%(message)d", "100%", &"x".repeat(65_537)] {
        report.note("set-error-message-format", handler.set_error_message_format(bad));
    }
    for (code, phrase, explain) in [
        (99, "", ""),
        (1000, "", ""),
        (299, control, ""),
        (299, "", control),
        (299, "\u{100}", ""),
        (299, &long, ""),
        (299, "", &long),
    ] {
        report.note("set-responses", handler.set_responses(code, phrase, explain));
    }
    for code in 100..356 {
        handler.set_responses(code, "Set", "It was set")?;
    }
    report.note("set-responses", handler.set_responses(999, "", ""));
    report.note("date-time-string", handler.date_time_string(Some(253_402_300_800)));
    let report = report.text();
    text(handler, &report)
}

fn head(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let huge = "x".repeat(300_000);
    let mut report = Report::default();
    report.note("send-header first", handler.send_header("A", "b"));
    report.note("end-headers first", handler.end_headers());
    report.note("write first", handler.wfile().write_all(b"x"));
    report.note("write-text first", handler.wfile().write_text("x"));
    for code in [99, 1000] {
        report.note("send-response", handler.send_response(code));
        report.note("send-response-only", handler.send_response_only(code, None));
        report.note("send-error", handler.send_error(code));
    }
    for message in ["a\r\nb", "\0", "\u{100}", &huge] {
        report.note("send-response", handler.send_response_with(200, message));
        report.note("send-response-only", handler.send_response_only(200, Some(message)));
        report.note("send-error", handler.send_error_with(400, Some(message), None));
    }
    report.note("send-response 101", handler.send_response(101));
    handler.send_response(200)?;
    report.note("send-response again", handler.send_response(200));
    report.note("send-response-only again", handler.send_response_only(200, None));
    report.note("send-error again", handler.send_error(500));
    report.note("handle-expect-100", handler.handle_expect_100());
    report.note("write before end-headers", handler.wfile().write_all(b"x"));
    for (name, value) in [
        ("a b", "c"),
        ("", "c"),
        ("A", "b\rc"),
        ("A", "b\nc"),
        ("A", "b\0c"),
        ("A", "b\x1bc"),
        ("A", "\u{100}"),
        ("Content-Length", "many"),
        ("Transfer-Encoding", "gzip"),
        ("A", &huge),
    ] {
        report.note("send-header", handler.send_header(name, value));
    }
    handler.send_header("Transfer-Encoding", "chunked")?;
    report.note("send-header Content-Length", handler.send_header("Content-Length", 1));
    report.note("send-header twice", handler.send_header("Transfer-Encoding", "chunked"));
    handler.end_headers()?;
    report.note("end-headers again", handler.end_headers());
    report.note("send-header late", handler.send_header("A", "b"));
    report.note("write-text wide", handler.wfile().write_text("\u{20ac}"));
    report.note("write-text long", handler.wfile().write_text(&"\u{e9}".repeat(65_537)));
    report.note("write-text no chunk", handler.wfile().write_text("no chunk"));
    report.note("write no chunk", handler.wfile().write_all(b"no chunk"));
    let report = report.text();
    // The decoder has seen a malformed chunk: nothing can follow, so the log has the report.
    for line in report.lines() {
        handler.log_message(line);
    }
    Ok(())
}

/// The calls that make an answer of several, as no SDK would make them.
fn answer(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let huge = "x".repeat(300_000);
    let field = format!("X: {huge}\r\n");
    let mut report = Report::default();
    let mut all = |code: u16, message: Option<&str>| {
        let opening = response::Opening::Response;
        report.note("begin", response::begin(opening, code, message, "").map_err(Failure::from));
        report.note("answer", response::answer(opening, code, message, b"", b"").map_err(Failure::from));
        report.note(
            "answer-text",
            response::answer_text(opening, code, message, "", "").map_err(Failure::from),
        );
    };
    all(99, None);
    all(200, Some("\0"));
    all(200, Some(&huge));
    let only = response::Opening::Only;
    // A head is open from here on.
    report.note("begin field", response::begin(only, 200, None, "no colon\r\n").map_err(Failure::from));
    let mut all = |code: u16| {
        report.note("begin again", response::begin(only, code, None, "").map_err(Failure::from));
        report.note("answer again", response::answer(only, code, None, b"", b"").map_err(Failure::from));
        report.note(
            "answer-text again",
            response::answer_text(only, code, None, "", "").map_err(Failure::from),
        );
    };
    all(200);
    report.note("send-header", handler.send_header("X", &field));
    handler.end_headers()?;
    handler.wfile().write_all(report.text().as_bytes())?;
    Ok(())
}

/// A body that is no chunks, although the fields say so.
fn answer_chunks(handler: &mut impl BaseHTTPRequestHandler, path: &str) -> Result {
    let (opening, fields) = (response::Opening::Response, "Transfer-Encoding: chunked\r\n");
    let (call, result) = match path {
        "/rules/answer-chunks" => {
            ("answer", response::answer(opening, 200, None, fields.as_bytes(), b"no chunk"))
        }
        _ => ("answer-text", response::answer_text(opening, 200, None, fields, "no chunk")),
    };
    report_to_log(handler, call, |_| result.map_err(Failure::from));
    Ok(())
}

/// Reads until it fails, and again: the failure is final.
fn read(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    report_to_log(handler, "trailers before the end", |handler| handler.trailers());
    let mut bytes = Vec::new();
    report_to_log(handler, "read", |handler| handler.rfile().read_to_end(&mut bytes));
    report_to_log(handler, "read again", |handler| handler.rfile().read(&mut [0]));
    report_to_log(handler, "read-line", |handler| handler.rfile().readline(10));
    text(handler, "it failed")
}

fn report_to_log<H: BaseHTTPRequestHandler, T, E: Display>(
    handler: &mut H,
    call: &str,
    run: impl FnOnce(&mut H) -> std::result::Result<T, E>,
) {
    let failure = run(handler).err().map_or("it did not fail".to_owned(), |failure| failure.to_string());
    handler.log_message(&format!("{call}: {failure}"));
}

/// Sends informational answers until the client takes no more, then calls all that can't succeed any more.
fn flush(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let value = "x".repeat(60_000);
    let failure = loop {
        handler.send_response_only(103, None)?;
        handler.send_header("Link", &value)?;
        handler.end_headers()?;
        if let Err(failure) = handler.wfile().flush() {
            break failure;
        }
    };
    handler.log_message(&format!("flush: {failure}"));
    report_to_log(handler, "flush again", |handler| {
        let sent = handler.send_response(200);
        handler.wfile().flush().and(sent.map_err(Into::into))
    });
    report_to_log(handler, "send-response", |handler| handler.send_response(200));
    report_to_log(handler, "send-response-only", |handler| handler.send_response_only(200, None));
    report_to_log(handler, "send-error", |handler| handler.send_error(400));
    report_to_log(handler, "handle-expect-100", |handler| handler.handle_expect_100());
    let opening = response::Opening::Response;
    report_to_log(handler, "begin", |_| response::begin(opening, 200, None, "").map_err(Failure::from));
    report_to_log(handler, "answer", |_| {
        response::answer(opening, 200, None, b"", b"").map_err(Failure::from)
    });
    report_to_log(handler, "answer-text", |_| {
        response::answer_text(opening, 200, None, "", "").map_err(Failure::from)
    });
    report_to_log(handler, "write", |handler| handler.wfile().write_all(b"x"));
    report_to_log(handler, "write-text", |handler| handler.wfile().write_text("x"));
    Ok(())
}

fn flush_headers(handler: &mut impl BaseHTTPRequestHandler) -> Result {
    let value = "x".repeat(200_000);
    handler.send_response(200)?;
    let failure = loop {
        handler.send_header("X", &value)?;
        if let Err(failure) = handler.flush_headers() {
            break failure;
        }
    };
    handler.log_message(&format!("flush-headers: {failure}"));
    Ok(())
}
