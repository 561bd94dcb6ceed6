// Keys with a passphrase, as Node and OpenSSL write and read them.

import assert from 'node:assert/strict';
import node from 'node:crypto';
import test from 'node:test';

import { code as told } from './refused.mjs';

const { own } = await import('./own-crypto.mjs');
const { INTEGER, NULL, OCTETS, OID, SEQUENCE, written, writtenInteger } = await import('../web/der.js');

const passphrase = 'correct horse battery staple é';
const PAIRS = [['rsa', { modulusLength: 1024 }], ['ec', { namedCurve: 'P-384' }], ['ed25519', {}], ['x25519', {}]].map(([type, options]) => node.generateKeyPairSync(type, options));
const KEY = PAIRS[1].privateKey;
const PLAIN = KEY.export({ type: 'pkcs8', format: 'der' });
const CIPHERS = ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc'];
const code = (work) => told(work, passphrase);
const refused = (key, given = { passphrase }) => code(() => own.createPrivateKey({ key, ...given }));

const oid = (hex) => written(OID, Buffer.from(hex, 'hex'));
const of = (...parts) => written(SEQUENCE, ...parts);
const bytes = (size, value = 1) => written(OCTETS, new Uint8Array(size).fill(value));
const AES_256 = '60864801650304012a';
/** A key that says these things of how it is encrypted. */
function saying({ scheme = '2a864886f70d01050d', kdf = '2a864886f70d01050c', prf = [of(oid('2a864886f70d0209'), written(NULL))], cipher = AES_256, count = 2048n, salt = 16, iv = 16, size = [], data = 96 }) {
  const how = of(of(oid(kdf), of(bytes(salt), typeof count === 'bigint' ? writtenInteger(count) : count, ...size, ...prf)), of(oid(cipher), bytes(iv)));
  return { key: Buffer.from(of(of(oid(scheme), how), bytes(data))), format: 'der', type: 'pkcs8', passphrase };
}

test('keys that Node encrypts are read, and those encrypted here are read by Node', () => {
  for (const { privateKey, publicKey } of PAIRS) {
    const plain = privateKey.export({ type: 'pkcs8', format: 'pem' });
    for (const cipher of CIPHERS) {
      for (const format of ['pem', 'der']) {
        const given = { format, type: 'pkcs8', passphrase };
        const key = own.createPrivateKey({ key: privateKey.export({ ...given, cipher }), ...given });
        assert.equal(key.export({ type: 'pkcs8', format: 'pem' }), plain);
        assert.equal(node.createPrivateKey({ key: key.export({ ...given, cipher }), ...given }).export({ type: 'pkcs8', format: 'pem' }), plain);
        const bytes = Buffer.from(passphrase);
        assert.ok(own.createPrivateKey({ key: key.export({ ...given, cipher, passphrase: bytes }), ...given }).equals(key));
      }
    }
    const sealed = { key: privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }), passphrase };
    assert.equal(own.createPublicKey(sealed).export({ type: 'spki', format: 'pem' }), publicKey.export({ type: 'spki', format: 'pem' }));
  }
  const { privateKey } = own.generateKeyPairSync('ed25519', { privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } });
  assert.match(privateKey, /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
  assert.ok(node.createPrivateKey({ key: privateKey, passphrase }));
  const [one, other] = [1, 2].map(() => own.createPrivateKey({ key: PLAIN, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }));
  assert.notEqual(one, other);
});

test('the old lines of PEM are read', () => {
  for (const [{ privateKey }, type] of [[PAIRS[0], 'pkcs1'], [PAIRS[1], 'sec1']]) {
    for (const cipher of CIPHERS) {
      const key = privateKey.export({ type, format: 'pem', cipher, passphrase });
      assert.match(key, /Proc-Type: 4,ENCRYPTED/);
      const read = own.createPrivateKey({ key, passphrase });
      assert.equal(read.export({ type, format: 'pem' }), privateKey.export({ type, format: 'pem' }));
      assert.ok(own.createPrivateKey({ key: key.replaceAll('\n', '\r\n'), passphrase }).equals(read));
      assert.equal(refused(key, {}), 'ERR_MISSING_PASSPHRASE');
      assert.equal(refused(key, { passphrase: 'wrong' }), 'ERR_OSSL_BAD_DECRYPT');
      assert.equal(refused(key.replace(/DEK-Info: .*/, 'DEK-Info: DES-EDE3-CBC,0102030405060708')), 'ERR_OSSL_UNSUPPORTED');
      for (const line of ['', 'DEK-Info:', 'DEK-Info: AES-256-CBC,', 'DEK-Info: AES-256-CBC,0102', `DEK-Info: AES-256-CBC,${'0'.repeat(31)}g`, `DEK-Info: AES-256-CBC,${'0'.repeat(4000)}`]) {
        assert.equal(refused(key.replace(/DEK-Info: .*/, line)), 'ERR_OSSL_UNSUPPORTED', line.slice(0, 60));
      }
    }
  }
});

test('without the right passphrase there is one error', () => {
  const key = KEY.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase });
  assert.equal(refused(key, {}), 'ERR_MISSING_PASSPHRASE');
  const der = KEY.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase });
  assert.equal(refused(der, { format: 'der', type: 'pkcs8' }), 'ERR_MISSING_PASSPHRASE');
  for (let at = 0; at < 300; at++) assert.equal(refused(key, { passphrase: `wrong ${at}` }), 'ERR_OSSL_BAD_DECRYPT');
  assert.equal(refused(key, { passphrase: '' }), 'ERR_OSSL_BAD_DECRYPT');
  assert.equal(refused(key, { passphrase: 'x'.repeat(1025) }), 'ERR_OUT_OF_RANGE');
  const read = own.createPrivateKey({ key: PLAIN, format: 'der', type: 'pkcs8' });
  assert.equal(code(() => read.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc' })), 'ERR_MISSING_PASSPHRASE');
  assert.equal(code(() => read.export({ type: 'pkcs8', format: 'pem', cipher: 'des-ede3-cbc', passphrase })), 'ERR_CRYPTO_UNKNOWN_CIPHER');
  assert.equal(code(() => read.export({ type: 'pkcs8', format: 'pem', passphrase })), 'ERR_CRYPTO_UNKNOWN_CIPHER');
  assert.equal(code(() => read.export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase })), 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS');
});

