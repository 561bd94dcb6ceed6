// TextEncoder and TextDecoder against Node's.

import assert from 'node:assert/strict';
import test from 'node:test';

import { TextDecoder as Decoder, TextEncoder as Encoder } from '../lib/text.js';

const TEXTS = ['', 'plain', 'é€😀', '\ud800', 'a\udc00b', '\0\x7f\x80\xff', '\ufeffmark', 'x'.repeat(20000), '😀'.repeat(5000)];

/** Bytes that are often, but not always, UTF-8: the same for each run. */
function* samples() {
  let seed = 12345;
  const next = (below) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor((seed / 4294967296) * below);
  };
  const pieces = [[0x41], [0xc3, 0xa9], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x98, 0x80], [0xef, 0xbb, 0xbf], [0xc0], [0xff], [0xed, 0xa0, 0x80], [0xf4, 0x90], [0xe0, 0x80], [0x80]];
  for (let round = 0; round < 3000; round++) {
    const bytes = [];
    for (let count = next(6); count >= 0; count--) {
      const piece = pieces[next(pieces.length)];
      bytes.push(...piece.slice(0, 1 + next(piece.length)));
    }
    yield Uint8Array.from(bytes);
  }
}

function outcome(decode) {
  try {
    return decode();
  } catch (error) {
    return error.constructor.name;
  }
}

test('texts become the same bytes', () => {
  for (const text of TEXTS) assert.deepEqual(new Encoder().encode(text), new TextEncoder().encode(text));
  const bytes = new Encoder().encode('once');
  bytes[0] = 0;
  assert.equal(new Encoder().encode('once')[0], 'o'.charCodeAt(0), 'what was given away may be written to');
});

test('texts are put into an array as far as it goes', () => {
  for (const text of TEXTS.slice(0, 6)) {
    for (let length = 0; length < 10; length++) {
      const [ours, node] = [new Uint8Array(length), new Uint8Array(length)];
      assert.deepEqual(new Encoder().encodeInto(text, ours), new TextEncoder().encodeInto(text, node));
      assert.deepEqual(ours, node);
    }
  }
});

test('bytes become the same text, whatever is wrong with them', () => {
  for (const options of [{}, { fatal: true }, { ignoreBOM: true }]) {
    for (const bytes of samples()) {
      const [ours, node] = [Decoder, TextDecoder].map((D) => outcome(() => new D('utf-8', options).decode(bytes)));
      assert.equal(ours, node, `${bytes}`);
    }
  }
});

test('bytes may come in pieces', () => {
  for (const bytes of samples()) {
    const decoders = [new Decoder(), new TextDecoder()];
    const [ours, node] = decoders.map((decoder) => {
      let text = '';
      for (const byte of bytes) text += decoder.decode(Uint8Array.of(byte), { stream: true });
      return text + decoder.decode() + decoder.decode(Uint8Array.of(0x41));
    });
    assert.equal(ours, node, `${bytes}`);
  }
});

test('other encodings have the names and the characters of the standard', () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  for (const label of ['latin1', 'ISO-8859-1', ' ascii ', 'windows-1252', 'utf-16le']) {
    const [ours, node] = [new Decoder(label), new TextDecoder(label)];
    assert.equal(ours.encoding, node.encoding);
    // Node's windows-1252 is ISO-8859-1 in some versions.
    if (ours.encoding === 'utf-16le') assert.equal(ours.decode(all), node.decode(all));
  }
  assert.equal(new Decoder('latin1').decode(Uint8Array.of(0x41, 0x80, 0xe9)), 'A\u20ac\xe9');
  assert.throws(() => new Decoder('klingon'), RangeError);
});
