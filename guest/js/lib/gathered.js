// The answer while it is gathered, by the engine (host/build/quickjs/engine/src/gathered.rs), as what handlers call for each of their
// requests costs a tenth there. What it does not gather comes back here. `doverb build` puts gathered-web.js in this file's
// place for StarlingMonkey.

import { endHeaders, sendHeader, sendResponse } from 'doverb:handler/response@0.1.0';
import { write as put } from 'doverb:handler/wfile@0.1.0';

import { failure } from './failure.js';
import { METHOD, part } from './request.js';
import { encode } from './utf8.js';
import { bytes, optionalText, status, text } from './values.js';

/** What the host takes in one call. */
const MOST = 4 << 20;

const native = globalThis.__cqjs.gathered;

/**
 * `beginRequest(mayBeConnect)`: a request begins. `handOver()` gives the host what was gathered, before all that may wait; `settle()` does so before
 * what does not fail: the host keeps the failure, and tells it at the next call that can.
 */
export const { beginRequest, handOver, settle, write } = native;

/** Methods of the handler. */
export const methods = {
  send_response: native.send_response,
  send_header: native.send_header,
  end_headers: native.end_headers,
};

const isConnect = () => part(METHOD) === 'CONNECT';

/** Does behind what was gathered what is not. */
function atHost(call, ...values) {
  handOver();
  try {
    call(...values);
  } catch (error) {
    throw failure(error);
  }
}

function otherResponse(code, message) {
  const number = status(code);
  const phrase = optionalText(message);
  const opensTunnel = number < 300 && native.mayBeConnect() && isConnect();
  if (phrase === undefined && !opensTunnel && native.begin(number)) return;
  atHost(sendResponse, number, phrase);
}

function otherHeader(name, value) {
  const [field, content] = [text(name), text(value)];
  if (!native.addField(field, content)) atHost(sendHeader, field, content);
}

function otherBody(data) {
  const piece = typeof data === 'string' ? encode(data) : bytes(data);
  const { length } = piece;
  if (native.addBody(piece)) return length;
  if (length <= MOST) atHost(put, piece);
  else for (let at = 0; at < length; at += MOST) atHost(put, piece.subarray(at, at + MOST));
  return length;
}

native.connect('doverb:handler/response@0.1.0', failure, otherResponse, otherHeader, () => atHost(endHeaders), otherBody);
