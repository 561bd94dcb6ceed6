// What stands for a module of Node's that is not there: it can be imported, and tells whoever calls anything of it.

/** Names that those ask for who want to know what a value is. */
const QUIET = new Set(['then', 'toJSON', '__esModule', 'default', 'constructor', 'caller', 'arguments', 'callee']);

/** What an object is made of that packages may make and never use. Who asks for what only Node's own has is told. */
const hollow = (fail) =>
  new Proxy(Object.prototype, {
    get: (target, name, object) => (typeof name === 'string' && /^_[a-z]/.test(name) ? fail() : Reflect.get(target, name, object)),
  });

/** Node's file descriptors of the standard streams: what is written to them is a line of the log. */
const STREAMS = { 1: (text) => console.log(text), 2: (text) => console.error(text) };

/** What loggers write by, without a word of `process`. */
function streams(fail) {
  const writeSync = (descriptor, data) => {
    if (!Object.hasOwn(STREAMS, descriptor)) fail('fs.writeSync');
    const isText = typeof data === 'string';
    STREAMS[descriptor]((isText ? data : new TextDecoder().decode(data)).replace(/\n$/, ''));
    return isText ? new TextEncoder().encode(data).length : data.byteLength;
  };
  const write = (descriptor, data, ...rest) => {
    const size = writeSync(descriptor, data);
    queueMicrotask(() => rest.at(-1)?.(null, size, data));
  };
  const fsync = (descriptor, done) => queueMicrotask(() => done(null));
  return { write, writeSync, fsync, fsyncSync: () => {} };
}

/** What servers ask of names before they listen: there are none, which they take as it is. */
function lookup(name, ...rest) {
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}: a handler looks up no names`), { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: name });
  queueMicrotask(() => rest.at(-1)(error));
}

/** `files` reads what there is, where the module is one that reads files. */
export function absent(module, advice, files) {
  const found = new Map();

  function member(path, details) {
    const fail = () => {
      throw Object.assign(new Error(`${path} is called, and Node's module "${module}" is not there: ${advice}`), {
        code: 'ERR_METHOD_NOT_IMPLEMENTED', ...details,
      });
    };
    const stub = function () {
      return fail();
    };
    const made = new Proxy(stub, {
      get(target, name) {
        if (typeof name === 'symbol' || QUIET.has(name) || name in target) return target[name];
        return inner(path, name);
      },
      construct: (_, args, derived) => (derived === made ? Object.create(hollow(fail)) : Reflect.construct(Object, [], derived)),
    });
    return made;
  }

  /** What there is of it all the same. */
  function known() {
    const fail = (path, details) => member(path, details)();
    if (module === 'dns') return { lookup };
    if (!files) return {};
    // Who asks for a file takes it that there may be none.
    const all = files.reading((called, path) => fail(`fs.${called}`, { code: 'ENOENT', errno: -2, syscall: called, path }));
    if (module === 'fs/promises') return all.promises;
    const names = Object.fromEntries(files.NAMES.map((name) => [name, inner('fs', name)]));
    return { ...names, ...all, ...streams(fail), promises: others(all.promises, 'fs.promises') };
  }

  /** Some members, and words for who calls others. */
  function others(own, path) {
    return new Proxy(own, { get: (_, name) => (name in own || typeof name === 'symbol' || QUIET.has(name) ? own[name] : inner(path, name)) });
  }

  function inner(path, name) {
    const whole = `${path}.${name}`;
    if (!found.has(whole)) found.set(whole, member(whole));
    return found.get(whole);
  }

  return others(known(), module);
}
