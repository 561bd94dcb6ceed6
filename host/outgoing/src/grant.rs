//! What a handler was granted: whom it may call, within which bounds, and the connections that its instances share.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use doverb_core::calls::Calls;
use http::header::HOST;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_rustls::rustls::ClientConfig;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use crate::allowed::Allowed;
use crate::connect::{Line, Tell};
use crate::destination::Destination;
use crate::download::{Download, Return};
use crate::failure;
use crate::limits::HttpLimits;
use crate::pool::Pool;
use crate::refusal::Refusal;
use crate::resolve::{Resolve, System};
use crate::tls;
use crate::upload::{Progress, Upload};

/// What a handler was granted of outgoing HTTP. Clones are the same, with the same connections: give one to each version of
/// a handler.
///
/// ```
/// use doverb_core::handler::HandlerOptions;
/// use doverb_outgoing::{Allowed, HttpGrant};
///
/// let allowed = Allowed::new(vec!["api.example.com".parse()?, "*.example.org:443".parse()?]);
/// let options = HandlerOptions::new("shop").with_grant(HttpGrant::new(allowed));
/// # Ok::<(), doverb_outgoing::RuleError>(())
/// ```
#[derive(Clone)]
pub struct HttpGrant(Arc<Inner>);

struct Inner {
    allowed: Allowed,
    limits: HttpLimits,
    resolver: Arc<dyn Resolve>,
    tls: OnceLock<Arc<ClientConfig>>,
    pool: Arc<Pool>,
    requests: Arc<Semaphore>,
}

impl fmt::Debug for HttpGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HttpGrant").field(&self.0.allowed).finish()
    }
}

/// The times of one request.
#[derive(Clone, Copy)]
struct Times {
    connect: Duration,
    first_byte: Duration,
    between_bytes: Duration,
    deadline: Instant,
}

impl HttpGrant {
    /// Lets a handler call these servers.
    #[must_use]
    pub fn new(allowed: Allowed) -> HttpGrant {
        HttpGrant::with(allowed, HttpLimits::default())
    }

    /// The same, within these bounds.
    #[must_use]
    pub fn with(allowed: Allowed, limits: HttpLimits) -> HttpGrant {
        HttpGrant::resolved_by(allowed, limits, Arc::new(System::default()))
    }

    /// The same, which has names looked up by another than the system's resolver.
    #[must_use]
    pub fn resolved_by(allowed: Allowed, limits: HttpLimits, resolver: Arc<dyn Resolve>) -> HttpGrant {
        let requests = Arc::new(Semaphore::new(limits.max_requests.clamp(1, Semaphore::MAX_PERMITS)));
        let (tls, pool) = (OnceLock::new(), Arc::default());
        HttpGrant(Arc::new(Inner { allowed, limits, resolver, tls, pool, requests }))
    }

    pub(crate) fn allowed(&self) -> &Allowed {
        &self.0.allowed
    }

    pub(crate) fn limits(&self) -> &HttpLimits {
        &self.0.limits
    }

