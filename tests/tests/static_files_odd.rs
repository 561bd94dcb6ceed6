//! Files of a folder, asked for in ways in which nobody should ask.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use doverb_tests::tls::Certificate;
use doverb_tests::{Client, Response, Server, guest, request};

const DIGITS: &str = "0123456789";

fn site() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "data.bin", DIGITS);
    write(folder.path(), "sub/b.txt", "b");
    folder
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, content).expect("a file");
}

fn serve(folder: &Path) -> Server {
    // A moment ago is too new for a strong validator.
    let mut age = Command::new("find");
    age.arg(folder).args(["-type", "f", "-exec", "touch", "-d", "2020-01-02", "{}", "+"]);
    assert!(age.status().expect("find").success());
    Server::start(folder, &[])
}

fn get(client: &mut Client, path: &str, fields: &str) -> Response {
    client.call(request("GET", path, fields))
}

#[test]
fn odd_ranges_are_parts_or_the_whole_and_never_more() {
    let folder = site();
    let server = serve(folder.path());
    let mut client = server.connect();
    let many = |count: usize| (0..count).map(|n| format!("{0}-{0}", n % 10)).collect::<Vec<_>>().join(",");
    let two_hundred = format!("bytes={}", many(200));
    for (range, expected) in [
        ("bytes=0-0", "206 0-0"),
        ("bytes=0-0,-1", "206 0-0 9-9"),
        ("bytes=0-0 , -1", "206 0-0 9-9"),
        ("bytes=0-3,2-5", "206 0-3 2-5"),
        ("bytes=8-,0-1", "206 8-9 0-1"),
        ("bytes=0-8,1-9", "200"),
        ("bytes=0-,0-,0-", "200"),
        (&two_hundred, "200"),
        ("bytes=-0", "416"),
        ("bytes=-0,0-0", "206 0-0"),
        ("bytes=10-", "416"),
        ("bytes=18446744073709551615-", "416"),
        ("bytes=99999999999999999999999-", "416"),
        ("bytes=0-18446744073709551615", "206 0-9"),
        ("bytes=-18446744073709551615", "206 0-9"),
        ("bytes=1-0", "200"),
        ("bytes=", "200"),
        ("bytes=,", "200"),
        ("bytes=-", "200"),
        ("bytes=--1", "200"),
        ("bytes=+1-2", "200"),
        ("bytes=0x1-", "200"),
        ("bytes=0-1;q=1", "200"),
        ("lines=0-1", "200"),
        ("0-1", "200"),
    ] {
        let answer = get(&mut client, "/data.bin", &format!("Range: {range}\r\n"));
        assert_eq!(shown(&answer), expected, "{range}");
    }
    // Two are no range that could be understood, and HEAD has none.
    let twice = get(&mut client, "/data.bin", "Range: bytes=0-1\r\nRange: bytes=2-3\r\n");
    assert_eq!((twice.status, twice.text().as_str()), (200, DIGITS));
    client.send(request("HEAD", "/data.bin", "Range: bytes=0-1\r\n"));
    let head = client.read_bodiless();
    assert_eq!((head.status, head.field("Content-Length")), (200, Some("10")));
}

