//! What a program says of the packages that it needs: in a `requirements.txt`, or else in its own comments (PEP 723), in a
//! `pyproject.toml`, or in a `Pipfile`. Whichever it is, it comes as the list that pip reads.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use doverb_compile::files::MAX_BYTES;
use doverb_compile::{Progress, regular_file};
use toml::{Table, Value};

use super::requirements::REQUIREMENTS;

const PROJECT: &str = "pyproject.toml";
const PIPFILE: &str = "Pipfile";
/// What a block of comments begins and ends with.
const SCRIPT: (&str, &str) = ("# /// script", "# ///");

/// A list of packages.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    /// What its author knows it by.
    pub(super) name: &'static str,
    /// Where it lies as pip reads it; of what says it otherwise it is yet to be written.
    pub(super) file: Option<PathBuf>,
    pub(super) text: Vec<u8>,
}

/// The files that may say it, of a program whose file this is, and that is started in this folder.
pub(super) fn files(file: &Path, started: &Path) -> impl Iterator<Item = PathBuf> {
    let folders = [file.parent().unwrap_or(started).to_owned(), started.to_owned()];
    [REQUIREMENTS, PROJECT, PIPFILE]
        .into_iter()
        .flat_map(move |name| folders.clone().map(|folder| folder.join(name)))
}

/// What such a program says, of the first that says something.
pub(super) fn of(file: &Path, started: &Path, progress: &mut dyn Progress) -> Option<List> {
    let files: Vec<PathBuf> = files(file, started).collect();
    let of_a_list = files.iter().filter(|list| list.ends_with(REQUIREMENTS)).find_map(|list| {
        let text = regular_file::read(list, MAX_BYTES).ok()?;
        Some(List { name: REQUIREMENTS, file: Some(list.clone()), text })
    });
    let mut otherwise = |file: &Path, name, find: fn(&str, &Path) -> Found| {
        let text = regular_file::text(file, MAX_BYTES).ok()?;
        match find(&text, file.parent().unwrap_or(Path::new("/"))) {
            Ok(lines) => List::of(name, lines?, progress),
            Err(why) => {
                let first = why.lines().next().unwrap_or_default();
                progress.note(&format!("{}: {name} says nothing of packages, as {first}", file.display()));
                None
            }
        }
    };
    of_a_list.or_else(|| otherwise(file, "its # /// script", |text, _| of_script(text))).or_else(|| {
        files.iter().find_map(|file| match file.file_name()?.to_str()? {
            PROJECT => otherwise(file, PROJECT, |text, _| of_project(text)),
            PIPFILE => otherwise(file, PIPFILE, of_pipfile),
            _ => None,
        })
    })
}

/// Lines of a list, if there is one; or why nobody can say.
type Found = Result<Option<Vec<String>>, String>;

impl List {
    /// What it says, but for lines that would be something else in a list of pip's.
    fn of(name: &'static str, lines: Vec<String>, progress: &mut dyn Progress) -> Option<List> {
        let is_plain = |line: &String| {
            line.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '/')
                && !line.chars().any(char::is_control)
                && !line.ends_with('\\')
        };
        let (lines, odd): (Vec<_>, Vec<_>) = lines.into_iter().partition(is_plain);
        for line in odd {
            progress.note(&format!("{name}: {line:.60?} asks for no package, and is left out"));
        }
        let mut text = String::new();
        for line in &lines {
            let _ = writeln!(text, "{line}");
        }
        (!lines.is_empty()).then(|| List { name, file: None, text: text.into_bytes() })
    }
}

fn parsed(text: &str) -> Result<Table, String> {
    text.parse().map_err(|error: toml::de::Error| format!("it is no TOML: {}", error.message()))
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts.filter_map(|text| Some(text.as_str()?.trim().to_owned())).collect()
}

/// The block of comments that says what a script needs.
fn of_script(text: &str) -> Found {
    let (begin, end) = SCRIPT;
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut begins = lines.iter().enumerate().filter(|(_, line)| **line == begin).map(|(at, _)| at);
    let Some(at) = begins.next() else { return Ok(None) };
    if begins.next().is_some() {
        return Err("there are two of them".to_owned());
    }
    let comments = lines[at + 1..].iter().take_while(|line| **line == "#" || line.starts_with("# "));
    let comments: Vec<&str> = comments.copied().collect();
    let Some(last) = comments.iter().rposition(|line| *line == end) else {
        return Err(format!("no line {end} ends it"));
    };
    let plain = comments[..last].iter().map(|line| line.strip_prefix("# ").unwrap_or_default());
    let table = parsed(&plain.collect::<Vec<_>>().join("\n"))?;
    Ok(table.get("dependencies").map(texts))
}

