// Promises against the engine's own: the same program must do the same things in the same order.

import assert from 'node:assert/strict';
import test from 'node:test';

import { Promise as Ours, drain, isPending } from '../lib/promise.js';
import { state } from '../lib/state.js';

state.serving = true;

const PROGRAMS = {
  order(Promise, say) {
    say('start');
    Promise.resolve(1).then(say).then(() => say('after 1'));
    new Promise((resolve) => { say('executor'); resolve(2); resolve(3); }).then(say);
    Promise.reject(new Error('no')).catch((error) => say(error.message)).finally(() => say('finally'));
    say('end');
  },
  chains(Promise, say) {
    Promise.resolve()
      .then(() => Promise.resolve('inner'))
      .then(say)
      .then(() => { throw new TypeError('thrown'); })
      .then(() => say('never'), (error) => say(error.name))
      .then(() => ({ then: (resolve) => resolve('thenable') }))
      .then(say);
  },
  all(Promise, say) {
    Promise.all([1, Promise.resolve(2), { then: (f) => f(3) }]).then((values) => say(values.join()));
    Promise.all([]).then((values) => say(values.length));
    Promise.all([Promise.reject('bad'), 1]).catch(say);
    Promise.allSettled([1, Promise.reject('x')]).then((all) => say(JSON.stringify(all)));
    Promise.any([Promise.reject(1), Promise.resolve('any')]).then(say);
    Promise.any([Promise.reject(1)]).catch((error) => say(error.constructor.name + error.errors));
    Promise.race([new Promise(() => {}), Promise.resolve('first')]).then(say);
  },
  selves(Promise, say) {
    let resolveLater;
    const later = new Promise((resolve) => { resolveLater = resolve; });
    later.then(say);
    resolveLater(Promise.resolve('adopted'));
    const self = new Promise((resolve) => Promise.resolve().then(() => resolve(self)));
    self.catch((error) => say(error.constructor.name));
    Promise.resolve(later) === later && say('the same');
    class Special extends Promise {}
    say(Special.resolve(1).then(() => {}) instanceof Special);
    say(Object.prototype.toString.call(later));
  },
  finals(Promise, say) {
    Promise.resolve(1).finally(() => 2).then(say);
    Promise.reject(3).finally(() => {}).catch(say);
    Promise.resolve(1).finally(() => { throw 4; }).catch(say);
  },
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  test(`${name}: the same things happen in the same order`, async () => {
    const [ours, engines] = [[], []];
    program(Ours, (value) => ours.push(String(value)));
    drain();
    program(Promise, (value) => engines.push(String(value)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(ours, engines);
    assert.equal(isPending(), false);
  });
}

test('a rejection that nobody handles is thrown', () => {
  Ours.reject(new RangeError('unheard'));
  assert.throws(drain, /unheard/);
  assert.equal(isPending(), false);
});

test('what is no function is refused', () => {
  assert.throws(() => new Ours(), TypeError);
  assert.throws(() => Ours(() => {}), TypeError);
});

test('withResolvers and try', () => {
  const { promise, resolve } = Ours.withResolvers();
  const seen = [];
  promise.then((value) => seen.push(value));
  resolve(1);
  Ours.try((a) => { throw a; }, 2).catch((error) => seen.push(error));
  drain();
  assert.deepEqual(seen, [1, 2]);
});
