//! `wasi:http`, as a capability of the core.

use std::any::Any;
use std::future::{Future, ready};
use std::sync::Arc;

use doverb_core::calls::{CallEnd, Calls};
use doverb_core::capability::Capability;
use doverb_core::handler::HandlerOptions;
use doverb_core::log::Log;
use doverb_core::state::State;
use http::{HeaderName, Request, Response};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceTable};
use wasmtime_wasi_http::p2::bindings::{LinkOptions, http::outgoing_handler, http::types};
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttp, WasiHttpCtx,
    WasiHttpCtxView, WasiHttpHooks,
};

use crate::destination::Destination;
use crate::failure;
use crate::grant::HttpGrant;
use crate::held::{self, Requests};
use crate::refusal::{Refusal, Teller};
use crate::text;

/// Bytes that a guest can write to a request's body before the server must take some.
pub(crate) const CHUNK: usize = 64 * 1024;

/// Outgoing HTTP by `wasi:http`. What a handler may do with it says the [`HttpGrant`] of its options; without one each request is
/// denied, and the log says so.
///
/// ```
/// use std::sync::Arc;
///
/// use doverb_core::engine::Engine;
/// use doverb_core::limits::Limits;
/// use doverb_outgoing::OutgoingHttp;
///
/// let engine = Engine::with_capabilities(&Limits::default(), vec![Arc::new(OutgoingHttp::default())])?;
/// # Ok::<(), doverb_core::engine::EngineError>(())
/// ```
pub struct OutgoingHttp {
    teller: Teller,
}

impl Default for OutgoingHttp {
    fn default() -> Self {
        OutgoingHttp::advising(|_| None)
    }
}

impl OutgoingHttp {
    /// The same, whose lines in the log say what to do, in the words of this function.
    pub fn advising(advice: impl Fn(&Refusal) -> Option<String> + Send + Sync + 'static) -> OutgoingHttp {
        OutgoingHttp { teller: Teller::new(Arc::new(advice)) }
    }
}

const ALWAYS: &str = "who imports it was given a part of it";

/// An instance's part of it.
struct Part {
    context: WasiHttpCtx,
    hooks: Hooks,
    requests: Requests,
}

#[derive(Clone)]
struct Hooks {
    grant: Option<HttpGrant>,
    calls: Calls,
    handler: Arc<str>,
    log: Log,
    teller: Teller,
}

impl Capability for OutgoingHttp {
    fn packages(&self) -> &[&str] {
        &["wasi:http/", text::PACKAGE]
    }

    fn offers(&self, import: &str) -> bool {
        import.starts_with(text::PACKAGE) || import.starts_with("wasi:http/") && import.contains("@0.2.")
    }

    fn link(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        outgoing_handler::add_to_linker::<State, WasiHttp>(linker, view)?;
        types::add_to_linker::<State, WasiHttp>(linker, &(&LinkOptions::default()).into(), view)?;
        linker.allow_shadowing(true);
        let mut shadowed = linker.instance("wasi:http/types@0.2.12")?;
        shadowed.func_wrap(
            "http-error-code",
            |mut store: StoreContextMut<'_, State>, (error,): (Resource<types::IoError>,)| {
                let view = view(store.data_mut());
                let error = view.table.get(&error)?;
                Ok((error.downcast_ref::<types::ErrorCode>().cloned().or_else(|| failure::of_body(error)),))
            },
        )?;
        held::link(linker)?;
        linker.allow_shadowing(false);
        text::link(linker)
    }

    fn state(&self, options: &HandlerOptions, log: &Log) -> Option<Box<dyn Any + Send>> {
        let hooks = Hooks {
            grant: options.grant::<HttpGrant>().cloned(),
            calls: options.calls().clone(),
            handler: options.name().into(),
            log: log.clone(),
            teller: self.teller.clone(),
        };
        Some(Box::new(Part { context: WasiHttpCtx::new(), hooks, requests: Requests::default() }))
    }
}

pub(crate) fn view(state: &mut State) -> WasiHttpCtxView<'_> {
    let (part, table) = state.part_and_table::<Part>();
    let Part { context, hooks, .. } = part.expect(ALWAYS);
    WasiHttpCtxView { hooks, table, ctx: context }
}

pub(crate) fn requests_and_table(state: &mut State) -> (&mut Requests, &mut ResourceTable) {
    let (part, table) = state.part_and_table::<Part>();
    (&mut part.expect(ALWAYS).requests, table)
}

impl Hooks {
    fn tell(&self, refusal: &Refusal) {
        self.teller.tell(&self.log, &self.handler, refusal);
    }
}

type Worker = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Sending = Box<dyn Future<Output = Result<(Response<WasiBody>, Worker), Error>> + Send>;

impl WasiHttpHooks for Hooks {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        is_forbidden(name)
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(is_forbidden)
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Sending {
        let call = self.calls.begin();
        let Some(grant) = self.grant.clone() else {
            call.end(failure::end(&Error::HttpRequestDenied));
            let to = Destination::of(request.uri());
            to.into_iter().for_each(|to| self.tell(&Refusal::NotGranted { to }));
            return Box::new(ready(Err(Error::HttpRequestDenied)));
        };
        let hooks = self.clone();
        Box::new(async move {
            let tell = |refusal: &Refusal| hooks.tell(refusal);
            let response = grant.send(request, options, &hooks.calls, &tell).await;
            call.end(
                response
                    .as_ref()
                    .map_or_else(failure::end, |response| CallEnd::Answered(response.status().as_u16())),
            );
            let response = response?;
            // The connection has a task of its own.
            Ok((response, Box::new(ready(Ok(()))) as Worker))
        })
    }
}

/// What is between this end of a connection and the other alone (RFC 9110, 7.6.1), and what says where a request goes.
fn is_forbidden(name: &HeaderName) -> bool {
    DEFAULT_FORBIDDEN_HEADERS.contains(name) || *name == http::header::TE || *name == http::header::TRAILER
}
