//! How mounts are named, on the command line and in a doverb.toml, and what is said of faults.

use std::fs;
use std::path::Path;

use doverb_tests::site::{Site, get, serve};
use doverb_tests::{Client, Outcome, Server, doverb, guest, repository, server};

#[test]
fn arguments_that_do_not_go_together_are_refused_by_name() {
    let hello = guest("hello").display().to_string();
    let refused = |arguments: &[&str]| {
        let outcome = doverb(&[&["serve"], arguments].concat());
        assert_eq!(outcome.code, Some(2), "{outcome:#?}");
        outcome.stderr.join("\n")
    };
    let twice = refused(&[&format!("/a={hello}"), &format!("/a/={hello}")]);
    assert!(twice.contains("both would be served at /a/"), "{twice}");
    let bare = refused(&[&format!("/a={hello}"), &hello]);
    assert!(bare.contains("Write PREFIX=HANDLER: /hello="), "{bare}");
    let path = refused(&[&format!("/a//b={hello}")]);
    assert!(path.contains("it has an empty segment"), "{path}");
    assert!(refused(&["/a="]).contains("no handler is named"));
}

#[test]
fn a_folder_that_leaves_a_choice_is_refused_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("app.py"), "").expect("a file");
    fs::write(path("go.mod"), "").expect("a file");
    let refused = || {
        let outcome = doverb(&[Path::new("serve"), folder.path()]);
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        outcome.stderr.join("\n")
    };
    let two = refused();
    assert!(two.contains("go.mod") && two.contains("app.py") && two.contains("/a/=FILE"), "{two}");
    fs::remove_file(path("go.mod")).expect("a file");
    fs::rename(path("app.py"), path("shop.py")).expect("a file");
    fs::copy(guest("hello"), path("shop.wasm")).expect("a file");
    let same = refused();
    assert!(same.contains("shop.py and shop.wasm would both be served at /shop/"), "{same}");
}

#[test]
fn what_is_wrong_with_the_file_is_shown_with_its_line() {
    let site = Site::new(&["hello"]);
    let mount = "[[mount]]\npath = \"/\"\nhandler = \"hello.wasm\"\n";
    for (text, what, place, hint) in [
        (
            format!("{mount}max_memory = 1\n"),
            "unknown key `max_memory`",
            ":4:1",
            "did you mean `max-memory`?",
        ),
        (format!("{mount}cpu-time = \"soon\"\n"), "expected a time", ":4:12", ""),
        (format!("{mount}max-requests = 0\n"), "expected a number from 1", ":4:16", ""),
        (
            format!("{mount}workers = 2\nisolation = \"request\"\n"),
            "workers are for",
            ":4:11",
            "no instances are shared",
        ),
        (format!("{mount}{mount}"), "two mounts at /", ":5:8", "it is here"),
        (
            format!("{mount}dirs = [\"nowhere::/data\"]\n"),
            "there is no folder",
            ":4:9",
            "relative to this file",
        ),
        (
            format!("{mount}dirs = [\".::/a\", \".::/a\"]\n"),
            "two folders are granted as /a",
            ":4:18",
            "it is here",
        ),
        (format!("{mount}env = {{ \"A=B\" = \"c\" }}\n"), "can't be the name of a variable", ":4:9", ""),
        (
            "[[mount]]\npath = \"/\"\nhandler = \"gone.wasm\"\n".into(),
            "there is no file or folder",
            ":3:11",
            "",
        ),
        ("[[mount]]\npath = \"a\"\nhandler = \"hello.wasm\"\n".into(), "must begin with a slash", ":2:8", ""),
        ("[[mount]]\npath = \"/\"\n".into(), "missing key `handler`", ":1:1", ""),
        ("[server]\nlisten = [\"a:b\"]\n".into(), "expected an address and a port", ":2:11", ""),
        ("[server]\ntls-cert = \"a.pem\"\n".into(), "tls-cert needs tls-key", ":2:12", ""),
        ("[sever]\n".into(), "unknown key `sever`", ":1:2", "did you mean `server`?"),
        ("[server]\nbind = \"a\"\n".into(), "unknown key `bind`", ":2:1", "did you mean `listen`?"),
        ("colour = 1\n".into(), "unknown key `colour`", ":1:1", "there are server, defaults, mount"),
        ("[server]\nlisten = 80\n".into(), "expected a text, or a list of texts", ":2:10", ""),
        ("[server]\nlisten = \"a:b\"\n".into(), "expected an address and a port", ":2:10", ""),
        ("[[mount]\n".into(), "", ":1:", ""),
        (String::new(), "there is no [[mount]]", "", "path = \"/\""),
    ] {
        site.put("doverb.toml", &text);
        let outcome = site.check();
        let said = outcome.stderr.join("\n");
        assert_eq!(outcome.code, Some(1), "{text}: {outcome:#?}");
        assert!(
            said.contains(what) && said.contains(&format!("doverb.toml{place}")) && said.contains(hint),
            "{text}\n{said}"
        );
    }
    site.put("doverb.toml", mount);
    let good = site.check();
    assert_eq!((good.code, mounts(&good)), (Some(0), 1), "{good:#?}");
    // One of several may stand alone.
    site.put("doverb.toml", format!("[server]\nlisten = \"[::1]:0\"\n{mount}allow-http = \"a.example\"\n"));
    assert_eq!(site.check().code, Some(0));
    assert!(good.stdout[0].ends_with("good, 1 mount"), "{good:#?}");
}

