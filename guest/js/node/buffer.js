// Node's buffer.

import buffer from '../vendor/jspm-core/buffer.js';
import { Blob, File } from '../web/blob.js';

const { Buffer } = buffer;
const constants = { MAX_LENGTH: buffer.kMaxLength, MAX_STRING_LENGTH: (1 << 29) - 24 };

/** As Node names encodings, base64url among them, which the polyfill lacks. */
const plain = { toString: Buffer.prototype.toString, write: Buffer.prototype.write, from: Buffer.from, isEncoding: Buffer.isEncoding, byteLength: Buffer.byteLength };
const isUrl = (encoding) => typeof encoding === 'string' && encoding.toLowerCase() === 'base64url';
const standard = (text) => text.replaceAll('-', '+').replaceAll('_', '/');

Buffer.prototype.toString = function (encoding, start, end) {
  if (!isUrl(encoding)) return plain.toString.call(this, encoding, start, end);
  return plain.toString.call(this, 'base64', start, end).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
};
Buffer.from = function (value, encoding, length) {
  if (typeof value === 'string') {
    if (encoding === undefined || /^utf-?8$/i.test(encoding)) return plain.from.call(Buffer, new TextEncoder().encode(value).buffer);
    if (isUrl(encoding)) return plain.from.call(Buffer, standard(value), 'base64');
  }
  return plain.from.call(Buffer, value, encoding, length);
};
Buffer.prototype.write = function (text, ...rest) {
  if (!isUrl(rest.at(-1))) return plain.write.call(this, text, ...rest);
  return plain.write.call(this, standard(text), ...rest.slice(0, -1), 'base64');
};
Buffer.isEncoding = (encoding) => isUrl(encoding) || plain.isEncoding.call(Buffer, encoding);
Buffer.byteLength = (value, encoding) => plain.byteLength.call(Buffer, typeof value === 'string' && isUrl(encoding) ? standard(value) : value, isUrl(encoding) ? 'base64' : encoding);

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

Object.assign(buffer, { Blob, File, atob, btoa, constants, isAscii, isUtf8 });
export const { INSPECT_MAX_BYTES, SlowBuffer, kMaxLength } = buffer;
const [decode, encode] = [atob, btoa];
export { Blob, Buffer, File, constants, decode as atob, encode as btoa, isAscii, isUtf8 };
export default buffer;
