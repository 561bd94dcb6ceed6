//! Packages that a program imports and that no `requirements.txt` names: it says so in another way, or nowhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use doverb_tests::command::{doverb_with, run};
use doverb_tests::server::command;
use doverb_tests::sources::folder;
use doverb_tests::{LATER, Server};

/// A program that serves what `made` is, in a folder of its own.
fn program(begin: &str) -> (tempfile::TempDir, PathBuf) {
    let text = format!(
        "{begin}\nfrom http.server import BaseHTTPRequestHandler, HTTPServer\n\n\nclass Handler(BaseHTTPRequestHandler):\n    \
         def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\n        \
         self.wfile.write(made.encode())\n\n\nHTTPServer((\"\", 8000), Handler).serve_forever()\n"
    );
    let folder = folder(&[("app.py", &text)]);
    let file = folder.path().join("app.py");
    (folder, file)
}

/// Packages of these names, each with a word of its own, where pip looks for them instead of an index.
fn packages(folder: &Path, names: &[(&str, &str)]) {
    let script = "import sys, zipfile\n\
        folder, module, name = sys.argv[1:]\n\
        file = name.replace('-', '_').lower()\n\
        with zipfile.ZipFile(f'{folder}/{file}-1.0-py3-none-any.whl', 'w') as wheel:\n\
        \x20   info = f'{file}-1.0.dist-info/'\n\
        \x20   wheel.writestr(module + '/__init__.py', f'WORD = \"{module} is there\"\\n')\n\
        \x20   wheel.writestr(info + 'METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n')\n\
        \x20   wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n\
        \x20   wheel.writestr(info + 'RECORD', '')\n";
    for (module, name) in names {
        let mut python = Command::new("python3");
        python.args(["-c", script]).arg(folder).args([module, name]);
        assert_eq!(run(python, LATER).code, Some(0));
    }
}

/// Serves a program where pip finds packages in this folder alone.
fn serve(file: &Path, packages: &Path) -> Server {
    let mut command = command(&["--no-watch".to_owned(), file.display().to_string()]);
    command.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", packages);
    Server::spawn(command)
}

#[test]
fn a_package_that_everybody_knows_is_installed_where_no_list_names_it() {
    let found = tempfile::tempdir().expect("a folder");
    packages(found.path(), &[("yaml", "PyYAML"), ("dotenv", "python-dotenv"), ("tabulate", "tabulate")]);
    let (_folder, file) = program("import yaml\nfrom dotenv import WORD\nmade = yaml.WORD + ', ' + WORD");
    let server = serve(&file, found.path());
    assert_eq!(server.connect().get("/").text(), "yaml is there, dotenv is there");
    server.wait_for_log("no list names PyYAML, which the program imports: what is newest is installed");
    // As one does that tells its user what to install.
    let begin =
        "import sys\ntry:\n    import tabulate\nexcept ImportError:\n    sys.exit('pip install tabulate')\n";
    let (_folder, file) = program(&format!("{begin}made = tabulate.WORD"));
    assert_eq!(serve(&file, found.path()).connect().get("/").text(), "tabulate is there");
    // A list counts as well.
    let (folder, file) = program("import yaml, tabulate\nmade = yaml.WORD + ', ' + tabulate.WORD");
    fs::write(folder.path().join("requirements.txt"), "tabulate\n").expect("a file");
    assert_eq!(serve(&file, found.path()).connect().get("/").text(), "yaml is there, tabulate is there");
}

#[test]
fn who_can_do_without_a_package_that_no_list_names_does() {
    let found = tempfile::tempdir().expect("a folder");
    packages(found.path(), &[("markdown", "Markdown")]);
    let begin = "try:\n    import markdown\nexcept ImportError:\n    markdown = None\nmade = str(markdown)";
    let (_folder, file) = program(begin);
    assert_eq!(serve(&file, found.path()).connect().get("/").text(), "None");
}

