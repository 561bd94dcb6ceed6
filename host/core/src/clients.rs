//! What each client has, so that one cannot take all: connections, and instances that serve it.
//!
//! A client is an IPv4 address or the 64 bits of an IPv6 network, as whoever has one address of it has them all. Clients of
//! a unix socket are one.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Who is counted as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    V4([u8; 4]),
    V6([u8; 8]),
    Unix,
}

impl Client {
    pub(crate) fn of(host: &str) -> Client {
        match host.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) => Client::V4(address.octets()),
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Client::V6([a, b, c, d, e, f, g, h])
            }
            Err(_) => Client::Unix,
        }
    }
}

/// Counts one kind of thing that clients have. Clones count together.
#[derive(Clone, Debug)]
pub struct Clients(Arc<Mutex<Counts>>);

#[derive(Debug)]
struct Counts {
    most: usize,
    /// Proxies.
    trusted: Vec<IpAddr>,
    had: HashMap<Client, Account>,
}

/// What one client has, and who of it waits for more.
#[derive(Debug, Default)]
struct Account {
    count: usize,
    waiting: VecDeque<oneshot::Sender<Had>>,
}

/// One of the things that a client has. Dropped, it is counted no more.
#[derive(Debug)]
pub struct Had(Option<(Clients, Client)>);

impl Clients {
    /// Of `most` a client. Those who are `trusted` are proxies, which come for many: they have no bound.
    ///
    /// ```
    /// use doverb_core::clients::Clients;
    ///
    /// let connections = Clients::new(1, vec![]);
    /// let first = connections.take("192.0.2.1").expect("the first");
    /// assert!(connections.take("192.0.2.1").is_none());
    /// assert!(connections.take("192.0.2.2").is_some());
    /// drop(first);
    /// assert!(connections.take("192.0.2.1").is_some());
    /// ```
    pub fn new(most: usize, trusted: Vec<IpAddr>) -> Clients {
        Clients(Arc::new(Mutex::new(Counts { most, trusted, had: HashMap::new() })))
    }

    /// Other bounds from now on. Who has more than he may keeps it; who waits, and may have more now, gets it.
    ///
    /// ```
    /// use doverb_core::clients::Clients;
    ///
    /// let connections = Clients::new(2, vec![]);
    /// let both = (connections.take("192.0.2.1"), connections.take("192.0.2.1"));
    /// connections.set(1, vec![]);
    /// drop(both.1);
    /// assert!(connections.take("192.0.2.1").is_none());
    /// ```
    pub fn set(&self, most: usize, trusted: Vec<IpAddr>) {
        let mut counts = self.lock();
        (counts.most, counts.trusted) = (most, trusted);
        let mut served = Vec::new();
        for (client, account) in &mut counts.had {
            while account.count < most
                && let Some(next) = account.waiting.pop_front()
            {
                account.count += 1;
                served.push((*client, next));
            }
        }
        drop(counts);
        for (client, next) in served {
            // One that nobody waits for any more is given back when it is dropped.
            drop(next.send(self.had(client)));
        }
    }

    /// One more for the client at this address, unless it has as many as it may.
    pub fn take(&self, host: &str) -> Option<Had> {
        let mut counts = self.lock();
        if counts.trusts(host) {
            return Some(Had(None));
        }
        let (client, most) = (Client::of(host), counts.most);
        counts.had.entry(client).or_default().take(most).then(|| self.had(client))
    }

    /// One more, when the client has fewer than it may: in the order in which it is asked for.
    ///
    /// # Errors
    ///
    /// What tells when that is, where it has as many as it may.
    pub(crate) fn ask(&self, host: &str) -> Result<Had, oneshot::Receiver<Had>> {
        let mut counts = self.lock();
        if counts.trusts(host) {
            return Ok(Had(None));
        }
        let (client, most) = (Client::of(host), counts.most);
        let share = counts.had.entry(client).or_default();
        if share.take(most) {
            return Ok(self.had(client));
        }
        let (sender, receiver) = oneshot::channel();
        share.waiting.push_back(sender);
        Err(receiver)
    }

