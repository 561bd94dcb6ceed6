//! Files of a folder, by themselves and beside handlers.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use doverb_tests::{Client, Response, Server, guest, request};

/// A site with a file outside of it.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Site {
        let folder = tempfile::tempdir().expect("a folder");
        let site = Site { folder };
        fs::write(site.folder.path().join("secret.txt"), "secret").expect("a file");
        for (name, content) in [
            ("site/index.html", "<h1>Home</h1>"),
            ("site/app.js", "let a = 1;"),
            ("site/app.js.gz", "(gzip)"),
            ("site/app.js.br", "(brotli)"),
            ("site/data.bin", "0123456789"),
            ("site/sub/b.txt", "b"),
            ("site/sub/a & b.txt", "a"),
            ("site/.env", "KEY=1"),
        ] {
            site.write(name, content);
        }
        symlink("../secret.txt", site.path().join("way-out")).expect("a link");
        site
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("site")
    }

    fn serve(&self) -> Server {
        // A moment ago is too new for a strong validator.
        let mut age = Command::new("find");
        age.arg(self.path()).args(["-type", "f", "-exec", "touch", "-d", "2020-01-02", "{}", "+"]);
        assert!(age.status().expect("find").success());
        Server::start(&self.path(), &[])
    }
}

fn get(client: &mut Client, path: &str, fields: &str) -> Response {
    client.call(request("GET", path, fields))
}

#[test]
fn a_folder_without_a_handler_is_served_as_pythons_server_serves_it() {
    let site = Site::new();
    let server = site.serve();
    let mut client = server.connect();
    let home = client.get("/");
    assert_eq!((home.status, home.text().as_str()), (200, "<h1>Home</h1>"));
    assert_eq!(home.field("Content-Type"), Some("text/html; charset=utf-8"));
    assert_eq!(home.field("Content-Length"), Some("13"));
    let script = client.get("/app.js?v=2");
    assert_eq!(script.field("Content-Type"), Some("text/javascript; charset=utf-8"));
    let away = client.get("/sub?q=1");
    assert_eq!((away.status, away.field("Location")), (301, Some("/sub/?q=1")));
    let listing = client.get("/sub/").text();
    assert!(listing.contains("<a href=\"a%20%26%20b.txt\">a &amp; b.txt</a>"), "{listing}");
    assert_eq!(client.get("/sub/a%20%26%20b.txt").text(), "a");
    client.send(request("HEAD", "/data.bin", ""));
    let head = client.read_bodiless();
    assert_eq!((head.status, head.field("Content-Length")), (200, Some("10")));
    let refused = client.call(request("PUT", "/data.bin", "Content-Length: 0\r\n"));
    assert_eq!((refused.status, refused.field("Allow")), (405, Some("GET, HEAD, OPTIONS")));
}

#[test]
fn nothing_outside_of_the_folder_and_nothing_hidden_is_served() {
    let site = Site::new();
    let server = site.serve();
    for path in [
        "/way-out",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/sub/../../secret.txt",
        "/.env",
        "/data.bin/",
        "/data.bin/x",
        "/nothing",
        "/a%00b",
    ] {
        let response = server.connect().get(path);
        assert_eq!(response.status, 404, "{path}");
        assert!(!response.text().contains("secret\n") && !response.text().contains("KEY"), "{path}");
    }
}

#[test]
fn conditions_and_ranges_are_those_of_rfc_9110() {
    let site = Site::new();
    let server = site.serve();
    let mut client = server.connect();
    let whole = client.get("/data.bin");
    let etag = whole.field("ETag").expect("a validator").to_owned();
    let modified = whole.field("Last-Modified").expect("a date").to_owned();
    assert!(etag.starts_with('"'), "{etag}");
    assert_eq!(whole.field("Accept-Ranges"), Some("bytes"));
    for fields in [format!("If-None-Match: {etag}\r\n"), format!("If-Modified-Since: {modified}\r\n")] {
        client.send(request("GET", "/data.bin", &fields));
        let same = client.read_bodiless();
        assert_eq!((same.status, same.field("ETag")), (304, Some(etag.as_str())), "{fields}");
    }
    assert_eq!(get(&mut server.connect(), "/data.bin", "If-Match: \"other\"\r\n").status, 412);
    let part = get(&mut client, "/data.bin", "Range: bytes=2-4\r\n");
    assert_eq!((part.status, part.text().as_str()), (206, "234"));
    assert_eq!(part.field("Content-Range"), Some("bytes 2-4/10"));
    let last = get(&mut client, "/data.bin", &format!("Range: bytes=-3\r\nIf-Range: {etag}\r\n"));
    assert_eq!((last.status, last.text().as_str()), (206, "789"));
    let changed = get(&mut client, "/data.bin", "Range: bytes=-3\r\nIf-Range: \"other\"\r\n");
    assert_eq!((changed.status, changed.text().as_str()), (200, "0123456789"));
    let none = get(&mut client, "/data.bin", "Range: bytes=10-\r\n");
    assert_eq!((none.status, none.field("Content-Range")), (416, Some("bytes */10")));
    let parts = get(&mut client, "/data.bin", "Range: bytes=0-1,8-\r\n");
    let kind = parts.field("Content-Type").expect("a type").to_owned();
    let boundary = kind.strip_prefix("multipart/byteranges; boundary=").expect("parts");
    let expected = format!(
        "--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n\
         --{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n\
         --{boundary}--\r\n"
    );
    assert_eq!((parts.status, parts.text()), (206, expected));
}

