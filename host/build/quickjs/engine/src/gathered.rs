//! The answer while it is gathered, so that it is one call of the host's: Python keeps its head in `_headers_buffer`.
//!
//! What is gathered is what the host would take without a word. All else goes back to the SDK (`guest/js/lib/gathered.js`), which gives it to
//! the host at once, behind what was gathered before it, so that each failure comes from the call that caused it.
//!
//! A handler calls these for each of its requests: they are functions of the engine's own kind, methods of the SDK's classes.

use std::ffi::{CStr, c_int};
use std::mem;

use rquickjs::{Ctx, Error, Function, Object, Persistent, Result, Value, qjs};

use crate::imported;
use crate::native::{Characters, with_characters_of};
use crate::raw::{Called, functions, given_back, running};
use crate::utf8_write;
use crate::{Given, JsState};

/// How much is gathered; what is more goes to the host.
const BOUND: usize = 4096;
/// How much of a body goes with its head.
const WITH_HEAD: usize = 32768;
/// A Content-Length that is looked at: of more digits none is whole in JavaScript.
const MOST_DIGITS: usize = 15;
/// `response` among the cases of the contract's `opening`.
const RESPONSE: Given = Given::Number(0);

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// The host has the answer, or there is none to be gathered.
    #[default]
    AtHost,
    Unbegun,
    Head,
    Body,
}

#[derive(Default)]
pub(crate) struct Gathered {
    state: State,
    may_be_connect: bool,
    code: u16,
    /// What a Content-Length leaves room for.
    left: Option<u64>,
    /// As they will stand on the wire, in ASCII.
    fields: Vec<u8>,
    body: Vec<u8>,
    sdk: Option<Sdk>,
}

/// What is called of others.
struct Sdk {
    /// The host's functions, by their numbers.
    begin: usize,
    answer: usize,
    /// Makes of what such a function throws what a handler sees.
    failure: Persistent<Function<'static>>,
    /// What is done where nothing can be gathered.
    send_response: Persistent<Function<'static>>,
    send_header: Persistent<Function<'static>>,
    end_headers: Persistent<Function<'static>>,
    write: Persistent<Function<'static>>,
}

impl Gathered {
    /// A code that the host would take: false if this is not known.
    fn begin(&mut self, code: u16) -> bool {
        let begins = self.state == State::Unbegun && (200..=999).contains(&code);
        if begins {
            self.state = State::Head;
            self.code = code;
            self.left = None;
            self.fields.clear();
        }
        begins
    }

    /// A field that the host would take: false if this is not known.
    fn add_field(&mut self, name: &[u8], value: &[u8]) -> bool {
        let fits = self.state == State::Head
            && name.len().max(value.len()) <= BOUND
            && value.iter().all(|it| (b' '..=b'~').contains(it));
        if !fits || !self.takes_name(name, value) {
            return false;
        }
        for part in [name, b": ", value, b"\r\n"] {
            self.fields.extend_from_slice(part);
        }
        true
    }

    /// What frames the answer is the host's business, but for the first length that is written as numbers are.
    fn takes_name(&mut self, name: &[u8], value: &[u8]) -> bool {
        let frames = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        match name.len() {
            0 => false,
            14 if frames("content-length") => {
                let is_number = matches!(value, [b'0'] | [b'1'..=b'9', ..])
                    && value.len() <= MOST_DIGITS
                    && value.iter().all(u8::is_ascii_digit);
                if !is_number || self.left.is_some() {
                    return false;
                }
                self.left = Some(value.iter().fold(0, |number, digit| 10 * number + u64::from(digit - b'0')));
                true
            }
            10 if frames("connection") => false,
            17 if frames("transfer-encoding") => false,
            7 if frames("upgrade") => false,
            _ => name.iter().all(|it| is_of_token(*it)),
        }
    }

    /// A part of the body that the host would take: false if this is not known. `write` adds so many bytes.
    fn add_body(&mut self, length: usize, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let most = if self.body.is_empty() { WITH_HEAD } else { BOUND };
        let fits = self.state == State::Body
            && self.body.len() + length <= most
            && self.left.is_none_or(|left| length as u64 <= left);
        if fits {
            self.left = self.left.map(|left| left - length as u64);
            write(&mut self.body);
        }
        fits
    }
}

