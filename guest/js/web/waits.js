// Waiting for what is neither a client nor a clock: promises that the host's pollables settle. They are waited for, with
// the timers, while something is awaited.

import { subscribeDuration } from 'wasi:clocks/monotonic-clock@0.2.0';
import { poll } from 'wasi:io/poll@0.2.0';

import { settle } from '../lib/gathered.js';
import { state } from '../lib/state.js';
import './timers.js';

const waits = new Set();

/** A promise for the time when a pollable is ready, which is given back then, and a way to give up. */
export function until(pollable) {
  const wait = { pollable };
  wait.promise = new Promise((resolve) => {
    wait.done = resolve;
  });
  wait.end = () => {
    if (waits.delete(wait)) pollable[Symbol.dispose]();
    wait.done();
  };
  waits.add(wait);
  return wait;
}

/** Waits until one is ready, or for so many nanoseconds. False if there is none. */
state.wait = (nanoseconds) => {
  if (waits.size === 0) return false;
  const all = [...waits];
  const pollables = all.map(({ pollable }) => pollable);
  const clock = nanoseconds === undefined ? undefined : subscribeDuration(nanoseconds);
  if (clock) pollables.push(clock);
  settle();
  const ready = poll(pollables);
  clock?.[Symbol.dispose]();
  for (const at of ready) all[at]?.end();
  return true;
};
