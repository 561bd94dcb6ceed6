//! What the SDK has the engine do, as a loop in JavaScript takes a hundred times as long: the global `__cqjs`.

use std::collections::TryReserveError;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::{ptr, slice};

use rquickjs::function::Opt;
use rquickjs::{
    ArrayBuffer, Ctx, Error, Exception, Function, Object, Result, String as JsString, TypedArray, Value, qjs,
};

use crate::encodings::{Table, Utf16};
use crate::utf8::{Extent, Target, Unit, lossy_units, whole};
use crate::utf8_write::{self, encode_into};

/// U+FEFF in UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Puts it in place. The SDK takes it away from the handler's code.
pub(crate) fn register(ctx: &Ctx<'_>) -> Result<()> {
    let native = Object::new(ctx.clone())?;
    native.set("runGc", Function::new(ctx.clone(), |ctx: Ctx<'_>| ctx.run_gc())?)?;
    native.set("runJobs", Function::new(ctx.clone(), run_jobs)?)?;
    native.set("decode", Function::new(ctx.clone(), decode)?)?;
    native.set("decodePieces", Function::new(ctx.clone(), decode_pieces)?)?;
    native.set("decodeLatin1", Function::new(ctx.clone(), decode_latin1)?)?;
    native.set("decodeTable", Function::new(ctx.clone(), decode_table)?)?;
    native.set("decodeUtf16", Function::new(ctx.clone(), decode_utf16)?)?;
    native.set("encode", Function::new(ctx.clone(), encode)?)?;
    native.set("encodeInto", Function::new(ctx.clone(), encode_to)?)?;
    native.set("encodeLatin1", Function::new(ctx.clone(), encode_latin1)?)?;
    native.set("gathered", crate::gathered::register(ctx)?)?;
    native.set("head", crate::head::register(ctx)?)?;
    native.set("decodeForm", Function::new(ctx.clone(), decode_form)?)?;
    ctx.globals().set("__cqjs", native)
}

/// Runs what the engine's promises have left to do, and what comes of it; how much that was. Nothing else does while a request is
/// served.
fn run_jobs(ctx: Ctx<'_>) -> Result<u32> {
    let mut count = 0;
    loop {
        let mut of = ptr::null_mut();
        // SAFETY: the runtime is that of the context that runs, and a job is a call as any other.
        match unsafe { qjs::JS_ExecutePendingJob(qjs::JS_GetRuntime(ctx.as_raw().as_ptr()), &mut of) } {
            0 => return Ok(count),
            1.. => count += 1,
            _ => return Err(Error::Exception),
        }
    }
}

/// The text that bytes are in UTF-8. What is none is replaced as the Encoding standard has it, or makes `undefined` of it all.
/// A byte order mark that it begins with is left out if so wanted.
fn decode<'js>(
    ctx: Ctx<'js>,
    bytes: TypedArray<'js, u8>,
    replaces: Opt<bool>,
    drops_mark: Opt<bool>,
) -> Result<Value<'js>> {
    text_of(&ctx, &mut [view(&ctx, &bytes)?], replaces.0 == Some(true), drops_mark.0 == Some(true))
}

/// The same of bytes that came in pieces, which need not be put together.
fn decode_pieces<'js>(
    ctx: Ctx<'js>,
    pieces: Vec<TypedArray<'js, u8>>,
    replaces: Opt<bool>,
    drops_mark: Opt<bool>,
) -> Result<Value<'js>> {
    let mut views = pieces.iter().map(|piece| view(&ctx, piece)).collect::<Result<Vec<_>>>()?;
    text_of(&ctx, &mut views, replaces.0 == Some(true), drops_mark.0 == Some(true))
}

/// A name or a value of a form as the text that it stands for: `+` is a space, `%` and two digits are a byte of UTF-8. What is none is
/// replaced.
fn decode_form<'js>(ctx: Ctx<'js>, text: JsString<'js>) -> Result<Value<'js>> {
    let is_encoded = |unit: &u8| matches!(unit, b'+' | b'%');
    let is_plain = with_characters(&text, |characters| match characters {
        Characters::Narrow(text) => !text.iter().any(is_encoded),
        // Halves of characters are to be replaced.
        Characters::Wide(_) => false,
    })?;
    if is_plain {
        return Ok(text.into_value());
    }
    let bytes = with_characters(&text, |characters| match characters {
        Characters::Narrow(text) => utf8_write::encode(text),
        Characters::Wide(text) => utf8_write::encode(text),
    })?;
    match bytes {
        Ok(mut bytes) => {
            let length = percent_decode(&mut bytes);
            text_of(&ctx, &mut [&bytes[..length]], true, false)
        }
        Err(_) => Err(out_of_memory(&ctx)),
    }
}

