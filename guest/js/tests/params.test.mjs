// URLSearchParams against Node's.

import assert from 'node:assert/strict';
import test from 'node:test';

import { URLSearchParams as Ours } from '../lib/params.js';

const QUERIES = ['', '?', 'a', 'a=', '=b', 'a=b&a=c', '?x=1&&y=2', 'a+b=c%20d', 'e=%C3%A9%ff%zz%', '%3D=%26', 'ü=€&😀', 'a=b=c', '+=+', 'n=%00'];

test('queries are read and written as by the standard', () => {
  for (const query of QUERIES) {
    const [ours, node] = [new Ours(query), new URLSearchParams(query)];
    assert.deepEqual([...ours], [...node], query);
    assert.equal(String(ours), String(node), query);
    assert.equal(ours.size, node.size);
  }
});

test('they are made of pairs and of objects', () => {
  for (const init of [[['a', '1'], ['b', 2]], { a: 1, b: 'x y' }, new Map([['k', 'v']]), undefined]) {
    assert.equal(String(new Ours(init)), String(new URLSearchParams(init)));
  }
  assert.throws(() => new Ours([['a']]), TypeError);
  assert.equal(String(new Ours(new Ours('a=1'))), 'a=1');
});

test('every change is the standard one', () => {
  const steps = [
    (p) => p.append('b', '2'), (p) => p.set('a', 'new'), (p) => p.set('z', 'last'), (p) => p.append('a', 'again'),
    (p) => p.sort(), (p) => p.delete('a', 'again'), (p) => p.delete('b'), (p) => p.delete('missing'),
  ];
  const [ours, node] = [new Ours('c=3&a=1&a=2&é=4'), new URLSearchParams('c=3&a=1&a=2&é=4')];
  for (const step of steps) {
    step(ours);
    step(node);
    assert.equal(String(ours), String(node), String(step));
    for (const name of ['a', 'b', 'c', 'none']) {
      assert.deepEqual([ours.get(name), ours.getAll(name), ours.has(name)], [node.get(name), node.getAll(name), node.has(name)]);
    }
  }
  assert.deepEqual([[...ours.keys()], [...ours.values()]], [[...node.keys()], [...node.values()]]);
  const seen = [];
  ours.forEach((value, name) => seen.push([name, value]));
  assert.deepEqual(seen, [...ours]);
});
