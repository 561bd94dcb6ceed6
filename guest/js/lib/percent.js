// Percent-encoding, by the URL standard.

import { encode } from './utf8.js';

const C0 = (code) => code < 0x20 || code > 0x7e;
const sign = (signs) => (code) => C0(code) || signs.includes(String.fromCharCode(code));

/** Which bytes are encoded where. */
export const SETS = {
  control: C0,
  fragment: sign(' "<>`'),
  query: sign(' "#<>'),
  specialQuery: sign(' "#<>\''),
  path: sign(' "#<>?^`{}'),
  userinfo: sign(' "#<>?^`{}/:;=@[\\]|'),
};

export function percentEncode(text, isEncoded) {
  let result = '';
  for (const byte of encode(text)) {
    result += isEncoded(byte) ? `%${hexadecimal(byte)}` : String.fromCharCode(byte);
  }
  return result;
}

/** For `application/x-www-form-urlencoded`. */
export function percentEncodeForm(text) {
  const isPlain = /^[A-Za-z0-9*\-._]*$/.test(text);
  if (isPlain) return text;
  return percentEncode(text, (byte) => byte !== 0x20 && !/[A-Za-z0-9*\-._]/.test(String.fromCharCode(byte))).replaceAll(' ', '+');
}

export function percentDecode(text) {
  const input = encode(text);
  const output = new Uint8Array(input.length);
  let length = 0;
  for (let at = 0; at < input.length; at++) {
    const value = input[at] === 0x25 ? hexadecimalValue(input, at + 1) : undefined;
    output[length++] = value ?? input[at];
    if (value !== undefined) at += 2;
  }
  return output.subarray(0, length);
}

/** As UTF-8, whatever is broken replaced, a byte order mark kept. */
export function decodeBytes(bytes) {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function hexadecimal(byte) {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

function hexadecimalValue(bytes, at) {
  const digits = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0);
  return /^[0-9A-Fa-f]{2}$/.test(digits) ? parseInt(digits, 16) : undefined;
}