    fn had(&self, client: Client) -> Had {
        Had(Some((self.clone(), client)))
    }

    /// Takes one off the count, unless somebody waits for it.
    fn give_back(&self, client: Client) -> Option<oneshot::Sender<Had>> {
        let mut counts = self.lock();
        let most = counts.most;
        let share = counts.had.get_mut(&client)?;
        let next = if share.count <= most { share.waiting.pop_front() } else { None };
        if next.is_none() {
            share.count -= 1;
            if share.count == 0 {
                counts.had.remove(&client);
            }
        }
        next
    }

    /// How many a client may have.
    pub fn most(&self) -> usize {
        self.lock().most
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        // Nothing that runs under the lock leaves a count half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Whether this is a proxy, which comes for many.
    fn trusts(&self, host: &str) -> bool {
        let is_this = |address: IpAddr| self.trusted.contains(&address.to_canonical());
        !self.trusted.is_empty() && host.parse().is_ok_and(is_this)
    }
}

impl Account {
    fn take(&mut self, most: usize) -> bool {
        let has_room = self.count < most;
        self.count += usize::from(has_room);
        has_room
    }
}

impl Drop for Had {
    fn drop(&mut self) {
        let Some((clients, client)) = self.0.take() else {
            return;
        };
        while let Some(next) = clients.give_back(client) {
            // One that is dropped on its way is handed on by its own `drop`.
            match next.send(clients.had(client)) {
                Ok(()) => return,
                Err(mut unwanted) => unwanted.0 = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_client_and_a_mapped_address_is_ipv4() {
        let of = Client::of;
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of(""), of("/run/client"));
    }

    #[test]
    fn a_trusted_proxy_has_no_bound() {
        let clients = Clients::new(1, vec!["192.0.2.9".parse().expect("an address")]);
        let all: Vec<_> = (0..10).map(|_| clients.take("192.0.2.9").expect("no bound")).collect();
        assert_eq!(all.len(), 10);
        let _one = clients.take("192.0.2.1").expect("the first");
        assert!(clients.take("192.0.2.1").is_none());
    }

    #[test]
    fn nothing_is_kept_of_who_has_gone() {
        let clients = Clients::new(2, Vec::new());
        drop((clients.take("192.0.2.1"), clients.take("192.0.2.1"), clients.take("192.0.2.2")));
        assert!(clients.lock().had.is_empty());
    }

    #[test]
    fn another_bound_serves_who_waits_and_one_that_is_less_hands_nothing_on() {
        let clients = Clients::new(1, Vec::new());
        let first = clients.ask("192.0.2.1").expect("the first");
        let [mut second, mut third] = [(); 2].map(|()| clients.ask("192.0.2.1").expect_err("one too many"));
        clients.set(2, Vec::new());
        let second = second.try_recv().expect("there is room");
        assert!(third.try_recv().is_err());
        clients.set(1, Vec::new());
        drop(first);
        assert!(third.try_recv().is_err(), "one is enough");
        drop(second);
        let third = third.try_recv().expect("its turn");
        clients.set(1, vec!["192.0.2.1".parse().expect("an address")]);
        assert!(clients.take("192.0.2.1").is_some(), "it is a proxy now");
        drop(third);
        assert!(clients.lock().had.is_empty());
    }

    #[test]
    fn who_waits_for_more_gets_it_in_turn_and_who_has_gone_is_passed_over() {
        let clients = Clients::new(1, Vec::new());
        let first = clients.ask("192.0.2.1").expect("the first");
        let [gone, mut second, mut third] =
            [(); 3].map(|()| clients.ask("192.0.2.1").expect_err("one too many"));
        assert!(clients.ask("192.0.2.2").is_ok(), "another client waits for nobody");
        drop(gone);
        drop(first);
        let second = second.try_recv().expect("it is its turn");
        assert!(third.try_recv().is_err());
        drop(second);
        // One that is dropped while it is on its way goes on.
        drop(third);
        assert!(clients.take("192.0.2.1").is_some());
        assert!(clients.lock().had.is_empty());
    }
}
