//! Requests of a Python program that wait for what another brings: others have the instance meanwhile, and so the same globals.

use doverb_tests::sources::folder;
use doverb_tests::{Client, LATER, Server, eventually, request};

const CHAT: &str = r#"
import functools
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Room:
    def __init__(self):
        self.condition = threading.Condition()
        self.messages = []

    def post(self, text):
        with self.condition:
            self.messages.append(text)
            self.condition.notify_all()

    def more_than(self, known):
        with self.condition:
            if self.condition.wait_for(lambda: len(self.messages) > known, timeout=60):
                return self.messages[known:]
        return None


ROOM, EVENT, LOCK, QUEUES = Room(), threading.Event(), threading.Lock(), []
waiting = 0


def counted(method):
    @functools.wraps(method)
    def counting(self):
        return method(self)

    return counting


class Base(BaseHTTPRequestHandler):
    def answer(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def patient(self):
        time.sleep(0.01)
        return "patient"


class Handler(Base):
    def do_GET(self):
        global waiting
        waiting += 1
        try:
            {"poll": self.poll, "event": self.event, "stream": self.stream, "sleep": self.__sleep, "lock": self.lock, "raise": self.fail,
             "late": self.late, "long": self.long, "wrapped": self.wrapped}.get(self.path[1:], self.count)()
        finally:
            waiting -= 1

    def count(self):
        self.answer(f"{waiting - 1} {len(ROOM.messages)}")

    def poll(self):
        self.answer(",".join(ROOM.more_than(0)))

    def event(self):
        EVENT.wait()
        self.answer(f"{self.path} set")

    def stream(self):
        items = queue.Queue()
        QUEUES.append(items)
        self.send_response(200)
        self.end_headers()
        try:
            while (item := items.get()) != "end":
                self.wfile.write(item.encode())
        finally:
            QUEUES.remove(items)

    def __sleep(self):
        before = len(ROOM.messages)
        while len(ROOM.messages) == before:
            time.sleep(0.01)
        self.answer(super().patient())

    def lock(self):
        with LOCK:
            time.sleep(0.01)
        self.answer("let go")

    def long(self):
        for _ in range(12):
            time.sleep(0.1)
        self.answer("1.2 s")

    def late(self):
        self.answer(str(EVENT.wait(0.05)))

    @counted
    def wrapped(self):
        time.sleep(0.01)
        self.answer("wrapped")

    def fail(self):
        time.sleep(0.01)
        raise ValueError("after a pause")

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        ROOM.post(text)
        EVENT.set()
        for items in QUEUES:
            items.put(text)
        self.answer(str(len(QUEUES)))


ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"#;

fn chat(arguments: &[&str]) -> (tempfile::TempDir, Server) {
    let sources = folder(&[("app.py", CHAT)]);
    let server = Server::start(&sources.path().join("app.py"), &[&["--no-watch"], arguments].concat());
    (sources, server)
}

/// Clients whose requests wait, which the program has counted.
fn waiting(server: &Server, paths: &[&str]) -> Vec<Client> {
    let clients = paths.iter().map(|path| {
        let mut client = server.connect().with_patience(LATER);
        client.send(request("GET", path, ""));
        client
    });
    let clients: Vec<_> = clients.collect();
    let all = paths.len().to_string();
    eventually("all wait", || server.connect().get("/").text().starts_with(&all).then_some(()));
    clients
}

#[test]
fn a_message_ends_the_waits_of_all_who_wait_for_it() {
    let (_sources, server) = chat(&[]);
    let paths = ["/poll", "/poll", "/event", "/stream", "/stream", "/sleep"];
    let (mut clients, mut streams) = (waiting(&server, &paths), Vec::new());
    assert_eq!(server.connect().get("/").text(), "6 0");
    assert_eq!(server.connect().post("/", "hello").text(), "2", "it has the globals of those who wait");
    for (client, path) in clients.iter_mut().zip(paths) {
        match path {
            "/poll" => assert_eq!(client.read_response().text(), "hello"),
            "/event" => assert_eq!(client.read_response().text(), "/event set"),
            "/sleep" => assert_eq!(client.read_response().text(), "patient"),
            _ => {
                assert_eq!(client.read_bodiless().status, 200);
                assert_eq!(client.read_chunk().unwrap(), b"hello");
                streams.push(client);
            }
        }
    }
    assert_eq!(server.connect().get("/").text(), "2 1");
    assert_eq!(server.connect().post("/", "end").text(), "2");
    for stream in streams {
        assert_eq!(stream.read_chunk(), None);
    }
    assert_eq!(server.connect().get("/").text(), "0 2");
}

#[test]
fn a_wait_ends_with_its_time_and_one_without_an_end_with_its_client() {
    let (_sources, server) = chat(&[]);
    let mut client = server.connect().with_patience(LATER);
    assert_eq!(client.get("/late").text(), "False");
    assert_eq!(client.get("/lock").text(), "let go", "who holds a lock lets nobody else go on");
    assert_eq!(client.get("/wrapped").text(), "wrapped", "what cannot be stopped waits as ever");
    waiting(&server, &["/stream", "/event"]).into_iter().for_each(Client::vanish);
    eventually("they have ended", || (server.connect().get("/").text() == "0 0").then_some(()));
    assert_eq!(server.connect().post("/", "text").text(), "0", "what is behind `finally` was done");
}

#[test]
fn what_is_raised_after_a_pause_is_told_as_ever() {
    let (_sources, server) = chat(&[]);
    assert_eq!(server.connect().with_patience(LATER).get("/raise").status, 500);
    server.wait_for_log("ValueError: after a pause");
    let lines = server.logged("in fail");
    let line = CHAT.lines().position(|line| line.contains("raise ValueError")).expect("it raises") + 1;
    assert!(lines.iter().any(|found| found.contains(&format!("line {line}, in fail"))), "{lines:?}");
    assert_eq!(server.connect().get("/").text(), "0 0", "its instance goes on");
}

#[test]
fn where_nobody_else_could_have_the_instance_a_wait_is_as_ever() {
    let (_sources, server) = chat(&["--isolation", "connection"]);
    let mut client = server.connect().with_patience(LATER);
    assert_eq!(client.get("/late").text(), "False");
    assert_eq!(client.get("/event").status, 500);
    server.wait_for_log("this would wait for ever");
}

#[test]
fn each_pause_gives_a_request_its_time_anew() {
    let (_sources, server) = chat(&["--request-timeout", "1s"]);
    assert_eq!(
        server.connect().with_patience(LATER).get("/long").text(),
        "1.2 s",
        "more than one may take in all"
    );
}
