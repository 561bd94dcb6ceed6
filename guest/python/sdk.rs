//! The SDK for Python, as text. `doverb-build` gives it to componentize-py with the author's file.

macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!($name))),*] };
}

/// The files of the SDK, by their places in one folder. ///
/// ```
/// assert!(doverb_sdk_python::FILES.iter().any(|(name, _)| *name == "doverb/__init__.py"));
/// ```
pub const FILES: &[(&str, &str)] = files![
    "doverb/__init__.py",
    "doverb/absent.py",
    "doverb/accepting.py",
    "doverb/answers.py",
    "doverb/attributes.py",
    "doverb/base.py",
    "doverb/begun.py",
    "doverb/build.py",
    "doverb/by_hand.py",
    "doverb/children.py",
    "doverb/choice.py",
    "doverb/clocks.py",
    "doverb/configuration.py",
    "doverb/databases.py",
    "doverb/datagrams.py",
    "doverb/devices.py",
    "doverb/elsewhere.py",
    "doverb/entry.py",
    "doverb/errors.py",
    "doverb/exchanges.py",
    "doverb/forks.py",
    "doverb/gathered.py",
    "doverb/generators.py",
    "doverb/grants.py",
    "doverb/handlers.py",
    "doverb/kinds.py",
    "doverb/library.py",
    "doverb/listening.py",
    "doverb/loops.py",
    "doverb/names.py",
    "doverb/outgoing.py",
    "doverb/paced.py",
    "doverb/passwords.py",
    "doverb/pauses.py",
    "doverb/processes.py",
    "doverb/program.py",
    "doverb/requests.py",
    "doverb/second.py",
    "doverb/speaking.py",
    "doverb/standing.py",
    "doverb/stores.py",
    "doverb/streams.py",
    "doverb/threads.py",
    "doverb/wording.py",
    "doverb/world.py",
    "doverb/wsgi.py",
];

/// What of it is machine code, by its place: made of what is in `native`.
///
/// ```
/// let (name, code) = doverb_sdk_python::NATIVE[0];
/// assert!(name.ends_with(".abi3.so") && code.starts_with(b"\0asm"));
/// ```
pub const NATIVE: &[(&str, &[u8])] = &[("doverb/_native.abi3.so", include_bytes!("doverb/_native.abi3.so"))];

/// Where that comes from, with its digest, in Markdown.
///
/// ```
/// assert!(doverb_sdk_python::ORIGIN.contains("SHA-256"));
/// ```
pub const ORIGIN: &str = include_str!("native/README.md");

/// The methods that a component has exports for by themselves, and `ANY` for all others. `doverb/choice.py` has the same.
pub const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "PATCH",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "SEARCH",
    "REPORT",
    "M-SEARCH",
    "NOTIFY",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "PURGE",
    "ANY",
];

/// The smallest handler.
pub const EXAMPLE: &[(&str, &str)] = &[("app.py", include_str!("example/app.py"))];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{FILES, METHODS};

    #[test]
    fn the_methods_are_those_of_the_sdk() {
        let (_, choice) = FILES.iter().find(|(name, _)| *name == "doverb/choice.py").unwrap();
        let (_, methods) = choice.split_once("METHODS = (").unwrap();
        let (methods, _) = methods.split_once(')').unwrap();
        let methods: Vec<_> = methods.split('"').skip(1).step_by(2).chain(["ANY"]).collect();
        assert_eq!(methods, METHODS);
    }

    #[test]
    fn the_whole_sdk_is_there() {
        let modules = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/doverb")).unwrap().flatten();
        let names = modules.map(|entry| format!("doverb/{}", entry.file_name().display()));
        for name in names.filter(|name| name.ends_with(".py")) {
            assert!(FILES.iter().any(|(listed, _)| *listed == name), "{name}");
        }
    }
}
