// ECDH and X25519 of Node's crypto: in a component only if its code names what they are asked for with.

import { agreed, isOfOneCurve } from './agreements.js';
import { curve, sizeOf } from './curves.js';
import { octets, number } from './der.js';
import { fromRaw, fromSecret, generated } from './key-forms.js';
import { PairKey, fail, heldBy, named } from './node-keys.js';
import { Buffer } from '../node/buffer.js';
import { bytes, encoded, pairs } from '../node/crypto.js';

/** Of what is written in short or not, what comes first when it is the one that says both. */
const HYBRID = 6;

function written(point, name, format = 'uncompressed') {
  if (format === 'uncompressed') return Buffer.from(point);
  if (format === 'compressed') return Buffer.from(curve(name).Point.fromBytes(point).toBytes(true));
  if (format === 'hybrid') return Buffer.from(point.map((byte, at) => (at === 0 ? HYBRID + (point.at(-1) & 1) : byte)));
  return fail(`Invalid ECDH format: ${String(format)}`, 'ERR_CRYPTO_ECDH_INVALID_FORMAT', TypeError);
}

function pointOf(name, given, encoding) {
  const found = Uint8Array.from(bytes(given, encoding));
  const isHybrid = found.length > 1 && found[0] === HYBRID + (found.at(-1) & 1);
  if (isHybrid) found[0] = 4;
  try {
    return fromRaw('ec', name, found);
  } catch {
    return fail('Public key is not valid for specified curve', 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY');
  }
}

class ECDH {
  #name;
  #key;
  #point;

  constructor(name) {
    this.#name = named(name);
  }

  generateKeys(encoding, format) {
    this.#key = generated('ec', this.#name);
    this.#point = undefined;
    return this.getPublicKey(encoding, format);
  }

  computeSecret(other, from, to) {
    const theirs = pointOf(this.#name, other, from);
    if (!this.#key) fail('Failed to compute the secret: there is no private key yet', 'ERR_CRYPTO_ECDH_INVALID_KEY_PAIR');
    return encoded(Buffer.from(agreed(this.#key, theirs)), to);
  }

  getPublicKey(encoding, format) {
    const point = this.#point ?? this.#key?.point ?? fail('Failed to get ECDH public key', 'ERR_CRYPTO_OPERATION_FAILED');
    return encoded(written(point, this.#name, format), encoding);
  }

  getPrivateKey(encoding) {
    if (!this.#key) fail('Failed to get ECDH private key', 'ERR_CRYPTO_OPERATION_FAILED');
    return encoded(Buffer.from(octets(number(this.#key.secret))), encoding);
  }

  setPrivateKey(key, encoding) {
    const given = bytes(key, encoding);
    const size = sizeOf(this.#name);
    try {
      if (given.length > size) throw new RangeError('it is too long');
      const whole = new Uint8Array(size);
      whole.set(given, size - given.length);
      this.#key = fromSecret('ec', this.#name, whole);
      this.#point = undefined;
    } catch {
      fail('Private key is not valid for specified curve.', 'ERR_CRYPTO_INVALID_KEYTYPE');
    }
    return this;
  }

  setPublicKey(key, encoding) {
    this.#point = pointOf(this.#name, key, encoding).point;
    return this;
  }
}

function halfOf(key, type) {
  if (key instanceof PairKey && key.type === type) return heldBy(key);
  return fail(`"${type}Key" is a KeyObject of type ${type}`, 'ERR_INVALID_ARG_VALUE', TypeError);
}

function diffieHellman({ privateKey, publicKey } = {}) {
  const [own, theirs] = [halfOf(privateKey, 'private'), halfOf(publicKey, 'public')];
  if (own.kind !== theirs.kind) fail(`Incompatible key types for Diffie-Hellman: ${own.kind} and ${theirs.kind}`, 'ERR_CRYPTO_INCOMPATIBLE_KEY');
  if (own.kind !== 'ec' && own.kind !== 'x25519') {
    fail('operation not supported for this keytype', 'ERR_OSSL_EVP_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE');
  }
  if (!isOfOneCurve(own, theirs)) fail('different parameters', 'ERR_OSSL_EVP_DIFFERENT_PARAMETERS');
  try {
    return Buffer.from(agreed(own, theirs));
  } catch {
    return fail('failed during derivation', 'ERR_OSSL_FAILED_DURING_DERIVATION');
  }
}

Object.assign(pairs, { createECDH: (name) => new ECDH(name), diffieHellman });
