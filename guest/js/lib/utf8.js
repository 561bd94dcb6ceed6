// Between strings and bytes by what the engine has built in: a loop in JavaScript takes fifty times as long.

const LATIN1_PIECE = 8192;
let lastText = '';
let lastBytes = new Uint8Array(0);

/** The bytes of a text in UTF-8. Handlers write the same text again and again: one short one is kept. */
export function encode(text) {
  if (text === lastText) return lastBytes;
  const bytes = fromLatin1(unescape(encodeURIComponent(text.isWellFormed() ? text : text.toWellFormed())));
  if (text.length < 1024) {
    lastText = text;
    lastBytes = bytes;
  }
  return bytes;
}

/** The text whose characters are the bytes: ISO-8859-1. */
export function toLatin1(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += LATIN1_PIECE) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + LATIN1_PIECE));
  }
  return text;
}

/** The text in valid UTF-8, or undefined. */
export function decodeValid(bytes) {
  try {
    return decodeURIComponent(escape(toLatin1(bytes)));
  } catch {
    return undefined;
  }
}

function fromLatin1(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(btoa(text));
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
