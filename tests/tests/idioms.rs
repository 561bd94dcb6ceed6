//! Stores and configuration in each language, by its own habits: the same story told by a handler of each.

use std::thread;

use doverb_tests::sources::folder;
use doverb_tests::{LATER, Server, repository};
use serde_json::Value;

/// What the handler of each language tells of what it did.
const STORY: &str = "none text 1 6 true false two a,c,n false 8 denied Guests none";

/// Serves a handler of these files, whose `/` tells the story, `/denied` leaves an error to the language, and `/visits` adds one.
fn expect_the_story(files: &[(&str, &str)], file: &str, denied: &[&str]) {
    expect_the_story_with(files, file, denied, &[]);
}

fn expect_the_story_with(files: &[(&str, &str)], file: &str, denied: &[&str], more: &[&str]) {
    let sources = folder(files);
    let store = format!("default={}/data.redb", sources.path().display());
    let arguments =
        ["--no-watch", "--cpu-time", "60s", "--keyvalue", &store, "--config-value", "title=Guests"];
    let arguments = [&arguments[..], more].concat();
    let serve = || Server::start(&sources.path().join(file), &arguments);
    let mut server = serve();
    assert_eq!(server.connect().get("/").text(), STORY);
    assert_eq!(server.connect().get("/denied").status, 500);
    for words in denied {
        server.wait_for_log(words);
    }
    server.wait_for_log("which it was not granted: see --keyvalue NAME=STORE");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = server.connect().with_patience(LATER);
                (0..25).for_each(|_| assert_eq!(client.get("/visits").status, 200));
            });
        }
    });
    server.kill();
    assert_eq!(serve().connect().get("/visits").text(), "101", "none of a hundred was lost");
}

#[test]
fn a_store_in_python_is_a_counter() {
    let source = r#"
import doverb
from http.server import BaseHTTPRequestHandler

store = doverb.store("default")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/denied":
            doverb.store("other")["a"] = 1
        if self.path == "/visits":
            store["visits"] += 1
        text = str(store["visits"]) if self.path == "/visits" else self.story()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def story(self):
        told = [store.get("a", "none")]
        store["a"] = "text"
        told.append(store["a"])
        store["n"] += 1
        told.append(int(store["n"]))
        told.append(store.increment("n", 5))
        told.append(str(store.compare_and_swap("c", None, "one")).lower())
        told.append(str(store.compare_and_swap("c", "zwei", "two")).lower())
        store.update("c", lambda value: "two" if value == "one" else "?")
        told += [store["c"], ",".join(store)]
        del store["a"]
        told.append(str("a" in store).lower())
        store["j"] = {"list": [1, 2, 5]}
        told.append(sum(store["j"].json()["list"]))
        try:
            doverb.store("other").get("a")
        except PermissionError:
            told.append("denied")
        told += [doverb.config("title"), doverb.config("other", "none")]
        return " ".join(map(str, told))
"#;
    expect_the_story(&[("app.py", source)], "app.py", &["PermissionError", "was not granted this store"]);
}

#[test]
fn a_store_in_python_takes_what_python_has_and_does_not_grow() {
    let source = r#"
import doverb
from http.server import BaseHTTPRequestHandler

store = doverb.store()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        text = repr(getattr(self, self.path[1:])())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def values(self):
        store["bytes"], store["text"], store["number"], store["float"] = b"\xff\0", "\u20ac", 5, 1.5
        store["number"] -= 7
        store["text"] += "!"
        store["bytes"] += b"?"
        value = store["number"]
        value += 1
        store["number"] = value
        store["number"] = value
        return [bytes(store["bytes"]), str(store["text"]), int(store["number"]), float(store["float"]), value + 0]

    def missing(self):
        return [store.get("no"), "no" in store, bool(store["no"]), int(store["no"]), str(store["no"]), store["no"] == ""]

    def many(self):
        store.set_many({"x": 1, "y": [2]})
        told = [store.get_many(["x", "z"]), len(store), sorted(dict(store.items()))]
        store.delete_many(store.keys())
        return [*told, list(store)]

    def wrong(self):
        store["w"] = "word"
        try:
            store["w"] += 1
        except ValueError as error:
            return str(error)

    def large(self):
        try:
            store["large"] = b"x" * (2 << 20)
        except OSError as error:
            return error.strerror

    def grow(self):
        for _ in range(100):
            store["g"] = b"x" * 500_000
            store.update("h", lambda value: b"y" * 500_000)
            store.compare_and_swap("i", store.get("i"), b"z" * 500_000)
        return len(store["g"])
"#;
    let sources = folder(&[("app.py", source)]);
    let arguments = ["--no-watch", "--cpu-time", "60s", "--keyvalue", "default=memory:"];
    let server = Server::start(&sources.path().join("app.py"), &arguments);
    let mut client = server.connect().with_patience(LATER);
    for (path, told) in [
        ("/values", r"[b'\xff\x00?', '€!', -1, 1.5, -1]"),
        ("/missing", "[None, False, False, 0, '', True]"),
        ("/many", "[[b'1', None], 6, ['bytes', 'float', 'number', 'text', 'x', 'y'], []]"),
        ("/wrong", "\"invalid literal for int() with base 10: b'word'\""),
        ("/large", "'a value has more than 1048576 bytes'"),
        // Twice the memory that an instance may have.
        ("/grow", "500000"),
        ("/grow", "500000"),
    ] {
        assert_eq!(client.get(path).text(), told, "{path}");
    }
}

