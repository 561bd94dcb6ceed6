// Bun.serve, for a program that is written as for Bun. Of what else Bun has there is the environment.

import { environ } from '../environ.js';
import { state } from '../lib/state.js';
import { absent } from '../node/absent.js';
import { define } from './define.js';
import { byFetch, guarded } from './serve-fetch.js';

const missing = absent('Bun', 'a handler runs without Bun; of it there are serve and env');

/** The route of a path: an exact one comes before one with parameters, and that before one with a star. */
function routesOf(table) {
  const routes = Object.entries(table).map(([path, target]) => {
    const names = [];
    const pattern = path.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:(\w+)/g, (_, name) => (names.push(name), '([^/]+)')).replace(/\*/g, '.*');
    return { target, names, pattern: new RegExp(`^${pattern}$`), rank: path.includes('*') ? 2 : Math.min(names.length, 1) };
  });
  return routes.sort((one, other) => one.rank - other.rank);
}

function find(routes, request) {
  const { pathname } = new URL(request.url);
  for (const { target, names, pattern } of routes) {
    const match = pattern.exec(pathname);
    if (!match) continue;
    const isTable = typeof target !== 'function' && typeof target?.status !== 'number';
    const found = isTable ? target?.[request.method] : target;
    if (!found) continue;
    request.params = Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(match[at + 1])]));
    return found;
  }
  return undefined;
}

function serve(options) {
  const { hostname = 'localhost', port = 3000, error: onError } = options;
  const server = {
    port,
    hostname,
    development: false,
    pendingRequests: 0,
    url: new URL(`http://${hostname}:${port}/`),
    ref() {},
    unref() {},
    requestIP: (request) => request._from ?? null,
    upgrade: () => false,
    reload(changed) {
      use({ ...options, ...changed });
      return server;
    },
    async stop() {
      state.programs = state.programs.filter((other) => other !== program);
    },
    fetch: (request) => answer(request),
  };
  let routes, fetch;
  function use(given) {
    routes = routesOf(given.routes ?? given.static ?? {});
    ({ fetch } = given);
    if (typeof fetch !== 'function' && routes.length === 0) throw new TypeError('Bun.serve needs fetch(request), or routes');
  }
  const answer = guarded(async (request) => {
    const found = find(routes, request);
    if (typeof found === 'function') return found(request, server);
    if (found) return found.clone();
    return fetch ? fetch.call(server, request, server) : new Response('Not Found', { status: 404 });
  }, onError);
  use(options);
  const from = (_, { client_address: [address, number] }) => [{ address, port: number, family: address.includes(':') ? 'IPv6' : 'IPv4' }];
  const program = {
    name: `port ${port}`,
    serve: byFetch((request, origin) => {
      Object.defineProperty(request, '_from', { value: origin });
      return answer(request);
    }, from),
  };
  state.programs.push(program);
  return server;
}

define({ Bun: new Proxy({ serve, env: environ }, { get: (own, name) => (name in own ? own[name] : missing[name]) }) });
