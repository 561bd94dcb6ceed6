//! The WebSocket example, with a WebSocket client, with what such a client would not send, and in a browser.

use std::io::Write;
use std::net::TcpStream;
use std::time::Instant;

use doverb_tests::browser::{Browser, Done, expect_text};
use doverb_tests::{LATER, SOON, Server, guest, request};
use fantoccini::Locator;
use rustix::process::Signal;
use tungstenite::error::Error;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::frame::{Frame, Utf8Bytes};
use tungstenite::protocol::{CloseFrame, Message, WebSocketConfig};

const MIB: usize = 1 << 20;
const HANDSHAKE: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

type Socket = tungstenite::WebSocket<TcpStream>;

/// A WebSocket to the example's room. Every wait ends after [`SOON`].
fn room(server: &Server) -> Socket {
    let stream = TcpStream::connect(server.address()).expect("the server listens");
    stream.set_read_timeout(Some(SOON)).expect("a duration above zero");
    stream.set_write_timeout(Some(SOON)).expect("a duration above zero");
    let address = format!("ws://{}/ws", server.address());
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    let (socket, response) =
        tungstenite::client::client_with_config(address, stream, Some(config)).expect("the handshake");
    assert_eq!(response.status(), 101);
    socket
}

fn says(socket: &mut Socket, text: &str, answer: &str) {
    socket.send(Message::text(text)).expect("it is sent");
    assert_eq!(socket.read().expect("an answer"), Message::text(answer));
}

/// The code and the reason that the room closes with; then the connection ends in good order.
fn closes(socket: &mut Socket) -> (u16, String) {
    let message = socket.read().expect("a close frame");
    let Message::Close(Some(CloseFrame { code, reason })) = message else {
        panic!("no close frame with a code: {message:?}");
    };
    let end = socket.read().expect_err("nothing follows");
    // The answer to its close frame may find the connection ended, when it did not want to read all that came before.
    let found_it_ended = matches!(&end, Error::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe);
    assert!(matches!(end, Error::ConnectionClosed) || found_it_ended, "{end}");
    (code.into(), reason.to_string())
}

fn closed(code: u16, reason: &str) -> (u16, String) {
    (code, reason.into())
}

fn piece(data: &[u8], opcode: Data, is_last: bool) -> Message {
    Message::Frame(Frame::message(data.to_vec(), OpCode::Data(opcode), is_last))
}

#[test]
fn texts_come_back_with_numbers_and_bytes_as_they_are() {
    let server = Server::of("websocket");
    let mut socket = room(&server);
    says(&mut socket, "hello", "#1 hello");
    says(&mut socket, "Grüße, 世界 \u{1f600}", "#2 Grüße, 世界 \u{1f600}");
    says(&mut socket, "", "#3 ");
    for bytes in [vec![], vec![0, 255, 10, 13], vec![7; 65_536]] {
        socket.send(Message::binary(bytes.clone())).expect("it is sent");
        assert_eq!(socket.read().expect("an answer"), Message::binary(bytes));
    }
    says(&mut socket, "again", "#7 again");
    // The numbers are this connection's.
    says(&mut room(&server), "hello", "#1 hello");
}

#[test]
fn the_room_knows_commands() {
    let server = Server::of("websocket");
    let mut socket = room(&server);
    says(&mut socket, "one", "#1 one");
    socket.send(Message::text("/stats")).expect("it is sent");
    let stats = socket.read().expect("an answer").into_text().expect("a text");
    assert!(stats.starts_with("messages: 2, bytes: 9, seconds: "), "{stats}");
    socket.send(Message::text("/help")).expect("it is sent");
    assert!(socket.read().expect("an answer").into_text().expect("a text").contains("/stats counts"));
    socket.send(Message::text("/bye")).expect("it is sent");
    assert_eq!(closes(&mut socket), closed(1000, "bye"));
    server.wait_for_log("left the room (messages: 4, ");
}

#[test]
fn fragments_are_joined_and_pings_answered_between_them() {
    let server = Server::of("websocket");
    let mut socket = room(&server);
    socket.write(piece(b"Gr\xc3", Data::Text, false)).expect("it is sent");
    socket.write(Message::Ping("between".into())).expect("it is sent");
    // A character may be split.
    socket.write(piece(b"\xbc\xc3\x9f", Data::Continue, false)).expect("it is sent");
    socket.write(piece(b"e", Data::Continue, true)).expect("it is sent");
    socket.flush().expect("it is sent");
    assert_eq!(socket.read().expect("a pong"), Message::Pong("between".into()));
    assert_eq!(socket.read().expect("an answer"), Message::text("#1 Grüße"));
}

