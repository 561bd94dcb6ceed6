// The answer while it is gathered, so that it is one call of the host's: Python keeps its head in `_headers_buffer`. For
// StarlingMonkey: QuickJS does it itself (gathered.js).
//
// What is gathered is what the host would take without a word. All else goes to the host at once, behind what was gathered
// before it, so that each failure comes from the call that caused it. Before all that may wait it is handed over.

import { answer, answerText, begin, canGather, endHeaders, sendHeader, sendResponse } from 'doverb:handler/response@0.1.0';
import { write as put } from 'doverb:handler/wfile@0.1.0';

import { failure } from './failure.js';
import { METHOD, part } from './request.js';
import { encode } from './utf8.js';
import { bytes, optionalText, status, text } from './values.js';

/** How much is gathered; what is more goes to the host. */
const BOUND = 4096;
/** How much of a body goes with its head. */
const WITH_HEAD = 32768;
/** What the host takes in one call. */
const MOST = 4 << 20;

const AT_HOST = 0;
const UNBEGUN = 1;
const HEAD = 2;
const BODY = 3;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FRAMING = /^(?:connection|content-length|transfer-encoding|upgrade)$/i;

/** What a field's name is: one of those that frame the answer is the host's business, but for its length. */
const OTHER = 0;
const PLAIN = 1;
const LENGTH = 2;

/** Whether a text has only what is printed in ASCII, and spaces; and whether it has a byte a character in UTF-8. */
const isPlain = (text) => /^[ -~]*$/.test(text);
const isAscii = (text) => /^[\0-\x7f]*$/.test(text);

let state = AT_HOST;
let mayBeConnect = false;
let code = 200;
/** What a Content-Length leaves room for. */
let left = Infinity;
let hasLength = false;
let fields = '';
/** Texts in ASCII, and bytes. */
let pieces = [];
let size = 0;
let isText = true;
let gathers;
/** Names that were looked at. */
const names = new Map();

const isConnect = () => part(METHOD) === 'CONNECT';

/** A request begins. */
export function beginRequest(mayBeTunnel) {
  state = UNBEGUN;
  mayBeConnect = mayBeTunnel;
}

function body() {
  if (isText) return pieces.length === 1 ? pieces[0] : pieces.join('');
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    const bytes = typeof piece === 'string' ? encode(piece) : piece;
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole;
}

/** Gives the host what was gathered. */
export function handOver() {
  const last = state;
  state = AT_HOST;
  if (last < HEAD) return;
  const lines = fields;
  fields = '';
  try {
    if (last === HEAD) begin('response', code, undefined, lines);
    else if (isText) answerText('response', code, undefined, lines, body());
    else answer('response', code, undefined, encode(lines), body());
  } catch (error) {
    throw failure(error);
  }
}

/** The same before what does not fail: the host keeps the failure, and tells it at the next call that can. */
export function settle() {
  if (state < HEAD) return;
  try {
    handOver();
  } catch {}
}

function beginAnswer(number, message) {
  if (state === UNBEGUN && message === undefined && number >= 200 && !(mayBeConnect && number < 300 && isConnect())) {
    state = HEAD;
    code = number;
    left = Infinity;
    hasLength = false;
    return;
  }
  handOver();
  try {
    sendResponse(number, message);
  } catch (error) {
    throw failure(error);
  }
}

function kindOf(name) {
  let kind = names.get(name);
  if (kind !== undefined) return kind;
  kind = OTHER;
  if (TOKEN.test(name)) {
    if (!FRAMING.test(name)) kind = PLAIN;
    else if (name.toLowerCase() === 'content-length') kind = LENGTH;
  }
  if (names.size < 256) names.set(name, kind);
  return kind;
}

/** Takes up the first length, if it is written as numbers are. */
function takesLength(value) {
  const length = Number(value);
  if (hasLength || !(length >= 0 && length < 1e15) || String(length) !== value) return false;
  hasLength = true;
  left = length;
  return true;
}

function addField(name, value) {
  if (typeof name !== 'string') name = text(name);
  if (typeof value !== 'string') value = text(value);
  if (state === HEAD && isPlain(value)) {
    const kind = kindOf(name);
    if (kind === PLAIN || (kind === LENGTH && takesLength(value))) {
      fields += `${name}: ${value}\r\n`;
      if (fields.length > BOUND) handOver();
      return;
    }
  }
  name = text(name);
  value = text(value);
  handOver();
  try {
    sendHeader(name, value);
  } catch (error) {
    throw failure(error);
  }
}

function endHead() {
  if (state === HEAD) {
    state = BODY;
    pieces = [];
    size = 0;
    isText = true;
    if (!(gathers ??= canGather())) handOver();
    return;
  }
  handOver();
  try {
    endHeaders();
  } catch (error) {
    throw failure(error);
  }
}

/** Takes a text, or bytes that are the handler's own. Returns how many bytes it was. */
function addBody(data) {
  const piece = typeof data === 'string' && (data.length > WITH_HEAD || !isAscii(data)) ? encode(data) : data;
  const { length } = piece;
  if (state === BODY && length <= left && size + length <= (pieces.length === 0 ? WITH_HEAD : BOUND)) {
    left -= length;
    size += length;
    if (typeof piece === 'string') pieces.push(piece);
    else {
      isText = false;
      pieces.push(size > BOUND ? piece : piece.slice());
    }
    if (size > BOUND) handOver();
    return length;
  }
  handOver();
  const bytes = typeof piece === 'string' ? encode(piece) : piece;
  try {
    if (length <= MOST) put(bytes);
    else for (let at = 0; at < length; at += MOST) put(bytes.subarray(at, at + MOST));
  } catch (error) {
    throw failure(error);
  }
  return length;
}

export function write(data) {
  return addBody(typeof data === 'string' ? data : bytes(data));
}

/** Methods of the handler. */
export const methods = {
  send_response(code, message) {
    beginAnswer(status(code), optionalText(message));
  },

  send_header(name, value) {
    addField(name, value);
  },

  end_headers() {
    endHead();
  },
};
