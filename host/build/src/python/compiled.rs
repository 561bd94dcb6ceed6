//! Packages that do nothing without what is compiled of them, and what an author takes in their place.

use super::lacking::Lacking;
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

/// What its author takes in the place of a package of this name. None of one that is not among these.
fn instead(package: &str) -> Option<&'static str> {
    let name = package.to_lowercase().replace('_', "-");
    COMPILED.iter().find(|(package, ..)| *package == name).map(|(.., instead)| *instead)
}

/// That a program needs a package of this name.
pub(super) fn is_needed(package: &str) -> SourceCause {
    let advice = match instead(package).unwrap_or(OTHERS) {
        OTHERS => {
            "Take one of pure Python in its place, or ask a server that has it (--allow-http HOST)".to_owned()
        }
        instead => format!("Take {instead} in its place"),
    };
    SourceCause::Compiled { package: package.to_owned(), advice }
}

/// Whether nobody can have a package of this name without it.
pub(super) fn is_known(package: &str) -> bool {
    instead(package).is_some()
}

/// Which of these a program lacks that failed.
pub(super) fn lacking(lacking: &Lacking<'_>) -> Option<SourceCause> {
    let found = COMPILED.iter().find(|(_, module, _)| lacking.has(module));
    found.map(|(package, ..)| is_needed(package))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::imports::Imports;

    #[test]
    fn who_needs_what_is_compiled_is_told_what_to_take_instead() {
        let told = |cause: SourceCause| cause.to_string();
        let bcrypt = "it needs bcrypt, which is compiled, and a component runs pure Python alone. Take hashlib.scrypt in its place";
        assert_eq!(told(is_needed("bcrypt")), bcrypt);
        assert!(told(is_needed("Argon2_CFFI")).ends_with("Take hashlib.scrypt in its place"));
        assert!(told(is_needed("anything")).contains("in its place, or ask a server"));
        let lacking = |told: &str, failure: &SourceCause, imports: Option<&Imports>| {
            lacking(&Lacking::of(told, failure, imports))
        };
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
