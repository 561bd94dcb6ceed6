//! The service: what servers call.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use doverb_core::mount::Mount;
use doverb_core::peer::{Address, Peer};
use doverb_core::refusal::Refusal;
use doverb_core::site::Site;
use http::{Request, Response, StatusCode};
use http_body::Body;

use crate::body::AnswerBody;
use crate::carrier::Carrier;
use crate::head;
use crate::pipe::{Reader, pipe};
use crate::sessions::{self, Sessions};
use crate::upload::{BoxError, Upload};

/// A handler as a [`Service`](tower_service::Service). Clones are the same service.
///
/// Each call is a task of the caller's tokio runtime, so that the answer's body streams after its head was returned; its
/// timers must be enabled. There is no error: what goes wrong before the head has left is an answer, and afterwards the
/// body ends with [`BrokenAnswer`](crate::BrokenAnswer).
///
/// A call has a session of its own, which is what a connection is to a handler: with
/// [`Isolation::Connection`](doverb_core::isolation::Isolation::Connection) an instance serves one call and no more. With
/// [`Isolation::Worker`](doverb_core::isolation::Isolation::Worker), or `Auto` and a heavy component, up to 64 sessions are
/// kept and used again by later calls, whoever makes them: **what one client leaves in the handler's memory another may
/// see**. [`HandlerService::end`] ends them.
///
/// A handler learns its client's address from a [`Peer`] among the request's extensions; without one it is empty.
///
/// ```
/// use std::sync::Arc;
///
/// use doverb_core::{handler::Handler, isolation::Isolation, log::Log, mount::Mount};
/// use doverb_core::{pool::{Pool, PoolSize}, site::Site, slot::Slot};
/// use doverb_tower::HandlerService;
/// use http_body_util::{BodyExt, Empty};
/// use tower_service::Service;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let handler = Handler::native("hello", |request| {
///     request.send_response(200, None)?;
///     request.end_headers()?;
///     request.write(b"Hello!")?;
///     Ok(())
/// });
/// let mount = Mount::new(Slot::new(handler), Isolation::Connection, Pool::new(PoolSize::share(1, 1, 1)));
/// let mut service = HandlerService::new(Arc::new(Site::new(Log::discard())), mount);
/// let answer = service.call(http::Request::new(Empty::<bytes::Bytes>::new())).await?;
/// assert_eq!(answer.headers()["content-length"], "6");
/// assert_eq!(answer.into_body().collect().await?.to_bytes(), "Hello!");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct HandlerService(Arc<Sessions>);

impl HandlerService {
    /// A service of what is mounted. Its site's limits are in force but for those on connections, which are the server's.
    pub fn new(site: Arc<Site>, mount: Mount) -> HandlerService {
        HandlerService(Arc::new(Sessions::new(site, mount)))
    }

    /// What serves its requests: [`Mount::slot`] is where a new version is swapped in.
    pub fn mount(&self) -> &Mount {
        self.0.mount()
    }

    /// Ends the sessions that are kept for later calls, so that `finish` of their handlers is called. For the end of the
    /// server, when no call is made any more.
    pub async fn end(&self) {
        self.0.end().await;
    }
}

impl<B> tower_service::Service<Request<B>> for HandlerService
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<AnswerBody>;
    type Error = Infallible;
    type Future = Answering;

    /// There is always room: [`Limits::max_instances`](doverb_core::limits::Limits::max_instances) answers 503.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// # Panics
    ///
    /// Outside of a tokio runtime.
    fn call(&mut self, request: Request<B>) -> Answering {
        let (parts, body) = request.into_parts();
        let upload = Upload::new(body, self.0.site().limits().max_body);
        let peer = parts.extensions.get::<Peer>().cloned().unwrap_or_else(nobody);
        let (writer, reader) = pipe();
        let carrier = Carrier::new(head::of_request(&parts), peer, upload, writer);
        tokio::spawn(serve(Arc::clone(&self.0), Box::new(carrier)));
        Answering(Some(reader))
    }
}

fn nobody() -> Peer {
    Peer::new(Address::of_unix(None), Address::of_unix(None))
}

async fn serve<B>(sessions: Arc<Sessions>, carrier: Box<Carrier<B>>)
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let mut session = sessions.take();
    let (mut carrier, ending) = if carrier.body_is_too_large() {
        session.refuse(sessions.mount(), &Refusal::bare(413), carrier).await
    } else {
        session.serve(sessions.mount(), carrier).await
    };
    carrier.close(ending);
    drop(carrier);
    sessions::end(sessions.put_back(session)).await;
}

/// The answer to come. Dropped before, it tells the handler that its client has gone.
///
/// ```
/// use doverb_tower::Answering;
///
/// async fn status(answer: Answering) -> http::StatusCode {
///     answer.await.unwrap().status()
/// }
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Answering(Option<Reader>);

impl Future for Answering {
    type Output = Result<Response<AnswerBody>, Infallible>;

    /// # Panics
    ///
    /// When it has ended already.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let reader = self.0.as_ref().expect("polled after its end");
        let head = ready!(reader.poll_head(context));
        let reader = self.0.take();
        Poll::Ready(Ok(match (head, reader) {
            (Some(head), Some(reader)) => head.map(|()| AnswerBody::new(reader)),
            // A handler in native code has panicked, or the runtime ends.
            _ => {
                let mut answer = Response::new(AnswerBody::empty());
                *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                answer
            }
        }))
    }
}
