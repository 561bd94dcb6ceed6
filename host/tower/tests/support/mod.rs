//! Services of handlers in native code, and bodies made of closures.
// Each test's binary has its own copy, and none uses all of it.
#![allow(dead_code)]

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use doverb_core::handler::Handler;
use doverb_core::isolation::Isolation;
use doverb_core::log::Log;
use doverb_core::mount::Mount;
use doverb_core::pool::{Pool, PoolSize};
use doverb_core::site::Site;
use doverb_core::slot::Slot;
use doverb_tower::{AnswerBody, HandlerService};
use http::{Request, Response};
use http_body::{Body, Frame};
use tower_service::Service;

pub fn service(handler: Handler) -> HandlerService {
    service_on(Site::new(Log::discard()), handler)
}

pub fn service_on(site: Site, handler: Handler) -> HandlerService {
    let mount = Mount::new(Slot::new(handler), Isolation::Connection, Pool::new(PoolSize::share(1, 1, 1)));
    HandlerService::new(Arc::new(site), mount)
}

/// Calls at once, and not when it is first polled.
pub fn call<B>(
    service: &HandlerService,
    request: Request<B>,
) -> impl Future<Output = Response<AnswerBody>> + use<B>
where
    HandlerService: Service<Request<B>, Response = Response<AnswerBody>, Error = Infallible>,
{
    let answer = service.clone().call(request);
    async move { answer.await.unwrap() }
}

pub fn hello(text: &'static str) -> Handler {
    Handler::native("hello", move |request| {
        request.send_response(200, None)?;
        request.end_headers()?;
        request.write(text.as_bytes()).map(drop)
    })
}

/// Sends back each piece as it comes.
pub fn echo() -> Handler {
    Handler::native_async("echo", |request| {
        Box::pin(async move {
            request.send_response(200, None)?;
            request.end_headers()?;
            loop {
                let piece = request.read_body(65_536).await?;
                if piece.is_empty() {
                    return Ok(());
                }
                request.write(&piece)?;
                request.flush_body().await?;
            }
        })
    })
}

/// A body of what the closure gives, until it gives nothing more.
pub fn pieces<F>(next: F) -> Pieces<F>
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<Bytes>> + Unpin,
{
    Pieces(next)
}

pub struct Pieces<F>(F);

impl<F> Body for Pieces<F>
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<Bytes>> + Unpin,
{
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        (self.0)(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
