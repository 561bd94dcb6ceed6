// Streams, by the reference implementation's ponyfill.

import * as streams from '../vendor/web-streams/ponyfill.js';
import { define } from './define.js';

define(streams);

const { ReadableStream } = streams;
ReadableStream.from ??= (iterable) => {
  const iterator = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(await value);
    },
    cancel: (reason) => iterator.return?.(reason),
  });
};
