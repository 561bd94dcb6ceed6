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

test('every label of the standard is known, and what it means is what Node makes of it', async () => {
  await import('../web/encodings.js');
  const high = Uint8Array.from({ length: 128 }, (_, at) => at + 128);
  // Where ICU, which is Node's, has something else than the standard.
  const others = { 'koi8-u': [0xae, 0xbe], 'windows-874': [0x81, 0x82, 0x83, 0x84, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xdb, 0xdc, 0xdd, 0xde, 0xfc, 0xfd, 0xfe, 0xff], 'windows-1253': [0xaa], 'windows-1255': [0xca] };
  const labels = ['866', 'latin2', 'l3', 'iso-8859-4', 'cyrillic', 'arabic', 'greek8', 'hebrew', 'logical', 'latin6', 'iso-8859-13', 'iso8859-14', 'l9', 'koi', 'koi8-ru', 'mac', 'tis-620', 'cp1250', 'x-cp1251', 'cp1253', 'l5', 'cp1255', 'cp1256', 'cp1257', 'cp1258', 'x-mac-ukrainian'];
  for (const label of labels) {
    const node = new TextDecoder(label);
    const ours = new Decoder(` ${label.toUpperCase()}\n`);
    assert.equal(ours.encoding, node.encoding);
    const [mine, theirs] = [ours, node].map((decoder) => [...decoder.decode(high)]);
    const differ = mine.flatMap((character, at) => (character === theirs[at] ? [] : [at + 128]));
    assert.deepEqual(differ.filter((at) => !others[ours.encoding]?.includes(at)), [], label);
  }
  assert.equal(new Decoder('iso-8859-16').decode(Uint8Array.of(0xa4, 0xaa)), '€Ș');
  assert.equal(new Decoder('x-user-defined').decode(Uint8Array.of(0x41, 0x80)), 'A\uf780');
  assert.throws(() => new Decoder('windows-1253', { fatal: true }).decode(Uint8Array.of(0xff)), TypeError);
  for (const bytes of [[0, 0x41], [0xfe, 0xff, 0x20, 0xac], [0xd8, 0x3d, 0xde, 0x00], [0xd8, 0x3d], [0x41]]) {
    assert.equal(new Decoder('utf-16be').decode(Uint8Array.from(bytes)), new TextDecoder('utf-16be').decode(Uint8Array.from(bytes)), `${bytes}`);
  }
  for (const label of ['gbk', 'shift_jis', 'nothing']) assert.throws(() => new Decoder(label), { name: 'RangeError', code: 'ERR_ENCODING_NOT_SUPPORTED' });
});
