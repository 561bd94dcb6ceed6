//! Components that do what no compiler would write: a test composes them from text.

use std::path::{Path, PathBuf};

/// Functions of the host's that a component may call, lowered to core functions.
#[derive(Clone, Copy, Debug)]
pub struct Import {
    /// The imports and their lowering, as text of a component.
    text: &'static str,
    /// What they are called in the core module, with their types.
    functions: &'static [(&'static str, &'static str)],
}

/// `$log-message (text, length)`.
pub const LOG: Import = Import {
    text: r#"
        (import "doverb:handler/log@0.1.0" (instance $log
            (export "log-message" (func (param "message" string)))))
        (core func $log-message (canon lower (func $log "log-message") (memory $memory)))"#,
    functions: &[("log-message", "(param i32 i32)")],
};

/// `$pause (milliseconds) -> whether`, `$resume (connection)`.
pub const PAUSES: Import = Import {
    text: r#"
        (import "doverb:handler/pauses@0.1.0" (instance $pauses
            (export "pause" (func (param "milliseconds" u64) (result bool)))
            (export "resume" (func (param "connection" u64)))))
        (core func $pause (canon lower (func $pauses "pause")))
        (core func $resume (canon lower (func $pauses "resume")))"#,
    functions: &[("pause", "(param i64) (result i32)"), ("resume", "(param i64)")],
};

/// `$header (name, length, result)`.
pub const REQUEST: Import = Import {
    text: r#"
        (import "doverb:handler/request@0.1.0" (instance $request
            (export "header" (func (param "name" string) (result (option string))))))
        (core func $header
            (canon lower (func $request "header") (memory $memory) (realloc $realloc)))"#,
    functions: &[("header", "(param i32 i32 i32)")],
};

/// `$write-text (text, length, result)`.
pub const WFILE: Import = Import {
    text: r#"
        (import "doverb:handler/wfile@0.1.0" (instance $wfile
            (alias outer 1 $failure (type $f0)) (export "failure" (type $f (eq $f0)))
            (type $done (result (error $f)))
            (export "write-text" (func (param "text" string) (result $done)))))
        (core func $write-text
            (canon lower (func $wfile "write-text") (memory $memory) (realloc $realloc)))"#,
    functions: &[("write-text", "(param i32 i32 i32)")],
};

