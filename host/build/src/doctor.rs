//! Which languages can be built on this machine, and what brings those that can't.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use doverb_compile::Progress;

use super::error::SourceCause;
use super::tended::Usual;
use super::{c, cargo, go, python, run};

/// How long a tool may take to say its version.
const TIME: Usual = Usual::Question(Duration::from_secs(30));

/// What was found of one language.
#[derive(Debug)]
pub struct Diagnosis {
    /// As its users call it: `C and C++`.
    pub language: &'static str,
    /// The tools that are there, or why sources in it can't be built, with the command that brings what is missing.
    pub found: Result<String, SourceCause>,
}

/// Looks for the tools of each language, and in the folder of [`SourceOptions::shipped`](crate::SourceOptions::shipped)
/// for what makes one needless. Nothing is installed.
///
/// ```no_run
/// for diagnosis in doverb_build::doctor::examine(None, &mut doverb_compile::Silent) {
///     match diagnosis.found {
///         Ok(tools) => println!("{}: {tools}", diagnosis.language),
///         Err(missing) => println!("{}: {missing}", diagnosis.language),
///     }
/// }
/// ```
pub fn examine(shipped: Option<&Path>, progress: &mut dyn Progress) -> Vec<Diagnosis> {
    let javascript = if cfg!(feature = "javascript") {
        Ok("QuickJS, built in".to_owned())
    } else {
        Err(SourceCause::UnknownLanguage)
    };
    vec![
        Diagnosis { language: "Rust", found: rust(progress) },
        Diagnosis { language: "JavaScript and TypeScript", found: javascript },
        Diagnosis {
            language: "Python",
            found: match python::shipped(shipped) {
                Some(file) => Ok(format!("{} brought its interpreter", file.display())),
                None => python::tool().and_then(|tool| versioned(tool, "--version", progress)),
            },
        },
        Diagnosis {
            language: "C and C++",
            found: c::tool().and_then(|tool| versioned(tool, "version", progress)),
        },
        Diagnosis { language: "Go", found: go::tool(progress) },
    ]
}

fn rust(progress: &mut dyn Progress) -> Result<String, SourceCause> {
    let cargo = run::find("cargo").ok_or_else(|| SourceCause::Missing {
        tool: "cargo".into(),
        install: "https://rustup.rs has it".into(),
    })?;
    let found = versioned(cargo, "--version", progress)?;
    let target = if cargo::has_target(Path::new("/"), progress)? {
        "with the target for components"
    } else {
        "the first build adds the target for components"
    };
    Ok(format!("{found}, {target}"))
}

/// A tool with what it says of itself.
fn versioned(tool: PathBuf, question: &str, progress: &mut dyn Progress) -> Result<String, SourceCause> {
    let mut command = Command::new(&tool);
    command.arg(question);
    let said = run::ask("the tool", command, TIME, progress)?;
    let name = tool.file_stem().unwrap_or_default().display().to_string();
    Ok(match said {
        Ok(version) if version.contains(&name) => format!("{version} ({})", tool.display()),
        Ok(version) => format!("{name} {version} ({})", tool.display()),
        Err(_) => tool.display().to_string(),
    })
}
