//! `doverb new`: the beginning of a handler, in the language of one's choice.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::failure::Failure;
use super::templates::{self, Template};

const AFTER_HELP: &str = "\
Examples:
  doverb new hello                         a folder hello with a handler in Rust
  doverb new hello --lang python           the same in Python; then: doverb serve hello
  doverb new python hello                  shorter
  doverb new guests --lang js -t form      one that shows a form and takes what is filled in
  doverb new . --lang ts                   in this folder
  doverb new --list                        what there is";

/// Begin a handler: a new folder with the smallest one that answers.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct New {
    /// The folder to make, or an empty one; its last part is the handler's name. The language may stand before it.
    #[arg(value_name = "[LANG] PATH", required_unless_present = "list", num_args = 1..=2)]
    path: Vec<PathBuf>,
    /// The language to write it in [default: rust].
    #[arg(short, long, value_enum, ignore_case = true)]
    lang: Option<Lang>,
    /// What it does.
    #[arg(short, long, value_enum, ignore_case = true, default_value_t = Template::Hello)]
    template: Template,
    /// List the languages and the templates.
    #[arg(long)]
    list: bool,
}

/// The languages that `doverb build` knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Lang {
    #[value(alias = "rs")]
    Rust,
    #[value(aliases = ["py", "python3"])]
    Python,
    #[value(aliases = ["javascript", "node", "ecmascript"])]
    Js,
    #[value(alias = "typescript")]
    Ts,
    C,
    #[value(aliases = ["c++", "cxx", "cc"])]
    Cpp,
    #[value(alias = "golang")]
    Go,
}

impl New {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.list {
            list();
            return Ok(());
        }
        let (lang, path) = self.lang_and_path()?;
        if let Some(lang) = lang_of_file(&path) {
            let (shown, folder) = (path.display(), path.with_extension(""));
            let what = format!("it would be a folder. Try: doverb new {} --lang {lang}", folder.display());
            return Err(Failure::usage(shown, what));
        }
        let name = name(&path)?;
        let files = templates::files(lang, self.template, &name).ok_or_else(|| {
            let what = format!("there is no template for {} in {} yet", self.template.what(), lang.name());
            Failure::failed(what, "doverb new --list says what there is")
        })?;
        make_folder(&path)?;
        let failed = |path: &Path, error: io::Error| Failure::failed(path.display(), error);
        // Nothing of the user's is ever written over.
        if let Some(taken) = files.iter().map(|(file, _)| path.join(file)).find(|file| file.exists()) {
            return Err(Failure::failed(taken.display(), "it is there already. Choose another folder"));
        }
        let mut written = Vec::new();
        for (file, content) in files {
            let file = path.join(file);
            let folder = file.parent().unwrap_or(&path);
            written.push(file.clone());
            if let Err(error) = fs::create_dir_all(folder).and_then(|()| fs::write(&file, content)) {
                take_back(&path, &written);
                return Err(failed(&file, error));
            }
        }
        let shown = path.display();
        let typed = in_shell(&path);
        super::print(&format!("{shown}: a handler in {}. Serve it: doverb serve {typed}", lang.name()));
        Ok(())
    }

    /// What is to be made, and where. Who names a language alone does not want a folder of that name, in another language.
    fn lang_and_path(&self) -> Result<(Lang, PathBuf), Failure> {
        let lang_of = |path: &Path| Lang::from_str(path.to_str()?, true).ok();
        match &self.path[..] {
            [path] if self.lang.is_none() && lang_of(path).is_some() => {
                let path = path.display();
                let what = format!("it is a language. Name the handler too: doverb new {path} hello");
                Err(Failure::usage(&path, format!("{what} (or ./{path} for a folder that is called so)")))
            }
            [path] => Ok((self.lang.unwrap_or(Lang::Rust), path.clone())),
            [first, path] => match (lang_of(first), self.lang) {
                (Some(lang), None) => Ok((lang, path.clone())),
                (Some(_), Some(_)) => Err(Failure::usage(first.display(), "the language is given twice")),
                (None, _) => {
                    let what = "it is no language that there is. doverb new --list says which there are";
                    Err(Failure::usage(first.display(), what))
                }
            },
            _ => unreachable!("the command line takes one or two"),
        }
    }
}

