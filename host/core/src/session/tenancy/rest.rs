//! A request that has paused: it has nothing of an instance until it goes on.

use std::time::{Duration, Instant};

use super::{Session, Tenancy, given};
use crate::stop::Stop;
use crate::sync::oneshot;
use crate::task::Work;

/// What a pause counts as that is none: more than it takes to leave an instance and to come back.
const ROUND: Duration = Duration::from_micros(100);

/// What another has ended sooner was no pause: two that have each other go on would else compute for ever where the thread is so
/// busy that each waits for its turn.
const SHORT: Duration = Duration::from_millis(10);

/// What went wrong with a request whose instance ended while it paused.
const GONE: &str = "the instance in which it had paused has ended, by the fault of another request";

/// A request whose handler has let go of the instance.
pub(super) struct Rest {
    /// How long it waits for another to have it go on.
    pub(super) time: Duration,
    pub(super) resumed: oneshot::Receiver<()>,
    /// What it has computed.
    pub(super) spent: Duration,
}

impl Session {
    /// Waits for what the handler has paused for, and has it go on with the request where it was.
    pub(super) async fn go_on(&mut self, rest: Rest) -> Result<Option<Rest>, Stop> {
        let began = Instant::now();
        // What it has written is not late. Who has gone is noticed below.
        let _ = self.exchange.flush().await;
        let was_there = !self.exchange.down.is_unwritable();
        let mut is_resumed = false;
        let is_gone = tokio::select! {
            biased;
            _ = rest.resumed => { is_resumed = true; false }
            () = self.exchange.down.gone(), if was_there => true,
            () = tokio::time::sleep(rest.time) => false,
        };
        // What it has paused is given back to it, and no more: one that pauses again and again for nothing comes to an end.
        let paused = Some(began.elapsed()).filter(|&paused| !is_resumed || paused >= SHORT);
        let spent = (rest.spent + ROUND).saturating_sub(paused.unwrap_or_default());
        if is_gone {
            self.exchange.down.lose();
        }
        let Tenancy::Shared(share) = std::mem::replace(&mut self.tenancy, Tenancy::Nothing) else {
            unreachable!("only who shares an instance rests")
        };
        let deadline = Instant::now() + self.exchange.terms.limits().request_timeout;
        let permit = given(share.lease.ask(), deadline).await?;
        let permit = permit.ok_or_else(|| Stop::Trap(vec![GONE.to_owned()]))?;
        self.use_permit(share, permit, Work::GoOn(spent)).await
    }
}
