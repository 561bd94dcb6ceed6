// An async function, from the generator that was made of it: `yield` is `await`.
//
// Its first step is taken here and not in a function of its own, as recursion ends where the stack does.

import { AsyncFunctionPrototype } from '../natives.js';
import { Promise, fulfil, pending, refuse } from '../promise.js';

export default function asyncToGenerator(generator) {
  return Object.setPrototypeOf(function (...args) {
    const promise = pending();
    let steps, result;
    try {
      steps = generator.apply(this, args);
      result = steps.next();
    } catch (error) {
      refuse(promise, error);
      return promise;
    }
    follow(promise, steps, result);
    return promise;
  }, AsyncFunctionPrototype);
}

function follow(promise, steps, result) {
  if (result.done) return fulfil(promise, result.value);
  Promise.resolve(result.value).then(
    (value) => step(promise, steps, 'next', value),
    (error) => step(promise, steps, 'throw', error),
  );
}

function step(promise, steps, method, argument) {
  let result;
  try {
    result = steps[method](argument);
  } catch (error) {
    return refuse(promise, error);
  }
  follow(promise, steps, result);
}