const JAVASCRIPT: &str = r#"
import { BaseHTTPRequestHandler } from 'doverb';
import { config } from 'doverb/config';
import { store, StoreError } from 'doverb/store';

const values = store('default');

export default class extends BaseHTTPRequestHandler {
  do_GET() {
    if (this.path === '/denied') store('other').set('a', 1);
    const text = this.path === '/visits' ? String(values.increment('visits')) : this.story();
    this.send_response(200);
    this.end_headers();
    this.wfile.write(text);
  }

  story() {
    const told = [values.get('a') ?? 'none'];
    values.set('a', 'text');
    told.push(values.get('a'), values.increment('n'), values.increment('n', 5));
    told.push(values.compareAndSwap('c', undefined, 'one'), values.compareAndSwap('c', 'zwei', 'two'));
    values.update('c', (value) => (value === 'one' ? 'two' : '?'));
    told.push(values.get('c'), [...values.keys()].join());
    values.delete('a');
    values.setMany({ x: '1', y: { list: [1, 2, 5] } });
    told.push(values.has('a'), values.json('y').list.reduce((a, b) => a + b));
    if (values.getMany(['x', 'z'])[1] !== undefined || values.bytes('x')[0] !== 49) told.push('wrong');
    values.deleteMany(['x', 'y']);
    try {
      store('other').get('a');
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'access-denied') told.push('denied');
    }
    told.push(config('title'), config('other') ?? 'none');
    return told.join(' ');
  }
}
"#;

#[test]
fn a_store_in_javascript() {
    let denied = ["StoreError", "was not granted this store"];
    expect_the_story(&[("index.js", JAVASCRIPT)], "index.js", &denied);
}

#[test]
fn a_store_in_javascript_with_the_other_engine() {
    let denied = ["StoreError", "was not granted this store"];
    expect_the_story_with(&[("index.js", JAVASCRIPT)], "index.js", &denied, &["--web-apis"]);
}

#[test]
fn a_store_in_go() {
    let source = r#"package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"doverb"
)

type Handler struct{ doverb.BaseHTTPRequestHandler }

func (h *Handler) DoGET() {
	text := ""
	switch h.Path() {
	case "/denied":
		if _, err := doverb.OpenStore("other"); err != nil {
			panic(err)
		}
	case "/visits":
		store, _ := doverb.OpenStore("default")
		visits, _ := store.Increment("visits", 1)
		text = fmt.Sprint(visits)
	default:
		text = story()
	}
	h.SendResponse(200)
	h.EndHeaders()
	h.Wfile().Write([]byte(text))
}

// many gives, looks at and takes away more than fits into what a call is given at first.
func many(store *doverb.Store) error {
	pairs := map[string][]byte{"empty": {}}
	keys := []string{"empty", "nobody"}
	for number := range 500 {
		key := fmt.Sprint("many", number)
		keys = append(keys, key)
		pairs[key] = []byte(strings.Repeat(key, 50))
	}
	if err := store.SetMany(pairs); err != nil {
		return err
	}
	values, err := store.GetMany(keys...)
	if err != nil {
		return err
	}
	if values[0] == nil || len(values[0]) != 0 || values[1] != nil || len(values) != len(keys) {
		return fmt.Errorf("the first of %d are %v and %v", len(values), values[0], values[1])
	}
	for number, key := range keys[2:] {
		if string(values[number+2]) != string(pairs[key]) {
			return fmt.Errorf("%s is %q", key, values[number+2])
		}
	}
	if err := store.DeleteMany(keys...); err != nil {
		return err
	}
	if there, err := store.Exists("many7"); there || err != nil {
		return fmt.Errorf("many7 is still there: %v", err)
	}
	if _, err := store.GetMany(make([]string, 1001)...); err == nil || !strings.Contains(err.Error(), "1000") {
		return fmt.Errorf("of too many keys: %v", err)
	}
	return nil
}

