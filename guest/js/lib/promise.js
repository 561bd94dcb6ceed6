// Promises whose jobs can be run from JavaScript. The engine's own queue runs by itself only while a component is made, so
// `doverb build` makes generators of async functions, and these promises take the place of the engine's.

import { state } from './state.js';

const engineQueue = globalThis.queueMicrotask;
/** Runs what the engine's own promises have left to do: code that was made of a text has those. */
const runEngineJobs = globalThis.__cqjs?.runJobs ?? (() => 0);
const jobs = [];
/** What Node runs before all promises, once what runs now has ended, and how many of these have run. */
const ticks = [];
let ticked = 0;
const unheard = new Set();
let isScheduled = false;
let next = 0;

function enqueue(job) {
  jobs.push(job);
  schedule();
}

/** While the component is made the engine's own queue runs ours. */
function schedule() {
  if (state.serving || isScheduled) return;
  isScheduled = true;
  engineQueue(() => {
    isScheduled = false;
    drain();
  });
}

export function isPending() {
  return next < jobs.length || ticked < ticks.length || unheard.size > 0;
}

state.nextTick = (tick) => {
  ticks.push(tick);
  schedule();
};

/** Runs all jobs, and those that they add. A rejection that nobody has handled then is thrown. */
export function drain() {
  do {
    while (ticked < ticks.length) {
      const tick = ticks[ticked++];
      tick();
    }
    ticks.length = ticked = 0;
    while (next < jobs.length) {
      const job = jobs[next++];
      job();
    }
    jobs.length = next = 0;
  } while ((state.serving && runEngineJobs() > 0) || ticked < ticks.length);
  if (unheard.size === 0) return;
  const refused = [...unheard];
  unheard.clear();
  for (const promise of refused) {
    const { _value: reason } = promise;
    // While the component is made nobody would see it thrown: the last thing that is run then throws it.
    if (!state.serving) state.rejected ??= { reason };
    else if (!state.tellRejected?.(reason, promise)) throw reason;
  }
}

/** Forgets what a request that has failed has left to do. */
export function abandon() {
  jobs.length = next = ticks.length = ticked = 0;
  unheard.clear();
}

export function queueMicrotask(job) {
  if (typeof job !== 'function') throw new TypeError('queueMicrotask needs a function');
  enqueue(job);
}

const PENDING = 0;
const FULFILLED = 1;
const REJECTED = 2;

/** Instead of an executor: who makes the promise settles it. */
const UNTOLD = () => {};

export class Promise {
  constructor(executor) {
    if (typeof executor !== 'function') throw new TypeError('Promise resolver is not a function');
    hide(this, '_state', PENDING);
    hide(this, '_value', undefined);
    hide(this, '_reactions', []);
    if (executor === UNTOLD) return;
    const { resolve, reject } = resolvers(this);
    try {
      executor(resolve, reject);
    } catch (error) {
      reject(error);
    }
  }

  then(fulfilled, rejected) {
    const Type = this.constructor?.[Symbol.species] ?? this.constructor ?? Promise;
    const next = capability(Type);
    const reaction = { fulfilled, rejected, next };
    if (this._state === PENDING) this._reactions.push(reaction);
    else react(this, reaction);
    unheard.delete(this);
    this._heard ?? hide(this, '_heard', true);
    return next.promise;
  }

  catch(rejected) {
    return this.then(undefined, rejected);
  }

  finally(callback) {
    if (typeof callback !== 'function') return this.then(callback, callback);
    const Type = this.constructor ?? Promise;
    return this.then(
      (value) => Type.resolve(callback()).then(() => value),
      (error) =>
        Type.resolve(callback()).then(() => {
          throw error;
        }),
    );
  }

  get [Symbol.toStringTag]() {
    return 'Promise';
  }

  static get [Symbol.species]() {
    return this;
  }

  static resolve(value) {
    if (value instanceof Promise && value.constructor === this) return value;
    return new this((resolve) => resolve(value));
  }

