// Node's util: the polyfill's, and what is newer.

import util from '../vendor/jspm-core/util.js';
import assert from '../vendor/jspm-core/assert.js';

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

const plain = util.format;

/** With `%o`, which the polyfill lacks. */
function format(first, ...values) {
  if (typeof first !== 'string' || !first.includes('%o')) return plain(first, ...values);
  let at = 0;
  const used = [];
  const text = first.replace(/%[sdifjoOc%]/g, (part) => {
    if (part === '%%' || at >= values.length) return part;
    const value = values[at++];
    if (part === '%o') return util.inspect(value, { showHidden: true, depth: 4 }).replaceAll('%', '%%');
    used.push(value);
    return part;
  });
  return plain(text, ...used, ...values.slice(at));
}

Object.assign(util, { aborted, debug, format, isDeepStrictEqual, stripVTControlCharacters, styleText, toUSVString });
util.inspect.custom ??= Symbol.for('nodejs.util.inspect.custom');
util.promisify.custom ??= Symbol.for('nodejs.util.promisify.custom');

export * from '../vendor/jspm-core/util.js';
export { aborted, debug, format, isDeepStrictEqual, stripVTControlCharacters, styleText, toUSVString };
export default util;
