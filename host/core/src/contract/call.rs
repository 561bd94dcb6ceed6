//! How functions of the contract are called: where a tick has passed since the guest was last looked at, the others on
//! its thread go on first, and a guest whose time is used up is ended. Epochs alone would not do so between calls in a row.

use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use wasmtime::component::{ComponentNamedList, Lift, Lower};

use super::{Interface, Store};
use crate::failure::Failure;
use crate::interruption;

/// What most functions of the contract answer: that it is done, or why it is not.
pub(super) type Result = std::result::Result<(), Failure>;

/// Makes way if it is time to, before a function that may wait does its work.
pub(super) async fn make_way(store: &mut Store<'_>) -> wasmtime::Result<()> {
    if store.data().clock().has_ticked() {
        interruption::make_way(store.data_mut())?.await;
    }
    Ok(())
}

/// Links a function that answers at once.
pub(super) fn tell<P, R, F>(interface: &mut Interface<'_>, name: &str, function: F) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lift + Send + 'static,
    R: ComponentNamedList + Lower + Send + 'static,
    F: Fn(&mut Store<'_>, P) -> wasmtime::Result<R> + Copy + Send + Sync + 'static,
{
    interface.func_wrap_async(name, move |mut store: Store<'_>, params: P| {
        if store.data().clock().has_ticked() {
            return Box::new(async move {
                make_way(&mut store).await?;
                function(&mut store, params)
            });
        }
        Box::new(ready(function(&mut store, params)))
    })
}

/// Links a function that acts at once, and in nearly all cases well.
pub(super) fn act<P, F>(interface: &mut Interface<'_>, name: &str, function: F) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lift + Send + 'static,
    F: Fn(&mut Store<'_>, P) -> wasmtime::Result<(Result,)> + Copy + Send + Sync + 'static,
{
    interface.func_wrap_async(name, move |mut store: Store<'_>, params: P| {
        if store.data().clock().has_ticked() {
            return Box::new(async move {
                make_way(&mut store).await?;
                function(&mut store, params)
            });
        }
        match function(&mut store, params) {
            Ok((Ok(()),)) => done(),
            result => Box::new(ready(result)),
        }
    })
}

/// Whether what was written should be flushed.
pub(super) type Written = std::result::Result<bool, Failure>;

/// What a write comes to, with the flush that it may ask for. One that asks for none needs no future of its own.
pub(super) fn finished(
    written: wasmtime::Result<Written>,
    mut store: Store<'_>,
) -> Box<dyn Future<Output = wasmtime::Result<(Result,)>> + Send + '_> {
    match written {
        Err(trap) => Box::new(ready(Err(trap))),
        Ok(Err(failure)) => Box::new(ready(Ok((Err(failure),)))),
        Ok(Ok(false)) => done(),
        Ok(Ok(true)) => Box::new(async move { Ok((store.data_mut().exchange().flush().await,)) }),
    }
}

/// All went well.
fn done<'a>() -> Box<dyn Future<Output = wasmtime::Result<(Result,)>> + Send + 'a> {
    Box::new(Done)
}

/// It has no size, so that boxing it allocates nothing.
struct Done;

impl Future for Done {
    type Output = wasmtime::Result<(Result,)>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok((Ok(()),)))
    }
}