/// RFC 9110, 5.6.2.
fn is_of_token(character: u8) -> bool {
    character.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&character)
}

/// What is done with it from here on needs no JavaScript to run, so that nobody else has it meanwhile.
fn gathered<T>(change: impl FnOnce(&mut Gathered) -> T) -> T {
    change(&mut JsState::get_or_init().gathered.borrow_mut())
}

/// Gives the host what was gathered.
fn hand_over(ctx: &Ctx<'_>) -> Result<()> {
    let (state, code, mut fields, mut body, imports) = gathered(|it| {
        let state = mem::take(&mut it.state);
        let imports = it.sdk.as_ref().map(|sdk| (sdk.begin, sdk.answer));
        match (state, imports) {
            (State::Head | State::Body, Some(imports)) => {
                (state, it.code, mem::take(&mut it.fields), mem::take(&mut it.body), imports)
            }
            _ => (State::AtHost, 0, Vec::new(), Vec::new(), (0, 0)),
        }
    });
    if state == State::AtHost {
        return Ok(());
    }
    let (begin, answer) = imports;
    let (code, lines) = (Given::Number(code.into()), Given::Bytes(&raw const *fields));
    let done = match state {
        State::Head => imported::call_given(ctx, begin, [RESPONSE, code, Given::None, lines]),
        _ => {
            let body = Given::Bytes(&raw const *body);
            imported::call_given(ctx, answer, [RESPONSE, code, Given::None, lines, body])
        }
    };
    fields.clear();
    body.clear();
    // What the next answer has room in.
    gathered(|it| (it.fields, it.body) = (fields, body));
    done.map_err(|error| as_failure(ctx, error))
}

/// What the host's function has thrown, as a handler sees it.
fn as_failure(ctx: &Ctx<'_>, error: Error) -> Error {
    let convert = gathered(|it| it.sdk.as_ref().map(|sdk| sdk.failure.clone()));
    let (Error::Exception, Some(convert)) = (&error, convert) else { return error };
    let thrown = ctx.catch();
    match convert.restore(ctx).and_then(|convert| convert.call::<_, Value<'_>>((thrown,))) {
        Ok(failure) => ctx.throw(failure),
        Err(error) => error,
    }
}

/// Functions for the SDK, by the names that it knows them by.
pub(crate) fn register<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let all: [(&CStr, c_int, Called); 12] = [
        (c"send_response", 2, send_response),
        (c"send_header", 2, send_header),
        (c"end_headers", 0, end_headers),
        (c"write", 1, write),
        (c"beginRequest", 1, begin_request),
        (c"mayBeConnect", 0, may_be_connect),
        (c"begin", 1, begin),
        (c"addField", 2, add_field),
        (c"addBody", 1, add_body),
        (c"handOver", 0, hand_over_all),
        (c"settle", 0, settle),
        (c"connect", 6, connect),
    ];
    functions(ctx, &all)
}

fn thrown(ctx: &Ctx<'_>, error: Error) -> qjs::JSValue {
    given_back(ctx, Err(error))
}

fn truth(is_true: bool) -> qjs::JSValue {
    if is_true { qjs::JS_TRUE } else { qjs::JS_FALSE }
}

/// Calls one of the SDK's functions with so many of these arguments.
///
/// # Safety
///
/// The context runs, and the engine has so many arguments there.
unsafe fn call_sdk(
    ctx: *mut qjs::JSContext,
    which: impl FnOnce(&Sdk) -> &Persistent<Function<'static>>,
    count: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: the caller's.
    unsafe {
        let running = running(ctx);
        let function = gathered(|it| it.sdk.as_ref().map(|sdk| which(sdk).clone()));
        let Some(Ok(function)) = function.map(|function| function.restore(&running)) else {
            return thrown(&running, Error::Unknown);
        };
        qjs::JS_Call(ctx, function.as_raw(), qjs::JS_UNDEFINED, count, arguments)
    }
}