#[test]
fn what_was_compressed_beforehand_goes_to_who_takes_it() {
    let site = Site::new();
    let server = site.serve();
    let mut client = server.connect();
    let plain = client.get("/app.js");
    assert_eq!((plain.text().as_str(), plain.field("Content-Encoding")), ("let a = 1;", None));
    assert_eq!(plain.field("Vary"), Some("Accept-Encoding"));
    let brotli = get(&mut client, "/app.js", "Accept-Encoding: gzip, br\r\n");
    assert_eq!((brotli.text().as_str(), brotli.field("Content-Encoding")), ("(brotli)", Some("br")));
    assert_eq!(brotli.field("Content-Type"), plain.field("Content-Type"));
    assert_ne!(brotli.field("ETag"), plain.field("ETag"));
    let gzip = get(&mut client, "/app.js", "Accept-Encoding: gzip, br;q=0\r\n");
    assert_eq!((gzip.text().as_str(), gzip.field("Content-Encoding")), ("(gzip)", Some("gzip")));
}

#[test]
fn a_large_file_arrives_whole_and_one_that_shrinks_is_cut() {
    let site = Site::new();
    let large: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    site.write("site/large.bin", &large);
    let server = site.serve();
    let mut client = server.connect();
    assert!(client.get("/large.bin").body == large);
    let part = get(&mut client, "/large.bin", "Range: bytes=1000000-1999999\r\n");
    assert!(part.body == large[1_000_000..2_000_000]);

    // More than the system takes on its way, so that the file is yet to be read when it is cut.
    let path = site.path().join("huge.bin");
    let huge = fs::File::create(&path).expect("a file");
    huge.set_len(64 << 20).expect("a length");
    client.send(request("GET", "/huge.bin", ""));
    client.read_until(b"\r\n\r\n");
    huge.set_len(0).expect("a length");
    let (body, _) = client.read_to_any_end();
    assert!(body.len() < 64 << 20, "{}", body.len());
    server.wait_for_log("its file has become shorter while it was sent");
}

#[test]
fn a_pipe_in_the_folder_holds_up_nobody() {
    let site = Site::new();
    assert!(Command::new("mkfifo").arg(site.path().join("pipe")).status().expect("mkfifo").success());
    let server = site.serve();
    assert_eq!(server.connect().get("/pipe").status, 404);
    assert_eq!(server.connect().get("/").status, 200);
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).expect("a copy");
}

#[test]
fn plain_files_beside_handlers_are_served_and_the_handlers_sources_are_not() {
    let site = Site::new();
    copy(&guest("hello"), &site.path().join("greeting.wasm"));
    let server = Server::start(&site.path(), &[]);
    let mut client = server.connect();
    assert_eq!(client.get("/greeting/").text(), "Hello, World!");
    assert_eq!(client.get("/").text(), "<h1>Home</h1>");
    assert_eq!(client.get("/sub/b.txt").text(), "b");
    assert_eq!(client.get("/app.js").text(), "let a = 1;");
    assert_eq!(server.connect().get("/greeting.wasm").status, 404);
}

#[test]
fn plain_files_beside_a_handler_for_all_paths_keep_their_own() {
    let site = Site::new();
    copy(&guest("hello"), &site.path().join("index.wasm"));
    fs::remove_file(site.path().join("index.html")).expect("the handler is the index");
    let server = Server::start(&site.path(), &[]);
    let mut client = server.connect();
    assert_eq!(client.get("/").text(), "Hello, World!");
    assert_eq!(client.get("/data.bin").text(), "0123456789");
    assert_eq!(client.get("/sub/b.txt").text(), "b");
    assert_eq!(client.get("/index.wasm").text(), "Hello, World!", "it is the handler's, not the file");
}

#[test]
fn a_folder_of_files_has_a_place_among_handlers() {
    let site = Site::new();
    let files = format!("/static={}", site.path().display());
    let hello = format!("/={}", guest("hello").display());
    let command = doverb_tests::server::command(&[&hello, &files]);
    let server = Server::spawn(command);
    let mut client = server.connect();
    assert_eq!(client.get("/static/data.bin").text(), "0123456789");
    assert_eq!(client.get("/static/").text(), "<h1>Home</h1>");
    let away = client.get("/static");
    assert_eq!((away.status, away.field("Location")), (301, Some("/static/")));
    assert_eq!(client.get("/other").text(), "Hello, World!");
}
