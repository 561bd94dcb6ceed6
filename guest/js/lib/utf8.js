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

/** The bytes of a text in ISO-8859-1: of other characters the lower half. */
export const encodeLatin1 = (text) => native.encodeLatin1(text);

/** The text whose characters are the bytes: ISO-8859-1. */
export const toLatin1 = (bytes) => native.decodeLatin1(bytes);

/** The text in valid UTF-8, or undefined. */
export const decodeValid = (bytes) => native.decode(bytes);

/** The text in UTF-8, where U+FFFD stands for what is none. */
export const decodeAny = (bytes) => native.decode(bytes, true);

/** The same without the byte order mark that it may begin with. */
export const decodeUnmarked = (bytes) => native.decode(bytes, true, true);

/** The same of bytes in pieces. */
export const decodePieces = (pieces) => native.decodePieces(pieces, true, true);

/** In valid UTF-8 without its byte order mark, or undefined. */
export const decodeValidUnmarked = (bytes) => native.decode(bytes, false, true);

/** In UTF-16, with U+FFFD for what is none, or else undefined for all of it. */
export const decodeUtf16 = (bytes, isBig, replaces) => native.decodeUtf16(bytes, isBig, replaces);

/** In an encoding of one byte a character, by its characters from 0x80 on; behind them it is ISO-8859-1. */
export const decodeTable = (bytes, table) => native.decodeTable(bytes, table);

/** A name or a value of a form: `+` is a space, `%` and two digits a byte of UTF-8, of which U+FFFD stands for what is none. */
export const decodeForm = (text) => native.decodeForm(text);

/** Writes as many characters as fit: how many units of the text that was, and how many bytes. */
export const encodeInto = (text, target) => native.encodeInto(text, target);

function ofTheWeb() {
  const encoder = new globalThis.TextEncoder();
  const decoder = (label, fatal) => new globalThis.TextDecoder(label, { fatal, ignoreBOM: true });
  const decoded = (label, bytes, replaces) => {
    if (replaces) return decoder(label, false).decode(bytes);
    try {
      return decoder(label, true).decode(bytes);
    } catch {
      return undefined;
    }
  };
  const unmarked = (text) => (text?.startsWith('\ufeff') ? text.slice(1) : text);
  const decode = (bytes, replaces, dropsMark) => {
    const text = decoded('utf-8', bytes, replaces);
    return dropsMark ? unmarked(text) : text;
  };
  const decodeLatin1 = (bytes) => {
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192) {
      text += String.fromCharCode.apply(null, bytes.subarray(at, at + 8192));
    }
    return text;
  };
  return {
    encode: (text) => encoder.encode(text),
    encodeInto(text, target) {
      const { read, written } = encoder.encodeInto(text, target);
      return [read, written];
    },
    encodeLatin1: (text) => Uint8Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)),
    decode,
    decodePieces(pieces, replaces, dropsMark) {
      const stream = decoder('utf-8', !replaces);
      const text = pieces.map((piece) => stream.decode(piece, { stream: true })).join('') + stream.decode();
      return dropsMark ? unmarked(text) : text;
    },
    decodeLatin1,
    decodeForm: (text) => new globalThis.URLSearchParams(`=${text}`).get(''),
    decodeUtf16: (bytes, isBig, replaces) => decoded(isBig ? 'utf-16be' : 'utf-16le', bytes, replaces),
    decodeTable: (bytes, table) => decodeLatin1(bytes).replace(/[\x80-\xff]/g, (character) => table[character.charCodeAt(0) - 0x80] ?? character),
  };
}
