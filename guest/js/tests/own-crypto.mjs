// Our `node:crypto` and `crypto.subtle` within Node, whose own Buffer and streams stand for those that need QuickJS.

import { register } from 'node:module';

import './base64.mjs';

const PLACES = { './buffer.js': 'export { Buffer } from "node:buffer";', './stream.js': 'export { default } from "node:stream";' };
const hooks = `
  const PLACES = ${JSON.stringify(PLACES)};
  export async function resolve(specifier, context, next) {
    const name = specifier.replace('../node/', './');
    const isOurs = context.parentURL?.includes('/guest/js/') && Object.hasOwn(PLACES, name);
    return isOurs ? { url: 'data:text/javascript,' + encodeURIComponent(PLACES[name]), shortCircuit: true } : next(specifier, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const { getRandomValues, randomUUID } = globalThis.crypto;
const bound = { getRandomValues: getRandomValues.bind(globalThis.crypto), randomUUID: randomUUID.bind(globalThis.crypto) };
Object.defineProperty(globalThis, 'crypto', { value: bound, writable: true, configurable: true });

export const { default: own } = await import('../node/crypto.js');
for (const name of ['node-pairs', 'node-encryption', 'node-agreements', 'encrypted-keys', 'subtle-pairs', 'subtle-oaep', 'subtle-agreements', 'ciphers']) {
  await import(`../web/${name}.js`);
}
export const { subtle } = own;
