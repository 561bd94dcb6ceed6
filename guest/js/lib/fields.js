// Headers, by the Fetch standard.

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function name(value) {
  const text = String(value);
  if (!NAME.test(text)) throw new TypeError(`Invalid header name: ${text}`);
  return text.toLowerCase();
}

function content(value) {
  const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  if (/[\0\n\r]|[^\0-\xff]/.test(text)) throw new TypeError(`Invalid header value: ${text}`);
  return text;
}

export class Headers {
  #fields = new Map();

  constructor(init) {
    if (init === undefined || init === null) return;
    const pairs = typeof init[Symbol.iterator] === 'function' ? init : Object.entries(init);
    for (const pair of pairs) {
      const [field, value, ...more] = pair;
      if (value === undefined || more.length > 0) throw new TypeError('each header has a name and a value');
      this.append(field, value);
    }
  }

  append(field, value) {
    const key = name(field);
    const text = content(value);
    this.#fields.has(key) ? this.#fields.get(key).push(text) : this.#fields.set(key, [text]);
  }

  delete(field) {
    this.#fields.delete(name(field));
  }

  get(field) {
    return this.#fields.get(name(field))?.join(', ') ?? null;
  }

  getSetCookie() {
    return [...(this.#fields.get('set-cookie') ?? [])];
  }

  has(field) {
    return this.#fields.has(name(field));
  }

  set(field, value) {
    this.#fields.set(name(field), [content(value)]);
  }

  forEach(callback, self) {
    for (const [field, value] of this) callback.call(self, value, field, this);
  }

  *entries() {
    for (const field of [...this.#fields.keys()].sort()) {
      const values = this.#fields.get(field);
      if (field === 'set-cookie') for (const value of values) yield [field, value];
      else yield [field, values.join(', ')];
    }
  }

  *keys() {
    for (const [field] of this.entries()) yield field;
  }

  *values() {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return 'Headers';
  }
}
