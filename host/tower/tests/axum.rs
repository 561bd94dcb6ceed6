//! The service inside of axum, over a socket: what a client sees on the wire.

mod support;

use doverb_core::handler::Handler;
use doverb_tower::HandlerService;
use support::{echo, hello, service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A server with the service under `/plugins/hello`, and a connection to it.
async fn connect(service: HandlerService) -> TcpStream {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum::Router::new().nest_service("/plugins/hello", service);
    tokio::spawn(axum::serve(listener, app).into_future());
    TcpStream::connect(address).await.unwrap()
}

/// All that comes until the connection ends.
async fn ask(service: HandlerService, request: &str) -> String {
    let mut client = connect(service).await;
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // A connection that was cut gives an error behind what came.
    let _ = client.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn a_mounted_handler_sees_its_own_paths() {
    let handler = Handler::native("path", |request| {
        let path = request.path().into_owned();
        request.send_response(200, None)?;
        request.end_headers()?;
        request.write(path.as_bytes()).map(drop)
    });
    let answer =
        ask(service(handler), "GET /plugins/hello/a?b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    let answer = answer.await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("content-length: 4\r\n") && answer.ends_with("\r\n\r\n/a?b"), "{answer}");
}

#[tokio::test]
async fn a_connection_goes_on_after_an_answer() {
    let request = "GET /plugins/hello HTTP/1.1\r\nHost: h\r\n\r\n";
    let last = "HEAD /plugins/hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let answer = ask(service(hello("Hello!")), &format!("{request}{request}{last}")).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK\r\n").count(), 3, "{answer}");
    assert_eq!(answer.matches("content-length: 6\r\n").count(), 3, "{answer}");
    assert_eq!(answer.matches("Hello!").count(), 2, "{answer}");
}

#[tokio::test]
async fn chunks_go_both_ways() {
    let head =
        "POST /plugins/hello/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut client = connect(service(echo())).await;
    client.write_all(format!("{head}3\r\none\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"3\r\none\r\n") {
        assert_ne!(client.read_buf(&mut answer).await.unwrap(), 0);
    }
    client.write_all(b"3\r\ntwo\r\n0\r\n\r\n").await.unwrap();
    client.read_to_end(&mut answer).await.unwrap();
    assert!(answer.ends_with(b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_broken_answer_is_cut() {
    let handler = Handler::native_async("breaks", |request| {
        Box::pin(async move {
            request.send_response(200, None)?;
            request.send_header("Transfer-Encoding", "chunked")?;
            request.end_headers()?;
            request.write(b"4\r\nhalf\r\n")?;
            request.flush_body().await
        })
    });
    let answer = ask(service(handler), "GET /plugins/hello HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(answer.ends_with("4\r\nhalf\r\n"), "{answer}");
}

#[tokio::test]
async fn a_malformed_body_is_refused() {
    let request = "POST /plugins/hello HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let answer = ask(service(hello("unread")), request).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
}

#[tokio::test]
async fn a_client_that_hangs_up_is_seen() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let handler = Handler::native_async("waits", move |request| {
        let tell = tell.clone();
        Box::pin(async move {
            tell.send(None).unwrap();
            let failure = request.read_body(1).await.unwrap_err();
            tell.send(Some(failure)).unwrap();
            Ok(())
        })
    });
    let mut client = connect(service(handler)).await;
    let head = "POST /plugins/hello HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(told.recv().await.unwrap(), None);
    drop(client);
    assert_eq!(told.recv().await.unwrap(), Some(doverb_core::failure::Failure::Closed));
}
