//! Whether the connection goes on after an answer: one value, one question.

use crate::attributes::Protocol;
use crate::head::{RequestHead, Version, Wish};

/// All that has a say in it: the client, the handler and the host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Persistence {
    version: Version,
    wish: Wish,
    /// Python's `close_connection`.
    close_connection: bool,
    /// Whether the handler chose that itself, so that no default takes its place.
    is_chosen: bool,
    /// The host must close, whatever anybody wants.
    host_closes: bool,
}

impl Default for Persistence {
    /// As Python's attribute is before there is a request.
    fn default() -> Persistence {
        Persistence {
            version: Version::Http09,
            wish: Wish::Unsaid,
            close_connection: true,
            is_chosen: false,
            host_closes: false,
        }
    }
}

impl Persistence {
    /// What a request's head says.
    pub(crate) fn of(request: &RequestHead, protocol: Protocol) -> Persistence {
        let (version, wish) = (request.version(), request.wants().connection);
        let mut persistence = Persistence { version, wish, ..Persistence::default() };
        persistence.take_default(protocol);
        persistence
    }

    /// Python's rule for `close_connection` after a request line and its Connection field. A handler that chose for itself
    /// is left alone.
    pub(crate) fn take_default(&mut self, protocol: Protocol) {
        if self.is_chosen {
            return;
        }
        let keeps = match (self.version, self.wish) {
            (Version::Http09, _) | (_, Wish::Close) | (Version::Http10, Wish::Unsaid) => false,
            (Version::Http11, _) | (Version::Http10, Wish::KeepAlive) => protocol == Protocol::Http11,
        };
        self.close_connection = !keeps;
    }

    /// Python's `close_connection`.
    pub(crate) fn close_connection(&self) -> bool {
        self.close_connection
    }

    /// The handler chooses.
    pub(crate) fn choose(&mut self, closes: bool) {
        self.close_connection = closes;
        self.is_chosen = true;
    }

    /// The host must close.
    pub(crate) fn must_close(&mut self) {
        self.host_closes = true;
    }

    /// Whether the host must close.
    pub(crate) fn is_forced(&self) -> bool {
        self.host_closes
    }

    /// Whether the connection closes after this answer, as far as is known by now. What the client closes nobody can keep
    /// (RFC 9112, section 9.3).
    pub(crate) fn closes(&self) -> bool {
        let client_closes = match self.version {
            Version::Http09 => true,
            Version::Http10 => self.wish != Wish::KeepAlive,
            Version::Http11 => self.wish == Wish::Close,
        };
        self.host_closes || self.close_connection || client_closes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: Version, wish: Wish, protocol: Protocol) -> Persistence {
        let mut persistence = Persistence { version, wish, ..Persistence::default() };
        persistence.take_default(protocol);
        persistence
    }

    #[test]
    fn both_sides_must_want_to_go_on() {
        use Protocol::{Http10, Http11};
        for (version, wish, protocol, closes) in [
            (Version::Http11, Wish::Unsaid, Http11, false),
            (Version::Http11, Wish::Unsaid, Http10, true),
            (Version::Http11, Wish::Close, Http11, true),
            (Version::Http10, Wish::Unsaid, Http11, true),
            (Version::Http10, Wish::KeepAlive, Http11, false),
            (Version::Http09, Wish::KeepAlive, Http11, true),
        ] {
            let persistence = of(version, wish, protocol);
            assert_eq!(persistence.closes(), closes, "{version:?} {wish:?} {protocol:?}");
        }
    }

    #[test]
    fn a_choice_stands_against_the_default_but_not_against_the_client() {
        let mut persistence = of(Version::Http11, Wish::Unsaid, Protocol::Http11);
        persistence.choose(true);
        persistence.take_default(Protocol::Http11);
        assert!(persistence.closes());
        persistence.choose(false);
        assert!(!persistence.closes());
        persistence.must_close();
        assert!(persistence.closes());
        let mut client_closes = of(Version::Http11, Wish::Close, Protocol::Http11);
        client_closes.choose(false);
        assert!(client_closes.closes());
    }
}
