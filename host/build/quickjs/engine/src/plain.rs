//! What the SDK asks of each field and of each part of a body: whether a text has only such characters. A regular expression takes ten
//! times as long to say it of a short one.

use std::ffi::{c_int, c_void};
use std::{ptr, slice};

use rquickjs::{Ctx, Error, Object, Result, Value, qjs};

use crate::native::doverb_string;

type Asked =
    unsafe extern "C" fn(*mut qjs::JSContext, qjs::JSValue, c_int, *mut qjs::JSValue) -> qjs::JSValue;

/// Adds them to what the engine does for the SDK.
pub(crate) fn register<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    // Of a field's value: what is printed in ASCII, and spaces.
    native.set("isPlain", function(ctx, is_within::<b' ', b'~'>)?)?;
    // Of a part of a body: what is the same in UTF-8.
    native.set("isAscii", function(ctx, is_within::<0, 0x7f>)?)
}

fn function<'js>(ctx: &Ctx<'js>, asked: Asked) -> Result<Value<'js>> {
    // SAFETY: the context is the one that runs; the value is new.
    let value = unsafe {
        let kind = qjs::JSCFunctionEnum_JS_CFUNC_generic;
        let function = qjs::JS_NewCFunction2(ctx.as_raw().as_ptr(), Some(asked), c"".as_ptr(), 1, kind, 0);
        Value::from_raw(ctx.clone(), function)
    };
    if value.is_function() { Ok(value) } else { Err(Error::Exception) }
}

/// Whether a value is a text of characters from the first to the last of these alone.
unsafe extern "C" fn is_within<const FIRST: u8, const LAST: u8>(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    let (mut characters, mut length, mut is_wide) = (ptr::null::<c_void>(), 0, false);
    // SAFETY: the context is the one that runs, the function has one argument at least, as it has said, and what is given lives as
    // long as `whole`.
    unsafe {
        let whole = doverb_string(ctx, *arguments, &mut characters, &mut length, &mut is_wide);
        if qjs::JS_IsException(whole) {
            return qjs::JS_EXCEPTION;
        }
        let fits = !is_wide
            && slice::from_raw_parts(characters.cast::<u8>(), length)
                .iter()
                .all(|it| (FIRST..=LAST).contains(it));
        qjs::JS_FreeValue(ctx, whole);
        if fits { qjs::JS_TRUE } else { qjs::JS_FALSE }
    }
}