#[test]
fn a_close_is_answered_with_its_code() {
    let server = Server::of("websocket");
    let mut socket = room(&server);
    let frame = CloseFrame { code: CloseCode::Library(4321), reason: Utf8Bytes::from_static("enough") };
    socket.close(Some(frame)).expect("it is sent");
    assert_eq!(closes(&mut socket), closed(4321, "enough"));
    server.wait_for_log("left the room (messages: 0, ");
    assert_eq!(server.logged("went away").len(), 0);
}

#[test]
fn a_client_that_leaves_without_a_word_is_no_failure() {
    let server = Server::of("websocket");
    let mut socket = room(&server);
    says(&mut socket, "hello", "#1 hello");
    drop(socket);
    server.wait_for_log("left the room (messages: 1, ");
    assert_eq!(server.logged("failed").len(), 0);
}

#[test]
fn a_mebibyte_comes_back_and_a_byte_more_is_1009() {
    let server = Server::of("websocket");
    let mut socket = room(&server);
    let largest: Vec<u8> = (0..MIB).map(|number| (number % 253) as u8).collect();
    for _ in 0..3 {
        socket.send(Message::binary(largest.clone())).expect("it is sent");
        assert!(socket.read().expect("an answer") == Message::binary(largest.clone()), "the same bytes");
    }
    let too_large = closed(1009, "a message has at most 1 MiB");
    // Its head says so already; what follows may not be taken any more.
    let _ = socket.send(Message::binary([&largest[..], b"x"].concat()));
    assert_eq!(closes(&mut socket), too_large);
    // No fragment is too large, but all of them are.
    let mut socket = room(&server);
    socket.write(piece(&largest[..MIB / 2], Data::Binary, false)).expect("it is sent");
    socket.write(piece(&largest[..MIB / 2], Data::Continue, false)).expect("it is sent");
    socket.write(piece(b"x", Data::Continue, true)).expect("it is sent");
    socket.flush().expect("it is sent");
    assert_eq!(closes(&mut socket), too_large);
}

#[test]
fn a_hundred_messages_at_once_are_answered_in_order() {
    let server = Server::of("websocket");
    let mut socket = room(&server);
    for number in 1..=100 {
        socket.write(Message::text(format!("message {number}"))).expect("it is sent");
    }
    socket.flush().expect("it is sent");
    for number in 1..=100 {
        let answer = format!("#{number} message {number}");
        assert_eq!(socket.read().expect("an answer"), Message::text(answer));
    }
}

#[test]
fn what_is_no_websocket_handshake_is_answered_as_http() {
    let server = Server::of("websocket");
    let without = |name: &str| {
        let lines = HANDSHAKE.split_inclusive("\r\n").filter(|line| !line.starts_with(name));
        lines.collect::<String>()
    };
    let page = format!("{HANDSHAKE}Origin: http://elsewhere.example\r\n");
    for (what, fields, status) in [
        ("a plain GET", String::new(), 426),
        ("no Connection", without("Connection"), 426),
        ("no Upgrade", without("Upgrade"), 426),
        ("no version", without("Sec-WebSocket-Version"), 426),
        ("another version", HANDSHAKE.replace(": 13", ": 8"), 426),
        ("another protocol", HANDSHAKE.replace(": websocket", ": h2c"), 426),
        ("no key", without("Sec-WebSocket-Key"), 400),
        ("a short key", HANDSHAKE.replace("dGhl", ""), 400),
        ("another page", page, 403),
    ] {
        let response = server.connect().call(request("GET", "/ws", &fields));
        assert_eq!(response.status, status, "{what}: {}", response.head());
        let version = response.field("Sec-WebSocket-Version");
        assert_eq!(version, (status == 426).then_some("13"), "{what}: RFC 6455, section 4.2.2");
    }
    let own = format!("{HANDSHAKE}Origin: http://localhost\r\n");
    let mut client = server.connect();
    client.send(request("GET", "/ws", &own));
    let response = client.read_bodiless();
    // The example of RFC 6455, section 1.3.
    assert_eq!(
        (response.status, response.field("Sec-WebSocket-Accept")),
        (101, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
    );
}

#[test]
fn what_is_no_websocket_frame_gets_a_code() {
    let server = Server::of("websocket");
    // Masked with zeros, so that what stands here is what is meant.
    for (what, bytes, code) in [
        ("a text that is not UTF-8", &b"\x81\x82\0\0\0\0\xff\xfe"[..], 1007),
        ("a frame that is not masked", b"\x81\x02hi", 1002),
        ("a reserved bit", b"\xc1\x82\0\0\0\0hi", 1002),
        ("a reserved opcode", b"\x83\x82\0\0\0\0hi", 1002),
        ("a continuation of nothing", b"\x80\x82\0\0\0\0hi", 1002),
        ("a ping in pieces", b"\x09\x82\0\0\0\0hi", 1002),
        ("a frame of 2^62 bytes", b"\x82\xff\x40\0\0\0\0\0\0\0\0\0\0\0", 1009),
    ] {
        let mut socket = room(&server);
        socket.get_mut().write_all(bytes).expect("it is sent");
        assert_eq!(closes(&mut socket).0, code, "{what}");
    }
    assert_eq!(server.logged("failed").len(), 0);
}

#[test]
fn an_idle_client_is_pinged_and_stays() {
    // The time of a request bounds how long the room waits for a word, and no longer how long the connection lives.
    let server = Server::with("websocket", &["--request-timeout", "300ms"]);
    let mut socket = room(&server);
    for _ in 0..3 {
        assert_eq!(socket.read().expect("a ping"), Message::Ping("still there?".into()));
        // The library's next call sends the pong.
    }
    socket.send(Message::text("still here")).expect("it is sent");
    while let Message::Ping(_) = socket.read().expect("a ping or the answer") {}
    assert_eq!(server.logged("did not").len(), 0);
}

#[test]
fn a_client_that_answers_no_ping_is_let_go() {
    let server = Server::with("websocket", &["--request-timeout", "200ms"]);
    let mut client = server.connect();
    client.send(request("GET", "/ws", HANDSHAKE));
    assert_eq!(client.read_bodiless().status, 101);
    let reason = "no answer to a ping";
    let close = [&[0x88, 2 + reason.len() as u8, 0x03, 0xe9], reason.as_bytes()].concat();
    assert_eq!(client.read_to_end(), [b"\x89\x0cstill there?", &close[..]].concat());
}

#[test]
fn it_stays_open_over_a_reload() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("handler.wasm");
    std::fs::copy(guest("websocket"), &file).expect("the guest");
    let server = Server::start(&file, &["--watch"]);
    let mut socket = room(&server);
    says(&mut socket, "before", "#1 before");
    let new = folder.path().join("new");
    std::fs::copy(guest("hello"), &new).expect("the guest");
    std::fs::rename(&new, &file).expect("a file");
    server.log.wait_for(LATER, |line| line.contains("reloaded handler.wasm (version 2)"));
    assert_eq!(server.connect().get("/ws").text(), "Hello, World!");
    says(&mut socket, "after", "#2 after");
}

