// TextEncoder and TextDecoder: UTF-8, ISO-8859-1 and windows-1252 (which the Encoding standard takes the former for),
// ASCII, and UTF-16. web/encodings.js adds what is there only where the code speaks of TextDecoder.

import { decodeAny, decodeTable, decodeUnmarked, decodeUtf16, decodeValid, decodeValidUnmarked, encodeAnew, encodeInto } from './utf8.js';
import { bytes } from './values.js';

const LABELS = {
  'utf-8': ['utf-8', 'utf8', 'unicode-1-1-utf-8', 'unicode11utf8', 'unicode20utf8', 'x-unicode20utf8'],
  'windows-1252': ['windows-1252', 'ansi_x3.4-1968', 'ascii', 'cp1252', 'cp819', 'csisolatin1', 'ibm819', 'iso-8859-1',
    'iso-ir-100', 'iso8859-1', 'iso88591', 'iso_8859-1', 'iso_8859-1:1987', 'l1', 'latin1', 'us-ascii', 'x-cp1252'],
  'utf-16be': ['utf-16be', 'unicodefffe'],
  'utf-16le': ['utf-16le', 'utf-16', 'ucs-2', 'unicode', 'csunicode', 'iso-10646-ucs-2', 'unicodefeff'],
};
const ENCODINGS = new Map(Object.entries(LABELS).flatMap(([name, labels]) => labels.map((label) => [label, name])));
/** What windows-1252 has at 0x80 to 0x9F. */
const WINDOWS = '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

/** What stands for the bytes from 0x80 on, by encoding. */
const TABLES = new Map([['windows-1252', WINDOWS]]);

/** Adds encodings of one byte a character: name, other labels, and the characters of the last bytes or whose they are. */
export function addEncodings(list) {
  for (const [name, labels, table] of list) {
    for (const label of [name, ...labels.split(' ')]) if (label) ENCODINGS.set(label, name);
    const before = Array.from({ length: 128 - table.length }, (_, at) => String.fromCharCode(0x80 + at)).join('');
    TABLES.set(name, TABLES.get(table) ?? before + table);
  }
}

export class TextEncoder {
  get encoding() {
    return 'utf-8';
  }

  encode(text = '') {
    return encodeAnew(String(text));
  }

  encodeInto(text, target) {
    const [read, written] = encodeInto(String(text), bytes(target));
    return { read, written };
  }
}

export class TextDecoder {
  #encoding;
  #fatal;
  #keepsMark;
  #rest = new Uint8Array(0);
  #started = false;

  constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
    this.#encoding = ENCODINGS.get(String(label).trim().toLowerCase());
    if (!this.#encoding) {
      const error = new RangeError(`The "${label}" encoding is not supported; those of several bytes a character are in the package iconv-lite`);
      throw Object.assign(error, { code: 'ERR_ENCODING_NOT_SUPPORTED' });
    }
    this.#fatal = Boolean(fatal);
    this.#keepsMark = Boolean(ignoreBOM);
  }

  get encoding() {
    return this.#encoding;
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#keepsMark;
  }

  decode(data = new Uint8Array(0), { stream = false } = {}) {
    let input = bytes(data);
    const table = TABLES.get(this.#encoding);
    if (table) return this.#byTable(input, table);
    if (this.#rest.length > 0) {
      const whole = new Uint8Array(this.#rest.length + input.length);
      whole.set(this.#rest);
      whole.set(input, this.#rest.length);
      input = whole;
    }
    const cut = stream ? input.length - unfinished(input, this.#encoding) : input.length;
    this.#rest = stream ? input.slice(cut) : new Uint8Array(0);
    const dropsMark = !this.#started && !this.#keepsMark;
    const part = input.subarray(0, cut);
    const text = this.#encoding === 'utf-8' ? this.#utf8(part, dropsMark) : this.#utf16(part, dropsMark);
    if (text === undefined) {
      this.#rest = new Uint8Array(0);
      throw invalid(this.#encoding);
    }
    this.#started = stream && (this.#started || cut > 0);
    return text;
  }

  #byTable(input, table) {
    const text = decodeTable(input, table);
    if (this.#fatal && text.includes('\ufffd')) throw invalid(this.#encoding);
    return text;
  }

  #utf8(input, dropsMark) {
    if (this.#fatal) return dropsMark ? decodeValidUnmarked(input) : decodeValid(input);
    return dropsMark ? decodeUnmarked(input) : decodeAny(input);
  }

  #utf16(input, dropsMark) {
    const text = decodeUtf16(input, this.#encoding === 'utf-16be', !this.#fatal);
    return dropsMark && text?.startsWith('\ufeff') ? text.slice(1) : text;
  }
}

function invalid(encoding) {
  return Object.assign(new TypeError(`The encoded data was not valid for encoding ${encoding}`), { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });
}

/** How long the sequence is that a byte begins; 0 for one that begins none. */
function lengthOf(byte) {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/** Whether a byte can be the second of the sequence that `first` begins. */
function canFollow(first, second) {
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  return second >= low && second <= high;
}

/** How many bytes at `start` belong together: a character, or the part of one that the standard replaces at once. */
function sequence(input, start) {
  const wanted = lengthOf(input[start]);
  if (wanted === 0) return { bytes: 1, whole: false };
  let bytes = 1;
  while (bytes < wanted && start + bytes < input.length) {
    const next = input[start + bytes];
    const fits = bytes === 1 ? canFollow(input[start], next) : (next & 0xc0) === 0x80;
    if (!fits) return { bytes, whole: false };
    bytes++;
  }
  return { bytes, whole: bytes === wanted, ended: bytes < wanted };
}

/** How many bytes at the end are the beginning of a character. */
function unfinished(input, encoding) {
  if (encoding.startsWith('utf-16')) return input.length % 2;
  for (let back = 1; back <= Math.min(3, input.length); back++) {
    const at = input.length - back;
    if ((input[at] & 0xc0) === 0x80) continue;
    return sequence(input, at).ended ? back : 0;
  }
  return 0;
}
