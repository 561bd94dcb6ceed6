//! Components where there are none.

use std::sync::Arc;

use crate::departures::Departures;

/// There is none.
pub(crate) enum Loaded {}

impl Loaded {
    pub(crate) fn is_one(&self) -> bool {
        match *self {}
    }

    pub(crate) fn methods(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    pub(crate) fn overrides(&self) -> Vec<&'static str> {
        match *self {}
    }

    pub(crate) fn answers_errors(&self) -> bool {
        match *self {}
    }

    pub(crate) fn minds_the_end(&self) -> bool {
        match *self {}
    }

    pub(crate) fn only_lets_go(&self) -> bool {
        match *self {}
    }

    pub(crate) fn tick(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn departures(&self) -> &Arc<Departures> {
        match *self {}
    }
}
