//! What of a server can change while it serves: where it listens, its certificate, its limits, who watches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doverb_core::clients::Clients;
use doverb_core::peer::Address;
use doverb_core::site::Site;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::certificate::TlsFiles;
use crate::config::Config;
use crate::error::ServerError;
use crate::listen::{Listen, ListenAddress};
use crate::open::{self, Listening, Opened};
use crate::tls::Tls;
use crate::unix::SocketFile;

/// What a thread is to do.
pub(crate) enum Order {
    /// Accept connections from one more socket, until it is let go of.
    Listen { socket: Listening, server: Address, let_go: CancellationToken },
    /// Serve the connections that come from now on so.
    Serve(Arc<Served>),
}

/// What connections are served as.
pub(crate) struct Served {
    pub(crate) site: Arc<Site>,
    /// What they speak TLS with, if they do.
    pub(crate) tls: Option<Arc<Tls>>,
}

/// What has changed where a server listens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Where it listens now, and did not before.
    pub to: Vec<ListenAddress>,
    /// Where it does not any more.
    pub from: Vec<ListenAddress>,
}

/// The end from which a server is changed.
pub(crate) struct Control {
    threads: Vec<UnboundedSender<Order>>,
    drain: CancellationToken,
    clients: Clients,
    now: Mutex<Now>,
}

/// What is in force.
struct Now {
    listeners: Vec<Live>,
    files: Option<TlsFiles>,
    served: Arc<Served>,
}

/// A listener with a socket in each thread.
struct Live {
    listen: Listen,
    address: ListenAddress,
    /// Cancelled, its threads accept what is there and close it.
    let_go: CancellationToken,
    /// Removed with it.
    _file: Option<SocketFile>,
}

impl Control {
    /// Listens, for as many threads as orders come back.
    pub(crate) fn new(
        listeners: &[Listen],
        files: Option<TlsFiles>,
        site: Arc<Site>,
        (threads, drain): (usize, CancellationToken),
    ) -> Result<(Control, Vec<UnboundedReceiver<Order>>), ServerError> {
        let tls = files.clone().map(Tls::load).transpose()?.map(Arc::new);
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..threads).map(|_| unbounded_channel()).unzip();
        let limits = site.limits();
        let clients = Clients::new(limits.max_client_connections, limits.trusted_proxies.clone());
        let served = Arc::new(Served { site, tls });
        let now = Mutex::new(Now { listeners: Vec::new(), files, served });
        let control = Control { threads: senders, drain, clients, now };
        let opened = control.open(listeners, &[])?;
        let mut now = control.lock();
        control.tell(|| Order::Serve(Arc::clone(&now.served)));
        now.listeners = opened.into_iter().map(|opened| control.begin(opened)).collect();
        drop(now);
        Ok((control, receivers))
    }

    /// Connections of each client.
    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// What is served now.
    pub(crate) fn served(&self) -> Arc<Served> {
        Arc::clone(&self.lock().served)
    }

    /// Where it listens now.
    pub(crate) fn addresses(&self) -> Vec<ListenAddress> {
        self.lock().listeners.iter().map(|live| live.address.clone()).collect()
    }

    /// Goes over to what can change of a configuration, or leaves all as it is.
    pub(crate) fn change(&self, config: Config) -> Result<Moved, ServerError> {
        let mut now = self.lock();
        let tls = match &config.tls {
            same if *same == now.files => now.served.tls.clone(),
            other => other.clone().map(Tls::load).transpose()?.map(Arc::new),
        };
        let is_kept = |live: &Live| config.listeners.iter().any(|listen| listen.is(&live.listen));
        let is_new = |listen: &&Listen| now.listeners.iter().all(|live| !live.listen.is(listen));
        let fresh: Vec<Listen> = config.listeners.iter().filter(is_new).cloned().collect();
        let beside: Vec<ListenAddress> = now.listeners.iter().map(|live| live.address.clone()).collect();
        let opened = self.open(&fresh, &beside)?;
        // From here on nothing fails.
        self.clients.set(config.limits.max_client_connections, config.limits.trusted_proxies.clone());
        let site = Arc::new(now.served.site.again(config.limits, config.observers));
        now.served = Arc::new(Served { site, tls });
        now.files = config.tls;
        self.tell(|| Order::Serve(Arc::clone(&now.served)));
        let begun: Vec<Live> = opened.into_iter().map(|opened| self.begin(opened)).collect();
        let to = begun.iter().map(|live| live.address.clone()).collect();
        let (stay, go): (Vec<_>, Vec<_>) = std::mem::take(&mut now.listeners).into_iter().partition(is_kept);
        now.listeners = stay.into_iter().chain(begun).collect();
        go.iter().for_each(|live| live.let_go.cancel());
        Ok(Moved { to, from: go.into_iter().map(|live| live.address).collect() })
    }

    /// Listens nowhere any more.
    pub(crate) fn close(&self) {
        std::mem::take(&mut self.lock().listeners).iter().for_each(|live| live.let_go.cancel());
    }

    /// Listens at all of these or at none, for each thread; nobody accepts yet.
    fn open(&self, all: &[Listen], beside: &[ListenAddress]) -> Result<Vec<(Listen, Opened)>, ServerError> {
        let mut opened = Vec::new();
        for listen in all {
            opened.push((listen.clone(), open::open(listen, self.threads.len(), beside)?));
        }
        Ok(opened)
    }

    fn begin(&self, (listen, opened): (Listen, Opened)) -> Live {
        let Opened { address, server, sockets, file } = opened;
        let let_go = self.drain.child_token();
        for (thread, socket) in self.threads.iter().zip(sockets) {
            // A thread that has ended accepts nothing.
            let _ = thread.send(Order::Listen { socket, server: server.clone(), let_go: let_go.clone() });
        }
        Live { listen, address, let_go, _file: file }
    }

    fn tell(&self, order: impl Fn() -> Order) {
        for thread in &self.threads {
            let _ = thread.send(order());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
