// Node's buffer.

import buffer from '../vendor/jspm-core/buffer.js';
import { decodeAny, encode as encodeText, encodeInto, encodeLatin1, toLatin1 } from '../lib/utf8.js';
import { Blob, File } from '../web/blob.js';

const { Buffer } = buffer;
const kStringMaxLength = (1 << 29) - 24;
const constants = { MAX_LENGTH: buffer.kMaxLength, MAX_STRING_LENGTH: kStringMaxLength };

/** As Node names encodings, base64url among them, which the polyfill lacks. */
const plain = { toString: Buffer.prototype.toString, write: Buffer.prototype.write, from: Buffer.from, isEncoding: Buffer.isEncoding, byteLength: Buffer.byteLength };
const isUrl = (encoding) => typeof encoding === 'string' && encoding.toLowerCase() === 'base64url';
const standard = (text) => text.replaceAll('-', '+').replaceAll('_', '/');

/** By the engine, in the encodings for which it has functions: a loop in JavaScript takes a hundred times as long. */
const READERS = {
  utf8: decodeAny,
  'utf-8': decodeAny,
  latin1: toLatin1,
  binary: toLatin1,
  base64: (bytes) => bytes.toBase64(),
  base64url: (bytes) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true }),
  hex: (bytes) => bytes.toHex(),
};
/** Node takes either alphabet for both. */
const fromBase64 = (text) => Uint8Array.fromBase64(text.includes('-') || text.includes('_') ? standard(text) : text);
/** Those that are strict; what they refuse, Node reads as far as it goes, and so does the polyfill. */
const WRITERS = {
  latin1: encodeLatin1,
  binary: encodeLatin1,
  base64: fromBase64,
  base64url: fromBase64,
  hex: (text) => Uint8Array.fromHex(text),
};
const within = (at, most) => Math.min(Math.max(Math.trunc(Number(at)) || 0, 0), most);

Buffer.prototype.toString = function (encoding, start, end) {
  const name = encoding === undefined ? 'utf8' : String(encoding).toLowerCase();
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (!read) return plain.toString.call(this, encoding, start, end);
  const from = within(start, this.length);
  const to = end === undefined ? this.length : within(end, this.length);
  return to <= from ? '' : read(new Uint8Array(this.buffer, this.byteOffset + from, to - from));
};
Buffer.from = function (value, encoding, length) {
  if (typeof value === 'string') {
    const name = encoding === undefined ? 'utf8' : String(encoding).toLowerCase();
    if (name === 'utf8' || name === 'utf-8') return plain.from.call(Buffer, new TextEncoder().encode(value).buffer);
    try {
      if (Object.hasOwn(WRITERS, name)) return plain.from.call(Buffer, WRITERS[name](value).buffer);
    } catch {
      if (name === 'hex') return plain.from.call(Buffer, Uint8Array.fromHex(/^(?:[0-9a-f]{2})*/i.exec(value)[0]).buffer);
    }
    if (isUrl(encoding)) return plain.from.call(Buffer, standard(value), 'base64');
  }
  return plain.from.call(Buffer, value, encoding, length);
};
Buffer.prototype.write = function (text, ...rest) {
  if (!isUrl(rest.at(-1))) return plain.write.call(this, text, ...rest);
  return plain.write.call(this, standard(text), ...rest.slice(0, -1), 'base64');
};
Buffer.isEncoding = (encoding) => isUrl(encoding) || plain.isEncoding.call(Buffer, encoding);
Buffer.byteLength = (value, encoding) => {
  if (typeof value === 'string' && /^utf-?8$/i.test(encoding ?? 'utf8')) return encodeText(value).length;
  return plain.byteLength.call(Buffer, typeof value === 'string' && isUrl(encoding) ? standard(value) : value, isUrl(encoding) ? 'base64' : encoding);
};

/** Node looks for plain arrays of bytes, too, in plain arrays, and finds nothing anywhere. */
for (const name of ['indexOf', 'lastIndexOf']) {
  const search = Buffer.prototype[name];
  Buffer.prototype[name] = function (wanted, ...rest) {
    const isPlain = wanted instanceof Uint8Array && !Buffer.isBuffer(wanted);
    const value = isPlain ? Buffer.from(wanted.buffer, wanted.byteOffset, wanted.length) : wanted;
    if (value?.length !== 0) return search.call(this, value, ...rest);
    const start = typeof rest[0] === 'number' ? Math.trunc(rest[0]) : name === 'indexOf' ? 0 : this.length;
    return within(start < 0 ? start + this.length : start, this.length);
  };
}
Buffer.prototype.includes = function (...values) {
  return Buffer.prototype.indexOf.apply(this, values) !== -1;
};

/** By the names of what Node is made of, which packages call. */
for (const encoding of ['ascii', 'base64', 'base64url', 'hex', 'latin1', 'ucs2', 'utf8']) {
  Buffer.prototype[`${encoding}Slice`] = function (start, end) {
    return this.toString(encoding, start, end);
  };
  Buffer.prototype[`${encoding}Write`] = function (text, offset = 0, length = this.length - offset) {
    return this.write(text, offset, length, encoding);
  };
}

const isAscii = (bytes) => new Uint8Array(bytes.buffer ?? bytes).every((byte) => byte < 128);
function isUtf8(bytes) {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const transcode = (bytes, from, to) => Buffer.from(Buffer.from(bytes).toString(from), to);
Object.assign(buffer, { Blob, File, atob, btoa, constants, isAscii, isUtf8, kStringMaxLength, transcode });
export const { INSPECT_MAX_BYTES, SlowBuffer, kMaxLength } = buffer;
const [decode, encode] = [atob, btoa];
export { Blob, Buffer, File, constants, decode as atob, encode as btoa, isAscii, isUtf8, kStringMaxLength, transcode };
export default buffer;
