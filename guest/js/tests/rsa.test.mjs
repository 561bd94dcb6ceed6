// Keys of RSA that are made, and what is encrypted with them, beside Node's.

import assert from 'node:assert/strict';
import node from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { promisify } from 'node:util';

import { code, name } from './refused.mjs';

const theirs = node.webcrypto.subtle;
const { own, subtle } = await import('./own-crypto.mjs');

const DATA = Buffer.from('what is encrypted');
const PEM = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } };
const KEYS = [1024, 1031, 2048].map((modulusLength) => node.generateKeyPairSync('rsa', { modulusLength, ...PEM }));

test('keys are made that Node reads, with all their numbers', async () => {
  for (const options of [{ modulusLength: 1024 }, { modulusLength: 1025, publicExponent: 3 }, { modulusLength: 2048 }]) {
    const { privateKey, publicKey } = own.generateKeyPairSync('rsa', options);
    const read = node.createPrivateKey(privateKey.export({ type: 'pkcs1', format: 'pem' }));
    const details = { modulusLength: options.modulusLength, publicExponent: BigInt(options.publicExponent ?? 65537) };
    assert.deepEqual(read.asymmetricKeyDetails, details);
    assert.deepEqual(publicKey.asymmetricKeyDetails, details);
    assert.equal(privateKey.export({ type: 'pkcs8', format: 'pem' }), read.export({ type: 'pkcs8', format: 'pem' }));
    assert.deepEqual(privateKey.export({ format: 'jwk' }), read.export({ format: 'jwk' }));
    const number = (part) => BigInt(`0x${Buffer.from(read.export({ format: 'jwk' })[part], 'base64url').toString('hex')}`);
    const [p, q, d, e] = ['p', 'q', 'd', 'e'].map(number);
    assert.ok(node.checkPrimeSync(p) && node.checkPrimeSync(q) && p > q && p * q === number('n'));
    assert.ok((d * e) % (p - 1n) === 1n && (d * e) % (q - 1n) === 1n && (number('qi') * q) % p === 1n);
    assert.deepEqual([number('dp'), number('dq')], [d % (p - 1n), d % (q - 1n)]);
    assert.ok(node.verify('sha256', DATA, publicKey.export(PEM.publicKeyEncoding), own.sign('sha256', DATA, privateKey)));
  }
  const made = await promisify(own.generateKeyPair)('rsa', { modulusLength: 1024, ...PEM });
  assert.ok(node.createPublicKey(made.privateKey).equals(node.createPublicKey(made.publicKey)));
  const [error, publicKey, privateKey] = await new Promise((resolve) => own.generateKeyPair('rsa', { modulusLength: 1024 }, (...all) => resolve(all)));
  assert.deepEqual([error, publicKey.type, privateKey.asymmetricKeyType], [null, 'public', 'rsa']);
});

test('two keys have no prime in common, and their bits are not the same ones', () => {
  const primes = Array.from({ length: 6 }, () => own.generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' })).flatMap(({ p, q }) => [p, q]);
  assert.equal(new Set(primes).size, 12);
  assert.equal(new Set(primes.map((prime) => prime.slice(0, 20))).size, 12);
});

test('what no key has is refused before one is looked for', async () => {
  for (const modulusLength of [512, 1023, 4097, 1e9, 2048.5, NaN, undefined, '2048']) {
    assert.equal(code(() => own.generateKeyPairSync('rsa', { modulusLength })), 'ERR_OUT_OF_RANGE');
  }
  for (const publicExponent of [1, 2, 65536, -3, 2 ** 40 + 1, 3.5]) {
    assert.equal(code(() => own.generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent })), 'ERR_OUT_OF_RANGE');
  }
  for (const type of ['rsa-pss', 'dsa', 'dh', 'x448', 'ed448']) assert.throws(() => own.generateKeyPairSync(type, {}), { message: new RegExp(`${type} is not there`) });
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1) };
  assert.equal(await name(subtle.generateKey({ ...algorithm, modulusLength: 8192 }, true, ['decrypt'])), 'OperationError');
  assert.equal(await name(subtle.generateKey({ ...algorithm, publicExponent: new Uint8Array(1 << 20).fill(255) }, true, ['decrypt'])), 'OperationError');
  assert.equal(await name(subtle.generateKey({ ...algorithm, publicExponent: new Uint8Array(0) }, true, ['decrypt'])), 'OperationError');
  assert.equal(await name(subtle.generateKey(algorithm, true, ['sign'])), 'SyntaxError');
  assert.equal(await name(subtle.generateKey(algorithm, true, ['encrypt'])), 'SyntaxError');
  assert.equal(await name(subtle.generateKey({ ...algorithm, hash: 'MD5' }, true, ['decrypt'])), 'NotSupportedError');
});

