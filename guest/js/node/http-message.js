// Node's IncomingMessage and ServerResponse, over the request that the handler has. They are functions and no classes, as in Node:
// packages call them on objects of their own.

import { Readable, Writable } from './stream.js';
import { STATUS_CODES, coded, validateHeaderName, validateHeaderValue } from './http-tables.js';

/** Fields of which Node keeps the first alone. */
const SINGLE = new Set([
  'age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since',
  'if-unmodified-since', 'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'referer', 'retry-after', 'server',
  'user-agent',
]);
/** Fields that say how the answer is framed, which is the server's business. */
const FRAMING = new Set(['keep-alive', 'transfer-encoding']);

function inherit(Type, Base) {
  Object.setPrototypeOf(Type.prototype, Base.prototype);
  Object.setPrototypeOf(Type, Base);
}

/** Getters and setters, which `Object.assign` would read. */
function define(Type, members) {
  Object.defineProperties(Type.prototype, Object.getOwnPropertyDescriptors(members));
}

export function IncomingMessage(socket) {
  Readable.call(this, { highWaterMark: 65536 });
  this.socket = socket;
  this.httpVersionMajor = this.httpVersionMinor = this.httpVersion = null;
  this.complete = this.aborted = false;
  this.rawHeaders = [];
  this.rawTrailers = [];
  this.url = '';
  this.method = this.statusCode = this.statusMessage = null;
  this._source = undefined;
}
inherit(IncomingMessage, Readable);

define(IncomingMessage, {
  get connection() {
    return this.socket;
  },
  set connection(socket) {
    this.socket = socket;
  },
  get headers() {
    return (this._headers ??= joined(this.rawHeaders));
  },
  set headers(headers) {
    this._headers = headers;
  },
  get headersDistinct() {
    return (this._distinct ??= distinct(this.rawHeaders));
  },
  set headersDistinct(headers) {
    this._distinct = headers;
  },
  get trailers() {
    return joined(this.rawTrailers);
  },
  get trailersDistinct() {
    return distinct(this.rawTrailers);
  },
  setTimeout() {
    return this;
  },
  _read() {
    if (this._source === undefined) {
      this.push(null);
      return;
    }
    try {
      const piece = this._source.read1();
      if (piece.length > 0) {
        this.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
        return;
      }
      this.rawTrailers = this._source.trailers().flat();
    } catch (error) {
      this.aborted = error?.kind === 'closed';
      this.destroy(this.aborted ? coded(new Error('aborted'), 'ECONNRESET') : error);
      return;
    }
    this.complete = true;
    this.push(null);
  },
});

function joined(raw) {
  const headers = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at].toLowerCase();
    const value = raw[at + 1];
    if (name === 'set-cookie') (headers[name] ??= []).push(value);
    else if (!Object.hasOwn(headers, name)) headers[name] = value;
    else if (name === 'cookie') headers[name] += `; ${value}`;
    else if (!SINGLE.has(name)) headers[name] += `, ${value}`;
  }
  return headers;
}

function distinct(raw) {
  const headers = Object.create(null);
  for (let at = 0; at < raw.length; at += 2) (headers[raw[at].toLowerCase()] ??= []).push(raw[at + 1]);
  return headers;
}

export function OutgoingMessage(options) {
  Writable.call(this, { ...options, decodeStrings: true });
  this.sendDate = true;
  this.shouldKeepAlive = true;
  this.chunkedEncoding = this.useChunkedEncodingByDefault = false;
  this.socket = null;
  this._header = null;
  this._fields = new Map();
}
inherit(OutgoingMessage, Writable);

define(OutgoingMessage, {
  get connection() {
    return this.socket;
  },
  get headersSent() {
    return this._header !== null;
  },
  get finished() {
    return this.writableEnded;
  },
  setHeader(name, value) {
    if (this._header !== null) throw sent('set');
    validateHeaderName(name);
    validateHeaderValue(name, value);
    this._fields.set(name.toLowerCase(), [name, value]);
    return this;
  },
  appendHeader(name, value) {
    const before = this.getHeader(name);
    return this.setHeader(name, before === undefined ? value : [before, value].flat());
  },
  setHeaders(headers) {
    for (const [name, value] of headers) {
      if (name === 'set-cookie') this.appendHeader(name, value);
      else this.setHeader(name, value);
    }
    return this;
  },
  getHeader(name) {
    return this._fields.get(String(name).toLowerCase())?.[1];
  },
  getHeaderNames() {
    return [...this._fields.keys()];
  },
  getRawHeaderNames() {
    return [...this._fields.values()].map(([name]) => name);
  },
  getHeaders() {
    const headers = Object.create(null);
    for (const [key, [, value]] of this._fields) headers[key] = value;
    return headers;
  },
  hasHeader(name) {
    return this._fields.has(String(name).toLowerCase());
  },
  removeHeader(name) {
    if (this._header !== null) throw sent('remove');
    this._fields.delete(String(name).toLowerCase());
  },
  setTimeout() {
    return this;
  },
  /** A client of HTTP/1.1 need not look at them, and Node leaves them out where they have no place, too. */
  addTrailers() {},
});

