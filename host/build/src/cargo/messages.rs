//! What Cargo says while it builds, one JSON object a line: which of it is an error, and which a handler.

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use cargo_metadata::{CrateType, Message, Target};

/// `None` for what is no message: a build script of old may print what it likes, and Cargo may get further messages.
pub(super) fn message(line: &str) -> Option<Message> {
    serde_json::from_str(line).ok()
}

/// Whether a package's library, program or build script is what a component is made of.
pub(super) fn is_handler(target: &Target) -> bool {
    target.crate_types.contains(&CrateType::CDyLib)
}

/// The error in one line with its place, unless it is a warning or the sum of other errors.
pub(super) fn error(diagnostic: &Diagnostic) -> Option<String> {
    let is_error = matches!(diagnostic.level, DiagnosticLevel::Error | DiagnosticLevel::Ice);
    let is_sum = diagnostic.spans.is_empty() && diagnostic.message.starts_with("aborting due to");
    if !is_error || is_sum {
        return None;
    }
    let message = diagnostic.message.split_whitespace().collect::<Vec<_>>().join(" ");
    let place = diagnostic.spans.iter().find(|span| span.is_primary);
    Some(place.map_or(message.clone(), |span| {
        format!("{}:{}:{}: {message}", span.file_name, span.line_start, span.column_start)
    }))
}

/// Whether a line on Cargo's standard error only says what it does: a verb that ends in column
/// 12, as in `   Compiling hello v0.1.0`. Everything else there is a warning or an error.
pub(super) fn is_status(line: &str) -> bool {
    let Some((verb, rest)) = line.split_at_checked(12) else { return false };
    let verb = verb.trim_start();
    let is_word = !verb.is_empty() && verb.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_word && verb.starts_with(|first: char| first.is_ascii_uppercase()) && rest.starts_with(' ')
}

#[cfg(test)]
mod tests {
    use super::{error, is_handler, is_status, message};
    use cargo_metadata::Message;
    use cargo_metadata::diagnostic::Diagnostic;

    #[test]
    fn an_artifact_says_whether_it_is_a_handler() {
        let line = r#"{"reason":"compiler-artifact","package_id":"path+file:///h#hello@0.1.0",
            "manifest_path":"/h/Cargo.toml","target":{"kind":["cdylib"],"crate_types":["cdylib"],"name":"hello",
            "src_path":"/h/src/lib.rs","edition":"2024","doc":true,"doctest":false,"test":true},
            "profile":{"opt_level":"3","debuginfo":0,"debug_assertions":false,"overflow_checks":false,"test":false},
            "features":[],"filenames":["/h/target/wasm32-wasip2/release/hello.wasm"],"executable":null,
            "fresh":false}"#;
        let Some(Message::CompilerArtifact(artifact)) = message(line) else { panic!("no artifact") };
        assert!(is_handler(&artifact.target));
        assert_eq!(artifact.filenames.len(), 1);
    }

    fn diagnostic(level: &str, text: &str, spans: &str) -> Diagnostic {
        let line = format!(
            r#"{{"reason":"compiler-message","package_id":"path+file:///h#hello@0.1.0",
            "manifest_path":"/h/Cargo.toml","target":{{"kind":["cdylib"],"crate_types":["cdylib"],"name":"hello",
            "src_path":"/h/src/lib.rs","edition":"2024"}},"message":{{"$message_type":"diagnostic","code":null,
            "rendered":"{level}: ...","level":"{level}","message":"{text}","spans":[{spans}],"children":[]}}}}"#
        );
        let Some(Message::CompilerMessage(said)) = message(&line) else { panic!("{line}") };
        said.message
    }

    fn span(file: &str, (line, column): (usize, usize), is_primary: bool) -> String {
        format!(
            r#"{{"file_name":"{file}","byte_start":0,"byte_end":1,"line_start":{line},"line_end":{line},
            "column_start":{column},"column_end":{column},"is_primary":{is_primary},"text":[],"label":null,
            "suggested_replacement":null,"suggestion_applicability":null,"expansion":null}}"#
        )
    }

    #[test]
    fn an_error_is_one_line_with_its_place() {
        let spans = [span("src/other.rs", (1, 1), false), span("src/lib.rs", (12, 5), true)].join(",");
        let said = diagnostic("error", "cannot find value `x`\\nin this scope", &spans);
        assert_eq!(error(&said).unwrap(), "src/lib.rs:12:5: cannot find value `x` in this scope");
        assert!(said.rendered.is_some());
        let panicked = diagnostic("error: internal compiler error", "unexpected panic", "");
        assert_eq!(error(&panicked).unwrap(), "unexpected panic");
    }

    #[test]
    fn warnings_and_sums_are_no_errors() {
        for (level, text) in [("warning", "unused"), ("error", "aborting due to 2 previous errors")] {
            assert_eq!(error(&diagnostic(level, text, "")), None);
        }
    }

    #[test]
    fn unknown_reasons_and_noise_are_passed_over() {
        assert!(matches!(
            message(r#"{"reason":"build-finished","success":true}"#),
            Some(Message::BuildFinished(_))
        ));
        assert!(message(r#"{"reason":"something-new"}"#).is_none());
        assert!(message("hello from a build script").is_none());
    }

    #[test]
    fn status_lines_are_known_by_their_verb() {
        for line in
            ["   Compiling hello v0.1.0 (/h)", "    Finished `release` profile", "    Blocking waiting"]
        {
            assert!(is_status(line), "{line}");
        }
        for line in ["error: could not compile", "  failed to parse it", "warning: unused", "", "Caused by:"]
        {
            assert!(!is_status(line), "{line}");
        }
    }
}
