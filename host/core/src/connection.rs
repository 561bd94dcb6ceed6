//! The connection loop: Python's `handle` and `handle_one_request`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::attributes::Protocol;
use crate::engine::Engine;
use crate::exchange::{Exchange, Shared};
use crate::failure::Failure;
use crate::handler::Program;
use crate::instance::Stop;
use crate::limits::{MAX_DRAIN, PIECE};
use crate::request::Search;
use crate::request_line::{self, Refusal, Version};
use crate::response::Finish;
use crate::router::Router;
use crate::server::Isolation;
use crate::wire::{Draining, End, Wire};
use crate::workers::Staff;
use tenancy::Tenancy;

mod tenancy;

/// How long a client has to read an error before the connection is torn down under it.
const LINGER: Duration = Duration::from_secs(2);
/// Room to read a request's head into.
const HEAD_ROOM: usize = 4 * 1024;

/// What a thread of the server gives each of its connections.
pub(crate) struct Service {
    pub(crate) shared: Arc<Shared>,
    pub(crate) engine: Engine,
    pub(crate) router: Router,
    pub(crate) isolation: Isolation,
    pub(crate) staff: Staff,
    pub(crate) drain: CancellationToken,
}

impl Service {
    /// The version that the handler answers in, once its `setup` has said so: for answers without an instance.
    pub(crate) fn protocol(&self) -> Option<Protocol> {
        self.router.route(b"/").slot.load().protocol()
    }
}

/// What follows a request.
enum Next {
    /// Another request may come.
    Keep,
    /// The connection closes; the client may still be sending.
    Close { lingers: bool },
    /// The answer is not whole, and the client must see it.
    Cut,
}

/// What came instead of a request.
enum NoRequest {
    Refused(Refusal),
    Gone,
}

struct Connection {
    service: Arc<Service>,
    /// Away only while an instance has it.
    exchange: Option<Box<Exchange>>,
    tenancy: Tenancy,
}

/// Serves a connection until it ends.
pub(crate) async fn handle(service: Arc<Service>, stream: TcpStream, client: SocketAddr, number: u64) {
    let wire = Wire::new(stream, service.shared.limits.client_timeout);
    let exchange = Box::new(Exchange::new(Arc::clone(&service.shared), wire, client, number));
    let mut connection = Connection { service, exchange: Some(exchange), tenancy: Tenancy::Nothing };
    let next = loop {
        match connection.handle_one_request().await {
            Next::Keep => {}
            next => break next,
        }
    };
    if connection.waits_to_finish() && matches!(next, Next::Close { .. }) {
        // Its client need not wait for the end, which is the answer's too if it has no length.
        connection.exchange().wire.end_sending().await;
    }
    connection.end_instance().await;
    let Some(exchange) = connection.exchange.take() else {
        return;
    };
    match next {
        Next::Cut => exchange.wire.cut(),
        Next::Close { lingers } => exchange.wire.close(lingers.then_some(LINGER)).await,
        Next::Keep => {}
    }
}

impl Connection {
    fn exchange(&mut self) -> &mut Exchange {
        self.exchange.as_mut().expect("an instance gives the exchange back")
    }

    fn take_exchange(&mut self) -> Box<Exchange> {
        self.exchange.take().expect("an instance gives the exchange back")
    }

    async fn handle_one_request(&mut self) -> Next {
        let read = self.read_head().await;
        let served = match read {
            Ok(()) => self.serve(None).await,
            Err(NoRequest::Refused(refusal)) => {
                self.exchange().must_close = true;
                self.exchange().head_is_read();
                self.serve(Some(refusal)).await
            }
            Err(NoRequest::Gone) => return Next::Close { lingers: false },
        };
        let next = match served {
            Ok(()) => self.end_answer().await,
            Err(stop) => self.fail(&stop).await,
        };
        if self.service.isolation == Isolation::Request {
            self.end_instance().await;
        }
        next
    }

    // Reading the request.

    async fn read_head(&mut self) -> Result<(), NoRequest> {
        let max_body = self.service.shared.limits.max_body;
        let mut search = Search::default();
        let mut started = None;
        self.exchange().next_request();
        loop {
            let exchange = self.exchange();
            match search.end(exchange.wire.unread()) {
                Ok(Some(end)) => {
                    let parsed =
                        exchange.request.parse(&exchange.wire.unread()[search.skipped..end], max_body);
                    exchange.wire.consume(end);
                    parsed.map_err(NoRequest::Refused)?;
                    exchange.head_is_read();
                    return Ok(());
                }
                Ok(None) => {}
                Err(refusal) => {
                    self.keep_line(&search);
                    return Err(NoRequest::Refused(refusal));
                }
            }
            self.wait_for_head(&search, &mut started).await?;
        }
    }

