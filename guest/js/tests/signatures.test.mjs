// Keys of two halves and their signatures, as Node has them.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import test from 'node:test';

import './base64.mjs';

const forms = await import('../web/key-forms.js');
const { ANY_SALT, isSigned, signed } = await import('../web/signatures.js');
const { hash } = await import('../web/hashes.js');

const DATA = Buffer.from('what is signed');
const KINDS = [
  ['rsa', { modulusLength: 2048 }], ['rsa', { modulusLength: 1031 }], ['ec', { namedCurve: 'P-256' }], ['ec', { namedCurve: 'P-384' }],
  ['ec', { namedCurve: 'P-521' }], ['ed25519', {}],
];
const PAIRS = KINDS.map(([type, options]) => crypto.generateKeyPairSync(type, options));

test('keys are read and written in each form to the bytes that Node has', () => {
  for (const { privateKey, publicKey } of PAIRS) {
    const type = privateKey.asymmetricKeyType;
    const der = (key, kind) => key.export({ type: kind, format: 'der' });
    const own = forms.fromPkcs8(der(privateKey, 'pkcs8'));
    assert.deepEqual(Buffer.from(forms.pkcs8(own)), der(privateKey, 'pkcs8'), type);
    assert.deepEqual(Buffer.from(forms.spki(forms.fromSpki(der(publicKey, 'spki')))), der(publicKey, 'spki'));
    assert.deepEqual(Buffer.from(forms.spki(own)), der(publicKey, 'spki'));
    for (const key of [privateKey, publicKey]) {
      const jwk = key.export({ format: 'jwk' });
      assert.deepEqual(forms.jwk(forms.fromJwk(jwk)), jwk);
    }
    if (type === 'rsa') {
      assert.deepEqual(Buffer.from(forms.pkcs1(forms.fromPkcs1(der(privateKey, 'pkcs1')))), der(privateKey, 'pkcs1'));
      assert.deepEqual(Buffer.from(forms.pkcs1Public(forms.fromPkcs1Public(der(publicKey, 'pkcs1')))), der(publicKey, 'pkcs1'));
    }
    if (type === 'ec') assert.deepEqual(Buffer.from(forms.sec1(forms.fromSec1(der(privateKey, 'sec1')))), der(privateKey, 'sec1'));
    assert.ok(forms.isSame(own, forms.fromJwk(privateKey.export({ format: 'jwk' }))));
    assert.ok(!forms.isSame(own, forms.publicHalf(own)));
  }
});

test('each signature is taken by Node, and those of Node are taken here', () => {
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_AUTO: any } = crypto.constants;
  for (const { privateKey, publicKey } of PAIRS) {
    const key = forms.fromPkcs8(privateKey.export({ type: 'pkcs8', format: 'der' }));
    const half = forms.publicHalf(key);
    const type = privateKey.asymmetricKeyType;
    for (const name of type === 'ed25519' ? [null] : ['sha1', 'sha256', 'sha384']) {
      const ways = {
        rsa: [[{}, {}], [{ salt: 20 }, { padding, saltLength: 20 }], [{ salt: ANY_SALT }, { padding, saltLength: any }], [{ salt: ANY_SALT }, { padding, saltLength: 3 }]],
        ec: [[{}, { dsaEncoding: 'ieee-p1363' }], [{ isDer: true }, {}]],
        ed25519: [[{}, {}]],
      }[type];
      for (const [own, options] of ways) {
        const way = { ...own, hash: name && hash(name) };
        const made = signed(key, way, DATA);
        const taken = options.saltLength === 3 ? { ...options, saltLength: any } : options;
        assert.ok(crypto.verify(name, DATA, { key: publicKey, ...taken }, made), `${type} ${name} ${JSON.stringify(options)}`);
        const given = new Uint8Array(crypto.sign(name, DATA, { key: privateKey, ...options }));
        assert.ok(isSigned(half, way, given, DATA), `${type} ${name} ${JSON.stringify(options)}`);
        assert.ok(!isSigned(half, way, given, DATA.subarray(1)));
        for (const at of [0, 7, given.length - 1]) {
          const wrong = Uint8Array.from(given);
          wrong[at] ^= 1;
          assert.ok(!isSigned(half, way, wrong, DATA));
        }
        for (const none of [given.subarray(1), new Uint8Array(0), new Uint8Array(given.length), new Uint8Array(given.length).fill(255), new Uint8Array(1 << 20)]) {
          assert.ok(!isSigned(half, way, none, DATA));
        }
      }
    }
  }
});

test('what is no key is an error, however it is cut or changed', () => {
  for (const { privateKey, publicKey } of PAIRS) {
    const whole = [[forms.fromPkcs8, privateKey.export({ type: 'pkcs8', format: 'der' })], [forms.fromSpki, publicKey.export({ type: 'spki', format: 'der' })]];
    for (const [read, bytes] of whole) {
      for (let size = 0; size < bytes.length; size += 1 + (size >> 4)) assert.throws(() => read(bytes.subarray(0, size)), Error);
      assert.throws(() => read(Buffer.concat([bytes, Buffer.alloc(1)])), Error);
      for (let at = 0; at < Math.min(bytes.length, 40); at++) {
        const wrong = Uint8Array.from(bytes);
        wrong[at] ^= 0x81;
        let key;
        try {
          key = read(wrong);
        } catch (error) {
          assert.ok(error instanceof Error, String(error));
          continue;
        }
        // Another number may be one of a key, too; it is not the key that was.
        assert.ok(!forms.isSame(key, read(bytes)) || Buffer.from(forms.isPrivate(key) ? forms.pkcs8(key) : forms.spki(key)).equals(bytes));
      }
    }
  }
});

test('keys are refused that would cost too much, or that no one should trust', () => {
  const numbers = { kty: 'RSA', e: 'AQAB' };
  const long = (bytes) => Buffer.alloc(bytes, 255).toString('base64url');
  assert.throws(() => forms.fromJwk({ ...numbers, n: long(64) }), /1024 to 8192 bits/);
  assert.throws(() => forms.fromJwk({ ...numbers, n: long(1025) }), /no text of a key|1024 to 8192 bits/);
  assert.throws(() => forms.fromJwk({ ...numbers, n: long(1 << 20) }), /no text of a key/);
  assert.throws(() => forms.fromJwk({ ...numbers, n: long(256), e: long(16) }), /not those of a key/);
  assert.throws(() => forms.fromJwk({ ...numbers, n: long(256), d: long(255) }), /lacks numbers/);
  const { x } = PAIRS[2].publicKey.export({ format: 'jwk' });
  assert.throws(() => forms.fromJwk({ kty: 'EC', crv: 'P-256', x, y: x }), /bad point|not on curve|equation/i);
  assert.throws(() => forms.fromJwk({ kty: 'EC', crv: 'secp256k1', x, y: x }), /keys are of/);
  assert.throws(() => forms.fromJwk({ kty: 'EC', crv: 'P-256', x: 5, y: x }), /no text of a key/);
  const other = PAIRS[0].privateKey.export({ format: 'jwk' });
  assert.throws(() => forms.fromJwk({ ...other, p: other.q, q: other.dp }), /not those of a key/);
  const mixed = forms.fromJwk({ ...other, qi: other.dp });
  assert.throws(() => signed(mixed, { hash: hash('sha256') }, DATA), /do not belong together/);
});
