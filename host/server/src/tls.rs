//! TLS before HTTP: the handshake, and the certificate that is in force.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use doverb_core::lateness;
use doverb_core::log::Log;
use doverb_core::peer::Peer;
use doverb_http1::{Service, Transport};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::certificate::{Stamp, TlsError, TlsFiles};
use crate::secured::Secured;

/// How often the files are looked at, at most: a handshake does it, as nobody needs a certificate in between.
const LOOK: Duration = Duration::from_secs(2);
/// How long a handshake may still take when the server drains. A client that has sent nothing yet loses nothing.
const LAST_CALL: Duration = Duration::from_secs(1);
/// Of this many failed handshakes one is logged: who scans the network makes many.
const LOGGED: u64 = 1000;

/// What all threads of a server speak TLS with.
pub(crate) struct Tls {
    files: TlsFiles,
    current: Mutex<Current>,
    failed: AtomicU64,
}

struct Current {
    config: Arc<ServerConfig>,
    stamp: Stamp,
    looked: Instant,
}

impl Tls {
    pub(crate) fn load(files: TlsFiles) -> Result<Tls, TlsError> {
        // Before it is read, so that a later version is seen to be another.
        let stamp = files.stamp();
        let current = Current { config: files.load()?, stamp, looked: Instant::now() };
        Ok(Tls { files, current: Mutex::new(current), failed: AtomicU64::new(0) })
    }

    /// Serves one connection from its first byte to its end.
    pub(crate) async fn serve<T: Transport + 'static>(
        &self,
        service: Arc<Service>,
        stream: T,
        peer: Peer,
        number: u64,
    ) {
        if let Some(stream) = self.shake_hands(stream, &service).await {
            doverb_http1::serve(service, stream, peer, number).await;
        }
    }

    async fn shake_hands<T: Transport>(&self, stream: T, service: &Service) -> Option<Secured<T>> {
        let log = service.site().log();
        let acceptor = TlsAcceptor::from(self.config(log));
        let deadline = Instant::now() + service.site().limits().header_timeout;
        let handshake = lateness::by(deadline, acceptor.accept(stream));
        let drained = async {
            service.drain().cancelled().await;
            tokio::time::sleep(LAST_CALL).await;
        };
        let shaken = tokio::select! {
            shaken = handshake => shaken?,
            () = drained => return None,
        };
        match shaken {
            Ok(stream) => Some(Secured(stream)),
            Err(error) => {
                self.tell_of_failure(&error, log);
                None
            }
        }
    }

    /// A client that speaks plain HTTP, or does not know the certificate. One that only goes away is not worth a line.
    fn tell_of_failure(&self, error: &io::Error, log: &Log) {
        if error.kind() != io::ErrorKind::InvalidData {
            return;
        }
        let before = self.failed.fetch_add(1, Ordering::Relaxed);
        if before.is_multiple_of(LOGGED) {
            log.message(format_args!("a TLS handshake failed ({} so far): {error}", before + 1));
        }
    }

    /// What the next connection is served with. When the files have changed and can't be used the old certificate stays.
    fn config(&self, log: &Log) -> Arc<ServerConfig> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() >= LOOK {
            current.looked = Instant::now();
            let stamp = self.files.stamp();
            if stamp != current.stamp {
                current.stamp = stamp;
                match self.files.load() {
                    Ok(config) => {
                        current.config = config;
                        log.message(format_args!("{}: loaded again", self.files.cert.display()));
                    }
                    Err(error) => log.message(format_args!("{error}; the old certificate stays in use")),
                }
            }
        }
        Arc::clone(&current.config)
    }
}
