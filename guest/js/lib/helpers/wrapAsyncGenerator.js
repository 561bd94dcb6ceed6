// An async generator, from the generator that was made of it.

import { AsyncGeneratorFunctionPrototype, AsyncIteratorPrototype } from '../natives.js';
import { Promise } from '../promise.js';
import OverloadYield from './OverloadYield.js';

export default function wrapAsyncGenerator(generator) {
  const made = function (...args) {
    return new AsyncGenerator(generator.apply(this, args));
  };
  made.prototype = Object.create(AsyncGenerator.prototype);
  return Object.setPrototypeOf(made, AsyncGeneratorFunctionPrototype);
}

class AsyncGenerator {
  #steps;
  #requests = [];

  constructor(steps) {
    this.#steps = steps;
  }

  next(value) {
    return this.#ask('next', value);
  }

  throw(error) {
    return this.#ask('throw', error);
  }

  return(value) {
    return this.#ask('return', value);
  }

  get [Symbol.toStringTag]() {
    return 'AsyncGenerator';
  }

  #ask(method, argument) {
    const request = { method, argument, ...Promise.withResolvers() };
    this.#requests.push(request);
    if (this.#requests.length === 1) this.#resume(method, argument);
    return request.promise;
  }

  #resume(method, argument) {
    try {
      const { done, value } = this.#steps[method](argument);
      const special = value instanceof OverloadYield;
      Promise.resolve(special ? value.v : value).then(
        (result) => {
          if (special) {
            // The generator's own iterator has asked, for `await` or for a step of `yield*`, and gets the answer.
            const next = method === 'return' && value.k === 1 ? 'return' : 'next';
            if (value.k === 0 || result.done) return this.#resume(next, result);
            result = this.#steps[next](result).value;
          }
          this.#answer((request) => request.resolve({ value: result, done }));
        },
        (error) => this.#resume('throw', error),
      );
    } catch (error) {
      this.#answer((request) => request.reject(error));
    }
  }

  #answer(settle) {
    settle(this.#requests.shift());
    if (this.#requests.length > 0) this.#resume(this.#requests[0].method, this.#requests[0].argument);
  }
}

Object.setPrototypeOf(AsyncGenerator.prototype, AsyncIteratorPrototype);
