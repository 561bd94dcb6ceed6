// Node's async_hooks. A context is kept through awaits: a handler runs one request at a time, so that what
// `run` has set holds until its promise is settled.

export class AsyncLocalStorage {
  #store;

  static bind(callback) {
    return callback;
  }

  static snapshot() {
    return (callback, ...args) => callback(...args);
  }

  getStore() {
    return this.#store;
  }

  enterWith(store) {
    this.#store = store;
  }

  disable() {
    this.#store = undefined;
  }

  exit(callback, ...args) {
    return this.run(undefined, callback, ...args);
  }

  run(store, callback, ...args) {
    const before = this.#store;
    const restore = () => {
      this.#store = before;
    };
    this.#store = store;
    let result;
    try {
      result = callback(...args);
    } catch (error) {
      restore();
      throw error;
    }
    if (typeof result?.then !== 'function') {
      restore();
      return result;
    }
    result.then(restore, restore);
    return result;
  }
}

export class AsyncResource {
  constructor(type) {
    this.type = type;
  }

  static bind(callback, _, self) {
    return callback.bind(self);
  }

  runInAsyncScope(callback, self, ...args) {
    return callback.apply(self, args);
  }

  bind(callback) {
    return callback.bind(this);
  }

  emitDestroy() {
    return this;
  }

  asyncId() {
    return 1;
  }

  triggerAsyncId() {
    return 0;
  }
}

export const createHook = () => ({ enable() {}, disable() {} });
export const executionAsyncId = () => 1;
export const triggerAsyncId = () => 0;
export const executionAsyncResource = () => ({});
export default { AsyncLocalStorage, AsyncResource, createHook, executionAsyncId, executionAsyncResource, triggerAsyncId };
