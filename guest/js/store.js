// Values that outlive a request, where the server has granted a store: `doverb serve --keyvalue default=./data.redb`.

import { Cas, increment, swap } from 'wasi:keyvalue/atomics@0.2.0-draft2';
import { deleteMany, getMany, setMany } from 'wasi:keyvalue/batch@0.2.0-draft2';
import { open } from 'wasi:keyvalue/store@0.2.0-draft2';

import { u64 } from './lib/engine.js';
import { settle } from './lib/gathered.js';
import { encode } from './lib/utf8.js';

const decode = (bytes) => new TextDecoder().decode(bytes);

/** How often a value that others change meanwhile is tried to be changed. */
const TRIES = 1000;

export class StoreError extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }

  get name() {
    return 'StoreError';
  }
}

const TEXTS = {
  'no-such-store': 'there is no store of this name',
  'access-denied': 'the handler was not granted this store',
};

/** The store of this name. It is opened when it is first used. */
export function store(name = 'default') {
  return new Store(name);
}

export class Store {
  #name;
  #bucket;

  constructor(name) {
    this.#name = name;
  }

  get #opened() {
    return (this.#bucket ??= ask(() => open(this.#name)));
  }

  get(key) {
    const bytes = this.bytes(key);
    return bytes && decode(bytes);
  }

  bytes(key) {
    return ask(() => this.#opened.get(key)) ?? undefined;
  }

  json(key) {
    const text = this.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  set(key, value) {
    ask(() => this.#opened.set(key, kept(value)));
  }

  delete(key) {
    ask(() => this.#opened.delete(key));
  }

  has(key) {
    return ask(() => this.#opened.exists(key));
  }

  *keys() {
    let cursor;
    do {
      const page = ask(() => this.#opened.listKeys(cursor));
      yield* page.keys;
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
  }

  getMany(keys) {
    const pairs = ask(() => getMany(this.#opened, [...keys]));
    return pairs.map((pair) => (pair ? decode(pair[1]) : undefined));
  }

  setMany(values) {
    const pairs = values instanceof Map ? [...values] : Object.entries(values);
    ask(() => setMany(this.#opened, pairs.map(([key, value]) => [key, kept(value)])));
  }

  deleteMany(keys) {
    ask(() => deleteMany(this.#opened, [...keys]));
  }

  increment(key, by = 1) {
    return Number(ask(() => increment(this.#opened, key, u64(by))));
  }

  compareAndSwap(key, expected, value) {
    const cas = ask(() => Cas.new(this.#opened, key));
    const current = ask(() => cas.current()) ?? undefined;
    if (!same(current, expected === undefined ? undefined : kept(expected))) return false;
    return swapped(cas, kept(value)) === undefined;
  }

  update(key, change) {
    let cas = ask(() => Cas.new(this.#opened, key));
    for (let tries = 0; tries < TRIES; tries++) {
      const current = ask(() => cas.current()) ?? undefined;
      const value = change(current && decode(current));
      cas = swapped(cas, kept(value));
      if (cas === undefined) return value;
    }
    throw new StoreError('other', `${key} is changed by others all the time`);
  }
}

/** Nothing when it is done, or a handle to try again with. */
function swapped(cas, value) {
  try {
    swap(cas, value);
  } catch (error) {
    const { tag, val } = error?.payload ?? {};
    if (tag === 'cas-failed') return val;
    throw tag === 'store-error' ? told(val) : error;
  }
}

/** A value as it is kept: bytes as they are, a text in UTF-8, everything else in JSON. */
function kept(value) {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return encode(typeof value === 'string' ? value : JSON.stringify(value));
}

function same(one, other) {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function ask(call) {
  // The store may have to be waited for.
  settle();
  try {
    return call();
  } catch (error) {
    throw error?.payload?.tag ? told(error.payload) : error;
  }
}

function told({ tag, val }) {
  return new StoreError(tag, TEXTS[tag] ?? val);
}
