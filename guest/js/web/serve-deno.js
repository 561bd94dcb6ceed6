// Deno.serve, for a program that is written as for Deno. Of what else Deno has there is the environment.

import { environ } from '../environ.js';
import { state } from '../lib/state.js';
import { absent } from '../node/absent.js';
import { define } from './define.js';
import { byFetch, guarded } from './serve-fetch.js';

const missing = absent('Deno', 'a handler runs without Deno; of it there are serve and env');

function serve(...values) {
  const handler = values.find((value) => typeof value === 'function');
  const options = values.find((value) => typeof value === 'object' && value !== null) ?? {};
  const fetch = handler ?? options.handler;
  if (typeof fetch !== 'function') throw new TypeError('Deno.serve needs a function from a Request to a Response');
  const { hostname = '0.0.0.0', port = 8000, onError } = options;
  const info = (_, { client_address: [address, number] }) => [{ remoteAddr: { transport: 'tcp', hostname: address, port: number }, completed: Promise.resolve() }];
  const program = { name: `port ${port}`, serve: byFetch(guarded(fetch, onError), info) };
  state.programs.push(program);
  const shutdown = async () => {
    state.programs = state.programs.filter((other) => other !== program);
  };
  return { addr: { transport: 'tcp', hostname, port }, finished: new Promise(() => {}), shutdown, ref() {}, unref() {} };
}

const env = {
  get: (name) => environ[name],
  has: (name) => name in environ,
  toObject: () => ({ ...environ }),
};

define({ Deno: new Proxy({ serve, env }, { get: (own, name) => (name in own ? own[name] : missing[name]) }) });
