//! Packages that do nothing without what is compiled of them, and what an author takes in their place.

use super::imports::Imports;
use crate::error::SourceCause;

/// By their names, with the modules that they have.
const COMPILED: [(&str, &str, &str); 24] = [
    ("argon2-cffi", "argon2", SCRYPT),
    ("bcrypt", "bcrypt", SCRYPT),
    ("cryptography", "cryptography", OTHERS),
    ("lxml", "lxml", "xml.etree.ElementTree"),
    ("mysqlclient", "MySQLdb", SQLITE),
    ("numpy", "numpy", OTHERS),
    ("opencv-python", "cv2", OTHERS),
    ("orjson", "orjson", "json"),
    ("pandas", "pandas", OTHERS),
    ("pillow", "PIL", OTHERS),
    ("psutil", "psutil", "os and time, as far as a sandbox sees its machine"),
    ("psycopg2", "psycopg2", SQLITE),
    ("psycopg2-binary", "psycopg2", SQLITE),
    ("pycryptodome", "Crypto", OTHERS),
    ("pynacl", "nacl", OTHERS),
    ("python-rapidjson", "rapidjson", "json"),
    ("pyzmq", "zmq", OTHERS),
    ("regex", "regex", "re"),
    ("scikit-learn", "sklearn", OTHERS),
    ("scipy", "scipy", OTHERS),
    ("tensorflow", "tensorflow", OTHERS),
    ("torch", "torch", OTHERS),
    ("ujson", "ujson", "json"),
    ("xxhash", "xxhash", "hashlib"),
];
const SCRYPT: &str = "hashlib.scrypt";
const SQLITE: &str = "sqlite3 in a folder that is granted (--dir HOST::GUEST)";
/// There is none that everybody would take.
const OTHERS: &str = "";

/// That a program needs a package of this name.
pub(super) fn is_needed(package: &str) -> SourceCause {
    let name = package.to_lowercase().replace('_', "-");
    let known = COMPILED.iter().find(|(package, ..)| *package == name);
    let advice = match known.map_or(OTHERS, |known| known.2) {
        OTHERS => {
            "Take one of pure Python in its place, or ask a server that has it (--allow-http HOST)".to_owned()
        }
        instead => format!("Take {instead} in its place"),
    };
    SourceCause::Compiled { package: package.to_owned(), advice }
}

/// Whether nobody can have a package of this name without it.
pub(super) fn is_known(package: &str) -> bool {
    let name = package.to_lowercase().replace('_', "-");
    COMPILED.iter().any(|(package, ..)| *package == name)
}

/// Which of these a program lacks that failed with these words; one that it imports if it has ended by itself, as one does that has
/// looked for a package in vain.
pub(super) fn lacking(told: &str, failure: &SourceCause, imports: Option<&Imports>) -> Option<SourceCause> {
    let missing = missing(told);
    let looked_for = imports.filter(|_| has_ended(failure)).map(|imports| &imports.others);
    let is_lacking =
        |module: &str| missing == Some(module) || looked_for.is_some_and(|modules| modules.contains(module));
    let found = COMPILED.iter().find(|(_, module, _)| is_lacking(module));
    found.map(|(package, ..)| is_needed(package))
}

/// The module for want of which a program failed that said this.
pub(super) fn missing(told: &str) -> Option<&str> {
    let words = "ModuleNotFoundError: No module named '";
    told.lines().rev().find_map(|line| line.strip_prefix(words)?.strip_suffix('\''))
}

/// Whether the program has ended by itself.
pub(super) fn has_ended(failure: &SourceCause) -> bool {
    matches!(failure, SourceCause::Refused(why) if why.starts_with("it ended"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_needs_what_is_compiled_is_told_what_to_take_instead() {
        let told = |cause: SourceCause| cause.to_string();
        let bcrypt = "it needs bcrypt, which is compiled, and a component runs pure Python alone. Take hashlib.scrypt in its place";
        assert_eq!(told(is_needed("bcrypt")), bcrypt);
        assert!(told(is_needed("Argon2_CFFI")).ends_with("Take hashlib.scrypt in its place"));
        assert!(told(is_needed("anything")).contains("in its place, or ask a server"));
        let failed = SourceCause::Build { errors: 1, first: String::new() };
        let words = "Traceback ...\nModuleNotFoundError: No module named 'bcrypt'\n";
        assert_eq!(lacking(words, &failed, None).map(told).as_deref(), Some(bcrypt));
        assert!(lacking("ModuleNotFoundError: No module named 'bcrypt.more'", &failed, None).is_none());
        let mut imports = Imports::default();
        imports.others.insert("bcrypt".to_owned());
        assert!(lacking("", &failed, Some(&imports)).is_none(), "it can do without");
        let ended = SourceCause::Refused("it ended with 'pip install bcrypt' before it served".to_owned());
        assert!(lacking("", &ended, Some(&imports)).is_some());
    }
}
