// Run with `node --test`.
import assert from 'node:assert';
import { test } from 'node:test';
import { Todos } from './todos.js';

test('what is added is listed until it is removed', () => {
  const todos = new Todos();
  const { id } = todos.add('write a handler');
  assert.deepEqual(todos.all(), [{ id, text: 'write a handler' }]);
  assert.equal(todos.remove(id), true);
  assert.equal(todos.remove(id), false);
  assert.deepEqual(todos.all(), []);
});
