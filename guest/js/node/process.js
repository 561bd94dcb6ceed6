// Node's process, as far as a handler has one.

import { environ } from '../environ.js';
import { state } from '../lib/state.js';

const started = () => performance.timeOrigin;
const listeners = new Map();

function hrtime(before) {
  const now = performance.now();
  let [seconds, nanos] = [Math.floor(now / 1000), Math.floor((now % 1000) * 1e6)];
  if (before) {
    seconds -= before[0];
    nanos -= before[1];
    if (nanos < 0) [seconds, nanos] = [seconds - 1, nanos + 1e9];
  }
  return [seconds, nanos];
}
hrtime.bigint = () => BigInt(Math.round(performance.now() * 1e6));

const stream = (fd, write) => ({ isTTY: false, fd, columns: 80, write: (text) => (write(String(text).replace(/\n$/, '')), true), on() {}, once() {}, emit() {}, end() {} });
const self = () => process;

/** `--env` grants variables; one that the program sets itself is its own. */
const own = Object.create(null);
const env = new Proxy(own, {
  get: (_, name) => (name in own ? own[name] : name === 'NODE_ENV' ? 'production' : environ[name]),
  has: (_, name) => name in own || name in environ,
  ownKeys: () => [...new Set([...Object.keys(own), ...Object.keys(environ)])],
  getOwnPropertyDescriptor: (_, name) =>
    name in own || name in environ
      ? { value: name in own ? own[name] : environ[name], enumerable: true, configurable: true, writable: true }
      : undefined,
  set(_, name, value) {
    own[name] = String(value);
    return true;
  },
});

export const process = {
  env,
  argv: state.argv,
  argv0: 'doverb',
  execArgv: [],
  execPath: '/doverb',
  title: 'doverb',
  pid: 1,
  ppid: 0,
  arch: 'wasm32',
  platform: 'linux',
  version: 'v20.0.0',
  versions: { node: '20.0.0' },
  release: { name: 'doverb' },
  config: { variables: {} },
  features: {},
  exitCode: undefined,
  stdout: stream(1, (text) => console.log(text)),
  stderr: stream(2, (text) => console.error(text)),
  stdin: { isTTY: false, fd: -1, on() {}, once() {} },
  cwd: () => '/',
  chdir: () => refuse('chdir'),
  exit,
  abort: () => refuse('abort'),
  kill: () => refuse('kill'),
  umask: () => 0o22,
  uptime: () => (Date.now() - started()) / 1000,
  hrtime,
  memoryUsage: Object.assign(() => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }), { rss: () => 0 }),
  cpuUsage: () => ({ user: 0, system: 0 }),
  nextTick(callback, ...args) {
    if (typeof callback !== 'function') throw Object.assign(new TypeError('The "callback" argument must be of type function.'), { code: 'ERR_INVALID_ARG_TYPE' });
    (state.nextTick ?? queueMicrotask)(args.length === 0 ? callback : () => callback(...args));
  },
  emitWarning: (warning) => console.warn(warning instanceof Error ? warning : `Warning: ${warning}`),
  binding: () => refuse('binding'),
  on(name, listener) {
    listeners.set(name, [...(listeners.get(name) ?? []), listener]);
    return process;
  },
  off(name, listener) {
    listeners.set(name, (listeners.get(name) ?? []).filter((it) => it !== listener));
    return process;
  },
  emit(name, ...args) {
    const called = listeners.get(name) ?? [];
    for (const listener of called) listener.apply(process, args);
    return called.length > 0;
  },
  listeners: (name) => [...(listeners.get(name) ?? [])],
  listenerCount: (name) => listeners.get(name)?.length ?? 0,
  removeAllListeners: self,
  setMaxListeners: self,
  getuid: () => 1000,
  geteuid: () => 1000,
  getgid: () => 1000,
  getegid: () => 1000,
  getgroups: () => [1000],
  getBuiltinModule: () => undefined,
  resourceUsage: () => ({ userCPUTime: 0, systemCPUTime: 0, maxRSS: 0 }),
  availableMemory: () => 0,
  constrainedMemory: () => 0,
  allowedNodeEnvironmentFlags: new Set(),
  eventNames: () => [...listeners.keys()],
  getMaxListeners: () => 10,
};
process.once = process.addListener = process.prependListener = process.on;
process.removeListener = process.off;
process.env = env;

/** While the component is made nobody sees what the program has said before it ends itself. */
function exit(code = process.exitCode ?? 0) {
  if (state.serving) refuse('exit');
  const said = state.said?.length > 0 ? `, after it has said:\n  ${state.said.join('\n  ')}` : '';
  throw new Error(`the program calls process.exit(${code}) while the component is built${said}`);
}

/** Who listens for rejections that nobody handles is told of them; else they end the request. */
state.tellRejected = (reason, promise) => process.emit('unhandledRejection', reason, promise);

function refuse(name) {
  throw new Error(`process.${name} is not there: a handler is no process of its own`);
}

export const {
  abort, addListener, allowedNodeEnvironmentFlags, arch, argv, argv0, availableMemory, binding, chdir, config, constrainedMemory,
  cpuUsage, cwd, emit, emitWarning, eventNames, execArgv, execPath, exitCode, features, getBuiltinModule, getegid, geteuid,
  getgid, getgroups, getuid, kill, listenerCount, listeners: listenersOf, memoryUsage, nextTick, off, on, once, pid, platform, ppid,
  release, removeAllListeners, removeListener, resourceUsage, stderr, stdin, stdout, title, umask, uptime, version, versions,
} = process;
export { listenersOf as listeners };
export { env, exit, hrtime };
export default process;
