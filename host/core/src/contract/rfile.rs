//! `doverb:handler/rfile`.

use std::future::ready;

use super::{Interface, Store};

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap_async("read", |mut store: Store<'_>, (size,): (u32,)| {
        // What is there already is given without a future of its own.
        match store.data_mut().exchange().read_now(size) {
            Some(result) => Box::new(ready(Ok((result,)))),
            None => Box::new(async move { Ok((store.data_mut().exchange().read(size).await,)) }),
        }
    })?;
    interface.func_wrap_async("read-line", |mut store: Store<'_>, (limit,): (u32,)| {
        Box::new(async move { Ok((store.data_mut().exchange().read_line(limit).await,)) })
    })?;
    interface.func_wrap("trailers", |mut store: Store<'_>, ()| Ok((store.data_mut().exchange().trailers(),)))
}
