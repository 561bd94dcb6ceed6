// Puts in place what QuickJS lacks, or has and cannot use in a component. It runs before the handler's own modules.

import './state.js';
import { performance } from './clock.js';
import { structuredClone } from './clone.js';
import { console } from './console.js';
import { Headers } from './fields.js';
import { URLSearchParams } from './params.js';
import { Promise, queueMicrotask } from './promise.js';
import { crypto, random } from './random.js';
import './stacks.js';
import { TextDecoder, TextEncoder } from './text.js';
import { URL } from './url.js';

const added = {
  Headers,
  Promise,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  console,
  crypto,
  performance,
  queueMicrotask,
  structuredClone,
};
for (const [name, value] of Object.entries(added)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}
for (const name of ['self', 'global']) {
  Object.defineProperty(globalThis, name, { value: globalThis, writable: true, configurable: true });
}
Math.random = random;
