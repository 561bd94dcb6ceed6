// Node's zlib, as far as deflate and gzip go. Of Brotli there is nothing, not even the names, by which packages find out.

import { Buffer } from './buffer.js';
import process from './process.js';
import stream from './stream.js';
import { Coder, FLUSH } from '../web/deflate.js';

const { Transform } = stream;
const DEFAULT_CHUNK = 16384;
/** What tells how the data before an empty chunk is to be flushed. */
const KIND_OF_FLUSH = Symbol('flush');
const HANDLERS = new WeakMap();

export const constants = Object.freeze({
  Z_NO_FLUSH: 0, Z_PARTIAL_FLUSH: 1, Z_SYNC_FLUSH: 2, Z_FULL_FLUSH: 3, Z_FINISH: 4, Z_BLOCK: 5, Z_OK: 0, Z_STREAM_END: 1,
  Z_NEED_DICT: 2, Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4, Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6,
  Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1, Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1, Z_FILTERED: 1, Z_HUFFMAN_ONLY: 2, Z_RLE: 3,
  Z_FIXED: 4, Z_DEFAULT_STRATEGY: 0, ZLIB_VERNUM: 4880, DEFLATE: 1, INFLATE: 2, GZIP: 3, GUNZIP: 4, DEFLATERAW: 5, INFLATERAW: 6,
  UNZIP: 7, Z_MIN_WINDOWBITS: 8, Z_MAX_WINDOWBITS: 15, Z_DEFAULT_WINDOWBITS: 15, Z_MIN_CHUNK: 64, Z_MAX_CHUNK: Infinity,
  Z_DEFAULT_CHUNK: DEFAULT_CHUNK, Z_MIN_MEMLEVEL: 1, Z_MAX_MEMLEVEL: 9, Z_DEFAULT_MEMLEVEL: 8, Z_MIN_LEVEL: -1, Z_MAX_LEVEL: 9,
  Z_DEFAULT_LEVEL: -1,
});
const numbers = Object.entries(constants).filter(([name]) => /^Z_(?:OK|STREAM_END|NEED_DICT|ERRNO|\w+_ERROR)$/.test(name));
export const codes = Object.freeze(Object.fromEntries([...numbers, ...numbers.map(([name, number]) => [number, name])]));

