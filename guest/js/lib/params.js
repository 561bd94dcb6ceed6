// URLSearchParams, by the URL standard.

import { percentEncodeForm } from './percent.js';
import { decodeForm } from './utf8.js';

export class URLSearchParams {
  #pairs = [];
  #changed;

  /** `changed` is the URL's, and told of every change. */
  constructor(init = '', changed = undefined) {
    this.#changed = changed;
    if (init === null || typeof init !== 'object') {
      const text = String(init);
      this.#parse(text[0] === '?' ? text.slice(1) : text);
    } else if (typeof init[Symbol.iterator] === 'function') {
      for (const pair of init) {
        const [name, value, ...more] = pair;
        if (value === undefined || more.length > 0) throw new TypeError('each pair has a name and a value');
        this.#pairs.push([String(name), String(value)]);
      }
    } else {
      for (const name of Object.keys(init)) this.#pairs.push([name, String(init[name])]);
    }
  }

  #parse(text) {
    if (text === '') return;
    for (const piece of text.split('&')) {
      if (piece === '') continue;
      const at = piece.indexOf('=');
      const name = at < 0 ? piece : piece.slice(0, at);
      this.#pairs.push([decodeForm(name), at < 0 ? '' : decodeForm(piece.slice(at + 1))]);
    }
  }

  /** For the URL that these belong to: reads another query without telling it. */
  _replace(query) {
    this.#pairs = [];
    this.#parse(query);
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    this.#pairs.push([String(name), String(value)]);
    this.#changed?.();
  }

  delete(name, value) {
    const is = ([n, v]) => n === String(name) && (value === undefined || v === String(value));
    this.#pairs = this.#pairs.filter((pair) => !is(pair));
    this.#changed?.();
  }

  get(name) {
    const wanted = String(name);
    const pairs = this.#pairs;
    for (let at = 0; at < pairs.length; at++) if (pairs[at][0] === wanted) return pairs[at][1];
    return null;
  }

  getAll(name) {
    return this.#pairs.filter(([n]) => n === String(name)).map(([, value]) => value);
  }

  has(name, value) {
    return this.#pairs.some(([n, v]) => n === String(name) && (value === undefined || v === String(value)));
  }

  set(name, value) {
    const at = this.#pairs.findIndex(([n]) => n === String(name));
    if (at < 0) return this.append(name, value);
    this.#pairs = this.#pairs.filter(([n], index) => n !== String(name) || index === at);
    this.#pairs[at][1] = String(value);
    this.#changed?.();
  }

  sort() {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#changed?.();
  }

  forEach(callback, self) {
    for (const [name, value] of this.#pairs) callback.call(self, value, name, this);
  }

  *entries() {
    for (let at = 0; at < this.#pairs.length; at++) yield [...this.#pairs[at]];
  }

  *keys() {
    for (const [name] of this.entries()) yield name;
  }

  *values() {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  toString() {
    return this.#pairs.map((pair) => pair.map(percentEncodeForm).join('=')).join('&');
  }

  get [Symbol.toStringTag]() {
    return 'URLSearchParams';
  }
}
