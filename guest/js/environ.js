// Python's os.environ: what `doverb serve --env KEY=VALUE` grants.

import { getEnvironment } from 'wasi:cli/environment@0.2.0';

let variables;

export const environ = new Proxy(Object.create(null), {
  get: (_, name) => (typeof name === 'string' ? read()[name] : undefined),
  has: (_, name) => typeof name === 'string' && name in read(),
  ownKeys: () => Object.keys(read()),
  getOwnPropertyDescriptor: (_, name) =>
    name in read() ? { value: read()[name], enumerable: true, configurable: true } : undefined,
});

// When it is first asked for, and never while the component is made: there it would be frozen.
function read() {
  if (variables) return variables;
  const found = Object.assign(Object.create(null), Object.fromEntries(getEnvironment()));
  if (globalThis.__doverb?.serving) variables = found;
  return found;
}