test('what is damaged is refused, wherever', () => {
  const whole = KEY.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase });
  const given = { format: 'der', type: 'pkcs8', passphrase };
  for (let size = 0; size < whole.length; size++) assert.match(refused(whole.subarray(0, size), given), /^ERR_OSSL_(UNSUPPORTED|BAD_DECRYPT)$/);
  assert.equal(refused(Buffer.concat([whole, Buffer.alloc(16)]), given), 'ERR_OSSL_UNSUPPORTED');
  const began = performance.now();
  for (let at = 0; at < whole.length; at++) {
    const wrong = Uint8Array.from(whole);
    wrong[at] ^= 0x41;
    let made;
    try {
      made = own.createPrivateKey({ key: wrong, ...given });
    } catch ({ code: told }) {
      assert.match(told, /^ERR_OSSL_(UNSUPPORTED|BAD_DECRYPT)$/);
      continue;
    }
    // One block of CBC is garbled by a bit, and not those that say what it is; or a bit was of no weight.
    assert.ok(!made.equals(own.createPrivateKey({ key: PLAIN, format: 'der', type: 'pkcs8' })) || at < whole.length - PLAIN.length, `${at}`);
  }
  assert.ok(performance.now() - began < 60_000);
});

test('what a key asks for is bounded, and what is not there is named', () => {
  const why = (given, said) => assert.throws(() => own.createPrivateKey(given), (error) => error.code === 'ERR_OSSL_UNSUPPORTED' && said.test(error.message) && !/\n/.test(error.message), String(said));
  assert.equal(code(() => own.createPrivateKey(saying({}))), 'ERR_OSSL_BAD_DECRYPT');
  for (const count of [0n, 2_000_001n, 1n << 64n, 1n << 1000n]) why(saying({ count }), /at most 2000000 are made|not written in DER/);
  why(saying({ count: written(INTEGER, Uint8Array.of(0xff)) }), /not written in DER/);
  why(saying({ salt: 1025 }), /salt has at most 1024 bytes/);
  why(saying({ iv: 8 }), /numbers of its encryption are wrong/);
  why(saying({ size: [writtenInteger(1n << 30n)] }), /numbers of its encryption are wrong/);
  why(saying({ kdf: '2b06010401da47040b' }), /encrypted by scrypt, which is not there: write it anew with openssl/);
  why(saying({ kdf: '2b06' }), /function other than PBKDF2/);
  why(saying({ scheme: '2a864886f70d010c0103' }), /scheme other than PBES2/);
  why(saying({ cipher: '2a864886f70d0307' }), /DES-EDE3-CBC/);
  why(saying({ cipher: '2b06' }), /cipher other than AES in CBC/);
  why(saying({ prf: [of(oid('2b06'), written(NULL))] }), /hash other than SHA-1 and SHA-2/);
  why({ key: Buffer.from(of(of(), bytes(16))), format: 'der', type: 'pkcs8', passphrase }, /not written in DER/);
  for (const data of [0, 15, 17, 40_000]) assert.equal(code(() => own.createPrivateKey(saying({ data }))), 'ERR_OSSL_BAD_DECRYPT');
  for (const filler of ['\n', 'A: \n', '-----BEGIN RSA PRIVATE KEY-----\n', 'A', 'a-']) {
    const began = performance.now();
    const text = `-----BEGIN RSA PRIVATE KEY-----\n${filler.repeat(Math.floor(200_000 / filler.length))}`;
    why({ key: text, passphrase }, /not written in PEM/);
    assert.ok(performance.now() - began < 2000, filler);
  }
  const many = `-----BEGIN RSA PRIVATE KEY-----\n${'Proc-Type: 4,ENCRYPTED\n'.repeat(10_000)}\nAAAA\n-----END RSA PRIVATE KEY-----`;
  why({ key: many, passphrase }, /not written in PEM/);
  why({ key: `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${'A'.repeat(200_000)}\n-----END ENCRYPTED PRIVATE KEY-----`, passphrase }, /more than 65536 bytes|not written in DER/);
});

test('each hash that PBES2 may have is known, and SHA-1 is that of who names none', () => {
  for (const [prf, digest] of [[[], 'sha1'], ['07', 'sha1'], ['08', 'sha224'], ['09', 'sha256'], ['0a', 'sha384'], ['0b', 'sha512']]) {
    const given = saying({ prf: prf.length === 0 ? [] : [of(oid(`2a864886f70d02${prf}`), written(NULL))], count: 3n, size: [writtenInteger(32n)], data: 0 });
    const key = node.pbkdf2Sync(passphrase, Buffer.alloc(16, 1), 3, 32, digest);
    const cipher = node.createCipheriv('aes-256-cbc', key, Buffer.alloc(16, 1));
    const data = Buffer.concat([cipher.update(PLAIN), cipher.final()]);
    const head = given.key.subarray(given.key.length > 129 ? 3 : 2, -2);
    const read = own.createPrivateKey({ ...given, key: Buffer.from(of(head, written(OCTETS, data))) });
    assert.deepEqual(read.export({ type: 'pkcs8', format: 'der' }), PLAIN);
  }
});