    /// Waits for more of a head; sends the answers to earlier requests first.
    async fn wait_for_head(
        &mut self,
        search: &Search,
        started: &mut Option<Instant>,
    ) -> Result<(), NoRequest> {
        let service = Arc::clone(&self.service);
        let limits = &service.shared.limits;
        let exchange = self.exchange();
        if exchange.flush_all().await.is_err() {
            exchange.log_lost_client();
            return Err(NoRequest::Gone);
        }
        let now = Instant::now();
        let idle = exchange.wire.unread().is_empty();
        let (deadline, drain) = if idle {
            exchange.wire.rest();
            let draining = Draining { begun: &service.shared.draining, token: &service.drain };
            (now + limits.keep_alive_timeout, Some(draining))
        } else {
            (*started.get_or_insert(now) + limits.header_timeout, None)
        };
        match exchange.wire.read(HEAD_ROOM, deadline, drain).await {
            Ok(()) => Ok(()),
            Err(End::TimedOut) if !idle => {
                self.keep_line(search);
                Err(NoRequest::Refused(Refusal::bare(408)))
            }
            Err(End::Closed) if self.takes_http_0_9(search) => Ok(()),
            Err(End::Closed | End::Broken | End::TimedOut | End::Draining) => Err(NoRequest::Gone),
        }
    }

    /// Keeps what was understood of a request whose head is refused before its end.
    fn keep_line(&mut self, search: &Search) {
        let exchange = self.exchange();
        exchange.request.clear();
        if let Some(line) = search.line(exchange.wire.unread()) {
            exchange.request.keep_line(line);
        }
    }

    /// A client of HTTP/0.9 sends no fields, and may end its side after the request line instead of a blank line.
    fn takes_http_0_9(&mut self, search: &Search) -> bool {
        let exchange = self.exchange();
        let line = search.line(exchange.wire.unread()).map(request_line::parse);
        let is_0_9 = matches!(line, Some(Ok(line)) if line.version == Version::Http09);
        let missing = if exchange.wire.unread().ends_with(b"\r") { "\n" } else { "\r\n" };
        is_0_9 && exchange.wire.supply(missing.as_bytes())
    }

    // Serving it.

    async fn serve(&mut self, refusal: Option<Refusal>) -> Result<(), Stop> {
        let service = Arc::clone(&self.service);
        let route = service.router.route(self.exchange().request.path());
        let handler = route.slot.load();
        match (&handler.program, refusal) {
            (Program::Native(native), None) => {
                let exchange = self.exchange();
                // What it did of an answer is judged by how the answer ends.
                let _ = native(exchange);
                Ok(())
            }
            (Program::NativeAsync(native), None) => {
                let _ = native(self.exchange()).await;
                Ok(())
            }
            (Program::Component(loaded), Some(refusal)) if loaded.overrides.of_errors() => {
                self.enter(&route.slot).await?;
                let result = self.entered().refuse(&refusal).await;
                self.leave(result)
            }
            (_, Some(refusal)) => {
                let (message, explain) = (refusal.message.as_deref(), refusal.explain.as_deref());
                // Nothing is there yet that could make it fail.
                let _ = self.exchange().send_error(refusal.status, message, explain);
                Ok(())
            }
            (Program::Component(_), None) => {
                self.exchange().set_mount(&route.mount);
                self.enter(&route.slot).await?;
                let result = self.entered().serve().await;
                self.leave(result)
            }
        }
    }

    // Ending the answer.

    async fn end_answer(&mut self) -> Next {
        let exchange = self.exchange();
        if exchange.is_client_lost() {
            exchange.log_lost_client();
            return Next::Close { lingers: false };
        }
        if !exchange.body.is_at_end()
            && let Some(refusal) = self.judge_body().await
        {
            return self.refuse_body(&refusal).await;
        }
        let exchange = self.exchange();
        let left = exchange.body.left().unwrap_or(0);
        exchange.must_close |=
            exchange.awaits_word() || exchange.body.failure().is_some() || left > MAX_DRAIN;
        let closes = exchange.closes();
        match exchange.response.finish(&mut exchange.wire.out, closes) {
            Finish::Complete => {}
            Finish::NoResponse => {
                return self.give_up(500, "the handler returned without an answer").await;
            }
            Finish::NoEndHeaders => {
                return self.give_up(500, "the handler returned without end-headers").await;
            }
            Finish::Short(missing) => {
                // Python sends what there is; the length tells the client that it is not all.
                exchange.log_failure(&format!(
                    "the handler wrote {missing} bytes less than its Content-Length says"
                ));
                let _ = exchange.flush_all().await;
                return Next::Close { lingers: false };
            }
            Finish::OpenChunks => {
                return self.give_up(500, "the handler's own chunks have no last one").await;
            }
        }
        self.go_on(closes).await
    }

