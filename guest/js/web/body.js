// The bodies of Request and Response.

import { Blob, FormData, blobBytes, joined } from './blob.js';
import { parsed, written } from './multipart.js';

const encoder = new TextEncoder();

/** What a body is made of: bytes, a stream, or something that gives either. */
export function extract(init) {
  if (init === undefined || init === null) return {};
  if (typeof init === 'string') return { bytes: encoder.encode(init), type: 'text/plain;charset=UTF-8' };
  if (init instanceof URLSearchParams) {
    return { bytes: encoder.encode(String(init)), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  if (init instanceof Blob) return { bytes: blobBytes(init), type: init.type || undefined };
  if (init instanceof FormData) return written(init);
  if (init instanceof ArrayBuffer) return { bytes: new Uint8Array(init.slice(0)) };
  if (ArrayBuffer.isView(init)) return { bytes: new Uint8Array(init.buffer, init.byteOffset, init.byteLength).slice() };
  if (typeof init.getReader === 'function') return { stream: init };
  if (typeof init[Symbol.asyncIterator] === 'function') return { stream: ReadableStream.from(init) };
  return { bytes: encoder.encode(String(init)), type: 'text/plain;charset=UTF-8' };
}

export class Body {
  #source;
  #isUsed = false;

  constructor(source) {
    this.#source = source;
  }

  /** The stream, which is made when it is asked for. */
  get body() {
    const source = this.#source;
    if (source.stream) return source.stream;
    if (source.open) return (source.stream = source.open());
    if (source.bytes === undefined) return null;
    source.stream = new ReadableStream({
      start(controller) {
        if (source.bytes.length > 0) controller.enqueue(source.bytes);
        controller.close();
      },
    });
    return source.stream;
  }

  get bodyUsed() {
    return this.#isUsed || Boolean(this.#source.stream?.locked);
  }

  async bytes() {
    if (this.bodyUsed) throw new TypeError('Body is unusable: Body has already been read');
    const source = this.#source;
    if (source.stream === undefined && source.bytes === undefined && !source.read) return new Uint8Array(0);
    this.#isUsed = true;
    if (!source.stream) return source.read ? source.read() : source.bytes;
    const parts = [];
    const reader = source.stream.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(typeof part.value === 'string' ? encoder.encode(part.value) : part.value);
    }
    return joined(parts);
  }

  async arrayBuffer() {
    const bytes = await this.bytes();
    return bytes.buffer.byteLength === bytes.length ? bytes.buffer : bytes.slice().buffer;
  }

  async text() {
    return new TextDecoder().decode(await this.bytes());
  }

  async json() {
    return JSON.parse(await this.text());
  }

  async blob() {
    return new Blob([await this.bytes()], { type: this.headers.get('Content-Type') ?? '' });
  }

  async formData() {
    const type = this.headers.get('Content-Type') ?? '';
    return parsed(await this.bytes(), type);
  }

  /** The bytes, if they are there and nobody has taken them: for whoever sends them at once. */
  static takeBytes(that) {
    const source = that.#source;
    if (that.#isUsed || source.stream || source.open) return undefined;
    that.#isUsed = true;
    return source.bytes ?? new Uint8Array(0);
  }

  /** The same body for two. */
  static share(that) {
    if (that.bodyUsed) throw new TypeError('Body is unusable: Body has already been read');
    const source = that.#source;
    if (!source.stream && !source.open) return { ...source };
    const [one, other] = that.body.tee();
    source.stream = one;
    return { stream: other };
  }
}
const { share, takeBytes } = Body;
delete Body.share;
delete Body.takeBytes;
export { share, takeBytes };
