//! What the operator is told: which requests were not sent, and why.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use doverb_core::log::Log;

use crate::address::Kind;
use crate::destination::Destination;

/// How long a line stands for all others like it.
const FOR: Duration = Duration::from_secs(60);
/// Different ones of that time that are told, of one handler and of all.
const OF_HANDLER: usize = 32;
const OF_ALL: usize = 1024;

/// Why a request was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The handler may not call this server.
    NotGranted {
        /// The server.
        to: Destination,
    },
    /// The handler may call the server, but not at this address.
    Address {
        /// The server.
        to: Destination,
        /// Its address.
        address: IpAddr,
        /// What that is.
        kind: Kind,
    },
    /// Nobody who is trusted vouches for the server.
    Certificate {
        /// The server.
        to: Destination,
        /// What is wrong with its certificate.
        why: String,
    },
    /// All descriptors are taken that guests may have.
    Descriptors,
    /// The server speaks HTTP/2 and nothing else.
    Http2 {
        /// The server.
        to: Destination,
    },
    /// The server can't be reached, and there is a proxy, which is not used.
    Proxy {
        /// The server.
        to: Destination,
        /// The variable of the environment that names the proxy.
        variable: &'static str,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotGranted { to } => write!(f, "a request to {to} was refused: it may not call that server"),
            Refusal::Address { to, address, kind } => {
                write!(f, "a request to {to} was refused: its address {address} is {kind}")
            }
            Refusal::Certificate { to, why } => {
                write!(f, "a request to {to} has failed: its certificate is not trusted: {why}")
            }
            Refusal::Http2 { to } => write!(
                f,
                "a request to {to} has failed: it speaks HTTP/2 alone, and requests are HTTP/1.1. Have it speak HTTP/1.1 as well, or \
                 put a proxy in front of it that does"
            ),
            Refusal::Proxy { to, variable } => write!(
                f,
                "a request to {to} has failed: it cannot be reached directly, and the proxy of {variable} is not used, as requests go \
                 straight to the servers that were granted. Let this machine reach it, or grant a server here that passes requests on"
            ),
            Refusal::Descriptors => f.write_str(
                "a request was refused, as guests have all descriptors that they may have. Raise the limit on open files (ulimit -n)",
            ),
        }
    }
}

/// What an operator can do about it, in words of the program that serves.
pub(crate) type Advice = Arc<dyn Fn(&Refusal) -> Option<String> + Send + Sync>;

/// Writes refusals to the log, each kind of line once in a while: a guest may ask as often as it likes.
#[derive(Clone)]
pub(crate) struct Teller {
    advice: Advice,
    told: Arc<Mutex<HashMap<(String, String), Instant>>>,
}

impl Teller {
    pub(crate) fn new(advice: Advice) -> Teller {
        Teller { advice, told: Arc::default() }
    }

    pub(crate) fn tell(&self, log: &Log, handler: &str, refusal: &Refusal) {
        let line = refusal.to_string();
        if !self.is_news(handler, &line) {
            return;
        }
        match (self.advice)(refusal) {
            Some(advice) => log.message(format_args!("{handler}: {line} ({advice})")),
            None => log.message(format_args!("{handler}: {line}")),
        }
    }

    fn is_news(&self, handler: &str, line: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        told.retain(|_, at| now.duration_since(*at) < FOR);
        let key = (handler.to_owned(), line.to_owned());
        let of_handler = told.keys().filter(|(other, _)| *other == key.0).count();
        if told.contains_key(&key) || of_handler >= OF_HANDLER || told.len() >= OF_ALL {
            return false;
        }
        told.insert(key, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Teller;
    use std::sync::Arc;

    #[test]
    fn a_guest_that_asks_again_and_again_fills_no_log_and_silences_nobody() {
        let teller = Teller::new(Arc::new(|_| None));
        assert!(teller.is_news("one", "a") && !teller.is_news("one", "a"));
        let lines = (0..1000).filter(|number| teller.is_news("one", &number.to_string())).count();
        assert_eq!(lines, super::OF_HANDLER - 1);
        assert!(teller.is_news("other", "a"));
    }
}