/// The status, and the ranges of an answer whose bytes are what these say.
fn shown(answer: &Response) -> String {
    let expect = |range: &str, bytes: &str| {
        let (first, last) = range.split_once('-').expect("a range");
        let (first, last): (usize, usize) = (first.parse().expect("a place"), last.parse().expect("a place"));
        assert_eq!(bytes, &DIGITS[first..=last], "{range}");
    };
    let range_of = |field: &str| {
        let range = field.strip_prefix("bytes ").and_then(|range| range.strip_suffix("/10"));
        range.unwrap_or_else(|| panic!("{field}")).to_owned()
    };
    let text = answer.text();
    let kind = answer.field("Content-Type").unwrap_or_default();
    match (answer.status, kind.strip_prefix("multipart/byteranges; boundary=")) {
        (206, None) => {
            let range = range_of(answer.field("Content-Range").expect("which part it is"));
            expect(&range, &text);
            format!("206 {range}")
        }
        (206, Some(boundary)) => {
            let parts = text.strip_suffix(&format!("\r\n--{boundary}--\r\n")).expect("an end");
            let mut all = "206".to_owned();
            for part in parts.split(&format!("--{boundary}\r\n")).skip(1) {
                let (head, bytes) = part.split_once("\r\n\r\n").expect("a head");
                let field = head.lines().find_map(|line| line.strip_prefix("Content-Range: "));
                let range = range_of(field.expect("which part it is"));
                expect(&range, bytes.trim_end());
                all += &format!(" {range}");
            }
            all
        }
        (200, None) => {
            assert_eq!(text, DIGITS);
            "200".to_owned()
        }
        (status, _) => status.to_string(),
    }
}

#[test]
fn dates_are_understood_in_their_three_forms_and_lists_in_several_lines() {
    let folder = site();
    let server = serve(folder.path());
    let mut client = server.connect();
    let whole = client.get("/data.bin");
    let (etag, date) = (
        whole.field("ETag").expect("a tag").to_owned(),
        whole.field("Last-Modified").expect("a date").to_owned(),
    );
    let words: Vec<&str> = date.split(' ').collect();
    let [_, day, month, year, time, _] = words[..] else { panic!("{date}") };
    // 2020-01-02 was a Thursday, wherever this runs, or the day before it.
    let weekday = if date.starts_with("Thu") { "Thursday" } else { "Wednesday" };
    let old = format!("{weekday}, {day}-{month}-{} {time} GMT", &year[2..]);
    let oldest = format!("{} {month} {:>2} {time} {year}", &weekday[..3], day.trim_start_matches('0'));
    for form in [&date, &old, &oldest] {
        client.send(request("GET", "/data.bin", &format!("If-Modified-Since: {form}\r\n")));
        assert_eq!(client.read_bodiless().status, 304, "{form}");
        let part = get(&mut client, "/data.bin", &format!("Range: bytes=0-1\r\nIf-Range: {form}\r\n"));
        assert_eq!(shown(&part), "206 0-1", "{form}");
    }
    for odd in ["Thu, 32 Jan 2020 00:00:00 GMT", "2020-01-02", "0", "Thu, 02 Jan 2020 00:00:00 +0100", ""] {
        assert_eq!(
            get(&mut client, "/data.bin", &format!("If-Modified-Since: {odd}\r\n")).status,
            200,
            "{odd}"
        );
    }
    let weak = get(&mut client, "/data.bin", &format!("Range: bytes=0-1\r\nIf-Range: W/{etag}\r\n"));
    assert_eq!(shown(&weak), "200", "a weak tag says nothing of bytes");
    client.send(request("GET", "/data.bin", &format!("If-None-Match: \"a\"\r\nIf-None-Match: {etag}\r\n")));
    assert_eq!(client.read_bodiless().status, 304);
    let either = get(&mut client, "/data.bin", &format!("If-Match: \"a\"\r\nIf-Match: {etag}\r\n"));
    assert_eq!(either.status, 200);
}

#[test]
fn a_coding_is_what_the_client_likes_best() {
    let folder = site();
    for (name, content) in [("a.js", "plain"), ("a.js.gz", "gzip"), ("a.js.br", "brotli")] {
        write(folder.path(), name, content);
    }
    let server = serve(folder.path());
    let mut client = server.connect();
    for (fields, expected) in [
        ("", "plain"),
        ("Accept-Encoding: *\r\n", "brotli"),
        ("Accept-Encoding: *;q=0\r\n", "plain"),
        ("Accept-Encoding: gzip;q=0\r\n", "plain"),
        ("Accept-Encoding: gzip;q=0, *\r\n", "brotli"),
        ("Accept-Encoding: br;q=0.1, gzip;q=0.9\r\n", "gzip"),
        ("Accept-Encoding: br;q=0\r\nAccept-Encoding: gzip\r\n", "gzip"),
        ("Accept-Encoding: identity, br;q=0.5\r\n", "plain"),
        ("Accept-Encoding: \r\n", "plain"),
        ("Accept-Encoding: brotli, gz\r\n", "plain"),
    ] {
        let answer = get(&mut client, "/a.js", fields);
        assert_eq!((answer.status, answer.text().as_str()), (200, expected), "{fields}");
        assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{fields}");
    }
    // A range of one is one of its bytes.
    let part = get(&mut client, "/a.js", "Accept-Encoding: gzip\r\nRange: bytes=1-2\r\n");
    assert_eq!((part.text().as_str(), part.field("Content-Encoding")), ("zi", Some("gzip")));
}