test('OAEP is read by Node and read here, with each hash and label', () => {
  for (const { privateKey, publicKey } of KEYS) {
    for (const options of [{}, { oaepHash: 'sha256' }, { oaepHash: 'sha384', oaepLabel: Buffer.from('a label') }, { padding: 4, oaepHash: 'SHA1' }]) {
      for (const data of [DATA, Buffer.alloc(0)]) {
        const [open, secret] = [{ key: publicKey, ...options }, { key: privateKey, ...options }];
        assert.deepEqual(node.privateDecrypt(secret, own.publicEncrypt(open, data)), data);
        assert.deepEqual(own.privateDecrypt(secret, node.publicEncrypt(open, data)), data);
      }
    }
    assert.deepEqual(own.privateDecrypt(own.createPrivateKey(privateKey), own.publicEncrypt(privateKey, DATA)), DATA);
  }
  const long = Buffer.alloc(1024 / 8 - 2 * 20 - 2, 7);
  assert.deepEqual(own.privateDecrypt(KEYS[0].privateKey, own.publicEncrypt(KEYS[0].publicKey, long)), long);
  assert.equal(code(() => own.publicEncrypt(KEYS[0].publicKey, Buffer.concat([long, DATA]))), 'ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE');
});

test('all that cannot be decrypted by OAEP is one error', () => {
  for (const { privateKey, publicKey } of KEYS) {
    const right = node.publicEncrypt(publicKey, DATA);
    const changed = [0, 1, 20, 21, 60, right.length - 1].map((at) => right.map((byte, place) => (place === at ? byte ^ 1 : byte)));
    const wrong = [
      ...changed, right.subarray(1), right.subarray(0, 9), Buffer.alloc(0), Buffer.concat([Buffer.alloc(1), right]), Buffer.alloc(right.length), Buffer.alloc(right.length, 255),
      Buffer.alloc(1 << 20, 3), node.publicEncrypt({ key: publicKey, oaepLabel: Buffer.from('x') }, DATA), node.publicEncrypt({ key: publicKey, padding: 1 }, DATA),
      node.publicEncrypt({ key: publicKey, oaepHash: 'sha256' }, DATA), node.publicEncrypt({ key: publicKey, padding: 3 }, Buffer.concat([Buffer.alloc(right.length - 1), Buffer.of(1)])),
    ];
    const said = wrong.map((secret) => {
      try {
        return own.privateDecrypt(privateKey, secret);
      } catch ({ message, code: given }) {
        return `${given} ${message}`;
      }
    });
    assert.deepEqual(new Set(said), new Set(['ERR_OSSL_RSA_OAEP_DECODING_ERROR it cannot be decrypted']));
  }
});

test('PKCS #1 v1.5 goes both ways, and what is wrong with it is not told', () => {
  const padding = node.constants.RSA_PKCS1_PADDING;
  for (const { privateKey, publicKey } of KEYS) {
    for (const data of [DATA, Buffer.alloc(0), Buffer.alloc(100, 9)]) {
      assert.deepEqual(own.privateDecrypt({ key: privateKey, padding }, node.publicEncrypt({ key: publicKey, padding }, data)), data);
      assert.deepEqual(own.privateDecrypt({ key: privateKey, padding }, own.publicEncrypt({ key: publicKey, padding }, data)), data);
      assert.deepEqual(own.publicDecrypt(publicKey, node.privateEncrypt(privateKey, data)), data);
      assert.deepEqual(node.publicDecrypt(publicKey, own.privateEncrypt(privateKey, data)), data);
    }
    const size = node.privateEncrypt(privateKey, DATA).length;
    for (let at = 0; at < 20; at++) {
      const wrong = node.randomBytes(size);
      wrong[0] = 0;
      const made = own.privateDecrypt({ key: privateKey, padding }, wrong);
      assert.ok(made.length <= size - 11);
      assert.deepEqual(own.privateDecrypt({ key: privateKey, padding }, wrong), made);
      assert.equal(code(() => own.publicDecrypt(publicKey, wrong)), 'ERR_OSSL_RSA_PADDING_CHECK_FAILED');
    }
    for (const none of [Buffer.alloc(0), Buffer.alloc(size - 1), Buffer.alloc(size, 255)]) {
      assert.equal(code(() => own.publicDecrypt(publicKey, none)), 'ERR_OSSL_RSA_PADDING_CHECK_FAILED');
      assert.equal(code(() => own.privateDecrypt({ key: privateKey, padding }, none)), 'ERR_OSSL_RSA_OAEP_DECODING_ERROR');
    }
    assert.equal(code(() => own.privateEncrypt(privateKey, Buffer.alloc(size - 10))), 'ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE');
    const plain = Buffer.concat([Buffer.alloc(1), node.randomBytes(size - 1)]);
    const none = { padding: node.constants.RSA_NO_PADDING };
    assert.deepEqual(own.publicEncrypt({ key: publicKey, ...none }, plain), node.publicEncrypt({ key: publicKey, ...none }, plain));
    assert.deepEqual(own.privateDecrypt({ key: privateKey, ...none }, own.publicEncrypt({ key: publicKey, ...none }, plain)), plain);
  }
});

