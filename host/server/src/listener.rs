//! The loop that accepts connections from one thread's socket of a listener.

use std::fmt;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use doverb_core::clients::{Clients, Had};
use doverb_core::descriptors::{Descriptors, Taken};
use doverb_core::observer::TurnedAway;
use doverb_core::peer::{Address, Peer};
use doverb_core::routes::Router;
use doverb_http1::Service;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream, unix};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::background::{Background, Connection};
use crate::control::Served;
use crate::open::Listening;
use crate::tls::Tls;

/// Connections beyond a bound that are told so at a time; more are closed without a word.
const TOLD: usize = 256;
/// What a thread does when the system has no more file descriptors: wait for some to be closed.
const PAUSE: Duration = Duration::from_millis(50);

/// Of so many connections that lack a descriptor one has a line.
const LACKS: u64 = 1000;

/// How many connections there are, over all threads, and how many were refused.
#[derive(Default)]
pub(crate) struct Count {
    live: AtomicUsize,
    /// Those that are told that there is no room for them, which may take them a while: they have none of the room that there is.
    told: AtomicUsize,
    refused: AtomicU64,
    /// Those that could not be accepted, for want of descriptors.
    lacking: AtomicU64,
}

/// One thread of a server, as its connections have it in common.
pub(crate) struct Lane {
    pub(crate) number: usize,
    pub(crate) router: Arc<Router>,
    /// What ends its idle connections.
    pub(crate) drain: CancellationToken,
    /// Where those go on whose handlers compute for long.
    pub(crate) background: Arc<Background>,
}

/// What connections of a thread are admitted to.
pub(crate) struct Admission {
    lane: Lane,
    now: Mutex<Arc<Admitted>>,
    /// The connections of all threads, and those of each client.
    count: Arc<Count>,
    clients: Clients,
}

/// What connections find that come now.
pub(crate) struct Admitted {
    pub(crate) service: Arc<Service>,
    /// What they speak TLS with, if they do.
    tls: Option<Arc<Tls>>,
}

impl Lane {
    fn admitted(&self, served: &Served) -> Arc<Admitted> {
        let service = Service::with_router(Arc::clone(&served.site), Arc::clone(&self.router));
        let service = Arc::new(service.in_lane(self.number).with_drain(self.drain.clone()));
        Arc::new(Admitted { service, tls: served.tls.clone() })
    }
}

impl Admission {
    pub(crate) fn new(lane: Lane, served: &Served, count: Arc<Count>, clients: Clients) -> Admission {
        let now = Mutex::new(lane.admitted(served));
        Admission { lane, now, count, clients }
    }

    /// What connections are admitted to that come now.
    pub(crate) fn now(&self) -> Arc<Admitted> {
        Arc::clone(&self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Connections that come from now on are served so.
    pub(crate) fn go_over(&self, served: &Served) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = self.lane.admitted(served);
    }

    /// Where connections go on whose handlers compute for long.
    pub(crate) fn background(&self) -> &Background {
        &self.lane.background
    }

    /// What ends the thread's listeners and its idle connections.
    pub(crate) fn drain(&self) -> &CancellationToken {
        &self.lane.drain
    }
}

/// One thread's socket of a listener.
pub(crate) struct Listener {
    accepting: Accepting,
    /// Where clients find the server.
    server: Address,
}

enum Accepting {
    Tcp(TcpListener),
    Unix(UnixListener),
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    /// In the runtime of the caller.
    pub(crate) fn new(socket: Listening, server: Address) -> io::Result<Listener> {
        let accepting = match socket {
            Listening::Tcp(socket) => Accepting::Tcp(TcpListener::from_std(socket)?),
            Listening::Unix(socket) => Accepting::Unix(UnixListener::from_std(socket)?),
        };
        Ok(Listener { accepting, server })
    }

