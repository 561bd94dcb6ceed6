//! The service with handlers in native code, without a server: what goes in, what comes out, and who waits for whom.

mod support;

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use doverb_core::failure::Failure;
use doverb_core::handler::Handler;
use doverb_core::limits::Limits;
use doverb_core::log::Log;
use doverb_core::peer::{Address, Peer};
use doverb_core::site::Site;
use doverb_tower::BrokenAnswer;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Empty, Full};
use support::{call, echo, hello, pieces, service, service_on};
use tokio::sync::mpsc;

fn get(target: &str) -> Request<Empty<Bytes>> {
    Request::get(target).body(Empty::new()).unwrap()
}

/// A body that is written piece by piece.
fn upload() -> (mpsc::Sender<Bytes>, impl Body<Data = Bytes, Error = Infallible> + Send + 'static) {
    let (sender, mut receiver) = mpsc::channel::<Bytes>(1);
    (sender, pieces(move |context| receiver.poll_recv(context)))
}

#[tokio::test]
async fn a_get_is_answered() {
    let handler = Handler::native("query", |request| {
        let client = request.peer().client().host().to_owned();
        let text = format!("{} {} {client}", request.command(), request.path());
        request.send_response(203, None)?;
        request.send_header("X-A", "1")?;
        request.send_header("X-A", "2")?;
        request.send_header("Connection", "X-Hop, close")?;
        request.end_headers()?;
        request.write(text.as_bytes()).map(drop)
    });
    let mut request = get("//a/b?c=d");
    let address = |text: &str| Address::from(text.parse::<std::net::SocketAddr>().unwrap());
    request.extensions_mut().insert(Peer::new(address("192.0.2.1:5"), address("127.0.0.1:80")));
    let answer = call(&service(handler), request).await;
    assert_eq!(answer.status(), 203);
    assert_eq!(answer.headers().get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert!(answer.headers().contains_key("date") && !answer.headers().contains_key("connection"));
    assert_eq!(answer.headers()["content-length"], "22");
    assert_eq!(answer.body().size_hint().exact(), Some(22));
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "GET /a/b?c=d 192.0.2.1");
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let request = Request::head("/").body(Empty::<Bytes>::new()).unwrap();
    let answer = call(&service(hello("Hello!")), request).await;
    assert_eq!(answer.headers()["content-length"], "6");
    assert!(answer.body().is_end_stream());
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "");
}

#[tokio::test]
async fn an_echo_streams_both_ways() {
    let (sender, body) = upload();
    let answer = call(&service(echo()), Request::post("/").body(body).unwrap());
    // The head waits for the first flush, and so for the first piece.
    sender.send(Bytes::from_static(b"one")).await.unwrap();
    let mut answer = answer.await.into_body();
    for piece in ["one", "two", "three"] {
        if piece != "one" {
            sender.send(Bytes::from_static(piece.as_bytes())).await.unwrap();
        }
        assert_eq!(answer.frame().await.unwrap().unwrap().into_data().unwrap(), piece);
    }
    assert!(!answer.is_end_stream());
    drop(sender);
    assert!(answer.frame().await.is_none());
}

#[tokio::test]
async fn trailers_come_after_the_body() {
    let handler = Handler::native_async("trailers", |request| {
        Box::pin(async move {
            assert!(request.body_trailers().is_err());
            while !request.read_body(65_536).await?.is_empty() {}
            let fields = request.body_trailers()?;
            request.send_response(200, None)?;
            request.end_headers()?;
            request.write(format!("{fields:?}").as_bytes()).map(drop)
        })
    });
    let fields = HeaderMap::from_iter([(http::header::ETAG, http::HeaderValue::from_static("a"))]);
    let body = Full::new(Bytes::from_static(b"body")).with_trailers(async { Some(Ok(fields)) });
    let answer = call(&service(handler), Request::post("/").body(body).unwrap()).await;
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), r#"[("etag", "a")]"#);
}

const MANY: u64 = 1 << 30;

#[tokio::test]
async fn a_gigabyte_passes_in_constant_memory() {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    let body = pieces(move |_| {
        let is_over = MADE.load(Ordering::Relaxed) == MANY;
        MADE.fetch_add(if is_over { 0 } else { piece.len() as u64 }, Ordering::Relaxed);
        Poll::Ready((!is_over).then(|| piece.clone()))
    });
    let began = Instant::now();
    let answer = call(&service(echo()), Request::post("/").body(body).unwrap()).await;
    let mut answer = answer.into_body();
    let (mut came, mut most) = (0, 0);
    while let Some(frame) = answer.frame().await {
        came += frame.unwrap().into_data().unwrap().len() as u64;
        most = most.max(MADE.load(Ordering::Relaxed) - came);
    }
    assert_eq!(came, MANY);
    // What waits in the answer, the piece that the handler has, and the next one of the request.
    assert!(most <= 256 * 1024, "{most} bytes were under way");
    println!("{} MiB in {:?}, at most {most} bytes under way", MANY >> 20, began.elapsed());
}

