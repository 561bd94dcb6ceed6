// Event, EventTarget, AbortController and AbortSignal, by the DOM standard, as far as there is no tree of nodes.

import './timers.js';
import { define } from './define.js';

export class Event {
  #stops = false;
  #canceled = false;

  constructor(type, init = {}) {
    this.type = String(type);
    this.bubbles = Boolean(init.bubbles);
    this.cancelable = Boolean(init.cancelable);
    this.composed = Boolean(init.composed);
    this.target = this.currentTarget = null;
    this.timeStamp = performance.now();
  }

  get defaultPrevented() {
    return this.#canceled;
  }

  get isStopped() {
    return this.#stops;
  }

  preventDefault() {
    if (this.cancelable) this.#canceled = true;
  }

  stopPropagation() {}

  stopImmediatePropagation() {
    this.#stops = true;
  }
}

export class CustomEvent extends Event {
  constructor(type, init = {}) {
    super(type, init);
    this.detail = init.detail ?? null;
  }
}

export class EventTarget {
  #listeners = new Map();

  addEventListener(type, callback, options) {
    if (callback === null || callback === undefined) return;
    const { once = false, signal } = typeof options === 'object' && options !== null ? options : {};
    if (signal?.aborted) return;
    const listeners = this.#listeners.get(type) ?? [];
    if (listeners.some((listener) => listener.callback === callback)) return;
    this.#listeners.set(type, [...listeners, { callback, once }]);
    signal?.addEventListener('abort', () => this.removeEventListener(type, callback));
  }

  removeEventListener(type, callback) {
    this.#listeners.set(type, (this.#listeners.get(type) ?? []).filter((listener) => listener.callback !== callback));
  }

  dispatchEvent(event) {
    event.target = event.currentTarget = this;
    const handler = this[`on${event.type}`];
    if (typeof handler === 'function') handler.call(this, event);
    for (const { callback, once } of this.#listeners.get(event.type) ?? []) {
      if (event.isStopped) break;
      if (once) this.removeEventListener(event.type, callback);
      if (typeof callback === 'function') callback.call(this, event);
      else callback.handleEvent(event);
    }
    return !event.defaultPrevented;
  }
}

const KEY = Symbol('only AbortController makes signals');

export class AbortSignal extends EventTarget {
  #reason;
  #aborted = false;

  constructor(key) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    super();
    this.onabort = null;
  }

  get aborted() {
    return this.#aborted;
  }

  get reason() {
    return this.#reason;
  }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  static abort(reason) {
    const signal = new AbortSignal(KEY);
    AbortSignal.stop(signal, reason);
    return signal;
  }

  static timeout(delay) {
    const signal = new AbortSignal(KEY);
    const stop = () => AbortSignal.stop(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    setTimeout(stop, delay).unref();
    return signal;
  }

  static any(signals) {
    const any = new AbortSignal(KEY);
    for (const signal of signals) {
      if (signal.aborted) AbortSignal.stop(any, signal.reason);
      else signal.addEventListener('abort', () => AbortSignal.stop(any, signal.reason));
    }
    return any;
  }

  static stop(signal, reason = new DOMException('This operation was aborted', 'AbortError')) {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason;
    signal.dispatchEvent(new Event('abort'));
  }
}
const { stop } = AbortSignal;
delete AbortSignal.stop;
// What the class itself calls.
Object.defineProperty(AbortSignal, 'stop', { value: stop });

export class AbortController {
  signal = new AbortSignal(KEY);

  abort(reason) {
    stop(this.signal, reason);
  }
}

define({ AbortController, AbortSignal, CustomEvent, Event, EventTarget });
