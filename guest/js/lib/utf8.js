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
  if (bytes.toBase64 && bytes.length > LATIN1_PIECE) return atob(bytes.toBase64());
  let text = '';
  for (let at = 0; at < bytes.length; at += LATIN1_PIECE) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + LATIN1_PIECE));
  }
  return text;
}

const HIGH = 0x80808080;

/** Whether no byte is above 0x7F, by words of which many are looked at in one step. */
function isAscii(bytes) {
  const before = Math.min(bytes.length, (4 - (bytes.byteOffset % 4)) % 4);
  const count = (bytes.length - before) >> 5;
  let all = 0;
  for (let at = 0; at < before; at++) all |= bytes[at];
  if (all > 0x7f) return false;
  const words = count > 0 ? new Uint32Array(bytes.buffer, bytes.byteOffset + before, count * 8) : [];
  for (let at = 0; at < words.length; at += 8) {
    const some = words[at] | words[at + 1] | words[at + 2] | words[at + 3] | words[at + 4] | words[at + 5] | words[at + 6] | words[at + 7];
    if (some & HIGH) return false;
  }
  for (let at = before + count * 32; at < bytes.length; at++) all |= bytes[at];
  return all <= 0x7f;
}

/** The text in valid UTF-8, or undefined. */
export function decodeValid(bytes) {
  if (isAscii(bytes)) return toLatin1(bytes);
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
