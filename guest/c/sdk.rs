//! The SDK for C and C++, as text. `doverb-build` puts it into a folder where the compiler looks for headers.

macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!($name))),*] };
}

/// The files of the SDK, by their places in one folder.
///
/// ```
/// assert!(doverb_sdk_c::FILES.iter().any(|(name, _)| *name == "doverb.h"));
/// ```
pub const FILES: &[(&str, &str)] = files![
    "doverb.h",
    "doverb_http.h",
    "doverb-abi.h",
    "doverb-answer.h",
    "doverb-body.h",
    "doverb-fields.h",
    "doverb-store.h",
];

/// The smallest handler. A compiler of C++ takes it too.
pub const EXAMPLE: &[(&str, &str)] = &[("hello.c", include_str!("example/hello.c"))];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::FILES;

    #[test]
    fn the_whole_sdk_is_there() {
        let entries = fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap().flatten();
        let names = entries.map(|entry| entry.file_name().display().to_string());
        for name in names.filter(|name| name.ends_with(".h")) {
            assert!(FILES.iter().any(|(listed, _)| *listed == name), "{name}");
        }
    }
}