test('what cannot be decrypted by PKCS #1 v1.5 is the message that OpenSSL makes of it', () => {
  const { rsa } = JSON.parse(readFileSync(new URL('../../../tests/tests/javascript_signatures/keys.json', import.meta.url)));
  const key = { key: rsa.private, padding: node.constants.RSA_PKCS1_PADDING };
  const made = [[2, 'be67049d42d6f87ede480e5bfea811d58cae19'], [4, '7ebfa56c10cc16'], [69, 'e1b393c6507ef4c1369295fb'], [126, '3d12'], [192, '91']];
  for (const [byte, message] of made) {
    const wrong = Buffer.alloc(256, byte);
    wrong[0] = 0;
    assert.equal(own.privateDecrypt(key, wrong).toString('hex'), message);
  }
});

test('crypto.subtle encrypts, wraps and makes keys as Node does', async () => {
  for (const hash of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']) {
    const algorithm = { name: 'RSA-OAEP', hash };
    const { privateKey, publicKey } = KEYS[2];
    const der = (pem) => Buffer.from(pem.replace(/-----[A-Z ]+-----|\n/g, ''), 'base64');
    const keys = (of) => Promise.all([
      of.importKey('spki', der(publicKey), algorithm, true, ['encrypt', 'wrapKey']), of.importKey('pkcs8', der(privateKey), algorithm, true, ['decrypt', 'unwrapKey']),
    ]);
    const [[open, secret], [nodesOpen, nodesSecret]] = await Promise.all([keys(subtle), keys(theirs)]);
    for (const way of [{ name: 'RSA-OAEP' }, { name: 'RSA-OAEP', label: Buffer.from('a label') }]) {
      assert.deepEqual(Buffer.from(await subtle.decrypt(way, secret, await theirs.encrypt(way, nodesOpen, DATA))), DATA);
      assert.deepEqual(Buffer.from(await theirs.decrypt(way, nodesSecret, await subtle.encrypt(way, open, DATA))), DATA);
      const packed = await subtle.encrypt(way, open, DATA);
      assert.equal(await name(subtle.decrypt({ ...way, label: Buffer.from('other') }, secret, packed)), 'OperationError');
      assert.equal(await name(subtle.decrypt(way, secret, packed.slice(1))), 'OperationError');
      assert.equal(await name(subtle.encrypt(way, open, new Uint8Array(1 << 16))), 'OperationError');
      assert.equal(await name(subtle.decrypt(way, open, packed)), 'InvalidAccessError');
      assert.equal(await name(subtle.encrypt(way, secret, DATA)), 'InvalidAccessError');
    }
    assert.equal(await name(subtle.sign('RSA-OAEP', secret, DATA)), 'InvalidAccessError');
    const aes = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt']);
    for (const format of ['raw', 'jwk']) {
      const wrapped = await subtle.wrapKey(format, aes, open, 'RSA-OAEP');
      const again = await theirs.unwrapKey(format, wrapped, nodesSecret, 'RSA-OAEP', 'AES-GCM', true, ['encrypt']);
      assert.deepEqual(await theirs.exportKey('raw', again), await subtle.exportKey('raw', aes));
      assert.deepEqual(await subtle.exportKey('raw', await subtle.unwrapKey(format, wrapped, secret, 'RSA-OAEP', 'AES-GCM', true, ['encrypt'])), await subtle.exportKey('raw', aes));
    }
    assert.deepEqual(await subtle.exportKey('jwk', open), { ...(await theirs.exportKey('jwk', nodesOpen)) });
  }
});

test('crypto.subtle makes keys of RSA for each of its ways', async () => {
  for (const [kind, usages] of [['RSA-OAEP', ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']], ['RSA-PSS', ['sign', 'verify']], ['RSASSA-PKCS1-v1_5', ['sign', 'verify']]]) {
    const algorithm = { name: kind, hash: 'SHA-256', modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1) };
    const { privateKey, publicKey } = await subtle.generateKey(algorithm, true, usages);
    assert.deepEqual([...publicKey.usages, ...privateKey.usages].sort(), [...usages].sort());
    assert.deepEqual([publicKey.algorithm.modulusLength, [...publicKey.algorithm.publicExponent], publicKey.algorithm.hash], [1024, [1, 0, 1], { name: 'SHA-256' }]);
    const [open, secret] = await Promise.all([
      theirs.importKey('jwk', await subtle.exportKey('jwk', publicKey), algorithm, true, publicKey.usages),
      theirs.importKey('pkcs8', await subtle.exportKey('pkcs8', privateKey), algorithm, true, privateKey.usages),
    ]);
    const way = { name: kind, saltLength: 20 };
    if (kind === 'RSA-OAEP') assert.deepEqual(Buffer.from(await theirs.decrypt(way, secret, await subtle.encrypt(way, publicKey, DATA))), DATA);
    else assert.ok(await theirs.verify(way, open, await subtle.sign(way, privateKey, DATA), DATA));
  }
});