/// Decodes in place; how many bytes that makes.
fn percent_decode(bytes: &mut [u8]) -> usize {
    let (mut read, mut written) = (0, 0);
    while read < bytes.len() {
        let digit = |at: usize| bytes.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        let (byte, taken) = match bytes[read] {
            b'+' => (b' ', 1),
            b'%' => match (digit(read + 1), digit(read + 2)) {
                (Some(high), Some(low)) => ((16 * high + low) as u8, 3),
                _ => (b'%', 1),
            },
            byte => (byte, 1),
        };
        bytes[written] = byte;
        read += taken;
        written += 1;
    }
    written
}

/// The text whose characters are the bytes.
fn decode_latin1<'js>(ctx: Ctx<'js>, bytes: TypedArray<'js, u8>) -> Result<Value<'js>> {
    let bytes = view(&ctx, &bytes)?;
    string::<u8>(&ctx, bytes.len(), |target| target.put_bytes(bytes))
}

/// The text in an encoding of one byte a character, by its characters from 0x80 on.
fn decode_table<'js>(ctx: Ctx<'js>, bytes: TypedArray<'js, u8>, table: JsString<'js>) -> Result<Value<'js>> {
    let bytes = view(&ctx, &bytes)?;
    let table = Table::new(&table.to_string()?.encode_utf16().collect::<Vec<_>>());
    if table.is_wide(bytes) {
        string::<u16>(&ctx, bytes.len(), |target| table.write(bytes, target))
    } else {
        string::<u8>(&ctx, bytes.len(), |target| table.write(bytes, target))
    }
}

/// The text in UTF-16. What is none is replaced, or makes `undefined` of it all.
fn decode_utf16<'js>(
    ctx: Ctx<'js>,
    bytes: TypedArray<'js, u8>,
    is_big: bool,
    replaces: bool,
) -> Result<Value<'js>> {
    let text = Utf16::new(view(&ctx, &bytes)?, is_big);
    if !replaces && !text.is_whole() {
        Ok(Value::new_undefined(ctx))
    } else if text.is_wide() {
        string::<u16>(&ctx, text.length(), |target| text.write(target))
    } else {
        string::<u8>(&ctx, text.length(), |target| text.write(target))
    }
}

/// A text in UTF-8. Halves of characters are replaced.
fn encode<'js>(ctx: Ctx<'js>, text: JsString<'js>) -> Result<TypedArray<'js, u8>> {
    let bytes = with_characters(&text, |characters| match characters {
        Characters::Narrow(text) => utf8_write::encode(text),
        Characters::Wide(text) => utf8_write::encode(text),
    })?;
    array_of(ctx, bytes)
}

/// A text in ISO-8859-1. Of characters beyond it the lower half is left.
fn encode_latin1<'js>(ctx: Ctx<'js>, text: JsString<'js>) -> Result<TypedArray<'js, u8>> {
    let bytes = with_characters(&text, |characters| match characters {
        Characters::Narrow(text) => utf8_write::encode_latin1(text),
        Characters::Wide(text) => utf8_write::encode_latin1(text),
    })?;
    array_of(ctx, bytes)
}

fn array_of<'js>(
    ctx: Ctx<'js>,
    bytes: std::result::Result<Vec<u8>, TryReserveError>,
) -> Result<TypedArray<'js, u8>> {
    match bytes {
        Ok(bytes) => TypedArray::from_arraybuffer(ArrayBuffer::new(ctx, bytes)?),
        Err(_) => Err(out_of_memory(&ctx)),
    }
}

fn out_of_memory(ctx: &Ctx<'_>) -> Error {
    // SAFETY: the context is the one that runs; what is given stands for the exception that it has then.
    unsafe { qjs::JS_ThrowOutOfMemory(ctx.as_raw().as_ptr()) };
    Error::Exception
}

/// Writes as much of a text as fits in UTF-8: how many units of the text that was, and how many bytes.
fn encode_to<'js>(ctx: Ctx<'js>, text: JsString<'js>, target: TypedArray<'js, u8>) -> Result<Vec<usize>> {
    let bytes = view(&ctx, &target)?;
    // SAFETY: nothing else has them while this runs: a string is not in an array's buffer.
    let bytes = unsafe { slice::from_raw_parts_mut(bytes.as_ptr().cast_mut(), bytes.len()) };
    let (read, written) = with_characters(&text, |characters| match characters {
        Characters::Narrow(text) => encode_into(text, bytes),
        Characters::Wide(text) => encode_into(text, bytes),
    })?;
    Ok(vec![read, written])
}

/// The bytes of an array, unless its buffer was taken away.
fn view<'a>(ctx: &Ctx<'_>, array: &'a TypedArray<'_, u8>) -> Result<&'a [u8]> {
    // SAFETY: nothing of the caller's runs JavaScript while it has them.
    unsafe { array.as_bytes() }.ok_or_else(|| Exception::throw_type(ctx, "the buffer is detached"))
}

