// What keys agree on by ECDH and X25519, beside Node's.

import assert from 'node:assert/strict';
import node from 'node:crypto';
import test from 'node:test';

import { code, name } from './refused.mjs';

const theirs = node.webcrypto.subtle;
const { own, subtle } = await import('./own-crypto.mjs');

const CURVES = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' };
/** Points of small order, of which nothing but zeros comes: by RFC 7748, section 6.1. */
const SMALL = [
  '00'.repeat(32), `01${'00'.repeat(31)}`, 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
].map((hex) => Buffer.from(hex, 'hex'));

test('createECDH agrees with Node on each curve, whichever way a point is written', () => {
  for (const curve of [...Object.values(CURVES), 'P-256']) {
    const [mine, other] = [own.createECDH(curve), node.createECDH(CURVES[curve] ?? curve)];
    other.generateKeys();
    assert.equal(mine.generateKeys('hex', 'compressed').length, 2 * Math.ceil(other.getPublicKey().length / 2));
    for (const format of ['uncompressed', 'compressed', 'hybrid']) {
      const secret = mine.computeSecret(other.getPublicKey(null, format));
      assert.deepEqual(secret, other.computeSecret(mine.getPublicKey(undefined, format)));
      assert.equal(mine.computeSecret(other.getPublicKey('base64', format), 'base64', 'hex'), secret.toString('hex'));
    }
    const again = node.createECDH(CURVES[curve] ?? curve);
    again.setPrivateKey(mine.getPrivateKey());
    assert.deepEqual(again.getPublicKey(), mine.getPublicKey());
    assert.equal(own.createECDH(curve).setPrivateKey(other.getPrivateKey('hex'), 'hex').getPublicKey('hex'), other.getPublicKey('hex'));
    for (const format of ['uncompressed', 'compressed', 'hybrid']) {
      assert.equal(own.createECDH(curve).setPrivateKey(other.getPrivateKey()).getPublicKey('hex', format), other.getPublicKey('hex', format));
    }
    const small = Buffer.from('05', 'hex');
    again.setPrivateKey(small);
    assert.deepEqual(own.createECDH(curve).setPrivateKey(small).getPublicKey(), again.getPublicKey());
    assert.deepEqual(own.createECDH(curve).setPrivateKey(small).getPrivateKey(), small);
  }
});

test('what is no point and no number of the curve is refused', () => {
  for (const curve of Object.values(CURVES)) {
    const mine = own.createECDH(curve);
    mine.generateKeys();
    const right = mine.getPublicKey();
    const size = (right.length - 1) / 2;
    const wrong = [
      ...[0, 1, size, size + 1, right.length - 1].map((at) => right.map((byte, place) => (place === at ? byte ^ 1 : byte))), right.subarray(1), right.subarray(0, 1 + size),
      Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(right.length), Buffer.alloc(right.length, 255), Buffer.concat([Buffer.of(4), Buffer.alloc(2 * size)]), Buffer.alloc(1 << 20, 4),
      Buffer.concat([right, Buffer.alloc(1)]), Buffer.concat([Buffer.of(2), Buffer.alloc(size, 255)]),
    ];
    for (const point of wrong) assert.equal(code(() => mine.computeSecret(point)), 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY', point.toString('hex').slice(0, 200));
    for (const key of [Buffer.alloc(0), Buffer.alloc(size), Buffer.alloc(size, 255), Buffer.alloc(size + 1, 1), Buffer.alloc(1 << 20)]) {
      assert.equal(code(() => mine.setPrivateKey(key)), 'ERR_CRYPTO_INVALID_KEYTYPE');
    }
    assert.deepEqual(mine.getPublicKey(), right);
    assert.equal(code(() => own.createECDH(curve).getPublicKey()), 'ERR_CRYPTO_OPERATION_FAILED');
    assert.equal(code(() => own.createECDH(curve).computeSecret(right)), 'ERR_CRYPTO_ECDH_INVALID_KEY_PAIR');
    assert.equal(code(() => mine.getPublicKey('hex', 'short')), 'ERR_CRYPTO_ECDH_INVALID_FORMAT');
  }
  assert.equal(code(() => own.createECDH('secp256k1')), 'ERR_CRYPTO_INVALID_CURVE');
  assert.throws(() => own.createECDH('secp256k1'), /secp256k1 is not there/);
});

test('diffieHellman agrees with Node by key objects', () => {
  const read = (key) => own[key.type === 'private' ? 'createPrivateKey' : 'createPublicKey'](key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }));
  for (const [type, options] of [['x25519', {}], ...Object.keys(CURVES).map((namedCurve) => ['ec', { namedCurve }])]) {
    const [one, other] = [own.generateKeyPairSync(type, options), node.generateKeyPairSync(type, options)];
    const secret = own.diffieHellman({ privateKey: one.privateKey, publicKey: read(other.publicKey) });
    const nodes = node.createPublicKey(one.publicKey.export({ type: 'spki', format: 'pem' }));
    assert.deepEqual(secret, node.diffieHellman({ privateKey: other.privateKey, publicKey: nodes }));
    assert.deepEqual(own.diffieHellman({ privateKey: read(other.privateKey), publicKey: one.publicKey }), secret);
    assert.equal(one.privateKey.asymmetricKeyType, other.privateKey.asymmetricKeyType);
    for (const key of [other.privateKey, other.publicKey]) {
      assert.deepEqual(read(key).export({ format: 'jwk' }), key.export({ format: 'jwk' }));
      const kind = { type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' };
      assert.equal(read(key).export(kind), key.export(kind));
    }
  }
  const x = own.generateKeyPairSync('x25519');
  const [p256, p384, rsa] = [own.generateKeyPairSync('ec', { namedCurve: 'P-256' }), own.generateKeyPairSync('ec', { namedCurve: 'P-384' }), own.generateKeyPairSync('rsa', { modulusLength: 1024 })];
  const refused = (privateKey, publicKey) => code(() => own.diffieHellman({ privateKey, publicKey }));
  assert.equal(refused(x.privateKey, p256.publicKey), 'ERR_CRYPTO_INCOMPATIBLE_KEY');
  assert.equal(refused(p384.privateKey, p256.publicKey), 'ERR_OSSL_EVP_DIFFERENT_PARAMETERS');
  assert.equal(refused(rsa.privateKey, rsa.publicKey), 'ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE');
  assert.equal(refused(x.publicKey, x.publicKey), 'ERR_INVALID_ARG_VALUE');
  assert.equal(refused(undefined, x.publicKey), 'ERR_INVALID_ARG_VALUE');
  assert.equal(code(() => own.sign(null, Buffer.alloc(1), x.privateKey)), 'ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE');
  for (const point of SMALL) {
    const publicKey = own.createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: point.toString('base64url') }, format: 'jwk' });
    assert.equal(refused(x.privateKey, publicKey), 'ERR_OSSL_FAILED_DURING_DERIVATION', point.toString('hex'));
  }
});

