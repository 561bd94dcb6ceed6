//! What the SDK says of a program that was brought.

use serde::{Deserialize, Serialize};

/// What the SDK says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Answer {
    /// There is a component.
    Made {
        /// What it exports.
        exports: Vec<String>,
        /// What its author should know.
        notes: Vec<String>,
        /// Where the program would have listened.
        #[serde(default)]
        asked: Option<Asked>,
        /// What it has imported of its packages, by the names at the top of their folder.
        #[serde(default)]
        packages: Vec<String>,
        /// The files below its folder that were looked for.
        files: Vec<String>,
    },
    /// Several classes could serve.
    Several {
        /// Their names.
        several: Vec<String>,
        files: Vec<String>,
    },
    /// There is nothing to serve.
    Refused {
        /// Why, to be read on from the file's name.
        refusal: String,
        files: Vec<String>,
    },
    /// It raised.
    Failed {
        /// The place and the exception.
        failed: String,
        /// As Python prints it.
        told: String,
        #[serde(default)]
        files: Vec<String>,
    },
}

/// Where a program would have listened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    /// Whether its socket was wrapped.
    pub(super) tls: bool,
    pub(super) port: Option<u16>,
}

impl Answer {
    /// What is to be said of an instance that ended without an answer: what it has printed may be nothing.
    pub(super) fn died(error: &wasmtime::Error, printed: &str) -> Answer {
        let cause = error.root_cause().to_string();
        let last = printed.lines().rev().find(|line| !line.trim().is_empty()).map(str::trim);
        let failed = match last {
            Some(last) => format!("{last} ({cause})"),
            None => cause.clone(),
        };
        let told = format!("{printed}\nThe program has ended its interpreter: {cause}\n");
        Answer::Failed { failed, told: told.trim_start().to_owned(), files: Vec::new() }
    }

    /// The files below the program's folder that were looked for.
    pub(super) fn files(&self) -> &[String] {
        match self {
            Answer::Made { files, .. }
            | Answer::Several { files, .. }
            | Answer::Refused { files, .. }
            | Answer::Failed { files, .. } => files,
        }
    }
}
