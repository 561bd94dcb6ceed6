// `stack` of an error, which begins with the error in other engines: who writes it to a log, or into an answer, wants both.

import { state } from './state.js';
import { stackOf, useStacks } from './trace.js';

const { get, set } = Object.getOwnPropertyDescriptor(Error.prototype, 'stack');
const { captureStackTrace } = Error;
const ofEngine = /^(?:\s*at |$)/;
/** What an object says of itself may be code of the program's. */
function headOf(error) {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

useStacks(get);
Object.defineProperty(Error.prototype, 'stack', {
  get() {
    const raw = get.call(this);
    // While the component is made the builder puts the error before its frames.
    if (!state.serving || typeof raw !== 'string' || !ofEngine.test(raw)) return raw;
    const own = stackOf(this).join('\n');
    // Where the engine alone is in its frames, they are better than none.
    return /\n\s*at /.test(own) ? own : `${own}\n${raw.trimEnd()}`;
  },
  set,
  configurable: true,
});
Error.captureStackTrace = function capture(target, above) {
  captureStackTrace(target, above ?? capture);
  const { value } = Object.getOwnPropertyDescriptor(target, 'stack') ?? {};
  if (!state.serving || typeof value !== 'string' || !ofEngine.test(value)) return;
  const frames = value.split('\n').filter((line) => !line.includes('(/sdk/'));
  Object.defineProperty(target, 'stack', { value: [headOf(target), ...frames].join('\n') });
};
