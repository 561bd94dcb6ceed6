// Request and Response, by the Fetch standard.

import './abort.js';
import { Body, extract, share } from './body.js';
import { define } from './define.js';

const NO_BODY = [101, 103, 204, 205, 304];
/** Six methods are meant whatever their case. */
const NORMAL = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']);
const IN_ANY_CASE = /^(?:delete|get|head|options|post|put)$/i;

/**
 * A URL that is as it would be written anew: http or https, a host in lower case that is a name or four numbers, a port that is not the scheme's own,
 * a path and a query of characters that stay as they are.
 */
const WRITTEN =
  /^https?:\/\/(?:(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*|(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?=\d)|(?=[:/]))){4})(?::(?!80\/|443\/)[1-9]\d{0,3}|:[1-5]\d{4})?\/[\w\-.~!$&()*+,;=:@/%]*(?:\?[\w\-.~!$&()*+,;=:@/?%]*)?$/;
/** Segments of a path that may stand for a folder, and names that have to be decoded. */
const UNSURE = ['/.', '%2e', '%2E', 'xn--'];

/** Longer ones are read anyway. */
const LONG = 2048;

const isWritten = (input) => input.length <= LONG && WRITTEN.test(input) && !UNSURE.some((part) => input.includes(part));
const href = (input) => (typeof input === 'string' && isWritten(input) ? input : new URL(input).href);

export class Request extends Body {
  #signal;

  constructor(input, init = {}) {
    const from = input instanceof Request ? input : undefined;
    const method = String(init.method ?? from?.method ?? 'GET');
    const upper = !NORMAL.has(method) && IN_ANY_CASE.test(method) ? method.toUpperCase() : method;
    const given = init.body ?? null;
    if (given !== null && (upper === 'GET' || upper === 'HEAD')) {
      throw new TypeError('Request with GET/HEAD method cannot have body.');
    }
    const source = init.source ?? (given !== null ? extract(given) : from ? share(from) : {});
    super(source);
    this.url = from ? from.url : href(input);
    this.method = upper;
    this.headers = init.source && init.headers instanceof Headers ? init.headers : new Headers(init.headers ?? from?.headers);
    if (source.type && given !== null && !this.headers.has('Content-Type')) this.headers.set('Content-Type', source.type);
    this.#signal = init.signal ?? from?.signal;
    this.redirect = init.redirect ?? from?.redirect ?? 'follow';
    this.mode = init.mode ?? from?.mode ?? 'cors';
    this.credentials = init.credentials ?? from?.credentials ?? 'same-origin';
    this.cache = init.cache ?? from?.cache ?? 'default';
    this.referrer = init.referrer ?? from?.referrer ?? 'about:client';
    this.referrerPolicy = init.referrerPolicy ?? from?.referrerPolicy ?? '';
    this.integrity = init.integrity ?? from?.integrity ?? '';
    this.keepalive = Boolean(init.keepalive ?? from?.keepalive);
    this.destination = '';
    this.duplex = 'half';
  }

  /** Made when it is asked for. */
  get signal() {
    return (this.#signal ??= new AbortController().signal);
  }

  clone() {
    return new Request(this);
  }

  get [Symbol.toStringTag]() {
    return 'Request';
  }
}

export class Response extends Body {
  constructor(body = null, init = {}) {
    const { status = 200, statusText = '', headers } = init ?? {};
    const number = Number(status);
    if (!(Number.isInteger(number) && ((number >= 200 && number <= 599) || number === 101))) {
      throw new RangeError(`init["status"] must be in the range of 200 to 599, inclusive.`);
    }
    if (body !== null && body !== undefined && NO_BODY.includes(number)) {
      throw new TypeError(`Response constructor: Invalid response status code ${number}`);
    }
    const source = init?.source ?? extract(body);
    super(source);
    this.status = number;
    this.statusText = String(statusText);
    this.headers = new Headers(headers);
    if (source.type && !init?.source && !this.headers.has('Content-Type')) this.headers.set('Content-Type', source.type);
    this.type = 'default';
    this.url = '';
    this.redirected = false;
  }

  get ok() {
    return this.status >= 200 && this.status <= 299;
  }

  clone() {
    const { status, statusText, headers } = this;
    return new Response(null, { status, statusText, headers, source: share(this) });
  }

  static json(data, init = {}) {
    const headers = new Headers(init?.headers);
    if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
    return new Response(JSON.stringify(data), { ...init, headers });
  }

  static redirect(url, status = 302) {
    if (![301, 302, 303, 307, 308].includes(status)) throw new RangeError(`Invalid status code ${status}`);
    return new Response(null, { status, headers: { Location: new URL(url).href } });
  }

  static error() {
    const response = new Response(null);
    Object.assign(response, { status: 0, type: 'error' });
    return response;
  }

  get [Symbol.toStringTag]() {
    return 'Response';
  }
}

define({ Request, Response });
