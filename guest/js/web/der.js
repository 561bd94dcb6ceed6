// DER, as far as keys and certificates are written in it: read strictly, by what is there and not by what it says of itself.

import { bytesToNumberBE, concatBytes, numberToBytesBE, numberToVarBytesBE } from '../vendor/noble-curves/utils.js';

export const INTEGER = 0x02;
export const BITS = 0x03;
export const OCTETS = 0x04;
export const NULL = 0x05;
export const OID = 0x06;
export const SEQUENCE = 0x30;
/** What a part is that has the number `at` in what it is a part of. */
export const tagged = (at) => 0xa0 + at;

/** Bytes of what is read. */
const MOST = 64 * 1024;
/** Bytes of a number: of 16,384 bits, and its sign. */
const MOST_OF_INTEGER = 2049;
/** How many parts something has. */
const MOST_PARTS = 64;

function fail() {
  throw new Error('it is not written in DER');
}

function length(bytes, at) {
  const first = bytes[at];
  if (first === undefined || first === 0x80) fail();
  if (first < 0x80) return [first, at + 1];
  const count = first & 0x7f;
  if (count > 3 || at + count >= bytes.length) fail();
  let value = 0;
  for (let next = 1; next <= count; next++) value = value * 256 + bytes[at + next];
  if (value < 0x80 || value < 256 ** (count - 1)) fail();
  return [value, at + 1 + count];
}

/** The parts that bytes are made of, to their end. */
export function parts(bytes) {
  if (bytes.length > MOST) throw new Error(`it has more than ${MOST} bytes`);
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at];
    const [size, start] = length(bytes, at + 1);
    if (start + size > bytes.length || found.length === MOST_PARTS) fail();
    found.push({ tag, content: bytes.subarray(start, start + size), whole: bytes.subarray(at, start + size) });
    at = start + size;
  }
  return found;
}

/** The content of a part, which must be there and be of that kind. */
export function content(part, tag) {
  return part?.tag === tag ? part.content : fail();
}

/** The parts of the one sequence that bytes are. */
export function sequence(bytes) {
  const all = parts(bytes);
  return all.length === 1 ? parts(content(all[0], SEQUENCE)) : fail();
}

/** A whole number that is not less than nothing. */
export function integer(part) {
  const bytes = content(part, INTEGER);
  if (bytes.length === 0 || bytes.length > MOST_OF_INTEGER || bytes[0] > 0x7f) fail();
  if (bytes.length > 1 && bytes[0] === 0 && bytes[1] < 0x80) fail();
  return number(bytes);
}

/** The bytes of a string of bits that fills them. */
export function bits(part) {
  const bytes = content(part, BITS);
  return bytes[0] === 0 ? bytes.subarray(1) : fail();
}

/** The number that bytes write, the greatest first. */
export const number = bytesToNumberBE;

/** The bytes of a number, as few as there can be or so many. */
export const octets = (value, size) => (size === undefined ? numberToVarBytesBE(value) : numberToBytesBE(value, size));

/** A part of that kind, which holds all of these. */
export function written(tag, ...all) {
  const inner = concatBytes(...all);
  const size = inner.length < 0x80 ? Uint8Array.of(inner.length) : octets(BigInt(inner.length));
  const head = inner.length < 0x80 ? Uint8Array.of(tag) : Uint8Array.of(tag, 0x80 + size.length);
  return concatBytes(head, size, inner);
}

export function writtenInteger(value) {
  const bytes = octets(value);
  return written(INTEGER, bytes[0] > 0x7f ? Uint8Array.of(0) : new Uint8Array(0), bytes);
}

export const writtenBits = (bytes) => written(BITS, Uint8Array.of(0), bytes);
