//! What a handler may import.

/// An interface of the contract.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interface {
    /// Its name, without the package's and the version.
    pub name: &'static str,
    /// The names of its functions.
    pub functions: &'static [&'static str],
}

/// All of them: those of the world `base` in its order, then what else a handler may import.
pub const INTERFACES: &[Interface] = &[
    Interface { name: "types", functions: &[] },
    Interface {
        name: "request",
        functions: &[
            "client-address",
            "requestline",
            "command",
            "path",
            "request-version",
            "scheme",
            "header",
            "header-all",
            "headers",
            "raw-headers",
            "request-id",
            "head",
        ],
    },
    Interface { name: "rfile", functions: &["read", "read-line", "trailers"] },
    Interface {
        name: "response",
        functions: &[
            "send-response",
            "send-response-only",
            "send-header",
            "end-headers",
            "flush-headers",
            "send-error",
            "handle-expect-100",
            "begin",
            "answer",
            "answer-text",
            "can-gather",
        ],
    },
    Interface { name: "wfile", functions: &["write", "write-text", "flush"] },
    Interface { name: "connection", functions: &["close-connection", "set-close-connection", "fail"] },
    Interface {
        name: "attributes",
        functions: &[
            "protocol-version",
            "set-protocol-version",
            "server-version",
            "set-server-version",
            "sys-version",
            "set-sys-version",
            "error-message-format",
            "set-error-message-format",
            "error-content-type",
            "set-error-content-type",
            "responses",
            "set-responses",
            "timeout",
            "set-timeout",
            "version-string",
            "date-time-string",
            "log-date-time-string",
            "address-string",
        ],
    },
    Interface { name: "log", functions: &["log-request", "log-error", "log-message"] },
    Interface { name: "server", functions: &["server-address", "server-name", "server-port", "mount"] },
    Interface { name: "readiness", functions: &["subscribe-rfile", "subscribe-wfile"] },
    Interface { name: "pauses", functions: &["pause", "is-gone", "resume"] },
];