  static reject(reason) {
    return new this((_, reject) => reject(reason));
  }

  static withResolvers() {
    const { promise, resolve, reject } = capability(this);
    return { promise, resolve, reject };
  }

  static try(callback, ...args) {
    return new this((resolve) => resolve(callback(...args)));
  }

  static all(iterable) {
    return gathered(this, iterable, (results, at, done) => [(value) => done(at, value), undefined]);
  }

  static allSettled(iterable) {
    return gathered(this, iterable, (results, at, done) => [
      (value) => done(at, { status: 'fulfilled', value }),
      (reason) => done(at, { status: 'rejected', reason }),
    ]);
  }

  static any(iterable) {
    return new this((resolve, reject) => {
      const errors = [];
      let [left, at] = [1, 0];
      const failed = () => --left || reject(new AggregateError(errors, 'All promises were rejected'));
      for (const item of iterable) {
        const place = at++;
        left++;
        this.resolve(item).then(resolve, (error) => {
          errors[place] = error;
          failed();
        });
      }
      failed();
    });
  }

  static race(iterable) {
    return new this((resolve, reject) => {
      for (const item of iterable) this.resolve(item).then(resolve, reject);
    });
  }
}

/** A promise without an executor: its maker calls `fulfil` or `refuse`, once. */
export const pending = () => new Promise(UNTOLD);
export const fulfil = (promise, value) => resolve(promise, value);
export const refuse = (promise, reason) => settle(promise, REJECTED, reason);

function hide(object, name, value) {
  Object.defineProperty(object, name, { value, writable: true, configurable: true });
}

/** A promise of any kind, with what settles it. */
function capability(Type) {
  const found = {};
  found.promise = new Type((resolve, reject) => {
    found.resolve = resolve;
    found.reject = reject;
  });
  return found;
}

function gathered(Type, iterable, handlers) {
  return new Type((resolve, reject) => {
    const results = [];
    let [left, at] = [1, 0];
    const done = (place, result) => {
      results[place] = result;
      if (--left === 0) resolve(results);
    };
    for (const item of iterable) {
      left++;
      const [fulfilled, rejected] = handlers(results, at++, done);
      Type.resolve(item).then(fulfilled, rejected ?? reject);
    }
    if (--left === 0) resolve(results);
  });
}

function resolvers(promise) {
  let isResolved = false;
  const once = (action) => (value) => {
    if (isResolved) return;
    isResolved = true;
    action(promise, value);
  };
  return { resolve: once(resolve), reject: once((that, reason) => settle(that, REJECTED, reason)) };
}

function resolve(promise, value) {
  if (value === promise) return settle(promise, REJECTED, new TypeError('A promise cannot be resolved with itself'));
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
    return settle(promise, FULFILLED, value);
  }
  let then;
  try {
    then = value.then;
  } catch (error) {
    return settle(promise, REJECTED, error);
  }
  if (typeof then !== 'function') return settle(promise, FULFILLED, value);
  enqueue(() => {
    const { resolve, reject } = resolvers(promise);
    try {
      then.call(value, resolve, reject);
    } catch (error) {
      reject(error);
    }
  });
}

function settle(promise, outcome, value) {
  promise._state = outcome;
  promise._value = value;
  if (outcome === REJECTED && !promise._heard) {
    unheard.add(promise);
    schedule();
  }
  const reactions = promise._reactions;
  promise._reactions = undefined;
  for (const reaction of reactions) react(promise, reaction);
}

function react(promise, { fulfilled, rejected, next }) {
  const handler = promise._state === FULFILLED ? fulfilled : rejected;
  enqueue(() => {
    if (typeof handler !== 'function') {
      return promise._state === FULFILLED ? next.resolve(promise._value) : next.reject(promise._value);
    }
    try {
      next.resolve(handler(promise._value));
    } catch (error) {
      next.reject(error);
    }
  });
}