func story() string {
	store, err := doverb.OpenStore("default")
	if err != nil {
		return err.Error()
	}
	told := []any{}
	tell := func(value any, err error) {
		if err != nil {
			value = err
		}
		told = append(told, value)
	}
	if value, err := store.Get("a"); value == nil && err == nil {
		tell("none", nil)
	}
	store.Set("a", []byte("text"))
	value, err := store.Get("a")
	tell(string(value), err)
	tell(store.Increment("n", 1))
	tell(store.Increment("n", 5))
	tell(store.CompareAndSwap("c", nil, []byte("one")))
	tell(store.CompareAndSwap("c", []byte("zwei"), []byte("two")))
	value, err = store.Update("c", func(value []byte) []byte {
		if string(value) == "one" {
			return []byte("two")
		}
		return []byte("?")
	})
	tell(string(value), err)
	keys := []string{}
	for key, err := range store.Keys() {
		if err != nil {
			return err.Error()
		}
		keys = append(keys, key)
	}
	tell(strings.Join(keys, ","), nil)
	store.Delete("a")
	tell(store.Exists("a"))
	store.Set("number", []byte("-9000000000000000000"))
	sum, err := store.Increment("number", 9000000000000000008)
	tell(sum, err)
	store.Delete("number")
	if err := many(store); err != nil {
		tell(err, nil)
	}
	if _, err := doverb.OpenStore("other"); errors.Is(err, fs.ErrPermission) {
		tell("denied", nil)
	}
	title, _ := doverb.Config("title")
	tell(title, nil)
	if _, there := doverb.Config("other"); !there {
		tell("none", nil)
	}
	return strings.TrimSuffix(fmt.Sprintln(told...), "\n")
}
"#;
    expect_the_story(&[("main.go", source)], "main.go", &["the handler was not granted the store"]);
}

const C: &str = r#"#include "doverb.h"
#include "doverb-store.h"

static doverb_string keys(doverb_store store) {
    doverb_keys page = doverb_store_keys(store, DOVERB_NONE);
    doverb_string all = DOVERB_STRING("");
    for (size_t i = 0; i < page.count; i++)
        all = doverb_format("%s%s%.*s", all.data, i ? "," : "", (int)page.keys[i].length, page.keys[i].data);
    return all;
}

static bool many(doverb_store store) {
    static doverb_entry entries[300];
    static doverb_string keys[302];
    keys[0] = DOVERB_STRING("empty");
    keys[1] = DOVERB_STRING("nobody");
    for (int i = 0; i < 300; i++) {
        entries[i].key = keys[i + 2] = doverb_format("many%d", i);
        entries[i].value = doverb_format("%0100d", i);
    }
    doverb_store_set(store, "empty", "");
    doverb_store_set_many(store, entries, 300);
    const doverb_string *values = doverb_store_get_many(store, keys, 302);
    if (values[0].data == NULL || values[0].length != 0 || values[1].data != NULL) return false;
    for (int i = 0; i < 300; i++)
        if (!doverb_equals(values[i + 2], entries[i].value)) return false;
    doverb_store_delete_many(store, keys, 302);
    doverb_string too_many[1001];
    for (int i = 0; i < 1001; i++) too_many[i] = keys[0];
    doverb_result failed = DOVERB_CATCH(doverb_store_get_many(store, too_many, 1001));
    return !doverb_store_exists(store, "many7") && failed.kind == DOVERB_OTHER && doverb_equals(failed.code, "store");
}

static const char *boolean(bool value) { return value ? "true" : "false"; }

DOVERB_METHOD(GET) {
    doverb_store store = doverb_store_open("default");
    doverb_string path = doverb_path();
    if (doverb_equals(path, "/denied")) doverb_store_open("other");
    if (doverb_equals(path, "/visits")) {
        long long visits = doverb_store_increment(store, "visits", 1);
        doverb_send_response(200);
        doverb_end_headers();
        doverb_printf("%lld", visits);
        return;
    }
    const char *first = doverb_store_get(store, "a").data == NULL ? "none" : "?";
    doverb_store_set(store, "a", "text");
    doverb_string a = doverb_store_get(store, "a");
    int n = (int)doverb_store_increment(store, "n", 1), m = (int)doverb_store_increment(store, "n", 5);
    bool one = doverb_store_swap(store, "c", DOVERB_NONE, "one");
    bool zwei = doverb_store_swap(store, "c", DOVERB_STRING("zwei"), "two");
    doverb_store_swap(store, "c", DOVERB_STRING("one"), "two");
    doverb_string c = doverb_store_get(store, "c"), all = keys(store);
    doverb_store_delete(store, "a");
    bool there = doverb_store_exists(store, "a");
    doverb_store_set_bytes(store, "number", "-9000000000000000000", 20);
    int sum = (int)doverb_store_increment(store, "number", 9000000000000000008LL);
    doverb_store_delete(store, "number");
    if (!many(store)) doverb_fail("many at once");
    doverb_result failed = DOVERB_CATCH(doverb_store_open("other"));
    const char *denied = doverb_equals(failed.code, "access-denied") ? "denied" : "?";
    doverb_string title = doverb_config("title");
    const char *other = doverb_config("other").data == NULL ? "none" : "?";
    doverb_send_response(200);
    doverb_end_headers();
    doverb_printf("%s %.*s %d %d %s %s %.*s %s %s %d %s %.*s %s", first, (int)a.length, a.data, n, m, boolean(one), boolean(zwei),
                  (int)c.length, c.data, all.data, boolean(there), sum, denied, (int)title.length, title.data, other);
}
"#;

