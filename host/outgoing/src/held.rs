//! What the server holds for an instance of requests to others: their fields, their texts, and their bodies before they are sent.
//! It counts as the instance's memory.

use std::collections::{HashMap, HashSet};
use std::ptr;

use doverb_core::held::Held;
use doverb_core::state::State;
use http::{HeaderMap, HeaderName, HeaderValue};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceTable};
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler;
use wasmtime_wasi_http::p2::bindings::http::types::{
    self, ErrorCode, HostFields, HostOutgoingRequest as _, Method, Scheme,
};
use wasmtime_wasi_http::p2::body::HostOutgoingBody;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::p2::{HeaderResult, HttpResult};
use wasmtime_wasi_http::{FieldMap, RequestOptions};

use crate::capability::{CHUNK, view};

/// What a body may hold that nobody takes: a piece that waits, and one behind it.
const BODY: usize = 2 * CHUNK;
/// What a field takes beside its bytes.
const FIELD: usize = 2 * size_of::<(HeaderName, HeaderValue)>();

/// An instance's count.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    held: Held,
    /// What there was of those that were sent, by their places in the table of resources.
    sent: HashMap<u32, usize>,
}

type Store<'a> = StoreContextMut<'a, State>;
type Fields = Resource<FieldMap>;
type Request = Resource<HostOutgoingRequest>;
type Future = Resource<HostFutureIncomingResponse>;
type Entries = Vec<(String, Vec<u8>)>;
type Told<T> = wasmtime::Result<(T,)>;

/// The functions of `wasi:http` by which what is held can grow, each in the place of wasmtime-wasi-http's.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut types = linker.instance("wasi:http/types@0.2.12")?;
    link_fields(&mut types)?;
    link_requests(&mut types)?;
    types.func_wrap(
        "[method]future-incoming-response.get",
        |mut store: Store<'_>, (future,): (Future,)| {
            let state = store.data_mut();
            let response = types::HostFutureIncomingResponse::get(&mut view(state), future)?;
            if let Some(Ok(Ok(response))) = &response {
                let bytes = weight(&view(state).table.get(response)?.headers);
                grows(state, bytes)?;
            }
            Ok((response,))
        },
    )?;
    let mut handler = linker.instance("wasi:http/outgoing-handler@0.2.12")?;
    type Sent = (Request, Option<Resource<RequestOptions>>);
    handler.func_wrap("handle", |mut store: Store<'_>, (request, options): Sent| {
        let state = store.data_mut();
        let bytes = of_request(view(state).table.get(&request)?);
        // They are given away with the call, and wasmtime-wasi-http leaves them where they are.
        let left = options.as_ref().map(|options| Resource::<RequestOptions>::new_own(options.rep()));
        let sent = outgoing_handler::Host::handle(&mut view(state), request, options);
        if let Some(options) = left {
            view(state).table.delete(options)?;
        }
        let sent = told(state, sent)?;
        if let Ok(future) = &sent {
            view_requests(state).sent.insert(future.rep(), bytes);
            grows(state, bytes)?;
        }
        Ok((sent,))
    })
}

fn link_fields(types: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    types.func_wrap("[static]fields.from-list", |mut store: Store<'_>, (entries,): (Entries,)| {
        let state = store.data_mut();
        let bytes = entries.iter().map(|(name, value)| name.len() + value.len() + FIELD).sum();
        let made = view(state).from_list(entries);
        let made = header_told(state, made)?;
        grown(state, made, bytes)
    })?;
    type Values = (Fields, String, Vec<Vec<u8>>);
    types.func_wrap("[method]fields.set", |mut store: Store<'_>, (fields, name, values): Values| {
        let state = store.data_mut();
        let bytes = name.len() + values.iter().map(|value| value.len() + FIELD).sum::<usize>();
        let set = HostFields::set(&mut view(state), fields, name, values);
        let set = header_told(state, set)?;
        grown(state, set, bytes)
    })?;
    type Value = (Fields, String, Vec<u8>);
    types.func_wrap("[method]fields.append", |mut store: Store<'_>, (fields, name, value): Value| {
        let state = store.data_mut();
        let bytes = name.len() + value.len() + FIELD;
        let appended = view(state).append(fields, name, value);
        let appended = header_told(state, appended)?;
        grown(state, appended, bytes)
    })?;
    types.func_wrap("[method]fields.clone", |mut store: Store<'_>, (fields,): (Fields,)| {
        let state = store.data_mut();
        // It is copied when it is changed.
        let bytes = weight(view(state).table.get(&fields)?);
        let clone = HostFields::clone(&mut view(state), fields)?;
        grown(state, clone, bytes)
    })
}

