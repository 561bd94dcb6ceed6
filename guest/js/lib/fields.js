// Headers, by the Fetch standard.

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** A value that stays as it is, and up to which length this way is the shorter one. */
const PLAIN = /^[!-~]+(?: +[!-~]+)*$/;
const SHORT = 256;
/** How many names are remembered, and of which length, as programs use the same again and again. */
const MOST = 256;
const LONGEST = 64;
const lower = new Map();

function name(value) {
  const known = lower.get(value);
  if (known !== undefined) return known;
  const text = String(value);
  if (!NAME.test(text)) throw new TypeError(`Invalid header name: ${text}`);
  const key = text.toLowerCase();
  if (value === text && text.length <= LONGEST && lower.size < MOST) lower.set(text, key);
  return key;
}

function content(value) {
  const given = String(value);
  if (given.length <= SHORT && PLAIN.test(given)) return given;
  const text = given.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  if (/[\0\n\r]|[^\0-\xff]/.test(text)) throw new TypeError(`Invalid header value: ${text}`);
  return text;
}

export class Headers {
  /** Once somebody asks for them, if they came with a request: then they are pairs until then. */
  #known = new Map();
  #received;

  constructor(init) {
    if (init === undefined || init === null) return;
    if (typeof init[Symbol.iterator] !== 'function') {
      for (const field of Object.keys(init)) this.append(field, init[field]);
      return;
    }
    for (const pair of init) {
      const [field, value, ...more] = pair;
      if (value === undefined || more.length > 0) throw new TypeError('each header has a name and a value');
      this.append(field, value);
    }
  }

  get #fields() {
    if (this.#received !== undefined) {
      const pairs = this.#received;
      this.#received = undefined;
      for (const [field, value] of pairs) add(this.#known, field.toLowerCase(), value);
    }
    return this.#known;
  }

  append(field, value) {
    const key = name(field);
    add(this.#fields, key, content(value));
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

  /** Those of a request, which the server has looked at. */
  static received(pairs) {
    const headers = new Headers();
    headers.#received = pairs;
    return headers;
  }

  /** Calls with each name and value, in the order of the names, without what a generator costs. */
  static each(headers, call) {
    const fields = headers.#fields;
    for (const field of fields.size > 1 ? [...fields.keys()].sort() : fields.keys()) {
      const values = fields.get(field);
      if (field === 'set-cookie') for (const value of values) call(field, value);
      else call(field, values.length === 1 ? values[0] : values.join(', '));
    }
  }
}

function add(fields, key, value) {
  const values = fields.get(key);
  if (values === undefined) fields.set(key, [value]);
  else values.push(value);
}

const { each, received } = Headers;
delete Headers.each;
delete Headers.received;
export { each, received };