#[test]
fn a_package_that_cannot_be_had_is_named_and_one_that_nobody_knows_is_not_asked_for() {
    let none = [("PIP_INDEX_URL", "http://127.0.0.1:1/simple"), ("PIP_RETRIES", "1")];
    for (module, said) in [
        ("jinja2", "it needs Jinja2, which could not be installed: the index of packages cannot be reached"),
        ("no_such_module", "it does not build (1 error above). Fix it and try again"),
    ] {
        let (folder, file) = program(&format!("import {module}"));
        let out = folder.path().join("out.wasm").display().to_string();
        let outcome = doverb_with(&["build", &file.display().to_string(), "-o", &out], &none);
        assert_eq!(outcome.code, Some(1));
        let last = outcome.stderr.last().expect("a line");
        assert!(last.ends_with(said), "{last}");
    }
}

/// A block of comments, as scripts have it.
const BLOCK: &str = "# /// script\n# dependencies = [\"tabulate\"]\n# ///\n";

#[test]
fn a_program_may_say_in_its_comments_or_in_a_project_file_what_it_needs() {
    let found = tempfile::tempdir().expect("a folder");
    packages(found.path(), &[("tabulate", "tabulate"), ("own_words", "own-words"), ("more", "more")]);
    let begin = "import own_words\nmade = own_words.WORD";
    let project = "[project]\nname = \"it\"\nversion = \"1\"\ndependencies = [\"own-words>=1\", \"more\"]\n";
    let pipfile = "[packages]\nown-words = \"*\"\nmore = {version = \"==1.0\"}\n";
    let block = BLOCK.replace("tabulate", "own-words ; python_version > '3'");
    for (name, text, begin) in [
        ("pyproject.toml", project, begin.to_owned()),
        ("Pipfile", pipfile, begin.to_owned()),
        ("notes.txt", "", format!("{block}{begin}")),
    ] {
        let (folder, file) = program(&begin);
        fs::write(folder.path().join(name), text).expect("a file");
        let server = serve(&file, found.path());
        assert_eq!(server.connect().get("/").text(), "own_words is there", "{name}");
        if !text.is_empty() {
            server.wait_for_log(&format!("what the program does not import is left out of {name}: more"));
        }
    }
}

#[test]
fn a_list_comes_before_what_says_it_otherwise_and_what_nobody_can_read_hinders_nobody() {
    let found = tempfile::tempdir().expect("a folder");
    packages(found.path(), &[("own_words", "own-words")]);
    let (folder, file) = program(&format!("{BLOCK}import own_words\nmade = own_words.WORD"));
    fs::write(folder.path().join("requirements.txt"), "own-words\n").expect("a file");
    fs::write(folder.path().join("pyproject.toml"), "[project\n").expect("a file");
    assert_eq!(serve(&file, found.path()).connect().get("/").text(), "own_words is there");
    fs::remove_file(folder.path().join("requirements.txt")).expect("it was there");
    fs::write(folder.path().join("Pipfile"), "[packages]\nown-words = \"*\"\n").expect("a file");
    let (_other, text) = program("import own_words\nmade = own_words.WORD");
    fs::copy(text, &file).expect("a file");
    let server = serve(&file, found.path());
    assert_eq!(server.connect().get("/").text(), "own_words is there");
    server.wait_for_log("pyproject.toml says nothing of packages, as it is no TOML");
}

#[test]
fn a_package_that_is_compiled_is_named_with_what_to_take_in_its_place() {
    let none = [("PIP_INDEX_URL", "http://127.0.0.1:1/simple"), ("PIP_RETRIES", "1")];
    let looks =
        "import sys\ntry:\n    import bcrypt\nexcept ImportError:\n    sys.exit('pip install bcrypt')";
    for (begin, package, instead) in [
        ("import bcrypt", "bcrypt", "Take hashlib.scrypt in its place"),
        (looks, "bcrypt", "Take hashlib.scrypt in its place"),
        (
            "from PIL import Image",
            "pillow",
            "Take one of pure Python in its place, or ask a server that has it (--allow-http HOST)",
        ),
    ] {
        let (folder, file) = program(&format!("{begin}\nmade = ''"));
        let out = folder.path().join("out.wasm").display().to_string();
        let outcome = doverb_with(&["build", &file.display().to_string(), "-o", &out], &none);
        let last = outcome.stderr.last().expect("a line");
        let expected = format!(
            "it needs {package}, which is compiled, and a component runs pure Python alone. {instead}"
        );
        assert!(last.ends_with(&expected), "{last}");
    }
}
