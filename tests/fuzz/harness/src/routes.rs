//! Routing: each request goes where a model says that compares segments, not bytes.

use std::sync::LazyLock;

use doverb_core::handler::Handler;
use doverb_core::head::RequestHead;
use doverb_core::isolation::Isolation;
use doverb_core::mount::Mount;
use doverb_core::pool::{Pool, PoolSize};
use doverb_core::routes::{Route, Routes, Target};
use doverb_core::slot::Slot;

use crate::model::routes::{Place, find};

/// The places that there are, of which each input has some.
const PLACES: [Place; 8] = [
    Place { host: None, path: "/" },
    Place { host: None, path: "/a/" },
    Place { host: None, path: "/a/b/" },
    Place { host: None, path: "/a%20/" },
    Place { host: Some("a"), path: "/" },
    Place { host: Some("a"), path: "/b/" },
    Place { host: Some("b.a"), path: "/a/b/c/" },
    Place { host: Some("[::1]"), path: "/a/" },
];

static MOUNTS: LazyLock<Vec<(Route, Mount)>> = LazyLock::new(|| {
    let mount = |place: &Place| {
        let route = Route::new(place.path).expect("a good path");
        let route = match place.host {
            Some(host) => route.for_host(host).expect("a good host"),
            None => route,
        };
        let slot = Slot::new(Handler::native(&route.to_string(), |_| Ok(())));
        (route, Mount::new(slot, Isolation::Connection, Pool::new(PoolSize::share(1, 1, 1))))
    };
    PLACES.iter().map(mount).collect()
});

/// The first byte says which places there are, a bit each; what follows is the target, the Host field and the method, with NUL
/// between them.
///
/// # Panics
///
/// When a request is routed wrongly.
pub fn check(data: &[u8]) {
    let [which, texts @ ..] = data else {
        return;
    };
    let texts = String::from_utf8_lossy(texts);
    let mut texts = texts.split('\0');
    let mut next =
        || texts.next().unwrap_or_default().split(['\r', '\n']).next().unwrap_or_default().to_owned();
    let (target, host, method) = (next(), next(), next());
    // No other gets as far as this.
    if !method.bytes().all(doverb_core::grammar::in_token) {
        return;
    }
    let is_there = |number: usize| which & (1 << number) != 0;
    let chosen = MOUNTS.iter().enumerate().filter(|(number, _)| is_there(*number));
    let routes =
        Routes::new(chosen.map(|(_, (route, mount))| (route.clone(), Target::Handler(mount.clone()))));
    let places: Vec<Place> =
        PLACES.iter().enumerate().filter(|(number, _)| is_there(*number)).map(|(_, place)| *place).collect();
    let head = RequestHead::of(&method, &target, [("Host", host.as_str())]);
    let found = match routes.find(&head) {
        Some(Target::Handler(mount)) => Some(mount.slot().handler().name().to_owned()),
        _ => None,
    };
    let expected = find(&places, &method, &target, &host).map(|place| place.to_string());
    assert_eq!(found, expected, "{method:?} {target:?} of {host:?} among {places:?}");
}
