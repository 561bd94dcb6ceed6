// A handler that is no class: an object with fetch(request), which is what Workers, Deno and Bun serve and what hono's `export default
// app` is, or a program that makes a server of its own and has it listen.

import { environ } from '../environ.js';
import { each, received } from '../lib/fields.js';
import { BaseHTTPRequestHandler } from '../lib/handler.js';
import { state } from '../lib/state.js';
import { takeBytes } from './body.js';
import { Request, Response } from './fetch.js';

/** Fields that say how the answer is framed, which is the server's business. */
const FRAMING = new Set(['connection', 'keep-alive', 'transfer-encoding']);
/** How many turns a program has after its top level to get to the place where its server listens. */
const TURNS = 1000;

/** Waits for the server of a program, whose `main()` may be asynchronous. */
export async function begun(app) {
  const isThere = () => state.programs.length > 0 || typeof app?.fetch === 'function';
  for (let turn = 0; turn < TURNS && !isThere(); turn++) await new Promise((resolve) => state.nextTick(resolve));
}

/** The class that serves what the program is: its default export, or what listens. */
export function fetchHandler(app) {
  // What has failed is why no server listens; it is told when all has run.
  const serve = state.rejected ? undefined : chosen(app);
  return class FetchHandler extends BaseHTTPRequestHandler {
    static protocol_version = 'HTTP/1.1';

    do_ANY() {
      return serve(this);
    }
  };
}

/** What answers the request that a handler has. */
function chosen(app) {
  if (typeof app?.fetch === 'function') return byFetch(app.fetch.bind(app));
  const { programs } = state;
  if (programs.length > 1) {
    const names = programs.map(({ name }) => name).join(' and ');
    throw new TypeError(`two servers listen, at ${names}, and a component is one: export the one to serve as the default export`);
  }
  if (programs.length === 1) return programs[0].serve;
  const ofNode = state.ofNode?.(app);
  if (ofNode) return ofNode;
  if (typeof app === 'function') return byFetch(app);
  throw new TypeError(
    'the default export is neither a class that extends BaseHTTPRequestHandler nor an object with fetch(request), and no server listens',
  );
}

/** The same function, with the program's own way to answer for what it throws, if it has one. */
export function guarded(fetch, onError) {
  return async (...given) => {
    try {
      return await fetch(...given);
    } catch (error) {
      if (!onError) throw error;
      return onError(error);
    }
  };
}

/** Serves by a function from a Request to a Response, which gets more values after the request: by default what Workers have. */
export function byFetch(fetch, more = (context) => [environ, context]) {
  return (handler) => {
    const waiting = [];
    const context = { waitUntil: (promise) => waiting.push(promise), passThroughOnException() {}, props: {} };
    const respond = (response) => {
      if (typeof response?.status !== 'number' || typeof response.headers?.entries !== 'function') {
        throw new TypeError(`fetch(request) is to return a Response, not ${shown(response)}`);
      }
      const sent = answer(handler, response);
      if (sent === undefined && waiting.length === 0) return undefined;
      return Promise.resolve(sent).then(() => Promise.all(waiting));
    };
    const response = fetch(request(handler), ...more(context, handler));
    // What is there already need not be waited for.
    return typeof response?.then === 'function' ? response.then(respond) : respond(response);
  };
}

function shown(value) {
  return value === null || typeof value !== 'object' ? String(value) : `an object of ${value.constructor?.name}`;
}

function request(handler) {
  const host = handler.headers.get('Host') ?? `${handler.server.server_name}:${handler.server.server_port}`;
  const path = handler.path.startsWith('/') ? handler.path : '/';
  const absolute = /^https?:\/\//i.test(handler.path) ? handler.path : `${handler.scheme}://${host}${path}`;
  const fields = handler.headers;
  const hasBody = fields.has('Transfer-Encoding') || Number(fields.get('Content-Length') ?? 0) > 0;
  const { rfile } = handler;
  const source = hasBody ? { read: () => rfile.read(), open: () => incoming(rfile) } : {};
  return new Request(absolute, { method: handler.command, headers: received(fields.items()), source });
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

/** Sends it. A promise, if its body has to be waited for. */
function answer(handler, response) {
  handler.send_response(response.status, response.statusText || undefined);
  const send = (name, value) => {
    if (!FRAMING.has(name)) handler.send_header(name, value);
  };
  if (response.headers instanceof Headers) each(response.headers, send);
  else for (const [name, value] of response.headers.entries()) send(name, value);
  handler.end_headers();
  const bytes = response instanceof Response ? takeBytes(response) : undefined;
  if (bytes === undefined) return response.body ? pour(response.body, handler.wfile) : undefined;
  if (bytes.length > 0) handler.wfile.write(bytes);
  return undefined;
}

async function pour(body, wfile) {
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) wfile.write(part.value);
}
