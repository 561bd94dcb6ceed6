// `yield*` in an async generator: each step of the inner iterator is awaited.

import OverloadYield from './OverloadYield.js';

export default function asyncGeneratorDelegate(inner) {
  let waits = false;
  const pump = (method, argument) => {
    waits = true;
    return { done: false, value: new OverloadYield(Promise.resolve(inner[method](argument)), 1) };
  };
  return {
    [Symbol.iterator]() {
      return this;
    },
    next(value) {
      if (!waits) return pump('next', value);
      waits = false;
      return value;
    },
    throw(error) {
      if (waits) {
        waits = false;
        throw error;
      }
      return typeof inner.throw === 'function' ? pump('throw', error) : raise(error);
    },
    return(value) {
      if (!waits && typeof inner.return === 'function') return pump('return', value);
      waits = false;
      return { done: true, value };
    },
  };
}

function raise(error) {
  throw error;
}