#[test]
fn names_lead_nowhere_else() {
    let folder = site();
    let outside = tempfile::tempdir().expect("a folder");
    write(outside.path(), "secret", "secret");
    let at = |name: &str| folder.path().join(name);
    symlink(outside.path(), at("out")).expect("a link");
    symlink("../../../../../../etc", at("etc")).expect("a link");
    symlink("round", at("round")).expect("a link");
    symlink("sub", at("in")).expect("a link");
    symlink("pipe", at("to-pipe")).expect("a link");
    assert!(Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo").success());
    let _socket = UnixListener::bind(at("socket")).expect("a socket");
    fs::write(folder.path().join(OsStr::from_bytes(b"\xff\n")), "odd").expect("a file");
    let server = serve(folder.path());
    let long = format!("/{}", "x".repeat(300));
    let longer = format!("/{}", "sub/".repeat(3000));
    for path in [
        "/out/secret",
        "/etc/passwd",
        "/%2fetc%2fpasswd",
        "/sub/..%2f..%2fsecret",
        "/sub%2f%2e%2e%2fdata.bin",
        "/sub/%2e%2e/data.bin",
        "/round",
        "/pipe",
        "/to-pipe",
        "/socket",
        "/data.bin%00",
        "/data.bin%2f",
        "/sub/.%2fb.txt",
        "/%2e/data.bin",
        &long,
        &longer,
    ] {
        let answer = server.connect().get(path);
        assert_eq!(answer.status, 404, "{path:.80}");
        assert!(!answer.text().contains("secret\n"), "{path:.80}");
    }
    for (path, text) in
        [("/in/b.txt", "b"), ("/sub%2fb.txt", "b"), ("/%ff%0a", "odd"), ("//data.bin", DIGITS)]
    {
        let answer = server.connect().get(path);
        assert_eq!((answer.status, answer.text().as_str()), (200, text), "{path}");
    }
    // To the same host, whatever is asked for.
    for (path, location) in
        [("/sub", "/sub/"), ("//sub", "/sub/"), ("///sub?a=//b", "/sub/?a=//b"), ("/sub?", "/sub/?")]
    {
        let answer = server.connect().get(path);
        assert_eq!((answer.status, answer.field("Location")), (301, Some(location)), "{path}");
    }
    let listing = server.connect().get("/").text();
    assert!(listing.contains("%FF%0A") && !listing.contains('\u{ff}'), "{listing}");
}

#[test]
fn what_the_server_keeps_for_itself_is_not_there_for_clients() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(guest("powers"), folder.path().join("powers.wasm")).expect("a handler");
    fs::create_dir(folder.path().join("kept")).expect("a folder");
    write(folder.path(), "kept/token", "secret");
    write(folder.path(), "kept/page.txt", "page");
    symlink("token", folder.path().join("kept/link")).expect("a link");
    let place = |name: &str| format!("{}/kept/{name}", folder.path().display());
    let flags = [
        "--keyvalue".to_owned(),
        format!("default={}", place("data.redb")),
        "--secret".to_owned(),
        format!("token=file:{}", place("token")),
    ];
    let server = Server::start(folder.path(), &flags.each_ref().map(String::as_str));
    assert!(folder.path().join("kept/data.redb").is_file(), "the store is there");
    let get = |path: &str| server.connect().get(path);
    assert_eq!(get("/kept/page.txt").text(), "page");
    for name in ["data.redb", "token", "link"] {
        assert_eq!(get(&format!("/kept/{name}")).status, 404, "{name}");
    }
    let listing = get("/kept/").text();
    assert!(listing.contains("page.txt"), "{listing}");
    assert!(!listing.contains("data.redb") && !listing.contains("token"), "{listing}");
}

