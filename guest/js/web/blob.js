// Blob, File and FormData.

import './streams.js';
import { define } from './define.js';

const encoder = new TextEncoder();
const contents = new WeakMap();

function bytesOf(part) {
  if (part instanceof Blob) return contents.get(part);
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice();
  if (part instanceof ArrayBuffer) return new Uint8Array(part.slice(0));
  return encoder.encode(String(part));
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export class Blob {
  constructor(parts = [], { type = '' } = {}) {
    contents.set(this, joined([...parts].map(bytesOf)));
    this.type = /[^\x20-\x7e]/.test(type) ? '' : String(type).toLowerCase();
  }

  get size() {
    return contents.get(this).length;
  }

  slice(start, end, type = '') {
    return new Blob([contents.get(this).slice(start, end)], { type });
  }

  async arrayBuffer() {
    return contents.get(this).slice().buffer;
  }

  async bytes() {
    return contents.get(this).slice();
  }

  async text() {
    return new TextDecoder().decode(contents.get(this));
  }

  stream() {
    const bytes = contents.get(this);
    return new ReadableStream({
      start(controller) {
        if (bytes.length > 0) controller.enqueue(bytes.slice());
        controller.close();
      },
    });
  }

  get [Symbol.toStringTag]() {
    return 'Blob';
  }
}

export class File extends Blob {
  constructor(parts, name, options = {}) {
    super(parts, options);
    this.name = String(name);
    this.lastModified = options.lastModified ?? Date.now();
  }

  get [Symbol.toStringTag]() {
    return 'File';
  }
}

export class FormData {
  #entries = [];

  #entry(name, value, filename) {
    if (!(value instanceof Blob)) return [String(name), String(value)];
    if (value instanceof File && filename === undefined) return [String(name), value];
    return [String(name), new File([value], filename ?? 'blob', { type: value.type })];
  }

  append(name, value, filename) {
    this.#entries.push(this.#entry(name, value, filename));
  }

  set(name, value, filename) {
    const at = this.#entries.findIndex(([other]) => other === name);
    this.delete(name);
    this.#entries.splice(at < 0 ? this.#entries.length : at, 0, this.#entry(name, value, filename));
  }

  delete(name) {
    this.#entries = this.#entries.filter(([other]) => other !== name);
  }

  get(name) {
    return this.#entries.find(([other]) => other === name)?.[1] ?? null;
  }

  getAll(name) {
    return this.#entries.filter(([other]) => other === name).map(([, value]) => value);
  }

  has(name) {
    return this.#entries.some(([other]) => other === name);
  }

  forEach(callback, self) {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries() {
    yield* this.#entries;
  }

  *keys() {
    for (const [name] of this.#entries) yield name;
  }

  *values() {
    for (const [, value] of this.#entries) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return 'FormData';
  }
}

define({ Blob, File, FormData });

/** The bytes of a blob, at once. */
export const blobBytes = (blob) => contents.get(blob);
export { joined };
