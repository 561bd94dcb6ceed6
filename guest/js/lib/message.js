// The request's header fields: Python's http.client.HTTPMessage, as far as handlers use it.

import { count, nameOf, valueOf } from './request.js';
import { text } from './values.js';

export class Message {
  /** The fields by their names in lower case, once one was asked for. */
  #places;

  #find(name) {
    if (this.#places === undefined) {
      this.#places = new Map();
      for (let field = 0, end = count(); field < end; field++) {
        const key = nameOf(field).toLowerCase();
        const places = this.#places.get(key);
        places === undefined ? this.#places.set(key, [field]) : places.push(field);
      }
    }
    return this.#places.get(text(name).toLowerCase());
  }

  /** The first value of a field, upper and lower case alike. */
  get(name, missing = null) {
    const places = this.#find(name);
    return places === undefined ? missing : valueOf(places[0]);
  }

  get_all(name, missing = null) {
    return this.#find(name)?.map(valueOf) ?? missing;
  }

  has(name) {
    return this.#find(name) !== undefined;
  }

  items() {
    return Array.from({ length: count() }, (_, field) => [nameOf(field), valueOf(field)]);
  }

  keys() {
    return this.items().map(([name]) => name);
  }

  values() {
    return this.items().map(([, value]) => value);
  }

  get length() {
    return count();
  }

  [Symbol.iterator]() {
    return this.items()[Symbol.iterator]();
  }
}
