// The request's header fields: Python's http.client.HTTPMessage, as far as handlers use it.

import { count, find, nameOf, valueOf } from './request.js';
import { text } from './values.js';

export class Message {
  /** The first value of a field, upper and lower case alike. */
  get(name, missing = null) {
    const field = find(text(name), 0);
    return field < 0 ? missing : valueOf(field);
  }

  get_all(name, missing = null) {
    const wanted = text(name);
    const values = [];
    for (let field = find(wanted, 0); field >= 0; field = find(wanted, field + 1)) values.push(valueOf(field));
    return values.length === 0 ? missing : values;
  }

  has(name) {
    return find(text(name), 0) >= 0;
  }

  items() {
    const pairs = [];
    for (let field = 0, end = count(); field < end; field++) pairs.push([nameOf(field), valueOf(field)]);
    return pairs;
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