fn text_of<'js>(
    ctx: &Ctx<'js>,
    pieces: &mut [&[u8]],
    replaces: bool,
    drops_mark: bool,
) -> Result<Value<'js>> {
    if drops_mark {
        drop_mark(pieces);
    }
    let mut extent = Extent::default();
    whole(pieces, |part| extent.add(part));
    if !extent.has_more {
        string::<u8>(ctx, extent.units, |target| pieces.iter().for_each(|piece| target.put_bytes(piece)))
    } else if !extent.is_valid {
        if replaces { lossy_text_of(ctx, pieces) } else { Ok(Value::new_undefined(ctx.clone())) }
    } else if extent.is_wide {
        string::<u16>(ctx, extent.units, |target| whole(pieces, |part| target.put_utf8(part)))
    } else {
        string::<u8>(ctx, extent.units, |target| whole(pieces, |part| target.put_utf8(part)))
    }
}

fn lossy_text_of<'js>(ctx: &Ctx<'js>, pieces: &[&[u8]]) -> Result<Value<'js>> {
    let mut units = 0;
    whole(pieces, |part| units += lossy_units(part));
    string::<u16>(ctx, units, |target| whole(pieces, |part| target.put_lossy(part)))
}

/// Takes a byte order mark away from what begins with one.
fn drop_mark(pieces: &mut [&[u8]]) {
    let begins = pieces.iter().flat_map(|piece| piece.iter()).take(MARK.len());
    if !begins.eq(&MARK) {
        return;
    }
    let mut left = MARK.len();
    for piece in pieces {
        let cut = left.min(piece.len());
        *piece = &piece[cut..];
        left -= cut;
    }
}

// What quickjs.c has for this module (engine/c/text.h).
unsafe extern "C" {
    fn doverb_new_string(
        ctx: *mut qjs::JSContext,
        length: usize,
        is_wide: bool,
        characters: *mut *mut c_void,
    ) -> qjs::JSValue;
    fn doverb_string(
        ctx: *mut qjs::JSContext,
        text: qjs::JSValue,
        characters: *mut *const c_void,
        length: *mut usize,
        is_wide: *mut bool,
    ) -> qjs::JSValue;
}

/// A string of so many characters, which `write` writes where it will have them. What it leaves is U+0000.
pub(crate) fn string<'js, T: Unit>(
    ctx: &Ctx<'js>,
    length: usize,
    write: impl FnOnce(&mut Target<'_, T>),
) -> Result<Value<'js>> {
    let mut characters = ptr::null_mut();
    // SAFETY: the context is the one that runs; the value is taken, and its characters are written below.
    let text = unsafe {
        let text = doverb_new_string(ctx.as_raw().as_ptr(), length, size_of::<T>() == 2, &mut characters);
        if qjs::JS_IsException(text) {
            return Err(Error::Exception);
        }
        Value::from_raw(ctx.clone(), text)
    };
    if !characters.is_null() {
        // SAFETY: the engine has made room for as many characters of this size, and nobody reads them yet.
        let units = unsafe { slice::from_raw_parts_mut(characters.cast::<MaybeUninit<T>>(), length) };
        let mut target = Target::new(units);
        write(&mut target);
        target.fill();
    }
    Ok(text)
}

pub(crate) enum Characters<'a> {
    Narrow(&'a [u8]),
    Wide(&'a [u16]),
}

/// What `read` makes of a string's characters.
fn with_characters<T>(text: &JsString<'_>, read: impl FnOnce(Characters<'_>) -> T) -> Result<T> {
    // SAFETY: the value is a string of this context's.
    unsafe { with_characters_of(text.ctx().as_raw().as_ptr(), text.as_raw(), read) }.ok_or(Error::Exception)
}

/// The same as the engine has it. Nothing, and an exception, where there is no room for it in one piece.
///
/// # Safety
///
/// The context runs, and the value is a string of its.
pub(crate) unsafe fn with_characters_of<T>(
    ctx: *mut qjs::JSContext,
    text: qjs::JSValue,
    read: impl FnOnce(Characters<'_>) -> T,
) -> Option<T> {
    let (mut characters, mut length, mut is_wide) = (ptr::null(), 0, false);
    // SAFETY: what is given lives as long as `whole`, and is of the size that is told.
    unsafe {
        let whole = doverb_string(ctx, text, &mut characters, &mut length, &mut is_wide);
        if qjs::JS_IsException(whole) {
            return None;
        }
        let result = if is_wide {
            read(Characters::Wide(slice::from_raw_parts(characters.cast(), length)))
        } else {
            read(Characters::Narrow(slice::from_raw_parts(characters.cast(), length)))
        };
        qjs::JS_FreeValue(ctx, whole);
        Some(result)
    }
}