// Each of these has as many arguments as it was registered with, at least, and the context that it is called in runs.

unsafe extern "C" fn send_response(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    unsafe {
        let (code, message) = (*arguments, *arguments.add(1));
        if qjs::JS_IsInt(code) && qjs::JS_IsUndefined(message) {
            let code = u16::try_from(qjs::JS_VALUE_GET_INT(code)).unwrap_or_default();
            // A tunnel is the host's business: 2xx opens it.
            if gathered(|it| !(it.may_be_connect && code < 300) && it.begin(code)) {
                return qjs::JS_UNDEFINED;
            }
        }
        call_sdk(ctx, |sdk| &sdk.send_response, 2, arguments)
    }
}

unsafe extern "C" fn send_header(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    unsafe {
        match has_added_field(ctx, arguments) {
            Ok(true) => qjs::JS_UNDEFINED,
            Ok(false) => call_sdk(ctx, |sdk| &sdk.send_header, 2, arguments),
            Err(error) => thrown(&running(ctx), error),
        }
    }
}

/// # Safety
///
/// The context runs, and the engine has two arguments there.
unsafe fn has_added_field(ctx: *mut qjs::JSContext, arguments: *mut qjs::JSValue) -> Result<bool> {
    // SAFETY: the caller's; of what is looked at nothing runs JavaScript.
    unsafe {
        let (name, value) = (*arguments, *arguments.add(1));
        if !qjs::JS_IsString(name) || !(qjs::JS_IsString(value) || qjs::JS_IsInt(value)) {
            return Ok(false);
        }
        let added = with_characters_of(ctx, name, |name| {
            with_characters_of(ctx, value, |value| match (name, value) {
                (Characters::Narrow(name), Characters::Narrow(value)) => gathered(|it| {
                    let added = it.add_field(name, value);
                    (added, added && it.fields.len() > BOUND)
                }),
                _ => (false, false),
            })
        });
        let (added, is_full) = added.flatten().ok_or(Error::Exception)?;
        if is_full {
            hand_over(&running(ctx))?;
        }
        Ok(added)
    }
}

unsafe extern "C" fn end_headers(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    let ends = gathered(|it| {
        let ends = it.state == State::Head;
        if ends {
            it.state = State::Body;
            it.body.clear();
        }
        ends
    });
    // SAFETY: see above.
    if ends { qjs::JS_UNDEFINED } else { unsafe { call_sdk(ctx, |sdk| &sdk.end_headers, 0, arguments) } }
}

unsafe extern "C" fn write(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    unsafe {
        match added_to_body(ctx, *arguments) {
            Ok(Some(length)) => qjs::JS_MKVAL(qjs::JS_TAG_INT, length),
            Ok(None) => call_sdk(ctx, |sdk| &sdk.write, 1, arguments),
            Err(error) => thrown(&running(ctx), error),
        }
    }
}

/// How many bytes were added, if any could be.
///
/// # Safety
///
/// The context runs, and the value is its.
unsafe fn added_to_body(ctx: *mut qjs::JSContext, data: qjs::JSValue) -> Result<Option<i32>> {
    // SAFETY: the caller's; of what is looked at nothing runs JavaScript.
    unsafe {
        let running = running(ctx);
        let length = if qjs::JS_IsString(data) {
            with_characters_of(ctx, data, added_text).ok_or(Error::Exception)?
        } else {
            let data = Value::from_raw(running.clone(), qjs::JS_DupValue(ctx, data));
            let array = data.as_object().and_then(|object| object.as_typed_array::<u8>());
            array.and_then(|array| added_bytes(array.as_bytes()?))
        };
        if length.is_some() && gathered(|it| it.body.len() > BOUND) {
            hand_over(&running)?;
        }
        Ok(length.and_then(|length| i32::try_from(length).ok()))
    }
}

fn added_bytes(bytes: &[u8]) -> Option<usize> {
    let added = gathered(|it| it.add_body(bytes.len(), |body| body.extend_from_slice(bytes)));
    added.then_some(bytes.len())
}

