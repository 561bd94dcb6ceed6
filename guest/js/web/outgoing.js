// fetch, by the Fetch standard, as far as a server has need of it: no cache, no cookies, no origin of its own.

import { takeBytes } from './body.js';
import { define } from './define.js';
import { Exchange } from './exchange.js';
import { Request, Response } from './fetch.js';
import './streams.js';

const MOST_REDIRECTS = 20;
const REDIRECTS = [301, 302, 303, 307, 308];
const NO_BODY = [101, 103, 204, 205, 304];
const latin1 = new TextDecoder('latin1');
const encoder = new TextEncoder();

/** The body of a request: its bytes if they are there, else what it is streamed from. */
function bodyOf(request) {
  const bytes = takeBytes(request);
  if (bytes !== undefined) return bytes.length > 0 || !['GET', 'HEAD'].includes(request.method) ? { bytes } : {};
  return { stream: request.body };
}

async function send(exchange, { bytes, stream }) {
  if (bytes) await exchange.write(bytes);
  if (stream) {
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const piece = typeof part.value === 'string' ? encoder.encode(part.value) : part.value;
      if (!(await exchange.write(piece))) {
        await reader.cancel();
        break;
      }
    }
  }
  exchange.endBody();
}

/** The answer to one request, and its body, which is yet to be read. */
async function call(url, method, headers, body, signal) {
  const length = body.bytes ? body.bytes.length : body.stream ? -1 : undefined;
  const exchange = new Exchange(url, method, headers, length);
  const stop = () => exchange.close(signal.reason);
  signal.addEventListener('abort', stop);
  exchange.unwatch = () => signal.removeEventListener('abort', stop);
  const sent = send(exchange, body).catch((error) => exchange.close(error));
  if (!body.stream) await sent;
  const head = await exchange.answer();
  return { exchange, ...head };
}

function headersOf(fields) {
  const headers = new Headers();
  for (const [name, value] of fields) headers.append(name, latin1.decode(value));
  return headers;
}

/** The body of an answer, for `Response`: whole, or as a stream, whichever is asked for. */
function sourceOf(exchange) {
  const next = async () => {
    const piece = await exchange.read();
    if (piece === undefined) {
      exchange.unwatch();
      exchange.close();
    }
    return piece;
  };
  return {
    async read() {
      const pieces = [];
      let size = 0;
      for (let piece = await next(); piece; piece = await next()) {
        pieces.push(piece);
        size += piece.length;
      }
      const whole = new Uint8Array(size);
      let at = 0;
      for (const piece of pieces) {
        whole.set(piece, at);
        at += piece.length;
      }
      return whole;
    },
    open: () =>
      new ReadableStream(
        {
          async pull(controller) {
            const piece = await next();
            if (piece === undefined) controller.close();
            else controller.enqueue(piece);
          },
          cancel: (reason) => exchange.close(reason),
        },
        { highWaterMark: 0 },
      ),
  };
}

export async function fetch(input, init) {
  const request = new Request(input, init);
  const { signal, redirect } = request;
  const headers = new Headers(request.headers);
  let url = new URL(request.url);
  let { method } = request;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError('fetch failed', { cause: new Error(`unknown scheme: ${url.protocol}`) });
  }
  if (signal.aborted) throw signal.reason;
  let body = bodyOf(request);
  if (!headers.has('Accept')) headers.set('Accept', '*/*');
  for (let count = 0; ; count++) {
    const { exchange, status, fields } = await call(url, method, headers, body, signal);
    const found = headersOf(fields);
    const place = REDIRECTS.includes(status) ? found.get('Location') : null;
    if (place === null || redirect === 'manual') {
      const source = NO_BODY.includes(status) ? {} : sourceOf(exchange);
      if (NO_BODY.includes(status)) exchange.close();
      const response = new Response(null, { status, headers: found, source });
      return Object.assign(response, { url: url.href.split('#')[0], redirected: count > 0, type: 'basic' });
    }
    exchange.unwatch();
    exchange.close();
    const refuse = (why) => new TypeError('fetch failed', { cause: new Error(why) });
    if (redirect === 'error') throw refuse('unexpected redirect');
    if (count === MOST_REDIRECTS) throw refuse('redirect count exceeded');
    if (body.stream && status !== 303) throw refuse('a body that is a stream cannot be sent again');
    const next = new URL(place, url);
    if (status === 303 ? method !== 'HEAD' : [301, 302].includes(status) && method === 'POST') {
      if (method !== 'GET') {
        for (const name of ['Content-Encoding', 'Content-Language', 'Content-Location', 'Content-Type']) headers.delete(name);
      }
      method = 'GET';
      body = {};
    }
    if (next.origin !== url.origin) ['Authorization', 'Cookie'].forEach((name) => headers.delete(name));
    url = next;
  }
}

define({ fetch });