#[tokio::test]
async fn a_client_that_goes_away_is_seen() {
    for goes_before_the_head in [true, false] {
        let (tell, mut told) = mpsc::unbounded_channel();
        let handler = Handler::native_async("endless", move |request| {
            let tell = tell.clone();
            Box::pin(async move {
                request.send_response(200, None)?;
                request.end_headers()?;
                let failure = loop {
                    if goes_before_the_head {
                        // Waits for the request's body without having sent anything but what leaves with the wait.
                        if let Err(failure) = request.read_body(1).await {
                            break failure;
                        }
                    }
                    request.write(&[b'x'; 1000])?;
                    if let Err(failure) = request.flush_body().await {
                        break failure;
                    }
                };
                tell.send((failure.clone(), request.write(b"x"))).unwrap();
                Err(failure)
            })
        });
        let (_sender, body) = upload();
        let answer = call(&service(handler), Request::post("/").body(body).unwrap());
        if goes_before_the_head {
            let _ = tokio::time::timeout(Duration::from_millis(20), answer).await;
        } else {
            let _ = answer.await.into_body().frame().await;
        }
        assert_eq!(told.recv().await.unwrap(), (Failure::Closed, Err(Failure::Closed)));
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_times_out() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let handler = Handler::native_async("endless", move |request| {
        let tell = tell.clone();
        Box::pin(async move {
            request.send_response(200, None)?;
            request.end_headers()?;
            loop {
                request.write(&[b'x'; 65_536])?;
                if let Err(failure) = request.flush_body().await {
                    tell.send(failure).unwrap();
                    return Ok(());
                }
            }
        })
    });
    let limits = Limits::default().with_client_timeout(Duration::from_millis(100));
    let service = service_on(Site::new(Log::discard()).with_limits(limits), handler);
    let mut answer = call(&service, get("/")).await.into_body();
    assert_eq!(told.recv().await.unwrap(), Failure::TimedOut);
    let last = loop {
        match answer.frame().await {
            Some(Ok(_)) => {}
            last => break last,
        }
    };
    assert_eq!(last.unwrap().unwrap_err(), BrokenAnswer);
}

#[tokio::test]
async fn after_a_flush_there_is_room_for_writes_that_do_not_wait() {
    const PIECE: usize = 65_536;
    let handler = Handler::native_async("rooms", |request| {
        Box::pin(async move {
            request.send_response(200, None)?;
            request.end_headers()?;
            for _ in 0..2 {
                assert!(!request.write(&[b'x'; PIECE - 1])?, "it needs no flush");
                assert!(request.write(b"y")?, "so much has gathered");
                request.flush_body().await?;
            }
            Ok(())
        })
    });
    let answer = call(&service(handler), get("/")).await;
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes().len(), 2 * PIECE);
}

#[tokio::test]
async fn a_swap_is_for_the_next_call() {
    let service = service(hello("one"));
    let read = async || call(&service, get("/")).await.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(read().await, "one");
    assert_eq!(service.mount().slot().swap(hello("two")), 2);
    assert_eq!(read().await, "two");
}

#[tokio::test]
async fn a_handler_that_fails_before_its_head_has_left_is_answered_for() {
    let handler = Handler::native("fails", |request| {
        request.send_response(200, None)?;
        request.send_header("X-Gone", "1")?;
        Err(Failure::Closed)
    });
    let answer = call(&service(handler), get("/")).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.headers().contains_key("x-gone"));
    let page = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(page.starts_with(b"<!DOCTYPE"), "{page:?}");
}

#[tokio::test]
async fn a_handler_that_fails_after_its_head_breaks_the_body() {
    let handler = Handler::native_async("fails", |request| {
        Box::pin(async move {
            request.send_response(200, None)?;
            request.send_header("Content-Length", "10")?;
            request.end_headers()?;
            request.write(b"half")?;
            request.flush_body().await?;
            Err(Failure::Closed)
        })
    });
    let mut answer = call(&service(handler), get("/")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.body_mut().frame().await.unwrap().unwrap().into_data().unwrap(), "half");
    assert_eq!(answer.body_mut().frame().await.unwrap().unwrap_err(), BrokenAnswer);
    assert!(answer.body_mut().frame().await.is_none());
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_for() {
    let answer = call(&service(Handler::native("panics", |_| panic!("of the test's own"))), get("/")).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.into_body().is_end_stream());
}

#[tokio::test]
async fn a_body_over_the_bound_is_refused() {
    let limits = Limits::default().with_max_body(3);
    let handler = Handler::native_async("reads", |request| {
        Box::pin(async move {
            while !request.read_body(65_536).await?.is_empty() {}
            request.send_response(204, None)?;
            request.end_headers()
        })
    });
    let service = service_on(Site::new(Log::discard()).with_limits(limits), handler);
    let announced = Request::post("/").body(Full::new(Bytes::from_static(b"four"))).unwrap();
    assert_eq!(call(&service, announced).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    for (piece, status) in [("fit", StatusCode::NO_CONTENT), ("four", StatusCode::PAYLOAD_TOO_LARGE)] {
        let (sender, body) = upload();
        sender.send(Bytes::from_static(piece.as_bytes())).await.unwrap();
        drop(sender);
        assert_eq!(call(&service, Request::post("/").body(body).unwrap()).await.status(), status);
    }
}

#[tokio::test]
async fn a_tunnel_ends_at_once() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let handler = Handler::native_async("tunnel", move |request| {
        let tell = tell.clone();
        Box::pin(async move {
            request.send_response(200, None)?;
            request.end_headers()?;
            tell.send((request.read_body(1).await, request.flush_body().await)).unwrap();
            Ok(())
        })
    });
    let request = Request::builder().method(Method::CONNECT).uri("example.com:443");
    let answer = call(&service(handler), request.body(Empty::<Bytes>::new()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.into_body().is_end_stream());
    assert_eq!(told.recv().await.unwrap(), (Ok(Vec::new()), Err(Failure::Closed)));
}
