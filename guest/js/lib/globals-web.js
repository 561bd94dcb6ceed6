// StarlingMonkey has all of them; only its console does not reach the server's log, and its random numbers end the build
// without a word when the top level of a module asks for them.

import { console } from './console.js';
import { state } from './state.js';

globalThis.console = console;

for (const name of ['getRandomValues', 'randomUUID']) {
  const given = crypto[name];
  Object.defineProperty(crypto, name, {
    value: (...args) => {
      if (!state.serving) throw new Error(`crypto.${name} is called while the module is loaded. With --web-apis there are random numbers only when a handler's method runs: call it there`);
      return given.apply(crypto, args);
    },
    writable: true,
    configurable: true,
  });
}