fn of_project(text: &str) -> Found {
    let table = parsed(text)?;
    Ok(table.get("project").and_then(|project| project.get("dependencies")).map(texts))
}

fn of_pipfile(text: &str, folder: &Path) -> Found {
    let table = parsed(text)?;
    let packages = table.get("packages").and_then(Value::as_table);
    Ok(packages.map(|packages| packages.iter().map(|(name, what)| line(name, what, folder)).collect()))
}

/// The line for a package of a Pipfile.
fn line(name: &str, what: &Value, folder: &Path) -> String {
    let says = |key: &str| what.get(key).and_then(Value::as_str);
    let version =
        what.as_str().or_else(|| says("version")).filter(|version| *version != "*").unwrap_or_default();
    let extras = what.get("extras").map(texts).filter(|extras| !extras.is_empty());
    let extras = extras.map_or(String::new(), |extras| format!("[{}]", extras.join(",")));
    let marker = says("markers").map_or(String::new(), |marker| format!(" ; {marker}"));
    if let Some(path) = says("path") {
        return format!("{}{extras}", folder.join(path).display());
    }
    let place = says("git").map(|git| {
        let at = says("ref").map_or(String::new(), |at| format!("@{at}"));
        let kind = if git.starts_with("git+") { "" } else { "git+" };
        format!(" @ {kind}{git}{at}")
    });
    let place = place.or_else(|| says("file").map(|file| format!(" @ {file}")));
    format!("{name}{extras}{}{marker}", place.as_deref().unwrap_or(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(found: &Found) -> Vec<&str> {
        found.as_ref().unwrap().iter().flatten().map(String::as_str).collect()
    }

    #[test]
    fn a_script_says_in_its_comments_what_it_needs() {
        let block = "#!/usr/bin/env -S run\n# /// script\n# requires-python = \">=3.11\"\n# dependencies = [\n#   \"flask>=2\",\n\
                     #   \"rich[more] ; python_version > '3'\",\n# ]\n#\n# ///\n\nimport flask\n";
        assert_eq!(lines(&of_script(block)), ["flask>=2", "rich[more] ; python_version > '3'"]);
        assert_eq!(lines(&of_script(&block.replace('\n', "\r\n"))).len(), 2);
        assert_eq!(of_script("# /// other\n# dependencies = [\"a\"]\n# ///\n"), Ok(None));
        assert_eq!(of_script("# /// script\n# ///\n"), Ok(None));
        for broken in ["# /// script\n# dependencies = [\"a\"]\n\n# ///\n", "# /// script\n# a b\n# ///\n"] {
            assert!(of_script(broken).is_err(), "{broken}");
        }
        assert!(of_script(&block.repeat(2)).is_err());
    }

    #[test]
    fn a_project_says_it_and_may_say_nothing() {
        let text = "[project]\nname = \"x\"\ndependencies = [\"a==1\", \"b @ file:///b\"]\n[tool.x]\ny = 1\n";
        assert_eq!(lines(&of_project(text)), ["a==1", "b @ file:///b"]);
        assert_eq!(of_project("[tool.black]\nline-length = 100\n"), Ok(None));
        assert!(of_project("[project\n").is_err());
    }

    #[test]
    fn a_pipfile_says_it_in_its_own_way() {
        let text = "[[source]]\nurl = \"u\"\nverify_ssl = true\nname = \"n\"\n\n[packages]\nflask = \"*\"\nrich = \">=1,<3\"\n\
                    web = {version = \"==1.0\", extras = [\"a\", \"b\"], markers = \"os_name == 'posix'\"}\n\
                    own = {path = \"./lib\", editable = true}\nsome = {git = \"https://host/x.git\", ref = \"v1\"}\n\n\
                    [dev-packages]\npytest = \"*\"\n";
        let found = of_pipfile(text, Path::new("/home/me"));
        let mut found = lines(&found);
        found.sort_unstable();
        assert_eq!(
            found,
            [
                "/home/me/./lib",
                "flask",
                "rich>=1,<3",
                "some @ git+https://host/x.git@v1",
                "web[a,b]==1.0 ; os_name == 'posix'",
            ]
        );
    }
}
