//! Which mount a request is for.
//!
//! A route has a path, and a host name where it is for one host alone. Of the routes that fit a request those of its host come
//! before those of every host, and among these the one with the longest path. A path fits at the ends of segments: `/shop` and
//! `/shop/` are the same, and fit `/shop`, `/shop/`, `/shop?new` and `/shop/cart`, but not `/shops`. Paths are compared by what they
//! mean, so that `/sh%6Fp` and `/x/../shop` are `/shop` too; the handler sees them as they were sent.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use crate::destination::{parts, without_port};
use crate::head::RequestHead;
use crate::mount::Mount;
use crate::normal_path::{normal_path, normal_prefix};
use crate::site::Site;

/// The longest path of a route, in bytes.
const MAX_PATH: usize = 1024;
/// The longest name of a host, in bytes: what the DNS allows.
const MAX_HOST: usize = 253;
/// What does not stand in a path as it is (RFC 3986, section 3.3).
#[rustfmt::skip]
const TO_ENCODE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'!').remove(b'$').remove(b'&').remove(b'\'').remove(b'(').remove(b')')
    .remove(b'*').remove(b'+').remove(b',').remove(b';').remove(b'=').remove(b':').remove(b'@').remove(b'/');

/// Where something is mounted.
///
/// ```
/// use doverb_core::routes::Route;
///
/// let route = Route::new("/shop")?.for_host("Shop.Example.com")?;
/// assert_eq!((route.path(), route.to_string()), ("/shop/", "shop.example.com/shop/".into()));
/// # Ok::<(), doverb_core::routes::RouteError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    /// In small letters.
    host: Option<String>,
    /// With a slash at both ends.
    path: String,
    /// What it means, without the slash at its end, which a request's may lack.
    prefix: Vec<u8>,
}

/// Why something can't be mounted there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// A path that no request can have, or that would be another one's.
    #[error("{path:?} is no path to mount at: {reason}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No name that a request can be for.
    #[error("{host:?} is no host name: give it without a scheme, a port and a path")]
    Host {
        /// The name.
        host: String,
    },
}

impl Route {
    /// For every path.
    pub fn root() -> Route {
        Route { host: None, path: "/".into(), prefix: Vec::new() }
    }

    /// For a path and all below it, of every host.
    ///
    /// # Errors
    ///
    /// When the path doesn't begin with a slash, or no request could ever fit it.
    pub fn new(path: &str) -> Result<Route, RouteError> {
        let bad = |reason| Err(RouteError::Path { path: path.chars().take(80).collect(), reason });
        if !path.starts_with('/') {
            return bad("it must begin with a slash");
        }
        if path.len() > MAX_PATH {
            return bad("it is too long");
        }
        if path.contains("//") {
            return bad("it has an empty segment");
        }
        if path.contains(['?', '#', '\\']) || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return bad("write other characters than letters, digits and signs as %XX");
        }
        let is_dots = |segment: &[u8]| matches!(&*percent_decode(segment).collect::<Vec<_>>(), b"." | b"..");
        if path.as_bytes().split(|byte| *byte == b'/').any(is_dots) {
            return bad("clients take out the segments . and ..");
        }
        let prefix = normal_prefix(path.as_bytes());
        let path = format!("{}/", percent_encode(&prefix, TO_ENCODE));
        Ok(Route { host: None, path, prefix })
    }

    /// For one host alone, which is told by the request's Host field, or its target where that is a whole URI. The port does not
    /// count.
    ///
    /// # Errors
    ///
    /// When it is no name of a host, or an address that is not written as in a URI.
    pub fn for_host(mut self, host: &str) -> Result<Route, RouteError> {
        let name = host.trim_end_matches('.');
        let is_one = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let is_name = !name.is_empty() && name.len() <= MAX_HOST && name.bytes().all(is_one);
        let is_ipv6 = name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
        if !is_name && !is_ipv6 {
            return Err(RouteError::Host { host: host.chars().take(80).collect() });
        }
        self.host = Some(name.to_ascii_lowercase());
        Ok(self)
    }

    /// The path, which ends with a slash: `/`, or `/shop/`. It is written in one way, however it was given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The host, where it is for one alone.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Whether it is for this path, which is a [normal](normal_path) one.
    fn fits_path(&self, path: &[u8]) -> bool {
        path.strip_prefix(&self.prefix[..]).is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
    }

    fn fits_host(&self, host: &[u8]) -> bool {
        self.host.as_ref().is_none_or(|own| own.as_bytes().eq_ignore_ascii_case(host))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.host.as_deref().unwrap_or_default(), self.path)
    }
}