#[test]
fn a_drain_leaves_time_to_say_goodbye() {
    let mut server = Server::of("websocket");
    let mut socket = room(&server);
    server.signal(Signal::TERM);
    server.wait_for_log("draining: requests in flight may finish");
    says(&mut socket, "still here", "#1 still here");
    socket.close(None).expect("it is sent");
    assert_eq!(socket.read().expect("a close frame"), Message::Close(None));
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_person_talks_to_the_room_in_a_browser() {
    let mut server = Server::with("websocket", &["--grace", "0"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let browser = Browser::start().await;
        visit(&browser.client, &mut server).await.expect("the browser does as told");
        browser.close().await;
    });
    for wrong in ["\" 404 ", "\" 426 ", "failed"] {
        assert_eq!(server.logged(wrong).len(), 0, "{:#?}", server.log.lines());
    }
}

async fn visit(browser: &fantoccini::Client, server: &mut Server) -> Done {
    browser.goto(&format!("http://{}/", server.address())).await?;
    expect_text(browser, "#state", "open").await?;
    say(browser, "Hello from <b>Chromium</b>").await?;
    expect_text(browser, "#messages li:last-child", "#1 Hello from <b>Chromium</b>").await?;
    say(browser, "/stats").await?;
    expect_text(browser, "#messages .mine:nth-last-child(2)", "/stats").await?;
    say(browser, "/help").await?;
    // The room's greeting, and each message with its answer.
    expect_count(browser, 7).await?;
    let screenshot = browser.screenshot().await?;
    assert!(screenshot.starts_with(b"\x89PNG"));
    if let Some(path) = std::env::var_os("DOVERB_SCREENSHOT") {
        std::fs::write(path, screenshot).expect("a file");
    }
    say(browser, "/bye").await?;
    expect_text(browser, "#state", "closed (1000)").await?;
    expect_text(browser, "#messages li:last-child", "The room closed: bye").await?;
    browser.find(Locator::Id("again")).await?.click().await?;
    expect_text(browser, "#state", "open").await?;
    say(browser, "back").await?;
    expect_text(browser, "#messages li:last-child", "#1 back").await?;
    // The server ends; the page says so.
    server.stop();
    expect_text(browser, "#state", "closed (1006)").await
}

async fn say(browser: &fantoccini::Client, text: &str) -> Done {
    browser.find(Locator::Id("text")).await?.send_keys(text).await?;
    browser.find(Locator::Id("send")).await?.click().await
}

async fn expect_count(browser: &fantoccini::Client, messages: usize) -> Done {
    let script = "return document.querySelectorAll('#messages li').length";
    let deadline = Instant::now() + SOON;
    loop {
        let shown = browser.execute(script, vec![]).await?;
        if shown == messages {
            return Ok(());
        }
        assert!(Instant::now() < deadline, "there are {shown} messages and not {messages}");
    }
}
