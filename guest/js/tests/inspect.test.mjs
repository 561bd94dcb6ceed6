// What console shows, against Node's util.inspect.

import assert from 'node:assert/strict';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { inspect as nodes } from 'node:util';

import { inspect } from '../lib/inspect.js';
import { table } from '../lib/table.js';

class Shop {
  items = 1;

  get size() {
    return this.items;
  }
}

const circular = { a: 1 };
circular.self = circular;
circular.inner = { back: circular };

const VALUES = [
  1, -0, 5n, NaN, true, null, undefined, 'a', "it's", 'both \' and "', 'a\nb', Symbol('x'),
  [], {}, [1, 2, 3], [undefined, null], [1, , 3], new Array(5), [[[[1]]]], [1.5, 2.25, -3], // eslint-disable-line no-sparse-arrays
  { a: 1, b: 'x' }, { a: { b: { c: { d: 1 } } } }, { 'a-b': 1, [Symbol('s')]: 2 }, { a: 1n, b: -0, c: NaN }, circular,
  Object.create(null), Object.assign(Object.create(null), { a: 1 }), new Shop(), Shop, class extends Shop {},
  function f() {}, () => {}, async () => {}, { f() {}, get x() { return 1; }, set x(_) {} },
  new Date(0), new Date(NaN), /x/g, new Number(3), new String('abc'), new WeakMap(), new ArrayBuffer(4), new Uint8Array(3),
  new DataView(new ArrayBuffer(2)), [new DataView(new ArrayBuffer(4), 1, 2)],
  new Map([[1, { a: 2 }], ['k', [1, 2]]]), new Set([1, 'a']), [new Map(), new Set()],
  new URL('http://a.b/c?d=e#f'), new URLSearchParams('a=1&b=2'),
  Array.from({ length: 120 }, (_, at) => at), Array.from({ length: 27 }, (_, at) => `item${at}`),
  Array.from({ length: 10 }, (_, id) => ({ id })), { long: 'x'.repeat(60), other: 'y'.repeat(30) },
  ['a\nb', 'long text with a newline\nin it here'], { a: [1, 2, { b: [3, 4, { c: 5 }] }] },
  { name: 'Ada', nested: { when: new Date(0), list: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] } },
];

test('values are shown as in Node', () => {
  for (const value of VALUES) assert.equal(inspect(value), nodes(value));
});

test('what is hidden is shown as in Node where it is asked for, as %o does', () => {
  const more = [
    { a: { b: { c: {} } } }, { a: { b: { c: { d: { e: [] } } } } }, [[[[]]]], new Map([[{}, []]]), (function () { return arguments; })(1, 'a'), Shop.prototype,
    Object.defineProperty({ [Symbol('s')]: 1 }, 'h', { value: 2 }), new Uint8Array(0), new (class extends Map {})(), { list: [{}, { a: [] }] },
  ];
  const plain = VALUES.filter((value) => [Array, Map, Set, Object, Date, Uint8Array].includes(value?.constructor) || value === Shop);
  for (const value of [...plain, ...more]) {
    if (value instanceof URL || value instanceof URLSearchParams) continue;
    assert.equal(inspect(value), nodes(value));
    const options = { showHidden: true, depth: 4 };
    assert.equal(inspect(value, options), nodes(value, options));
  }
});

test('tables are shown as in Node', () => {
  let said = '';
  const nodes = new Console(new Writable({ write(piece, _, done) { said += piece; done(); } }));
  for (const [value, columns] of [
    [[{ a: 1, b: 2 }, { a: 3, c: 4 }]], [['x', 1, null]], [[{ a: 1 }, 5]], [{ one: { a: 'x' }, two: 2 }], [[]],
    [new Map([['k', 1], [{}, 'v']])], [new Set([1, 'two'])], [[{ a: 1, b: 2 }], ['b']], [[{ a: { b: 1 } }, { a: [1, 2, 3] }]],
    [[{ a: { b: 1, c: 2, d: 3 } }]],
  ]) {
    said = '';
    nodes.table(value, columns);
    assert.equal(`${table(value, columns)}\n`, said);
  }
});
