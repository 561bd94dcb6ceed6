// A request to another server and its answer, over wasi:http.

import { handle } from 'wasi:http/outgoing-handler@0.2.0';
import { Fields, OutgoingBody, OutgoingRequest, httpErrorCode } from 'wasi:http/types@0.2.0';

import { state } from '../lib/state.js';
import { until } from './waits.js';

const PIECE = 65536;
/** The host's own, or the connection's: the standard has them left out without a word. */
const FORBIDDEN = new Set(
  'connection host keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade http2-settings expect'.split(
    ' ',
  ),
);
const METHODS = new Set(['get', 'head', 'post', 'put', 'delete', 'options', 'trace', 'patch']);
/** As Node and its HTTP clients name them. */
const CODES = {
  'HTTP-request-denied': ['EACCES', 'this handler may not call that server'],
  'destination-IP-prohibited': ['EACCES', 'this handler may not call that server at its address'],
  'DNS-error': ['ENOTFOUND', 'the name could not be looked up'],
  'DNS-timeout': ['EAI_AGAIN', 'the name could not be looked up in time'],
  'destination-not-found': ['ENOTFOUND', 'the name has no address'],
  'connection-refused': ['ECONNREFUSED', 'connection refused'],
  'connection-timeout': ['UND_ERR_CONNECT_TIMEOUT', 'the connection took too long'],
  'connection-read-timeout': ['UND_ERR_HEADERS_TIMEOUT', 'the server took too long'],
  'HTTP-response-timeout': ['UND_ERR_BODY_TIMEOUT', 'the answer took too long'],
  'connection-terminated': ['ECONNRESET', 'the connection was closed'],
  'HTTP-response-incomplete': ['ECONNRESET', 'the connection was closed in the middle of the answer'],
  'TLS-certificate-error': ['CERT_HAS_NO_TRUST', 'the certificate is not trusted'],
  'TLS-protocol-error': ['ERR_SSL_PROTOCOL_ERROR', 'the TLS handshake has failed'],
};

function cause(error) {
  const value = error?.payload ?? error;
  const tag = typeof value === 'string' ? value : (value?.tag ?? 'internal-error');
  const [code, text] = CODES[tag] ?? [tag, tag];
  return Object.assign(new Error(text), { code });
}

const failed = (error) => new TypeError('fetch failed', { cause: cause(error) });

/** What is under way. It belongs to its request, and ends with it. */
const all = new Set();
state.endExchanges = () => all.forEach((exchange) => exchange.close());

function bytesOf(value) {
  const bytes = new Uint8Array(value.length);
  for (let at = 0; at < value.length; at++) bytes[at] = value.charCodeAt(at);
  return bytes;
}

export class Exchange {
  #held = {};
  #wait;
  #reason;
  #isClosed = false;

  /** Begins a request. `length` is that of its body, -1 where it is not known, and undefined where there is none. */
  constructor(url, method, headers, length) {
    if (!state.serving) throw new TypeError('fetch failed', { cause: new Error('nobody can be called while a component is made') });
    const entries = [];
    for (const [name, value] of headers) {
      if (!FORBIDDEN.has(name.toLowerCase()) && name.toLowerCase() !== 'content-length') entries.push([name, bytesOf(value)]);
    }
    if (length >= 0) entries.push(['content-length', bytesOf(String(length))]);
    all.add(this);
    try {
      const request = new OutgoingRequest(Fields.fromList(entries));
      const lower = method.toLowerCase();
      request.setMethod(METHODS.has(lower) && method === method.toUpperCase() ? { tag: lower } : { tag: 'other', val: method });
      request.setScheme({ tag: url.protocol === 'https:' ? 'HTTPS' : 'HTTP' });
      request.setAuthority(url.host);
      request.setPathWithQuery(url.pathname + url.search);
      if (length !== undefined) {
        this.#held.body = request.body();
        this.#held.output = this.#held.body.write();
      }
      this.#held.future = handle(request, undefined);
    } catch (error) {
      this.close();
      throw failed(error);
    }
  }

  async #until(pollable) {
    this.#wait = until(pollable);
    await this.#wait.promise;
    this.#wait = undefined;
    if (this.#isClosed) throw this.#reason ?? failed('connection-terminated');
  }

  #release(name) {
    const held = this.#held[name];
    delete this.#held[name];
    held?.[Symbol.dispose]();
  }

  /** Sends a part of the body. False when the server wants no more of it. */
  async write(bytes) {
    for (let rest = bytes; rest.length > 0 && this.#held.output; ) {
      try {
        const room = Math.min(Number(this.#held.output.checkWrite()), PIECE);
        if (room > 0) {
          this.#held.output.write(rest.subarray(0, room).slice());
          rest = rest.subarray(room);
          continue;
        }
      } catch {
        this.#release('output');
        return false;
      }
      await this.#until(this.#held.output.subscribe());
    }
    return this.#held.output !== undefined;
  }

  endBody() {
    this.#release('output');
    const { body } = this.#held;
    delete this.#held.body;
    if (!body) return;
    try {
      OutgoingBody.finish(body, undefined);
    } catch {
      // The answer, or that there is none, says why.
    }
  }

  /** The status and the fields of the answer. */
  async answer() {
    await this.#until(this.#held.future.subscribe());
    const came = this.#held.future.get();
    this.#release('future');
    const outcome = came?.tag === 'ok' ? came.val : came;
    if (outcome?.tag !== 'ok') {
      this.close();
      throw failed(outcome?.val);
    }
    const response = outcome.val;
    const fields = response.headers();
    const head = { status: response.status(), fields: fields.entries() };
    fields[Symbol.dispose]();
    this.#held.incoming = response.consume();
    response[Symbol.dispose]();
    this.#held.input = this.#held.incoming.stream();
    return head;
  }

  /** Some of the answer's body; undefined at its end. */
  async read() {
    while (this.#held.input) {
      let bytes;
      try {
        bytes = this.#held.input.read(PIECE);
      } catch (error) {
        const { tag, val } = error?.payload ?? {};
        const why = tag === 'last-operation-failed' ? (httpErrorCode(val) ?? 'connection-terminated') : undefined;
        val?.[Symbol.dispose]?.();
        this.close();
        if (why === undefined) return undefined;
        throw new TypeError('terminated', { cause: cause(why) });
      }
      if (bytes.length > 0) return bytes;
      await this.#until(this.#held.input.subscribe());
    }
    if (this.#reason) throw this.#reason;
    return undefined;
  }

  /** Gives back what it holds of the host, each before what it came from. */
  close(reason) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reason = reason;
    all.delete(this);
    this.#wait?.end();
    for (const name of ['output', 'body', 'input', 'incoming', 'future']) this.#release(name);
  }
}
