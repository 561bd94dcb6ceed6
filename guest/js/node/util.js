// Node's util: the polyfill's, and what is newer.

import util from '../vendor/jspm-core/util.js';
import assert from '../vendor/jspm-core/assert.js';

import { formatted } from '../lib/console.js';
import { inspect as asConsole } from '../lib/inspect.js';
import { parseArgs } from './util-arguments.js';

const CUSTOM = Symbol.for('nodejs.util.promisify.custom');
const promisified = util.promisify;
/** A function says by a symbol that all know what it is as a promise. */
function promisify(original) {
  const own = original?.[CUSTOM];
  return typeof own === 'function' ? own : promisified(original);
}
promisify.custom = CUSTOM;

function isDeepStrictEqual(one, other) {
  try {
    assert.deepStrictEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

// The characters are those that begin a control sequence.
// eslint-disable-next-line no-control-regex
const CONTROL = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007]*\u0007/g;
const stripVTControlCharacters = (text) => String(text).replace(CONTROL, '');
const toUSVString = (text) => String(text).toWellFormed();
const styleText = (_, text) => text;
const debug = util.debuglog;
const aborted = (signal) => new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())));

const plain = util.inspect;
/** Options that the polyfill alone has: colours, lengths, an order. */
const isMore = ([name, value]) => name !== 'depth' && name !== 'showHidden' && value !== undefined && value !== false;

/** As the console shows values. */
function inspect(value, options, ...more) {
  const given = typeof options === 'boolean' ? { showHidden: options, depth: more[0], colors: more[1] } : (options ?? {});
  if (Object.entries(given).some(isMore)) return plain(value, given);
  return asConsole(value, given.depth === undefined ? { showHidden: given.showHidden } : given);
}
Object.assign(inspect, plain);
const format = (...values) => formatted(values);
const formatWithOptions = (_, ...values) => format(...values);
/** The errors of a system that a handler may meet, as Linux numbers them. */
const ERRORS = new Map([
  [-1, ['EPERM', 'operation not permitted']], [-2, ['ENOENT', 'no such file or directory']], [-13, ['EACCES', 'permission denied']],
  [-32, ['EPIPE', 'broken pipe']], [-104, ['ECONNRESET', 'connection reset by peer']], [-110, ['ETIMEDOUT', 'connection timed out']],
  [-111, ['ECONNREFUSED', 'connection refused']],
]);
const getSystemErrorMap = () => new Map(ERRORS);
const getSystemErrorName = (number) => ERRORS.get(number)?.[0] ?? `Unknown system error ${number}`;

const kind = (value) => Object.prototype.toString.call(value).slice(8, -1);
const typed = (name) => (value) => ArrayBuffer.isView(value) && value[Symbol.toStringTag] === name;
const ARRAYS = ['Float32Array', 'Float64Array', 'Int8Array', 'Int16Array', 'Int32Array', 'Uint16Array', 'Uint32Array', 'Uint8ClampedArray'];
// No code can tell a proxy from what it stands for.
const types = Object.assign({ ...util.types }, {
  isProxy: () => false,
  isExternal: () => false,
  isBigIntObject: (value) => typeof value === 'object' && value !== null && kind(value) === 'BigInt',
  isModuleNamespaceObject: (value) => typeof value === 'object' && value !== null && value[Symbol.toStringTag] === 'Module',
  isSharedArrayBuffer: (value) => typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer,
  isCryptoKey: (value) => typeof CryptoKey === 'function' && value instanceof CryptoKey,
  isKeyObject: () => false,
  ...Object.fromEntries(ARRAYS.map((name) => [`is${name}`, typed(name)])),
});

Object.assign(util, {
  aborted, debug, format, formatWithOptions, getSystemErrorMap, getSystemErrorName, inspect, isDeepStrictEqual, parseArgs,
  promisify, stripVTControlCharacters, styleText, toUSVString, types,
});
util.inspect.custom ??= Symbol.for('nodejs.util.inspect.custom');

export * from '../vendor/jspm-core/util.js';
export {
  aborted, debug, format, formatWithOptions, getSystemErrorMap, getSystemErrorName, inspect, isDeepStrictEqual, parseArgs,
  promisify, stripVTControlCharacters, styleText, toUSVString, types,
};
export default util;
