// What `for await` goes over: an async iterator, or the awaited items of an ordinary one.

import { Promise } from '../promise.js';

export default function asyncIterator(iterable) {
  const asynchronous = iterable[Symbol.asyncIterator];
  if (asynchronous !== undefined && asynchronous !== null) return asynchronous.call(iterable);
  if (typeof iterable[Symbol.iterator] !== 'function') throw new TypeError('for await needs something iterable');
  const items = iterable[Symbol.iterator]();
  const awaited = ({ done, value }) => Promise.resolve(value).then((item) => ({ done, value: item }));
  return {
    next: () => Promise.try(() => awaited(items.next())),
    return: (value) => Promise.resolve(items.return?.(value) ?? { done: true, value }),
  };
}
