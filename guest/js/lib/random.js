// Math.random and crypto by wasi:random. The engine's own generator was seeded while the component was made, and
// would give every client the same numbers.

import { getRandomBytes } from 'wasi:random/random@0.2.0';

import { u64 } from './engine.js';
import { state } from './state.js';

const MOST_BYTES = 65536;
const words = new Uint32Array(4);
let isSeeded = false;

/** sfc32: small, quick, and good enough for what Math.random promises. */
export function random() {
  if (!isSeeded) seed();
  const sum = (words[0] + words[1] + words[3]++) >>> 0;
  words[0] = words[1] ^ (words[1] >>> 9);
  words[1] = words[2] + (words[2] << 3);
  words[2] = ((words[2] << 21) | (words[2] >>> 11)) + sum;
  return sum / 4294967296;
}

function seed() {
  words.set(new Uint32Array(randomBytes(16).buffer));
  // What is seeded while the component is made would be in it.
  isSeeded = state.serving;
}

function randomBytes(count) {
  // A copy of its own, which is aligned.
  return new Uint8Array(getRandomBytes(u64(count)));
}

export const crypto = {
  getRandomValues(array) {
    if (!ArrayBuffer.isView(array) || /^(Float|DataView)/.test(array[Symbol.toStringTag] ?? 'DataView')) {
      throw new DOMException('an array of integers is needed', 'TypeMismatchError');
    }
    const view = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    if (view.length > MOST_BYTES) {
      throw new DOMException(`At most ${MOST_BYTES} bytes are given at once`, 'QuotaExceededError');
    }
    view.set(randomBytes(view.length));
    return array;
  },

  randomUUID() {
    const bytes = randomBytes(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  },
};
