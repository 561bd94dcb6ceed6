//! What a session keeps at the mounts that its last request was not for: a client that alternates between mounts keeps an
//! instance of each, as many as there may be.

use std::sync::Arc;

use super::Session;
use super::tenancy::{Leased, Tenancy};
use crate::attributes::Attributes;
use crate::mount::Mount;

/// Mounts beside that of its last request at which a session keeps what it has.
const MOST: usize = 7;

/// What a session has at a mount while it is busy at another.
pub(super) struct Away {
    mount: Option<Mount>,
    pub(super) tenancy: Tenancy,
    pub(super) left: Vec<Leased>,
    /// As its handler has left them.
    attributes: Attributes,
}

impl Session {
    /// Leaves the mount where it is for another, and finds there what it has left before.
    pub(super) async fn turn_to(&mut self, mount: Option<&Mount>) {
        let left = self.leave();
        if left.has_something() {
            self.away.push(left);
        }
        self.end_those(|away| away.mount.as_ref().is_some_and(Mount::is_retired)).await;
        // Its client may be on this connection alone for as long as it likes.
        let wants = self.exchange.request().wants().may_upgrade || self.exchange.request().is_connect();
        let found = mount.and_then(|mount| self.away.iter().position(|away| away.is_at(mount)));
        match found {
            Some(place) => {
                let away = self.away.remove(place);
                self.return_to(away);
            }
            None => self.arrive_at(mount),
        }
        let most = if wants { 0 } else { MOST };
        while self.away.len() > most {
            self.end_away(0).await;
        }
        self.away.iter().for_each(|away| away.tenancy.is_kept());
    }

    /// Ends what it has at those of the other mounts.
    pub(super) async fn end_those(&mut self, which: impl Fn(&Away) -> bool) {
        let mut place = 0;
        while let Some(away) = self.away.get(place) {
            // Nothing of it is borrowed while the other is waited for.
            if which(away) {
                self.end_away(place).await;
            } else {
                place += 1;
            }
        }
    }

    /// Ends what it has at one of the other mounts, with `finish`.
    pub(super) async fn end_away(&mut self, place: usize) {
        let here = self.leave();
        let away = self.away.remove(place);
        self.return_to(away);
        self.end_instance().await;
        self.return_to(here);
        if self.exchange.in_request() {
            self.exchange.attributes_have_changed();
        }
    }

    /// Lets go of one of the instances that it keeps at other mounts. False when there is none.
    pub(super) async fn give_up_one(&mut self) -> bool {
        let place = self.away.iter().position(|away| away.tenancy.is_own());
        if let Some(place) = place {
            Box::pin(self.end_away(place)).await;
        }
        place.is_some()
    }

    fn leave(&mut self) -> Away {
        let attributes = self.exchange.terms.attributes();
        Away {
            mount: self.mount.take(),
            tenancy: std::mem::replace(&mut self.tenancy, Tenancy::Nothing),
            left: std::mem::take(&mut self.left),
            attributes: std::mem::replace(&mut self.exchange.attributes, attributes),
        }
    }

    fn return_to(&mut self, away: Away) {
        self.arrive_at(away.mount.as_ref());
        self.tenancy = away.tenancy;
        self.left = away.left;
        self.exchange.attributes = away.attributes;
    }

    fn arrive_at(&mut self, mount: Option<&Mount>) {
        let terms = mount.map_or_else(|| self.site.terms(), |mount| mount.terms(&self.site));
        self.exchange.terms = Arc::clone(terms);
        self.exchange.attributes = terms.attributes();
        self.mount = mount.cloned();
    }
}

impl Away {
    fn has_something(&self) -> bool {
        !matches!(self.tenancy, Tenancy::Nothing) || !self.left.is_empty()
    }

    fn is_at(&self, mount: &Mount) -> bool {
        self.mount.as_ref().is_some_and(|own| own.is(mount))
    }
}