/// A path as a shell takes it.
fn in_shell(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-./,:+@%".contains(letter);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn list() {
    for lang in Lang::value_variants() {
        let value = lang.to_possible_value().expect("none is hidden");
        let names: Vec<_> = value.get_name_and_aliases().collect();
        super::print(&format!("{:<12} --lang {}", lang.name(), names.join(", ")));
    }
    for template in Template::value_variants() {
        let value = template.to_possible_value().expect("none is hidden");
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        super::print(&format!("{:<12} --template {:<6} {help}", template.what(), value.get_name()));
    }
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    let Err(error) = fs::create_dir(path) else { return Ok(()) };
    match error.kind() {
        // One that was made for it, or the current one.
        io::ErrorKind::AlreadyExists if path.is_dir() && (path.ends_with(".") || is_empty(path)) => Ok(()),
        io::ErrorKind::AlreadyExists => {
            Err(Failure::failed(path.display(), "it is there already. Choose another name"))
        }
        // With those that it is to be in.
        io::ErrorKind::NotFound => {
            fs::create_dir_all(path).map_err(|error| Failure::failed(path.display(), error))
        }
        _ => Err(Failure::failed(path.display(), error)),
    }
}

/// Half a handler would be in the way of the next try. What is there besides stays, with its folders.
fn take_back(path: &Path, written: &[PathBuf]) {
    for file in written {
        let _ = fs::remove_file(file);
        let folders = file.ancestors().skip(1).take_while(|folder| folder.starts_with(path));
        folders.for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// The language of a file of this name: who asks for one wants no folder called so.
fn lang_of_file(path: &Path) -> Option<String> {
    let end = path.extension()?.to_str()?;
    let lang = Lang::from_str(end, true).ok()?;
    lang.to_possible_value().map(|value| value.get_name().to_owned())
}

/// A name that every language takes for a module, a package or a crate, made of the folder's.
fn name(path: &Path) -> Result<String, Failure> {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = whole.components().next_back().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let mut name = String::new();
    for character in folder.unwrap_or_default().chars() {
        match character.to_ascii_lowercase() {
            letter @ ('a'..='z' | '0'..='9') => name.push(letter),
            '-' | '_' | ' ' | '.' if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            '-' | '_' | ' ' | '.' => {}
            _ => {
                name.clear();
                break;
            }
        }
    }
    let name = name.trim_end_matches('-');
    if name.starts_with(|first: char| first.is_ascii_lowercase()) {
        return Ok(name.to_owned());
    }
    let rule =
        "a handler's name has letters from a to z, digits, hyphens and underscores, and begins with a letter";
    Err(Failure::failed(path.display(), rule))
}

impl Lang {
    fn name(self) -> &'static str {
        match self {
            Lang::Rust => "Rust",
            Lang::Python => "Python",
            Lang::Js => "JavaScript",
            Lang::Ts => "TypeScript",
            Lang::Go => "Go",
            Lang::C => "C",
            Lang::Cpp => "C++",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::ValueEnum;

    use super::{Lang, in_shell, lang_of_file, name};

    #[test]
    fn what_is_to_be_typed_can_be() {
        for (path, typed) in
            [("a/b-c.d", "a/b-c.d"), ("my app", "'my app'"), ("it's", "'it'\\''s'"), ("über", "über")]
        {
            assert_eq!(in_shell(Path::new(path)), typed);
        }
    }

    #[test]
    fn a_folder_called_otherwise_has_a_name_of_its_own() {
        for (path, expected) in [
            ("hello", "hello"),
            ("x/My_Shop", "my-shop"),
            ("Web Site 2", "web-site-2"),
            ("a--b_", "a-b"),
            ("site.example", "site-example"),
            (".hidden", "hidden"),
        ] {
            assert_eq!(name(Path::new(path)).unwrap(), expected, "{path}");
        }
        for path in ["9", "-", "caf\u{e9}", "a/b\u{1}"] {
            assert!(name(Path::new(path)).is_err(), "{path}");
        }
        assert!(name(Path::new(".")).is_ok(), "the current folder's");
    }

    #[test]
    fn a_file_is_told_from_a_folder_by_its_end() {
        let lang = |path: &str| lang_of_file(Path::new(path));
        for (path, expected) in [("hello.py", "python"), ("a/b.TS", "ts"), ("x.rs", "rust"), ("x.go", "go")] {
            assert_eq!(lang(path).as_deref(), Some(expected), "{path}");
        }
        assert_eq!((lang("hello"), lang("site.example"), lang(".")), (None, None, None));
    }

    #[test]
    fn languages_are_known_by_the_names_that_people_use() {
        for (text, lang) in
            [("c++", Lang::Cpp), ("Golang", Lang::Go), ("JavaScript", Lang::Js), ("PY", Lang::Python)]
        {
            assert_eq!(Lang::from_str(text, true).unwrap(), lang, "{text}");
        }
    }
}
