// The request's header fields: Python's http.client.HTTPMessage, as far as handlers use it.

import * as request from 'doverb:handler/request@0.1.0';

import { text } from './values.js';

export class Message {
  #fields;

  /** The first value of a field, upper and lower case alike. */
  get(name, missing = null) {
    return request.header(text(name)) ?? missing;
  }

  get_all(name, missing = null) {
    const values = request.headerAll(text(name));
    return values.length > 0 ? values : missing;
  }

  has(name) {
    return this.get(name, undefined) !== undefined;
  }

  items() {
    this.#fields ??= request.headers();
    return this.#fields.slice();
  }

  keys() {
    return this.items().map(([name]) => name);
  }

  values() {
    return this.items().map(([, value]) => value);
  }

  get length() {
    return this.items().length;
  }

  [Symbol.iterator]() {
    return this.items()[Symbol.iterator]();
  }
}
