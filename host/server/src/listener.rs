//! Listening sockets, one a thread, and the loop that accepts connections from one of them.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use doverb_core::peer::{Address, Peer};
use doverb_http1::Service;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

/// Connections that the system holds for us while we are busy.
const BACKLOG: i32 = 1024;
/// Connections beyond the bound that are told so; more are closed without a word.
const TOLD: usize = 256;
/// What a thread does when the system has no more file descriptors: wait for some to be closed.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections there are, over all threads, and how many were refused.
#[derive(Default)]
pub(crate) struct Count {
    live: AtomicUsize,
    refused: AtomicU64,
}

/// What a connection is admitted to.
pub(crate) struct Admission {
    pub(crate) service: Arc<Service>,
    /// Where clients find the server.
    pub(crate) address: Address,
    /// The connections of all threads.
    pub(crate) count: Arc<Count>,
}

/// Opens `threads` sockets that share one address. The system spreads connections over them.
pub(crate) fn open(
    bind: &str,
    port: u16,
    threads: usize,
) -> io::Result<(SocketAddr, Vec<std::net::TcpListener>)> {
    let address = resolve(bind, port)?;
    if threads > 1 && port != 0 {
        // Sockets that share an address would share it with another server's too, without a word.
        drop(listen(address, false)?);
    }
    let first = listen(address, threads > 1)?;
    let address = first.local_addr()?;
    let mut sockets = vec![first];
    for _ in 1..threads {
        sockets.push(listen(address, true)?);
    }
    Ok((address, sockets))
}

fn resolve(bind: &str, port: u16) -> io::Result<SocketAddr> {
    let host = bind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bind);
    let mut addresses = (host, port).to_socket_addrs()?;
    addresses.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
}

fn listen(address: SocketAddr, shared: bool) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if shared {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    // Answers leave in one write; waiting for more to come (Nagle) would only delay the last piece. Connections have it
    // from the socket that accepts them.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepts connections until the server drains; those that the system holds by then are still served.
pub(crate) async fn accept(listener: TcpListener, admission: &Admission, tasks: &TaskTracker) {
    let service = &admission.service;
    loop {
        let accepted = tokio::select! {
            biased;
            () = service.drain().cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, client)) => take(stream, client, admission, tasks),
            Err(error) if is_lost(&error) => {}
            Err(error) => {
                service.site().log().message(format_args!(
                    "no new connections for a moment: {error}. Raise the limit on open files (ulimit -n)"
                ));
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    let Ok(listener) = listener.into_std() else {
        return;
    };
    while let Ok((stream, client)) = listener.accept() {
        if let Ok(stream) = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)) {
            take(stream, client, admission, tasks);
        }
    }
}

/// The client went between its arrival and our accepting it.
fn is_lost(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

fn take(stream: TcpStream, client: SocketAddr, admission: &Admission, tasks: &TaskTracker) {
    let service = Arc::clone(&admission.service);
    let count = &admission.count;
    let max = service.site().limits().max_connections;
    let live = count.live.fetch_add(1, Ordering::Relaxed);
    let place = Place(Arc::clone(count));
    let peer = Peer::new(client.into(), admission.address.clone());
    if live < max {
        let number = service.site().number_session();
        tasks.spawn(async move {
            service.site().tell(|observer| observer.connection_opened(&peer));
            doverb_http1::serve_tcp(Arc::clone(&service), stream, peer.clone(), number).await;
            service.site().tell(|observer| observer.connection_closed(&peer));
            drop(place);
        });
    } else if live < max + TOLD {
        let so_far = count.refused.fetch_add(1, Ordering::Relaxed) + 1;
        service.site().tell(|observer| observer.connection_refused(max, so_far));
        tasks.spawn(async move {
            doverb_http1::refuse(service, stream, peer).await;
            drop(place);
        });
    }
}

/// One of the connections that are counted.
struct Place(Arc<Count>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, Ordering::Relaxed);
    }
}
