//! The head of the request as the host gives it in one call: numbers, then the text that they are places in (`request.head` of the
//! contract). The SDK (`guest/js/lib/request.js`) asks for the parts that a handler reads, each of which is a text of its own then.

use std::ffi::{CStr, c_int};

use rquickjs::{Ctx, Error, Object, Result, Value, qjs};

use crate::JsState;
use crate::imported;
use crate::native::{Characters, string, with_characters_of};
use crate::raw::{Called, functions, given_back, running};

/// Numbers before those of the fields, and those of a field: where its name and its value begin and end.
const FIXED: usize = 11;
const A_FIELD: usize = 4;
/// Their size.
const SIZE: usize = 4;

#[derive(Default)]
pub(crate) struct Head {
    /// The host's function, by its number.
    import: Option<usize>,
    /// Nothing before it was asked for. Outside of a request it is empty, and so are all parts.
    bytes: Option<Vec<u8>>,
}

impl Head {
    fn number(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes.as_deref()?.get(SIZE * at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes) as usize)
    }

    fn fields(&self) -> usize {
        self.number(0).unwrap_or_default()
    }

    /// What lies between two places.
    fn part(&self, at: usize) -> &[u8] {
        let place = self.number(at).zip(self.number(at + 1));
        let part = place.and_then(|(start, end)| self.bytes.as_deref()?.get(start..end));
        part.unwrap_or_default()
    }

    fn name(&self, field: usize) -> &[u8] {
        self.part(FIXED + A_FIELD * field)
    }

    fn value(&self, field: usize) -> &[u8] {
        self.part(FIXED + A_FIELD * field + 2)
    }

    /// The first field of this name, be it in upper or lower case, from one on.
    fn find(&self, name: &[u8], from: usize) -> Option<usize> {
        (from..self.fields()).find(|field| self.name(*field).eq_ignore_ascii_case(name))
    }
}

/// Asks for it once a request, then reads of it.
fn head<T>(ctx: &Ctx<'_>, read: impl FnOnce(&Head) -> T) -> T {
    let state = JsState::get_or_init();
    let import = {
        let head = state.head.borrow();
        head.import.filter(|_| head.bytes.is_none())
    };
    if let Some(import) = import {
        let bytes = imported::call_for_bytes(ctx, import);
        state.head.borrow_mut().bytes = Some(bytes);
    }
    read(&state.head.borrow())
}

/// Functions for the SDK, by the names that it knows them by.
pub(crate) fn register<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let all: [(&CStr, c_int, Called); 7] = [
        (c"connect", 1, connect),
        (c"forget", 0, forget),
        (c"count", 0, count),
        (c"part", 1, part),
        (c"nameOf", 1, name_of),
        (c"valueOf", 1, value_of),
        (c"find", 2, find),
    ];
    functions(ctx, &all)
}

/// The text whose characters are the bytes that are read.
///
/// # Safety
///
/// The context runs, and the engine has an argument there.
unsafe fn text(
    ctx: *mut qjs::JSContext,
    arguments: *mut qjs::JSValue,
    read: impl Fn(&Head, usize) -> &[u8],
) -> qjs::JSValue {
    // SAFETY: the caller's.
    let (ctx, at) = unsafe { (running(ctx), number(*arguments)) };
    let text = head(&ctx, |head| {
        let bytes = read(head, at);
        string::<u8>(&ctx, bytes.len(), |target| target.put_bytes(bytes))
    });
    given_back(&ctx, text)
}

/// # Safety
///
/// The value is the engine's.
unsafe fn number(value: qjs::JSValue) -> usize {
    // SAFETY: the caller's.
    let number = unsafe { qjs::JS_IsInt(value).then(|| qjs::JS_VALUE_GET_INT(value)) };
    // A place where there is nothing.
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX / A_FIELD / SIZE)
}

fn integer(number: usize) -> qjs::JSValue {
    qjs::JS_MKVAL(qjs::JS_TAG_INT, i32::try_from(number).unwrap_or(i32::MAX))
}

// Each of these has as many arguments as it was registered with, at least, and the context that it is called in runs.

/// Takes the name of the interface with the host's function.
unsafe extern "C" fn connect(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    let (ctx, interface) = unsafe {
        let interface = Value::from_raw(running(ctx), qjs::JS_DupValue(ctx, *arguments));
        (running(ctx), interface)
    };
    let connected = interface.get::<String>().and_then(|interface| {
        let import = imported::number(&ctx, &interface, "head").ok_or(Error::Unknown)?;
        JsState::get_or_init().head.borrow_mut().import = Some(import);
        Ok(Value::new_undefined(ctx.clone()))
    });
    given_back(&ctx, connected)
}

/// Forgets the last request.
unsafe extern "C" fn forget(
    _: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    _: *mut qjs::JSValue,
) -> qjs::JSValue {
    JsState::get_or_init().head.borrow_mut().bytes = None;
    qjs::JS_UNDEFINED
}

/// How many fields there are.
unsafe extern "C" fn count(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    _: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    let ctx = unsafe { running(ctx) };
    integer(head(&ctx, Head::fields))
}

/// What lies between a number, by its place, and the next.
unsafe extern "C" fn part(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    unsafe { text(ctx, arguments, Head::part) }
}

unsafe extern "C" fn name_of(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    unsafe { text(ctx, arguments, Head::name) }
}

unsafe extern "C" fn value_of(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above.
    unsafe { text(ctx, arguments, Head::value) }
}

/// The first field of a name from one on, or -1.
unsafe extern "C" fn find(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: see above; of what is looked at nothing runs JavaScript.
    unsafe {
        let (running, name, from) = (running(ctx), *arguments, number(*arguments.add(1)));
        if !qjs::JS_IsString(name) {
            return integer_or_none(None);
        }
        let found = head(&running, |head| {
            with_characters_of(ctx, name, |name| match name {
                Characters::Narrow(name) => head.find(name, from),
                Characters::Wide(_) => None,
            })
        });
        found.map_or(qjs::JS_EXCEPTION, integer_or_none)
    }
}

fn integer_or_none(number: Option<usize>) -> qjs::JSValue {
    number.map_or(qjs::JS_MKVAL(qjs::JS_TAG_INT, -1), integer)
}