/// What a route leads to. Clones are the same.
#[derive(Clone)]
#[non_exhaustive]
pub enum Target {
    /// A handler.
    Handler(Mount),
}

impl Target {
    /// The mount, where it is one.
    pub fn mount(&self) -> Option<&Mount> {
        match self {
            Target::Handler(mount) => Some(mount),
        }
    }

    /// Nothing is routed to it any more.
    fn retire(&self) {
        match self {
            Target::Handler(mount) => mount.retire(),
        }
    }

    /// The largest body of a request, in bytes, 0 for no limit.
    pub fn max_body(&self, site: &Site) -> u64 {
        match self {
            Target::Handler(mount) => mount.terms(site).limits().max_body,
        }
    }

    fn is(&self, other: &Target) -> bool {
        match (self, other) {
            (Target::Handler(one), Target::Handler(other)) => one.is(other),
        }
    }
}

/// All routes of a server, at one time.
#[derive(Clone, Default)]
pub struct Routes {
    /// Those of hosts first, then by the length of their paths, the longest first.
    all: Vec<(Route, Target)>,
    /// What serves every request, where one does.
    only: Option<Target>,
}

impl Routes {
    /// A table with one entry, for everything.
    pub fn of(mount: Mount) -> Routes {
        Routes::new([(Route::root(), Target::Handler(mount))])
    }

    /// A table of these. Of two with the same route the last one counts.
    pub fn new(routes: impl IntoIterator<Item = (Route, Target)>) -> Routes {
        let mut all: Vec<(Route, Target)> = Vec::new();
        for (route, target) in routes {
            all.retain(|(other, _)| *other != route);
            all.push((route, target));
        }
        all.sort_by_key(|(route, _)| (route.host.is_none(), std::cmp::Reverse(route.prefix.len())));
        let only = match &all[..] {
            [(route, target)] if *route == Route::root() => Some(target.clone()),
            _ => None,
        };
        Routes { all, only }
    }

    /// What serves this request.
    ///
    /// `OPTIONS *` and CONNECT, whose targets have no path, are for what is mounted at `/`.
    pub fn find(&self, head: &RequestHead) -> Option<&Target> {
        if self.only.is_some() {
            return self.only.as_ref();
        }
        let (authority, path) = parts(head);
        let host = without_port(authority);
        let path = normal_path(&path[..memchr::memchr(b'?', path).unwrap_or(path.len())]);
        let fits = |(route, _): &&(Route, Target)| route.fits_host(host) && route.fits_path(&path);
        self.all.iter().find(fits).map(|(_, target)| target)
    }

    /// What answers a request of which nothing is known: what is mounted at `/` for every host.
    pub fn root(&self) -> Option<&Target> {
        let is_root = |(route, _): &&(Route, Target)| route.host.is_none() && route.path == "/";
        self.all.iter().rfind(is_root).map(|(_, target)| target)
    }

    /// Ends the instances that a lane's sessions share: the lane ends.
    pub fn clear(&self, lane: usize) {
        for (_, target) in &self.all {
            match target {
                Target::Handler(mount) => mount.clear(lane),
            }
        }
    }

    /// All of them, in the order in which they are looked at.
    pub fn all(&self) -> impl Iterator<Item = (&Route, &Target)> {
        self.all.iter().map(|(route, target)| (route, target))
    }
}

/// Where a server's current routes stand. Swapping is atomic: each request is routed by one table.
pub struct Router {
    routes: ArcSwap<Routes>,
    /// Counts the tables, from 1: who has seen the current one need not look again.
    generation: AtomicU64,
}

/// What a connection remembers of where its last request led, so that the next one is led there at the cost of a look where
/// there is one target for all.
#[derive(Default)]
pub struct Way {
    generation: u64,
    only: Option<Target>,
    found: Option<Target>,
}

