// Node's events: the polyfill's, and what is newer.

import EventEmitter from '../vendor/jspm-core/events.js';

const errorMonitor = Symbol('events.errorMonitor');
const captureRejectionSymbol = Symbol.for('nodejs.rejection');
const kMaxListeners = Symbol('events.maxEventTargetListeners');
const isTarget = (emitter) => typeof emitter.addEventListener === 'function' && typeof emitter.emit !== 'function';

/** Who listens for `errorMonitor` sees an error before those that handle it, and does not count as one of them. */
const emitError = EventEmitter.prototype.emit;
EventEmitter.prototype.emit = function (name, ...values) {
  if (name === 'error') {
    if (this._events?.[errorMonitor] !== undefined) emitError.call(this, errorMonitor, ...values);
    return emitError.call(this, name, ...values);
  }
  const listeners = this._events?.[name];
  if (listeners === undefined) return false;
  if (typeof listeners === 'function') Reflect.apply(listeners, this, values);
  // Those that are there now, whatever they add and take away.
  else for (const listener of [...listeners]) Reflect.apply(listener, this, values);
  return true;
};

function getEventListeners(emitter, name) {
  return isTarget(emitter) ? [] : emitter.listeners(name);
}
function getMaxListeners(emitter) {
  return isTarget(emitter) ? (emitter[kMaxListeners] ?? EventEmitter.defaultMaxListeners) : emitter.getMaxListeners();
}
function setMaxListeners(most = EventEmitter.defaultMaxListeners, ...emitters) {
  if (emitters.length === 0) EventEmitter.defaultMaxListeners = most;
  for (const emitter of emitters) {
    if (isTarget(emitter)) emitter[kMaxListeners] = most;
    else emitter.setMaxListeners(most);
  }
}
function addAbortListener(signal, listener) {
  if (signal.aborted) queueMicrotask(() => listener());
  else signal.addEventListener('abort', listener, { once: true });
  return { [Symbol.dispose ?? Symbol.for('Symbol.dispose')]: () => signal.removeEventListener('abort', listener) };
}
/** One whose listeners run where it was made, as all do in a handler. */
class EventEmitterAsyncResource extends EventEmitter {
  emitDestroy() {}
}

const captureRejections = false;
const usingDomains = false;
Object.assign(EventEmitter, {
  EventEmitterAsyncResource, addAbortListener, captureRejectionSymbol, captureRejections, errorMonitor, getEventListeners,
  getMaxListeners, setMaxListeners, usingDomains,
});

export * from '../vendor/jspm-core/events.js';
export {
  EventEmitterAsyncResource, addAbortListener, captureRejectionSymbol, captureRejections, errorMonitor, getEventListeners,
  getMaxListeners, setMaxListeners, usingDomains,
};
export default EventEmitter;