test('crypto.subtle agrees with Node, on bits and on keys', async () => {
  for (const algorithm of [{ name: 'X25519' }, ...Object.keys(CURVES).map((namedCurve) => ({ name: 'ECDH', namedCurve }))]) {
    const usages = ['deriveKey', 'deriveBits'];
    const [mine, other] = await Promise.all([subtle.generateKey(algorithm, true, usages), theirs.generateKey(algorithm, true, usages)]);
    assert.deepEqual([mine.publicKey.usages, [...mine.privateKey.usages].sort()], [[], [...usages].sort()]);
    for (const [format, half] of [['raw', 'publicKey'], ['spki', 'publicKey'], ['jwk', 'publicKey'], ['pkcs8', 'privateKey'], ['jwk', 'privateKey']]) {
      const rights = half === 'publicKey' ? [] : usages;
      const given = await theirs.exportKey(format, other[half]);
      const read = await subtle.importKey(format, given, algorithm, true, rights);
      const written = await subtle.exportKey(format, read);
      if (format === 'jwk') assert.deepEqual({ ...written, key_ops: [] }, { ...given, key_ops: [] });
      else assert.deepEqual(written, given);
      await theirs.importKey(format, await subtle.exportKey(format, mine[half]), algorithm, true, rights);
    }
    const open = await subtle.importKey('raw', await theirs.exportKey('raw', other.publicKey), algorithm, true, []);
    const nodes = await theirs.importKey('raw', await subtle.exportKey('raw', mine.publicKey), algorithm, true, []);
    const [way, nodesWay] = [{ name: algorithm.name, public: open }, { name: algorithm.name, public: nodes }];
    const all = await theirs.deriveBits(nodesWay, other.privateKey, null);
    assert.deepEqual(await subtle.deriveBits(way, mine.privateKey, null), all);
    assert.deepEqual(await subtle.deriveBits(way, mine.privateKey), all);
    assert.deepEqual(await subtle.deriveBits(way, mine.privateKey, 128), all.slice(0, 16));
    assert.deepEqual([...new Uint8Array(await subtle.deriveBits(way, mine.privateKey, 13))], [new Uint8Array(all)[0], new Uint8Array(all)[1] & 0xf8]);
    for (const length of [all.byteLength * 8 + 1, 1 << 30, -8, 1.5]) assert.equal(await name(subtle.deriveBits(way, mine.privateKey, length)), 'OperationError');
    for (const target of [{ name: 'AES-GCM', length: 256 }, { name: 'HMAC', hash: 'SHA-256', length: 256 }]) {
      const rights = target.name === 'HMAC' ? ['sign'] : ['encrypt'];
      const key = await subtle.deriveKey(way, mine.privateKey, target, true, rights);
      assert.deepEqual(await subtle.exportKey('raw', key), await theirs.exportKey('raw', await theirs.deriveKey(nodesWay, other.privateKey, target, true, rights)));
    }
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(8), info: new Uint8Array(3) };
    const base = await subtle.deriveKey(way, mine.privateKey, 'HKDF', false, ['deriveBits']);
    const nodesBase = await theirs.deriveKey(nodesWay, other.privateKey, 'HKDF', false, ['deriveBits']);
    assert.deepEqual(await subtle.deriveBits(hkdf, base, 256), await theirs.deriveBits(hkdf, nodesBase, 256));
  }
});

