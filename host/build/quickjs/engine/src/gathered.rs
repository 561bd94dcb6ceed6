//! The answer while it is gathered, so that it is one call of the host's: Python keeps its head in `_headers_buffer`.
//!
//! What is gathered is what the host would take without a word. All else goes back to the SDK (`guest/js/lib/gathered.js`), which gives it to
//! the host at once, behind what was gathered before it, so that each failure comes from the call that caused it.
//!
//! A handler calls these for each of its requests: they are functions of the engine's own kind, methods of the SDK's classes.

use std::ffi::c_int;
use std::mem;

use rquickjs::{Ctx, Error, Function, Object, Persistent, Result, Value, qjs};

use crate::imported;
use crate::native::{Characters, with_characters_of};
use crate::raw::{Running, functions, native};
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

    /// Whether it was the head that ends.
    fn end_head(&mut self) -> bool {
        let ends = self.state == State::Head;
        if ends {
            self.state = State::Body;
            self.body.clear();
        }
        ends
    }

    /// A part of the body that the host would take: false if this is not known.
    fn add_body(&mut self, bytes: &[u8]) -> bool {
        let length = bytes.len();
        let most = if self.body.is_empty() { WITH_HEAD } else { BOUND };
        let fits = self.state == State::Body
            && self.body.len() + length <= most
            && self.left.is_none_or(|left| length as u64 <= left);
        if fits {
            self.left = self.left.map(|left| left - length as u64);
            self.body.extend_from_slice(bytes);
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
    let taken = gathered(|it| {
        let state = mem::take(&mut it.state);
        let sdk = it.sdk.as_ref().filter(|_| matches!(state, State::Head | State::Body))?;
        let (fields, body) = (mem::take(&mut it.fields), mem::take(&mut it.body));
        Some((state, it.code, sdk.begin, sdk.answer, fields, body))
    });
    let Some((state, code, begin, answer, mut fields, mut body)) = taken else { return Ok(()) };
    let (code, lines) = (Given::Number(code.into()), Given::Bytes(&raw const *fields));
    let done = if state == State::Head {
        imported::call_given(ctx, begin, [RESPONSE, code, Given::None, lines])
    } else {
        imported::call_given(
            ctx,
            answer,
            [RESPONSE, code, Given::None, lines, Given::Bytes(&raw const *body)],
        )
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
    let all = [
        (c"send_response", native(send_response)),
        (c"send_header", native(send_header)),
        (c"end_headers", native(end_headers)),
        (c"write", native(write)),
        (c"beginRequest", native(begin_request)),
        (c"mayBeConnect", native(may_be_connect)),
        (c"begin", native(begin)),
        // Whether the field, or this part of the body, is gathered now.
        (c"addField", native(|running, field: &_| added_field(running, field).map(truth))),
        (c"addBody", native(|running, [data]: &_| Ok(truth(added_to_body(running, *data)?.is_some())))),
        (c"handOver", native(|running, []: &_| hand_over(&running.ctx()).map(|()| qjs::JS_UNDEFINED))),
        (c"settle", native(settle)),
        (c"connect", native(connect)),
    ];
    functions(ctx, &all)
}

fn truth(is_true: bool) -> qjs::JSValue {
    if is_true { qjs::JS_TRUE } else { qjs::JS_FALSE }
}

/// Calls one of the SDK's functions with these arguments.
fn call_sdk(
    running: Running,
    which: impl FnOnce(&Sdk) -> &Persistent<Function<'static>>,
    arguments: &[qjs::JSValue],
) -> Result<qjs::JSValue> {
    let function = gathered(|it| it.sdk.as_ref().map(|sdk| which(sdk).clone())).ok_or(Error::Unknown)?;
    let function = function.restore(&running.ctx())?;
    let count = arguments.len() as c_int;
    // SAFETY: it is a function of the context's, as are the arguments, of which the engine takes none away.
    Ok(unsafe {
        let arguments = arguments.as_ptr().cast_mut();
        qjs::JS_Call(running.raw(), function.as_raw(), qjs::JS_UNDEFINED, count, arguments)
    })
}

/// A code that is a whole number.
fn code_of(value: qjs::JSValue) -> Option<u16> {
    // SAFETY: the value is the engine's.
    let code = unsafe { qjs::JS_IsInt(value).then(|| qjs::JS_VALUE_GET_INT(value)) };
    code.and_then(|code| u16::try_from(code).ok())
}

fn send_response(running: Running, arguments: &[qjs::JSValue; 2]) -> Result<qjs::JSValue> {
    let [code, message] = *arguments;
    // SAFETY: the value is the engine's.
    let code = code_of(code).filter(|_| unsafe { qjs::JS_IsUndefined(message) });
    // A tunnel is the host's business: 2xx opens it.
    let begins = |code| gathered(|it| !(it.may_be_connect && code < 300) && it.begin(code));
    if code.is_some_and(begins) {
        return Ok(qjs::JS_UNDEFINED);
    }
    call_sdk(running, |sdk| &sdk.send_response, arguments)
}

fn send_header(running: Running, arguments: &[qjs::JSValue; 2]) -> Result<qjs::JSValue> {
    if added_field(running, arguments)? {
        return Ok(qjs::JS_UNDEFINED);
    }
    call_sdk(running, |sdk| &sdk.send_header, arguments)
}

/// Whether the field was added.
fn added_field(running: Running, [name, value]: &[qjs::JSValue; 2]) -> Result<bool> {
    // SAFETY: the values are the context's; of what is looked at nothing runs JavaScript.
    let added = unsafe {
        let is_shown = qjs::JS_IsString(*value) || qjs::JS_IsInt(*value);
        if !qjs::JS_IsString(*name) || !is_shown {
            return Ok(false);
        }
        with_characters_of(running.raw(), *name, |name| {
            with_characters_of(running.raw(), *value, |value| match (name, value) {
                (Characters::Narrow(name), Characters::Narrow(value)) => gathered(|it| {
                    let added = it.add_field(name, value);
                    (added, added && it.fields.len() > BOUND)
                }),
                _ => (false, false),
            })
        })
    };
    let (added, is_full) = added.flatten().ok_or(Error::Exception)?;
    if is_full {
        hand_over(&running.ctx())?;
    }
    Ok(added)
}

fn end_headers(running: Running, arguments: &[qjs::JSValue; 0]) -> Result<qjs::JSValue> {
    if gathered(Gathered::end_head) {
        return Ok(qjs::JS_UNDEFINED);
    }
    call_sdk(running, |sdk| &sdk.end_headers, arguments)
}

fn write(running: Running, arguments: &[qjs::JSValue; 1]) -> Result<qjs::JSValue> {
    match added_to_body(running, arguments[0])? {
        Some(length) => Ok(qjs::JS_MKVAL(qjs::JS_TAG_INT, length)),
        None => call_sdk(running, |sdk| &sdk.write, arguments),
    }
}

/// How many bytes were added, if any could be.
fn added_to_body(running: Running, data: qjs::JSValue) -> Result<Option<i32>> {
    // SAFETY: the value is the context's; of what is looked at nothing runs JavaScript.
    let length = unsafe {
        if qjs::JS_IsString(data) {
            with_characters_of(running.raw(), data, added_text).ok_or(Error::Exception)?
        } else {
            let data = running.value(data);
            let array = data.as_object().and_then(|object| object.as_typed_array::<u8>());
            array.and_then(|array| added_bytes(array.as_bytes()?))
        }
    };
    if length.is_some() && gathered(|it| it.body.len() > BOUND) {
        hand_over(&running.ctx())?;
    }
    Ok(length.and_then(|length| i32::try_from(length).ok()))
}

fn added_bytes(bytes: &[u8]) -> Option<usize> {
    gathered(|it| it.add_body(bytes)).then_some(bytes.len())
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
fn begin_request(_: Running, [may_be_connect]: &[qjs::JSValue; 1]) -> Result<qjs::JSValue> {
    // SAFETY: the value is the engine's.
    let may_be_connect =
        unsafe { qjs::JS_IsBool(*may_be_connect) && qjs::JS_VALUE_GET_BOOL(*may_be_connect) };
    gathered(|it| {
        it.state = State::Unbegun;
        it.may_be_connect = may_be_connect;
    });
    Ok(qjs::JS_UNDEFINED)
}

/// Whether it was said so of the request whose answer has not begun.
fn may_be_connect(_: Running, _: &[qjs::JSValue; 0]) -> Result<qjs::JSValue> {
    Ok(truth(gathered(|it| it.state == State::Unbegun && it.may_be_connect)))
}

/// Whether the answer with this code is gathered now: the SDK has looked whether it opens a tunnel.
fn begin(_: Running, [code]: &[qjs::JSValue; 1]) -> Result<qjs::JSValue> {
    Ok(truth(code_of(*code).is_some_and(|code| gathered(|it| it.begin(code)))))
}

/// Hands over before what does not fail: the host keeps the failure, and tells it at the next call that can.
fn settle(running: Running, _: &[qjs::JSValue; 0]) -> Result<qjs::JSValue> {
    let ctx = running.ctx();
    if let Err(Error::Exception) = hand_over(&ctx) {
        drop(ctx.catch());
    }
    Ok(qjs::JS_UNDEFINED)
}

/// What is called of others: the interface with the host's functions, and the SDK's own.
fn connect(running: Running, arguments: &[qjs::JSValue; 6]) -> Result<qjs::JSValue> {
    let ctx = running.ctx();
    let [interface, failure, send_response, send_header, end_headers, write] =
        arguments.map(|argument| running.value(argument));
    let interface: String = interface.get()?;
    let number = |name| imported::number(&ctx, &interface, name).ok_or(Error::Unknown);
    let sdk = Sdk {
        begin: number("begin")?,
        answer: number("answer")?,
        failure: kept(&ctx, failure)?,
        send_response: kept(&ctx, send_response)?,
        send_header: kept(&ctx, send_header)?,
        end_headers: kept(&ctx, end_headers)?,
        write: kept(&ctx, write)?,
    };
    gathered(|it| it.sdk = Some(sdk));
    Ok(qjs::JS_UNDEFINED)
}

fn kept<'js>(ctx: &Ctx<'js>, function: Value<'js>) -> Result<Persistent<Function<'static>>> {
    function.into_function().map(|function| Persistent::save(ctx, function)).ok_or(Error::Unknown)
}
