//! Whether a handler need not wait for its client: what `readiness` of the contract asks for.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker, ready};

use super::{Exchange, Expect};
use crate::clock::Came;
use crate::downstream::Piece;

/// A direction of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// A read is ready when it need not wait.
    Input,
    /// Writes are when all that was written has left.
    Output,
}

/// Some of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sides {
    input: bool,
    output: bool,
}

impl Sides {
    pub(crate) fn add(&mut self, side: Side) {
        match side {
            Side::Input => self.input = true,
            Side::Output => self.output = true,
        }
    }

    pub(crate) fn has(self, side: Side) -> bool {
        match side {
            Side::Input => self.input,
            Side::Output => self.output,
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Sides::default()
    }
}

impl From<Side> for Sides {
    fn from(side: Side) -> Sides {
        let mut sides = Sides::default();
        sides.add(side);
        sides
    }
}

impl Exchange {
    /// Waits until one of `wanted` is ready or `others` are, which need not be the client's doing. Returns all that is then.
    pub(crate) async fn wait_for<T>(
        &mut self,
        wanted: Sides,
        others: impl Future<Output = T>,
    ) -> (Sides, Option<T>) {
        let mut others = pin!(others);
        let known = self.known_to_be_ready(wanted);
        if !known.is_empty() {
            // Nothing is waited for, so nothing need leave.
            let theirs = poll_fn(|context| Poll::Ready(finished(others.as_mut().poll(context)))).await;
            return (known, theirs);
        }
        self.tell_if_awaited(wanted);
        self.release();
        let wait = self.clock.as_ref().map(|clock| clock.begin_wait());
        self.down.begin_wait();
        let mut came = Came::Nothing;
        let result = poll_fn(|context| {
            let theirs = finished(others.as_mut().poll(context));
            let ready = self.poll_ready(wanted, &mut came, context);
            if theirs.is_none() && ready.is_empty() { Poll::Pending } else { Poll::Ready((ready, theirs)) }
        })
        .await;
        self.end_wait(wait, came);
        result
    }

    /// Whether a side is ready now. What is to leave is offered to the system.
    pub(crate) async fn is_ready(&mut self, side: Side) -> bool {
        let wanted = Sides::from(side);
        if self.known_to_be_ready(wanted) == wanted {
            return true;
        }
        self.tell_if_awaited(wanted);
        if side == Side::Output {
            self.release();
        }
        // The runtime looks at its sockets when it gets a turn.
        tokio::task::yield_now().await;
        self.down.begin_wait();
        let mut came = Came::Nothing;
        let ready = self.poll_ready(wanted, &mut came, &mut Context::from_waker(Waker::noop()));
        if came == Came::Something {
            let wait = self.clock.as_ref().map(|clock| clock.begin_wait());
            self.end_wait(wait, came);
        }
        ready == wanted
    }

    /// Which of `wanted` are ready by what has been heard of the client already.
    fn known_to_be_ready(&mut self, wanted: Sides) -> Sides {
        Sides {
            input: wanted.input && self.has_input(),
            output: wanted.output && (self.write_fails() || self.unsent() == 0),
        }
    }

    fn has_input(&mut self) -> bool {
        !self.in_request || self.untold.is_some() || !matches!(self.down.body(1), Ok(Piece::Wanting))
    }

    fn write_fails(&self) -> bool {
        !self.in_request || self.down.is_unwritable() || !self.answer.has_head()
    }

    fn unsent(&self) -> usize {
        self.down.waiting_bytes() + self.answer.held()
    }

    fn tell_if_awaited(&mut self, wanted: Sides) {
        if wanted.input && self.expect == Expect::Continue {
            self.tell_to_continue();
        }
    }

    /// Both directions go on while the handler waits for one of them, or for something else.
    fn poll_ready(&mut self, wanted: Sides, came: &mut Came, context: &mut Context<'_>) -> Sides {
        // The handler learns of a failure at its next write.
        let flushed = self.down.poll_flush(context).is_ready();
        let output = wanted.output && flushed;
        if output {
            *came = Came::Room;
        }
        let input = wanted.input && self.poll_input(came, context).is_ready();
        Sides { input, output }
    }

    fn poll_input(&mut self, came: &mut Came, context: &mut Context<'_>) -> Poll<()> {
        while !self.has_input() {
            match ready!(self.down.poll_body(context)) {
                Ok(()) => *came = Came::Something,
                Err(failure) => self.untold = Some(failure),
            }
        }
        Poll::Ready(())
    }
}

fn finished<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
