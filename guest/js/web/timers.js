// Timers, by the host's monotonic clock. They run while something is awaited: what a handler does not await has to
// wait for a later request of its connection. Meanwhile others' requests are served.

import { now, subscribeDuration } from 'wasi:clocks/monotonic-clock@0.2.0';

import { settle } from '../lib/gathered.js';
import { state } from '../lib/state.js';
import { define } from './define.js';

const MOST = 2147483647;
const timers = new Map();
const immediates = [];
let last = 0;

export class Timeout {
  constructor(callback, delay, args, repeats) {
    if (typeof callback !== 'function') throw new TypeError(`a timer needs a function, not ${typeof callback}`);
    const number = Number(delay);
    this.id = ++last;
    this.delay = number >= 1 && number <= MOST ? Math.trunc(number) : 1;
    this.callback = callback;
    this.args = args;
    this.repeats = repeats;
    this.isReferred = true;
    // The clock is not there while the component is made, and nobody waits for what is started then.
    this.isAwaited = state.serving;
    this.due = state.serving ? milliseconds() + this.delay : 0;
    timers.set(this.id, this);
  }

  ref() {
    this.isReferred = this.isAwaited = true;
    return this;
  }

  /** One that comes once may be all that is awaited: AbortSignal.timeout has such a timer. */
  unref() {
    this.isReferred = false;
    this.isAwaited = this.isAwaited && !this.repeats;
    return this;
  }

  hasRef() {
    return this.isReferred;
  }

  refresh() {
    this.due = milliseconds() + this.delay;
    if (timers.has(this.id) || this.repeats) timers.set(this.id, this);
    return this;
  }

  close() {
    timers.delete(this.id);
    return this;
  }

  [Symbol.toPrimitive]() {
    return this.id;
  }

  [Symbol.dispose]() {
    timers.delete(this.id);
  }
}

function milliseconds() {
  return Number(now()) / 1e6;
}

function clear(timer) {
  if (timer instanceof Timeout) timers.delete(timer.id);
  else if (timer !== undefined && timer !== null) timers.delete(Number(timer));
}

/** Runs the next timer or immediate, and waits for it if need be. False if there is none that is awaited. */
function runNext() {
  const immediate = immediates.shift();
  if (immediate) {
    immediate.callback(...immediate.args);
    return true;
  }
  let next;
  let isAwaited = false;
  for (const timer of timers.values()) {
    if (timer.due === 0) timer.due = milliseconds() + timer.delay;
    isAwaited ||= timer.isAwaited;
    if (!next || timer.due < next.due) next = timer;
  }
  // What the network is waited for with, if the component has it: it may be first.
  const nanoseconds = next && Math.max(0, Math.ceil((next.due - milliseconds()) * 1e6));
  if (state.wait?.(nanoseconds)) {
    if (!next || next.due > milliseconds()) return true;
  } else if (!isAwaited) return false;
  const left = next.due - milliseconds();
  if (left > 0) {
    settle();
    const clock = subscribeDuration(Math.ceil(left * 1e6));
    clock.block();
    clock[Symbol.dispose]();
  }
  if (next.repeats) next.due = milliseconds() + next.delay;
  else timers.delete(next.id);
  next.callback(...next.args);
  return true;
}
state.runNext = runNext;

/** Runs the immediates that there are when a request is answered: they wait for nothing. Those that they add come later. */
state.runSoon = () => {
  for (let left = immediates.length; left > 0 && immediates.length > 0; left--) {
    const { callback, args } = immediates.shift();
    callback(...args);
  }
};

const set = (callback, delay, ...args) => new Timeout(callback, delay, args, false);
const repeat = (callback, delay, ...args) => new Timeout(callback, delay, args, true);

function soon(callback, ...args) {
  if (typeof callback !== 'function') throw new TypeError(`setImmediate needs a function, not ${typeof callback}`);
  const immediate = { callback, args, ref: () => immediate, unref: () => immediate, hasRef: () => true };
  immediates.push(immediate);
  return immediate;
}

function clearSoon(immediate) {
  const at = immediates.indexOf(immediate);
  if (at >= 0) immediates.splice(at, 1);
}

define({
  setTimeout: set,
  setInterval: repeat,
  setImmediate: soon,
  clearTimeout: clear,
  clearInterval: clear,
  clearImmediate: clearSoon,
});
