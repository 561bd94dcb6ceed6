//! Commands and flags that are called otherwise elsewhere: who types one is told what it is here.

use std::path::Path;

use clap::Error;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What other servers call a flag of `serve`, with ours.
const FLAGS: [(&[&str], &str); 19] = [
    (&["listen", "address", "addr", "hostname", "ip", "H", "b", "l"], "--bind ADDRESS, or --port"),
    (&["unix", "socket", "uds"], "--bind unix:PATH"),
    (
        &["directory", "root", "public", "webroot", "document-root", "d"],
        "the folder by itself: doverb serve FOLDER",
    ),
    (&["mount", "prefix", "route", "path"], "PREFIX=HANDLER: doverb serve /shop=shop.py"),
    (&["mapdir", "preopen", "volume", "allow-read", "allow-write"], "--dir HOST::GUEST"),
    (&["allow-net", "allow-outbound"], "--allow-http HOST"),
    (&["allow-env", "env-file", "environment", "e"], "--env KEY=VALUE"),
    (
        &["cert", "certfile", "ssl-cert", "ssl-certfile", "tls-certificate", "https", "ssl"],
        "--tls-cert and --tls-key",
    ),
    (&["key", "keyfile", "ssl-key", "ssl-keyfile", "private-key"], "--tls-key FILE"),
    (&["hot", "live", "livereload", "live-reload", "debug", "development"], "--dev"),
    (&["autoreload", "auto-reload", "hot-reload"], "--watch, which is so by itself"),
    (&["browse", "browser", "open-browser", "o"], "--open"),
    (&["timeout", "max-time"], "--request-timeout TIME, or --cpu-time for what it computes"),
    (&["memory", "max-mem", "memory-limit"], "--max-memory SIZE"),
    (&["processes", "procs", "jobs", "cpus", "concurrency"], "--threads N"),
    (&["silent", "no-log", "s"], "--quiet"),
    (&["log", "access-log", "access-logfile", "logformat"], "--log-format FORMAT"),
    (&["log-level", "trace", "backtrace"], "--verbose or --quiet"),
    (&["metrics", "stats"], "--status ADDRESS"),
];

/// What other programs call a command, with ours.
const COMMANDS: [(&[&str], &str); 6] = [
    (&["run", "start", "up", "server", "http", "watch"], "doverb serve"),
    (&["dev", "develop"], "doverb serve --dev"),
    (&["init", "create", "generate", "scaffold"], "doverb new"),
    (&["validate", "inspect", "info", "verify", "lint"], "doverb check"),
    (&["make", "bundle", "package"], "doverb build"),
    (&["version"], "doverb --version"),
];

/// The error of a command line, with a tip where something in it is known by another name.
pub(super) fn told(mut error: Error) -> Error {
    let tip =
        match (error.kind(), error.get(ContextKind::InvalidArg), error.get(ContextKind::InvalidSubcommand)) {
            (ErrorKind::UnknownArgument, Some(ContextValue::String(flag)), _) => flag_here(flag),
            (ErrorKind::InvalidSubcommand, _, Some(ContextValue::String(command))) => command_here(command),
            _ => None,
        };
    if let Some(tip) = tip {
        // What is only spelt alike would mislead.
        for kind in [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::Usage] {
            error.remove(kind);
        }
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

fn flag_here(flag: &str) -> Option<String> {
    let name = flag.trim_start_matches('-').split('=').next()?.replace('_', "-");
    Some(format!("here that is {}", ours(&FLAGS, &name)?))
}

fn command_here(command: &str) -> Option<String> {
    match ours(&COMMANDS, &command.to_lowercase()) {
        Some(ours) => Some(format!("here that is {ours}")),
        // A handler without a command, as `python app.py` has it.
        None => Path::new(command).exists().then(|| format!("to serve it: doverb serve {command}")),
    }
}

fn ours(all: &[(&[&str], &'static str)], name: &str) -> Option<&'static str> {
    all.iter().find(|(others, _)| others.contains(&name)).map(|(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    fn said(arguments: &[&str]) -> String {
        let parsed = shown().try_get_matches_from([&["doverb"], arguments].concat());
        told(parsed.expect_err("it is no usage")).render().to_string()
    }

    #[test]
    fn who_knows_a_flag_by_another_name_is_told_ours() {
        for (flag, ours) in [
            ("--listen", "tip: here that is --bind ADDRESS"),
            ("--ssl_certfile=x", "tip: here that is --tls-cert and --tls-key"),
            ("--directory", "tip: here that is the folder by itself"),
            ("-o", "tip: here that is --open"),
        ] {
            let said = said(&["serve", "a.py", flag]);
            assert!(said.contains(ours) && said.matches("tip:").count() == 1, "{said}");
        }
        assert!(said(&["serve", "--bnid", "x"]).contains("'--bind'"), "what is misspelt is still found");
    }

    #[test]
    fn who_knows_a_command_by_another_name_is_told_ours() {
        assert!(said(&["run", "a.py"]).contains("tip: here that is doverb serve\n"));
        assert!(said(&["dev"]).contains("tip: here that is doverb serve --dev"));
        assert!(said(&["Cargo.toml"]).contains("tip: to serve it: doverb serve Cargo.toml"));
        assert!(said(&["serv"]).contains("'serve'"));
    }

    #[test]
    fn no_name_from_elsewhere_is_a_flag_or_a_command_of_ours() {
        let command = shown();
        let serve = command.find_subcommand("serve").expect("it is there");
        for name in FLAGS.iter().flat_map(|(others, _)| *others) {
            let is_ours = serve.get_arguments().any(|arg| {
                arg.get_long() == Some(name)
                    || arg.get_all_aliases().is_some_and(|all| all.contains(name))
                    || arg.get_short().is_some_and(|short| *name == short.to_string())
            });
            assert!(!is_ours, "{name}");
        }
        for name in COMMANDS.iter().flat_map(|(others, _)| *others) {
            assert!(command.find_subcommand(name).is_none(), "{name}");
        }
    }
}