test('crypto.subtle refuses what nothing is to be agreed on with', async () => {
  const ec = (namedCurve) => ({ name: 'ECDH', namedCurve });
  const bits = ['deriveBits'];
  const [p256, p384, x] = await Promise.all([subtle.generateKey(ec('P-256'), true, bits), subtle.generateKey(ec('P-384'), true, bits), subtle.generateKey('X25519', true, bits)]);
  const derive = (algorithm, other, key) => name(subtle.deriveBits({ name: algorithm, public: other }, key, null));
  assert.equal(await derive('ECDH', p384.publicKey, p256.privateKey), 'InvalidAccessError');
  assert.equal(await derive('ECDH', x.publicKey, p256.privateKey), 'InvalidAccessError');
  assert.equal(await derive('X25519', p256.publicKey, x.privateKey), 'InvalidAccessError');
  assert.equal(await derive('ECDH', p256.privateKey, p256.privateKey), 'InvalidAccessError');
  assert.equal(await derive('ECDH', {}, p256.privateKey), 'InvalidAccessError');
  assert.equal(await derive('ECDH', undefined, p256.privateKey), 'InvalidAccessError');
  assert.equal(await derive('ECDH', p256.publicKey, p256.publicKey), 'InvalidAccessError');
  assert.equal(await name(subtle.deriveKey({ name: 'ECDH', public: p256.publicKey }, p256.privateKey, { name: 'AES-GCM', length: 128 }, true, ['encrypt'])), 'InvalidAccessError');
  for (const point of SMALL) assert.equal(await derive('X25519', await subtle.importKey('raw', point, 'X25519', true, []), x.privateKey), 'OperationError');
  for (const point of [new Uint8Array(0), new Uint8Array(31), new Uint8Array(33), new Uint8Array(1 << 20)]) {
    assert.equal(await name(subtle.importKey('raw', point, 'X25519', true, [])), 'DataError');
    assert.equal(await name(subtle.importKey('raw', point, ec('P-256'), true, [])), 'DataError');
  }
  const off = new Uint8Array(await subtle.exportKey('raw', p256.publicKey));
  off[40] ^= 1;
  assert.equal(await name(subtle.importKey('raw', off, ec('P-256'), true, [])), 'DataError');
  assert.equal(await name(subtle.importKey('raw', off, ec('P-256'), true, bits)), 'DataError');
  assert.equal(await name(subtle.importKey('raw', await subtle.exportKey('raw', p256.publicKey), ec('P-256'), true, bits)), 'SyntaxError');
  const spki = await subtle.exportKey('spki', x.publicKey);
  for (let size = 0; size < spki.byteLength; size++) assert.equal(await name(subtle.importKey('spki', spki.slice(0, size), 'X25519', true, [])), 'DataError');
  assert.equal(await name(subtle.importKey('spki', spki, 'Ed25519', true, ['verify'])), 'DataError');
  assert.equal(await name(subtle.generateKey(ec('K-256'), true, bits)), 'NotSupportedError');
  assert.equal(await name(subtle.generateKey(ec('P-256'), true, ['sign'])), 'SyntaxError');
  assert.equal(await name(subtle.deriveBits({ name: 'ECDSA' }, p256.privateKey, 8)), 'NotSupportedError');
  assert.equal(await name(subtle.sign({ name: 'ECDH' }, p256.privateKey, off)), 'InvalidAccessError');
});

test('what is not there is refused by its name', async () => {
  for (const kind of ['x448', 'ed448']) {
    const { privateKey, publicKey } = node.generateKeyPairSync(kind);
    const called = new RegExp(`${kind} is not there`, 'i');
    assert.throws(() => own.createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })), called);
    assert.throws(() => own.createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })), called);
    assert.throws(() => own.createPublicKey({ key: publicKey.export({ format: 'jwk' }), format: 'jwk' }), called);
    const name = kind.toUpperCase().replace('ED', 'Ed');
    await assert.rejects(subtle.generateKey({ name }, true, ['sign']), { name: 'NotSupportedError', message: new RegExp(`${name} is not there`) });
  }
  const { privateKey, publicKey } = node.generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  for (const type of ['pkcs8', 'sec1']) assert.throws(() => own.createPrivateKey(privateKey.export({ type, format: 'pem' })), /secp256k1 is not there/);
  assert.throws(() => own.createPublicKey({ key: publicKey.export({ format: 'jwk' }), format: 'jwk' }), /secp256k1 is not there/);
  assert.throws(() => own.createPrivateKey(node.generateKeyPairSync('dh', { primeLength: 512 }).privateKey.export({ type: 'pkcs8', format: 'pem' })), /Diffie and Hellman is not there/);
  for (const called of ['createDiffieHellman', 'createDiffieHellmanGroup', 'getDiffieHellman']) assert.throws(() => own[called]('modp14'), new RegExp(`crypto.${called} is called`));
});