    pub(crate) fn resolver(&self) -> &dyn Resolve {
        &*self.0.resolver
    }

    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.0.pool
    }

    /// Read when it is first needed: many handlers call no server over TLS.
    pub(crate) fn tls(&self) -> Arc<ClientConfig> {
        Arc::clone(self.0.tls.get_or_init(tls::config))
    }

    fn times(&self, options: Option<RequestOptions>) -> Times {
        let limits = self.limits();
        let of = |wanted: Option<Duration>, most: Duration| {
            wanted.map_or(most, |time| time.max(Duration::from_millis(1)).min(most))
        };
        let options = options.unwrap_or_default();
        Times {
            connect: of(options.connect_timeout, limits.connect_timeout),
            first_byte: of(options.first_byte_timeout, limits.timeout),
            between_bytes: of(options.between_bytes_timeout, limits.timeout),
            deadline: Instant::now() + limits.total_timeout,
        }
    }

    /// Sends a request and awaits the head of its answer.
    pub(crate) async fn send(
        &self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        calls: &Calls,
        tell: Tell<'_>,
    ) -> Result<Response<WasiBody>, Error> {
        let to = Destination::of(request.uri()).ok_or(Error::HttpRequestUriInvalid)?;
        if !self.allowed().names(&to) {
            tell(&Refusal::NotGranted { to });
            return Err(Error::HttpRequestDenied);
        }
        // It would make a tunnel of the connection.
        if request.method() == Method::CONNECT {
            return Err(Error::HttpRequestMethodInvalid);
        }
        let times = self.times(options);
        let room = Arc::clone(&self.0.requests).acquire_owned();
        let permit = match timeout(times.first_byte, room).await {
            Ok(permit) => permit.map_err(|_| Error::ConnectionLimitReached)?,
            Err(_) => return Err(Error::ConnectionLimitReached),
        };
        let progress = Progress::new();
        let request = as_on_the_wire(request, &to)?
            .map(|body| Upload::new(body, self.limits().max_request, Arc::clone(&progress)));
        let (line, response) = self.exchange(&to, request, &progress, times, tell).await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(Error::HttpUpgradeFailed);
        }
        let head: usize =
            response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if head > self.limits().max_head {
            let most = u32::try_from(self.limits().max_head).ok();
            return Err(Error::HttpResponseHeaderSectionSize(most));
        }
        let back = Return { line, to, pool: Arc::clone(self.pool()), calls: calls.clone(), permit };
        let most = self.limits().max_response;
        let download =
            |body| Download::new(body, back, most, times.between_bytes, times.deadline).boxed_unsync();
        Ok(response.map(download))
    }

    /// Sends it on a connection that waits, else on a new one. A server may have closed one that waits without a word: then
    /// what was not sent yet is sent on a new one, and so is what may be sent twice (RFC 9110, 9.2.2).
    async fn exchange(
        &self,
        to: &Destination,
        mut request: Request<Upload>,
        progress: &Progress,
        times: Times,
        tell: Tell<'_>,
    ) -> Result<(Line, Response<Incoming>), Error> {
        while let Some(mut line) = self.pool().take(to).await {
            let again = copy(&request);
            match answer(&mut line, request, progress, times).await {
                Ok(response) => return Ok((line, response)),
                Err(Failed::Unsent(unsent)) => request = *unsent,
                Err(Failed::Unanswered(error)) => request = again.ok_or(error)?,
                Err(Failed::Other(error)) => return Err(error),
            }
        }
        let mut line = self.connect(to, times.connect, tell).await?;
        let answer = answer(&mut line, request, progress, times).await;
        if line.seen.is_http2() {
            tell(&Refusal::Http2 { to: to.clone() });
        }
        match answer {
            Ok(response) => Ok((line, response)),
            Err(Failed::Unsent(_)) => Err(Error::ConnectionTerminated),
            Err(Failed::Unanswered(error) | Failed::Other(error)) => Err(error),
        }
    }
}

/// Why there is no answer.
enum Failed {
    /// The connection was closed before anything was sent.
    Unsent(Box<Request<Upload>>),
    /// It was closed before anything of an answer came.
    Unanswered(Error),
    Other(Error),
}

async fn answer(
    line: &mut Line,
    request: Request<Upload>,
    progress: &Progress,
    times: Times,
) -> Result<Response<Incoming>, Failed> {
    line.seen.await_head();
    let sent = line.sender.try_send_request(request);
    let patience = async {
        // As long as the body is on its way, no answer need come.
        let mut until = Instant::from_std(progress.last()) + times.first_byte;
        loop {
            sleep_until(until).await;
            let later = Instant::from_std(progress.last()) + times.first_byte;
            if later <= until {
                return;
            }
            until = later;
        }
    };
    let within = async {
        tokio::select! {
            biased;
            answer = sent => Some(answer),
            () = patience => None,
        }
    };
    match timeout_at(times.deadline, within).await {
        Err(_) | Ok(None) => Err(Failed::Other(Error::ConnectionReadTimeout)),
        Ok(Some(Ok(response))) => {
            line.seen.head_has_come();
            Ok(response)
        }
        Ok(Some(Err(mut error))) => match error.take_message() {
            Some(request) => Err(Failed::Unsent(Box::new(request))),
            None => {
                let error = error.into_error();
                let why = failure::of_exchange(&error);
                let is_over = error.is_incomplete_message()
                    || error.is_canceled()
                    || error.is_closed()
                    || matches!(why, Error::ConnectionTerminated);
                Err(if is_over { Failed::Unanswered(why) } else { Failed::Other(why) })
            }
        },
    }
}

/// The request once more, where that may be.
fn copy(request: &Request<Upload>) -> Option<Request<Upload>> {
    let may_be = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    let body = request.body().again().filter(|_| may_be)?;
    let mut copy = Request::new(body);
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    Some(copy)
}

/// A server gets the path alone, and its name as a field.
fn as_on_the_wire(mut request: Request<WasiBody>, to: &Destination) -> Result<Request<WasiBody>, Error> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let host = HeaderValue::from_str(&to.to_string()).map_err(|_| Error::HttpRequestUriInvalid)?;
    *request.uri_mut() = path.parse::<Uri>().map_err(|_| Error::HttpRequestUriInvalid)?;
    request.headers_mut().insert(HOST, host);
    Ok(request)
}
