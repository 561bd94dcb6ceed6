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
    native.set("isPlain", function(ctx, is_plain)?)?;
    native.set("isAscii", function(ctx, is_ascii)?)
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

/// Of a field's value: what is printed in ASCII, and spaces.
unsafe extern "C" fn is_plain(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: the function has one argument at least, as it has said.
    unsafe { all(ctx, *arguments, |character| (b' '..=b'~').contains(&character)) }
}

/// Of a part of a body: what is the same in UTF-8.
unsafe extern "C" fn is_ascii(
    ctx: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: c_int,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: the function has one argument at least, as it has said.
    unsafe { all(ctx, *arguments, |character| character.is_ascii()) }
}

/// Whether a value is a text of such characters alone.
unsafe fn all(ctx: *mut qjs::JSContext, text: qjs::JSValue, is: impl Fn(u8) -> bool) -> qjs::JSValue {
    let (mut characters, mut length, mut is_wide) = (ptr::null::<c_void>(), 0, false);
    // SAFETY: the context is the one that runs, and what is given lives as long as `whole`.
    unsafe {
        let whole = doverb_string(ctx, text, &mut characters, &mut length, &mut is_wide);
        if qjs::JS_IsException(whole) {
            return qjs::JS_EXCEPTION;
        }
        let fits =
            !is_wide && slice::from_raw_parts(characters.cast::<u8>(), length).iter().all(|it| is(*it));
        qjs::JS_FreeValue(ctx, whole);
        if fits { qjs::JS_TRUE } else { qjs::JS_FALSE }
    }
}
