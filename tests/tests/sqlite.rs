//! SQLite in a granted folder, under several instances and servers.

use std::thread;

use doverb_tests::sources::folder;
use doverb_tests::{LATER, Server};

#[test]
fn in_python_instances_that_make_a_database_and_change_it_at_once_are_kept_apart() {
    let source = r#"
import contextlib
import sqlite3
from http.server import BaseHTTPRequestHandler


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with contextlib.closing(sqlite3.connect("/data/app.db", timeout=20)) as db, db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("CREATE TABLE IF NOT EXISTS visits (number INTEGER)")
            number = db.execute("SELECT count(*) FROM visits").fetchone()[0] + 1
            db.execute("INSERT INTO visits VALUES (?)", (number,))
        with contextlib.closing(sqlite3.connect("/data/app.db", timeout=20)) as db:
            (mode,) = db.execute("PRAGMA journal_mode=WAL").fetchone()
            (good,) = db.execute("PRAGMA integrity_check").fetchone()
        text = f"{number} {mode} {good}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
"#;
    let sources = folder(&[("app.py", source)]);
    let data = tempfile::tempdir().expect("a folder");
    let dir = format!("{}::/data", data.path().display());
    let arguments =
        ["--no-watch", "--cpu-time", "60s", "--isolation", "connection", "--threads", "2", "--dir", &dir];
    let servers = [(); 2].map(|()| Server::start(&sources.path().join("app.py"), &arguments));
    // It is not there before: they make it at the same moment.
    let told: Vec<String> = thread::scope(|scope| {
        let visit = |number: usize| {
            let mut client = servers[number % 2].connect().with_patience(LATER);
            scope.spawn(move || (0..10).map(|_| client.get("/").text()).collect::<Vec<_>>())
        };
        let clients: Vec<_> = (0..4).map(visit).collect();
        clients.into_iter().flat_map(|client| client.join().expect("a client")).collect()
    });
    let mut numbers: Vec<u32> =
        told.iter().map(|text| text.strip_suffix(" delete ok").expect(text).parse().expect(text)).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>(), "each saw all before it");
}
