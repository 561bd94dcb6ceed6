// Arguments as the host takes them. The engine ends the whole handler over a value of the wrong type, so that
// whatever comes from a handler is made right, or refused, here.

import { Failure } from './failure.js';
import { u64 } from './engine.js';

/**
 * Characters of a text for the host, of three bytes at most: it ends a handler whose call has more than 4 MiB, and no call has more than two
 * texts. No head may have as many, so that only mistakes are refused.
 */
const MOST = 1 << 19;

export function text(value) {
  if (typeof value !== 'string') value = String(value);
  if (value.length > MOST) throw new Failure('too-large', MOST);
  return value.isWellFormed() ? value : value.toWellFormed();
}

/** A line for the log, which is nobody's failure: a longer one is cut, and the server shows less of it still. */
export const line = (value) => text(value.length > MOST ? value.slice(0, MOST) : value);

export function optionalText(value) {
  return value === undefined || value === null ? undefined : text(value);
}

export function status(code) {
  if (code >= 100 && code <= 999 && (code | 0) === code) return code;
  const number = typeof code === 'number' ? code : Number(code);
  if (!Number.isInteger(number) || number < 100 || number > 999) throw new Failure('invalid-status', String(code));
  return number;
}

/** A status for the log: '-' and what is no number are none. */
export function optionalStatus(code) {
  const number = Number(code);
  return code === null || !Number.isInteger(number) || number < 0 || number > 65535 ? undefined : number;
}

/** A count that fits into a u64, from a number or a BigInt; undefined for what is none. */
export function count(value) {
  if (value === undefined || value === null) return undefined;
  const number = Math.floor(Number(value));
  return number >= 0 && number <= Number.MAX_SAFE_INTEGER ? u64(number) : undefined;
}

export function bytes(data) {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError(`a string or a Uint8Array is needed, not ${data === null ? 'null' : typeof data}`);
}
