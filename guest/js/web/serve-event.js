// addEventListener('fetch', ...), as the older programs for Workers have it.

import { state } from '../lib/state.js';
import { define } from './define.js';
import { byFetch } from './serve-fetch.js';

const listeners = [];

async function answer(request, context) {
  let answered;
  const event = {
    type: 'fetch',
    request,
    waitUntil: context.waitUntil,
    passThroughOnException() {},
    respondWith(response) {
      if (answered !== undefined) throw new DOMException('respondWith was called already', 'InvalidStateError');
      answered = Promise.resolve(response);
    },
  };
  for (const listener of listeners) {
    if (typeof listener === 'function') listener.call(globalThis, event);
    else listener.handleEvent(event);
    if (answered !== undefined) return answered;
  }
  throw new TypeError('no listener of fetch has called respondWith');
}

define({
  addEventListener(type, listener) {
    if (type !== 'fetch' || listeners.includes(listener)) return;
    if (listeners.push(listener) > 1) return;
    state.programs.push({ name: 'fetch', serve: byFetch(answer, (context) => [context]) });
  },
  removeEventListener(type, listener) {
    const at = type === 'fetch' ? listeners.indexOf(listener) : -1;
    if (at >= 0) listeners.splice(at, 1);
  },
});
