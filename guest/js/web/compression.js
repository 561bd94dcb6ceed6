// CompressionStream and DecompressionStream.

import './streams.js';
import { define } from './define.js';
import { Coder, FLUSH } from './deflate.js';

const CHUNK = 16384;
const KINDS = { deflate: ['deflate', 'inflate'], 'deflate-raw': ['deflate-raw', 'inflate-raw'], gzip: ['gzip', 'gunzip'] };

function bytes(chunk) {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError('a chunk must be an ArrayBuffer or a view of one');
}

/** What is no such data is a TypeError here. */
function typed(work) {
  try {
    work();
  } catch (error) {
    throw error.code === undefined ? error : Object.assign(new TypeError(error.message, { cause: error }), { code: error.code });
  }
}

function transform(format, isPacking) {
  if (!Object.hasOwn(KINDS, format)) {
    throw Object.assign(new TypeError(`the format ${String(format)} is not one of deflate, deflate-raw and gzip`), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  const coder = new Coder(KINDS[format][isPacking ? 0 : 1]);
  const give = (controller, flush, data) => typed(() => {
    if (coder.isDone && data.length > 0) throw new TypeError('there is more behind the end of the compressed data');
    for (const piece of coder.run(flush, data, CHUNK)) controller.enqueue(piece.slice());
  });
  return new TransformStream({
    transform: (chunk, controller) => give(controller, FLUSH.none, bytes(chunk)),
    flush: (controller) => coder.isDone || give(controller, FLUSH.finish, new Uint8Array(0)),
  });
}

export class CompressionStream {
  #transform;

  constructor(format) {
    this.#transform = transform(format, true);
  }

  get readable() {
    return this.#transform.readable;
  }

  get writable() {
    return this.#transform.writable;
  }
}

export class DecompressionStream {
  #transform;

  constructor(format) {
    this.#transform = transform(format, false);
  }

  get readable() {
    return this.#transform.readable;
  }

  get writable() {
    return this.#transform.writable;
  }
}

define({ CompressionStream, DecompressionStream });