/// `$random (bytes, result)`.
pub const RANDOM: Import = Import {
    text: r#"
        (import "wasi:random/random@0.2.0" (instance $random
            (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
        (core func $random
            (canon lower (func $random "get-random-bytes") (memory $memory) (realloc $realloc)))"#,
    functions: &[("random", "(param i64 i32)")],
};

/// `$wall-clock (result)`, `$monotonic-clock`, `$sleep (nanoseconds)`, which gives a pollable, and `$block (pollable)`.
pub const CLOCKS: Import = Import {
    text: r#"
        (import "wasi:io/poll@0.2.0" (instance $poll
            (export "pollable" (type $pollable (sub resource)))
            (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
        (alias export $poll "pollable" (type $pollable))
        (import "wasi:clocks/monotonic-clock@0.2.0" (instance $monotonic
            (alias outer 1 $pollable (type $p0)) (export "pollable" (type $p (eq $p0)))
            (export "now" (func (result u64)))
            (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
        (import "wasi:clocks/wall-clock@0.2.0" (instance $wall
            (type $d0 (record (field "seconds" u64) (field "nanoseconds" u32)))
            (export "datetime" (type $d (eq $d0)))
            (export "now" (func (result $d)))))
        (core func $wall-clock (canon lower (func $wall "now") (memory $memory)))
        (core func $monotonic-clock (canon lower (func $monotonic "now")))
        (core func $sleep (canon lower (func $monotonic "subscribe-duration")))
        (core func $block (canon lower (func $poll "[method]pollable.block")))"#,
    functions: &[
        ("wall-clock", "(param i32)"),
        ("monotonic-clock", "(result i64)"),
        ("sleep", "(param i64) (result i32)"),
        ("block", "(param i32)"),
    ],
};

/// `$environment (result)`.
pub const ENVIRONMENT: Import = Import {
    text: r#"
        (import "wasi:cli/environment@0.2.0" (instance $environment
            (export "get-environment" (func (result (list (tuple string string)))))))
        (core func $environment
            (canon lower (func $environment "get-environment") (memory $memory) (realloc $realloc)))"#,
    functions: &[("environment", "(param i32)")],
};

/// `$stdout`, which gives a stream, and `$write (stream, bytes, length, result)`.
pub const STDOUT: Import = Import {
    text: r#"
        (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
        (alias export $error "error" (type $error))
        (import "wasi:io/streams@0.2.0" (instance $streams
            (export "output-stream" (type $stream (sub resource)))
            (alias outer 1 $error (type $e0)) (export "error" (type $e (eq $e0)))
            (type $s0 (variant (case "last-operation-failed" (own $e)) (case "closed")))
            (export "stream-error" (type $s (eq $s0)))
            (export "[method]output-stream.write"
                (func (param "self" (borrow $stream)) (param "contents" (list u8)) (result (result (error $s)))))))
        (alias export $streams "output-stream" (type $stream))
        (import "wasi:cli/stdout@0.2.0" (instance $stdout
            (alias outer 1 $stream (type $s0)) (export "output-stream" (type $s (eq $s0)))
            (export "get-stdout" (func (result (own $s))))))
        (core func $stdout (canon lower (func $stdout "get-stdout")))
        (core func $write (canon lower (func $streams "[method]output-stream.write") (memory $memory)))"#,
    functions: &[("stdout", "(result i32)"), ("write", "(param i32 i32 i32 i32)")],
};

/// `$sleep (nanoseconds)`, which gives a pollable, and `$poll (pollables, count, result)`.
pub const POLL: Import = Import {
    text: r#"
        (import "wasi:io/poll@0.2.0" (instance $poll
            (export "pollable" (type $pollable (sub resource)))
            (export "poll" (func (param "in" (list (borrow $pollable))) (result (list u32))))))
        (alias export $poll "pollable" (type $pollable))
        (import "wasi:clocks/monotonic-clock@0.2.0" (instance $monotonic
            (alias outer 1 $pollable (type $p0)) (export "pollable" (type $p (eq $p0)))
            (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
        (core func $sleep (canon lower (func $monotonic "subscribe-duration")))
        (core func $poll
            (canon lower (func $poll "poll") (memory $memory) (realloc $realloc)))"#,
    functions: &[("sleep", "(param i64) (result i32)"), ("poll", "(param i32 i32 i32)")],
};

/// Other servers' requests: `$fields`, `$append (fields, name, length, value, length, result)`, `$request (fields)`,
/// `$set-method (request, case, method, length)`, `$set-authority (request, 1, authority, length)`.
pub const HTTP: Import = Import {
    text: r#"
        (import "wasi:http/types@0.2.0" (instance $http
            (export "fields" (type $fields (sub resource)))
            (export "outgoing-request" (type $request (sub resource)))
            (type $m0 (variant (case "get") (case "head") (case "post") (case "put") (case "delete") (case "connect")
                (case "options") (case "trace") (case "patch") (case "other" string)))
            (export "method" (type $method (eq $m0)))
            (type $e0 (variant (case "invalid-syntax") (case "forbidden") (case "immutable")))
            (export "header-error" (type $error (eq $e0)))
            (export "[constructor]fields" (func (result (own $fields))))
            (export "[method]fields.append" (func (param "self" (borrow $fields)) (param "name" string)
                (param "value" (list u8)) (result (result (error $error)))))
            (export "[constructor]outgoing-request"
                (func (param "headers" (own $fields)) (result (own $request))))
            (export "[method]outgoing-request.set-method"
                (func (param "self" (borrow $request)) (param "method" $method) (result (result))))
            (export "[method]outgoing-request.set-authority"
                (func (param "self" (borrow $request)) (param "authority" (option string)) (result (result))))))
        (core func $fields (canon lower (func $http "[constructor]fields")))
        (core func $append (canon lower (func $http "[method]fields.append") (memory $memory)))
        (core func $request (canon lower (func $http "[constructor]outgoing-request")))
        (core func $set-method
            (canon lower (func $http "[method]outgoing-request.set-method") (memory $memory)))
        (core func $set-authority
            (canon lower (func $http "[method]outgoing-request.set-authority") (memory $memory)))"#,
    functions: &[
        ("fields", "(result i32)"),
        ("append", "(param i32 i32 i32 i32 i32 i32)"),
        ("request", "(param i32) (result i32)"),
        ("set-method", "(param i32 i32 i32 i32) (result i32)"),
        ("set-authority", "(param i32 i32 i32 i32) (result i32)"),
    ],
};

/// Folders that were granted: `$directories (result)`, and `$read-directory (folder, result)`.
pub const FOLDER: Import = Import {
    text: r#"
        (import "wasi:filesystem/types@0.2.0" (instance $files
            (export "descriptor" (type $descriptor (sub resource)))
            (export "directory-entry-stream" (type $entries (sub resource)))
            (type $e0 (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock" "quota" "exist"
                "file-too-large" "illegal-byte-sequence" "in-progress" "interrupted" "invalid" "io" "is-directory"
                "loop" "too-many-links" "message-size" "name-too-long" "no-device" "no-entry" "no-lock"
                "insufficient-memory" "insufficient-space" "not-directory" "not-empty" "not-recoverable" "unsupported"
                "no-tty" "no-such-device" "overflow" "not-permitted" "pipe" "read-only" "invalid-seek" "text-file-busy"
                "cross-device"))
            (export "error-code" (type $error (eq $e0)))
            (export "[method]descriptor.read-directory"
                (func (param "self" (borrow $descriptor)) (result (result (own $entries) (error $error)))))))
        (alias export $files "descriptor" (type $descriptor))
        (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
            (alias outer 1 $descriptor (type $d0)) (export "descriptor" (type $d (eq $d0)))
            (export "get-directories" (func (result (list (tuple (own $d) string)))))))
        (core func $directories
            (canon lower (func $preopens "get-directories") (memory $memory) (realloc $realloc)))
        (core func $read-directory
            (canon lower (func $files "[method]descriptor.read-directory") (memory $memory)))"#,
    functions: &[("directories", "(param i32)"), ("read-directory", "(param i32 i32)")],
};

/// Every component has them: `$send-response (code, 0, 0, 0, result)`, `$send-header (name, length, value, length,
/// result)` and `$end-headers (result)`.
const RESPONSE: Import = Import {
    text: r#"
        (import "doverb:handler/types@0.1.0" (instance $types
            (type $f (variant (case "out-of-order" string) (case "invalid-status" u16)
                (case "invalid-field" string) (case "closed") (case "timed-out") (case "malformed" string)
                (case "too-large" u64) (case "other" (tuple string string))))
            (export "failure" (type (eq $f)))))
        (alias export $types "failure" (type $failure))
        (import "doverb:handler/response@0.1.0" (instance $response
            (alias outer 1 $failure (type $f0)) (export "failure" (type $f (eq $f0)))
            (type $done (result (error $f)))
            (export "send-response" (func (param "code" u16) (param "message" (option string)) (result $done)))
            (export "send-header" (func (param "name" string) (param "value" string) (result $done)))
            (export "end-headers" (func (result $done)))))
        (core func $send-response
            (canon lower (func $response "send-response") (memory $memory) (realloc $realloc)))
        (core func $send-header
            (canon lower (func $response "send-header") (memory $memory) (realloc $realloc)))
        (core func $end-headers
            (canon lower (func $response "end-headers") (memory $memory) (realloc $realloc)))"#,
    functions: &[
        ("send-response", "(param i32 i32 i32 i32 i32)"),
        ("send-header", "(param i32 i32 i32 i32 i32)"),
        ("end-headers", "(param i32)"),
    ],
};

/// Where [`Component`] has its text of `x`.
pub const TEXT: usize = 65_536;
/// How long that text is: what one call of the host may be given.
pub const TEXT_LENGTH: usize = (4 << 20) - 1024;

/// A component whose GET answers 200, and whose ATTACK does something else. What calls give is put at 8, what they
/// allocate behind the text.
#[derive(Clone, Debug, Default)]
pub struct Component {
    imports: Vec<Import>,
    core: String,
    exports: String,
    attack: String,
    sections: Vec<u8>,
}

impl Component {
    /// One whose ATTACK is this text of a core function.
    #[must_use]
    pub fn attacking(attack: impl Into<String>) -> Component {
        Component { attack: attack.into(), ..Component::default() }
    }

    /// It may call these.
    #[must_use]
    pub fn importing(mut self, import: Import) -> Component {
        self.imports.push(import);
        self
    }

    /// Its core module has this text besides.
    #[must_use]
    pub fn with_core(mut self, text: &str) -> Component {
        self.core.push_str(text);
        self
    }

    /// It has these exports besides; `$module` is the instance of its core module.
    #[must_use]
    pub fn with_exports(mut self, text: &str) -> Component {
        self.exports.push_str(text);
        self
    }

    /// An empty custom section with this name stands behind its code.
    ///
    /// # Panics
    ///
    /// When the name is longer than a byte can say.
    #[must_use]
    pub fn with_section(mut self, name: &str) -> Component {
        let length = u8::try_from(name.len()).ok().filter(|length| *length < 127).expect("a short name");
        self.sections.extend([0, length + 1, length]);
        self.sections.extend(name.bytes());
        self
    }

    /// Its bytes.
    ///
    /// # Panics
    ///
    /// When its text is not right.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let all: Vec<_> = std::iter::once(RESPONSE).chain(self.imports.iter().copied()).collect();
        let imports: String = all.iter().map(|import| import.text).collect();
        let functions = || all.iter().flat_map(|import| import.functions);
        let imported: String = functions()
            .map(|(name, ty)| format!("(import \"host\" \"{name}\" (func ${name} {ty}))"))
            .collect();
        let given: String =
            functions().map(|(name, _)| format!("(export \"{name}\" (func ${name}))")).collect();
        let (core, attack, exports) = (&self.core, &self.attack, &self.exports);
        let text = format!(
            r#"(component
            (core module $libc
                (memory (export "memory") 256)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8388608)))
            (core instance $libc (instantiate $libc))
            (alias core export $libc "memory" (core memory $memory))
            (alias core export $libc "realloc" (core func $realloc))
            {imports}
            (core module $module
                (import "libc" "memory" (memory 256))
                {imported}
                {core}
                (func $answer (export "answer")
                    (call $send-response (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8))
                    (call $end-headers (i32.const 8)))
                (func (export "attack")
                    (memory.fill (i32.const {TEXT}) (i32.const 120) (i32.const {TEXT_LENGTH}))
                    {attack}))
            (core instance $module (instantiate $module
                (with "libc" (instance $libc)) (with "host" (instance {given}))))
            (func (export "do-GET") (canon lift (core func $module "answer")))
            (func (export "do-ATTACK") (canon lift (core func $module "attack")))
            {exports})"#
        );
        let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
        [component, self.sections.clone()].concat()
    }

    /// A file with it.
    ///
    /// # Panics
    ///
    /// When it can't be written, or its text is not right.
    #[must_use]
    pub fn file(&self, folder: &Path) -> PathBuf {
        let path = folder.join("attack.wasm");
        std::fs::write(&path, self.bytes()).expect("a file");
        path
    }
}