impl Way {
    /// What serves the last request that was [led](Router::lead).
    pub fn target(&self) -> Option<&Target> {
        self.only.as_ref().or(self.found.as_ref())
    }
}

impl Default for Router {
    fn default() -> Router {
        Router { routes: ArcSwap::default(), generation: AtomicU64::new(1) }
    }
}

impl Router {
    /// A router that begins with these.
    pub fn new(routes: Routes) -> Arc<Router> {
        Arc::new(Router { routes: ArcSwap::from_pointee(routes), generation: AtomicU64::new(1) })
    }

    /// Puts others in the place of the current ones. A request in flight ends where it began; what no route leads to any more
    /// ends with it.
    pub fn swap(&self, routes: Routes) {
        let new = Arc::new(routes);
        let old = self.routes.swap(Arc::clone(&new));
        // Behind the swap: who sees the number sees the table.
        self.generation.fetch_add(1, Ordering::Release);
        let is_kept = |target: &Target| new.all.iter().any(|(_, other)| other.is(target));
        for (_, target) in old.all.iter().filter(|(_, target)| !is_kept(target)) {
            target.retire();
        }
    }

    /// The current routes.
    pub fn routes(&self) -> Arc<Routes> {
        self.routes.load_full()
    }

    /// What serves this request of a connection.
    pub fn lead<'a>(&self, head: &RequestHead, way: &'a mut Way) -> Option<&'a Target> {
        // Before the table: one that is newer than its number is looked at once more.
        let generation = self.generation.load(Ordering::Acquire);
        if way.generation != generation || way.only.is_none() {
            let routes = self.routes.load();
            way.generation = generation;
            way.only.clone_from(&routes.only);
            way.found = if way.only.is_some() { None } else { routes.find(head).cloned() };
        }
        way.target()
    }

    /// What answers a request of which nothing is known.
    pub fn root(&self) -> Option<Target> {
        self.routes.load().root().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::Handler;
    use crate::isolation::Isolation;
    use crate::pool::{Pool, PoolSize};
    use crate::slot::Slot;

    fn mount(name: &str) -> Mount {
        let slot = Slot::new(Handler::native(name, |_| Ok(())));
        Mount::new(slot, Isolation::Connection, Pool::new(PoolSize::share(1, 1, 1)))
    }

    fn route(text: &str) -> Route {
        let slash = text.find('/').expect("a slash");
        let route = Route::new(&text[slash..]).expect("a good path");
        if slash == 0 { route } else { route.for_host(&text[..slash]).expect("a good host") }
    }

    fn routes(all: &[&str]) -> Routes {
        Routes::new(all.iter().map(|text| (route(text), Target::Handler(mount(text)))))
    }

    fn name(target: Option<&Target>) -> String {
        match target {
            Some(Target::Handler(mount)) => mount.slot().handler().name().to_owned(),
            None => "none".into(),
        }
    }

    fn found(routes: &Routes, host: &str, method: &str, target: &str) -> String {
        name(routes.find(&RequestHead::of(method, target, [("Host", host)])))
    }

    #[test]
    fn the_longest_path_wins_at_the_ends_of_segments() {
        let routes = routes(&["/a", "/a/b/c", "/a/b"]);
        for (target, expected) in [
            ("/a", "/a"),
            ("/a/", "/a"),
            ("/a?q", "/a"),
            ("/a/x?/a/b", "/a"),
            ("/a/b", "/a/b"),
            ("/a/b?", "/a/b"),
            ("/a/b/", "/a/b"),
            ("/a/bc", "/a"),
            ("/a/b/c/d", "/a/b/c"),
            ("/ab", "none"),
            ("/", "none"),
            ("/?/a", "none"),
            ("/A", "none"),
            ("/%61", "/a"),
            ("//a//b", "/a/b"),
            ("/x/../a/./b/c", "/a/b/c"),
            ("/a/b/..%2f..", "none"),
            ("/a%3fb", "none"),
        ] {
            assert_eq!(found(&routes, "x", "GET", target), expected, "{target}");
        }
    }

    #[test]
    fn a_host_comes_before_a_path_and_every_host_comes_last() {
        let routes = routes(&["one.example/", "two.example/a", "/", "/a/b", "[::1]/"]);
        for (host, target, expected) in [
            ("one.example", "/a/b", "one.example/"),
            ("ONE.example.:8000", "/", "one.example/"),
            ("two.example", "/a/b", "two.example/a"),
            ("two.example:", "/b", "/"),
            ("three.example", "/a/b", "/a/b"),
            ("one.example.evil", "/", "/"),
            ("[::1]:80", "/a/b", "[::1]/"),
            ("", "/x", "/"),
        ] {
            assert_eq!(found(&routes, host, "GET", target), expected, "{host} {target}");
        }
    }

    #[test]
    fn a_whole_uri_says_the_host_itself_and_what_has_no_path_is_for_the_root() {
        let routes = routes(&["one.example/", "/a", "/"]);
        for (method, target, expected) in [
            ("GET", "http://one.example/a", "one.example/"),
            ("GET", "HTTP://ONE.example:80?x", "one.example/"),
            ("GET", "http://other/a/b", "/a"),
            ("GET", "http://other?/a", "/"),
            ("OPTIONS", "*", "/"),
            ("CONNECT", "one.example:443", "one.example/"),
            ("CONNECT", "other:443", "/"),
        ] {
            assert_eq!(found(&routes, "two.example", method, target), expected, "{target}");
        }
        assert_eq!(name(routes.root()), "/");
    }

    #[test]
    fn the_root_of_one_host_is_not_everybodys() {
        let only = routes(&["one.example/"]);
        assert_eq!(found(&only, "two.example", "GET", "/"), "none");
        assert!(only.root().is_none());
        let request = RequestHead::of("GET", "/anything", []);
        assert_eq!(name(Routes::of(mount("all")).find(&request)), "all");
    }

    #[test]
    fn what_no_request_can_fit_is_refused() {
        for path in [
            "",
            "a",
            "//",
            "/a//b",
            "/a?b",
            "/a#b",
            "/a b",
            "/a/../b",
            "/./",
            "/%2e%2E/",
            "/caf\u{e9}",
            "/a\\b",
        ] {
            assert!(Route::new(path).is_err(), "{path}");
        }
        assert!(Route::new(&format!("/{}", "a".repeat(MAX_PATH))).is_err());
        for host in ["", ".", "a:80", "http://a", "a/b", "a b", "::1", "[::1", "[x]", "*.example.com"] {
            assert!(Route::root().for_host(host).is_err(), "{host}");
        }
    }

    #[test]
    fn a_route_is_the_same_however_its_path_is_written() {
        assert_eq!(route("/caf%c3%a9/%61"), route("/caf%C3%A9/a/"));
        assert_eq!(route("/caf%c3%a9/a%20b%2b").path(), "/caf%C3%A9/a%20b+/");
        assert_eq!(found(&routes(&["/caf%c3%a9", "/"]), "x", "GET", "/caf%C3%A9/x"), "/caf%c3%a9");
    }

    #[test]
    fn a_swap_retires_what_no_route_leads_to_any_more() {
        let (stays, goes) = (mount("stays"), mount("goes"));
        let at = |path: &str, mount: &Mount| (route(path), Target::Handler(mount.clone()));
        let router = Router::new(Routes::new([at("/a", &stays), at("/b", &goes)]));
        router.swap(Routes::new([at("/c", &stays)]));
        assert!(!stays.is_retired() && goes.is_retired());
        let (c, b) = (RequestHead::of("GET", "/c", []), RequestHead::of("GET", "/b", []));
        let mut way = Way::default();
        assert_eq!(name(router.lead(&c, &mut way)), "stays");
        assert_eq!(name(router.lead(&b, &mut way)), "none");
        // One for all is remembered, until there is another table.
        router.swap(Routes::of(stays.clone()));
        assert_eq!(name(router.lead(&b, &mut way)), "stays");
        assert!(way.only.is_some());
        router.swap(Routes::of(goes));
        assert_eq!(name(router.lead(&b, &mut way)), "goes");
        router.swap(Routes::new([at("/c", &stays)]));
        assert_eq!(name(router.lead(&b, &mut way)), "none");
        assert_eq!(name(router.lead(&c, &mut way)), "stays");
    }
}