/// Lines of mounts, which what they are granted is deeper than.
fn mounts(check: &Outcome) -> usize {
    let lines = check.stdout.iter().filter_map(|line| line.strip_prefix("  "));
    lines.filter(|line| !line.starts_with(' ')).count()
}

#[test]
fn the_annotated_example_is_served() {
    let file = repository().join("guest/examples/doverb.toml");
    let check = doverb(&[Path::new("check"), &file]);
    assert_eq!((check.code, mounts(&check)), (Some(0), 3), "{check:#?}");
    let server = serve(&["--config".into(), file.display().to_string()], &["--no-watch"]);
    let mut client = server.connect();
    assert_eq!(get(&mut client, "/"), "Hello, World!");
    assert_eq!(client.post("/echo/x", "said").text(), "said");
    assert_eq!(
        client.call("POST / HTTP/1.1\r\nHost: echo.example.com\r\nContent-Length: 2\r\n\r\nhi").text(),
        "hi"
    );
    assert_eq!(server.connect().post("/echo", vec![b'x'; 2 << 20]).status, 413);
}

#[test]
fn without_arguments_the_file_of_the_current_folder_is_served() {
    let site = Site::new(&["hello"]);
    site.put(
        "doverb.toml",
        "[server]\nlisten = [\"127.0.0.1:1\"]\n[[mount]]\npath = \"/a\"\nhandler = \"hello.wasm\"\n",
    );
    // The port of the command line counts more than that of the file.
    let mut command = server::command(&["--no-watch"]);
    command.current_dir(site.folder());
    let server = Server::spawn(command);
    assert_eq!(get(&mut server.connect(), "/a"), "Hello, World!");
}

#[test]
fn a_mount_serves_the_clients_that_it_says_and_its_handler_hears_of_no_others() {
    let site = Site::new(&["mounted", "hello"]);
    let mount = |path: &str, handler: &str, more: &str| {
        format!("[[mount]]\npath = \"{path}\"\nhandler = \"{handler}.wasm\"\n{more}\n")
    };
    let access = "access = { allow = [\"127.0.0.0/8\", \"10.0.0.0/8\"], deny = [\"127.0.0.2\"] }";
    site.put("doverb.toml", mount("/", "hello", "") + &mount("/inner", "mounted", access));
    let server = site.serve(&["--no-watch", "--protocol", "HTTP/1.1"]);
    let mut client = server.connect();
    assert_eq!(get(&mut client, "/inner/count"), "1");
    let mut denied = Client::connect_from("127.0.0.2", server.address());
    assert_eq!(get(&mut denied, "/"), "Hello, World!");
    let answer = denied.get("/inner/count");
    assert!(answer.status == 403 && answer.text().contains("Error response"), "{}", answer.text());
    assert_eq!(get(&mut client, "/inner/count"), "2");
    // A wrong one is shown with its line.
    site.put("doverb.toml", mount("/", "hello", "access = { deny = [\"example.com\"] }"));
    let checked = site.check();
    let told = format!("{checked:#?}");
    assert!(told.contains("doverb.toml:4:20") && told.contains("is no address and no network"), "{told}");
}

#[test]
fn a_file_that_says_what_to_serve_may_be_named_as_a_handler_is() {
    let site = Site::new(&["hello"]);
    site.put("site.toml", "[[mount]]\npath = \"/a\"\nhandler = \"hello.wasm\"\n");
    let server = Server::start(&site.path("site.toml"), &["--no-watch"]);
    assert_eq!(get(&mut server.connect(), "/a"), "Hello, World!");
    let gone = doverb(&["serve", "--config", "nosuch.toml"]);
    assert_eq!(
        (gone.code, &*gone.stderr.join("\n")),
        (Some(1), "doverb: nosuch.toml: there is no such file")
    );
}
