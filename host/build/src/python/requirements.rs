//! The list of packages that lies beside a program, and which of them the program may need.
//!
//! Lists are often of all that was installed when they were written, and much of that is large: what the program imports nowhere is
//! not even looked for.

use super::imports::Imports;

/// What it is called.
pub(super) const REQUIREMENTS: &str = "requirements.txt";

/// Modules that are called otherwise than the packages that have them.
const MODULES: [(&str, &str); 36] = [
    ("attrs", "attr"),
    ("beautifulsoup4", "bs4"),
    ("discord-py", "discord"),
    ("django-environ", "environ"),
    ("djangorestframework", "rest_framework"),
    ("faiss-cpu", "faiss"),
    ("ffmpeg-python", "ffmpeg"),
    ("gitpython", "git"),
    ("google-api-python-client", "googleapiclient"),
    ("grpcio", "grpc"),
    ("mariadb-connector-python", "mariadb"),
    ("markdown-it-py", "markdown_it"),
    ("mysql-connector", "mysql"),
    ("mysql-connector-python", "mysql"),
    ("mysqlclient", "mysqldb"),
    ("opencv-contrib-python", "cv2"),
    ("opencv-python", "cv2"),
    ("opencv-python-headless", "cv2"),
    ("pillow", "pil"),
    ("protobuf", "google"),
    ("psycopg2-binary", "psycopg2"),
    ("pycryptodome", "crypto"),
    ("pyjwt", "jwt"),
    ("pymupdf", "fitz"),
    ("pyopenssl", "openssl"),
    ("pyserial", "serial"),
    ("pysocks", "socks"),
    ("python-dateutil", "dateutil"),
    ("python-docx", "docx"),
    ("python-dotenv", "dotenv"),
    ("python-jose", "jose"),
    ("python-telegram-bot", "telegram"),
    ("pyyaml", "yaml"),
    ("rpi-gpio", "rpi"),
    ("scikit-learn", "sklearn"),
    ("zipstream-new", "zipstream"),
];
/// Options behind which there is more than the list has.
const ELSEWHERE: [&str; 6] = ["-r", "--requirement", "-e", "--editable", "-c", "--constraint"];

/// A list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Requirements {
    /// The packages that it asks for, one a line.
    pub(super) lines: Vec<String>,
    /// What else it says: options of pip's.
    pub(super) options: Vec<String>,
}

/// A part of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What may be needed.
    pub(super) lines: Vec<String>,
    /// What is not.
    pub(super) left_out: Vec<String>,
    /// The versions that the list has of all: they count for what comes along too.
    pub(super) versions: Vec<String>,
}

impl Requirements {
    pub(super) fn of(list: &[u8]) -> Requirements {
        let text = decoded(list).replace("\\\r\n", " ").replace("\\\n", " ");
        let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim());
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        // What a package's file must be is nobody's question where only this or that of it can be had.
        let lines = lines.map(|line| line.split(" --").next().unwrap_or_default().trim().to_owned());
        let (lines, options) = lines.partition(|line| !line.starts_with('-'));
        Requirements { lines, options }
    }

    /// What a program may need of it that imports this; none where that is all, or nobody can say.
    pub(super) fn needed(&self, imports: &Imports) -> Option<Part> {
        let is_elsewhere = |option: &String| ELSEWHERE.iter().any(|other| option.starts_with(other));
        let is_had = |module: &String| {
            let module = module.to_lowercase();
            self.lines.iter().any(|line| modules(line).contains(&module))
        };
        if self.options.iter().any(is_elsewhere) || !imports.others.iter().all(is_had) {
            return None;
        }
        let is_needed = |line: &String| {
            line.contains("://")
                || imports.mention(name(line))
                || modules(line).iter().any(|module| imports.mention(module))
        };
        let (lines, left_out): (Vec<_>, Vec<_>) = self.lines.iter().cloned().partition(is_needed);
        let versions = self.lines.iter().filter(|line| is_version(line)).cloned().collect();
        (!left_out.is_empty()).then_some(Part { lines, left_out, versions })
    }
}

/// The name of the package that a line asks for.
pub(super) fn name(line: &str) -> &str {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let file = line.strip_suffix(".whl").and_then(|wheel| wheel.rsplit('/').next()?.split('-').next());
    file.or_else(|| line.split(|letter| !is_of_name(letter)).next()).unwrap_or_default()
}

