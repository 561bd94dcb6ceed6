// Atomics, which the engine leaves out where there are no threads: every step is one by itself.

import { define } from './define.js';

const NUMBERS = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array];

function place(array, index) {
  if (!NUMBERS.some((kind) => array instanceof kind)) throw new TypeError('integer TypedArray expected');
  const at = Math.trunc(Number(index)) || 0;
  if (at < 0 || at >= array.length) throw new RangeError('out-of-bound access');
  return at;
}

/** A value as a number of the kind that the element is. */
const numberFor = (element, value) => (typeof element === 'bigint' ? BigInt(value) : Math.trunc(Number(value)) || 0);

/** A function that puts something else in a place, and gives what was there. */
const changing = (change) => (array, index, value) => {
  const at = place(array, index);
  const given = numberFor(array[at], value);
  const before = array[at];
  array[at] = change(before, given);
  return before;
};

const Atomics = {
  add: changing((before, value) => before + value),
  and: changing((before, value) => before & value),
  compareExchange: (array, index, expected, value) => {
    const at = place(array, index);
    const before = array[at];
    // As the array would hold it.
    const [as] = Object.getPrototypeOf(array).constructor.of(expected);
    if (before === as) array[at] = value;
    return before;
  },
  exchange: changing((_, value) => value),
  isLockFree: (size) => [1, 2, 4, 8].includes(Math.trunc(Number(size))),
  load: (array, index) => array[place(array, index)],
  // Nobody waits.
  notify: (array, index) => place(array, index) * 0,
  or: changing((before, value) => before | value),
  store: (array, index, value) => {
    const at = place(array, index);
    const given = numberFor(array[at], value);
    array[at] = given;
    return given;
  },
  sub: changing((before, value) => before - value),
  wait: () => {
    throw new TypeError('Atomics.wait cannot be called here: nobody else would end the wait');
  },
  xor: changing((before, value) => before ^ value),
};
for (const name of Object.keys(Atomics)) Object.defineProperty(Atomics, name, { enumerable: false });
Object.defineProperty(Atomics, Symbol.toStringTag, { value: 'Atomics', configurable: true });

define({ Atomics });