const DENIED_IN_C: [&str; 1] = ["the handler was not granted this store"];

#[test]
fn a_store_in_c() {
    expect_the_story(&[("handler.c", C)], "handler.c", &DENIED_IN_C);
}

#[test]
fn a_store_in_cpp() {
    expect_the_story(&[("handler.cpp", C)], "handler.cpp", &DENIED_IN_C);
}

#[test]
fn the_todo_keeps_its_lists_where_a_store_was_granted() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("default={}/todo.redb", folder.path().display());
    let arguments = ["--no-watch", "--cpu-time", "60s", "--keyvalue", &store];
    let serve = || Server::start(&repository().join("guest/examples/ts-todo"), &arguments);
    let server = serve();
    let added = server.connect().post("/items", r#"{"title": "write a test"}"#);
    assert_eq!(added.status, 201);
    let cookie = added.field("Set-Cookie").expect("a cookie").split(';').next().expect("a value").to_owned();
    assert!(cookie.starts_with("todo=list-") && !cookie.contains("write"), "{cookie}");
    drop(server);
    let server = serve();
    let items = |fields: &str| {
        let answer = server.connect().call(doverb_tests::request("GET", "/items", fields)).text();
        serde_json::from_str::<Value>(&answer).expect("JSON")
    };
    assert_eq!(items(&format!("Cookie: {cookie}\r\n"))[0]["title"], "write a test");
    assert_eq!(items(""), Value::Array(vec![]), "it is that client's alone");
}

#[test]
fn the_guestbook_in_python_keeps_its_entries_where_a_store_was_granted() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("default={}/book.redb", folder.path().display());
    let serve = |more: &[&str]| {
        let arguments = [&["--no-watch", "--cpu-time", "60s"], more].concat();
        Server::start(&repository().join("guest/examples/python-guestbook"), &arguments)
    };
    let sign = |server: &Server, name: &str| {
        let form = format!("name={name}&message=%3Chello%3E");
        server.connect().with_patience(LATER).post("/", form).status
    };
    let mut server = serve(&["--keyvalue", &store]);
    assert_eq!((sign(&server, "Ada"), sign(&server, "Grace"), sign(&server, "")), (303, 303, 422));
    server.kill();
    let page = serve(&["--keyvalue", &store]).connect().with_patience(LATER).get("/").text();
    let [ada, grace] = ["<b>Ada</b>: &lt;hello&gt;", "<b>Grace</b>"].map(|words| page.find(words));
    assert!(ada.is_some() && grace < ada && grace.is_some() && !page.contains("Nothing is kept"), "{page}");
    let server = serve(&[]);
    assert_eq!(sign(&server, "Ada"), 303);
    let page = server.connect().with_patience(LATER).get("/").text();
    assert!(page.contains("<b>Ada</b>") && page.contains("Nothing is kept"), "{page}");
}

#[test]
fn clocks_and_numbers_are_reproducible_in_python() {
    let source = r#"
import random, time, uuid
from http.server import BaseHTTPRequestHandler


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        random.seed()
        text = repr([random.random(), str(uuid.uuid4()), time.time()])
        time.sleep(0.001)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())
"#;
    expect_reproducible("app.py", source, "981173106.0]");
}

#[test]
fn clocks_and_numbers_are_reproducible_in_javascript() {
    let source = r#"
import { BaseHTTPRequestHandler } from 'doverb';

export default class extends BaseHTTPRequestHandler {
  do_GET() {
    this.send_response(200);
    this.end_headers();
    this.wfile.write(`[${Math.random()}, ${crypto.randomUUID()}, ${Date.now() / 1000}.0]`);
  }
}
"#;
    expect_reproducible("index.js", source, "981173106.0]");
}

fn expect_reproducible(file: &str, source: &str, time: &str) {
    let sources = folder(&[(file, source)]);
    let of = |seed: &str| {
        let arguments =
            ["--no-watch", "--isolation", "request", "--frozen-clock", "981173106", "--seed", seed];
        let server = Server::start(&sources.path().join(file), &arguments);
        let [one, other] = [(); 2].map(|()| server.connect().with_patience(LATER).get("/").text());
        assert_eq!(one, other, "each instance begins with the same");
        one
    };
    let one = of("1");
    assert!(one.ends_with(time), "{one}");
    assert_ne!(one, of("2"));
}
