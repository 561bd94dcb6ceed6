// crypto.subtle: digests, HMAC, keys derived by PBKDF2 and HKDF, AES, and keys of two halves. What it lacks it refuses by name.

import { hkdf } from '../vendor/noble-hashes/hkdf.js';
import { pbkdf2 } from '../vendor/noble-hashes/pbkdf2.js';
import { hash, hmac, isEqual } from './hashes.js';

const URL_SAFE = { alphabet: 'base64url', omitPadding: true };

export function named(algorithm) {
  return typeof algorithm === 'string' ? { name: algorithm } : algorithm;
}

export function unsupported(what) {
  const there = 'digests, HMAC, PBKDF2, HKDF, AES, RSA, ECDSA, ECDH, Ed25519 and X25519';
  return new DOMException(`${what} is not there: a handler in QuickJS has ${there}`, 'NotSupportedError');
}

export function known(algorithm) {
  const name = named(algorithm).name ?? algorithm;
  const found = /^sha-(1|256|384|512)$/i.test(name) ? hash(name) : undefined;
  if (!found) throw unsupported(String(name));
  return found;
}

export function bytes(data) {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError('the data must be an ArrayBuffer or a view of one');
}

export const buffer = (found) => found.slice().buffer;
const secrets = new WeakMap();
/** Ciphers by name, if the code names them. */
export const ciphers = new Map();
/** What is done with keys of two halves by name, if the code names it. */
export const schemes = new Map();
const schemeOf = (algorithm) => schemes.get(String(named(algorithm)?.name).toUpperCase());
const AES_BYTES = [16, 24, 32];

/** What only this module and those that sign know. */
const ours = Symbol('CryptoKey');

export class CryptoKey {
  constructor(token, type, secret, algorithm, extractable, usages) {
    if (token !== ours) throw new TypeError('Illegal constructor');
    secrets.set(this, secret);
    this.type = type;
    this.algorithm = algorithm;
    this.extractable = extractable;
    this.usages = usages;
  }
}

export const keyOf = (type, secret, algorithm, extractable, usages) =>
  new CryptoKey(ours, type, secret, algorithm, Boolean(extractable), [...usages]);

/** What a key holds, if it is for that. */
export function secret(key, algorithm, usage) {
  const name = named(algorithm).name.toUpperCase();
  if (key.algorithm.name.toUpperCase() !== name || !key.usages.includes(usage)) {
    throw new DOMException(`the key is not for ${usage} by ${name}`, 'InvalidAccessError');
  }
  return secrets.get(key);
}

/** What a key holds, whatever it is for. */
export const heldBy = (key) => secrets.get(key);

function derived(algorithm, base, length, usage) {
  const scheme = schemeOf(algorithm);
  if (scheme) {
    if (!scheme.derive) throw unsupported(`deriving by ${algorithm.name}`);
    return scheme.derive(algorithm, base, secret(base, algorithm, usage), length);
  }
  const name = String(algorithm.name).toUpperCase();
  const key = secrets.get(base);
  const size = length / 8;
  if (!Number.isInteger(size) || size <= 0) throw new DOMException('a length is a multiple of 8', 'OperationError');
  if (name === 'PBKDF2') return pbkdf2(known(algorithm.hash), key, bytes(algorithm.salt), { c: algorithm.iterations, dkLen: size });
  if (name === 'HKDF') return hkdf(known(algorithm.hash), key, bytes(algorithm.salt), bytes(algorithm.info), size);
  throw unsupported(algorithm.name);
}

const blockBits = (name) => known(name).blockLen * 8;

/** Bits of a key that is derived: none in particular for what others are derived from. */
function bitsOf({ name, hash: inner, length }) {
  return length ?? (['PBKDF2', 'HKDF'].includes(String(name).toUpperCase()) ? null : blockBits(inner));
}