    /// Accepts connections until it is let go of, as when the server drains; those that the system holds by then are still
    /// served.
    pub(crate) async fn accept(
        self,
        admission: Arc<Admission>,
        let_go: CancellationToken,
        tasks: TaskTracker,
    ) {
        let mut reserve = File::open("/dev/null").ok();
        loop {
            let accepted = tokio::select! {
                biased;
                () = let_go.cancelled() => break,
                accepted = self.next() => accepted,
            };
            match accepted {
                Ok((stream, client)) => match Descriptors::of_process().take() {
                    Some(descriptor) => take((stream, descriptor), client, &self.server, &admission, &tasks),
                    None => {
                        // What is left is the server's own: one connection at a time has one of them to be told by.
                        admission.tell_of_lack(&"connections have all descriptors that they may have");
                        tell(stream, client, &self.server, &admission).await;
                    }
                },
                Err(error) if is_lost(&error) => {}
                Err(error) => {
                    admission.tell_of_lack(&error);
                    if let Some(spare) = reserve.take() {
                        // With the descriptor that it frees one connection at a time is told so, in the place of silence.
                        drop(spare);
                        if let Ok(Ok((stream, client))) = tokio::time::timeout(PAUSE, self.next()).await {
                            tell(stream, client, &self.server, &admission).await;
                        }
                    }
                    reserve = File::open("/dev/null").ok();
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        let Listener { accepting, server } = self;
        let _ = accepting.accept_what_is_there(|stream, client| {
            if let Some(descriptor) = Descriptors::of_process().take() {
                take((stream, descriptor), client, &server, &admission, &tasks);
            }
        });
    }

    async fn next(&self) -> io::Result<(Stream, Address)> {
        match &self.accepting {
            Accepting::Tcp(socket) => {
                let (stream, client) = socket.accept().await?;
                Ok((Stream::Tcp(stream), client.into()))
            }
            Accepting::Unix(socket) => {
                let (stream, client) = socket.accept().await?;
                Ok((Stream::Unix(stream), unix_address(&client)))
            }
        }
    }
}

impl Accepting {
    /// Without the runtime, which does not look at the socket any more.
    fn accept_what_is_there(self, mut take: impl FnMut(Stream, Address)) -> io::Result<()> {
        match self {
            Accepting::Tcp(socket) => {
                let socket = socket.into_std()?;
                while let Ok((stream, client)) = socket.accept() {
                    if stream.set_nonblocking(true).is_ok()
                        && let Ok(stream) = TcpStream::from_std(stream)
                    {
                        take(Stream::Tcp(stream), client.into());
                    }
                }
            }
            Accepting::Unix(socket) => {
                let socket = socket.into_std()?;
                while let Ok((stream, client)) = socket.accept() {
                    if stream.set_nonblocking(true).is_ok()
                        && let Ok(stream) = UnixStream::from_std(stream)
                    {
                        take(Stream::Unix(stream), unix_address(&client.into()));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Nearly all clients of a unix socket have no address of their own.
fn unix_address(client: &unix::SocketAddr) -> Address {
    Address::of_unix(client.as_pathname())
}

/// The client went between its arrival and our accepting it.
fn is_lost(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

impl Admission {
    fn tell_of_lack(&self, why: &dyn fmt::Display) {
        let before = self.count.lacking.fetch_add(1, Ordering::Relaxed);
        if before.is_multiple_of(LACKS) {
            let so_far = before + 1;
            self.now().service.site().log().message(format_args!(
                "new connections get a 503 for now ({so_far} so far): {why}. Raise the limit on open files (ulimit -n)"
            ));
        }
    }
}

impl Admitted {
    fn peer(&self, client: Address, server: &Address) -> Peer {
        let peer = Peer::new(client, server.clone());
        if self.tls.is_some() { peer.secure() } else { peer }
    }
}

/// Tells a connection that there is no room for it. Over TLS that would take a handshake, which costs more than most
/// requests.
async fn refuse(stream: Stream, client: Address, server: &Address, admitted: &Admitted) {
    if admitted.tls.is_some() {
        return;
    }
    let (service, peer) = (Arc::clone(&admitted.service), admitted.peer(client, server));
    match stream {
        Stream::Tcp(stream) => doverb_http1::refuse(service, stream, peer).await,
        Stream::Unix(stream) => doverb_http1::refuse(service, stream, peer).await,
    }
}

/// The same in the accepting task, which goes on soon: one that reads nothing must not keep others waiting for theirs.
async fn tell(stream: Stream, client: Address, server: &Address, admission: &Admission) {
    let _ = tokio::time::timeout(PAUSE, refuse(stream, client, server, &admission.now())).await;
}

fn take(
    (stream, descriptor): (Stream, Taken),
    client: Address,
    server: &Address,
    admission: &Arc<Admission>,
    tasks: &TaskTracker,
) {
    let (count, admitted) = (&admission.count, admission.now());
    let max = admitted.service.site().limits().max_connections;
    let place = Place::take(count, max, |count| &count.live);
    let why = match (place, admission.clients.take(client.host())) {
        (Some(place), Some(had)) => {
            let peer = admitted.peer(client, server);
            let connection = serve(stream, peer, &admitted, (place, had, descriptor));
            tasks.spawn(Arc::clone(&admission.lane.background).serve(connection));
            return;
        }
        (Some(_), None) => TurnedAway::OfClient(admission.clients.most()),
        (None, _) => TurnedAway::All(max),
    };
    if let Some(place) = Place::take(count, TOLD, |count| &count.told) {
        let so_far = count.refused.fetch_add(1, Ordering::Relaxed) + 1;
        admitted.service.site().tell(|observer| observer.connection_refused(why, so_far));
        let server = server.clone();
        tasks.spawn(async move {
            refuse(stream, client, &server, &admitted).await;
            drop((place, descriptor));
        });
    }
}

/// All that a connection is served with.
fn serve(stream: Stream, peer: Peer, admitted: &Admitted, counted: (Place, Had, Taken)) -> Connection {
    let service = Arc::clone(&admitted.service);
    let tls = admitted.tls.clone();
    let number = service.site().number_session();
    Box::pin(async move {
        service.site().tell(|observer| observer.connection_opened(&peer));
        let (served, of) = (Arc::clone(&service), peer.clone());
        // In a place of its own, all but plain TCP, so that it takes no room in that of each such connection.
        match (stream, tls) {
            (Stream::Tcp(stream), None) => doverb_http1::serve_tcp(served, stream, of, number).await,
            (Stream::Unix(stream), None) => {
                Box::pin(doverb_http1::serve(served, stream, of, number)).await;
            }
            (Stream::Tcp(stream), Some(tls)) => Box::pin(tls.serve(served, stream, of, number)).await,
            (Stream::Unix(stream), Some(tls)) => Box::pin(tls.serve(served, stream, of, number)).await,
        }
        service.site().tell(|observer| observer.connection_closed(&peer));
        drop(counted);
    })
}

/// One of the connections that are counted.
struct Place {
    count: Arc<Count>,
    of: fn(&Count) -> &AtomicUsize,
}

impl Place {
    /// None where there are `most`.
    fn take(count: &Arc<Count>, most: usize, of: fn(&Count) -> &AtomicUsize) -> Option<Place> {
        let before = of(count).fetch_add(1, Ordering::Relaxed);
        // Dropped, it is given back.
        let place = Place { count: Arc::clone(count), of };
        (before < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        (self.of)(&self.count).fetch_sub(1, Ordering::Relaxed);
    }
}
