// CommonJS modules, which `doverb build` has made functions of.

/** The module that the program begins with, if it is one of CommonJS. */
let main;

/** Runs a module once, and gives what it exports; in a cycle, what it exports so far. */
export function run(load, name, body, require) {
  if (load.module) return load.module.exports;
  const module = { exports: {}, id: name, filename: name, loaded: false, children: [], paths: [], require };
  load.module = module;
  if (load.isMain) main = module;
  require.main = main;
  require.cache ??= {};
  require.resolve ??= (specifier) => specifier;
  // Whoever adds to them has no files that would be loaded by them.
  require.extensions ??= Object.create(null);
  try {
    body.call(module.exports, module.exports, require, module, name, name.slice(0, name.lastIndexOf('/')) || '/');
  } catch (error) {
    load.module = undefined;
    throw error;
  }
  module.loaded = true;
  return module.exports;
}

/** What `import *` gives of a CommonJS module: its names, and a default export by Node's rule or by Babel's. */
export function namespace(exported, isNodes) {
  const made = Object.create(null, { [Symbol.toStringTag]: { value: 'Module' } });
  const getter = (name) => ({ get: () => exported[name], enumerable: true, configurable: true });
  if (exported !== null && (typeof exported === 'object' || typeof exported === 'function')) {
    for (const name of Object.keys(exported)) if (name !== 'default') Object.defineProperty(made, name, getter(name));
  }
  if (!isNodes && exported?.__esModule) return Object.defineProperty(made, 'default', getter('default'));
  return Object.defineProperty(made, 'default', { value: exported, enumerable: true, configurable: true });
}

/** One name of a CommonJS module. */
export function pick(exported, name) {
  return exported === undefined || exported === null ? undefined : exported[name];
}

/** What stands for a name of one of Node's modules that is not there. */
export function lacking(module, name) {
  return function () {
    throw Object.assign(new Error(`${module}.${name} is called, and it is not there: a handler runs without Node`), {
      code: 'ERR_METHOD_NOT_IMPLEMENTED',
    });
  };
}

/** `import()` of a CommonJS module. */
export function dynamic(load, isNodes) {
  return new Promise((resolve) => resolve(namespace(load(), isNodes)));
}

const kept = new Map();

/** Which module one is that runs only after those that import it by a call. */
export function keep(name, module) {
  kept.set(name, module);
}

/** `import()` of such a one: what else is there when the component is built. */
export function late(name, load) {
  if (kept.has(name)) return Promise.resolve(kept.get(name));
  return new Promise((resolve, reject) => load().then(resolve, reject));
}

const required = new WeakMap();

/** What `require` gives of an ES module. */
export function common(module) {
  if ('module.exports' in module) return module['module.exports'];
  let made = required.get(module);
  if (made) return made;
  made = Object.defineProperty({}, '__esModule', { value: true });
  for (const name of Object.keys(module)) {
    Object.defineProperty(made, name, { get: () => module[name], enumerable: true, configurable: true });
  }
  required.set(module, made);
  return made;
}

/** What `require` gives of one of Node's modules. */
export function builtin(module) {
  return module.default ?? common(module);
}

/** A name that is not known when the component is built. */
export function unknown(name, from) {
  throw Object.assign(
    new Error(`Cannot find module '${name}', which ${from} requires: a component has the modules whose names are written out`),
    { code: 'MODULE_NOT_FOUND' },
  );
}