fn added_text(text: Characters<'_>) -> Option<usize> {
    match text {
        Characters::Narrow(text) if text.is_ascii() => added_bytes(text),
        // Each of them takes a byte at least.
        Characters::Narrow(text) if text.len() <= WITH_HEAD => added_bytes(&utf8_write::encode(text).ok()?),
        Characters::Wide(text) if text.len() <= WITH_HEAD => added_bytes(&utf8_write::encode(text).ok()?),
        _ => None,
    }
}

/// A request begins. The argument says whether its method may be CONNECT.
unsafe extern "C" fn begin_request(
    _: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    let may_be_connect = unsafe { qjs::JS_IsBool(*arguments) && qjs::JS_VALUE_GET_BOOL(*arguments) };
    gathered(|it| {
        it.state = State::Unbegun;
        it.may_be_connect = may_be_connect;
    });
    qjs::JS_UNDEFINED
}

/// Whether it was said so of the request whose answer has not begun.
unsafe extern "C" fn may_be_connect(
    _: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    _: *mut qjs::JSValue,
) -> qjs::JSValue {
    truth(gathered(|it| it.state == State::Unbegun && it.may_be_connect))
}

/// Whether the answer with this code is gathered now: the SDK has looked whether it opens a tunnel.
unsafe extern "C" fn begin(
    _: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    let code = unsafe { qjs::JS_IsInt(*arguments).then(|| qjs::JS_VALUE_GET_INT(*arguments)) };
    truth(code.and_then(|code| u16::try_from(code).ok()).is_some_and(|code| gathered(|it| it.begin(code))))
}

/// Whether the field is gathered now.
unsafe extern "C" fn add_field(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    unsafe {
        match has_added_field(ctx, arguments) {
            Ok(added) => truth(added),
            Err(error) => thrown(&running(ctx), error),
        }
    }
}

/// Whether this part of the body, in bytes, is gathered now.
unsafe extern "C" fn add_body(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    unsafe {
        match added_to_body(ctx, *arguments) {
            Ok(added) => truth(added.is_some()),
            Err(error) => thrown(&running(ctx), error),
        }
    }
}

unsafe extern "C" fn hand_over_all(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    _: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    let ctx = unsafe { running(ctx) };
    match hand_over(&ctx) {
        Ok(()) => qjs::JS_UNDEFINED,
        Err(error) => thrown(&ctx, error),
    }
}

/// The same before what does not fail: the host keeps the failure, and tells it at the next call that can.
unsafe extern "C" fn settle(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    _: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    let ctx = unsafe { running(ctx) };
    if let Err(Error::Exception) = hand_over(&ctx) {
        drop(ctx.catch());
    }
    qjs::JS_UNDEFINED
}

/// What is called of others: the interface with the host's functions, and the SDK's own.
unsafe extern "C" fn connect(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    let (ctx, values) = unsafe {
        let values: [_; 6] = std::array::from_fn(|at| {
            Value::from_raw(running(ctx), qjs::JS_DupValue(ctx, *arguments.add(at)))
        });
        (running(ctx), values)
    };
    match sdk_of(&ctx, values) {
        Ok(sdk) => {
            gathered(|it| it.sdk = Some(sdk));
            qjs::JS_UNDEFINED
        }
        Err(error) => thrown(&ctx, error),
    }
}

fn sdk_of<'js>(ctx: &Ctx<'js>, values: [Value<'js>; 6]) -> Result<Sdk> {
    let [interface, failure, send_response, send_header, end_headers, write] = values;
    let interface: String = interface.get()?;
    let number = |name| imported::number(ctx, &interface, name).ok_or(Error::Unknown);
    let kept = |value: Value<'js>| {
        value.into_function().map(|function| Persistent::save(ctx, function)).ok_or(Error::Unknown)
    };
    Ok(Sdk {
        begin: number("begin")?,
        answer: number("answer")?,
        failure: kept(failure)?,
        send_response: kept(send_response)?,
        send_header: kept(send_header)?,
        end_headers: kept(end_headers)?,
        write: kept(write)?,
    })
}