#[test]
fn what_one_mount_keeps_for_itself_is_not_there_at_another() {
    let (folder, certificate) = (tempfile::tempdir().expect("a folder"), Certificate::new());
    for (name, file) in [("cert.pem", certificate.cert()), ("key.pem", certificate.key())] {
        fs::copy(file, folder.path().join(name)).expect("a copy");
    }
    fs::create_dir(folder.path().join("handlers")).expect("a folder");
    fs::copy(guest("powers"), folder.path().join("handlers/powers.wasm")).expect("a handler");
    write(folder.path(), "token", "secret");
    write(folder.path(), "page.txt", "page");
    let text = r#"
        [server]
        listen = "127.0.0.1:0"
        tls-cert = "cert.pem"
        tls-key = "key.pem"
        [[mount]]
        path = "/"
        handler = "."
        [[mount]]
        path = "/powers"
        handler = "handlers/powers.wasm"
        secrets = { token = "file:token" }
    "#;
    write(folder.path(), "doverb.toml", text);
    let server = Server::start(&folder.path().join("doverb.toml"), &[]);
    let get = |path: &str| {
        let mut stream = certificate.connect(server.address(), &[]).expect("a handshake");
        stream
            .write_all(request("GET", path, "Connection: close\r\n").as_bytes())
            .expect("the server takes it");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    assert!(get("/page.txt").ends_with("\r\n\r\npage"));
    for name in ["token", "key.pem", "doverb.toml"] {
        let answer = get(&format!("/{name}"));
        assert!(answer.starts_with("HTTP/1.1 404 "), "{name}: {answer}");
    }
}

#[test]
fn a_file_that_is_replaced_while_it_is_sent_arrives_as_it_was() {
    let folder = site();
    let old: Vec<u8> = (0..32_000_000_u32).map(|number| (number % 251) as u8).collect();
    write(folder.path(), "large.bin", &old);
    let server = serve(folder.path());
    let mut client = server.connect();
    client.send(request("GET", "/large.bin", "Connection: close\r\n"));
    client.read_until(b"\r\n\r\n");
    write(folder.path(), "new.bin", vec![b'n'; 32_000_000]);
    fs::rename(folder.path().join("new.bin"), folder.path().join("large.bin")).expect("a file");
    assert!(client.read_to_end() == old, "not one byte of the new one");
    assert!(server.connect().get("/large.bin").body.iter().all(|byte| *byte == b'n'));
}

#[test]
fn a_folder_of_a_hundred_thousand_is_listed_in_order_as_far_as_a_page_goes() {
    let folder = site();
    for number in 0..100_000 {
        fs::File::create(folder.path().join(format!("sub/f{number:05}"))).expect("a file");
    }
    let server = Server::start(folder.path(), &[]);
    let answer = server.connect().get("/sub/");
    let text = answer.text();
    assert_eq!(answer.status, 200);
    assert_eq!(text.matches("<li>").count(), 10_000);
    // Of all names that were read these are the first: b.txt, and then the files.
    assert!(text.contains("<p>and 90000 more, which are not listed</p>"), "{}", &text[text.len() - 200..]);
    let mut names: Vec<&str> = text.lines().filter(|line| line.starts_with("<li>")).collect();
    let as_they_came = names.clone();
    names.sort_unstable();
    assert_eq!(names, as_they_came);
    assert_eq!(server.connect().get("/data.bin").text(), DIGITS, "others are served");
}