const subtle = {
  async digest(algorithm, data) {
    return buffer(known(algorithm)(bytes(data)));
  },

  async importKey(format, data, algorithm, extractable, usages) {
    const scheme = schemeOf(algorithm);
    if (scheme) return scheme.importKey(format, data, named(algorithm), extractable, usages);
    const { name, hash: inner } = named(algorithm);
    const upper = String(name).toUpperCase();
    if (!ciphers.has(upper) && !['HMAC', 'PBKDF2', 'HKDF'].includes(upper)) throw unsupported(String(name));
    let raw;
    if (format === 'raw') raw = bytes(data).slice();
    else if (format === 'jwk' && data.kty === 'oct') raw = Uint8Array.fromBase64(data.k, URL_SAFE);
    else throw unsupported(`the key format ${format}`);
    if (ciphers.has(upper)) {
      if (!AES_BYTES.includes(raw.length)) throw new DOMException('a key of AES has 128, 192 or 256 bits', 'DataError');
      return keyOf('secret', raw, { name: upper, length: raw.length * 8 }, extractable, usages);
    }
    const hashed = inner === undefined ? {} : { hash: { name: named(inner).name.toUpperCase() }, length: raw.length * 8 };
    if (upper === 'HMAC') known(inner);
    return keyOf('secret', raw, { name: upper, ...hashed }, extractable, usages);
  },

  async generateKey(algorithm, extractable, usages) {
    const scheme = schemeOf(algorithm);
    if (scheme) return scheme.generateKey(named(algorithm), extractable, usages);
    const upper = String(named(algorithm).name).toUpperCase();
    if (upper !== 'HMAC' && !ciphers.has(upper)) throw unsupported(String(named(algorithm).name));
    const length = algorithm.length ?? blockBits(algorithm.hash);
    return subtle.importKey('raw', globalThis.crypto.getRandomValues(new Uint8Array(length / 8)), algorithm, extractable, usages);
  },

  async exportKey(format, key) {
    if (!key.extractable) throw new DOMException('the key may not be taken out', 'InvalidAccessError');
    const scheme = schemeOf(key.algorithm);
    if (scheme) return scheme.exportKey(format, key, secrets.get(key));
    if (format === 'raw') return buffer(secrets.get(key));
    if (format !== 'jwk') throw unsupported(`the key format ${format}`);
    const { hash: hashed, length, name } = key.algorithm;
    const alg = hashed ? `HS${hashed.name.slice(4)}` : `A${length}${name.slice(4)}`;
    return { kty: 'oct', k: secrets.get(key).toBase64(URL_SAFE), alg, key_ops: key.usages, ext: true };
  },

  async sign(algorithm, key, data) {
    const [scheme, held] = [schemeOf(key.algorithm), secret(key, algorithm, 'sign')];
    return buffer(scheme ? scheme.sign(named(algorithm), key, held, bytes(data)) : hmac(known(key.algorithm.hash), held, bytes(data)));
  },

  async verify(algorithm, key, signature, data) {
    const [scheme, held] = [schemeOf(key.algorithm), secret(key, algorithm, 'verify')];
    if (scheme) return scheme.verify(named(algorithm), key, held, bytes(signature), bytes(data));
    return isEqual(hmac(known(key.algorithm.hash), held, bytes(data)), bytes(signature));
  },

  async deriveBits(algorithm, base, length) {
    return buffer(derived(algorithm, base, length, 'deriveBits'));
  },

  async deriveKey(algorithm, base, target, extractable, usages) {
    const made = derived(algorithm, base, bitsOf(named(target)), 'deriveKey');
    return subtle.importKey('raw', made, target, extractable, usages);
  },
};

/** What a cipher makes of data. What it cannot take is an error that says nothing else. */
function ciphered(algorithm, key, usage, work) {
  const name = String(named(algorithm)?.name);
  const cipher = ciphers.get(name.toUpperCase());
  if (!cipher) throw unsupported(name);
  const bits = secret(key, algorithm, usage);
  try {
    return buffer(work(cipher(named(algorithm), bits, key)));
  } catch (error) {
    throw error instanceof DOMException ? error : new DOMException('The operation failed for an operation-specific reason', 'OperationError');
  }
}

Object.assign(subtle, {
  async encrypt(algorithm, key, data) {
    return ciphered(algorithm, key, 'encrypt', (cipher) => cipher.encrypt(bytes(data)));
  },

  async decrypt(algorithm, key, data) {
    return ciphered(algorithm, key, 'decrypt', (cipher) => cipher.decrypt(bytes(data)));
  },

  async wrapKey(format, key, wrapping, algorithm) {
    const exported = await subtle.exportKey(format, key);
    const data = format === 'jwk' ? new TextEncoder().encode(JSON.stringify(exported)) : bytes(exported);
    return ciphered(algorithm, wrapping, 'wrapKey', (cipher) => cipher.encrypt(data));
  },

  async unwrapKey(format, data, wrapping, algorithm, target, extractable, usages) {
    const found = ciphered(algorithm, wrapping, 'unwrapKey', (cipher) => cipher.decrypt(bytes(data)));
    const key = format === 'jwk' ? JSON.parse(new TextDecoder().decode(found)) : found;
    return subtle.importKey(format, key, target, extractable, usages);
  },
});

class SubtleCrypto {}
class Crypto {}

globalThis.crypto.subtle = Object.setPrototypeOf(subtle, SubtleCrypto.prototype);
Object.setPrototypeOf(globalThis.crypto, Crypto.prototype);
for (const value of [Crypto, CryptoKey, SubtleCrypto]) {
  Object.defineProperty(globalThis, value.name, { value, writable: true, configurable: true });
}
