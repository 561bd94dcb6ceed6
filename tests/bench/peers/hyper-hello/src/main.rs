//! `hello` on hyper, set up as well as it can be: a current-thread runtime a core, each with a listening socket of its
//! own, no Nagle delay, the same allocator as the server that it is measured against.
//!
//! `hyper-hello [PORT] [THREADS]`

use std::convert::Infallible;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue, SERVER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::task::LocalSet;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, World!")));
    response.headers_mut().insert(SERVER, HeaderValue::from_static("hyper"));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(response)
}

fn listen(address: SocketAddr) -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    Ok(socket)
}

fn serve(socket: Socket) -> std::io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::from_std(socket.into())?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::task::spawn_local(async move {
                let mut http = http1::Builder::new();
                let connection =
                    http.pipeline_flush(true).serve_connection(TokioIo::new(stream), service_fn(hello));
                // A client that goes away is no concern of a benchmark's.
                let _ = connection.await;
            });
        }
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let port = args.next().map_or(Ok(0), |port| port.parse())?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = args.next().map_or(Ok(cores), |threads| threads.parse())?;
    let first = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    let address = first.local_addr()?.as_socket().ok_or("the socket has no address")?;
    let mut sockets = vec![first];
    for _ in 1..threads {
        sockets.push(listen(address)?);
    }
    println!("Serving HTTP on {address} ...");
    let serving: Vec<_> = sockets.into_iter().map(|socket| thread::spawn(move || serve(socket))).collect();
    for thread in serving {
        thread.join().map_err(|_| "a thread panicked")??;
    }
    Ok(())
}
