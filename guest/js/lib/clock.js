// performance, by the wall clock: the engine's own needs a monotonic one, which is not imported, and begins when the
// component was made.

import { state } from './state.js';

let origin;

function start() {
  if (!state.serving) return Date.now();
  return (origin ??= Date.now());
}

export const performance = {
  get timeOrigin() {
    return start();
  },
  now() {
    const from = start();
    return Math.max(0, Date.now() - from);
  },
};
