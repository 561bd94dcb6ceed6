// What the component's exports call.

import { fail } from 'doverb:handler/connection@0.1.0';
import { logError } from 'doverb:handler/log@0.1.0';

import { abandon, finishJobs, settled } from './engine.js';
import { beginRequest, handOver, settle } from './gathered.js';
import { nextRequest } from './handler.js';
import { state } from './state.js';
import { describe, useMaps, withAdvice } from './trace.js';
import { text } from './values.js';

/** What may be written as a field of the class or of the object, and is the host's. */
const ATTRIBUTES = [
  'protocol_version',
  'server_version',
  'sys_version',
  'error_message_format',
  'error_content_type',
  'responses',
  'timeout',
];

let Handler, handler;
const shared = [];

/** The connection that calls are for, as the engine has such numbers, and the handlers of the others, where connections share an instance. */
let connection = 0;
const others = new Map();

/** Takes the handler class, when its module has run. */
export function connect(chosen, maps, sources) {
  useMaps(maps, sources);
  if (typeof chosen !== 'function') throw new TypeError(`the handler is no class, but ${typeof chosen}`);
  Handler = chosen;
  for (const name of ATTRIBUTES) {
    if (Handler[name] !== undefined && Handler[name] !== null) shared.push([name, Handler[name]]);
  }
}

/** What runs while the component is made: a module, or a function. Of what it throws the engine tells the message alone. */
export async function loaded(running) {
  try {
    return await (typeof running === 'function' ? running() : running);
  } catch (error) {
    throw classed(error);
  }
}

function classed(error) {
  if (!(error instanceof Error) || error.name === 'Error' || error.message === '') return error;
  const { stack } = error;
  return Object.defineProperties(new Error(`${error.name}: ${withAdvice(error)}`), { stack: { value: stack } });
}

/** The last thing that is run while the component is made. */
export function ready() {
  if (state.rejected) throw classed(state.rejected.reason);
  // Room for what is said while requests are served.
  state.said = undefined;
  state.serving = true;
  // What loading has left behind would be collected by each instance, which would touch all memory.
  globalThis.__cqjs?.runGc?.();
}

function begin() {
  const made = new Handler();
  for (const [name, value] of shared) made[name] = value;
  // A field of the object hides the accessor of the same name, and would be the handler's own.
  for (const name of ATTRIBUTES) {
    if (!Object.hasOwn(made, name)) continue;
    const value = made[name];
    delete made[name];
    if (value !== undefined && value !== null) made[name] = value;
  }
  handler = made;
}

/** The calls that follow are for another connection; 0 says that the last one has ended. */
export function switchConnection(id) {
  nextRequest();
  if (id !== connection) turnTo(id);
}

function turnTo(id) {
  if (Number(id) !== 0 && handler !== undefined) others.set(connection, handler);
  connection = id;
  handler = others.get(id);
  others.delete(id);
}

/** Says in the log what was thrown, but for a client that has gone: that is nobody's fault. */
function tell(error) {
  if (error?.kind === 'closed') return;
  for (const line of describe(error)) logError(text(line));
}

/**
 * Ends a request whose handler has failed. The instance goes on, with all that it knows of the connection, unless
 * its memory is exhausted: then a trap ends it.
 */
function failed(error) {
  if (isExhausted(error)) {
    logError('the memory of the instance is exhausted: --max-memory gives it more');
    throw error;
  }
  settle();
  tell(error);
  abandon();
  fail();
}

function isExhausted(error) {
  return error?.name === 'InternalError' && error.message === 'out of memory';
}

/** Calls a method. It may be the first of a request that the host refuses itself, so nothing of the last is kept. */
function run(name, args) {
  nextRequest();
  try {
    if (handler === undefined) begin();
    const result = handler[name](...args);
    if (typeof result?.then === 'function') return settled(result, name);
    finishJobs();
    return result;
  } catch (error) {
    // There is no value to go on with.
    tell(error);
    throw error;
  }
}

export function setup(id) {
  if (id !== connection) turnTo(id);
  return run('setup', []);
}

/** The export for a method: `do_GET`. */
export function method(name) {
  const mayBeConnect = name === 'do_CONNECT' || name === 'do_ANY';
  return (id) => {
    nextRequest();
    if (id !== connection) turnTo(id);
    beginRequest(mayBeConnect);
    try {
      if (handler === undefined) begin();
      const result = handler[name]();
      if (result !== undefined && typeof result?.then === 'function') return finished(settled(result, name));
      finishJobs();
      handOver();
    } catch (error) {
      failed(error);
    }
  };
}

/** StarlingMonkey's promises are settled later. */
function finished(result) {
  if (typeof result?.then === 'function') return result.then(handOver).catch(failed);
  handOver();
}

// The overrides. What the host does not give is undefined, so that a parameter's default applies.

const known = (value) => value ?? undefined;
const number = (value) => (value === undefined || value === null ? undefined : Number(value));

export const overrides = {
  finish: () => run('finish', []),
  handle_expect_100: () => Boolean(run('handle_expect_100', [])),
  send_error: (code, message, explain) => run('send_error', [code, known(message), known(explain)]),
  log_request: (code, size) => run('log_request', [known(code), number(size)]),
  log_error: (message) => run('log_error', [message]),
  log_message: (message) => run('log_message', [message]),
  version_string: () => text(run('version_string', [])),
  date_time_string: (timestamp) => text(run('date_time_string', [number(timestamp)])),
  log_date_time_string: () => text(run('log_date_time_string', [])),
  address_string: () => text(run('address_string', [])),
};
