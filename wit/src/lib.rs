//! The contract as text: what handlers are built against.

mod exports;

pub use exports::{EXPORTS, Export};

/// The files of the package `doverb:handler`, as generators of bindings expect them in one folder.
///
/// ```
/// assert!(doverb_wit::FILES.iter().any(|(name, _)| *name == "world.wit"));
/// ```
pub const FILES: &[(&str, &str)] = &[
    ("attributes.wit", include_str!("../attributes.wit")),
    ("connection.wit", include_str!("../connection.wit")),
    ("log.wit", include_str!("../log.wit")),
    ("request.wit", include_str!("../request.wit")),
    ("response.wit", include_str!("../response.wit")),
    ("rfile.wit", include_str!("../rfile.wit")),
    ("server.wit", include_str!("../server.wit")),
    ("types.wit", include_str!("../types.wit")),
    ("wfile.wit", include_str!("../wfile.wit")),
    ("world.wit", include_str!("../world.wit")),
];

#[cfg(test)]
mod tests {
    use std::fs;

    use super::FILES;

    #[test]
    fn the_whole_contract_is_there() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
        let is_wit = |entry: &fs::DirEntry| entry.path().extension().is_some_and(|it| it == "wit");
        let files = fs::read_dir(here).unwrap().flatten().filter(is_wit).count();
        assert_eq!(files, FILES.len());
    }
}
