import '../web/timers.js';

const later = globalThis.setTimeout;
const soon = globalThis.setImmediate;

function waiting(start, stop, value, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = start(() => resolve(value));
    signal?.addEventListener('abort', () => {
      stop(timer);
      reject(signal.reason);
    });
  });
}

const sleep = (delay, value, options) => waiting((done) => later(done, delay), clearTimeout, value, options?.signal);
const immediate = (value, options) => waiting((done) => soon(done), clearImmediate, value, options?.signal);
async function* interval(delay, value, options) {
  for (;;) yield await sleep(delay, value, options);
}
export const scheduler = { wait: (delay, options) => sleep(delay, undefined, options), yield: () => immediate() };
export { sleep as setTimeout, immediate as setImmediate, interval as setInterval };
export default { setTimeout: sleep, setImmediate: immediate, setInterval: interval, scheduler };
