// DEFLATE, as zlib has it.

import assert from 'node:assert/strict';
import test from 'node:test';
import zlib from 'node:zlib';

import { Coder, FLUSH } from '../web/deflate.js';

const all = (kind, data, options = {}) =>
  Buffer.concat([...new Coder(kind, options).run(FLUSH.finish, data, options.chunkSize ?? 16384)]);
const text = Buffer.from(Array.from({ length: 3000 }, (_, at) => `line ${(at * 7919) % 1000} of a text, ${at}\n`).join(''));
const KINDS = { deflate: ['inflate', 'deflateSync', 'inflateSync'], 'deflate-raw': ['inflate-raw', 'deflateRawSync', 'inflateRawSync'], gzip: ['gunzip', 'gzipSync', 'gunzipSync'] };

test('data is packed to the bytes that zlib makes, and unpacked', () => {
  for (const [kind, [back, pack]] of Object.entries(KINDS)) {
    for (const data of [Buffer.alloc(0), Buffer.from('hello'), text, Buffer.alloc(70000, 1)]) {
      for (const options of [{}, { level: 0 }, { level: 1 }, { level: 9, memLevel: 4 }, { strategy: 2 }, { windowBits: 9 }]) {
        const packed = all(kind, data, options);
        assert.deepEqual(packed, zlib[pack](data, options), `${kind} ${JSON.stringify(options)}`);
        assert.deepEqual(all(back, packed), data);
        assert.deepEqual(all(back, packed, { chunkSize: 64 }), data);
      }
    }
  }
  const dictionary = text.subarray(0, 500);
  assert.deepEqual(all('deflate', text, { dictionary }), zlib.deflateSync(text, { dictionary }));
  assert.deepEqual(all('inflate', zlib.deflateSync(text, { dictionary }), { dictionary }), text);
  assert.deepEqual(all('unzip', zlib.gzipSync(text)), text);
  assert.deepEqual(all('unzip', zlib.deflateSync(text)), text);
});

test('what is broken is an error as in zlib', () => {
  const whole = zlib.gzipSync('a');
  const bad = [Buffer.from('xx'), zlib.gzipSync(text).subarray(0, 100), Buffer.alloc(0), Buffer.concat([whole, Buffer.from('junk')])];
  for (const data of bad) {
    let expected;
    try {
      zlib.gunzipSync(data);
    } catch ({ message, code, errno }) {
      expected = { message, code, errno };
    }
    assert.throws(() => all('gunzip', data), expected);
  }
  assert.throws(() => all('inflate', zlib.deflateSync(text, { dictionary: text })), { message: 'Missing dictionary', code: 'Z_NEED_DICT' });
});

test('members of a file, and zeros behind them, are read', () => {
  const parts = [zlib.gzipSync('a'), zlib.gzipSync('b'), Buffer.alloc(9)];
  assert.equal(String(all('gunzip', Buffer.concat(parts))), 'ab');
  const coder = new Coder('gunzip');
  assert.equal(String(Buffer.concat(parts.flatMap((part) => [...coder.run(FLUSH.none, part, 64)]))), 'ab');
});

test('what was written is there when it is flushed', () => {
  const coder = new Coder('gzip');
  const inflater = new Coder('gunzip');
  for (const word of ['one', 'two', 'three']) {
    const sent = Buffer.concat([...coder.run(FLUSH.sync, Buffer.from(word), 64)]);
    assert.equal(String(Buffer.concat([...inflater.run(FLUSH.none, sent, 64)])), word);
  }
});
