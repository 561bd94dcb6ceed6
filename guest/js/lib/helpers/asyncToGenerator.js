// An async function, from the generator that was made of it: `yield` is `await`.
//
// Its first step is taken here and not in a function of its own, as recursion ends where the stack does.

import { AsyncFunctionPrototype } from '../natives.js';
import { Promise, fulfil, pending, refuse } from '../promise.js';

// The function that is left under the name calls this one's, and is told from others by how the compiler writes it.

const source = Function.prototype.toString;
const OF_FUNCTION = /^function\s*[\w$]*\s*\([^{]*\)\s*\{\s*return _[\w$]+\.apply\(this, arguments\);\s*\}$/;
const OF_METHOD = /^(?!function\b|class\b)[^{]*\{\s*(?:(?:var|const|let) [\w$]+ = [^;]*;\s*)*return _asyncToGenerator\(/;
const known = new WeakMap();

function isAsync(value) {
  if (typeof value !== 'function') return false;
  let found = known.get(value);
  if (found === undefined) {
    const text = source.call(value);
    found = OF_FUNCTION.test(text.slice(0, 500)) || OF_METHOD.test(text.slice(0, 500));
    known.set(value, found);
  }
  return found;
}

Object.defineProperty(Function.prototype, Symbol.toStringTag, {
  get() {
    return isAsync(this) ? 'AsyncFunction' : undefined;
  },
  configurable: true,
});

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
