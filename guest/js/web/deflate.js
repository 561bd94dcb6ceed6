// DEFLATE in the three wrappings that it has, by pako's zlib: what Node's zlib and the Web's compression streams are made of.

import {
  ZStream, zlibDeflate, zlibDeflateInit2, zlibDeflateReset, zlibDeflateSetDictionary, zlibInflate, zlibInflateInit2, zlibInflateReset,
  zlibInflateSetDictionary,
} from '../vendor/pako/pako.js';

export const FLUSH = { none: 0, sync: 2, full: 3, finish: 4 };
const OK = 0;
const END = 1;
const NEEDS_DICTIONARY = 2;
const DATA_ERROR = -3;
const BUFFER_ERROR = -5;
const DEFLATED = 8;
const CODES = { 2: 'Z_NEED_DICT', '-2': 'Z_STREAM_ERROR', '-3': 'Z_DATA_ERROR', '-4': 'Z_MEM_ERROR', '-5': 'Z_BUF_ERROR' };

/** For each kind, how zlib is told of it by the size of the window, and whether it makes data smaller. */
const KINDS = {
  deflate: { isPacking: true, window: (bits) => bits },
  'deflate-raw': { isPacking: true, window: (bits) => -Math.max(bits, 9) },
  gzip: { isPacking: true, window: (bits) => bits + 16 },
  inflate: { window: (bits) => bits },
  'inflate-raw': { window: (bits) => -bits },
  gunzip: { window: (bits) => bits + 16, hasMembers: true },
  unzip: { window: (bits) => bits + 32, hasMembers: true },
};

export class Coder {
  #stream = new ZStream();
  #kind;
  #dictionary;
  /** What zlib has answered to the last step. */
  status = OK;

  constructor(name, { level, memLevel, strategy, windowBits, dictionary } = {}) {
    this.#kind = KINDS[name];
    this.#dictionary = dictionary;
    const window = this.#kind.window(windowBits || 15);
    this.#check(this.#kind.isPacking
      ? zlibDeflateInit2(this.#stream, level ?? -1, DEFLATED, window, memLevel ?? 8, strategy ?? 0)
      : zlibInflateInit2(this.#stream, window));
    this.#prime();
  }

  /** Whether all of it was there. */
  get isDone() {
    return this.status === END;
  }

  /** How much was left of the input and of the room for the output by the last step. */
  get inputLeft() {
    return this.#stream.avail_in;
  }

  get roomLeft() {
    return this.#stream.avail_out;
  }

  reset() {
    (this.#kind.isPacking ? zlibDeflateReset : zlibInflateReset)(this.#stream);
    this.#prime();
  }

  /** As much as there is input and room for. */
  step(flush, input, from, size, output, at, room) {
    const stream = this.#stream;
    Object.assign(stream, { input, next_in: from, avail_in: size, output, next_out: at, avail_out: room });
    this.status = this.#kind.isPacking ? zlibDeflate(stream, flush) : this.#unpacked(flush);
    if (this.status === BUFFER_ERROR || this.status === OK) {
      if (flush === FLUSH.finish && stream.avail_out > 0) throw failure(BUFFER_ERROR, 'unexpected end of file');
    } else if (this.status === NEEDS_DICTIONARY) throw failure(NEEDS_DICTIONARY, 'Missing dictionary');
    else if (this.status !== END) this.#check(this.status);
  }

  /** Gives what becomes of the input, piece by piece. */
  *run(flush, input, chunkSize) {
    let output = new Uint8Array(chunkSize);
    let at = 0;
    let left = input.length;
    do {
      this.step(flush, input, input.length - left, left, output, at, chunkSize - at);
      left = this.inputLeft;
      const end = chunkSize - this.roomLeft;
      if (end > at) yield output.subarray(at, end);
      at = end;
      if (this.roomLeft === 0) {
        output = new Uint8Array(chunkSize);
        at = 0;
        // What has filled the room exactly may have been all.
        if (this.isDone) return;
        continue;
      }
      return;
    } while (true);
  }

  #unpacked(flush) {
    const stream = this.#stream;
    let status = zlibInflate(stream, flush);
    if (status === NEEDS_DICTIONARY && this.#dictionary) {
      status = zlibInflateSetDictionary(stream, this.#dictionary);
      if (status === DATA_ERROR) throw failure(DATA_ERROR, 'Bad dictionary');
      if (status === OK) status = zlibInflate(stream, flush);
    }
    // A file may be several, one behind the other; zeros behind the last are none.
    const isNext = () => this.#kind.hasMembers && stream.avail_in > 0 && stream.state.flags !== 0 && stream.input[stream.next_in] !== 0;
    while (status === END && isNext()) {
      zlibInflateReset(stream);
      status = zlibInflate(stream, flush);
    }
    return status;
  }

  #prime() {
    if (!this.#dictionary) return;
    if (this.#kind.isPacking) this.#check(zlibDeflateSetDictionary(this.#stream, this.#dictionary), 'Failed to set dictionary');
    else if (this.#kind === KINDS['inflate-raw']) this.#check(zlibInflateSetDictionary(this.#stream, this.#dictionary));
  }

  #check(status, words) {
    if (status !== OK) throw failure(status, words ?? (this.#stream.msg || 'Zlib error'));
  }
}

/** An error as Node has it. */
function failure(errno, message) {
  return Object.assign(new Error(message), { errno, code: CODES[errno] });
}
