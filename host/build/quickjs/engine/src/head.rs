//! The head of the request as the host gives it in one call: numbers, then the text that they are places in (`request.head` of the
//! contract). The SDK (`guest/js/lib/request.js`) asks for the parts that a handler reads, each of which is a text of its own then.

use rquickjs::{Ctx, Error, Object, Result, qjs};

use crate::JsState;
use crate::imported;
use crate::native::{Characters, string, with_characters_of};
use crate::raw::{Running, functions, given_up, native};

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
    let all = [
        (c"connect", native(connect)),
        (c"forget", native(forget)),
        (c"count", native(count)),
        (c"part", native(|running, [at]: &_| text(running, *at, Head::part))),
        (c"nameOf", native(|running, [field]: &_| text(running, *field, Head::name))),
        (c"valueOf", native(|running, [field]: &_| text(running, *field, Head::value))),
        (c"find", native(find)),
    ];
    functions(ctx, &all)
}

/// Takes the name of the interface with the host's function.
fn connect(running: Running, [interface]: &[qjs::JSValue; 1]) -> Result<qjs::JSValue> {
    let interface: String = running.value(*interface).get()?;
    let import = imported::number(&running.ctx(), &interface, "head").ok_or(Error::Unknown)?;
    JsState::get_or_init().head.borrow_mut().import = Some(import);
    Ok(qjs::JS_UNDEFINED)
}

/// Forgets the last request.
fn forget(_: Running, _: &[qjs::JSValue; 0]) -> Result<qjs::JSValue> {
    JsState::get_or_init().head.borrow_mut().bytes = None;
    Ok(qjs::JS_UNDEFINED)
}

/// How many fields there are.
fn count(running: Running, _: &[qjs::JSValue; 0]) -> Result<qjs::JSValue> {
    Ok(integer(Some(head(&running.ctx(), Head::fields))))
}

/// The text whose characters are the bytes that are read.
fn text(running: Running, at: qjs::JSValue, read: impl Fn(&Head, usize) -> &[u8]) -> Result<qjs::JSValue> {
    let ctx = running.ctx();
    let text = head(&ctx, |head| {
        let bytes = read(head, number(at));
        string::<u8>(&ctx, bytes.len(), |target| target.put_bytes(bytes))
    });
    Ok(given_up(&text?))
}

/// The first field of a name from one on, or -1.
fn find(running: Running, [name, from]: &[qjs::JSValue; 2]) -> Result<qjs::JSValue> {
    // SAFETY: the value is the engine's; of what is looked at nothing runs JavaScript.
    let found = unsafe {
        if !qjs::JS_IsString(*name) {
            return Ok(integer(None));
        }
        head(&running.ctx(), |head| {
            with_characters_of(running.raw(), *name, |name| match name {
                Characters::Narrow(name) => head.find(name, number(*from)),
                Characters::Wide(_) => None,
            })
        })
    };
    found.map(integer).ok_or(Error::Exception)
}

fn number(value: qjs::JSValue) -> usize {
    // SAFETY: the value is the engine's.
    let number = unsafe { qjs::JS_IsInt(value).then(|| qjs::JS_VALUE_GET_INT(value)) };
    // A place where there is nothing.
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX / A_FIELD / SIZE)
}

/// A number, or -1 for none.
fn integer(number: Option<usize>) -> qjs::JSValue {
    let number = number.map_or(-1, |number| i32::try_from(number).unwrap_or(i32::MAX));
    qjs::JS_MKVAL(qjs::JS_TAG_INT, number)
}
