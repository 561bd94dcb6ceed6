//! The host's `sync`, by shuttle.

pub(crate) use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
pub(crate) use shuttle::thread;

/// tokio's channel for one value. It does not know shuttle, but others may get their turn before and after each of its steps.
pub(crate) mod oneshot {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use shuttle::thread::yield_now;
    use tokio::sync::oneshot;

    pub(crate) struct Sender<T>(oneshot::Sender<T>);
    pub(crate) struct Receiver<T>(oneshot::Receiver<T>);

    pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = oneshot::channel();
        (Sender(sender), Receiver(receiver))
    }

    impl<T> Sender<T> {
        pub(crate) fn send(self, value: T) -> Result<(), T> {
            yield_now();
            let sent = self.0.send(value);
            yield_now();
            sent
        }

        pub(crate) fn is_closed(&self) -> bool {
            self.0.is_closed()
        }
    }

    impl<T> Future for Receiver<T> {
        type Output = Result<T, oneshot::error::RecvError>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            Pin::new(&mut self.0).poll(context)
        }
    }
}
