//! What the SDK has the engine do, as a loop in JavaScript takes a hundred times as long: the global `__cqjs`.

use rquickjs::function::Opt;
use rquickjs::{
    ArrayBuffer, Ctx, Exception, Function, Object, Result, String as JsString, TypedArray, Value, qjs,
};

/// Puts it in place. The SDK takes it away from the handler's code.
pub(crate) fn register(ctx: &Ctx<'_>) -> Result<()> {
    let native = Object::new(ctx.clone())?;
    native.set("runGc", Function::new(ctx.clone(), |ctx: Ctx<'_>| ctx.run_gc())?)?;
    native.set("decode", Function::new(ctx.clone(), decode)?)?;
    native.set("decodeLatin1", Function::new(ctx.clone(), decode_latin1)?)?;
    native.set("encode", Function::new(ctx.clone(), encode)?)?;
    ctx.globals().set("__cqjs", native)
}

/// The text that bytes are in UTF-8. What is none is replaced as the Encoding standard has it, or makes `undefined` of it all.
fn decode<'js>(ctx: Ctx<'js>, bytes: TypedArray<'js, u8>, replaces: Opt<bool>) -> Result<Value<'js>> {
    let bytes = view(&ctx, &bytes)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => text_of(&ctx, text),
        Err(_) if replaces.0 == Some(true) => text_of(&ctx, &String::from_utf8_lossy(bytes)),
        Err(_) => Ok(Value::new_undefined(ctx)),
    }
}

/// The text whose characters are the bytes.
fn decode_latin1<'js>(ctx: Ctx<'js>, bytes: TypedArray<'js, u8>) -> Result<Value<'js>> {
    let bytes = view(&ctx, &bytes)?;
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8.
        return text_of(&ctx, unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    text_of(&ctx, &text)
}

/// A text in UTF-8. Halves of characters are replaced.
fn encode<'js>(ctx: Ctx<'js>, text: JsString<'js>) -> Result<TypedArray<'js, u8>> {
    let mut length = 0;
    // SAFETY: the value is a string of this context's; what is given is freed below.
    let pointer = unsafe { qjs::JS_ToCStringLen(ctx.as_raw().as_ptr(), &mut length, text.as_raw()) };
    if pointer.is_null() {
        return Err(rquickjs::Error::Exception);
    }
    // SAFETY: the engine gives as many bytes as it says.
    let mut bytes = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), length as usize) }.to_vec();
    // SAFETY: it comes from the call above, and nothing refers to it any more.
    unsafe { qjs::JS_FreeCString(ctx.as_raw().as_ptr(), pointer) };
    replace_surrogates(&mut bytes);
    TypedArray::from_arraybuffer(ArrayBuffer::new(ctx, bytes)?)
}

/// The engine writes half of a pair as three bytes, as UTF-8 would if it had them: as many as U+FFFD has.
fn replace_surrogates(bytes: &mut [u8]) {
    if let Err(error) = std::str::from_utf8(bytes) {
        let mut at = error.valid_up_to();
        while at + 2 < bytes.len() {
            if bytes[at] == 0xed && bytes[at + 1] >= 0xa0 {
                bytes[at..at + 3].copy_from_slice("\u{fffd}".as_bytes());
                at += 3;
            } else {
                at += 1;
            }
        }
    }
}

/// The bytes of an array, unless its buffer was taken away.
fn view<'a>(ctx: &Ctx<'_>, array: &'a TypedArray<'_, u8>) -> Result<&'a [u8]> {
    // SAFETY: nothing of the caller's runs JavaScript while it has them.
    unsafe { array.as_bytes() }.ok_or_else(|| Exception::throw_type(ctx, "the buffer is detached"))
}

fn text_of<'js>(ctx: &Ctx<'js>, text: &str) -> Result<Value<'js>> {
    // Characters beyond U+00FF begin with a greater byte. The engine has the others in one byte each.
    if text.bytes().any(|byte| byte > 0xc3) {
        let units = utf16(text);
        // SAFETY: the engine copies as many units as it is told of.
        return unsafe {
            let text = qjs::JS_NewStringUTF16(ctx.as_raw().as_ptr(), units.as_ptr(), units.len() as _);
            if qjs::JS_IsException(text) {
                return Err(rquickjs::Error::Exception);
            }
            Ok(Value::from_raw(ctx.clone(), text))
        };
    }
    Ok(JsString::from_str(ctx.clone(), text)?.into_value())
}

/// The same as `encode_utf16`, in a third of the time: it takes ASCII in words, and asks for room once.
fn utf16(text: &str) -> Vec<u16> {
    let bytes = text.as_bytes();
    let mut units = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if let Some(eight) = bytes.get(at..at + 8).filter(|eight| eight.is_ascii()) {
            units.extend(eight.iter().map(|byte| u16::from(*byte)));
            at += 8;
            continue;
        }
        let low = |place: usize| u32::from(bytes[at + place] & 0x3f);
        let first = u32::from(bytes[at]);
        let (character, length) = match first {
            0..0x80 => (first, 1),
            0x80..0xe0 => ((first & 0x1f) << 6 | low(1), 2),
            0xe0..0xf0 => ((first & 0x0f) << 12 | low(1) << 6 | low(2), 3),
            _ => ((first & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3), 4),
        };
        if character > 0xffff {
            let rest = character - 0x10000;
            units.extend([0xd800 | (rest >> 10) as u16, 0xdc00 | (rest & 0x3ff) as u16]);
        } else {
            units.push(character as u16);
        }
        at += length;
    }
    units
}
