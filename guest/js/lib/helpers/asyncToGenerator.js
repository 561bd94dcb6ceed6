// An async function, from the generator that was made of it: `yield` is `await`.

import { Promise } from '../promise.js';

export default function asyncToGenerator(generator) {
  return function (...args) {
    const steps = generator.apply(this, args);
    return new Promise((resolve, reject) => {
      function step(method, argument) {
        let result;
        try {
          result = steps[method](argument);
        } catch (error) {
          return reject(error);
        }
        if (result.done) return resolve(result.value);
        Promise.resolve(result.value).then(
          (value) => step('next', value),
          (error) => step('throw', error),
        );
      }
      step('next', undefined);
    });
  };
}
