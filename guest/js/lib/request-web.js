// The head of the request: the host gives all of it in one call, with the places of its parts. For StarlingMonkey: QuickJS
// does it itself (request.js).

import { head } from 'doverb:handler/request@0.1.0';

import { toLatin1 } from './utf8.js';

/** Numbers before those of the fields, and those of a field. */
const FIXED = 11;
const A_FIELD = 4;

export const METHOD = 1;
export const PATH = 3;
export const VERSION = 5;
export const LINE = 7;

let numbers, text, start;

/** Forgets the last request. */
export function forget() {
  numbers = undefined;
}

function fetch() {
  let list = head();
  if (list.byteOffset % 4 !== 0) list = list.slice();
  // Outside of a request it is empty, and so are all parts. Behind the numbers there is the text.
  numbers = new Uint32Array(list.buffer, list.byteOffset, list.length >> 2);
  start = 4 * (FIXED + A_FIELD * (numbers[0] ?? 0));
  text = toLatin1(list.subarray(start));
}

/** A part of the head as text. */
export function part(at) {
  if (numbers === undefined) fetch();
  return numbers.length === 0 ? '' : text.slice(numbers[at] - start, numbers[at + 1] - start);
}

/** How many fields there are. */
export function count() {
  if (numbers === undefined) fetch();
  return numbers[0] ?? 0;
}

export const nameOf = (field) => part(FIXED + A_FIELD * field);
export const valueOf = (field) => part(FIXED + A_FIELD * field + 2);

/** The first field of a name from one on, or -1. */
export function find(name, from) {
  const wanted = name.toLowerCase();
  for (let field = from, end = count(); field < end; field++) {
    if (nameOf(field).toLowerCase() === wanted) return field;
  }
  return -1;
}
