// structuredClone, Headers, the texts of console, and stacks.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { structuredClone as clone } from '../lib/clone.js';
import { Headers as Ours } from '../lib/fields.js';
import { describe, useMaps } from '../lib/trace.js';

test('what can be cloned is cloned whole, shared parts and circles as they are', () => {
  const shared = { n: 1n };
  const value = { a: [1, , 3], d: new Date(5), r: /x/gi, m: new Map([[shared, new Set([1])]]), shared, u: undefined, b: new Uint16Array([1, 2]) };
  value.self = value;
  const copy = clone(value);
  assert.deepEqual(copy, structuredClone(value));
  assert.equal(copy.self, copy);
  assert.equal([...copy.m.keys()][0], copy.shared);
  assert.notEqual(copy.b.buffer, value.b.buffer);
  const error = clone(new RangeError('x', { cause: { y: 1 } }));
  assert.ok(error instanceof RangeError && error.message === 'x' && error.cause.y === 1);
  for (const odd of [() => {}, Symbol('s'), { f() {} }, new WeakMap()]) {
    assert.throws(() => clone(odd), { name: 'DataCloneError' });
  }
});

test('Headers are those of the standard', () => {
  const steps = [
    (h) => h.append('X-A', ' 1 '), (h) => h.append('x-a', '2'), (h) => h.set('Content-Type', 'text/plain'), (h) => h.append('Set-Cookie', 'a=1'),
    (h) => h.append('set-cookie', 'b=2'), (h) => h.delete('content-TYPE'), (h) => h.set('b', 'x'),
  ];
  const [ours, node] = [new Ours({ Zed: 'z' }), new Headers({ Zed: 'z' })];
  for (const step of steps) {
    step(ours);
    step(node);
    assert.deepEqual([...ours], [...node], String(step));
    assert.equal(ours.get('X-a'), node.get('X-a'));
    assert.equal(ours.has('zed'), node.has('zed'));
  }
  assert.deepEqual(ours.getSetCookie(), ['a=1', 'b=2']);
  assert.deepEqual([...new Ours(ours)], [...node]);
  for (const [name, value] of [['a b', 'x'], ['', 'x'], ['a', 'x\ny'], ['a', '\u0100']]) {
    assert.throws(() => new Ours([[name, value]]), TypeError);
  }
});

test('a stack names the places in the files as they were written', () => {
  useMaps({ 'app/a.ts': 'AAAA;;AAEA,KAAK' });
  const error = new RangeError('bad');
  error.stack = '    at f (/app/a.ts:3:8)\n    at g (/app/sub/b.js:7:1)\n    at h (/sdk/lib/serve.js:1:1)\n    at i (/out/x/c.js:2:3)\n    at native\n';
  assert.deepEqual(describe(error), ['RangeError: bad', '    at f (a.ts:3:6)', '    at g (sub/b.js:7:1)', '    at i (/x/c.js:2:3)']);
  error.stack = 'f@modules/app/sub/b.js:7:1\nasync*g@modules/sdk/lib/serve.js:1:1\n';
  assert.deepEqual(describe(error), ['RangeError: bad', '    at f (sub/b.js:7:1)']);
  const cause = Object.assign(new Error('outer', { cause: 'inner' }), { stack: '' });
  assert.deepEqual(describe(cause), ['Error: outer', 'Caused by Thrown: inner']);
});

test('every member of the class is declared for TypeScript, and described', () => {
  const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
  const [, body] = read('lib/handler.js').split('export class BaseHTTPRequestHandler {');
  const members = new Set([...body.matchAll(/^ {2}(?:get |set )?(\w+)\(/gm)].map(([, name]) => name));
  assert.ok(members.size > 35, [...members].join());
  const [types, guide] = [read('doverb.d.ts').split('class BaseHTTPRequestHandler')[1], read('README.md')];
  for (const name of members) {
    assert.match(types, new RegExp(`\\b${name}\\b`), `${name} is not in doverb.d.ts`);
    assert.match(guide, new RegExp(`\\b${name}\\b`), `${name} is not in README.md`);
  }
});
