// The same for StarlingMonkey: a u64 is a BigInt, and the engine runs its own event loop until a promise is settled. It
// ends the whole instance, without a word, over a promise that nothing settles and over what a timer throws: so both
// are seen here first.

/** How often is looked whether there is still something to wait for, in ms. */
const LOOK = 250;
const { setTimeout, clearTimeout, setInterval, clearInterval, fetch } = globalThis;
const running = new Set();
let hasFetched = false;
let refuse;

function timer(set, isOnce) {
  return (callback, delay, ...args) => {
    const id = set(() => {
      if (isOnce) running.delete(id);
      try {
        callback(...args);
      } catch (error) {
        if (!refuse) throw error;
        refuse(error);
      }
    }, delay);
    running.add(id);
    return id;
  };
}

function ending(clear) {
  return (id) => {
    running.delete(id);
    clear(id);
  };
}

globalThis.setTimeout = timer(setTimeout, true);
globalThis.setInterval = timer(setInterval, false);
globalThis.clearTimeout = ending(clearTimeout);
globalThis.clearInterval = ending(clearInterval);
if (fetch) {
  globalThis.fetch = (...args) => {
    hasFetched = true;
    return fetch(...args);
  };
}

export const u64 = BigInt;

export function settled(promise, what) {
  return new Promise((resolve, reject) => {
    const watch = setInterval(() => {
      // What comes from other servers is not counted here, and the server has a time for it.
      if (running.size > 0 || hasFetched) return;
      end(reject)(new Error(`${what} awaits a promise that nothing settles: there is nothing to wait for but timers, fetch, and rfile and wfile, which need no await`));
    }, LOOK);
    const end = (settle) => (value) => {
      clearInterval(watch);
      refuse = undefined;
      settle(value);
    };
    refuse = end(reject);
    promise.then(end(resolve), refuse);
  });
}

export const finishJobs = () => {};
export const abandon = () => {};