function bytes(value) {
  if (typeof value === 'string') return Buffer.from(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw Object.assign(new TypeError('The "buffer" argument must be of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer.'), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
}

/** What zlib would take for another value is refused, as in Node. */
function within(options, name, least, most) {
  const value = options[name];
  if (value === undefined || Number.isNaN(value)) return;
  if (typeof value !== 'number') {
    throw Object.assign(new TypeError(`The "options.${name}" property must be of type number.`), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  if (value < least || value > most) {
    throw Object.assign(new RangeError(`The value of "options.${name}" is out of range. It must be >= ${least} and <= ${most}. Received ${value}`), {
      code: 'ERR_OUT_OF_RANGE',
    });
  }
}

function coder(kind, options) {
  within(options, 'level', -1, 9);
  within(options, 'memLevel', 1, 9);
  within(options, 'strategy', 0, 4);
  within(options, 'chunkSize', 64, Infinity);
  if (options.windowBits !== 0) within(options, 'windowBits', 8, 15);
  return new Coder(kind, { ...options, dictionary: options.dictionary && bytes(options.dictionary) });
}

/** All that becomes of the data. */
function collected(of, flush, data, { chunkSize = DEFAULT_CHUNK, maxOutputLength = Infinity }) {
  const pieces = [];
  let size = 0;
  for (const piece of of.run(flush, data, chunkSize)) {
    size += piece.length;
    if (size > maxOutputLength) {
      throw Object.assign(new RangeError(`Cannot create a Buffer larger than ${maxOutputLength} bytes`), { code: 'ERR_BUFFER_TOO_LARGE' });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}

/** A constructor as those of old: some packages call it with an object of theirs. */
function kindOf(name, kind) {
  const Made = {
    [name]: function (options) {
      if (!(this instanceof Made)) return new Made(options);
      const given = options ?? {};
      const made = coder(kind, given);
      Transform.call(this, { autoDestroy: true, ...given, objectMode: false, flush: undefined, transform: undefined });
      HANDLERS.set(this, made);
      this.bytesWritten = 0;
      this._flushKind = given.flush ?? FLUSH.none;
      this._finishKind = given.finishFlush ?? FLUSH.finish;
      this._chunkSize = given.chunkSize ?? DEFAULT_CHUNK;
      this._outBuffer = Buffer.alloc(this._chunkSize);
      this._outOffset = 0;
      this._writeState = new Uint32Array(2);
      this._handle = { writeSync: (...args) => wroteSync(this, made, args), close: () => {} };
    },
  }[name];
  Object.setPrototypeOf(Made.prototype, Zlib.prototype);
  return Object.setPrototypeOf(Made, Zlib);
}

/** One step, as those take it who go below the streams. */
function wroteSync(whole, made, [flush, input, from, size, output, at, room]) {
  made.step(flush, input ?? new Uint8Array(0), from, size, output, at, room);
  whole._writeState[0] = made.roomLeft;
  whole._writeState[1] = made.inputLeft;
}

function Zlib() {}
Object.setPrototypeOf(Zlib, Transform);
Object.setPrototypeOf(Zlib.prototype, Transform.prototype);
Object.assign(Zlib.prototype, {
  _transform(chunk, encoding, done) {
    this._give(chunk[KIND_OF_FLUSH] ?? this._flushKind, bytes(chunk), done);
  },

  _flush(done) {
    this._give(this._finishKind, new Uint8Array(0), done);
  },

  _give(flush, data, done) {
    try {
      for (const piece of HANDLERS.get(this).run(flush, data, this._chunkSize)) this.push(Buffer.from(piece));
      this.bytesWritten += data.length;
    } catch (error) {
      return done(error);
    }
    done();
  },

  /** For those who have no time for streams. */
  _processChunk(chunk, flush, done) {
    if (done) return this._give(flush, bytes(chunk), done);
    return collected(HANDLERS.get(this), flush, bytes(chunk), { chunkSize: this._chunkSize });
  },

  flush(...args) {
    const done = typeof args.at(-1) === 'function' ? args.pop() : undefined;
    if (this.writableFinished || this.destroyed) {
      if (done) process.nextTick(done);
    } else if (this.writableEnded) {
      if (done) this.once('end', done);
    } else {
      this.write(Object.assign(Buffer.alloc(0), { [KIND_OF_FLUSH]: args[0] ?? FLUSH.full }), '', done);
    }
  },

  reset() {
    HANDLERS.get(this).reset();
  },

  close(done) {
    if (done) stream.finished(this, done);
    this.destroy();
  },
});

const done = (kind) => (data, options = {}) => {
  const given = options ?? {};
  const made = coder(kind, given);
  const buffer = collected(made, given.finishFlush ?? FLUSH.finish, bytes(data), given);
  return given.info ? { buffer, engine: made } : buffer;
};
const later = (work) => (data, ...rest) => {
  const callback = rest.pop();
  if (typeof callback !== 'function') {
    throw Object.assign(new TypeError('The "callback" argument must be of type function.'), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  const given = bytes(data);
  process.nextTick(() => {
    let found;
    try {
      found = work(given, ...rest);
    } catch (error) {
      return callback(error);
    }
    callback(null, found);
  });
};

export const Deflate = kindOf('Deflate', 'deflate');
export const DeflateRaw = kindOf('DeflateRaw', 'deflate-raw');
export const Gzip = kindOf('Gzip', 'gzip');
export const Inflate = kindOf('Inflate', 'inflate');
export const InflateRaw = kindOf('InflateRaw', 'inflate-raw');
export const Gunzip = kindOf('Gunzip', 'gunzip');
export const Unzip = kindOf('Unzip', 'unzip');
export const createDeflate = (options) => new Deflate(options);
export const createDeflateRaw = (options) => new DeflateRaw(options);
export const createGzip = (options) => new Gzip(options);
export const createInflate = (options) => new Inflate(options);
export const createInflateRaw = (options) => new InflateRaw(options);
export const createGunzip = (options) => new Gunzip(options);
export const createUnzip = (options) => new Unzip(options);
export const deflateSync = done('deflate');
export const deflateRawSync = done('deflate-raw');
export const gzipSync = done('gzip');
export const inflateSync = done('inflate');
export const inflateRawSync = done('inflate-raw');
export const gunzipSync = done('gunzip');
export const unzipSync = done('unzip');
export const deflate = later(deflateSync);
export const deflateRaw = later(deflateRawSync);
export const gzip = later(gzipSync);
export const inflate = later(inflateSync);
export const inflateRaw = later(inflateRawSync);
export const gunzip = later(gunzipSync);
export const unzip = later(unzipSync);

const TABLE = new Uint32Array(256).map((_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

export function crc32(data, value = 0) {
  let rest = ~value;
  for (const byte of bytes(data)) rest = TABLE[(rest ^ byte) & 255] ^ (rest >>> 8);
  return ~rest >>> 0;
}

export default {
  ...constants, Deflate, DeflateRaw, Gunzip, Gzip, Inflate, InflateRaw, Unzip, codes, constants, crc32, createDeflate, createDeflateRaw,
  createGunzip, createGzip, createInflate, createInflateRaw, createUnzip, deflate, deflateRaw, deflateRawSync, deflateSync, gunzip,
  gunzipSync, gzip, gzipSync, inflate, inflateRaw, inflateRawSync, inflateSync, unzip, unzipSync,
};