const sent = (what) => coded(new Error(`Cannot ${what} headers after they are sent to the client`), 'ERR_HTTP_HEADERS_SENT');

export function ServerResponse(request, options) {
  if (!(this instanceof ServerResponse)) return new ServerResponse(request, options);
  OutgoingMessage.call(this, options);
  this.req = request;
  this.statusCode = 200;
  this.statusMessage = undefined;
  this._target = undefined;
  this._hasBody = request?.method !== 'HEAD';
}
inherit(ServerResponse, OutgoingMessage);

define(ServerResponse, {
  assignSocket(socket) {
    this.socket = socket;
    socket._httpMessage = this;
    this.emit('socket', socket);
  },
  detachSocket(socket) {
    socket._httpMessage = null;
    this.socket = null;
  },
  writeContinue(callback) {
    if (callback) process.nextTick(callback);
  },
  writeProcessing() {
    this._inform(102, {});
  },
  writeEarlyHints(hints, callback) {
    this._inform(103, hints);
    if (callback) process.nextTick(callback);
  },
  _inform(code, fields) {
    if (this._header !== null || this._target === undefined) return;
    this._target.send_response_only(code);
    for (const [name, value] of Object.entries(fields)) {
      this._target.send_header(name, Array.isArray(value) ? value.join(', ') : String(value));
    }
    this._target.end_headers();
  },
  _implicitHeader() {
    this.writeHead(this.statusCode);
  },
  flushHeaders() {
    if (this._header === null) this._implicitHeader();
    this._guarded(() => this._target?.wfile.flush());
  },
  writeHead(code, message, fields) {
    if (this._header !== null) throw coded(new Error('Cannot write headers after they are sent to the client'), 'ERR_HTTP_HEADERS_SENT');
    const status = code | 0;
    if (status < 100 || status > 999) throw coded(new RangeError(`Invalid status code: ${code}`), 'ERR_HTTP_INVALID_STATUS_CODE');
    if (typeof message !== 'string') fields ??= message;
    this.statusCode = status;
    const reason = typeof message === 'string' ? message : this.statusMessage;
    this.statusMessage = reason ?? STATUS_CODES[status] ?? 'unknown';
    if (/[^\t\x20-\x7e\x80-\xff]/.test(this.statusMessage)) throw coded(new TypeError('Invalid character in statusMessage'), 'ERR_INVALID_CHAR');
    this._take(fields);
    this._hasBody &&= status !== 204 && status !== 304;
    this._header = `HTTP/1.1 ${status} ${this.statusMessage}\r\n`;
    this._guarded(() => this._sendHead(status, reason));
    return this;
  },
  writeHeader(...values) {
    return this.writeHead(...values);
  },
  /** The fields that writeHead is given: an object, a list of pairs, or a list of names and values. */
  _take(fields) {
    if (!fields) return;
    if (!Array.isArray(fields)) {
      for (const [name, value] of Object.entries(fields)) if (name) this.setHeader(name, value);
      return;
    }
    const pairs = Array.isArray(fields[0]) ? fields : fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1]]] : []));
    if (!Array.isArray(fields[0]) && fields.length % 2 !== 0) {
      throw coded(new TypeError(`The argument 'headers' is invalid. Received an array of ${fields.length}`), 'ERR_INVALID_ARG_VALUE');
    }
    for (const [name] of pairs) this.removeHeader(name);
    for (const [name, value] of pairs) this.appendHeader(name, value);
  },
  _sendHead(status, reason) {
    const target = this._target;
    if (target === undefined) return;
    target.send_response(status, reason);
    for (const [key, [name, value]] of this._fields) {
      if (FRAMING.has(key)) continue;
      for (const one of Array.isArray(value) ? value : [value]) target.send_header(name, String(one));
    }
    target.end_headers();
  },
  /** What the client no longer hears is nobody's failure: the response is closed, and who listens is told. */
  _guarded(send) {
    if (this.destroyed) return;
    try {
      send();
    } catch (error) {
      if (error?.kind !== 'closed') throw error;
      this._target = undefined;
      if (this.req && !this.req.destroyed) {
        this.req.aborted = true;
        this.req.emit('aborted');
        this.req.destroy();
      }
      this.destroy();
    }
  },
  _write(chunk, encoding, done) {
    if (this._header === null) this._implicitHeader();
    if (this._hasBody && chunk.length > 0) this._guarded(() => this._target?.wfile.write(chunk));
    done();
  },
  _final(done) {
    if (this._header === null) this._implicitHeader();
    done();
  },
  end(chunk, encoding, callback) {
    if (this._header === null && typeof chunk !== 'function' && !this.writableEnded) {
      const size = chunk === undefined || chunk === null ? 0 : Buffer.byteLength(chunk, typeof encoding === 'string' ? encoding : undefined);
      const known = this.hasHeader('content-length') || this.hasHeader('transfer-encoding');
      const hasBody = this._hasBody && this.statusCode !== 204 && this.statusCode !== 304;
      if (hasBody && !known) this.setHeader('Content-Length', size);
      this._implicitHeader();
    }
    return Writable.prototype.end.call(this, chunk, encoding, callback);
  },
});
