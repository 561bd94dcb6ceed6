// A handler of an object with fetch(request): what Workers, Deno and Bun serve, and what hono's `export default app` is.

import { environ } from '../environ.js';
import { BaseHTTPRequestHandler } from '../lib/handler.js';
import { takeBytes } from './body.js';
import { Request, Response } from './fetch.js';

/** Fields that say how the answer is framed, which is the server's business. */
const FRAMING = new Set(['connection', 'keep-alive', 'transfer-encoding']);

export function fetchHandler(app) {
  const serve = typeof app === 'function' && typeof app.fetch !== 'function' ? app : app?.fetch?.bind(app);
  if (typeof serve !== 'function') {
    throw new TypeError(
      'the default export is neither a class that extends BaseHTTPRequestHandler nor an object with fetch(request)',
    );
  }
  return class FetchHandler extends BaseHTTPRequestHandler {
    static protocol_version = 'HTTP/1.1';

    async do_ANY() {
      const waiting = [];
      const context = { waitUntil: (promise) => waiting.push(promise), passThroughOnException() {}, props: {} };
      const response = await serve(request(this), environ, context);
      if (typeof response?.status !== 'number' || typeof response.headers?.entries !== 'function') {
        throw new TypeError(`fetch(request) is to return a Response, not ${shown(response)}`);
      }
      await answer(this, response);
      await Promise.all(waiting);
    }
  };
}

function shown(value) {
  return value === null || typeof value !== 'object' ? String(value) : `an object of ${value.constructor?.name}`;
}

function request(handler) {
  const host = handler.headers.get('Host') ?? `${handler.server.server_name}:${handler.server.server_port}`;
  const path = handler.path.startsWith('/') ? handler.path : '/';
  const absolute = /^https?:\/\//i.test(handler.path) ? handler.path : `${handler.scheme}://${host}${path}`;
  const headers = new Headers();
  for (const [name, value] of handler.headers) headers.append(name, value);
  const hasBody = headers.has('Transfer-Encoding') || Number(headers.get('Content-Length') ?? 0) > 0;
  const { rfile } = handler;
  const source = hasBody ? { read: () => rfile.read(), open: () => incoming(rfile) } : {};
  return new Request(absolute, { method: handler.command, headers, source });
}

function incoming(rfile) {
  return new ReadableStream(
    {
      pull(controller) {
        const piece = rfile.read1();
        if (piece.length === 0) controller.close();
        else controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
}

async function answer(handler, response) {
  handler.send_response(response.status, response.statusText || undefined);
  for (const [name, value] of response.headers.entries()) if (!FRAMING.has(name)) handler.send_header(name, value);
  handler.end_headers();
  const bytes = response instanceof Response ? takeBytes(response) : undefined;
  if (bytes) {
    if (bytes.length > 0) handler.wfile.write(bytes);
    return;
  }
  if (!response.body) return;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) handler.wfile.write(part.value);
}
