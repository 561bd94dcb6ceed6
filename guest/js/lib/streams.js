// rfile, wfile and connection.

import { read, readLine, trailers } from 'doverb:handler/rfile@0.1.0';
import { flush as send } from 'doverb:handler/wfile@0.1.0';

import { failure } from './failure.js';
import { handOver, settle, write } from './gathered.js';
import { decodePieces } from './utf8.js';
import { bytes } from './values.js';

/** The most that the host gives at once. */
const PIECE = 65536;
const LINE_FEED = 10;

function joined(pieces) {
  if (pieces.length === 1) return pieces[0];
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function bound(size) {
  if (size === undefined || size === null) return Infinity;
  const number = Math.floor(Number(size));
  if (Number.isNaN(number)) throw new TypeError(`a size is a number, not ${String(size)}`);
  return number < 0 ? Infinity : number;
}

/** Calls `take` for pieces until there are `size` bytes, or `isEnd` says so, or the body ends. */
function gathered(size, take, isEnd) {
  const pieces = [];
  let left = size;
  do {
    const piece = take(Math.min(left, PIECE));
    pieces.push(piece);
    if (piece.length === 0 || isEnd?.(piece)) break;
    left -= piece.length;
  } while (left > 0);
  return pieces;
}

const gather = (...of) => joined(gathered(...of));

const endsLine = (piece) => piece[piece.length - 1] === LINE_FEED;

class RFile {
  /** All bytes up to `size`, or up to the body's end. */
  read(size) {
    settle();
    try {
      return gather(bound(size), read);
    } catch (error) {
      throw failure(error);
    }
  }

  /** What is there, at most `size` bytes; waits for the first. Empty at the body's end. */
  read1(size) {
    settle();
    try {
      return read(Math.min(bound(size), PIECE));
    } catch (error) {
      throw failure(error);
    }
  }

  readinto(target) {
    if (typeof target === 'string') throw new TypeError('a Uint8Array to read into is needed, not a string');
    const view = bytes(target);
    const data = this.read(view.length);
    view.set(data);
    return data.length;
  }

  /** To the end of a line, its line feed included. */
  readline(limit) {
    settle();
    try {
      return gather(bound(limit), readLine, endsLine);
    } catch (error) {
      throw failure(error);
    }
  }

  readlines(hint) {
    const lines = [];
    let left = bound(hint) || Infinity;
    for (const line of this) {
      lines.push(line);
      left -= line.length;
      if (left <= 0) break;
    }
    return lines;
  }

  *[Symbol.iterator]() {
    for (let line = this.readline(); line.length > 0; line = this.readline()) yield line;
  }

  /** The rest of the body as text in UTF-8. */
  text() {
    settle();
    try {
      return decodePieces(gathered(Infinity, read));
    } catch (error) {
      throw failure(error);
    }
  }

  /** The rest of the body, as JSON. */
  json() {
    return JSON.parse(this.text());
  }

  /** The fields behind a chunked body that was read to its end: pairs of name and value. */
  trailers() {
    try {
      return trailers();
    } catch (error) {
      throw failure(error);
    }
  }
}

function flush() {
  handOver();
  try {
    send();
  } catch (error) {
    throw failure(error);
  }
}

class WFile {
  // write: see below.

  writelines(lines) {
    for (const line of lines) write(line);
  }

  flush() {
    flush();
  }
}

/** A raw connection, after a 101 or a 2xx answer to CONNECT. */
class Connection {
  /** What has come, at most `size` bytes; waits for the first. Empty when the client has ended its side. */
  recv(size = PIECE) {
    return rfile.read1(size);
  }

  send(data) {
    return write(data);
  }

  sendall(data) {
    write(data);
  }

  flush() {
    flush();
  }
}

export const rfile = new RFile();
export const wfile = new WFile();
export const connection = new Connection();

/** A string is written in UTF-8. */
Object.defineProperty(WFile.prototype, 'write', { value: write, writable: true, configurable: true });