/// What modules of it may be called, in small letters.
fn modules(line: &str) -> Vec<String> {
    let name = name(line).to_lowercase().replace(['_', '.'], "-");
    let plain = name.strip_prefix("python-").or_else(|| name.strip_suffix("-python")).unwrap_or(&name);
    let first = name.split('-').next().filter(|first| *first != "python").unwrap_or_default();
    let known = MODULES.iter().filter(|(package, _)| *package == name).map(|(_, module)| *module);
    let mut modules: Vec<_> = known.map(str::to_owned).collect();
    modules.extend([
        name.replace('-', "_"),
        name.replace('-', ""),
        plain.replace('-', "_"),
        first.to_owned(),
    ]);
    modules.extend(name.strip_prefix("py").map(str::to_owned));
    modules.retain(|module| module.len() > 1);
    modules
}

/// Whether a line says one version, which holds wherever the package comes from.
fn is_version(line: &str) -> bool {
    line.split_once("==").is_some_and(|(name, version)| {
        let name = name.trim();
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        !name.is_empty() && name.chars().all(is_name) && !version.contains(['*', ',', '@', '='])
    })
}

/// The text of a list, which has a mark in front if it was written by a shell of Windows.
fn decoded(list: &[u8]) -> String {
    let wide = |list: &[u8], of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = list.as_chunks().0.iter().map(|&pair| of(pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match list {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => String::from_utf8_lossy(rest).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_list_is_taken_line_by_line_if_it_is_no_more_than_that() {
        let list = "# what it needs\nFlask>=2 # the web\n\npython-gdal==3\n";
        let packages = |list: &[u8]| Requirements::of(list).lines;
        assert_eq!(packages(list.as_bytes()), ["Flask>=2", "python-gdal==3"]);
        for other in ["-r more.txt\na\n", "a \\\n  --hash=sha256:0\n", "a --hash=sha256:0\n", "\u{feff}a\r\n"]
        {
            assert_eq!(packages(other.as_bytes()), ["a"], "{other}");
        }
        assert_eq!(Requirements::of(b"-r more.txt\n--pre\na\n").options, ["-r more.txt", "--pre"]);
        let wide: Vec<u8> = "\u{feff}a==1\r\nb\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(packages(&wide), ["a==1", "b"], "as PowerShell writes it");
        let swapped: Vec<u8> = wide.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        assert_eq!(packages(&swapped), ["a==1", "b"]);
        assert_eq!(name("/tmp/native-1.0-cp314-cp314-any.whl"), "native");
    }

    /// What of a list a program of this text may need, and what not.
    fn needed(list: &str, program: &str) -> Option<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.py");
        fs::write(&file, program).unwrap();
        let imports = Imports::of(&file, std::slice::from_ref(&file));
        let part = Requirements::of(list.as_bytes()).needed(&imports)?;
        Some((part.lines.join(" "), part.left_out.join(" ")))
    }

    #[test]
    fn what_a_program_imports_is_needed_whatever_its_package_is_called() {
        let list = "PyYAML==6.0\nbeautifulsoup4\npython-dotenv\nFlask-Cors\ntorch==2.9\nPyMySQL\n";
        let some = |needed: &str, left_out: &str| Some((needed.to_owned(), left_out.to_owned()));
        assert_eq!(
            needed(list, "import yaml\nfrom bs4 import BeautifulSoup\nimport flask_cors, dotenv\n"),
            some("PyYAML==6.0 beautifulsoup4 python-dotenv Flask-Cors", "torch==2.9 PyMySQL")
        );
        assert_eq!(
            needed(list, "import os\n"),
            some("", "PyYAML==6.0 beautifulsoup4 python-dotenv Flask-Cors torch==2.9 PyMySQL")
        );
        assert_eq!(needed(list, "import yaml\nurl = 'mysql+pymysql://'\n").unwrap().0, "PyYAML==6.0 PyMySQL");
    }

    #[test]
    fn where_nobody_can_say_what_is_needed_all_of_it_is() {
        assert_eq!(needed("torch\nodd-name\n", "import strange\n"), None, "no line has it for sure");
        assert_eq!(needed("-r more.txt\ntorch\n", "import os\n"), None);
        assert_eq!(needed("torch\n", "import torch\n"), None, "it is all of it");
        let by_file = needed("torch\ngit+https://host/x.git\n", "import os\n").unwrap();
        assert_eq!(by_file.0, "git+https://host/x.git");
    }

    #[test]
    fn versions_count_for_what_comes_along() {
        let is_one = |line: &&str| is_version(line);
        let lines = ["a==1.0", "b>=2", "c == 1 ; python_version > '3'", "d==1.*", "e[more]==1", "==1"];
        assert_eq!(lines.iter().copied().filter(is_one).collect::<Vec<_>>(), [lines[0], lines[2]]);
    }
}
