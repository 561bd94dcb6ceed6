// crypto.subtle: digests, HMAC, and keys derived by PBKDF2 and HKDF. What it lacks it refuses by name.

import { hkdf } from '../vendor/noble-hashes/hkdf.js';
import { pbkdf2 } from '../vendor/noble-hashes/pbkdf2.js';
import { hash, hmac, isEqual } from './hashes.js';

const URL_SAFE = { alphabet: 'base64url', omitPadding: true };

function named(algorithm) {
  return typeof algorithm === 'string' ? { name: algorithm } : algorithm;
}

function unsupported(what) {
  return new DOMException(`${what} is not there: a handler in QuickJS has digests, HMAC, PBKDF2 and HKDF`, 'NotSupportedError');
}

function known(algorithm) {
  const name = named(algorithm).name ?? algorithm;
  const found = /^sha-(1|256|384|512)$/i.test(name) ? hash(name) : undefined;
  if (!found) throw unsupported(String(name));
  return found;
}

function bytes(data) {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError('the data must be an ArrayBuffer or a view of one');
}

const buffer = (found) => found.slice().buffer;
const secrets = new WeakMap();

export class CryptoKey {
  constructor(secret, algorithm, extractable, usages) {
    if (!(secret instanceof Uint8Array)) throw new TypeError('Illegal constructor');
    secrets.set(this, secret);
    this.type = 'secret';
    this.algorithm = algorithm;
    this.extractable = extractable;
    this.usages = usages;
  }
}

function secret(key, algorithm, usage) {
  const name = named(algorithm).name.toUpperCase();
  if (key.algorithm.name !== name || !key.usages.includes(usage)) {
    throw new DOMException(`the key is not for ${usage} by ${name}`, 'InvalidAccessError');
  }
  return secrets.get(key);
}

function derived(algorithm, base, length) {
  const name = algorithm.name.toUpperCase();
  const key = secrets.get(base);
  const size = length / 8;
  if (!Number.isInteger(size) || size <= 0) throw new DOMException('a length is a multiple of 8', 'OperationError');
  if (name === 'PBKDF2') return pbkdf2(known(algorithm.hash), key, bytes(algorithm.salt), { c: algorithm.iterations, dkLen: size });
  if (name === 'HKDF') return hkdf(known(algorithm.hash), key, bytes(algorithm.salt), bytes(algorithm.info), size);
  throw unsupported(algorithm.name);
}

const blockBits = (name) => known(name).blockLen * 8;

const subtle = {
  async digest(algorithm, data) {
    return buffer(known(algorithm)(bytes(data)));
  },

  async importKey(format, data, algorithm, extractable, usages) {
    const { name, hash: inner } = named(algorithm);
    const upper = String(name).toUpperCase();
    if (!['HMAC', 'PBKDF2', 'HKDF'].includes(upper)) throw unsupported(String(name));
    let raw;
    if (format === 'raw') raw = bytes(data).slice();
    else if (format === 'jwk' && data.kty === 'oct') raw = Uint8Array.fromBase64(data.k, URL_SAFE);
    else throw unsupported(`the key format ${format}`);
    const hashed = inner === undefined ? {} : { hash: { name: named(inner).name.toUpperCase() }, length: raw.length * 8 };
    if (upper === 'HMAC') known(inner);
    return new CryptoKey(raw, { name: upper, ...hashed }, Boolean(extractable), [...usages]);
  },

  async generateKey(algorithm, extractable, usages) {
    if (String(named(algorithm).name).toUpperCase() !== 'HMAC') throw unsupported(String(named(algorithm).name));
    const length = algorithm.length ?? blockBits(algorithm.hash);
    return subtle.importKey('raw', globalThis.crypto.getRandomValues(new Uint8Array(length / 8)), algorithm, extractable, usages);
  },

  async exportKey(format, key) {
    if (!key.extractable) throw new DOMException('the key may not be taken out', 'InvalidAccessError');
    if (format === 'raw') return buffer(secrets.get(key));
    if (format !== 'jwk') throw unsupported(`the key format ${format}`);
    const alg = key.algorithm.hash && `HS${key.algorithm.hash.name.slice(4)}`;
    return { kty: 'oct', k: secrets.get(key).toBase64(URL_SAFE), alg, key_ops: key.usages, ext: true };
  },

  async sign(algorithm, key, data) {
    return buffer(hmac(known(key.algorithm.hash), secret(key, algorithm, 'sign'), bytes(data)));
  },

  async verify(algorithm, key, signature, data) {
    const right = hmac(known(key.algorithm.hash), secret(key, algorithm, 'verify'), bytes(data));
    return isEqual(right, bytes(signature));
  },

  async deriveBits(algorithm, base, length) {
    return buffer(derived(algorithm, base, length));
  },

  async deriveKey(algorithm, base, target, extractable, usages) {
    const length = target.length ?? blockBits(target.hash);
    return subtle.importKey('raw', derived(algorithm, base, length), target, extractable, usages);
  },
};

/** By what they would do it with, which is the third argument of some. */
const CIPHERS = { encrypt: 0, decrypt: 0, wrapKey: 3, unwrapKey: 3 };
for (const [name, at] of Object.entries(CIPHERS)) {
  subtle[name] = async (...args) => {
    throw unsupported(String(named(args[at])?.name ?? `crypto.subtle.${name}`));
  };
}

class SubtleCrypto {}
class Crypto {}

globalThis.crypto.subtle = Object.setPrototypeOf(subtle, SubtleCrypto.prototype);
Object.setPrototypeOf(globalThis.crypto, Crypto.prototype);
for (const value of [Crypto, CryptoKey, SubtleCrypto]) {
  Object.defineProperty(globalThis, value.name, { value, writable: true, configurable: true });
}
