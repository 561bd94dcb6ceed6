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

/** What other engines say of a call, beyond what this one does: nothing that would tell one from another. */
function addToCalls() {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (_, calls) => calls;
  const calls = Object.getPrototypeOf(new Error().stack[0]);
  Error.prepareStackTrace = prepareStackTrace;
  const more = {
    getEvalOrigin() {}, getMethodName: () => null, getPromiseIndex: () => null, getThis() {}, getTypeName: () => null, isAsync: () => false,
    isConstructor: () => false, isEval: () => false, isPromiseAll: () => false, isToplevel: () => true,
    getScriptNameOrSourceURL() {
      return this.getFileName();
    },
    toString() {
      const place = `${this.getFileName()}:${this.getLineNumber()}:${this.getColumnNumber()}`;
      const name = this.getFunctionName();
      return name ? `${name} (${place})` : place;
    },
  };
  for (const [name, value] of Object.entries(more)) {
    if (!Object.hasOwn(calls, name)) Object.defineProperty(calls, name, { value, writable: true, configurable: true });
  }
}

addToCalls();
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