    /// Why an answer must not stand that was given to a body which nobody can accept. A handler may answer without
    /// reading the body, so what has come of it is looked at here.
    async fn judge_body(&mut self) -> Option<Refusal> {
        let exchange = self.exchange();
        if exchange.response.is_raw() || exchange.response.has_left() {
            return None;
        }
        let is_known = exchange.body.failure().is_some();
        if !is_known {
            exchange.body.skip_what_is_there(&mut exchange.wire).await;
        }
        let failure = exchange.body.failure()?;
        let stands = match failure {
            // The handler was told, and has its own way to say it.
            _ if exchange.response.status() >= 400 => true,
            Failure::Malformed(_) => false,
            _ => is_known && exchange.response.is_begun(),
        };
        if stands { None } else { refusal_of(failure) }
    }

    /// A body that broke the rules is its client's fault, whatever became of the handler that read it.
    async fn refuse_body(&mut self, refusal: &Refusal) -> Next {
        let exchange = self.exchange();
        if let Some(failure) = exchange.body.failure().cloned() {
            exchange.log_failure(&format!("the request is refused: {failure}"));
        }
        self.answer_failure(refusal, None).await
    }

    async fn go_on(&mut self, closes: bool) -> Next {
        let exchange = self.exchange();
        if closes || exchange.response.ends_by_close() {
            let sent = exchange.flush_all().await;
            if sent.is_err() {
                exchange.log_lost_client();
            }
            let lingers =
                !exchange.body.is_at_end() || !exchange.wire.unread().is_empty() || exchange.must_close;
            return Next::Close { lingers };
        }
        if !exchange.body.is_at_end() {
            // The client may wait for the answer before it sends on.
            let drained = exchange.flush_all().await.is_ok()
                && exchange.body.drain(&mut exchange.wire, MAX_DRAIN).await;
            if !drained {
                return Next::Close { lingers: true };
            }
        } else if exchange.wire.out.len() >= PIECE && exchange.flush_all().await.is_err() {
            exchange.log_lost_client();
            return Next::Close { lingers: false };
        }
        Next::Keep
    }

    async fn fail(&mut self, stop: &Stop) -> Next {
        let exchange = self.exchange();
        exchange.write_reports();
        if exchange.is_client_lost() {
            exchange.log_lost_client();
            return Next::Close { lingers: false };
        }
        let refusal = exchange.body.failure().and_then(refusal_of);
        if let Some(protocol) = self.service.protocol() {
            self.exchange().attributes.protocol = protocol;
        }
        if let (Stop::Trap(_), Some(refusal)) = (stop, refusal) {
            return self.refuse_body(&refusal).await;
        }
        self.exchange().log_stop(stop, "");
        let status = match stop {
            Stop::Trap(_) => 500,
            Stop::CpuTime | Stop::WallTime => 504,
            Stop::Memory | Stop::NoRoom | Stop::Busy | Stop::NoSystemMemory => 503,
        };
        let retry =
            matches!(stop, Stop::NoRoom | Stop::Busy | Stop::NoSystemMemory).then_some(("Retry-After", "1"));
        self.answer_failure(&Refusal::bare(status), retry).await
    }

    /// The handler returned, but its answer can't be sent as it is.
    async fn give_up(&mut self, status: u16, why: &str) -> Next {
        let exchange = self.exchange();
        exchange.log_failure(why);
        self.answer_failure(&Refusal::bare(status), None).await
    }

    /// Sends an error page in the place of an answer of which nothing has left; else cuts the connection.
    async fn answer_failure(&mut self, refusal: &Refusal, field: Option<(&str, &str)>) -> Next {
        let exchange = self.exchange();
        if !exchange.response.take_back(&mut exchange.wire.out) {
            let _ = exchange.flush_all().await;
            // A length or chunks tell the client by themselves that the end is missing.
            let tells = !exchange.response.ends_by_close() && !exchange.response.is_raw();
            return if tells { Next::Close { lingers: false } } else { Next::Cut };
        }
        exchange.must_close = true;
        exchange.own_version = None;
        exchange.own_date = None;
        let _ = exchange.send_error_with(refusal.status, refusal.message.as_deref(), None, field);
        exchange.response.finish(&mut exchange.wire.out, true);
        self.go_on(true).await
    }
}

/// What a client is told of its body.
fn refusal_of(failure: &Failure) -> Option<Refusal> {
    Some(match failure {
        Failure::Malformed(why) => Refusal::new(400, format!("Malformed body: {why}")),
        Failure::Closed => Refusal::new(400, "Incomplete body"),
        Failure::TooLarge(_) => Refusal::bare(413),
        Failure::TimedOut => Refusal::bare(408),
        _ => return None,
    })
}
