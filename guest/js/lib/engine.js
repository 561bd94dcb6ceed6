// What differs between engines: here QuickJS, where a u64 is a number. `doverb build` puts engine-web.js in this
// file's place for StarlingMonkey.

import { abandon, drain, isPending } from './promise.js';
import { state } from './state.js';

export const u64 = (value) => value;

/** The value of a promise, which must be had without waiting for anything outside. */
export function settled(promise, what) {
  let outcome;
  promise.then(
    (value) => (outcome = { value }),
    (error) => (outcome = { error, failed: true }),
  );
  drain();
  // Timers are there only in a component whose code speaks of them.
  while (!outcome && state.runNext?.()) drain();
  if (!outcome) {
    const untold = `${what} awaits a promise that nothing settles: there is nothing to wait for but timers, and rfile and wfile, which need no await`;
    throw new Error(promise.unsettled ?? untold);
  }
  if (outcome.failed) throw outcome.error;
  if (state.runSoon) {
    state.runSoon();
    drain();
  }
  return outcome.value;
}

/** Runs what promises have left to do. */
export function finishJobs() {
  if (isPending()) drain();
}

export { abandon };
