// Node's crypto, as far as hashes, HMAC, key derivation, random numbers, AES, and RSA, ECDSA, ECDH, Ed25519 and X25519 go.

import { Buffer } from './buffer.js';
import { hkdf } from '../vendor/noble-hashes/hkdf.js';
import { pbkdf2 as derive } from '../vendor/noble-hashes/pbkdf2.js';
import { scrypt as deriveSlowly } from '../vendor/noble-hashes/scrypt.js';
import stream from './stream.js';
import { HASHES, hash, hmac, isEqual } from '../web/hashes.js';
import '../web/subtle.js';
import { absent } from './absent.js';

const missing = absent('crypto', 'there are AES, RSA, ECDSA, ECDH, Ed25519 and X25519; the packages @noble/ciphers and @noble/curves have more');
const MOST = 65536;
/** What makes ciphers, if the code speaks of them. */
export const ciphers = {};
/** What is done with keys of two halves, if the code speaks of it. */
export const pairs = {};

export function bytes(value, encoding) {
  if (typeof value === 'string') return Buffer.from(value, encoding);
  if (value instanceof KeyObject) {
    if (value.type === 'secret') return value.export();
    throw Object.assign(new TypeError(`Invalid key object type ${value.type}, expected secret.`), { code: 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE' });
  }
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw Object.assign(new TypeError('The argument must be a string, a Buffer, a TypedArray or a DataView'), { code: 'ERR_INVALID_ARG_TYPE' });
}

function known(name) {
  const found = hash(name);
  if (found) return found;
  throw Object.assign(new Error('Digest method not supported'), { code: 'ERR_CRYPTO_INVALID_DIGEST' });
}

export const encoded = (value, encoding) => (encoding === undefined || encoding === 'buffer' ? value : value.toString(encoding));

class Digest extends stream.Transform {
  #state;
  #isDone = false;

  constructor(state) {
    super();
    this.#state = state;
  }

  update(data, encoding) {
    if (this.#isDone) throw Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' });
    this.#state.update(bytes(data, encoding));
    return this;
  }

  digest(encoding) {
    if (this.#isDone) throw Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' });
    this.#isDone = true;
    return encoded(Buffer.from(this.#state.digest()), encoding);
  }

  copy() {
    return new Digest(this.#state.clone());
  }

  _transform(chunk, encoding, done) {
    this.update(chunk, encoding);
    done();
  }

  _flush(done) {
    this.push(this.digest());
    done();
  }
}

export class KeyObject {
  #key;

  constructor(type, key) {
    this.type = type;
    this.#key = type === 'secret' ? Buffer.from(key) : key;
  }

  get symmetricKeySize() {
    return this.#key.length;
  }

  export(options) {
    if (options?.format === 'jwk') return { kty: 'oct', k: this.#key.toString('base64url') };
    return Buffer.from(this.#key);
  }

  equals(other) {
    return other instanceof KeyObject && other.type === 'secret' && isEqual(this.#key, other.export());
  }
}

export const Hash = Digest;
export const Hmac = Digest;
export const createHash = (name) => new Digest(known(name).create());
export const createHmac = (name, key) => new Digest(hmac.create(known(name), bytes(key)));
export const createSecretKey = (key, encoding) => new KeyObject('secret', bytes(key, encoding));
const ofPairs = (name) => (...args) => (pairs[name] ?? missing[name])(...args);
export const createPrivateKey = ofPairs('createPrivateKey');
export const createPublicKey = ofPairs('createPublicKey');
export const createSign = ofPairs('createSign');
export const createVerify = ofPairs('createVerify');
export const sign = ofPairs('sign');
export const verify = ofPairs('verify');
export const createECDH = ofPairs('createECDH');
export const diffieHellman = ofPairs('diffieHellman');
export const privateDecrypt = ofPairs('privateDecrypt');
export const privateEncrypt = ofPairs('privateEncrypt');
export const publicDecrypt = ofPairs('publicDecrypt');
export const publicEncrypt = ofPairs('publicEncrypt');
export const generateKeyPairSync = ofPairs('generateKeyPairSync');
const generateLater = ofPairs('generateKeyPair');
export const generateKeyPair = Object.defineProperty((...args) => generateLater(...args), Symbol.for('nodejs.util.promisify.custom'), {
  value: async (...args) => generateKeyPairSync(...args),
});
export const getHashes = () => Object.keys(HASHES);
const AES = ['128', '192', '256'].flatMap((bits) => ['cbc', 'ctr', 'ecb', 'gcm'].map((mode) => `aes-${bits}-${mode}`));
export const getCiphers = () => [...AES];
export const createCipheriv = (...args) => new (ciphers.Cipheriv ?? missing.Cipheriv)(...args);
export const createDecipheriv = (...args) => new (ciphers.Decipheriv ?? missing.Decipheriv)(...args);
export const getCurves = () => ['prime256v1', 'secp384r1', 'secp521r1'];
export const hashOnce = (name, data, encoding = 'hex') => createHash(name).update(data).digest(encoding);

export function randomFillSync(buffer, offset = 0, size = buffer.byteLength - offset) {
  const view = new Uint8Array(buffer.buffer ?? buffer, (buffer.byteOffset ?? 0) + offset, size);
  for (let at = 0; at < view.length; at += MOST) globalThis.crypto.getRandomValues(view.subarray(at, at + MOST));
  return buffer;
}
export function randomBytes(size, callback) {
  const made = randomFillSync(Buffer.alloc(size));
  if (!callback) return made;
  queueMicrotask(() => callback(null, made));
}
export const pseudoRandomBytes = randomBytes;
export function randomFill(buffer, ...rest) {
  const callback = rest.pop();
  randomFillSync(buffer, ...rest);
  queueMicrotask(() => callback(null, buffer));
}
export function randomInt(low, high, callback) {
  if (high === undefined || typeof high === 'function') [low, high, callback] = [0, low, high];
  const range = high - low;
  if (!(Number.isSafeInteger(low) && Number.isSafeInteger(high) && range > 0 && range < 2 ** 48)) {
    throw new RangeError('The value of "max" is out of range');
  }
  const limit = 2 ** 48 - (2 ** 48 % range);
  let value;
  do value = randomBytes(6).readUIntBE(0, 6);
  while (value >= limit);
  const found = low + (value % range);
  return callback ? queueMicrotask(() => callback(null, found)) : found;
}
export const randomUUID = () => globalThis.crypto.randomUUID();
export const getRandomValues = (array) => globalThis.crypto.getRandomValues(array);
export function timingSafeEqual(one, other) {
  const [left, right] = [bytes(one), bytes(other)];
  if (left.length !== right.length) {
    throw Object.assign(new RangeError('Input buffers must have the same byte length'), { code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH' });
  }
  return isEqual(left, right);
}

const later = (work) => (...args) => {
  const callback = args.pop();
  queueMicrotask(() => {
    let result;
    try {
      result = work(...args);
    } catch (error) {
      return callback(error);
    }
    callback(null, result);
  });
};
export const pbkdf2Sync = (password, salt, c, dkLen, name) =>
  Buffer.from(derive(known(name), bytes(password), bytes(salt), { c, dkLen }));
export const scryptSync = (password, salt, dkLen, options = {}) =>
  Buffer.from(deriveSlowly(bytes(password), bytes(salt), {
    N: options.N ?? options.cost ?? 16384, r: options.r ?? options.blockSize ?? 8, p: options.p ?? options.parallelization ?? 1, dkLen,
  }));
export const hkdfSync = (name, key, salt, info, length) =>
  hkdf(known(name), bytes(key), bytes(salt), bytes(info), length).slice().buffer;
export const pbkdf2 = later(pbkdf2Sync);
export const scrypt = later(scryptSync);
const hkdfLater = later(hkdfSync);

const own = globalThis.crypto;
export const { subtle } = own;
export const constants = {
  RSA_PKCS1_PADDING: 1, RSA_NO_PADDING: 3, RSA_PKCS1_OAEP_PADDING: 4, RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1, RSA_PSS_SALTLEN_MAX_SIGN: -2, RSA_PSS_SALTLEN_AUTO: -2,
};
export const {
  Cipheriv, Decipheriv, DiffieHellman, DiffieHellmanGroup, ECDH, Sign, Verify, X509Certificate, createDiffieHellman,
  createDiffieHellmanGroup, getDiffieHellman,
} = missing;
export { hashOnce as hash, hkdfLater as hkdf, own as webcrypto };

export default {
  Hash, Hmac, KeyObject, Sign, Verify, X509Certificate, constants, createCipheriv, createDecipheriv, createDiffieHellman,
  createDiffieHellmanGroup, createECDH, createHash, createHmac, createPrivateKey, createPublicKey, createSecretKey, createSign,
  createVerify, diffieHellman, generateKeyPair, generateKeyPairSync, getCiphers, getCurves, getDiffieHellman, getHashes,
  getRandomValues, hash: hashOnce, hkdf: hkdfLater, hkdfSync, pbkdf2, pbkdf2Sync, privateDecrypt, privateEncrypt,
  pseudoRandomBytes, publicDecrypt, publicEncrypt, randomBytes, randomFill, randomFillSync, randomInt, randomUUID, scrypt,
  scryptSync, sign, subtle, timingSafeEqual, verify, webcrypto: own,
};