fn link_requests(types: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    types.func_wrap(
        "[method]outgoing-request.set-method",
        |mut store: Store<'_>, (request, method): (Request, Method)| {
            let bytes = of_method(&method);
            let set = view(store.data_mut()).set_method(request, method)?;
            grown(store.data_mut(), set, bytes)
        },
    )?;
    types.func_wrap(
        "[method]outgoing-request.set-scheme",
        |mut store: Store<'_>, (request, scheme): (Request, Option<Scheme>)| {
            let bytes = of_scheme(scheme.as_ref());
            let set = view(store.data_mut()).set_scheme(request, scheme)?;
            grown(store.data_mut(), set, bytes)
        },
    )?;
    types.func_wrap(
        "[method]outgoing-request.set-authority",
        |mut store: Store<'_>, (request, authority): (Request, Option<String>)| {
            let bytes = of_text(authority.as_ref());
            let set = view(store.data_mut()).set_authority(request, authority)?;
            grown(store.data_mut(), set, bytes)
        },
    )?;
    types.func_wrap(
        "[method]outgoing-request.set-path-with-query",
        |mut store: Store<'_>, (request, path): (Request, Option<String>)| {
            let bytes = of_text(path.as_ref());
            let set = view(store.data_mut()).set_path_with_query(request, path)?;
            grown(store.data_mut(), set, bytes)
        },
    )?;
    types.func_wrap("[method]outgoing-request.body", |mut store: Store<'_>, (request,): (Request,)| {
        let body: Result<Resource<HostOutgoingBody>, ()> = view(store.data_mut()).body(request)?;
        let bytes = if body.is_ok() { BODY } else { 0 };
        grown(store.data_mut(), body, bytes)
    })
}

fn grown<T>(state: &mut State, done: T, bytes: usize) -> Told<T> {
    grows(state, bytes)?;
    Ok((done,))
}

fn header_told<T>(
    state: &mut State,
    done: HeaderResult<T>,
) -> wasmtime::Result<Result<T, types::HeaderError>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(error) => types::Host::convert_header_error(&mut view(state), error).map(Err),
    }
}

fn told<T>(state: &mut State, done: HttpResult<T>) -> wasmtime::Result<Result<T, ErrorCode>> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(error) => types::Host::convert_error_code(&mut view(state), error).map(Err),
    }
}

fn view_requests(state: &mut State) -> &mut Requests {
    crate::capability::requests_and_table(state).0
}

/// So many bytes may have come.
pub(crate) fn grows(state: &mut State, bytes: usize) -> wasmtime::Result<()> {
    let (requests, table) = crate::capability::requests_and_table(state);
    if !requests.held.grows(bytes) {
        return Ok(());
    }
    let now = requests.count(table);
    let (before, now) = requests.held.counts(now);
    state.hold(before, now)
}

impl Requests {
    fn count(&mut self, table: &mut ResourceTable) -> usize {
        let is_under_way = |place: &u32| {
            let future = table.get(&Resource::<HostFutureIncomingResponse>::new_borrow(*place));
            future.is_ok_and(|future| !matches!(future, HostFutureIncomingResponse::Consumed))
        };
        self.sent.retain(|place, _| is_under_way(place));
        let (mut seen, mut all) = (HashSet::new(), self.sent.values().sum());
        for resource in table.iter_mut() {
            let fields = if let Some(request) = resource.downcast_ref::<HostOutgoingRequest>() {
                all += of_request(request) - weight(&request.headers);
                &request.headers
            } else if let Some(response) = resource.downcast_ref::<HostIncomingResponse>() {
                &response.headers
            } else if let Some(fields) = resource.downcast_ref::<FieldMap>() {
                fields
            } else {
                continue;
            };
            // A request's are shared with whoever has asked for them.
            if seen.insert(ptr::from_ref::<HeaderMap>(fields)) {
                all += weight(fields);
            }
        }
        all
    }
}

fn weight(fields: &FieldMap) -> usize {
    let bytes: usize = fields.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    bytes + fields.len().max(fields.capacity()) * FIELD
}

fn of_request(request: &HostOutgoingRequest) -> usize {
    let texts = of_method(&request.method)
        + of_scheme(request.scheme.as_ref())
        + of_text(request.authority.as_ref())
        + of_text(request.path_with_query.as_ref());
    let body = if request.body.is_some() { BODY } else { 0 };
    texts + body + weight(&request.headers)
}

fn of_method(method: &Method) -> usize {
    if let Method::Other(name) = method { name.len() } else { 0 }
}

fn of_scheme(scheme: Option<&Scheme>) -> usize {
    if let Some(Scheme::Other(name)) = scheme { name.len() } else { 0 }
}

fn of_text(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}
