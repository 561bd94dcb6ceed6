//! What Cargo says while it builds: one JSON object a line.

use std::path::PathBuf;

use serde::Deserialize;

/// The messages that matter; Cargo has more kinds, and may get others.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason")]
pub(super) enum Message {
    #[serde(rename = "compiler-message")]
    Diagnostic { message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Artifact(Artifact),
    #[serde(other)]
    Other,
}

/// Something that was built.
#[derive(Debug, Deserialize)]
pub(super) struct Artifact {
    pub(super) manifest_path: PathBuf,
    pub(super) target: Target,
    pub(super) filenames: Vec<PathBuf>,
}

/// A library, program or build script of a package.
#[derive(Debug, Deserialize)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) crate_types: Vec<String>,
}

impl Target {
    pub(super) fn is_handler(&self) -> bool {
        self.crate_types.iter().any(|crate_type| crate_type == "cdylib")
    }
}

/// An error or a warning.
#[derive(Debug, Deserialize)]
pub(super) struct Diagnostic {
    message: String,
    level: String,
    spans: Vec<Span>,
    pub(super) rendered: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Span {
    file_name: String,
    line_start: usize,
    column_start: usize,
    is_primary: bool,
}

impl Diagnostic {
    /// The error in one line with its place, unless this is a warning or the sum of other errors.
    pub(super) fn error(&self) -> Option<String> {
        let sum = self.spans.is_empty() && self.message.starts_with("aborting due to");
        if !self.level.starts_with("error") || sum {
            return None;
        }
        let message = self.message.split_whitespace().collect::<Vec<_>>().join(" ");
        let place = self.spans.iter().find(|span| span.is_primary);
        Some(place.map_or(message.clone(), |span| {
            format!("{}:{}:{}: {message}", span.file_name, span.line_start, span.column_start)
        }))
    }
}

impl Message {
    /// `None` for what is not a message: a build script of old may print what it likes.
    pub(super) fn parse(line: &str) -> Option<Message> {
        serde_json::from_str(line).ok()
    }
}

/// What `cargo metadata` says of a workspace.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    pub(super) workspace_root: PathBuf,
    pub(super) target_directory: PathBuf,
}

/// One member of a workspace.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) manifest_path: PathBuf,
    pub(super) targets: Vec<Target>,
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
    use super::{Message, Metadata, is_status};

    #[test]
    fn an_artifact_says_whether_it_is_a_handler() {
        let line = r#"{"reason":"compiler-artifact","package_id":"path+file:///h#hello@0.1.0",
            "manifest_path":"/h/Cargo.toml","target":{"kind":["cdylib"],"crate_types":["cdylib"],"name":"hello",
            "src_path":"/h/src/lib.rs","edition":"2024"},"profile":{"opt_level":"3"},"features":[],
            "filenames":["/h/target/wasm32-wasip2/release/hello.wasm"],"executable":null,"fresh":false}"#;
        let Some(Message::Artifact(artifact)) = Message::parse(line) else { panic!("no artifact") };
        assert!(artifact.target.is_handler());
        assert_eq!(artifact.filenames.len(), 1);
    }

    #[test]
    fn an_error_is_one_line_with_its_place() {
        let line = r#"{"reason":"compiler-message","message":{"rendered":"error[E0425]: ...","level":"error",
            "message":"cannot find value `x`\nin this scope","spans":[
            {"file_name":"src/other.rs","line_start":1,"column_start":1,"is_primary":false},
            {"file_name":"src/lib.rs","line_start":12,"column_start":5,"is_primary":true}]}}"#;
        let Some(Message::Diagnostic { message }) = Message::parse(line) else { panic!("no message") };
        assert_eq!(message.error().unwrap(), "src/lib.rs:12:5: cannot find value `x` in this scope");
        assert!(message.rendered.is_some());
    }

    #[test]
    fn warnings_and_sums_are_no_errors() {
        for (level, text) in [("warning", "unused"), ("error", "aborting due to 2 previous errors")] {
            let line = format!(
                r#"{{"reason":"compiler-message","message":{{"rendered":null,"level":"{level}",
                "message":"{text}","spans":[]}}}}"#
            );
            let Some(Message::Diagnostic { message }) = Message::parse(&line) else { panic!("{line}") };
            assert_eq!(message.error(), None);
        }
    }

    #[test]
    fn unknown_reasons_and_noise_are_passed_over() {
        assert!(matches!(
            Message::parse(r#"{"reason":"build-finished","success":true}"#),
            Some(Message::Other)
        ));
        assert!(Message::parse("hello from a build script").is_none());
    }

    #[test]
    fn metadata_gives_members_and_folders() {
        let text = r#"{"packages":[{"name":"hello","version":"0.1.0","manifest_path":"/h/Cargo.toml","targets":[
            {"kind":["lib"],"crate_types":["lib"],"name":"hello"}]}],"workspace_root":"/h",
            "target_directory":"/h/target","version":1}"#;
        let metadata: Metadata = serde_json::from_str(text).unwrap();
        assert!(!metadata.packages[0].targets[0].is_handler());
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
