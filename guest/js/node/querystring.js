// Node's querystring: the polyfill's, and what it takes texts apart by.

import querystring from '../vendor/jspm-core/querystring.js';

import { Buffer } from './buffer.js';

const escapeText = (text) => encodeURIComponent(String(text));
function unescapeText(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapeBuffer(text).toString();
  }
}
/** What is no code stays as it is. */
function unescapeBuffer(text) {
  const bytes = [];
  const given = Buffer.from(String(text), 'latin1');
  for (let at = 0; at < given.length; at++) {
    const code = given[at] === 37 ? /^[0-9a-f]{2}/i.exec(given.latin1Slice(at + 1, at + 3)) : null;
    bytes.push(code ? parseInt(code[0], 16) : given[at]);
    if (code) at += 2;
  }
  return Buffer.from(bytes);
}

const made = { ...querystring, escape: escapeText, unescape: unescapeText, unescapeBuffer };
export * from '../vendor/jspm-core/querystring.js';
export { escapeText as escape, unescapeText as unescape, unescapeBuffer };
export default made;
