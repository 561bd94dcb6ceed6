//! `doverb:handler/rfile`.

use std::future::ready;

use super::call::make_way;
use super::{Interface, Store, call};

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap_async("read", |mut store: Store<'_>, (size,): (u32,)| {
        if store.data().clock().has_ticked() {
            return Box::new(async move {
                make_way(&mut store).await?;
                Ok((store.data_mut().exchange().read(size).await,))
            });
        }
        // What is there already is given without a future of its own.
        match store.data_mut().exchange().read_now(size) {
            Some(result) => Box::new(ready(Ok((result,)))),
            None => Box::new(async move { Ok((store.data_mut().exchange().read(size).await,)) }),
        }
    })?;
    interface.func_wrap_async("read-line", |mut store: Store<'_>, (limit,): (u32,)| {
        Box::new(async move {
            make_way(&mut store).await?;
            Ok((store.data_mut().exchange().read_line(limit).await,))
        })
    })?;
    call::tell(interface, "trailers", |store: &mut Store<'_>, ()| {
        Ok((store.data_mut().exchange().trailers(),))
    })
}
