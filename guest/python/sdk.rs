//! The SDK for Python, as text. `doverb-build` gives it to componentize-py with the author's file.

macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!($name))),*] };
}

/// The files of the SDK, by their places in one folder. `scan.py` is run beside them, and is part of no component.
///
/// ```
/// assert!(doverb_sdk_python::FILES.iter().any(|(name, _)| *name == "doverb/__init__.py"));
/// ```
pub const FILES: &[(&str, &str)] = files![
    "doverb/__init__.py",
    "doverb/answers.py",
    "doverb/attributes.py",
    "doverb/errors.py",
    "doverb/program.py",
    "doverb/requests.py",
    "doverb/streams.py",
    "doverb/world.py",
    "doverb/wsgi.py",
    "scan.py",
];

/// The smallest handler.
pub const EXAMPLE: &[(&str, &str)] = &[("app.py", include_str!("example/app.py"))];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::FILES;

    #[test]
    fn the_whole_sdk_is_there() {
        let modules = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/doverb")).unwrap().flatten();
        let names = modules.map(|entry| format!("doverb/{}", entry.file_name().display()));
        for name in names.filter(|name| name.ends_with(".py")) {
            assert!(FILES.iter().any(|(listed, _)| *listed == name), "{name}");
        }
    }
}
