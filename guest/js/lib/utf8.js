// Between strings and bytes, by the engine: a loop in JavaScript takes a hundred times as long. QuickJS has functions of
// its own for it (host/build/quickjs/engine/src/native.rs); elsewhere there are the Web's classes.

const native = globalThis.__cqjs ?? ofTheWeb();

let lastText = '';
let lastBytes = new Uint8Array(0);

/** The bytes of a text in UTF-8. Handlers write the same text again and again: one short one is kept. */
export function encode(text) {
  if (text === lastText) return lastBytes;
  const bytes = native.encode(text);
  if (text.length < 1024) {
    lastText = text;
    lastBytes = bytes;
  }
  return bytes;
}

/** The same, for who may write to what he gets. */
export function encodeAnew(text) {
  return native.encode(text);
}

/** The text whose characters are the bytes: ISO-8859-1. */
export const toLatin1 = (bytes) => native.decodeLatin1(bytes);

/** The text in valid UTF-8, or undefined. */
export const decodeValid = (bytes) => native.decode(bytes);

/** The text in UTF-8, where U+FFFD stands for what is none. */
export const decodeAny = (bytes) => native.decode(bytes, true);

function ofTheWeb() {
  const encoder = new globalThis.TextEncoder();
  const strict = new globalThis.TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const lenient = new globalThis.TextDecoder('utf-8', { ignoreBOM: true });
  return {
    encode: (text) => encoder.encode(text),
    decode(bytes, replaces) {
      if (replaces) return lenient.decode(bytes);
      try {
        return strict.decode(bytes);
      } catch {
        return undefined;
      }
    },
    decodeLatin1(bytes) {
      let text = '';
      for (let at = 0; at < bytes.length; at += 8192) {
        text += String.fromCharCode.apply(null, bytes.subarray(at, at + 8192));
      }
      return text;
    },
  };
}
